//! Answers what decisions ask, from disk.

use crate::effects::scan::{digest_of, state_at};
use crate::effects::state::bases::{Bases, kept_path};
use std::cell::OnceCell;

use crate::decide::home::retold::retold;
use crate::decide::plan::evidence::{Child, Evidence, FileSight};
use crate::effects::bundle::{Bundle, BundleError};
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::{TEXT_MAX, TooLarge};
use crate::effects::os::disk::{DiskError, Root, kind_of};
use crate::effects::state::{CONFLICTS, State, StateError};
use crate::model::change::{Presence, RootName, Spot};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::record::Record;

/// First part of the names of a generation's record and journal, whatever a tool put after it.
const RECORD: &str = "record";
const JOURNAL: &str = "journal";

/// Reason why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The file system failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The bundle could not be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A home, its state and a bundle, to be asked.
pub(crate) struct DiskEvidence<'a> {
    home: &'a Home,
    state: Option<&'a State>,
    bundle: Option<&'a Bundle>,
    conflicts: OnceCell<Option<Root>>,
    bases: OnceCell<Option<Bases<'a>>>,
    records: OnceCell<Vec<Record>>,
}

impl<'a> DiskEvidence<'a> {
    /// Makes the evidence of a home; bases and folders are opened when they are first asked for.
    pub(crate) fn new(home: &'a Home, bundle: Option<&'a Bundle>) -> Self {
        Self {
            home,
            state: home.state.as_ref(),
            bundle,
            conflicts: OnceCell::new(),
            bases: OnceCell::new(),
            records: OnceCell::new(),
        }
    }

    /// Asks a tree; `None` where there is no such tree.
    fn ask<T>(
        &self,
        name: &RootName,
        question: impl FnOnce(&Root) -> Result<T, DiskError>,
    ) -> Result<Option<T>, DiskError> {
        match name {
            RootName::Home => question(&self.home.root).map(Some),
            RootName::Conflicts => self.conflicts()?.map(question).transpose(),
            RootName::Folder(path) => self
                .home
                .folders
                .find(path)?
                .map(|root| question(&root))
                .transpose(),
        }
    }

    fn conflicts(&self) -> Result<Option<&Root>, DiskError> {
        if self.conflicts.get().is_none() {
            let opened = match self.state {
                Some(state) if has_folder(state, CONFLICTS)? => Some(state.root.below(CONFLICTS)?),
                _ => None,
            };
            return Ok(self.conflicts.get_or_init(|| opened).as_ref());
        }
        Ok(self.conflicts.get().and_then(Option::as_ref))
    }

    /// Records of all generations before the current one, and of those that were put aside; what cannot be read tells
    /// nothing.
    fn earlier_records(&self) -> Result<&[Record], StateError> {
        if let Some(records) = self.records.get() {
            return Ok(records);
        }
        let mut records = Vec::new();
        if let Some(state) = self.state {
            let generations = state.generations()?;
            let earlier = generations
                .iter()
                .filter(|number| **number < self.home.generation);
            records.extend(earlier.filter_map(|number| state.record(*number).ok()));
            for folder in state.abandoned()? {
                self.extend_by_aside(state, &folder, &mut records)?;
            }
        }
        Ok(self.records.get_or_init(|| records))
    }

    /// Adds what the folder of a generation that was put aside tells, under whatever names a tool gave its files.
    fn extend_by_aside(
        &self,
        state: &State,
        folder: &str,
        records: &mut Vec<Record>,
    ) -> Result<(), StateError> {
        for name in state.names_in(folder).unwrap_or_default() {
            let path = format!("{folder}/{name}");
            if name.starts_with(RECORD) {
                records.extend(state.read_record(&path).ok());
            } else if name.starts_with(JOURNAL)
                && let Ok(journal) = state.read_journal(&path)
            {
                let known = |spot: &Spot, digest| {
                    let mut all = records.iter().chain([&self.home.record]);
                    all.any(|record| shipped_at(record, spot) == Some(digest))
                };
                records.push(retold(&journal, known));
            }
        }
        Ok(())
    }

    fn bases(&self) -> Result<Option<&Bases<'a>>, StateError> {
        if self.bases.get().is_none() {
            let opened = match self.state {
                Some(state) => Some(Bases::open(&state.root, state.pack_folders()?)?),
                None => None,
            };
            return Ok(self.bases.get_or_init(|| opened).as_ref());
        }
        Ok(self.bases.get().and_then(Option::as_ref))
    }
}

impl Evidence for DiskEvidence<'_> {
    type Error = EvidenceError;

    fn state_at(&self, spot: &Spot) -> Result<FileSight, EvidenceError> {
        if !self.home.folders.covers(spot) {
            return Ok(FileSight::Foreign);
        }
        let sight = self.ask(&spot.root, |root| state_at(root, spot.path.as_str()))?;
        // Nothing is ever put into a folder that is not there any more.
        let is_outside = matches!(spot.root, RootName::Folder(_));
        Ok(sight.unwrap_or(if is_outside {
            FileSight::Foreign
        } else {
            FileSight::Known(Presence::Nothing)
        }))
    }

    fn content(&self, spot: &Spot) -> Result<Vec<u8>, EvidenceError> {
        Ok(self
            .ask(&spot.root, |root| root.read(spot.path.as_str()))?
            .unwrap_or_default())
    }

    fn text(&self, spot: &Spot) -> Result<Option<Vec<u8>>, EvidenceError> {
        let read = self.ask(&spot.root, |root| {
            root.read_at_most(spot.path.as_str(), TEXT_MAX)
        });
        match read {
            Err(error) if TooLarge::is_behind(&error.source) => Ok(None),
            read => Ok(Some(read?.unwrap_or_default())),
        }
    }

    fn children(&self, directory: &Spot) -> Result<Vec<Child>, EvidenceError> {
        let children = self.ask(&directory.root, |root| {
            root.children(directory.path.as_str())
        })?;
        let child = |(name, is_directory): (Vec<u8>, bool)| Child {
            path: std::str::from_utf8(&name)
                .ok()
                .and_then(|name| directory.path.join(name).ok()),
            is_directory,
        };
        Ok(children
            .unwrap_or_default()
            .into_iter()
            .map(child)
            .collect())
    }

    fn spelled(&self, spot: &Spot) -> Result<Option<RelPath>, EvidenceError> {
        let path = spot.path.as_str();
        let is_there = |root: &Root| Ok(root.stat_if_there(path)?.is_some());
        if !self.home.folders.covers(spot) || self.ask(&spot.root, is_there)? != Some(true) {
            return Ok(None);
        }
        let spelled = self.ask(&spot.root, |root| root.spelled(path))?;
        Ok(spelled
            .flatten()
            .and_then(|path| RelPath::parse(&path).ok()))
    }

    fn base(&self, digest: Digest) -> Result<Option<Vec<u8>>, EvidenceError> {
        Ok(self
            .bases()?
            .map(|bases| bases.get(digest))
            .transpose()?
            .flatten())
    }

    fn keeps(&self, generation: u64, slot: usize, digest: Digest) -> Result<bool, EvidenceError> {
        let Some(state) = self.state else {
            return Ok(false);
        };
        let path = kept_path(generation, slot);
        match state.root.stat_if_there(&path)? {
            Some(stat) if kind_of(stat.stx_mode).is_file() => {
                Ok(digest_of(&state.root, &path)? == digest)
            }
            _ => Ok(false),
        }
    }

    fn kept(&self, generation: u64, slot: usize) -> Result<Vec<u8>, EvidenceError> {
        let kept = self
            .state
            .map(|state| state.root.read(&kept_path(generation, slot)));
        Ok(kept.transpose()?.unwrap_or_default())
    }

    fn shipped(&self, path: &RelPath) -> Result<Vec<u8>, EvidenceError> {
        Ok(self
            .bundle
            .map(|bundle| bundle.read(path))
            .transpose()?
            .unwrap_or_default())
    }

    fn took_in(&self, spot: &Spot, digest: Digest) -> Result<bool, EvidenceError> {
        let mut records = self.earlier_records()?.iter();
        Ok(records.any(|record| shipped_at(record, spot) == Some(digest)))
    }
}

/// Tells whether the state has a folder; what else is in its place goes aside when the home is entered.
fn has_folder(state: &State, name: &str) -> Result<bool, DiskError> {
    let stat = state.root.stat_if_there(name)?;
    Ok(stat.is_some_and(|stat| kind_of(stat.stx_mode).is_dir()))
}

fn shipped_at(record: &Record, spot: &Spot) -> Option<Digest> {
    let entry = match spot.home_path() {
        Some(path) => record.entries.get(path),
        None => record.units.get(spot),
    };
    entry.map(|entry| entry.shipped)
}
