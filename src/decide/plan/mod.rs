//! Tools of every planner: evidence, the decision table, classes and their globs, the builder of plans, parking, directories.

pub(crate) mod alongside;
pub(crate) mod builder;
pub(crate) mod classes;
pub(crate) mod directories;
pub(crate) mod error;
pub(crate) mod evidence;
pub(crate) mod folding;
pub(crate) mod globs;
pub(crate) mod merging;
pub(crate) mod parking;
pub(crate) mod residue;
pub(crate) mod table;

#[cfg(test)]
pub(crate) mod memory;
