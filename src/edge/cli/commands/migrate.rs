//! `migrate list`, `migrate show`: the ledger, and what each migration would do here.

use crate::edge::report::document::{AdoptedLine, MigrationLine, schema_name};
use crate::edge::report::layout::{broken, lead_to};
use clap::{Args as ClapArgs, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

use crate::decide::home::source_version::source_version;
use crate::decide::migrate::{ALL, LIVE_SOCKET, Migration};
use crate::decide::text::nearest::nearest;
use crate::edge::cli::commands::update::migrations;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::delta_text;
use crate::edge::report::migration_text;
use crate::edge::report::voice::{style, styled};
use crate::effects::bundle::Source;
use crate::effects::home::Home;
use crate::effects::home::survey::Survey;
use crate::model::change::Spot;
use crate::model::ledger::{Done, Edited};
use crate::model::migration::{Migrated, Outcome};
use crate::model::plan::Advisory;

/// The columns before a title.
const MARGIN: usize = 19;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic migrate
  mosaic migrate show rename-socket

`mosaic update` is what migrates.";

/// Shown below the help of `migrate list`.
pub const LIST_EXAMPLE: &str = "\
Example:
  mosaic migrate list --json";

/// Shown below the help of `migrate show`.
pub const SHOW_EXAMPLE: &str = "\
Example:
  mosaic migrate show rename-socket";

/// Arguments of `migrate`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub struct MigrateArgs {
    /// What of them.
    #[command(subcommand)]
    pub verb: Option<MigrateVerb>,
}

/// What of the migrations.
#[derive(Debug, Subcommand)]
pub enum MigrateVerb {
    /// List all migrations, and what becomes of each here
    #[command(after_help = LIST_EXAMPLE)]
    List,
    /// Show what one migration did here, or would do, as a diff
    #[command(after_help = SHOW_EXAMPLE)]
    Show(MigrateShowArgs),
}

/// Arguments of `migrate show`.
#[derive(Debug, ClapArgs)]
pub struct MigrateShowArgs {
    /// The migration's id
    pub id: String,
}

/// `migrate list`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MigrationsDocument {
    /// `mosaic.migrate.list/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The release that wrote the home before it had a record, and how that is known; null for a new home.
    pub written_by: Option<AdoptedLine>,
    /// All migrations, in their order.
    pub migrations: Vec<Listed>,
}

/// `migrate show`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MigrationDocument {
    /// `mosaic.migrate.show/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The migration.
    pub migration: Listed,
    /// What it cannot safely change.
    pub advisories: Vec<Advisory>,
}

/// One migration.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Listed {
    /// The releases whose homes it is for, as a requirement of semver.
    pub sources: String,
    /// What an update would do about it now.
    #[serde(flatten)]
    pub line: MigrationLine,
    /// What it did, by file; null where it is still to be decided about.
    pub done: Option<Vec<DoneLine>>,
}

/// A file that a migration edited.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DoneLine {
    /// The file.
    pub path: String,
    /// Its SHA-256 before; null where there was none.
    pub before: Option<String>,
    /// Its SHA-256 after; null for a directory.
    pub after: Option<String>,
}

/// Lists or shows.
pub fn run(session: &mut Session, asked: &MigrateArgs) -> Result<Exit, CommandError> {
    let id = match &asked.verb {
        Some(MigrateVerb::Show(asked)) => Some(known(&asked.id)?),
        _ => None,
    };
    let home = Home::look(&session.home)?;
    let survey = Survey::make(&home, &Source::Embedded)?;
    let adopted = source_version(&home.record, None, || survey.written_by())?;
    let decided = migrations(&home, &survey, &session.surroundings, adopted.as_ref())?;
    let listed = |migrated: &Migrated| Listed {
        sources: sources(migrated.id),
        line: migration_text::line(migrated),
        done: home.record.ledger.entries.get(migrated.id).map(done),
    };
    if let Some(id) = id {
        let Some(migrated) = decided.outcomes.iter().find(|migrated| migrated.id == id) else {
            return Ok(Exit::Done);
        };
        show(session, migrated, listed(migrated), decided.advisories);
        return Ok(Exit::Done);
    }
    let document = MigrationsDocument {
        schema: schema_name("migrate.list"),
        home: session.home_text(),
        written_by: adopted.as_ref().map(AdoptedLine::from),
        migrations: decided.outcomes.iter().map(listed).collect(),
    };
    session.voice.say(&list(session, &document));
    session.voice.document(&document);
    Ok(Exit::Done)
}

fn known(asked: &str) -> Result<&'static str, CommandError> {
    let ids = || {
        ALL.iter()
            .map(|migration| migration.id)
            .chain([LIVE_SOCKET])
    };
    ids().find(|id| *id == asked).ok_or_else(|| {
        let near = nearest(asked, ids())
            .map(|id| format!("; did you mean {id}?"))
            .unwrap_or_default();
        CommandError::Usage(format!("there is no migration {asked:?}{near}"))
    })
}

/// The live socket goes with the files that name it.
fn sources(id: &str) -> String {
    let id = if id == LIVE_SOCKET {
        "rename-socket"
    } else {
        id
    };
    let of = |migration: &Migration| migration.sources.to_string();
    ALL.iter()
        .find(|migration| migration.id == id)
        .map(of)
        .unwrap_or_default()
}

fn done(done: &Done) -> Vec<DoneLine> {
    let line = |(at, edited): (&Spot, &Edited)| DoneLine {
        path: at.to_string(),
        before: edited.before.map(|digest| digest.to_string()),
        after: edited.after.map(|digest| digest.to_string()),
    };
    done.edits.iter().map(line).collect()
}

fn list(session: &Session, document: &MigrationsDocument) -> String {
    let mut text = String::new();
    let from = document
        .written_by
        .as_ref()
        .map(|by| format!("a home that {} wrote ({})", by.version, by.basis));
    let heading = styled(
        style::STRONG,
        from.unwrap_or_else(|| "a home that no earlier release wrote".to_owned()),
    );
    let columns = session.voice.columns();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{heading}  {}\n", document.home);
    for Listed {
        sources,
        line,
        done,
    } in &document.migrations
    {
        let colour = match line.outcome {
            Outcome::Applied => style::CHANGES,
            Outcome::Refused => style::ALARM,
            _ => style::FAINT,
        };
        let outcome = match line.outcome {
            Outcome::Applied => "would apply".to_owned(),
            Outcome::Refused => "would refuse".to_owned(),
            other => other.to_string(),
        };
        let _ = writeln!(
            text,
            "  {:15}  {}  for {sources}",
            line.id,
            styled(colour, format!("{outcome:14}"))
        );
        let edited = done.as_ref().map_or(0, Vec::len);
        let did = if edited > 0 {
            format!("; it edited {edited}")
        } else {
            String::new()
        };
        let title = broken(
            &format!("{}{did}", line.title),
            &" ".repeat(MARGIN),
            columns,
        );
        let _ = writeln!(text, "{}", styled(style::FAINT, title));
    }
    let show = lead_to(
        "What one does or did:",
        &session.command("migrate show ID"),
        columns,
    );
    let _ = write!(text, "\n{show}");
    text
}

fn show(session: &mut Session, migrated: &Migrated, listed: Listed, advisories: Vec<Advisory>) {
    let screen = session.voice.screen();
    let head = format!("{}  {}", migrated.id, migrated.title);
    let mut text = format!(
        "{}\n  for homes of releases {}\n",
        styled(style::STRONG, head),
        listed.sources
    );
    text += &format!("  {}: {}\n", migrated.outcome, migrated.reason);
    for line in listed.done.iter().flatten() {
        let _ = writeln!(text, "  edited  {}", line.path);
    }
    text += &delta_text::text(&migration_text::deltas(&migrated.edits), &screen);
    session.voice.say(&screen.spoken(&text));
    let refusals =
        migration_text::refusals(std::slice::from_ref(&listed.line), session.voice.columns());
    if !refusals.is_empty() {
        session.voice.say(&refusals);
    }
    // Only the new name of the socket leaves anything to be changed by hand.
    let advisories = if migrated.id == "rename-socket" {
        advisories
    } else {
        Vec::new()
    };
    for advisory in &advisories {
        let line = advisory
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        session.voice.say(&format!(
            "  note  {}{line}: {}",
            advisory.path, advisory.message
        ));
    }
    session.voice.document(&MigrationDocument {
        schema: schema_name("migrate.show"),
        home: session.home_text(),
        migration: listed,
        advisories,
    });
}
