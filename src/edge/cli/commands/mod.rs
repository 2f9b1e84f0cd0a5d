//! The commands, a file each: arguments, help, and what is shown.

pub(crate) mod agent;
pub(crate) mod bare;
pub(crate) mod bundle;
pub(crate) mod change;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod fleet;
pub(crate) mod gc;
pub(crate) mod health;
pub(crate) mod help;
pub(crate) mod history;
pub(crate) mod man;
pub(crate) mod matrix;
pub(crate) mod migrate;
pub(crate) mod recover;
pub(crate) mod resolve;
pub(crate) mod rollback;
pub(crate) mod status;
pub(crate) mod uninstall;
pub(crate) mod update;
pub(crate) mod verify;
pub(crate) mod version;
pub(crate) mod why;
pub(crate) mod yolo;
