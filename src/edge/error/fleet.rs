//! The advice of operations on a fleet that failed.

use std::path::Path;

use crate::decide::doctor::quoted;
use crate::decide::fleet::install::InstallFault;
use crate::decide::fleet::membership::MembershipFault;
use crate::decide::fleet::order::roster_flag;
use crate::edge::error::advice::Advise;
use crate::effects::fleet::install::LookError;
use crate::effects::os::systemd::ManagerError;
use crate::model::fleet_units::Missing;
use crate::model::place::TextFault;
use crate::ops::fleet::error::FleetError;

/// The place in a text, where the error is about one.
pub(super) fn text_fault(error: &FleetError) -> Option<&TextFault> {
    match error {
        FleetError::Roster(fault) | FleetError::Install(InstallFault::Env(fault)) => Some(fault),
        _ => None,
    }
}

/// Tells whether what was asked could not be asked, and nothing was done.
pub(super) fn is_unknown(error: &FleetError) -> bool {
    matches!(
        error,
        FleetError::Unseen { .. } | FleetError::Unreached { .. }
    )
}

/// What shows whether a host is reached, and has the program.
fn asks_its_version(host: &str) -> String {
    format!("see whether this says a version: ssh {host} bash -lc \"'mosaic --version'\"")
}

/// What installs what is missing.
fn install(missing: &Missing, roster: Option<&Path>, flags: &str) -> String {
    let brings_back = if missing.can_be_installed {
        ""
    } else {
        "bring the release's files back, and "
    };
    let roster = roster.map(roster_flag).unwrap_or_default();
    let commands = missing.commands(&roster, flags);
    format!("{brings_back}install what the roster says: {commands}")
}

/// What writes a roster that is not there.
fn write_roster(path: &Path, is_named: bool, has_home: bool, flags: &str) -> String {
    if !has_home {
        return format!("set up a home first: mosaic install{flags} && mosaic fleet init{flags}");
    }
    let roster = if is_named {
        roster_flag(path)
    } else {
        String::new()
    };
    format!("write one: mosaic fleet init{roster}{flags}")
}

impl Advise for FleetError {
    fn advice(&self, flags: &str) -> Option<String> {
        Some(match self {
            Self::NoRoster {
                path,
                is_named,
                has_home,
            } => write_roster(path, *is_named, *has_home, flags),
            Self::NoPreset {
                meant: Some(meant),
                known,
                ..
            } => format!("did you mean {meant}? There are {}", known.join(", ")),
            Self::NoPreset { known, .. } => format!("choose one of {}", known.join(", ")),
            Self::RosterThere(_) => {
                format!("to replace it, add --force; to bring it back afterwards: mosaic rollback{flags}")
            }
            Self::NotAFile(_)
            | Self::Install(InstallFault::NotAFile(_) | InstallFault::TooLarge(_)) => {
                "move it away".to_owned()
            }
            Self::Name(wrong) => wrong.remedy(),
            Self::Membership(MembershipFault::Wrong { remedy, .. }) => remedy.clone(),
            Self::Membership(_) => "choose another name, or edit the roster".to_owned(),
            Self::Behind { .. } => "edit the file itself".to_owned(),
            Self::Unseen { .. } => format!(
                "nothing was changed; see what is wrong: mosaic doctor{flags}"
            ),
            Self::Unreached { host, .. } => asks_its_version(host),
            Self::NotEnded { .. } => "nothing was changed".to_owned(),
            Self::Install(InstallFault::AnotherHome { home, .. })
            | Self::AnotherHome { home, .. } => format!(
                "a user has one installed fleet, and it is that home's: use --home {home}, or take it back there"
            ),
            Self::Look(LookError::NotAsShipped { .. }) => {
                format!("bring the release's files back: mosaic update{flags}")
            }
            Self::Look(LookError::Unnameable(_)) => "move the home to a path without it".to_owned(),
            Self::Look(LookError::NoPlace(_)) => "name a directory: --units-dir DIR".to_owned(),
            Self::Manager(ManagerError::Unreachable(_)) => {
                format!("see what is wrong: mosaic doctor{flags}")
            }
            Self::Unreads(_) => {
                "leave out --units-dir, and set XDG_CONFIG_HOME as the manager has it".to_owned()
            }
            Self::NoProgram { .. } => {
                "give it the PATH of this shell, where it is: systemctl --user import-environment PATH".to_owned()
            }
            Self::OtherHolder {
                missing, roster, ..
            } => {
                let roster = roster.as_deref().map(roster_flag).unwrap_or_default();
                let restart = Missing::before(missing.as_deref(), "fleet restart", &roster, flags);
                format!("move the whole fleet there: {restart}")
            }
            Self::NotReady { .. } => format!(
                "nothing was stopped; mend that in the roster, then mosaic fleet install{flags}"
            ),
            Self::NoUnit { .. } => "nothing was stopped".to_owned(),
            Self::NoPane { .. } | Self::NotStreamed { .. } => {
                format!("see what runs: mosaic fleet ps{flags}")
            }
            Self::Piped { server, pane, .. } => format!(
                "it stays as it is; to end it yourself: tmux -S {} pipe-pane -t {pane}",
                quoted(&server.display().to_string())
            ),
            Self::Handover(_) => {
                "nothing was done; type it in a terminal outside of the fleet".to_owned()
            }
            Self::NotInstalled { missing, roster } => install(missing, roster.as_deref(), flags),
            _ => return None,
        })
    }
}
