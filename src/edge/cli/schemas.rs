//! The JSON Schemas of every document; `docs/schemas` holds them.

use std::collections::BTreeMap;

use crate::edge::cli::bundle::check::CheckDocument;
use crate::edge::cli::bundle::pack::PackDocument;
use crate::edge::cli::bundle::show::ShowDocument;
use crate::edge::cli::completions::CompletionsDocument;
use crate::edge::cli::diff::DiffDocument;
use crate::edge::cli::doctor::DoctorDocument;
use crate::edge::cli::fleet::init::InitDocument;
use crate::edge::cli::fleet::orders::OrdersDocument;
use crate::edge::cli::fleet::status::FleetDocument;
use crate::edge::cli::gc::GcDocument;
use crate::edge::cli::history::HistoryDocument;
use crate::edge::cli::history_show::GenerationDocument;
use crate::edge::cli::man::ManDocument;
use crate::edge::cli::migrate::{MigrationDocument, MigrationsDocument};
use crate::edge::cli::recover::RecoverDocument;
use crate::edge::cli::status::StatusDocument;
use crate::edge::cli::verify::VerifyDocument;
use crate::edge::cli::why::WhyDocument;
use crate::edge::report::document::{ChangeDocument, ErrorDocument};
use crate::edge::report::matrix::document::MatrixDocument;

/// The schemas of all documents, by file name.
pub fn schemas() -> BTreeMap<&'static str, schemars::Schema> {
    BTreeMap::from([
        ("change", schemars::schema_for!(ChangeDocument)),
        ("status", schemars::schema_for!(StatusDocument)),
        ("verify", schemars::schema_for!(VerifyDocument)),
        ("diff", schemars::schema_for!(DiffDocument)),
        ("doctor", schemars::schema_for!(DoctorDocument)),
        ("why", schemars::schema_for!(WhyDocument)),
        ("history", schemars::schema_for!(HistoryDocument)),
        ("history.show", schemars::schema_for!(GenerationDocument)),
        ("gc", schemars::schema_for!(GcDocument)),
        ("recover", schemars::schema_for!(RecoverDocument)),
        ("fleet.init", schemars::schema_for!(InitDocument)),
        ("fleet.orders", schemars::schema_for!(OrdersDocument)),
        ("fleet.status", schemars::schema_for!(FleetDocument)),
        ("bundle.pack", schemars::schema_for!(PackDocument)),
        ("bundle.check", schemars::schema_for!(CheckDocument)),
        ("bundle.show", schemars::schema_for!(ShowDocument)),
        ("completions", schemars::schema_for!(CompletionsDocument)),
        ("man", schemars::schema_for!(ManDocument)),
        ("migrate.list", schemars::schema_for!(MigrationsDocument)),
        ("migrate.show", schemars::schema_for!(MigrationDocument)),
        ("matrix.run", schemars::schema_for!(MatrixDocument)),
        ("error", schemars::schema_for!(ErrorDocument)),
    ])
}
