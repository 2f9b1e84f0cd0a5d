//! Files that lie outside a home and belong to it: those behind links, and the units directory.

pub(crate) mod folders;
pub(crate) mod reach;
pub(crate) mod surroundings;
pub(crate) mod units;
