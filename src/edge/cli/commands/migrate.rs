//! `migrate list`, `migrate show`: the ledger, and what each migration would do here.

use clap::{Args as ClapArgs, Subcommand};
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::delta_text;
use crate::edge::report::document::{AdoptedLine, MigrationLine, schema_name};
use crate::edge::report::layout::{broken, lead_to};
use crate::edge::report::migration_text;
use crate::edge::report::output::{style, styled};
use crate::model::change::Spot;
use crate::model::ledger::{Done, Edited};
use crate::model::migration::Outcome;
use crate::model::plan::Advisory;
use crate::ops::migrate::{MigrationState, MigrationStates, known, migrations};

/// The columns before a title.
const MARGIN: usize = 19;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic migrate
  mosaic migrate show rename-socket

`mosaic update` is what migrates.";

/// Shown below the help of `migrate list`.
pub(crate) const LIST_EXAMPLE: &str = "\
Example:
  mosaic migrate list --json";

/// Shown below the help of `migrate show`.
pub(crate) const SHOW_EXAMPLE: &str = "\
Example:
  mosaic migrate show rename-socket";

/// Arguments of `migrate`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct MigrateArgs {
    /// What of them.
    #[command(subcommand)]
    pub verb: Option<MigrateVerb>,
}

/// The commands of `migrate`.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateVerb {
    /// List all migrations, and what becomes of each here
    #[command(after_help = LIST_EXAMPLE)]
    List,
    /// Show what one migration did here, or would do, as a diff
    #[command(after_help = SHOW_EXAMPLE)]
    Show(MigrateShowArgs),
}

/// Arguments of `migrate show`.
#[derive(Debug, ClapArgs)]
pub(crate) struct MigrateShowArgs {
    /// The migration's id
    pub id: String,
}

/// `migrate list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct MigrationsDocument {
    /// `mosaic.migrate.list/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The release that wrote the home before it had a record, and how that is known; null for a new home.
    pub written_by: Option<AdoptedLine>,
    /// The migrations, in the order in which an update applies them.
    pub migrations: Vec<Listed>,
}

/// `migrate show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct MigrationDocument {
    /// `mosaic.migrate.show/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The migration.
    pub migration: Listed,
    /// Places that the migration cannot safely change, left to a person.
    pub advisories: Vec<Advisory>,
}

/// A migration, as it stands in the home.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Listed {
    /// The releases whose homes the migration is for, as a requirement of semver.
    pub sources: String,
    /// The migration's outcome if an update ran now.
    #[serde(flatten)]
    pub line: MigrationLine,
    /// The edits that the migration made, by file; null where no update has decided about it yet.
    pub done: Option<Vec<DoneLine>>,
}

/// A file that a migration edited.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DoneLine {
    /// The file's path.
    pub path: String,
    /// The SHA-256 of the file before; null where there was none.
    pub before: Option<String>,
    /// The SHA-256 of the file after; null for a directory.
    pub after: Option<String>,
}

impl Command for MigrateArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![
            ("migrate.list", schema_for!(MigrationsDocument)),
            ("migrate.show", schema_for!(MigrationDocument)),
        ]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        match &self.verb {
            Some(MigrateVerb::Show(args)) => {
                let id = known(&args.id)?;
                let standing = migrations(&session.context)?;
                let mut all = standing.migrations.iter();
                if let Some(migration) = all.find(|migration| migration.migrated.id == id) {
                    show(session, migration, &standing);
                }
            }
            _ => list(session, &migrations(&session.context)?),
        }
        Ok(Exit::Done)
    }
}

fn listed(migration: &MigrationState) -> Listed {
    Listed {
        sources: migration.sources.clone(),
        line: migration_text::line(&migration.migrated),
        done: migration.done.as_ref().map(done),
    }
}

fn done(done: &Done) -> Vec<DoneLine> {
    let line = |(spot, edited): (&Spot, &Edited)| DoneLine {
        path: spot.to_string(),
        before: edited.before.map(|digest| digest.to_string()),
        after: edited.after.map(|digest| digest.to_string()),
    };
    done.edits.iter().map(line).collect()
}

fn list(session: &Session, standing: &MigrationStates) {
    let document = MigrationsDocument {
        schema: schema_name("migrate.list"),
        home: session.home_text(),
        written_by: standing.written_by.as_ref().map(AdoptedLine::from),
        migrations: standing.migrations.iter().map(listed).collect(),
    };
    session.output.info(&list_text(session, &document));
    session.output.document(&document);
}

fn list_text(session: &Session, document: &MigrationsDocument) -> String {
    let from = document.written_by.as_ref();
    let from = from.map(|by| format!("a home that {} wrote ({})", by.version, by.basis));
    let from = from.unwrap_or_else(|| "a home that no earlier release wrote".to_owned());
    let columns = session.output.columns();
    let mut text = format!("{}  {}\n\n", styled(style::STRONG, from), document.home);
    for listed in &document.migrations {
        text += &listed_text(listed, columns);
    }
    let show = session.command("migrate show ID");
    text + "\n" + &lead_to("What one does or did:", &show, columns)
}

fn listed_text(listed: &Listed, columns: usize) -> String {
    let line = &listed.line;
    let (colour, outcome) = match line.outcome {
        Outcome::Applied => (style::CHANGES, "would apply".to_owned()),
        Outcome::Refused => (style::ALARM, "would refuse".to_owned()),
        other => (style::FAINT, other.to_string()),
    };
    let outcome = styled(colour, format!("{outcome:14}"));
    let edited = listed.done.as_ref().map_or(0, Vec::len);
    let did = if edited > 0 {
        format!("; it edited {edited}")
    } else {
        String::new()
    };
    let margin = " ".repeat(MARGIN);
    let title = broken(&format!("{}{did}", line.title), &margin, columns);
    let title = styled(style::FAINT, title);
    let sources = &listed.sources;
    format!("  {:15}  {outcome}  for {sources}\n{title}\n", line.id)
}

fn show(session: &Session, migration: &MigrationState, standing: &MigrationStates) {
    let migrated = &migration.migrated;
    let listed = listed(migration);
    let output = session.output;
    let screen = output.screen();
    let head = styled(
        style::STRONG,
        format!("{}  {}", migrated.id, migrated.title),
    );
    let mut text = format!("{head}\n  for homes of releases {}\n", listed.sources);
    text += &format!("  {}: {}\n", migrated.outcome, migrated.reason);
    for line in listed.done.iter().flatten() {
        text += &format!("  edited  {}\n", line.path);
    }
    text += &delta_text::text(&migration_text::deltas(&migrated.edits), &screen);
    output.info(&screen.spoken(&text));
    let lines = std::slice::from_ref(&listed.line);
    let refusals = migration_text::refusals(lines, output.columns());
    if !refusals.is_empty() {
        output.info(&refusals);
    }
    // Only the new name of the socket leaves anything to be changed by hand.
    let advisories = if migrated.id == "rename-socket" {
        standing.advisories.clone()
    } else {
        Vec::new()
    };
    for advisory in &advisories {
        let line = advisory.line.map(|line| format!(":{line}"));
        let line = line.unwrap_or_default();
        output.info(&format!(
            "  note  {}{line}: {}",
            advisory.path, advisory.message
        ));
    }
    output.document(&MigrationDocument {
        schema: schema_name("migrate.show"),
        home: session.home_text(),
        migration: listed,
        advisories,
    });
}
