//! What every planner works with: evidence, the decision table, classes, parking, directories.

pub mod classes;
pub mod directories;
pub mod evidence;
pub mod parking;
pub mod table;
