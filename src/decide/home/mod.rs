//! The plans of a home: update, resolve, rollback, uninstall, and what they go by.

pub(crate) mod barrier;
pub(crate) mod magic;
pub(crate) mod names;
pub(crate) mod resolve;
pub(crate) mod respelled;
pub(crate) mod retention;
pub(crate) mod retold;
pub(crate) mod rollback;
pub(crate) mod situation;
pub(crate) mod source_version;
pub(crate) mod stamps;
pub(crate) mod standing;
pub(crate) mod uninstall;
pub(crate) mod update;
pub(crate) mod ways;
pub(crate) mod whose;
