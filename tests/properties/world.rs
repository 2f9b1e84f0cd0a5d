//! A scratch folder with releases and a home, and the commands, run within the test's own process.

use mosaic::effects::outside::surroundings::Surroundings;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mosaic::decide::home::resolve::{self, Settlement};
use mosaic::decide::home::rollback;
use mosaic::decide::home::situation::Asked;
use mosaic::edge::cli::commands::change::drain_fresh;
use mosaic::edge::cli::commands::update::plan_update;
use mosaic::edge::error::CommandError;
use mosaic::effects::apply::{Checkpoint, Site, commit};
use mosaic::effects::bundle::Source;
use mosaic::effects::home::evidence::DiskEvidence;
use mosaic::effects::home::pending::perform;
use mosaic::effects::home::survey::Survey;
use mosaic::effects::home::{Entered, Entrance, Home, HomeError, Recovery, enter};
use mosaic::effects::os::host::{self, Interrupt};
use mosaic::model::generation::{Heading, Pending};
use mosaic::model::path::RelPath;
use mosaic::model::plan::Plan;
use mosaic::model::record::Record;
use tempfile::TempDir;

use crate::histories::{Command, History, How, Step};
use crate::releases::Release;
use crate::trees::{Tree, copy, tree};

const ALL_ALLOWED: Asked = Asked {
    removals: true,
    downgrade: true,
    prune: false,
    no_units: false,
};

/// Nobody else runs on the home, but a process that another test starts holds all files for a moment.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Told of every checkpoint of a command.
pub type At<'a> = &'a dyn Fn(Checkpoint);

/// Releases and a home.
pub struct World {
    folder: TempDir,
    home: PathBuf,
    /// What is shipped.
    pub releases: Vec<Release>,
}

/// A command with nothing left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// To this release.
    Update(usize),
    /// To this generation.
    Rollback(u64),
    /// Of this path.
    Resolve(RelPath, Settlement),
}

/// What a command did.
#[derive(Debug)]
pub struct Outcome {
    /// What it had decided.
    pub plan: Plan,
    /// The generation that it made, if any.
    pub generation: Option<u64>,
}

/// All that a command may change, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The home.
    pub tree: Tree,
    /// What is parked.
    pub parked: Tree,
    /// The record.
    pub record: Record,
}

impl World {
    /// Writes the releases, and the home as it was before.
    pub fn new(history: &History) -> Self {
        let folder = TempDir::new_in(scratch()).expect("a scratch folder");
        for (number, release) in history.releases.iter().enumerate() {
            release.write(&folder.path().join(number.to_string()), number);
        }
        fs::create_dir(folder.path().join("outside")).expect("a directory");
        fs::write(folder.path().join("outside/a.md"), "not in the home").expect("a file");
        let home = folder.path().join("home");
        if !history.before.is_empty() {
            fs::create_dir(&home).expect("a home");
        }
        history.before.iter().for_each(|edit| edit.apply(&home));
        Self {
            folder,
            home,
            releases: history.releases.clone(),
        }
    }

    /// The home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What an operator's links to the outside lead to.
    pub fn outside(&self) -> Tree {
        tree(&self.folder.path().join("outside"))
    }

    /// The same world with the home as it is now, to go another way. Ends with this one.
    pub fn branch(&self, name: &str) -> Branch {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).expect("a directory");
        if self.home.exists() {
            copy(&self.home, &folder.join("home"));
        }
        Branch {
            home: folder.join("home"),
            folder,
        }
    }

    /// Goes another way with a branch for a while.
    pub fn on<T>(&mut self, branch: &Branch, visit: impl FnOnce(&World) -> T) -> T {
        let home = std::mem::replace(&mut self.home, branch.home.clone());
        let result = visit(self);
        self.home = home;
        result
    }

    /// Does one step; what is refused changes nothing and is no failure.
    pub fn step(&self, step: &Step) -> Option<(Act, Outcome)> {
        match step {
            Step::Edit(edit) => {
                fs::create_dir_all(&self.home).expect("a home");
                edit.apply(&self.home);
                None
            }
            Step::Command(command) => {
                let act = self.act(command)?;
                let outcome = self.run(&act)?;
                Some((act, outcome))
            }
        }
    }

    /// What a command means here and now; nothing where there is nothing to resolve.
    pub fn act(&self, command: &Command) -> Option<Act> {
        match command {
            Command::Update(which) => Some(Act::Update(which.index(self.releases.len()))),
            Command::Rollback(which) => {
                let generation = self.look().map_or(0, |home| home.generation);
                Some(Act::Rollback(which.index(generation as usize + 1) as u64))
                    .filter(|_| generation > 0)
            }
            Command::Resolve(which, how) => {
                let parked: Vec<_> = self.look()?.record.parked.into_keys().collect();
                let path = parked.get(which.index(parked.len().max(1)))?.clone();
                let how = match how {
                    How::Mine => Settlement::Mine,
                    How::Shipped => Settlement::Shipped,
                    How::Merged(content) => Settlement::Merged(content.bytes(path.as_str())),
                };
                Some(Act::Resolve(path, how))
            }
        }
    }

    /// Runs a command.
    pub fn run(&self, act: &Act) -> Option<Outcome> {
        self.run_at(act, &|_| {})
    }

    /// Runs a command whose checkpoints are told. `None` where it is refused, which it may be only for
    /// what is in the way of a settlement.
    pub fn run_at(&self, act: &Act, at: At) -> Option<Outcome> {
        match self.try_at(act, at) {
            Ok(outcome) => Some(outcome),
            Err(CommandError::Unsettled(_)) => None,
            Err(error) => panic!("{act:?} failed: {}", error.message()),
        }
    }

    /// Like [`World::run_at`], with every error for the caller.
    pub fn try_at(&self, act: &Act, at: At) -> Result<Outcome, CommandError> {
        let entered = self.enter_at(matches!(act, Act::Update(_)), at)?;
        let outcome = self.change(&entered.home, act, at);
        if !matches!(
            &outcome,
            Ok(Outcome {
                generation: Some(_),
                ..
            })
        ) {
            entered.leave()?;
        }
        outcome
    }

    fn enter_at(&self, make: bool, at: At) -> Result<Entered, CommandError> {
        let interrupt = Interrupt::default();
        let (path, lock_timeout, recovery) = (&*self.home, LOCK_TIMEOUT, Recovery::Finish);
        let surroundings = Surroundings::default();
        let entered = enter(&Entrance {
            path,
            make,
            lock_timeout,
            interrupt: &interrupt,
            on_checkpoint: at,
            recovery,
            surroundings: &surroundings,
        })?;
        drop(perform(&entered.home, entered.home.generation, |_| true));
        Ok(entered)
    }

    /// Finishes what was interrupted.
    pub fn recover_at(&self, at: At) {
        match self.enter_at(false, at) {
            Ok(_) | Err(CommandError::Home(HomeError::Absent { .. })) => {}
            Err(error) => panic!("recovery failed: {}", error.message()),
        }
    }

    fn change(&self, home: &Home, act: &Act, at: At) -> Result<Outcome, CommandError> {
        let (plan, survey) = self.decide(home, act)?;
        let state = home.state.as_ref().expect("a state");
        if !plan.commits {
            return Ok(Outcome {
                plan,
                generation: None,
            });
        }
        let heading = Heading {
            number: home.generation + 1,
            at: host::now(),
            command: "test".to_owned(),
            program: host::program_version(),
            from: home.record.release.clone(),
            to: plan.record.release.clone(),
        };
        let site = Site {
            home: &home.root,
            state,
            folders: &home.folders,
            interrupt: &Interrupt::default(),
            on_checkpoint: at,
        };
        let bundle = survey.as_ref().map(|survey| &survey.bundle);
        let (committed, fresh) =
            commit(&site, &plan, heading, &[Pending::RefreshStatCache], bundle)?;
        drain_fresh(home, state, committed.generation, survey.as_ref(), &fresh);
        Ok(Outcome {
            plan,
            generation: Some(committed.generation),
        })
    }

    fn decide(&self, home: &Home, act: &Act) -> Result<(Plan, Option<Survey>), CommandError> {
        let witness = DiskEvidence::new(home, None);
        match act {
            Act::Update(release) => {
                let source = Source::Directory(self.folder.path().join(release.to_string()));
                let survey = Survey::make(home, &source)?;
                Ok((
                    plan_update(home, &survey, &Surroundings::default(), None, ALL_ALLOWED)?,
                    Some(survey),
                ))
            }
            Act::Rollback(number) => {
                let state = home.state.as_ref().expect("a state");
                let later: Result<Vec<_>, _> = (number + 1..=home.generation)
                    .map(|later| state.journal(later))
                    .collect();
                Ok((
                    rollback::plan(
                        *number,
                        &state.record(*number)?,
                        &later?,
                        host::umask(),
                        &witness,
                    )?,
                    None,
                ))
            }
            Act::Resolve(path, how) => {
                let paths = std::slice::from_ref(path);
                Ok((
                    resolve::plan(&home.record, paths, how, host::umask(), &witness)?,
                    None,
                ))
            }
        }
    }

    /// What a command would do: a dry run. `None` where it is refused.
    pub fn foretell(&self, act: &Act) -> Option<Plan> {
        let home = self.look().unwrap_or_else(|| Home::nowhere(&self.home));
        match self.decide(&home, act) {
            Ok((plan, _)) => Some(plan),
            Err(CommandError::Unsettled(_)) => None,
            Err(error) => panic!("a dry run of {act:?} failed: {}", error.message()),
        }
    }

    /// The home as it is; nothing where there is none.
    pub fn look(&self) -> Option<Home> {
        match Home::look(&self.home) {
            Ok(home) => Some(home),
            Err(HomeError::Absent { .. }) => None,
            Err(error) => panic!("the home cannot be looked at: {error}"),
        }
    }

    /// All that counts, as it is; not where the home is, because branches of a history are copies of it.
    pub fn state_at(&self) -> Sight {
        let record = self.look().map(|home| home.record).unwrap_or_default();
        let record = Record {
            place: None,
            is_moved: false,
            ..record
        };
        Sight {
            tree: tree(&self.home),
            parked: tree(&self.home.join(".mosaic/conflicts")),
            record,
        }
    }

    /// The operator's list of globs.
    pub fn preserved(&self) -> Vec<String> {
        let text = fs::read_to_string(self.home.join(".mosaicpreserve")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// All contents that can still be had from a home: live, parked, or kept by a generation.
    pub fn contents(&self) -> BTreeSet<Vec<u8>> {
        let files = walkdir::WalkDir::new(&self.home)
            .into_iter()
            .filter_map(Result::ok);
        let files = files.filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| fs::read(entry.path()).expect("readable"))
            .collect()
    }
}

/// Where scratch folders are made: in memory, where the machine has it; no promise depends on the disk.
pub fn scratch() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// A copy of a home that goes its own way; it goes with the value.
pub struct Branch {
    folder: PathBuf,
    home: PathBuf,
}

impl Drop for Branch {
    fn drop(&mut self) {
        // The whole scratch folder goes soon anyway.
        drop(fs::remove_dir_all(&self.folder));
    }
}
