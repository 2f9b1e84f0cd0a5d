//! Files that lie outside a home and belong to it: those behind links, and the units directory.

pub mod folders;
pub mod reach;
pub mod surroundings;
pub mod units;
