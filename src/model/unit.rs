//! Units of the user's service manager: their names, and what systemd says of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest name that systemd takes, in bytes.
const NAME_MAX: usize = 255;

/// The name of a service, `mosaic-tmux-holder.service` or `mosaic-agent@coder0.service`. It is no pattern, no path and
/// no option, so it can be given to `systemctl` as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitName(String);

/// The error that a text is no name of a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a service")]
pub struct NotAUnitName(pub String);

impl UnitName {
    /// Takes the name of a service that can be started: a template alone, `mosaic-agent@.service`, cannot.
    ///
    /// # Errors
    ///
    /// [`NotAUnitName`] for any other text.
    pub fn new(name: impl Into<String>) -> Result<Self, NotAUnitName> {
        let name = name.into();
        let is_word = |word: &str| {
            let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\".contains(&byte);
            !word.is_empty() && word.bytes().all(is_good)
        };
        let is_name = |stem: &str| match stem.split_once('@') {
            Some((template, instance)) => is_word(template) && is_word(instance),
            None => is_word(stem),
        };
        let is_short = name.len() <= NAME_MAX && !name.starts_with(['-', '.']);
        if name.strip_suffix(".service").is_some_and(is_name) && is_short {
            Ok(Self(name))
        } else {
            Err(NotAUnitName(name))
        }
    }

    /// The name of the file that it comes from: of an instance, its template's.
    pub fn file_name(&self) -> String {
        self.template().unwrap_or_else(|| self.0.clone())
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `coder0` of `mosaic-agent@coder0.service`.
    pub fn instance(&self) -> Option<&str> {
        self.0
            .strip_suffix(".service")?
            .split_once('@')
            .map(|(_, instance)| instance)
    }

    /// The file that it comes from, if it has none of its own: `mosaic-agent@.service`.
    pub fn template(&self) -> Option<String> {
        self.0
            .split_once('@')
            .map(|(template, _)| format!("{template}@.service"))
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// State of a unit, in systemd's own words (systemctl(1), org.freedesktop.systemd1(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitState {
    /// Name of the unit.
    pub name: UnitName,
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`...
    pub load: String,
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`.
    pub active: String,
    /// Finer state: `running`, `exited`, `dead`...
    pub sub: String,
    /// `enabled`, `disabled`, `static`, `masked`, `linked`...; empty where there is no file.
    pub unit_file_state: String,
    /// `exec`, `oneshot`..., as its file says now; one that is active may have been started as another.
    pub kind: String,
    /// File that the unit was read from.
    pub fragment_path: Option<PathBuf>,
    /// Drop-ins that were read after that file.
    pub drop_in_paths: Vec<PathBuf>,
    /// True if a file of the unit changed since it was read.
    pub need_daemon_reload: bool,
    /// Process of the unit.
    pub main_pid: Option<u32>,
    /// Id of the start: another one for each.
    pub invocation_id: Option<String>,
    /// `success`, or how the last run failed: `exit-code`, `timeout`, `start-limit-hit`...
    pub result: String,
    /// End of its process: an exit status, or the number of a signal.
    pub exec_main_status: i32,
    /// Moment at which its last start began.
    pub started_at: Option<Timestamp>,
    /// Moment at which its last start had ended well.
    pub active_at: Option<Timestamp>,
    /// Control group of its processes, below the root of the cgroups.
    pub control_group: Option<String>,
    /// True if its last start was refused, because what its file asserts was not so.
    pub is_refused: bool,
    /// True if the unit is still to be started or stopped.
    pub has_job: bool,
}

impl UnitState {
    /// Tells whether systemd takes the unit for running, or on its way there.
    pub fn is_up(&self) -> bool {
        ["active", "activating", "reloading"].contains(&self.active.as_str())
    }

    /// Tells whether what it starts is meant to be there: it is active, or systemd starts it again and again.
    pub fn is_to_live(&self) -> bool {
        self.active == "active" || self.is_tried_again()
    }

    /// Tells whether its last run failed, and systemd is about to start it again.
    pub fn is_tried_again(&self) -> bool {
        self.sub.starts_with("auto-restart")
    }

    /// Tells whether the unit would not come back after a reboot. What is masked is so by its
    /// operator's decision, and what is static starts with others.
    pub fn is_boot_gap(&self) -> bool {
        const FLEETING: [&str; 4] = ["disabled", "enabled-runtime", "linked", "linked-runtime"];
        self.is_up() && FLEETING.contains(&self.unit_file_state.as_str())
    }

    /// Tells whether the last run failed.
    pub fn is_failed(&self) -> bool {
        self.active == "failed"
    }
}

/// Links of units: those by which their manager starts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Directory of the units' files; a manager that reads its units elsewhere knows others of the
    /// same names.
    pub directory: String,
    /// Names of the units.
    pub units: Vec<String>,
}

/// The user manager, as it was at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ManagerView {
    /// Directories in which it reads units, in its own words: one with a blank in it cannot be told from two.
    pub unit_path: String,
    /// When it last read all its units; `None` where it does not tell.
    pub loaded_at: Option<Timestamp>,
    /// When it began; `None` where it does not tell.
    pub began_at: Option<Timestamp>,
    /// Environment that it gives to units.
    pub environment: BTreeMap<String, String>,
    /// States of units.
    pub states: Vec<UnitState>,
}

/// Outcome of a job that was asked of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    /// The job is done.
    Done,
    /// The job failed.
    Failed(Failure),
    /// The job had not ended when patience did; systemd goes on with it.
    Unfinished {
        /// Seconds that it was waited for.
        seconds: u64,
    },
}

impl JobOutcome {
    /// Problem with the job, if there was one.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Done => None,
            Self::Failed(failure) => Some(failure.to_string()),
            Self::Unfinished { seconds } => {
                Some(format!("systemd still works on it after {seconds} seconds"))
            }
        }
    }
}

/// Failure of a unit, in systemd's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// Words of `systemctl` on the unit.
    pub words: String,
    /// The unit's `Result` and the status of its process; empty where it did not run.
    pub result: String,
    /// The last lines of its log, where there is one.
    pub log: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.words, &self.result]
            .into_iter()
            .chain(&self.log)
            .filter(|part| !part.is_empty());
        out.write_str(&parts.map(String::as_str).collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_service_that_can_be_started() {
        let agent = UnitName::new("mosaic-agent@coder0-1_b.service").expect("a name");
        assert_eq!(agent.instance(), Some("coder0-1_b"));
        assert_eq!(agent.template().as_deref(), Some("mosaic-agent@.service"));
        let holder = UnitName::new("mosaic-tmux-holder.service").expect("a name");
        assert_eq!((holder.instance(), holder.template()), (None, None));
        let long = format!("{}.service", "a".repeat(NAME_MAX));
        for bad in [
            "",
            ".service",
            "a",
            "a.socket",
            "a@.service",
            "@a.service",
            "a@b@c.service",
            "a@*.service",
            "-a.service",
            "a/b.service",
            "a b.service",
            "a@ä.service",
            "a\n.service",
            "[a].service",
            &long,
        ] {
            assert_eq!(UnitName::new(bad), Err(NotAUnitName(bad.to_owned())));
        }
    }
}
