//! The matrix itself: what it must see it sees, and what is wrong in a case it says.

#![allow(
    clippy::disallowed_methods,
    reason = "tests build and break their own world"
)]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod faults;
mod liars;
mod reports;
mod verdicts;
mod world;
