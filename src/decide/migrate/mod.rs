//! Migrations: changes of the operator's own files that a release needs, each decided once, by the release that wrote
//! the home.
//!
//! Each migration is a file and answers for files that belong together with edits, and never writes: its edits join
//! the plan. Those that come later see what those before them made of a text.

pub(crate) mod answer;
pub(crate) mod drafts;
pub(crate) mod engine;
pub(crate) mod fleet_files;
mod fleet_run;
pub(crate) mod gate;
pub(crate) mod group;
pub(crate) mod migration;
mod model_key;
mod quoted_empty;
pub(crate) mod socket;
pub(crate) mod together;
pub(crate) mod workspace;

use std::collections::BTreeMap;

use crate::decide::migrate::engine::{Engine, at_rest};
use crate::decide::migrate::fleet_files::Fleet;
use crate::decide::migrate::gate::Standing;
use crate::decide::migrate::socket::{implicit_socket, live_server, mentions, rename_socket};
use crate::decide::migrate::workspace::NewText;
use crate::model::change::Spot;
use crate::model::ledger::Ledger;
use crate::model::migration::Migrated;
use crate::model::path::RelPath;
use crate::model::plan::Advisory;
use crate::model::tmux::Adoption;

pub(crate) use crate::decide::migrate::gate::Gate;
pub(crate) use crate::decide::migrate::migration::Migration;
pub(crate) use crate::decide::migrate::socket::{LIVE_SOCKET, RENAME_SOCKET};

/// All migrations that edit files, in the order in which they are decided.
pub(crate) const ALL: &[Migration] = &[
    implicit_socket::MIGRATION,
    rename_socket::MIGRATION,
    model_key::MIGRATION,
    quoted_empty::MIGRATION,
    fleet_run::MIGRATION,
];

/// All that the migrations come to.
#[derive(Debug, Default)]
pub(crate) struct Migrations {
    /// Outcomes of all migrations, in their order.
    pub outcomes: Vec<Migrated>,
    /// The ledger afterwards.
    pub ledger: Ledger,
    /// Every text that is edited or made, by where its bytes are.
    pub texts: BTreeMap<Spot, NewText>,
    /// Every directory that is made.
    pub directories: Vec<RelPath>,
    /// The live server that is to be taken along.
    pub adoption: Option<Adoption>,
    /// Advisories on what cannot safely be changed.
    pub advisories: Vec<Advisory>,
}

impl Gate<'_> {
    /// Tells whether some migration has to look at the fleet's files.
    pub(crate) fn is_open(&self) -> bool {
        ALL.iter()
            .any(|migration| self.standing(migration) == Standing::Due)
    }
}

/// Decides about all migrations.
pub(crate) fn decide(gate: Gate, fleet: &Fleet) -> Migrations {
    let mut engine = Engine::new(gate, fleet);
    let mut outcomes: Vec<_> = ALL
        .iter()
        .map(|migration| engine.decide(migration))
        .collect();
    let (live, adoption) = live_server::decide(&mut engine, &outcomes);
    outcomes.push(live);
    let held = rename_socket::hold_back(&mut engine);
    let is_renamed = gate.standing(&rename_socket::MIGRATION) != Standing::Outside;
    let (texts, directories) = engine.workspace.into_edited();
    let advisories = mentions::advisories(fleet, &texts, is_renamed.then_some(&held));
    Migrations {
        outcomes,
        ledger: engine.ledger,
        texts,
        directories,
        adoption,
        advisories,
    }
}

/// The migrations of a home whose fleet need not be looked at.
pub(crate) fn idle(gate: Gate) -> Migrations {
    let files = ALL.iter().map(|migration| {
        let (id, title) = (migration.id, migration.title);
        at_rest(id, title, gate.standing(migration), migration)
    });
    Migrations {
        outcomes: files.chain([live_server::idle(&gate)]).collect(),
        ledger: gate.ledger.clone(),
        ..Migrations::default()
    }
}
