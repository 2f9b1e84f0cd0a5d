//! Installs, updates and undoes a Mosaic home without losing what its operator put there.
//!
//! The library is the floor of operations: each function of [`ops`] is what a command does. It takes a
//! [`Context`](ops::Context), which says where the home is, and a request; it returns an outcome in the types of
//! [`model`], or an [`Error`](ops::Error). It prints nothing, asks nobody and reads no arguments.
//!
//! - An operation that changes a home is one transaction: it is decided whole, committed at one point, and can be rolled
//!   back. Each has a `preview_` that decides the same and writes nothing.
//! - [`Error::left_home_unchanged`](ops::Error::left_home_unchanged) tells whether a failed operation changed anything;
//!   [`HomeChange::needs_person`](ops::HomeChange::needs_person) whether a finished one left something to a person.
//! - What happens meanwhile is told to an [`Observer`](ops::Observer). Nobody need observe.
//!
//! # Example
//!
//! ```
//! use mosaic::ops::rollback::rollback;
//! use mosaic::ops::update::{UpdateRequest, install, preview_update};
//! use mosaic::ops::{Context, Error};
//!
//! # let scratch = tempfile::TempDir::new().unwrap();
//! # let home = scratch.path().join("mosaic");
//! # fn run(home: &std::path::Path) -> Result<(), Error> {
//! // A home that stands alone: this user's units and his other homes are not looked at.
//! let context = Context::new(home)?.alone();
//! let installed = install(&context, &UpdateRequest::default())?.into_change();
//! assert_eq!(installed.generation, 1);
//!
//! // The same release again: a plan with nothing in it.
//! let foreseen = preview_update(&context, &UpdateRequest::default())?.into_change();
//! assert!(!foreseen.plan.commits);
//!
//! // Back to the home before: a generation of its own.
//! let undone = rollback(&context, Some(0))?.change;
//! assert_eq!(undone.generation, 2);
//! # Ok(())
//! # }
//! # run(&home).unwrap();
//! ```
//!
//! `ARCHITECTURE.md` walks through the floors below.

pub(crate) mod decide;
pub(crate) mod edge;
pub(crate) mod effects;
pub mod model;
pub mod ops;

pub mod program {
    //! The `mosaic` program, for its own binary and those who package it.

    pub use crate::edge::cli::{command_line, main, schemas};
}

#[cfg(test)]
extern crate self as mosaic;

#[cfg(test)]
#[path = "../tests/inside/mod.rs"]
mod inside;
