//! The migration matrix: what a case says, the tree that must come of it, and whether it did.

pub mod case;
pub mod expected;
pub mod foretold;
pub mod read;
pub mod rules;
pub mod start;
pub mod trees;
pub mod verdict;
