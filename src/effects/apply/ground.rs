//! The ground of a transaction, tried before the commit: what a rename from the state reaches, and how files can take
//! their places there.
//!
//! Two places that the kernel lists as one mount need not be one for a rename: a subvolume, a folder of another
//! project, a branch of a union. Where looking does not tell, a content is to wait beside its target, until a rename of
//! an empty file there and back has shown that it need not. All names that this uses are those of slots, which a
//! durable journal lists by then, so that what a killed run leaves is swept.

use std::collections::HashMap;

use crate::decide::home::ways::{Abilities, Ways};
use crate::effects::apply::barriers::Barriers;
use crate::effects::apply::mounts::{Device, Mounts, Place, beside};
use crate::effects::apply::moves::{is_of_place, is_unable};
use crate::effects::apply::roots::Roots;
use crate::effects::apply::slot::displaced_name;
use crate::effects::apply::{Site, TransactionError};
use crate::effects::os::disk::{DiskError, Root, Target};
use crate::effects::state::{FILES, PREPARED};
use crate::model::change::{Change, RootName};
use crate::model::generation::{Journal, Staged};
use crate::model::ignore::Ignore;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

const PRIVATE: u32 = 0o600;

/// Places of a transaction's slots, as far as looking tells.
pub(super) struct Placement<'a> {
    site: &'a Site<'a>,
    state: Device,
    is_state_plain: bool,
    trees: HashMap<RootName, Mounts<'a>>,
    /// Places of the slots that wait beside their targets.
    beside: HashMap<usize, Place>,
    /// Places that a rename from the state may reach or not.
    doubtful: HashMap<Folder, bool>,
}

/// A folder: its tree and its path there; `None` is the tree's root.
type Folder = (RootName, Option<RelPath>);

impl<'a> Placement<'a> {
    pub(super) fn begin(site: &'a Site<'a>, barriers: &Barriers) -> Result<Self, DiskError> {
        let state = &site.state.root;
        Ok(Self {
            site,
            state: Device::of(&state.stat_self()?),
            is_state_plain: barriers.is_local(state)? && !state.inherits_project(""),
            trees: HashMap::new(),
            beside: HashMap::new(),
            doubtful: HashMap::new(),
        })
    }

    /// Place where the content of a change is to wait.
    pub(super) fn place(
        &mut self,
        root: &'a Root,
        change: &Change,
        (number, slot): (u64, usize),
    ) -> Result<Staged, TransactionError> {
        let name = &change.at.root;
        let mounts = self.trees.entry(name.clone());
        let mounts = mounts.or_insert_with(|| Mounts::of(root));
        let place = mounts.below(&change.at.path)?;
        let folder = (name.clone(), place.directory.clone());
        if place.device == self.state && !self.is_doubtful(root, &folder) {
            return Ok(Staged::InState);
        }
        let path = beside(root, place.directory.as_ref(), number, slot)?;
        self.beside.insert(slot, place);
        Ok(Staged::Beside(path))
    }

    fn is_doubtful(&mut self, root: &Root, folder: &Folder) -> bool {
        if let Some(known) = self.doubtful.get(folder) {
            return *known;
        }
        let directory = folder.1.as_ref().map_or("", RelPath::as_str);
        let is_doubtful = !self.is_state_plain || root.inherits_project(directory);
        self.doubtful.insert(folder.clone(), is_doubtful);
        is_doubtful
    }

    /// Tells whether anything is to wait beside its target.
    pub(super) fn is_scattered(&self) -> bool {
        !self.beside.is_empty()
    }

    /// Tries the ground. Where a rename from the state reaches a doubtful place, its contents wait in the state.
    pub(super) fn probe(
        self,
        roots: &Roots,
        journal: &mut Journal,
    ) -> Result<SlotWays, TransactionError> {
        let state = &self.site.state.root;
        let probe = format!("{PREPARED}/{FILES}/probe");
        let in_state = abilities(state, &probe)?.ways();
        sweep(state, &probe).ignore("they are empty and private, and in nobody's way there");
        let mut reached = HashMap::new();
        let mut known = HashMap::new();
        let mut beside = HashMap::new();
        for (slot, logged) in journal.changes.iter_mut().enumerate() {
            let (Staged::Beside(path), Some(place)) = (&logged.staged, self.beside.get(&slot))
            else {
                continue;
            };
            let name = &logged.change.at.root;
            let root = roots.required(name)?;
            let folder = (name.clone(), place.directory.clone());
            let is_reached = match reached.get(&folder) {
                Some(is_reached) => *is_reached,
                None if place.device == self.state => reaches(state, (root, path.as_str()))?,
                None => false,
            };
            reached.insert(folder, is_reached);
            if is_reached {
                logged.staged = Staged::InState;
                continue;
            }
            let ways = match known.get(&place.device) {
                Some(ways) => *ways,
                None => {
                    let found = abilities(root, path.as_str())?;
                    sweep(root, path.as_str())?;
                    found.ways()
                }
            };
            known.insert(place.device, ways);
            beside.insert(slot, ways);
        }
        Ok(SlotWays { in_state, beside })
    }
}

/// Ways of a transaction's slots.
pub(super) struct SlotWays {
    in_state: Ways,
    beside: HashMap<usize, Ways>,
}

impl SlotWays {
    /// The ways of a slot.
    pub(super) fn of(&self, slot: usize) -> Ways {
        self.beside.get(&slot).copied().unwrap_or(self.in_state)
    }
}

/// Tells whether a rename from the state reaches a name, and one from there the state.
fn reaches(state: &Root, to: (&Root, &str)) -> Result<bool, DiskError> {
    let probe = format!("{PREPARED}/{FILES}/reach");
    state.create(&probe, b"", Mode::from_st_mode(PRIVATE), None)?;
    let (root, path) = to;
    let there = able(state.rename(&probe, to, Target::Replaced))?;
    let back = there && able(root.rename(path, (state, &probe), Target::Replaced))?;
    if there && !back {
        root.remove_file(path)?;
    } else {
        state.remove_file(&probe)?;
    }
    Ok(back)
}

/// Finds by files of its own what a file system can do. Each name is free, or there, as the question needs it: of a
/// name that is taken the kernel says so, whether or not it knows the flag.
fn abilities(root: &Root, name: &str) -> Result<Abilities, DiskError> {
    let private = Mode::from_st_mode(PRIVATE);
    let other = displaced_name(name);
    root.create(name, b"", private, None)?;
    let spares = able(root.rename(name, (root, &other), Target::Free))?;
    let free = if spares { name } else { &other };
    root.create(free, b"", private, None)?;
    let exchanges = able(root.rename(name, (root, &other), Target::Exchanged))?;
    let links = match root.link(name, (root, &second_name(name))) {
        Err(error) if is_of_place(&error) => return Err(error),
        linked => linked.is_ok(),
    };
    Ok(Abilities {
        spares,
        exchanges,
        links,
    })
}

/// The second name of a probe's file.
pub(super) fn second_name(name: &str) -> String {
    format!("{name}.second")
}

/// Removes the files of a probe.
fn sweep(root: &Root, name: &str) -> Result<(), DiskError> {
    for name in [name, &displaced_name(name), &second_name(name)] {
        root.remove_all(name)?;
    }
    Ok(())
}

fn able(tried: Result<(), DiskError>) -> Result<bool, DiskError> {
    match tried {
        Err(error) if is_unable(&error) => Ok(false),
        tried => tried.map(|()| true),
    }
}
