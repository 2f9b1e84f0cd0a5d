//! The fleet's life: what is declared, what is written for it, what is started, and what runs on something older.

pub(crate) mod active;
pub(crate) mod closure;
pub(crate) mod elsewhere;
pub(crate) mod env;
pub(crate) mod heartbeat;
pub(crate) mod install;
pub(crate) mod keys;
pub(crate) mod membership;
pub(crate) mod message;
pub(crate) mod order;
pub(crate) mod peers;
pub(crate) mod picture;
pub(crate) mod preset;
pub(crate) mod refresh;
pub(crate) mod roster;
pub(crate) mod runtimes;
pub(crate) mod screen;
pub(crate) mod stale;
pub(crate) mod units;
