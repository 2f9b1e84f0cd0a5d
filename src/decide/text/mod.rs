//! Texts: merging, comparing, editing in place, masking, finding the nearest name.

pub(crate) mod diff;
pub(crate) mod in_place;
pub(crate) mod merge;
pub(crate) mod nearest;
pub(crate) mod secrets;
