//! Where migrations work, one after the other: each sees what those before it made of a text.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::migrate::fleet_files::{FileText, Fleet, FleetFile, PartialText};
use crate::decide::migrate::{NewText, Replaced};
use crate::decide::text::in_place;
use crate::model::change::Spot;
use crate::model::migration::{FileEdit, Refusal};
use crate::model::path::RelPath;

/// The fleet's files with the edits so far.
pub struct Workspace<'a> {
    /// As found.
    pub fleet: &'a Fleet,
    /// The files that can be read, by where their bytes are.
    bodies: BTreeMap<&'a Spot, &'a FileText>,
    /// What became of a text, by where its bytes are.
    edited: BTreeMap<Spot, String>,
    /// Directories that are made.
    made: Vec<RelPath>,
    /// The files that a migration left as they are, by its id.
    held: BTreeMap<&'static str, BTreeSet<Spot>>,
}

/// An edit that a migration asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A file gets another text.
    Text { name: Spot, at: Spot, after: String },
    /// A file comes where there is none.
    File { path: RelPath, text: String },
    /// A directory comes.
    Directory { path: RelPath },
}

/// The answer of a migration for files that belong together: all of its edits, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrationAnswer {
    /// Nothing to do.
    NotApplicable,
    /// These edits.
    Apply(Vec<Edit>),
    /// None of them, for these reasons.
    Refuse(Vec<Refusal>),
}

impl Edit {
    /// The name of the file or directory.
    pub fn at(&self) -> Spot {
        match self {
            Self::Text { name, .. } => name.clone(),
            Self::File { path, .. } | Self::Directory { path } => Spot::in_home(path),
        }
    }
}

impl<'a> Workspace<'a> {
    /// Nothing edited yet.
    pub fn new(fleet: &'a Fleet) -> Self {
        let bodies = papers(fleet).filter_map(|paper| paper.body.as_ref().ok());
        let bodies = bodies.map(|body| (&body.at, body)).collect();
        Self {
            fleet,
            bodies,
            edited: BTreeMap::new(),
            made: Vec::new(),
            held: BTreeMap::new(),
        }
    }

    /// What a paper says by now; `None` where it cannot be read.
    pub fn text<'s>(&'s self, paper: &'s FleetFile) -> Option<&'s str> {
        let body = paper.body.as_ref().ok()?;
        Some(
            self.edited
                .get(&body.at)
                .map_or(body.text.as_str(), String::as_str),
        )
    }

    /// Takes note of the files that a migration leaves as they are.
    pub fn hold(&mut self, id: &'static str, names: BTreeSet<Spot>) {
        self.held.insert(id, names);
    }

    /// The files that a migration left as they are.
    pub fn held_by(&self, id: &str) -> BTreeSet<Spot> {
        self.held.get(id).cloned().unwrap_or_default()
    }

    /// The text of a file that a migration made.
    pub fn made(&self, at: &Spot) -> Option<&str> {
        self.edited
            .get(at)
            .filter(|_| !self.bodies.contains_key(at))
            .map(String::as_str)
    }

    /// Whether a migration left one of these files as it is.
    pub fn holds(&self, id: &str, names: &BTreeSet<Spot>) -> bool {
        self.held
            .get(id)
            .is_some_and(|held| !held.is_disjoint(names))
    }

    /// Takes an edit over; describes it with the text before.
    pub fn take(&mut self, edit: Edit) -> FileEdit {
        match edit {
            Edit::Text { name, at, after } => {
                // Two names may lead to the same file, which then is edited already.
                let before = self
                    .edited
                    .insert(at.clone(), after.clone())
                    .filter(|before| *before != after);
                let before = before.or_else(|| self.found(&at).map(|body| body.text.clone()));
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

    fn found(&self, at: &Spot) -> Option<&'a FileText> {
        self.bodies.get(at).copied()
    }

    /// Every file that a migration may edit.
    pub fn papers(&self) -> impl Iterator<Item = &'a FleetFile> {
        papers(self.fleet)
    }

    /// All texts that were edited or made, by where their bytes are, and the directories that are made.
    pub fn into_edited(mut self) -> (BTreeMap<Spot, NewText>, Vec<RelPath>) {
        let edited = std::mem::take(&mut self.edited).into_iter();
        let texts = edited.map(|(at, text)| {
            let found = self.found(&at).map(|body| Replaced {
                state: body.state,
                links: body.links,
            });
            (at, NewText { found, text })
        });
        (texts.collect(), self.made)
    }
}

fn papers(fleet: &Fleet) -> impl Iterator<Item = &FleetFile> {
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

/// Collects what a migration would do to files that belong together.
pub struct Drafts<'d, 'a> {
    desk: &'d Workspace<'a>,
    edits: Vec<Edit>,
    refusals: Vec<Refusal>,
    is_pressing: bool,
}

impl<'d, 'a> Drafts<'d, 'a> {
    /// Nothing drafted yet.
    pub fn new(desk: &'d Workspace<'a>) -> Self {
        Self {
            desk,
            edits: Vec::new(),
            refusals: Vec::new(),
            is_pressing: false,
        }
    }

    /// Drafts an edit of one file. Where that is refused, `concerns` tells by the file's text whether it matters
    /// even if no other file of the group is to be edited.
    pub fn edit(
        &mut self,
        paper: &FleetFile,
        concerns: impl Fn(&str) -> bool,
        edit: impl FnOnce(&str) -> Result<Option<String>, in_place::EditRefusal>,
    ) {
        let body = match &paper.body {
            Ok(body) => body,
            Err(unread) => {
                self.is_pressing |= match &unread.glimpse {
                    PartialText::Nothing => false,
                    PartialText::Text(text) => concerns(text),
                    PartialText::Unknown => true,
                };
                return self
                    .refusals
                    .push(Refusal::about(&paper.name, unread.reason.clone()));
            }
        };
        let text = self.desk.text(paper).unwrap_or(&body.text);
        match edit(text) {
            Ok(None) => {}
            Ok(Some(after)) => match &body.locked {
                Some(reason) => {
                    self.is_pressing = true;
                    self.refusals
                        .push(Refusal::about(&paper.name, reason.clone()));
                }
                None => {
                    let (name, at) = (paper.name.clone(), body.at.clone());
                    self.edits.push(Edit::Text { name, at, after });
                }
            },
            Err(refusal) => {
                self.is_pressing |= concerns(text);
                self.refusals
                    .push(refusal.in_file(&paper.name.to_string(), text).into());
            }
        }
    }

    /// How many edits are drafted.
    pub fn count(&self) -> usize {
        self.edits.len()
    }

    /// Refuses what was drafted, if anything was.
    pub fn hold(&mut self, refusal: Refusal) {
        if !self.edits.is_empty() {
            self.refusals.push(refusal);
        }
    }

    /// All or nothing.
    pub fn answer(self) -> MigrationAnswer {
        match (self.edits.is_empty(), self.refusals.is_empty()) {
            (_, false) if self.is_pressing || !self.edits.is_empty() => {
                MigrationAnswer::Refuse(self.refusals)
            }
            (true, _) => MigrationAnswer::NotApplicable,
            (false, _) => MigrationAnswer::Apply(self.edits),
        }
    }
}
