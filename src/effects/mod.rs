//! The effects: disk, processes, clock. They carry out what was decided and answer what decisions ask.

pub mod apply;
pub mod bundle;
pub mod doctor;
pub mod fleet;
pub mod home;
pub mod matrix;
pub mod os;
pub mod outside;
pub mod scan;
pub mod state;
