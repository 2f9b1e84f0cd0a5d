//! The commands, a file each: arguments, help, and what is shown.

pub mod bundle;
pub mod change;
pub mod completions;
pub mod diff;
pub mod doctor;
pub mod fleet;
pub mod gc;
pub mod history;
pub mod man;
pub mod matrix;
pub mod migrate;
pub mod recover;
pub mod resolve;
pub mod rollback;
pub mod status;
pub mod uninstall;
pub mod update;
pub mod verify;
pub mod why;
