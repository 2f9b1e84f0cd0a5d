//! The decisions: pure functions from what is wanted, recorded and found to what is to be done.

pub mod bundle;
pub mod doctor;
pub mod fleet;
pub mod home;
pub mod matrix;
pub mod migrate;
pub mod plan;
pub mod text;
