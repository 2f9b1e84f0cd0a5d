//! The effects: disk, processes, clock. They carry out what was decided and answer what decisions ask.

pub(crate) mod apply;
pub(crate) mod bundle;
pub(crate) mod doctor;
pub(crate) mod fleet;
pub(crate) mod home;
pub(crate) mod matrix;
pub(crate) mod os;
pub(crate) mod outside;
pub(crate) mod scan;
pub(crate) mod state;
