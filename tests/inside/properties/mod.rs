//! Properties of decisions: merges, globs, and edits in place of random texts.

mod dice;
mod env_files;
mod globs;
mod in_place;
mod merges;
mod rosters;

#[path = "../../properties/config.rs"]
mod shared;

pub use self::shared::config;
