//! The JSON Schemas of every document; `docs/schemas` holds them.

use std::collections::BTreeMap;

use schemars::{Schema, schema_for};

use crate::edge::cli::args::Verb;
use crate::edge::report::document::ErrorDocument;
use crate::edge::report::stamp::stamped;

/// The schemas of all documents, by file name.
pub fn schemas() -> BTreeMap<&'static str, Schema> {
    let error = ("error", schema_for!(ErrorDocument));
    let all = Verb::documents().into_iter().chain([error]);
    all.map(|(name, schema)| (name, stamped(schema))).collect()
}
