//! The decisions: pure functions from what is wanted, recorded and found to what is to be done.

pub(crate) mod bundle;
pub(crate) mod doctor;
pub(crate) mod fleet;
pub(crate) mod home;
pub(crate) mod matrix;
pub(crate) mod migrate;
pub(crate) mod plan;
pub(crate) mod text;
