//! Installs, updates and undoes a Mosaic home without losing what its operator put there.
//!
//! Four floors, imports only downward: [`edge`] (command line, reports) over [`effects`] (disk,
//! processes, clock) over [`decide`] (pure decisions) over [`model`] (types without I/O).
//! `ARCHITECTURE.md` walks through them.

pub mod decide;
pub mod edge;
pub mod effects;
pub mod model;
pub mod ops;
