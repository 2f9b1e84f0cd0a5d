//! A live tmux server gets a second name: real servers, in folders of their own, by real pids.

#![allow(
    clippy::disallowed_methods,
    reason = "tests build and break their own world"
)]

mod adopt;
mod child;
mod fleet;
mod killed;
mod mend;
mod others;
mod update;
