//! Bundles: manifest, list of hashes, archive format, changelog, and what makes one unacceptable.

pub mod archive;
pub mod changelog;
pub mod check;
pub mod manifest;
