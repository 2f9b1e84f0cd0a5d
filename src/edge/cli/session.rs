//! What every command starts from: the home's path, the voice, the signals, and the way in.

use crate::edge::cli::options::{Everywhere, LockArgs};
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::outside::is_there;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_paths::ROSTER;
use std::cell::Cell;
use std::path::{Component, Path, PathBuf};

use rustix::process::Signal;

use crate::decide::doctor::quoted;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::pending_text;
use crate::edge::report::voice::Output;
use crate::effects::apply::Checkpoint;
use crate::effects::bundle::Source;
use crate::effects::home::pending::{Performed, Undone, perform};
use crate::effects::home::{Entered, Entrance, Home, HomeError, Recovery, enter};
use crate::effects::os::host::{self, Interrupt};
use crate::effects::state::gc::sweep;
use crate::model::path::RelPath;

/// One run of one command.
pub struct Session<'a> {
    /// Where the home is or will be; empty for a command that needs none, where none is named.
    pub home: PathBuf,
    /// What commands that people are to type need, to be about this home.
    pub at: String,
    /// Where the home stands in its user's surroundings.
    pub surroundings: Surroundings,
    /// Says what happens.
    pub voice: &'a mut Output,
    /// Whether the user asked to stop.
    pub interrupt: Interrupt,
    /// The generation that had to be finished first.
    finished_first: Option<u64>,
    /// What became of what an earlier commit had left to be done.
    pub aftermath: Performed,
}

impl<'a> Session<'a> {
    /// Finds the home and begins to listen for signals.
    pub fn new(
        everywhere: &Everywhere,
        needs_home: bool,
        voice: &'a mut Output,
    ) -> Result<Self, CommandError> {
        let home = match named_home(everywhere) {
            Some(home) => absolute(&home)?,
            None if needs_home => return Err(CommandError::NoHome),
            None => PathBuf::new(),
        };
        let interrupt = Interrupt::listen()
            .map_err(|error| CommandError::Usage(format!("cannot listen for signals: {error}")))?;
        Ok(Self {
            surroundings: surroundings(everywhere, &home),
            home,
            at: at_home(everywhere),
            voice,
            interrupt,
            finished_first: None,
            aftermath: Performed::default(),
        })
    }

    /// A command of ours for people to type, about this home.
    pub fn command(&self, words: &str) -> String {
        format!("mosaic {words}{}", self.at)
    }

    /// The home's path for documents.
    pub fn home_text(&self) -> String {
        self.home.display().to_string()
    }

    /// Opens the home to look at; `NoRecord` where nothing was ever committed.
    pub fn look_at_recorded(&self) -> Result<Home, CommandError> {
        let home = Home::look(&self.home)?;
        if home.generation == 0 && !home.recovery_pending {
            return Err(CommandError::NoRecord(self.home.clone()));
        }
        Ok(home)
    }

    /// Says in a dry run that an interrupted run is to be finished first; what is foretold is of the home before.
    pub fn tell_pending(&mut self, home: &Home) {
        if home.recovery_pending {
            let recover = self.command("recover");
            self.voice.insist(&format!(
                "An interrupted run waits to be finished first: {recover}"
            ));
        }
    }

    /// Enters the home to change it; finishes first what an interrupted run left behind.
    pub fn enter(
        &mut self,
        make: bool,
        lock: LockArgs,
        recovery: Recovery,
    ) -> Result<Entered, CommandError> {
        let at = crash_point();
        let entrance = Entrance {
            path: &self.home,
            make,
            lock_timeout: lock.lock_timeout,
            interrupt: &self.interrupt,
            on_checkpoint: &at,
            recovery,
            surroundings: &self.surroundings,
        };
        let entered = enter(&entrance).map_err(|error| match error {
            HomeError::Unfinished(error) => CommandError::Recovery(error),
            error => error.into(),
        })?;
        if let Some(number) = entered.finished_generation() {
            self.finished_first = Some(number);
            self.voice.say(&format!(
                "Finished generation {number}, which an earlier run had committed."
            ));
        }
        self.aftermath =
            perform(&entered.home, entered.home.generation, |_| true).unwrap_or_default();
        self.tell_aftermath();
        // Only room rests on it, and `gc` says what cannot be removed.
        drop(entered.home.state.as_ref().map(|state| sweep(state, &at)));
        Ok(entered)
    }

    /// What a commit left to be done and could not be done so far.
    pub fn still_pending(&self) -> Vec<String> {
        self.aftermath
            .undone
            .iter()
            .map(|left| format!("{}: {}", left.action, left.why))
            .collect()
    }

    /// Says what became of what a commit left to be done.
    pub fn tell_aftermath(&mut self) {
        if std::mem::replace(&mut self.aftermath.is_told, true) {
            return;
        }
        for news in &self.aftermath.news {
            self.voice.say(&pending_text::news(news));
        }
        for Undone { action, why, .. } in &self.aftermath.undone {
            self.voice.insist(&format!(
                "Still to be done, by the next command that changes the home: {action} ({why})"
            ));
        }
    }

    /// What a command that failed must own up to: the home has changed if it finished an earlier run first.
    pub fn own_up(&self, error: CommandError) -> CommandError {
        match self.finished_first {
            Some(generation) if error.exit() == Exit::Failed => CommandError::AfterRecovery {
                generation,
                cause: Box::new(error),
            },
            _ => error,
        }
    }

    /// Whether a path argument names the home itself.
    pub fn is_home(&self, text: &str) -> bool {
        let path = Path::new(text);
        path == self.home
            || (!text.is_empty() && path.components().all(|part| part == Component::CurDir))
    }

    /// A path argument: relative to the home, or an absolute one below it.
    pub fn path_in_home(&self, text: &str) -> Result<RelPath, CommandError> {
        let outside = || CommandError::OutsideHome {
            path: text.to_owned(),
            home: self.home.clone(),
        };
        let path = Path::new(text);
        let below = match path.is_absolute() {
            true => path.strip_prefix(&self.home).map_err(|_| outside())?,
            false => path,
        };
        let parts = below.components().filter(|part| *part != Component::CurDir);
        let plain: PathBuf = parts.collect();
        let plain = plain.to_str().ok_or_else(outside)?;
        RelPath::parse(plain).map_err(|why| CommandError::Path {
            path: text.to_owned(),
            why,
        })
    }
}

fn absolute(home: &Path) -> Result<PathBuf, CommandError> {
    std::path::absolute(home)
        .map_err(|error| CommandError::Usage(format!("{}: {error}", home.display())))
}

/// Where a bundle argument points.
pub fn source(from: Option<&PathBuf>) -> Source {
    from.map_or(Source::Embedded, |path| Source::at(path))
}

/// The flags that a command needs to be about the same home and units; empty where they are the usual ones.
pub fn at_home(everywhere: &Everywhere) -> String {
    let units = everywhere.units_dir.as_ref();
    let units = units.map(|units| format!(" --units-dir {}", quoted(&units.display().to_string())));
    let (named, usual) = (named_home(everywhere), usual_home());
    let [named, usual] =
        [named, usual].map(|home| home.and_then(|home| std::path::absolute(home).ok()));
    let named = named.filter(|named| usual.as_ref() != Some(named));
    let home = named.map(|named| format!(" --home {}", quoted(&named.display().to_string())));
    home.unwrap_or_default() + &units.unwrap_or_default()
}

fn named_home(everywhere: &Everywhere) -> Option<PathBuf> {
    everywhere.home.clone().or_else(usual_home)
}

/// The home of commands that name none.
fn usual_home() -> Option<PathBuf> {
    if let Some(named) = host::variable("MOSAIC_HOME") {
        return Some(named.into());
    }
    default_home()
}

/// The home of a user who says nothing at all: that of units from before 0.1.0, which do not say whose they are.
fn default_home() -> Option<PathBuf> {
    user_config().map(|config| config.join("mosaic"))
}

fn user_config() -> Option<PathBuf> {
    let config = host::variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    config.or_else(|| host::user_home().map(|home| home.join(".config")))
}

fn surroundings(everywhere: &Everywhere, home: &Path) -> Surroundings {
    let units = everywhere.units_dir.clone();
    let units = units.or_else(|| user_config().map(|config| config.join("systemd/user")));
    let usual = default_home().map(|usual| resolved(&usual));
    let is_usual = usual.as_deref() == Some(&resolved(home));
    let usual_has_fleet = usual.is_some_and(|usual| is_there(&usual.join(ROSTER)));
    Surroundings {
        units,
        is_usual,
        usual_has_fleet,
    }
}

/// Tests end or stop the program at a checkpoint: `MOSAIC_CRASH_AT=Carried:3` kills it at the third
/// `Carried`, without any cleaning up, and `MOSAIC_CRASH_AT=Any:7` at the seventh checkpoint of whatever name;
/// `MOSAIC_STOP_AT=Staged:1` stops it until it is told to go on.
pub fn crash_point() -> impl Fn(Checkpoint) {
    let points = [
        ("MOSAIC_CRASH_AT", Signal::KILL),
        ("MOSAIC_STOP_AT", Signal::STOP),
    ];
    let points = points.map(|(variable, signal)| {
        let asked = host::variable(variable)
            .and_then(|text| text.into_string().ok())
            .unwrap_or_default();
        let (name, count) = asked.split_once(':').unwrap_or((&asked, "1"));
        (
            name.to_owned(),
            Cell::new(count.parse().unwrap_or(1_usize)),
            signal,
        )
    });
    move |checkpoint| {
        let checkpoint = format!("{checkpoint:?}");
        for (_, left, signal) in points
            .iter()
            .filter(|(name, ..)| *name == checkpoint || name == "Any")
        {
            left.set(left.get().wrapping_sub(1));
            if left.get() == 0 {
                host::signal_self(*signal);
            }
        }
    }
}
