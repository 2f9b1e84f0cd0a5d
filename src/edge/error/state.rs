//! The advice of a state that cannot be used.

use std::path::Path;

use crate::decide::doctor::quoted;
use crate::edge::error::advice::Advise;
use crate::effects::state::StateError;
use crate::effects::state::file::StateFault;

impl Advise for StateError {
    fn advice(&self, flags: &str) -> Option<String> {
        match self {
            Self::Fault(StateFault::Newer { writer, .. }) => {
                Some(format!("use mosaic {writer} or later; nothing was changed"))
            }
            Self::Fault(StateFault::Damaged { .. }) => Some(format!(
                "restore it from a backup, or move .mosaic away and run mosaic install{flags}: your files stay"
            )),
            Self::NotADirectory(_) => {
                Some("the state must be a directory of your own: move it away".to_owned())
            }
            Self::ForeignOwner {
                path,
                owner,
                home_owner,
                ..
            } => Some(if home_owner == owner {
                for_foreigner(*owner)
            } else {
                give_back(path, *home_owner)
            }),
            Self::Disk(_) => None,
        }
    }
}

/// The advice on what a restore or a copy gave to another user than it belongs to.
pub(super) fn give_back(path: &Path, owner: u32) -> String {
    let path = quoted(&path.display().to_string());
    format!("a restore or a copy gave it away; give it back: sudo chown -R {owner} {path}")
}

/// The advice to whom something belongs to that is another user's.
pub(super) fn for_foreigner(owner: u32) -> String {
    format!("run it as user {owner}, without sudo; Mosaic never needs root")
}
