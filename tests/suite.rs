//! One program for the tests that need no machinery of their own: one build, and everything runs at once.
//!
//! A folder is a subject: `cargo test --test suite hostile::` runs one. No test changes what belongs to the whole
//! process (directory, environment, umask), and none counts its children.

#![allow(
    clippy::disallowed_methods,
    reason = "tests build and break their own world"
)]

mod architecture;
mod cli;
mod framework;
mod hostile;
mod live;
mod matrix;
mod support;
mod units;
