//! Histories: releases, a home as it was before, and what is done to it in turn.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::contents::{Content, written};
use crate::edits::{Edit, edit};
use crate::releases::{Release, releases};

/// A history to live through.
#[derive(Debug, Clone)]
pub struct History {
    /// What is shipped.
    pub releases: Vec<Release>,
    /// What the operator did before the first command; nothing leaves no home.
    pub before: Vec<Edit>,
    /// What happens then.
    pub steps: Vec<Step>,
}

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// A command.
    Command(Command),
    /// The operator's doing.
    Edit(Edit),
}

/// A command that may change a home.
#[derive(Debug, Clone)]
pub enum Command {
    /// To one of the releases.
    Update(Index),
    /// To one of the generations so far.
    Rollback(Index),
    /// Of one of the parked conflicts.
    Resolve(Index, How),
}

/// How a conflict is settled.
#[derive(Debug, Clone)]
pub enum How {
    Mine,
    Shipped,
    Merged(Content),
}

/// A history of commands and edits.
pub fn history() -> impl Strategy<Value = History> {
    let step =
        prop_oneof![1 => command().prop_map(Step::Command), 1 => edit().prop_map(Step::Edit)];
    with_steps(proptest::collection::vec(step, 0..10).boxed())
}

/// A history in which nobody edits anything after the first command.
pub fn history_without_edits() -> impl Strategy<Value = History> {
    with_steps(proptest::collection::vec(command().prop_map(Step::Command), 0..6).boxed())
}

fn with_steps(steps: BoxedStrategy<Vec<Step>>) -> impl Strategy<Value = History> {
    let before = proptest::collection::vec(edit(), 0..5);
    (releases(), before, any::<Index>(), steps).prop_map(|(releases, before, first, mut steps)| {
        steps.insert(0, Step::Command(Command::Update(first)));
        History {
            releases,
            before,
            steps,
        }
    })
}

/// Any command.
pub fn command() -> impl Strategy<Value = Command> {
    let how = prop_oneof![
        Just(How::Mine),
        Just(How::Shipped),
        written().prop_map(How::Merged)
    ];
    prop_oneof![
        4 => any::<Index>().prop_map(Command::Update),
        2 => any::<Index>().prop_map(Command::Rollback),
        1 => (any::<Index>(), how).prop_map(|(which, how)| Command::Resolve(which, how)),
    ]
}
