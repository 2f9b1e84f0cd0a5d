//! The advice of transactions that failed.

use crate::edge::error::advice::Advise;
use crate::effects::apply::TransactionError;

const ROOM: &str = "make room on the file system of the home";

impl Advise for TransactionError {
    fn advice(&self, flags: &str) -> Option<String> {
        match self {
            Self::NoRoom { .. } => Some(format!("{ROOM}, then try again")),
            error if error.lacks_room() && error.left_home_unchanged() => Some(format!(
                "{ROOM} (or have the quota there raised), then try again"
            )),
            error if error.lacks_room() => Some(format!(
                "{ROOM} (or have the quota there raised), then run: mosaic recover{flags}"
            )),
            error if !error.left_home_unchanged() => {
                Some(format!("mend the cause, then run: mosaic recover{flags}"))
            }
            Self::NoSuchName { .. } => Some(
                "keep the home on a file system that does: mosaic install --home DIR".to_owned(),
            ),
            Self::ContentChanged { .. } => Some("try again".to_owned()),
            Self::BeforeCommit(_) => Some(format!("see what is in the way: mosaic doctor{flags}")),
            _ => None,
        }
    }
}
