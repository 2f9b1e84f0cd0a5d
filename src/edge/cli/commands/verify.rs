//! `verify`: reads every recorded file again, and every content that a rollback would need.

use crate::effects::state::bases::kept_path;
use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::progress::Progress;
use crate::edge::report::voice::{style, styled};
use crate::effects::scan::stat_cache::StatCache;
use crate::effects::scan::{digest_of, scan};
use crate::effects::state::State;
use crate::effects::state::bases;
use crate::model::found::Found;
use crate::model::generation::ChangeOutcome;
use crate::model::record::Entry;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Example:
  mosaic verify --json";

/// Arguments of `verify`.
#[derive(Debug, ClapArgs)]
pub struct VerifyArgs {}

/// `verify`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VerifyDocument {
    /// `mosaic.verify/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// How many files were read.
    pub checked: usize,
    /// Where found differs from what Mosaic left.
    pub differences: Vec<DifferenceLine>,
    /// What is wrong with the kept contents that rollbacks need.
    pub damaged: Vec<String>,
}

/// One difference.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DifferenceLine {
    /// The path.
    pub path: String,
    /// `modified`, `missing`, `not-a-file` or `not-executable`.
    pub difference: String,
}

/// Verifies.
pub fn run(session: &mut Session) -> Result<Exit, CommandError> {
    let home = session.look_at_recorded()?;
    let progress = Progress::of_reading(session.voice.shows_progress());
    let paths: Vec<_> = home.record.entries.keys().cloned().collect();
    let scanned = scan(&home.root, &paths, &StatCache::default())?;
    let mut differences = Vec::new();
    for ((path, entry), found) in home.record.entries.iter().zip(&scanned.found) {
        if let Some(difference) = difference(entry, found) {
            differences.push(DifferenceLine {
                path: path.to_string(),
                difference: difference.to_owned(),
            });
        }
    }
    let (kept, damaged) = match &home.state {
        Some(state) => {
            let (kept, mut damaged) = check_kept(state)?;
            damaged.extend(bases::damaged(&state.root, &state.pack_folders()?)?);
            (kept, damaged)
        }
        None => (0, Vec::new()),
    };
    drop(progress);
    for line in &differences {
        session.voice.insist(&format!(
            "  {}  {}",
            styled(style::CHANGES, format!("{:14}", line.difference)),
            line.path
        ));
    }
    for line in &damaged {
        session.voice.insist(&format!(
            "  {}  {line}",
            styled(style::ALARM, format!("{:14}", "damaged"))
        ));
    }
    let checked = scanned.seen.read + kept;
    let is_sound = differences.is_empty() && damaged.is_empty();
    if is_sound {
        session
            .voice
            .say(&format!("{checked} files read, all as Mosaic left them."));
    } else {
        let count = differences.len() + damaged.len();
        session.voice.say(&format!(
            "\n{checked} files read, {count} not as Mosaic left them."
        ));
    }
    let schema = schema_name("verify");
    session.voice.document(&VerifyDocument {
        schema,
        home: session.home_text(),
        checked,
        differences,
        damaged,
    });
    Ok(if is_sound {
        Exit::Done
    } else {
        Exit::Differences
    })
}

fn difference(entry: &Entry, found: &Found) -> Option<&'static str> {
    match found {
        Found::File(file) if file.digest != entry.left => Some("modified"),
        Found::File(file) if entry.executable && !file.mode.is_executable() => {
            Some("not-executable")
        }
        Found::File(_) | Found::Outside(_) => None,
        Found::Absent => Some("missing"),
        _ => Some("not-a-file"),
    }
}

/// Every displaced content that is still kept must be what its journal says.
fn check_kept(state: &State) -> Result<(usize, Vec<String>), CommandError> {
    let (mut checked, mut damaged) = (0, Vec::new());
    let there = state.generations()?;
    for number in &there {
        let number = *number;
        // What the oldest displaced was let go with the way back to before it.
        if there.first() == Some(&number) && !state.keeps_files(number)? {
            continue;
        }
        for (slot, logged) in state.journal(number)?.changes.iter().enumerate() {
            let Some(before) = logged
                .change
                .alteration
                .displaces()
                .filter(|_| logged.fate == ChangeOutcome::Done)
            else {
                continue;
            };
            let path = kept_path(number, slot);
            match digest_of(&state.root, &path) {
                Ok(digest) if digest == before.digest => checked += 1,
                Ok(_) => damaged.push(format!("{path}: not what generation {number} displaced")),
                // The operator had removed it before its turn came: there was nothing to keep.
                Err(error) if error.is_absent() && logged.change.alteration.brings().is_none() => {}
                Err(error) if error.is_absent() => damaged.push(format!("{path}: missing")),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok((checked, damaged))
}
