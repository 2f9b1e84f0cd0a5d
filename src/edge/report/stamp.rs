//! What every document says of where and when it was made, so that an engine can tell the answers of many hosts apart.

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use serde_json::Value;

use crate::ops::whereabouts::{Here, here};

/// Where and when a document was made.
#[derive(Debug, Serialize, JsonSchema)]
struct Stamp {
    /// The name of the host, without its domain.
    host: String,
    /// The host's own id, 32 hexadecimal digits that are made of its machine id and do not tell it; null where it has none.
    /// Two hosts of one name differ in it.
    host_id: Option<String>,
    /// The tenant: the number of the user who ran the command.
    tenant_id: String,
    /// The time by the host's clock, RFC 3339 in UTC.
    at: String,
}

/// A document with its stamp.
#[derive(Debug, Serialize)]
pub(crate) struct Stamped<'a, T: Serialize> {
    #[serde(flatten)]
    document: &'a T,
    #[serde(flatten)]
    stamp: Stamp,
}

impl<'a, T: Serialize> Stamped<'a, T> {
    /// Stamps a document, here and now.
    pub(crate) fn now(document: &'a T) -> Self {
        let Here {
            host,
            host_id,
            tenant_id,
            at,
        } = here();
        let stamp = Stamp {
            host,
            host_id,
            tenant_id,
            at: at.to_string(),
        };
        Self { document, stamp }
    }
}

/// The schema of a document with its stamp.
pub(crate) fn stamped(mut schema: Schema) -> Schema {
    let stamp = schema_for!(Stamp);
    for (part, more) in stamp.as_object().into_iter().flatten() {
        match (schema.get_mut(part), more) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.clone()),
            _ => {}
        }
    }
    schema
}
