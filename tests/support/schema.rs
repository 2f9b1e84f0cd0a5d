//! The JSON Schemas of the program's documents, as `docs/schemas` holds them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of all schemas.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

/// What a document has that the schema of this name does not allow.
pub fn faults(name: &str, document: &Value) -> Vec<String> {
    let path = folder().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let schema = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults = validator.iter_errors(document);
    faults.map(|fault| fault.to_string()).collect()
}
