//! The JSON Schemas of every document; `docs/schemas` holds them.

use std::collections::BTreeMap;

use schemars::{Schema, schema_for};

use crate::edge::cli::args::Verb;
use crate::edge::report::document::ErrorDocument;

/// The schemas of all documents, by file name.
pub fn schemas() -> BTreeMap<&'static str, Schema> {
    let error = ("error", schema_for!(ErrorDocument));
    Verb::documents().into_iter().chain([error]).collect()
}
