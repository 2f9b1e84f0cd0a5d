//! An update takes a live tmux server along: real servers, in folders of their own, by real pids.

use crate::support::patience::eventually;

#[allow(dead_code, reason = "the library's own tests use the rest")]
mod fleet;
mod update;
