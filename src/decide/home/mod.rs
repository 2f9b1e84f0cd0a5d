//! The plans of a home: update, resolve, rollback, uninstall, and what they go by.

pub mod resolve;
pub mod retention;
pub mod rollback;
pub mod situation;
pub mod source_version;
pub mod uninstall;
pub mod update;
