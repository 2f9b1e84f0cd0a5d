//! Tests of what the library does not export, compiled into it: `cargo test --lib inside::` runs them.
//!
//! Here `mosaic` is the library itself, all of its floors included.

#![allow(
    clippy::disallowed_methods,
    reason = "tests build and break their own world"
)]

mod hostile;
mod live;
#[path = "../support/patience.rs"]
mod patience;
mod properties;
mod systemd;
