//! The advice of a state that cannot be used.

use std::path::Path;

use rustix::io::Errno;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::decide::doctor::quoted;
use crate::edge::error::advice::Advise;
use crate::effects::os::host;
use crate::effects::state::file::StateFault;
use crate::effects::state::{Damage, StateError, StateLink};

impl Advise for StateError {
    fn advice(&self, flags: &str) -> Option<String> {
        match self {
            Self::Fault(StateFault::Newer { writer, .. }) => {
                Some(format!("use mosaic {writer} or later; nothing was changed"))
            }
            Self::Fault(StateFault::Damaged { .. }) => Some(format!(
                "restore it from a backup; see how far the way back leads: mosaic history{flags}"
            )),
            Self::Link(link) => Some(behind(link)),
            Self::NotADirectory(path) | Self::NotAFile(path) => {
                let [path, away] =
                    ["", ".away"].map(|ending| quoted(&format!("{}{ending}", path.display())));
                Some(format!(
                    "something else is in its place; move that away: mv {path} {away}"
                ))
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
            Self::Disk(error) if error.errno() == Some(Errno::ACCESS) => {
                let mut above = error.path.ancestors();
                let state = above.find(|above| above.ends_with(STATE_DIRECTORY))?;
                Some(give_back(state, host::effective_uid()))
            }
            Self::Disk(_) => None,
        }
    }
}

/// The advice on a home whose newest generation cannot be used.
pub(super) fn go_on(damage: &Damage, flags: &str) -> String {
    let from = match damage.usable {
        0 => "as a home without a record".to_owned(),
        number => format!("from generation {number}"),
    };
    format!(
        "restore it from a backup, or go on {from}, with every file as it is: mosaic recover --keep-current{flags}"
    )
}

/// The advice on a link in the place of the state: the files are behind it.
fn behind(link: &StateLink) -> String {
    let [path, end] = [Some(&link.path), link.leads_to.as_ref()]
        .map(|path| path.map_or(String::new(), |path| quoted(&path.display().to_string())));
    match &link.home {
        Some(home) => format!(
            "the home is where the file itself is, and nothing of it is lost: mosaic status --home {}",
            quoted(&home.display().to_string())
        ),
        None if link.leads_to.is_some() => {
            format!("put what it leads to in its place: rm {path} && mv {end} {path}")
        }
        None => format!("mend it, or remove it: rm {path}"),
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
