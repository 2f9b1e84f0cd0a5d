//! Operations on a fleet: a roster, its install, orders to its units, and how it is.

pub mod error;
pub mod handover;
pub(crate) mod health;
pub mod init;
pub mod install;
pub mod line;
pub mod membership;
pub mod ordered;
pub mod orders;
pub mod peers;
pub mod ps;
pub mod relaunch;
pub mod roster;
pub mod row;
pub(crate) mod stale;
pub mod status;
mod steps;
pub mod top;
pub mod verify;
mod vet;
pub(crate) mod view;
