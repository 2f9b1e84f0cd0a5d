//! Looks at the units of a home's fleet: what they run and read, and what of it has changed since they started.

use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::outside;
use crate::effects::outside::surroundings::Surroundings;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::decide::fleet::closure::{Places, UnitTexts, members};
use crate::decide::fleet::stale::{Displaced, Reason, Running, UnitPart, reason};
use crate::decide::fleet::units::{AGENTS, OURS};
use crate::decide::plan::evidence::Evidence;
use crate::effects::fleet::shared_files::SharedFiles;
use crate::effects::fleet::unread::{LeftContents, is_unread};
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::os::host;
use crate::effects::os::systemd::{Manager, ManagerError, is_in_unit_path};
use crate::effects::outside::units::UnitsDirectory;
use crate::effects::state::{State, StateError};
use crate::model::change::{Change, Presence, RootName, Spot};
use crate::model::digest::Digest;
use crate::model::generation::{ChangeOutcome, Pending};
use crate::model::path::RelPath;
use crate::model::plan::{Content, Intent, Plan};
use crate::model::unit::{ManagerView, UnitName, UnitState};

/// A unit of the home's fleet.
#[derive(Debug)]
pub struct FleetUnit {
    /// The unit's name.
    pub name: UnitName,
    /// True if the unit runs; `None` where no manager could be asked.
    pub runs: Option<bool>,
    /// The unit's file, its drop-ins, and the home's files that it runs or reads, links resolved.
    pub files: BTreeSet<PathBuf>,
    /// Reason why the unit is stale, if it is.
    pub stale: Option<Reason>,
    /// Failure of its last run, if it failed.
    pub failure: Option<String>,
}

/// Reason why it cannot be told what runs.
#[derive(Debug, thiserror::Error)]
pub enum RunningError {
    /// The manager does not say.
    #[error(transparent)]
    Manager(#[from] ManagerError),
    /// The state cannot be read: what earlier transactions displaced is not known.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The units that the manager has loaded, the holder first, the agents by name. Nothing where no fleet of this home is
/// installed, and no manager is asked then. With a plan that is not carried out, it is told as if it were.
pub(crate) fn look(
    home: &Home,
    surroundings: &Surroundings,
    foreseen: Option<&Plan>,
) -> Result<Vec<FleetUnit>, RunningError> {
    if installed_in(home, surroundings).is_none() {
        return Ok(Vec::new());
    }
    let holder: Vec<_> = UnitName::new(OURS[0]).into_iter().collect();
    let (_, view) = Manager::look(&holder, AGENTS)?;
    seen(home, surroundings, foreseen, &view)
}

/// The same of a manager that was looked at already.
pub(crate) fn seen(
    home: &Home,
    surroundings: &Surroundings,
    foreseen: Option<&Plan>,
    view: &ManagerView,
) -> Result<Vec<FleetUnit>, RunningError> {
    let Some(units) = installed_in(home, surroundings) else {
        return Ok(Vec::new());
    };
    if !is_in_unit_path(&view.unit_path, &units) {
        return Ok(Vec::new());
    }
    // What was asked for by its name is told of, though it never was loaded.
    let is_loaded =
        |state: &&UnitState| state.is_up() || state.is_failed() || state.load == "loaded";
    let mut states: Vec<_> = view.states.iter().filter(is_loaded).cloned().collect();
    let files = SharedFiles::default();
    states.retain(|state| is_ours(state, &units, &files));
    states.sort_by_key(|state| (state.name.instance().is_some(), state.name.clone()));
    let since = states
        .iter()
        .filter(|state| state.is_up())
        .filter_map(|state| state.started_at)
        .min();
    let mut looking = UnitSurvey::new(home, surroundings, units);
    looking.loaded_at = view.loaded_at;
    if let (Some(state), Some(since)) = (&home.state, since) {
        looking.remember(state, since)?;
    }
    if let Some(plan) = foreseen {
        looking.foresee(home, plan);
    }
    let holder = states.iter().find(|state| state.name.as_str() == OURS[0]);
    looking.is_without_holder = holder.is_some_and(|holder| looking.file(holder).is_none());
    Ok(states
        .into_iter()
        .map(|state| looking.unit(state))
        .collect())
}

/// The units that start with the manager, by their files alone: what is known without it.
pub(crate) fn enabled(home: &Home, surroundings: &Surroundings) -> Vec<FleetUnit> {
    let Some(units) = surroundings.units.as_deref().map(resolved) else {
        return Vec::new();
    };
    let looking = UnitSurvey::new(home, surroundings, units.clone());
    let enabled = UnitsDirectory::look(&home.root, surroundings).enabled();
    let names = enabled
        .into_iter()
        .filter_map(|name| UnitName::new(name).ok());
    let unit = |name: UnitName| {
        let file = units.join(name.file_name());
        let files = looking
            .closure(&name, &[file])
            .into_iter()
            .map(|(_, path)| path)
            .collect();
        FleetUnit {
            name,
            runs: None,
            files,
            stale: None,
            failure: None,
        }
    };
    names.map(unit).collect()
}

/// The directory of units, if the home's fleet is installed there.
pub(crate) fn installed_in(home: &Home, surroundings: &Surroundings) -> Option<PathBuf> {
    let units = surroundings.units.as_deref().map(resolved)?;
    UnitsDirectory::look(&home.root, surroundings)
        .is_installed
        .then_some(units)
}

/// Tells whether a unit comes from one of our files, or did before that file went.
fn is_ours(state: &UnitState, units: &Path, files: &SharedFiles) -> bool {
    match &state.fragment_path {
        // Of a link it is what the link leads to.
        Some(file) => OURS
            .iter()
            .any(|name| files.resolved(file) == files.resolved(&units.join(name))),
        None => state.load == "not-found",
    }
}

struct UnitSurvey {
    user_home: String,
    place: PathBuf,
    /// Paths by which the home may be named.
    names: Vec<String>,
    displaced: HashMap<PathBuf, Vec<Displaced>>,
    units: PathBuf,
    /// Contents that a plan would leave, by path.
    foreseen: HashMap<PathBuf, Option<Digest>>,
    /// Texts of the units and drop-ins among those contents.
    foreseen_texts: HashMap<PathBuf, String>,
    /// True if the plan has the manager read its units again.
    reloads: bool,
    /// Contents that Mosaic left.
    left: LeftContents,
    /// When the manager last read all its units.
    loaded_at: Option<Timestamp>,
    /// True if the holder's unit, without which no agent is started, is not there any more.
    is_without_holder: bool,
    files: SharedFiles,
}

impl UnitSurvey {
    fn new(home: &Home, surroundings: &Surroundings, units: PathBuf) -> Self {
        let place = resolved(home.root.path());
        let names = [home.root.path(), &place].map(|path| path.display().to_string());
        let user_home = surroundings.user_home.as_ref();
        let user_home = user_home.map(|user| user.display().to_string());
        Self {
            left: LeftContents::of(home, &place),
            loaded_at: None,
            is_without_holder: false,
            user_home: user_home.unwrap_or_default(),
            place,
            names: names.into(),
            displaced: HashMap::new(),
            units,
            foreseen: HashMap::new(),
            foreseen_texts: HashMap::new(),
            reloads: false,
            files: SharedFiles::default(),
        }
    }

    /// Remembers what transactions displaced since a moment.
    fn remember(&mut self, state: &State, since: Timestamp) -> Result<(), StateError> {
        let mut journals = Vec::new();
        for number in state.generations()?.into_iter().rev() {
            let Ok(journal) = state.journal(number) else {
                continue;
            };
            if journal.heading.at < since {
                break;
            }
            journals.push(journal);
        }
        for journal in journals.iter().rev() {
            let done = journal
                .changes
                .iter()
                .filter(|logged| logged.fate == ChangeOutcome::Done);
            done.for_each(|logged| {
                self.displace(&logged.change, journal.heading.number, journal.heading.at);
            });
        }
        Ok(())
    }

    fn foresee(&mut self, home: &Home, plan: &Plan) {
        let evidence = DiskEvidence::new(home, None);
        for Intent {
            change,
            content: brought,
            ..
        } in &plan.intents
        {
            self.displace(change, home.generation + 1, host::now());
            let path = self.full(&change.at);
            let bytes = match brought {
                Some(Content::Bytes(bytes)) => Some(bytes.clone()),
                Some(Content::Kept { generation, slot }) => evidence.kept(*generation, *slot).ok(),
                Some(Content::Bundle(_)) | None => None,
            };
            if let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
                self.foreseen_texts.insert(path.clone(), text);
            }
            self.foreseen
                .insert(path, content(change.alteration.after()));
        }
        self.reloads = Pending::after(&home.record, plan).contains(&Pending::ReloadUnits);
    }

    fn displace(&mut self, change: &Change, generation: u64, committed_at: Timestamp) {
        if change.at.root.is_live() {
            let displaced = Displaced {
                generation,
                at: committed_at,
                content: content(change.alteration.before()),
            };
            self.displaced
                .entry(self.full(&change.at))
                .or_default()
                .push(displaced);
        }
    }

    fn full(&self, spot: &Spot) -> PathBuf {
        match &spot.root {
            RootName::Folder(folder) => folder.as_path().join(&spot.path),
            RootName::Home | RootName::Conflicts => self.place.join(&spot.path),
        }
    }

    fn unit(&mut self, state: UnitState) -> FleetUnit {
        let file = self.file(&state);
        let files: Vec<_> = file.iter().chain(&state.drop_in_paths).cloned().collect();
        let closure = self.closure(&state.name, &files);
        let files = closure.iter().map(|(_, path)| path.clone()).collect();
        let runs = state.is_up();
        let stale = state.started_at.filter(|_| runs).and_then(|started_at| {
            let parts = closure
                .into_iter()
                .map(|(name, path)| self.part(name, &path))
                .collect();
            let needs_reload = !self.reloads && is_unread(&self.left, self.loaded_at, &state);
            reason(&Running {
                started_at,
                is_loaded: file.is_some() && !self.is_without_holder,
                needs_reload,
                parts,
            })
        });
        let failure = state
            .is_failed()
            .then(|| format!("{}, status {}", state.result, state.exec_main_status));
        FleetUnit {
            name: state.name,
            runs: Some(runs),
            files,
            stale,
            failure,
        }
    }

    /// The unit's file, as the manager knows it or will.
    fn file(&self, state: &UnitState) -> Option<PathBuf> {
        let file = match &state.fragment_path {
            Some(file) => file.clone(),
            None => self.units.join(state.name.file_name()),
        };
        match self
            .foreseen
            .get(&self.files.resolved(&file))
            .filter(|_| self.reloads)
        {
            Some(foreseen) => foreseen.map(|_| file),
            // The manager may not have seen yet that it went.
            None => state
                .fragment_path
                .clone()
                .filter(|file| outside::is_there(file)),
        }
    }

    fn text(&self, file: &Path) -> String {
        let foreseen = self.foreseen_texts.get(&self.files.resolved(file));
        foreseen.cloned().unwrap_or_else(|| self.files.text(file))
    }

    /// The closure of a unit, by name and by path: its file and drop-ins, and the home's files that
    /// they name.
    fn closure(&self, name: &UnitName, files: &[PathBuf]) -> Vec<(String, PathBuf)> {
        let texts: Vec<_> = files.iter().map(|file| self.text(file)).collect();
        let (file, drop_ins) = texts
            .split_first()
            .map_or(("", &[][..]), |(file, rest)| (file, rest));
        let drop_ins: Vec<_> = drop_ins.iter().map(String::as_str).collect();
        let members = self.members(&UnitTexts {
            name: name.as_str(),
            file,
            drop_ins: &drop_ins,
        });
        let of_unit = files
            .iter()
            .map(|file| (file.display().to_string(), self.files.resolved(file)));
        let of_home = members.iter().map(|path| {
            (
                path.to_string(),
                self.files.resolved(&self.place.join(path)),
            )
        });
        of_unit.chain(of_home).collect()
    }

    fn members(&self, unit: &UnitTexts) -> BTreeSet<RelPath> {
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        members(
            unit,
            &Places {
                user_home: &self.user_home,
                home: &names,
            },
        )
    }

    fn part(&self, name: String, path: &Path) -> UnitPart {
        let (found, changed_at) = match self.foreseen.get(path) {
            Some(foreseen) => (*foreseen, foreseen.map(|_| host::now())),
            None => self.files.stamp(path),
        };
        let displaced = self.displaced.get(path).cloned().unwrap_or_default();
        UnitPart {
            name,
            is_as_left: self.left.has(path, found),
            found,
            changed_at,
            displaced,
        }
    }
}

fn content(presence: Presence) -> Option<Digest> {
    match presence {
        Presence::File(file) => Some(file.digest),
        Presence::Nothing | Presence::Directory(_) => None,
    }
}
