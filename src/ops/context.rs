//! The context of an operation: the home, its user's surroundings, the wish to stop, and who is told of progress.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use crate::effects::apply::Checkpoint;
use crate::effects::fleet::picture::{self, Asked, Looked};
use crate::effects::home::pending::{Performed, perform};
use crate::effects::home::{
    Entered, Entrance, Home, HomeError, Recovery, enter, refuse_inside_another,
};
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::outside::{is_there, real_or_same};
use crate::effects::os::host::{self, Interrupt};
use crate::effects::os::systemd::{is_in_unit_path, unit_path};
use crate::effects::os::tmux::Sockets;
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::outside::units::{as_recorded, holds_ours};
use crate::effects::state::gc::sweep;
use crate::model::fleet_paths::ROSTER;
use crate::model::ignore::Ignore;
use crate::model::roster::Roster;
use crate::ops::error::Error;
use crate::ops::event::{Event, Observer};

/// A home's name in the directory of its user's settings.
const MOSAIC: &str = "mosaic";
/// The directory there in which systemd reads the user's units.
const UNITS: &str = "systemd/user";

/// The default wait for another run that holds the lock.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The context that every operation takes.
pub struct Context<'a> {
    /// The home's path, absolute; empty where an operation needs none.
    pub home: PathBuf,
    /// The longest wait for another run that holds the lock.
    pub lock_timeout: Duration,
    pub(crate) surroundings: Surroundings,
    pub(crate) interrupt: Interrupt,
    /// Where the user's manager says that it reads units; asked when that matters, and once.
    managers_path: OnceCell<Option<String>>,
    observer: &'a dyn Observer,
}

impl Context<'static> {
    /// The context of a home, which need not be there, with nobody told of progress.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the working directory, which a relative path is below, cannot be told.
    pub fn new(home: &Path) -> Result<Self, Error> {
        let home = std::path::absolute(home)
            .map_err(|error| Error::Usage(format!("{}: {error}", home.display())))?;
        Ok(Self::at(home))
    }

    /// The context of operations that are about no home.
    pub fn nowhere() -> Self {
        Self::at(PathBuf::new())
    }

    fn at(home: PathBuf) -> Self {
        Self {
            surroundings: surroundings(&home),
            home,
            lock_timeout: LOCK_TIMEOUT,
            interrupt: Interrupt::default(),
            managers_path: OnceCell::new(),
            observer: &(),
        }
    }
}

impl Context<'_> {
    /// Replaces the directory where systemd reads units; `None` keeps that of the user.
    pub fn with_units_dir(mut self, units: Option<PathBuf>) -> Self {
        self.surroundings.is_named = units.is_some();
        self.surroundings.units = units.or(self.surroundings.units);
        self
    }

    /// Replaces the longest wait for another run that holds the lock.
    pub fn with_lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// Cuts off the home's surroundings: no units, no fleet and no other home of its user is looked at.
    pub fn alone(mut self) -> Self {
        self.surroundings = Surroundings::default();
        self
    }

    /// Replaces the observer who is told of progress.
    pub fn observed_by(self, observer: &dyn Observer) -> Context<'_> {
        let Self {
            home,
            lock_timeout,
            surroundings,
            interrupt,
            managers_path,
            ..
        } = self;
        Context {
            home,
            lock_timeout,
            surroundings,
            interrupt,
            managers_path,
            observer,
        }
    }

    /// The same context, with nobody told of progress.
    pub(crate) fn unobserved(&self) -> Context<'static> {
        Context {
            home: self.home.clone(),
            lock_timeout: self.lock_timeout,
            surroundings: self.surroundings.clone(),
            interrupt: self.interrupt.clone(),
            managers_path: self.managers_path.clone(),
            observer: &(),
        }
    }

    /// Lets SIGINT and SIGTERM end an operation before its commit point.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the process cannot listen for signals.
    pub fn listen_for_signals(mut self) -> Result<Self, Error> {
        self.interrupt = Interrupt::listen()
            .map_err(|error| Error::Usage(format!("cannot listen for signals: {error}")))?;
        Ok(self)
    }

    /// Tells whether the user asked to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_asked()
    }

    /// Waits for a time, or until the user asks to stop: tells whether he did.
    pub fn wait(&self, time: Duration) -> bool {
        self.interrupt.wait(time)
    }

    pub(crate) fn tell(&self, event: Event) {
        self.observer.on(event);
    }

    /// Tells the observer of a transaction's checkpoints, and lets tests end or stop the program there:
    /// `MOSAIC_CRASH_AT=Carried:3` kills it at the third `Carried`, without any cleaning up, and
    /// `MOSAIC_CRASH_AT=Any:7` at the seventh checkpoint of whatever name; `MOSAIC_STOP_AT=Staged:1` stops it until it
    /// is told to go on. Each call counts anew.
    pub(crate) fn checkpoints(&self) -> impl Fn(Checkpoint) + '_ {
        let crash = crash_point();
        move |checkpoint| {
            self.tell(Event::Passed(checkpoint));
            crash(checkpoint);
        }
    }

    /// The surroundings of a home: what its record knows of them counts, whatever this shell has in its environment. Where
    /// the two differ, the user's manager may say that it reads units where this shell has them, and not in the folder of
    /// the record: they were put there in vain.
    pub(crate) fn surroundings_of(&self, home: &Home) -> Surroundings {
        let seen = &Surroundings {
            former: home.record.former.clone(),
            ..self.surroundings.clone()
        };
        let recorded = as_recorded(seen, &home.record);
        let (Some(here), Some(there)) = (&seen.units, &recorded.units) else {
            return recorded;
        };
        if real_or_same(here) == real_or_same(there) {
            return recorded;
        }
        let path = self.managers_path.get_or_init(unit_path).as_deref();
        let is_in_vain = |path| is_in_unit_path(path, here) && !is_in_unit_path(path, there);
        if path.is_some_and(is_in_vain) {
            seen.clone()
        } else {
            recorded
        }
    }

    /// The same where there may be no home.
    pub(crate) fn surroundings_of_any(&self, home: Option<&Home>) -> Surroundings {
        home.map_or_else(
            || self.surroundings.clone(),
            |home| self.surroundings_of(home),
        )
    }

    /// Looks at what runs of the home's fleet, and of a roster's that is asked about beside those of the home.
    pub(crate) fn look_at_fleet(&self, home: Option<&Home>, roster: Option<&Roster>) -> Looked {
        self.look(home, roster, false)
    }

    /// The same, and what the agents' screens show of their states.
    pub(crate) fn look_at_screens(&self, home: Option<&Home>, roster: &Roster) -> Looked {
        self.look(home, Some(roster), true)
    }

    fn look(&self, home: Option<&Home>, roster: Option<&Roster>, reads_screens: bool) -> Looked {
        picture::look(&Asked {
            place: &self.home,
            home,
            surroundings: &self.surroundings_of_any(home),
            roster,
            sockets: &[],
            reads_screens,
        })
    }

    /// Opens the home to look at; [`Error::NoRecord`] where nothing was ever committed.
    pub(crate) fn look_at_recorded(&self) -> Result<Home, Error> {
        let home = Home::look(&self.home)?;
        if home.generation == 0 && !home.recovery_pending {
            return Err(self.no_record());
        }
        Ok(home)
    }

    /// Opens a home to tell of it, and tells of damage beforehand.
    pub(crate) fn look_to_tell(&self) -> Result<Home, Error> {
        let home = Home::look_despite_damage(&self.home)?;
        if home.state.is_none() {
            refuse_inside_another(&self.home)?;
        }
        if let Some(damage) = &home.damage {
            self.tell(Event::Damaged(damage));
        }
        Ok(home)
    }

    /// Like [`Context::look_to_tell`]; [`Error::NoRecord`] where nothing was ever committed.
    pub(crate) fn look_to_tell_recorded(&self) -> Result<Home, Error> {
        let home = self.look_to_tell()?;
        match &home.damage {
            None if home.generation == 0 && !home.recovery_pending => Err(self.no_record()),
            Some(damage) if home.generation == 0 => Err(HomeError::from(damage.clone()).into()),
            _ => Ok(home),
        }
    }

    pub(crate) fn no_record(&self) -> Error {
        Error::NoRecord(self.home.clone())
    }

    /// Enters the home to change it. What an interrupted run left behind is finished first, and what a commit left to
    /// be done is done.
    pub(crate) fn enter(&self, make: bool, recovery: Recovery) -> Result<Run, Error> {
        let on_checkpoint = self.checkpoints();
        let entrance = Entrance {
            path: &self.home,
            make,
            lock_timeout: self.lock_timeout,
            interrupt: &self.interrupt,
            on_wait: &|holder| self.tell(Event::Waiting { holder }),
            on_checkpoint: &on_checkpoint,
            recovery,
            surroundings: &self.surroundings,
        };
        let entered = enter(&entrance).map_err(|error| match error {
            HomeError::Unfinished(error) => Error::Recovery(error),
            error => error.into(),
        })?;
        if let Some(number) = entered.finished_generation() {
            self.tell(Event::Finished(number));
        }
        let performed =
            perform(&entered.home, entered.home.generation, |_| true).unwrap_or_default();
        self.tell(Event::Performed(&performed));
        self.put_back_socket(&entered.home);
        if let Some(state) = &entered.home.state {
            sweep(state, &on_checkpoint)
                .ignore("only room rests on it, and `gc` says what cannot be removed");
        }
        Ok(Run { entered, performed })
    }

    /// Puts the second name of a live tmux server back, which a cleaner of old files took away.
    fn put_back_socket(&self, home: &Home) {
        // A copy of a home leaves the original's server alone.
        let adoption = home.record.live_socket.as_ref();
        let Some(adoption) = adoption.filter(|_| !home.record.is_moved) else {
            return;
        };
        let sockets = Sockets::at(&adoption.directory);
        if let Ok(Some(mended)) = sockets.put_back_missing(adoption) {
            self.tell(Event::SocketMended(&mended));
        }
    }

    /// Enters a home that was installed.
    pub(crate) fn enter_recorded(&self) -> Result<Run, Error> {
        self.look_at_recorded()?;
        self.enter(false, Recovery::Finish)
    }
}

/// A home that an operation has entered.
pub(crate) struct Run {
    pub(crate) entered: Entered,
    /// Pending actions of an earlier commit, tried when the home was entered.
    pub(crate) performed: Performed,
}

impl Run {
    pub(crate) fn home(&self) -> &Home {
        &self.entered.home
    }

    /// The result as it reads after a recovery: an operation that failed has changed the home all the same.
    pub(crate) fn end<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        let finished = self.entered.finished_generation();
        result.map_err(|error| match finished {
            Some(generation) if error.left_home_unchanged() && !error.is_usage() => {
                Error::AfterRecovery {
                    generation,
                    cause: Box::new(error),
                }
            }
            _ => error,
        })
    }
}

/// The home of commands that name none: `$MOSAIC_HOME`, else that of a user who says nothing at all.
pub fn usual_home() -> Option<PathBuf> {
    if let Some(named) = host::variable("MOSAIC_HOME") {
        return Some(named.into());
    }
    default_home()
}

/// The home of a user who says nothing at all: that of units from before 0.1.0, which do not say whose they are.
fn default_home() -> Option<PathBuf> {
    user_config().map(|config| config.join(MOSAIC))
}

fn user_config() -> Option<PathBuf> {
    let config = host::variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.filter(|path| path.is_absolute());
    config.or_else(|| host::user_home().map(|home| home.join(".config")))
}

fn surroundings(home: &Path) -> Surroundings {
    let home = resolved(home);
    let is_in = |config: &PathBuf| resolved(&config.join(MOSAIC)) == home;
    // Of the home below HOME the units are there, too, unless the shell's other directory has some.
    let plain = host::user_home().map(|user| user.join(".config"));
    let plain = plain.filter(|plain| is_in(plain) && holds_ours(&plain.join(UNITS)));
    let named = user_config();
    let has_some = named
        .as_ref()
        .is_some_and(|config| holds_ours(&config.join(UNITS)));
    let config = plain.filter(|_| !has_some).or(named);
    let usual = config.as_ref().map(|config| config.join(MOSAIC));
    Surroundings {
        units: config.as_ref().map(|config| config.join(UNITS)),
        is_named: false,
        user_home: host::user_home(),
        is_usual: config.as_ref().is_some_and(is_in),
        former: None,
        usual_has_fleet: usual.is_some_and(|usual| is_there(&usual.join(ROSTER))),
    }
}

fn crash_point() -> impl Fn(Checkpoint) {
    let points = [
        ("MOSAIC_CRASH_AT", Signal::KILL),
        ("MOSAIC_STOP_AT", Signal::STOP),
    ];
    let points = points.map(|(variable, signal)| {
        let named = host::variable(variable).and_then(|text| text.into_string().ok());
        let named = named.unwrap_or_default();
        let (name, count) = named.split_once(':').unwrap_or((&named, "1"));
        let count = Cell::new(count.parse().unwrap_or(1_usize));
        (name.to_owned(), count, signal)
    });
    move |checkpoint| {
        let checkpoint = format!("{checkpoint:?}");
        let is_meant = |name: &str| name == checkpoint || name == "Any";
        for (_, left, signal) in points.iter().filter(|(name, ..)| is_meant(name)) {
            left.set(left.get().wrapping_sub(1));
            if left.get() == 0 {
                host::signal_self(*signal);
            }
        }
    }
}
