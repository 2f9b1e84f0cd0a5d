//! Texts: merging, comparing, editing in place, masking, finding the nearest name.

pub mod diff;
pub mod in_place;
pub mod merge;
pub mod nearest;
pub mod secrets;
