//! `status`: the home in one screen.

use crate::effects::home::survey::{Survey, leftovers};
use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

use crate::edge::cli::commands::change::{conflicts_text, standing_conflicts, standing_stays};
use crate::edge::cli::commands::stale;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{
    AdoptedLine, ConflictLine, FailedLine, StaleLine, UnitLines, schema_name, version,
};
use crate::edge::report::layout;
use crate::edge::report::plan_text;
use crate::edge::report::voice::{style, styled};
use crate::effects::bundle::Source;
use crate::effects::home::Home;
use crate::effects::os::host;
use crate::effects::scan::scan;
use crate::effects::state::State;
use crate::model::found::Found;
use crate::model::generation::Pending;
use crate::model::ledger::{Done, Ledger};
use crate::model::source_version::SourceVersion;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Example:
  mosaic status --exit-code || echo look";

/// Arguments of `status`.
#[derive(Debug, ClapArgs)]
pub struct StatusArgs {
    /// Exit 4 if anything is edited, missing, parked, pending or stale
    #[arg(long)]
    pub exit_code: bool,
}

/// `status`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StatusDocument {
    /// `mosaic.status/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The bundle's name; null without a record.
    pub bundle: Option<String>,
    /// The release; null without a record.
    pub release: Option<String>,
    /// For a home without a record: the release that wrote it; null where nothing of any release is in it.
    pub written_by: Option<AdoptedLine>,
    /// The release in this program.
    pub program: String,
    /// The current generation.
    pub generation: u64,
    /// How many framework files are recorded.
    pub files: usize,
    /// Recorded files that are not what shipped.
    pub edited: Vec<String>,
    /// Recorded files that are gone, or in whose place something else is.
    pub missing: Vec<String>,
    /// Recorded files that lack their executable bit.
    pub not_executable: Vec<String>,
    /// What earlier releases shipped and this program does not; `update --prune` removes it.
    pub leftovers: Vec<String>,
    /// Unsettled conflicts.
    pub conflicts: Vec<ConflictLine>,
    /// Active units that you edited and that the release's could not be joined to: `UNIT: what ships`.
    pub stays: Vec<String>,
    /// What migrations refused to edit: `ID: FILE`; `mosaic migrate show ID` tells why.
    pub refused: Vec<String>,
    /// What is still to be done after a commit.
    pub pending: Vec<String>,
    /// Units of this home's fleet that have failed.
    pub failed: Vec<FailedLine>,
    /// Running units of this home's fleet that run on something older than what is there.
    pub stale: Vec<StaleLine>,
    /// Why it could not be told which are; null where it could, and where no fleet is installed.
    pub manager_problem: Option<String>,
    /// Whether an interrupted run waits to be finished.
    pub recovery_pending: bool,
}

/// Shows the home.
pub fn run(session: &mut Session, asked: &StatusArgs) -> Result<Exit, CommandError> {
    let home = Home::look(&session.home)?;
    let document = document(session, &home)?;
    session.voice.say(&text(session, &document));
    session.voice.document(&document);
    Ok(if asked.exit_code && differs(&document) {
        Exit::Differences
    } else {
        Exit::Done
    })
}

fn differs(document: &StatusDocument) -> bool {
    let lists = [
        &document.edited,
        &document.missing,
        &document.not_executable,
        &document.stays,
        &document.refused,
        &document.pending,
    ];
    document.release.is_none()
        || document.recovery_pending
        || !document.conflicts.is_empty()
        || !document.stale.is_empty()
        || !document.failed.is_empty()
        || lists.iter().any(|list| !list.is_empty())
}

fn document(session: &Session, home: &Home) -> Result<StatusDocument, CommandError> {
    let record = &home.record;
    let release = record.release.as_ref();
    let paths: Vec<_> = record.entries.keys().cloned().collect();
    let cache = home.state.as_ref().map(State::cache).unwrap_or_default();
    let scanned = scan(&home.root, &paths, &cache)?;
    let (mut edited, mut missing, mut not_executable) = (Vec::new(), Vec::new(), Vec::new());
    for ((path, entry), found) in record.entries.iter().zip(scanned.found) {
        match found {
            Found::File(file) => {
                if file.digest != entry.shipped {
                    edited.push(path.to_string());
                }
                if entry.executable && !file.mode.is_executable() {
                    not_executable.push(path.to_string());
                }
            }
            Found::Outside(_) => {}
            _ => missing.push(path.to_string()),
        }
    }
    let pending = match &home.state {
        Some(state) => state.pending(home.generation)?,
        None => Vec::new(),
    };
    let mut units = UnitLines::default();
    let failed = stale::find(session, home, None, &mut units);
    Ok(StatusDocument {
        schema: schema_name("status"),
        home: session.home_text(),
        bundle: release.map(|release| release.bundle.clone()),
        release: version(release),
        written_by: written_by(home)?.as_ref().map(AdoptedLine::from),
        program: host::program_version().to_string(),
        generation: home.generation,
        files: record.entries.len(),
        edited,
        missing,
        not_executable,
        leftovers: leftovers(home, &cache)?
            .iter()
            .map(ToString::to_string)
            .collect(),
        conflicts: standing_conflicts(home)?,
        stays: standing_stays(home),
        refused: refused(&record.ledger),
        // Only speed rests on the cache: nobody waits for that.
        pending: pending
            .iter()
            .filter(|action| **action != Pending::RefreshStatCache)
            .map(ToString::to_string)
            .collect(),
        failed,
        stale: units.stale,
        manager_problem: units.manager_problem,
        recovery_pending: home.recovery_pending,
    })
}

fn refused(ledger: &Ledger) -> Vec<String> {
    let of = |(id, done): (&String, &Done)| {
        done.refused
            .iter()
            .map(|at| format!("{id}: {at}"))
            .collect::<Vec<_>>()
    };
    ledger.entries.iter().flat_map(of).collect()
}

/// The release that wrote a home that has no record.
fn written_by(home: &Home) -> Result<Option<SourceVersion>, CommandError> {
    if home.record.release.is_some() {
        return Ok(None);
    }
    Ok(Survey::make(home, &Source::Embedded)?.written_by())
}

fn text(session: &Session, document: &StatusDocument) -> String {
    let mut text = String::new();
    let heading = match (&document.bundle, &document.release, &document.written_by) {
        (Some(bundle), Some(release), _) => {
            format!("{bundle} {release}, generation {}", document.generation)
        }
        (.., Some(by)) => {
            format!(
                "a home of {} ({}), still without a record",
                by.version, by.basis
            )
        }
        _ if document.generation > 0 => {
            format!("nothing is installed, generation {}", document.generation)
        }
        _ => "nothing is installed".to_owned(),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{}  {}",
        styled(style::STRONG, heading),
        document.home
    );
    if document.recovery_pending {
        let _ = writeln!(
            text,
            "{}",
            styled(
                style::ALARM,
                format!(
                    "An interrupted run waits to be finished: {}",
                    session.command("recover")
                )
            )
        );
    }
    let release = document
        .release
        .as_ref()
        .and_then(|release| semver::Version::parse(release).ok());
    if release.is_some_and(|release| release < host::program_version()) {
        let _ = writeln!(
            text,
            "  this program ships {}: {}",
            document.program,
            session.command("update --dry-run")
        );
    }
    if document.release.is_none() {
        let (what, command) = match &document.written_by {
            Some(_) => ("see what an update would do", "update --dry-run"),
            None => ("install it here", "install"),
        };
        let (sentence, command) = (format!("  to {what}:"), session.command(command));
        let _ = writeln!(
            text,
            "{}",
            layout::lead_to(&sentence, &command, session.voice.columns())
        );
    }
    let lists = [
        ("edited", &document.edited),
        ("missing", &document.missing),
        ("not executable", &document.not_executable),
        ("not joined", &document.stays),
        ("not migrated", &document.refused),
        ("pending", &document.pending),
    ];
    let shown = if session.voice.is_verbose() {
        usize::MAX
    } else {
        plan_text::GROUP_MAX
    };
    for (name, list) in lists {
        let name = styled(style::CHANGES, format!("{name:14}"));
        for line in list.iter().take(shown) {
            let _ = writeln!(text, "  {name}  {line}");
        }
        if list.len() > shown {
            let _ = writeln!(
                text,
                "  {name}  and {} more (-v shows all)",
                list.len() - shown
            );
        }
    }
    if !differs(document) {
        let _ = writeln!(
            text,
            "  {} files, all as shipped; nothing waits for you",
            document.files
        );
    }
    let leftovers = plan_text::leftovers(&document.leftovers, &session.at, session.voice.columns());
    let unknown = document.manager_problem.iter();
    let unknown =
        unknown.map(|why| format!("Whether running units are stale cannot be told: {why}\n"));
    let failed: String = document
        .failed
        .iter()
        .map(|line| stale::failed_text(session, line) + "\n")
        .collect();
    let stale = stale::text(session, &document.stale);
    let stale = if stale.is_empty() {
        stale
    } else {
        stale + "\n"
    };
    let conflicts = conflicts_text(session, &document.conflicts, false);
    for part in [leftovers, failed, stale, unknown.collect(), conflicts] {
        text += &if part.is_empty() {
            part
        } else {
            format!("\n{part}")
        };
    }
    text
}
