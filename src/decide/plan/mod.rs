//! Tools of every planner: evidence, the decision table, classes, the builder of plans, parking, directories.

pub mod builder;
pub mod classes;
pub mod directories;
pub mod error;
pub mod evidence;
pub mod merging;
pub mod parking;
pub mod table;

#[cfg(test)]
pub mod memory;
