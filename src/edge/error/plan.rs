//! The advice of refused plans and of conflicts that cannot be settled.

use crate::decide::doctor::quoted;
use crate::decide::home::resolve::Unsettled;
use crate::decide::home::situation::{Objection, PlanRefusal};
use crate::edge::error::advice::Advise;
use crate::ops::update::{Objected, UpdateRequest};

impl Advise for PlanRefusal {
    fn advice(&self, _flags: &str) -> Option<String> {
        Some(match self {
            Self::OtherBundle { .. } => {
                "give each bundle a home of its own: mosaic install --home DIR --from BUNDLE"
                    .to_owned()
            }
            Self::ForeignOwner { ships: true, .. } => {
                "give it to yourself with chown, or keep Mosaic away from it with a line in .mosaicpreserve"
                    .to_owned()
            }
            Self::ForeignOwner { ships: false, .. } => {
                "give it to yourself with chown, or put a file of your own in its place".to_owned()
            }
        })
    }
}

impl Advise for Objected {
    fn advice(&self, flags: &str) -> Option<String> {
        let command = |extra: &str| format!("{}{extra}{flags}", again(self));
        Some(match &self.objection {
            Objection::Downgrade {
                is_recorded: false, ..
            } => format!(
                "to go back to it all the same: {}; if another release wrote the home, name it with --from-version",
                command(" --allow-downgrade")
            ),
            Objection::Downgrade { .. } => format!(
                "to go back to it all the same: {}; to undo the last change: mosaic rollback{flags}",
                command(" --allow-downgrade")
            ),
            Objection::Removals { .. } if self.is_shown => {
                format!("if that is right: {}", command(" --allow-removals"))
            }
            Objection::Removals { .. } => format!(
                "see what would go: {}; if that is right: {}",
                command(" --dry-run"),
                command(" --allow-removals")
            ),
        })
    }
}

/// The command that met the objection, as it was typed.
fn again(objected: &Objected) -> String {
    let UpdateRequest {
        from,
        plan: _,
        allow_removals,
        allow_downgrade,
        prune,
        no_units,
        from_version,
    } = &objected.request;
    let from = from.iter().map(|from| from.display().to_string());
    let from = from.map(|from| format!(" --from {}", quoted(&from)));
    let version = from_version.iter();
    let version = version.map(|version| format!(" --from-version {version}"));
    let flags = [
        (*allow_downgrade, " --allow-downgrade"),
        (*allow_removals, " --allow-removals"),
        (*prune, " --prune"),
        (*no_units, " --no-units"),
    ];
    let set = flags.iter().filter(|(is_set, _)| *is_set);
    let flags = set.map(|(_, flag)| (*flag).to_owned());
    let words: String = from.chain(version).chain(flags).collect();
    format!("mosaic {}{words}", objected.command)
}

impl Advise for Unsettled {
    fn advice(&self, flags: &str) -> Option<String> {
        Some(match self {
            Self::NotParked {
                nearest: Some(path),
                ..
            } => format!("did you mean {path}? To see what is parked: mosaic resolve{flags}"),
            Self::NotParked { .. } => format!("to see what is parked: mosaic resolve{flags}"),
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
