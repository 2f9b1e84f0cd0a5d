//! The fleet's life: what is declared, what is written for it, what is started, and what runs on something older.

pub mod active;
pub mod closure;
pub mod env;
pub mod install;
pub mod keys;
pub mod order;
pub mod preset;
pub mod refresh;
pub mod roster;
pub mod stale;
pub mod units;
