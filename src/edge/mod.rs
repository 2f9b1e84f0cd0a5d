//! The edge: the command line in, reports out.

pub(crate) mod cli;
pub(crate) mod error;
pub(crate) mod report;
