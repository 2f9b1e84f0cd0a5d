//! The one door to the user's service manager: it is told what to do through `systemctl --user`, and asked by its own
//! socket; all of it is bounded in time.

mod bus;
pub(crate) mod drop_ins;
mod jobs;
mod show;
mod told;
mod wire;

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::decide::doctor::user_manager::REACHED;
use crate::effects::os::disk::outside::{real_or_same, stat};
use crate::effects::os::host;
use crate::effects::os::process;
use crate::effects::os::systemd::bus::Bus;
use crate::model::answer::Answer;
use crate::model::unit::{ManagerView, UnitName, UnitState};

/// The socket at which the manager listens for `systemctl`, below the directory of its sockets.
const SOCKET: &str = "systemd/private";
/// Time that the manager may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time that a unit may take to start or stop: longer than the timeouts of ours.
pub(crate) const JOB_PATIENCE: Duration = Duration::from_secs(120);
/// Time that the manager may take to read its units again: generators run, and there may be
/// hundreds.
const RELOAD_PATIENCE: Duration = Duration::from_secs(60);

/// A user's service manager that answered.
#[derive(Debug, Clone)]
pub(crate) struct Manager {
    /// Directory of its sockets.
    directory: Option<PathBuf>,
    patience: Duration,
}

/// Reason why there is no manager to speak to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// `systemctl` is not on the `PATH`.
    #[error("there is no systemd here")]
    Absent,
    /// `systemctl` cannot be started.
    #[error("systemctl cannot be started: {0}")]
    Broken(String),
    /// The manager hangs.
    #[error("the user manager did not answer within {seconds} seconds")]
    Late {
        /// Seconds that it had.
        seconds: u64,
    },
    /// Nobody is there, in systemd's words.
    #[error("no user manager can be reached: {0}")]
    Nobody(String),
}

/// Reason why the manager did not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManagerError {
    /// The manager cannot be spoken to any more.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The manager refused.
    #[error("systemctl --user {verb}: {words}")]
    Refused {
        /// The command of `systemctl` that was refused.
        verb: String,
        /// The manager's words.
        words: String,
    },
}

type ManagerResult<T> = Result<T, ManagerError>;

impl Manager {
    /// Finds the manager of this user. One with failed units is as good as any.
    pub(crate) fn reach() -> Result<Self, Unreachable> {
        Self::reach_within(PATIENCE)
    }

    /// Finds the manager of this user, with another patience for all that it is asked, but for jobs
    /// and reloads.
    pub(crate) fn reach_within(patience: Duration) -> Result<Self, Unreachable> {
        let manager = Self::of_this_user(patience);
        let answer = manager.ask(&["is-system-running"], patience);
        match &answer {
            // It exits 1 for all but `running`.
            Answer::Said { .. } if REACHED.contains(&answer.text()) => Ok(manager),
            Answer::Said { text, error, .. } => {
                let words = [error.trim(), text.trim()]
                    .into_iter()
                    .find(|words| !words.is_empty());
                Err(Unreachable::Nobody(
                    words.unwrap_or("it said nothing").to_owned(),
                ))
            }
            answer => Err(unreachable(answer)),
        }
    }

    fn of_this_user(patience: Duration) -> Self {
        Self {
            directory: runtime_directory(),
            patience,
        }
    }

    /// States of units, in the order of their names. A unit that does not exist is one that is not
    /// loaded.
    pub(crate) fn show(&self, names: &[UnitName]) -> ManagerResult<Vec<UnitState>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let by_program = || show::of_names(self, names);
        self.tell_of(|bus| told::of_names(bus, names), by_program)
    }

    /// Tells whether the manager reads units in a directory.
    pub(crate) fn reads(&self, directory: &Path) -> ManagerResult<bool> {
        let view = self.tell_of(told::of_manager, || show::of_manager(self))?;
        Ok(is_in_unit_path(&view.unit_path, directory))
    }

    /// Looks at the manager of this user and at units in it: those of these names, and those that are loaded and match a
    /// glob.
    pub(crate) fn look(names: &[UnitName], pattern: &str) -> ManagerResult<(Self, ManagerView)> {
        let manager = Self::of_this_user(PATIENCE);
        let view = manager.view(names, pattern)?;
        Ok((manager, view))
    }

    /// What [`Self::look`] sees.
    pub(crate) fn view(&self, names: &[UnitName], pattern: &str) -> ManagerResult<ManagerView> {
        self.tell_of(
            |bus| told::of_names_and_pattern(bus, names, pattern),
            || show::of_names_and_pattern(self, names, pattern),
        )
    }

    /// The same manager, asked by `systemctl` alone.
    #[cfg(test)]
    pub(crate) fn without_its_socket(self) -> Self {
        Self {
            directory: None,
            ..self
        }
    }

    /// What the manager tells by its own socket. Where there is none that answers, `systemctl` is asked, which knows
    /// other ways, and says what is wrong.
    fn tell_of<T>(
        &self,
        told: impl FnOnce(&mut Bus) -> io::Result<T>,
        by_program: impl FnOnce() -> ManagerResult<T>,
    ) -> ManagerResult<T> {
        let Some(directory) = &self.directory else {
            return by_program();
        };
        let bus = Bus::open(&directory.join(SOCKET), self.patience);
        match bus.and_then(|mut bus| told(&mut bus)) {
            Ok(told) => Ok(told),
            Err(error) if [ErrorKind::TimedOut, ErrorKind::WouldBlock].contains(&error.kind()) => {
                let seconds = self.patience.as_secs();
                Err(Unreachable::Late { seconds }.into())
            }
            Err(_) => by_program(),
        }
    }

    /// Lets the manager read all units again.
    pub(crate) fn daemon_reload(&self) -> ManagerResult<()> {
        self.tell(&["daemon-reload"], RELOAD_PATIENCE).map(drop)
    }

    fn ask(&self, words: &[&str], patience: Duration) -> Answer {
        let words = [&["--user", "--no-pager", "--no-ask-password"], words].concat();
        let directory = self.directory.as_ref();
        let directory = directory.map(|path| ("XDG_RUNTIME_DIR", path.into()));
        process::ask_in(directory.as_slice(), "systemctl", &words, patience)
    }

    /// Output of a `systemctl` command that succeeds.
    fn tell(&self, words: &[&str], patience: Duration) -> ManagerResult<String> {
        match self.ask(words, patience) {
            Answer::Said {
                status: Some(0),
                text,
                ..
            } => Ok(text),
            Answer::Said { error, .. } => Err(refused(words[0], &error)),
            answer => Err(unreachable(&answer).into()),
        }
    }
}

/// Tells whether a manager with this `UnitPath` reads units in a directory. A path with a blank in it cannot be told
/// from two.
pub(crate) fn is_in_unit_path(unit_path: &str, directory: &Path) -> bool {
    let mut paths = unit_path.split_whitespace();
    paths.any(|path| real_or_same(Path::new(path)) == real_or_same(directory))
        || unit_path.contains(&*directory.to_string_lossy())
}

/// Directories in which the user's manager reads units, in its own words; `None` where it does not tell.
pub(crate) fn unit_path() -> Option<String> {
    let manager = Manager::of_this_user(PATIENCE);
    let view = manager.tell_of(told::of_manager, || show::of_manager(&manager));
    view.ok().map(|view| view.unit_path)
}

/// Asks whether the user's manager is running; the answer is in its own words.
pub(crate) fn is_running(patience: Duration) -> Answer {
    Manager::of_this_user(patience).ask(&["is-system-running"], patience)
}

/// Complaints of systemd about unit files, one line each (`systemd-analyze --user verify`); asks no
/// manager.
pub(crate) fn verify(paths: &[&Path]) -> ManagerResult<Vec<String>> {
    let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    let words: Vec<_> = ["--user", "verify"]
        .into_iter()
        .chain(paths.iter().map(AsRef::as_ref))
        .collect();
    match process::ask("systemd-analyze", &words, RELOAD_PATIENCE) {
        Answer::Said { error, .. } => Ok(error.lines().map(str::to_owned).collect()),
        answer => Err(unreachable(&answer).into()),
    }
}

/// Directory of the manager's sockets: as the environment says, or, as over ssh, in the usual
/// place.
pub(crate) fn runtime_directory() -> Option<PathBuf> {
    let you = host::effective_uid();
    let named = host::variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    let usual = PathBuf::from(format!("/run/user/{you}"));
    let is_ours = |path: &PathBuf| stat(path).is_ok_and(|stat| stat.is_dir() && stat.uid() == you);
    named.into_iter().chain([usual]).find(is_ours)
}

fn unreachable(answer: &Answer) -> Unreachable {
    match answer {
        Answer::Absent => Unreachable::Absent,
        Answer::Broken(why) => Unreachable::Broken(why.clone()),
        Answer::Late { seconds } => Unreachable::Late { seconds: *seconds },
        Answer::Said { error, .. } => Unreachable::Nobody(error.trim().to_owned()),
    }
}

/// systemd's own sentence tells one that is gone from one that says no: "Failed to connect to bus: ...", since 257
/// "Failed to connect to user scope bus via local transport: ...".
fn refused(verb: &str, error: &str) -> ManagerError {
    let words = error.trim().to_owned();
    let gone = words.strip_prefix("Failed to connect to ");
    if gone.is_some_and(|of| of.starts_with("bus") || of.starts_with("user scope bus")) {
        Unreachable::Nobody(words).into()
    } else {
        ManagerError::Refused {
            verb: verb.to_owned(),
            words,
        }
    }
}
