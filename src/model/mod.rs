//! The words of the project: types without I/O that every other floor speaks in.

pub mod answer;
pub mod bundle;
pub mod change;
pub mod delta;
pub mod digest;
pub mod fleet_name;
pub mod fleet_paths;
pub mod fleet_units;
pub mod folder;
pub mod found;
pub mod generation;
pub mod ignore;
pub mod ledger;
pub mod migration;
pub mod mode;
pub mod path;
pub mod place;
pub mod plan;
pub mod record;
pub mod roster;
pub mod socket_names;
pub mod source_version;
pub mod tmux;
pub mod tree;
pub mod unit;
pub mod version_range;
