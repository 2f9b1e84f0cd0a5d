//! The workspace of migrations, one after the other: each sees what those before it made of a text.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::migrate::answer::Edit;
use crate::decide::migrate::fleet_files::{FileText, Fleet, FleetFile};
use crate::model::change::{FileState, Spot};
use crate::model::migration::FileEdit;
use crate::model::path::RelPath;

/// The fleet's files with the edits so far.
pub(crate) struct Workspace<'a> {
    /// As found.
    pub fleet: &'a Fleet,
    /// The files that can be read, by where their bytes are.
    texts: BTreeMap<&'a Spot, &'a FileText>,
    /// Edited texts, by where their bytes are.
    edited: BTreeMap<Spot, String>,
    /// Directories that are made.
    made: Vec<RelPath>,
    /// The files that a migration left as they are, by its id.
    held: BTreeMap<&'static str, BTreeSet<Spot>>,
}

/// A text that is edited or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewText {
    /// The file that it takes the place of; `None` where nothing is there.
    pub found: Option<Replaced>,
    /// The whole text.
    pub text: String,
}

/// A file that gets another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// Content and permission bits.
    pub state: FileState,
    /// Number of names (hard links).
    pub links: u32,
}

impl<'a> Workspace<'a> {
    /// Nothing edited yet.
    pub(crate) fn new(fleet: &'a Fleet) -> Self {
        let texts = files(fleet).filter_map(|file| file.content.as_ref().ok());
        Self {
            fleet,
            texts: texts.map(|text| (&text.at, text)).collect(),
            edited: BTreeMap::new(),
            made: Vec::new(),
            held: BTreeMap::new(),
        }
    }

    /// The text of a file by now; `None` where it cannot be read.
    pub(crate) fn text<'s>(&'s self, file: &'s FleetFile) -> Option<&'s str> {
        let found = file.content.as_ref().ok()?;
        let edited = self.edited.get(&found.at);
        Some(edited.map_or(found.text.as_str(), String::as_str))
    }

    /// Takes note of the files that a migration leaves as they are.
    pub(crate) fn hold(&mut self, id: &'static str, names: BTreeSet<Spot>) {
        self.held.insert(id, names);
    }

    /// The files that a migration left as they are.
    pub(crate) fn held_by(&self, id: &str) -> BTreeSet<Spot> {
        self.held.get(id).cloned().unwrap_or_default()
    }

    /// The text of a file that a migration made.
    pub(crate) fn made(&self, spot: &Spot) -> Option<&str> {
        self.edited
            .get(spot)
            .filter(|_| !self.texts.contains_key(spot))
            .map(String::as_str)
    }

    /// Tells whether a migration left one of these files as it is.
    pub(crate) fn holds(&self, id: &str, names: &BTreeSet<Spot>) -> bool {
        self.held
            .get(id)
            .is_some_and(|held| !held.is_disjoint(names))
    }

    /// Takes an edit over; describes it with the text before.
    pub(crate) fn take(&mut self, edit: Edit) -> FileEdit {
        match edit {
            Edit::Text { name, at, after } => {
                // Two names may lead to the same file, which then is edited already.
                let before = self
                    .edited
                    .insert(at.clone(), after.clone())
                    .filter(|before| *before != after);
                let before = before.or_else(|| self.found(&at).map(|found| found.text.clone()));
                FileEdit {
                    name,
                    at,
                    before,
                    after: Some(after),
                }
            }
            Edit::File { path, text } => {
                let at = Spot::in_home(&path);
                self.edited.insert(at.clone(), text.clone());
                FileEdit {
                    name: at.clone(),
                    at,
                    before: None,
                    after: Some(text),
                }
            }
            Edit::Directory { path } => {
                let at = Spot::in_home(&path);
                self.made.push(path);
                FileEdit {
                    name: at.clone(),
                    at,
                    before: None,
                    after: None,
                }
            }
        }
    }

    fn found(&self, spot: &Spot) -> Option<&'a FileText> {
        self.texts.get(spot).copied()
    }

    /// Every file that a migration may edit.
    pub(crate) fn files(&self) -> impl Iterator<Item = &'a FleetFile> {
        files(self.fleet)
    }

    /// All texts that were edited or made, by where their bytes are, and the directories that are made.
    pub(crate) fn into_edited(mut self) -> (BTreeMap<Spot, NewText>, Vec<RelPath>) {
        let edited = std::mem::take(&mut self.edited).into_iter();
        let texts = edited.map(|(at, text)| {
            let found = self.found(&at).map(|found| Replaced {
                state: found.state,
                links: found.links,
            });
            (at, NewText { found, text })
        });
        (texts.collect(), self.made)
    }
}

fn files(fleet: &Fleet) -> impl Iterator<Item = &FleetFile> {
    let Fleet {
        rosters,
        env_files,
        holder_env,
        drop_ins,
        ..
    } = fleet;
    rosters
        .iter()
        .chain(env_files)
        .chain(holder_env)
        .chain(drop_ins)
}
