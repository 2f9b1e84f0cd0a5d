//! The JSON Schemas of every document; `docs/schemas` holds them.

use std::collections::BTreeMap;

use crate::edge::cli::commands::bundle::check::CheckDocument;
use crate::edge::cli::commands::bundle::pack::PackDocument;
use crate::edge::cli::commands::bundle::show::ShowDocument;
use crate::edge::cli::commands::completions::CompletionsDocument;
use crate::edge::cli::commands::diff::DiffDocument;
use crate::edge::cli::commands::doctor::DoctorDocument;
use crate::edge::cli::commands::fleet::init::InitDocument;
use crate::edge::cli::commands::fleet::orders::OrdersDocument;
use crate::edge::cli::commands::fleet::status::FleetDocument;
use crate::edge::cli::commands::gc::GcDocument;
use crate::edge::cli::commands::history::HistoryDocument;
use crate::edge::cli::commands::history::show::GenerationDocument;
use crate::edge::cli::commands::man::ManDocument;
use crate::edge::cli::commands::migrate::{MigrationDocument, MigrationsDocument};
use crate::edge::cli::commands::recover::RecoverDocument;
use crate::edge::cli::commands::status::StatusDocument;
use crate::edge::cli::commands::verify::VerifyDocument;
use crate::edge::cli::commands::why::WhyDocument;
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
