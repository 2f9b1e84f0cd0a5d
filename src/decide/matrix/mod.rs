//! The migration matrix: what a case says, the tree that must come of it, and whether it did.

pub(crate) mod case;
pub(crate) mod expected;
pub(crate) mod foretold;
pub(crate) mod read;
pub(crate) mod rules;
pub(crate) mod start;
pub(crate) mod trees;
pub(crate) mod verdict;
