//! The edge: the command line in, reports out.

pub mod cli;
pub mod error;
pub mod report;
