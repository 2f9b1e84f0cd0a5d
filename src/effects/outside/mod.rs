//! What lies outside a home and belongs to it: folders behind links, the units directory.

pub mod folders;
pub mod reach;
pub mod surroundings;
pub mod units;
