//! The effects: disk, processes, clock. They carry out what was decided and answer what decisions ask.

pub mod aftermath;
pub mod apply;
pub mod bundle;
pub mod checkup;
pub mod chronicle;
pub mod deltas;
pub mod fleet;
pub mod folders;
pub mod home;
pub mod let_go;
pub mod matrix;
pub mod os;
pub mod scan;
pub mod stat_cache;
pub mod state;
pub mod state_file;
pub mod store;
pub mod survey;
pub mod traces;
pub mod witness;
