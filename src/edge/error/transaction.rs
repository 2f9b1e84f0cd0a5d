//! The advice of transactions that failed.

use crate::edge::error::advice::Advise;
use crate::effects::apply::TransactionError;

impl Advise for TransactionError {
    fn advice(&self, flags: &str) -> Option<String> {
        match self {
            Self::NoRoom { .. } => {
                Some("make room on the file system of the home, then try again".to_owned())
            }
            error if !error.left_home_unchanged() => {
                Some(format!("mend the cause, then run: mosaic recover{flags}"))
            }
            Self::ContentChanged { .. } => Some("try again".to_owned()),
            _ => None,
        }
    }
}
