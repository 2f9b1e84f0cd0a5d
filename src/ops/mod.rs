//! The operations: what the commands do, for programs.

pub mod agent;
pub mod bundle;
pub mod change;
mod changed;
mod conflicts;
pub mod context;
pub mod diff;
pub mod doctor;
pub mod elsewhere;
pub mod error;
pub mod event;
pub mod fleet;
pub mod gc;
pub mod health;
pub mod history;
pub mod matrix;
pub mod migrate;
pub mod pages;
pub mod recover;
pub mod resolve;
pub mod rollback;
mod selection;
pub mod status;
pub mod uninstall;
pub mod update;
mod update_request;
pub mod verify;
pub(crate) mod whereabouts;
pub mod why;
pub mod yolo;

pub use change::HomeChange;
pub use context::Context;
pub use error::Error;
pub use event::{Event, Observer};
