//! `why`: whose a path is, by which rule, what is wanted, recorded and found, and what an update would do.

use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::kind_of;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::home::situation::Asked;
use crate::decide::plan::classes::{Class, Judgement};
use crate::decide::text::nearest::nearest;
use crate::edge::cli::commands::update::plan_update;
use crate::edge::cli::session::{Session, source};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::voice::{style, styled};
use crate::effects::fleet::running::{self, FleetUnit, RunningError};
use crate::effects::home::Home;
use crate::effects::home::survey::Survey;
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::scan::{kind_name, scan};
use crate::model::digest::Digest;
use crate::model::found::Found;
use crate::model::migration::Migrated;
use crate::model::path::RelPath;
use crate::model::plan::Plan;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic why fleet/roster.yaml
  mosaic why guides/qa.md \\
    --from ./mosaic-0.2.0

Paths that you want to keep to yourself go into .mosaicpreserve at the top of the home: one glob a line, # for comments, ! takes a path out again, the last match wins. * and ? stop at a slash, ** does not; a glob on a directory covers all below it.";

/// Arguments of `why`.
#[derive(Debug, ClapArgs)]
pub struct WhyArgs {
    /// A path in the home
    pub path: String,
    /// The bundle that an update would come from [default: the release in this program]
    #[arg(long, value_name = "BUNDLE")]
    pub from: Option<PathBuf>,
}

/// `why`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WhyDocument {
    /// `mosaic.why/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The path.
    pub path: String,
    /// `framework`, `seeded` or `preserved`.
    pub class: String,
    /// The rule that decided; null for the default.
    pub rule: Option<RuleLine>,
    /// What the bundle ships there.
    pub want: Option<Digest>,
    /// What is recorded.
    pub record: Option<Digest>,
    /// What is there, where it is a file.
    pub found: Option<Digest>,
    /// What is there: `absent`, `file`, `directory`, `symbolic link`...
    pub found_kind: String,
    /// The action that an update would take; `none` where it has nothing to do with the path.
    pub action: String,
    /// Why.
    pub reason: String,
    /// The fleet's units that run or read it.
    pub units: Vec<DependentLine>,
    /// A path that may have been meant, where nothing is known of this one.
    pub nearest: Option<String>,
}

/// A unit that runs or reads a path.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DependentLine {
    /// The unit.
    pub unit: String,
    /// Whether it runs; null where no user manager can be asked.
    pub runs: Option<bool>,
    /// Why it runs on something older than what is there; null where it does not.
    pub stale: Option<String>,
}

/// A rule.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RuleLine {
    /// The glob as written.
    pub glob: String,
    /// The file it stands in.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// Explains.
pub fn run(session: &mut Session, asked: &WhyArgs) -> Result<Exit, CommandError> {
    let path = session.path_in_home(&asked.path)?;
    let home = Home::look(&session.home)?;
    let survey = Survey::make(&home, &source(asked.from.as_ref()))?;
    let plan = plan_update(&home, &survey, &session.surroundings, None, Asked::FORETOLD)?;
    let judgement = survey.classes.judge(&path);
    let (action, reason) = action(&path, &home, &plan, judgement);
    let document = WhyDocument {
        schema: schema_name("why"),
        home: session.home_text(),
        path: path.to_string(),
        class: judgement.class.to_string(),
        rule: judgement.rule.map(|rule| RuleLine {
            glob: rule.text.clone(),
            file: rule.file.to_owned(),
            line: rule.line,
        }),
        want: survey
            .bundle
            .wanted
            .get(&path)
            .map(|shipped| shipped.digest),
        record: home.record.entries.get(&path).map(|entry| entry.shipped),
        found: found(&home, &path, judgement.class)?.and_then(|found| found.digest()),
        found_kind: kind(&home, &path)?,
        action,
        reason,
        units: dependents(session, &home, &path)?,
        nearest: nearest_known(&path, &home, &survey),
    };
    session.voice.say(&text(&document));
    session.voice.document(&document);
    Ok(Exit::Done)
}

/// The units that run or read a path, as the manager has them; where there is none, by their files alone.
fn dependents(
    session: &Session,
    home: &Home,
    path: &RelPath,
) -> Result<Vec<DependentLine>, CommandError> {
    let units = match running::look(home, &session.surroundings, None) {
        Err(RunningError::Manager(_)) => running::enabled(home, &session.surroundings),
        looked => with_unloaded(looked?, running::enabled(home, &session.surroundings)),
    };
    let full = resolved(&home.root.full(path.as_str()));
    let depends = units.into_iter().filter(|unit| unit.files.contains(&full));
    let line = |unit: FleetUnit| DependentLine {
        unit: unit.name.to_string(),
        runs: unit.runs,
        stale: unit.stale.map(|reason| reason.to_string()),
    };
    Ok(depends.map(line).collect())
}

/// The manager forgets units that do not run.
fn with_unloaded(loaded: Vec<FleetUnit>, enabled: Vec<FleetUnit>) -> Vec<FleetUnit> {
    let is_forgotten = |unit: &FleetUnit| loaded.iter().all(|known| known.name != unit.name);
    let forgotten = enabled.into_iter().filter(is_forgotten);
    let forgotten: Vec<_> = forgotten
        .map(|unit| FleetUnit {
            runs: Some(false),
            ..unit
        })
        .collect();
    let mut units: Vec<_> = loaded.into_iter().chain(forgotten).collect();
    units.sort_by(|one, next| one.name.cmp(&next.name));
    units
}

fn action(path: &RelPath, home: &Home, plan: &Plan, judgement: Judgement) -> (String, String) {
    if let Some(step) = plan
        .steps
        .iter()
        .find(|step| step.at.home_path() == Some(path))
    {
        return (step.action.to_string(), step.reason.to_string());
    }
    if let Some(parked) = home
        .record
        .parked
        .get(path)
        .filter(|_| plan.unsettled.contains(path))
    {
        return ("conflict".to_owned(), format!("parked: {}", parked.reason));
    }
    let edits = |migrated: &Migrated| {
        migrated
            .edits
            .iter()
            .any(|edit| edit.name.home_path() == Some(path))
    };
    let reason = match judgement.class {
        Class::Preserved if plan.migrations.iter().any(edits) => {
            "yours; only the migrations would edit it"
        }
        Class::Preserved => "yours; an update never reads, writes or removes it",
        Class::Seeded | Class::Framework => "no release shipped it; it is yours",
    };
    ("none".to_owned(), reason.to_owned())
}

/// The known path that is most like one of which nothing is known and where nothing is.
fn nearest_known(path: &RelPath, home: &Home, survey: &Survey) -> Option<String> {
    let known = || {
        survey
            .bundle
            .wanted
            .keys()
            .chain(home.record.entries.keys())
            .chain(&home.record.seeded)
    };
    if home.root.look(path.as_str()).is_ok() || known().any(|known| known == path) {
        return None;
    }
    nearest(path.as_str(), known().map(RelPath::as_str)).map(str::to_owned)
}

/// What is there; an operator's own file is not read.
fn found(home: &Home, path: &RelPath, class: Class) -> Result<Option<Found>, CommandError> {
    if class == Class::Preserved {
        return Ok(None);
    }
    let scanned = scan(
        &home.root,
        std::slice::from_ref(path),
        &StatCache::default(),
    )?;
    Ok(scanned.found.into_iter().next())
}

fn kind(home: &Home, path: &RelPath) -> Result<String, CommandError> {
    use rustix::io::Errno;
    Ok(match home.root.look(path.as_str()) {
        Ok(stat) => kind_name(kind_of(stat.stx_mode)).to_owned(),
        Err(Errno::NOENT) => "absent".to_owned(),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => {
            "absent (a parent is not a directory)".to_owned()
        }
        Err(_) => home.root.stat(path.as_str()).map(|_| String::new())?,
    })
}

fn text(document: &WhyDocument) -> String {
    let mut text = String::new();
    let rule = match &document.rule {
        Some(rule) => format!("by `{}` ({}:{})", rule.glob, rule.file, rule.line),
        None => "by default: no rule names it".to_owned(),
    };
    let class = match document.want.or(document.record) {
        None if document.rule.is_none() => {
            "yours: no rule names it, and no release ships it".to_owned()
        }
        _ => format!("{}, {rule}", document.class),
    };
    let content = |digest: Option<Digest>, otherwise: &str| {
        digest.map_or(otherwise.to_owned(), |digest| digest.short())
    };
    let lines = [
        ("class", class),
        ("want", content(document.want, "not shipped")),
        ("record", content(document.record, "not recorded")),
        ("found", content(document.found, &document.found_kind)),
        (
            "update",
            format!("{}: {}", document.action, document.reason),
        ),
    ];
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", styled(style::STRONG, &document.path));
    for (name, line) in lines {
        let _ = writeln!(text, "  {name:7} {line}");
    }
    for (at, line) in document.units.iter().enumerate() {
        let name = if at == 0 { "units" } else { "" };
        let life = match (line.runs, &line.stale) {
            (_, Some(reason)) => format!(" is stale: {reason}"),
            (Some(true), None) => " runs on what is there".to_owned(),
            (Some(false), None) => " does not run".to_owned(),
            (None, None) => String::new(),
        };
        let _ = writeln!(text, "  {name:7} {}{life}", line.unit);
    }
    if let Some(nearest) = &document.nearest {
        let _ = writeln!(text, "Did you mean {nearest}?");
    }
    text
}
