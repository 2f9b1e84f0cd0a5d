//! The advice of refused plans and of conflicts that cannot be settled.

use crate::decide::home::resolve::Unsettled;
use crate::decide::home::situation::PlanRefusal;
use crate::edge::error::advice::Advise;

impl Advise for PlanRefusal {
    fn advice(&self, flags: &str) -> Option<String> {
        Some(match self {
            Self::OtherBundle { .. } => {
                "give each bundle a home of its own: mosaic install --home DIR --from BUNDLE"
                    .to_owned()
            }
            Self::Downgrade {
                is_recorded: false, ..
            } => "to go back to it all the same, add --allow-downgrade; if another release wrote the home, name it: --from-version VERSION".to_owned(),
            Self::Downgrade { .. } => format!(
                "to go back to it all the same, add --allow-downgrade; to undo the last update, run mosaic rollback{flags}"
            ),
            Self::Removals { .. } => {
                "see what would go with --dry-run; if that is right, add --allow-removals"
                    .to_owned()
            }
            Self::ForeignOwner { .. } => {
                "give it to yourself with chown, or keep Mosaic away from it with a line in .mosaicpreserve"
                    .to_owned()
            }
        })
    }
}

impl Advise for Unsettled {
    fn advice(&self, flags: &str) -> Option<String> {
        Some(match self {
            Self::NotParked {
                nearest: Some(path),
                ..
            } => format!("did you mean {path}? mosaic resolve{flags} lists what is parked"),
            Self::NotParked { .. } => format!("mosaic resolve{flags} lists what is parked"),
            Self::Markers { .. } => {
                "edit the file until no line starts with <<<<<<<, ||||||| or >>>>>>>, then say it again"
                    .to_owned()
            }
            Self::InTheWay(_) => format!(
                "move away what is there, then run mosaic update{flags}, or keep it with --mine"
            ),
            Self::ParkedChanged(_) => {
                "put the content that you want in a file and use --merged FILE".to_owned()
            }
        })
    }
}
