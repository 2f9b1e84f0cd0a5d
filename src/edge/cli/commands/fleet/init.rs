//! `fleet init`: a roster from a preset.

use crate::edge::cli::options::LockArgs;
use crate::edge::report::layout;
use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::absolute;

use crate::decide::fleet::preset::{self, title};
use crate::decide::text::nearest::nearest;
use crate::edge::cli::commands::change::{carry_out, exit, vet_files};
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::fleet::FleetFault;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::bundle::{Bundle, Source};
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::{Home, Recovery};
use crate::effects::os::host;
use crate::effects::scan::stat_cache::StatCache;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic fleet init
  mosaic fleet init --preset pair
  mosaic fleet init --force

A roster that is there stays, unless --force says otherwise; mosaic rollback brings it back.";

/// Where presets are.
const EXAMPLES: &str = "fleet/examples";

/// Arguments of `fleet init`.
#[derive(Debug, ClapArgs)]
pub struct InitArgs {
    /// Which of the presets in fleet/examples
    #[arg(long, value_name = "NAME", default_value = "minimal")]
    pub preset: String,
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// Replace a roster that is there
    #[arg(long)]
    pub force: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `fleet init`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InitDocument {
    /// `mosaic.fleet.init/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The roster, from the home.
    pub roster: String,
    /// The preset that it was made from.
    pub preset: String,
    /// All presets.
    pub presets: Vec<PresetLine>,
    /// Whether it was written; otherwise it was there, and the same.
    pub committed: bool,
    /// The current generation, after the command.
    pub generation: u64,
    /// What an earlier commit left to be done and could not be done yet.
    pub pending: Vec<String>,
}

/// A preset.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PresetLine {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub title: String,
}

struct Preset {
    name: String,
    text: String,
}

/// Writes a roster.
pub fn run(session: &mut Session, asked: &InitArgs) -> Result<Exit, CommandError> {
    let path = asked.roster.path(session);
    let path = absolute(&path).unwrap_or(path).display().to_string();
    let path = session.path_in_home(&path)?;
    session.look_at_recorded()?;
    let entered = session.enter(false, asked.lock, Recovery::Finish)?;
    let home = &entered.home;
    let presets = presets(home)?;
    let chosen = chosen(&presets, &asked.preset)?;
    let witness = DiskEvidence::new(home, None);
    let mut plan = preset::plan(
        &home.record,
        &path,
        &chosen.text,
        asked.force,
        host::umask(),
        &witness,
    )?;
    vet_files(home, &mut plan)?;
    let change = carry_out(session, &entered, &plan, "fleet init", None)?;
    let document = InitDocument {
        schema: schema_name("fleet init"),
        home: session.home_text(),
        roster: path.to_string(),
        preset: chosen.name.clone(),
        presets: presets.iter().map(line).collect(),
        committed: change.committed,
        generation: change.generation,
        pending: change.pending.clone(),
    };
    tell(session, &document, asked.roster.roster.is_some());
    session.voice.document(&document);
    Ok(exit(&change))
}

fn line(preset: &Preset) -> PresetLine {
    PresetLine {
        name: preset.name.clone(),
        title: title(&preset.text).to_owned(),
    }
}

fn chosen<'a>(presets: &'a [Preset], name: &str) -> Result<&'a Preset, FleetFault> {
    presets
        .iter()
        .find(|preset| preset.name == name)
        .ok_or_else(|| {
            let known: Vec<_> = presets.iter().map(|preset| preset.name.clone()).collect();
            FleetFault::NoPreset {
                name: name.to_owned(),
                meant: nearest(name, &known).cloned(),
                known,
            }
        })
}

/// Those in the home; in one that has none, those of the release in this program.
fn presets(home: &Home) -> Result<Vec<Preset>, CommandError> {
    let children = match home.root.children(EXAMPLES) {
        Err(error) if error.is_absent() => Vec::new(),
        children => children?,
    };
    let names = children
        .into_iter()
        .filter_map(|(name, _)| String::from_utf8(name).ok());
    let names = names.filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned));
    let read = |name: String| {
        let bytes = home.root.read(&format!("{EXAMPLES}/{name}.yaml")).ok()?;
        Some(Preset {
            name,
            text: String::from_utf8(bytes).ok()?,
        })
    };
    let mut presets: Vec<_> = names.filter_map(read).collect();
    if presets.is_empty() {
        presets = shipped()?;
    }
    presets.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(presets)
}

fn shipped() -> Result<Vec<Preset>, CommandError> {
    let source = Source::Embedded;
    let bundle = Bundle::open(&source, source.manifest()?, &StatCache::default())?;
    let mut presets = Vec::new();
    for path in bundle.wanted.keys() {
        let name = path
            .as_str()
            .strip_prefix("fleet/examples/")
            .and_then(|name| name.strip_suffix(".yaml"));
        let Some(name) = name else { continue };
        let text = String::from_utf8(bundle.read(path)?).unwrap_or_default();
        presets.push(Preset {
            name: name.to_owned(),
            text,
        });
    }
    Ok(presets)
}

fn tell(session: &mut Session, document: &InitDocument, is_named: bool) {
    session.tell_aftermath();
    let InitDocument { roster, preset, .. } = document;
    session.voice.say(&match document.committed {
        true => format!("{roster} is written from the preset {preset}."),
        false => format!("{roster} is just what the preset {preset} says; nothing to do."),
    });
    session.voice.say("\nPresets:");
    let width = document
        .presets
        .iter()
        .map(|line| line.name.chars().count())
        .max()
        .unwrap_or(0);
    for PresetLine { name, title } in &document.presets {
        session.voice.say(&format!("  {name:width$}  {title}"));
    }
    let flag = if is_named { " --roster FILE" } else { "" };
    let (next, columns) = (
        session.command(&format!("fleet install{flag}")),
        session.voice.columns(),
    );
    session.voice.say(&format!(
        "\n{}",
        layout::lead_to("Edit it as you like, then:", &next, columns)
    ));
}
