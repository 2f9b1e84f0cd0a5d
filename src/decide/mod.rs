//! The decisions: pure functions from what is wanted, recorded and found to what is to be done.

pub mod archive;
pub mod bundle_check;
pub mod changelog;
pub mod classes;
pub mod diff;
pub mod directories;
pub mod doctor;
pub mod evidence;
pub mod fleet;
pub mod in_place;
pub mod manifest;
pub mod matrix;
pub mod merge;
pub mod migrate;
pub mod nearest;
pub mod parking;
pub mod retention;
pub mod secrets;
pub mod settle;
pub mod situation;
pub mod source_version;
pub mod table;
pub mod undo;
pub mod uninstall;
pub mod update;
