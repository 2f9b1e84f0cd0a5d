//! The end-to-end tests: the program as people run it, one module a promise.

#![allow(
    clippy::disallowed_methods,
    reason = "tests build and break their own world"
)]

#[path = "../support/mod.rs"]
mod support;

mod adoption;
mod archives;
mod attributes;
mod bad_bundles;
mod captures;
mod conflicts;
mod crashes;
mod damage;
mod decision_table;
mod diff;
mod doctor;
mod fixtures;
mod fleet;
mod gc;
mod help;
mod history;
mod json;
mod machine;
mod migrations;
mod newcomers;
mod operators_files;
mod people;
mod preserve;
mod promises;
mod readme;
mod rollback;
mod scene;
mod shells;
mod signals;
mod terminal;
mod turns;
mod two_homes;
mod uninstall;
