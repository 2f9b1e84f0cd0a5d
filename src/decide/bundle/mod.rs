//! Bundles: manifest, list of hashes, archive format, changelog, and what makes one unacceptable.

pub(crate) mod archive;
pub(crate) mod changelog;
pub(crate) mod changes;
pub(crate) mod check;
pub(crate) mod manifest;
pub(crate) mod remarks;
