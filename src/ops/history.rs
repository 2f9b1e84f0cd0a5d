//! `history`: the generations of a home, and the changes that one of them made.

use crate::effects::home::chronicle::Chronicle;
use crate::effects::state::{State, StateError};
use crate::model::delta::Delta;
use crate::model::generation::Journal;
use crate::ops::context::Context;
use crate::ops::error::Error;

/// The generations that a home keeps.
#[derive(Debug)]
pub struct History {
    /// The current generation.
    pub current: u64,
    /// The oldest generation that can be gone back to; 0 is the home before Mosaic.
    pub oldest_reachable: u64,
    /// The journals of all generations that are kept, oldest first.
    pub journals: Vec<Journal>,
    /// The generations whose journals cannot be used, each with the reason.
    pub damaged: Vec<(u64, StateError)>,
}

/// Lists the generations of a home.
///
/// # Errors
///
/// [`Error::NoRecord`] where nothing was ever committed, and whatever keeps the state from being read.
pub fn history(context: &Context) -> Result<History, Error> {
    let home = context.look_to_tell_recorded()?;
    let state = home.state.as_ref().ok_or_else(|| context.no_record())?;
    let mut history = History {
        current: home.generation,
        oldest_reachable: state.way_back()?,
        journals: Vec::new(),
        damaged: Vec::new(),
    };
    for number in state.generations().unwrap_or_default() {
        match state.journal(number) {
            Ok(journal) => history.journals.push(journal),
            Err(fault) => history.damaged.push((number, fault)),
        }
    }
    Ok(history)
}

/// Describes a generation: its journal, and the differences that it made, file by file.
///
/// # Errors
///
/// [`Error::NoGeneration`] and [`Error::GenerationGone`] where it is not kept, [`Error::Usage`] for 0, which no
/// generation made.
pub fn generation(context: &Context, number: u64) -> Result<(Journal, Vec<Delta>), Error> {
    let home = context.look_to_tell_recorded()?;
    let state = home.state.as_ref().ok_or_else(|| context.no_record())?;
    refuse_absent(state, number, home.generation)?;
    let journal = state.journal(number)?;
    let deltas = Chronicle::open(&home, state)?.deltas(&journal)?;
    Ok((journal, deltas))
}

fn refuse_absent(state: &State, number: u64, last: u64) -> Result<(), Error> {
    if number == 0 {
        let problem = "0 is the home before Mosaic: no generation made it";
        return Err(Error::Usage(problem.to_owned()));
    }
    if number > last {
        return Err(Error::NoGeneration { number, last });
    }
    if !state.generations()?.contains(&number) {
        let missing = number;
        return Err(Error::GenerationGone { number, missing });
    }
    Ok(())
}
