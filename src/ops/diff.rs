//! `diff`: what the operator edited, or what an update would change.

use std::path::PathBuf;

use crate::decide::home::situation::{Asked, Objection};
use crate::decide::home::update::Proposal;
use crate::effects::home::Home;
use crate::effects::home::deltas;
use crate::effects::home::survey::Survey;
use crate::model::delta::Delta;
use crate::model::path::RelPath;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::selection::Selection;
use crate::ops::update::{plan_update, source};

/// The operator's edits.
#[derive(Debug)]
pub struct Edits {
    /// The differences, found against record, by path.
    pub deltas: Vec<Delta>,
    /// Named paths of which no shipped content is recorded.
    pub uncompared: Vec<RelPath>,
}

/// Compares recorded files with what shipped; without paths, all of them.
///
/// # Errors
///
/// [`Error::NoRecord`] where nothing was ever committed, [`Error::UnknownPath`] for a path that no record knows.
pub fn edits(context: &Context, paths: Option<&[RelPath]>) -> Result<Edits, Error> {
    let home = context.look_to_tell_recorded()?;
    let known = recorded(&home);
    let selection = Selection::new(paths, &known)?;
    let entries = &home.record.entries;
    let is_uncompared = |path: &&&RelPath| selection.names(path) && !entries.contains_key(**path);
    let uncompared = known.iter().filter(is_uncompared);
    let compared = entries.keys().filter(|path| selection.has(path));
    let compared: Vec<_> = compared.cloned().collect();
    Ok(Edits {
        deltas: deltas::edits(&home, &compared)?,
        uncompared: uncompared.map(|path| (*path).clone()).collect(),
    })
}

/// The changes that an update would make.
#[derive(Debug)]
pub struct Incoming {
    /// The differences, want against found, by path.
    pub deltas: Vec<Delta>,
    /// What stands against that update as a whole.
    pub objection: Option<Objection>,
}

/// Compares what an update would leave with what is there; without paths, everywhere.
///
/// # Errors
///
/// The errors of a previewed update, and [`Error::UnknownPath`] for a path that neither record nor bundle knows.
pub fn incoming(
    context: &Context,
    from: Option<&PathBuf>,
    paths: Option<&[RelPath]>,
) -> Result<Incoming, Error> {
    let home = context.look_to_tell()?;
    let survey = Survey::make(&home, &source(from))?;
    let known = recorded(&home).into_iter();
    let known: Vec<_> = known.chain(survey.bundle.wanted.keys()).collect();
    let selection = Selection::new(paths, &known)?;
    let Proposal { plan, objection } =
        plan_update(context, &home, &survey, None, Asked::default())?;
    let has = |path: &RelPath| selection.has(path);
    Ok(Incoming {
        deltas: deltas::incoming(&home, &survey, &plan, has)?,
        objection,
    })
}

/// Every path that the record tells of.
fn recorded(home: &Home) -> Vec<&RelPath> {
    let record = &home.record;
    let entries = record.entries.keys();
    entries
        .chain(&record.seeded)
        .chain(record.parked.keys())
        .collect()
}
