//! A scratch folder with releases and a home, and the commands, run within the test's own process.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mosaic::model::path::RelPath;
use mosaic::model::plan::Plan;
use mosaic::model::record::Record;
use mosaic::ops::context::Context;
use mosaic::ops::event::{Checkpoint, Event};
use mosaic::ops::resolve::{Settlement, Which, preview_resolve, resolve};
use mosaic::ops::rollback::{preview_rollback, rollback};
use mosaic::ops::status::{Current, current};
use mosaic::ops::update::{UpdateRequest, install, preview_install};
use mosaic::ops::{Error, HomeChange, recover};
use tempfile::TempDir;

use crate::histories::{Command, History, How, Step};
use crate::releases::Release;
use crate::trees::{Tree, copy, tree};

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

impl From<HomeChange> for Outcome {
    fn from(change: HomeChange) -> Self {
        Self {
            generation: change.is_committed.then_some(change.generation),
            plan: change.plan,
        }
    }
}

/// An observer for whom only checkpoints count.
fn passing(at: At) -> impl Fn(Event<'_>) {
    move |event| {
        if let Event::Passed(checkpoint) = event {
            at(checkpoint);
        }
    }
}

fn which(path: &RelPath) -> Which {
    Which::Paths(vec![path.clone()])
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
            Err(Error::Unsettled(_)) => None,
            Err(error) => panic!("{act:?} failed: {error:?}"),
        }
    }

    /// Like [`World::run_at`], with every error for the caller.
    pub fn try_at(&self, act: &Act, at: At) -> Result<Outcome, Error> {
        let observer = passing(at);
        let context = self.context().observed_by(&observer);
        let change = match act {
            Act::Update(release) => install(&context, &self.request(*release))?.into_change(),
            Act::Rollback(number) => rollback(&context, Some(*number))?.change,
            Act::Resolve(path, how) => resolve(&context, &which(path), how)?,
        };
        Ok(Outcome::from(change))
    }

    fn context(&self) -> Context<'static> {
        let context = Context::new(&self.home).expect("an absolute path");
        context.alone().with_lock_timeout(LOCK_TIMEOUT)
    }

    fn request(&self, release: usize) -> UpdateRequest {
        UpdateRequest {
            from: Some(self.folder.path().join(release.to_string())),
            allow_removals: true,
            allow_downgrade: true,
            ..UpdateRequest::default()
        }
    }

    /// Finishes what was interrupted.
    pub fn recover_at(&self, at: At) {
        if !self.home.exists() {
            return;
        }
        let observer = passing(at);
        let context = self.context().observed_by(&observer);
        recover::recover(&context, false).expect("a recovery");
    }

    /// What a command would do: a dry run. `None` where it is refused.
    pub fn foretell(&self, act: &Act) -> Option<Plan> {
        let context = self.context();
        let foreseen = match act {
            Act::Update(release) => preview_install(&context, &self.request(*release))
                .map(|updated| updated.into_change()),
            Act::Rollback(number) => {
                preview_rollback(&context, Some(*number)).map(|rolled_back| rolled_back.change)
            }
            Act::Resolve(path, how) => preview_resolve(&context, &which(path), how),
        };
        match foreseen {
            Ok(change) => Some(change.plan),
            Err(Error::Unsettled(_)) => None,
            Err(error) => panic!("a dry run of {act:?} failed: {error:?}"),
        }
    }

    /// What is committed in the home; nothing where there is none.
    pub fn look(&self) -> Option<Current> {
        let there = self.home.exists();
        there.then(|| current(&self.context()).expect("the home can be looked at"))
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
