//! Migrations for people and for programs: what each does to which file, and what it leaves to a person.

use std::collections::BTreeMap;

use crate::decide::text::diff;
use crate::edge::report::delta_text;
use crate::edge::report::document::MigrationLine;
use crate::edge::report::layout::broken;
use crate::edge::report::output::{Screen, style, styled};
use crate::model::change::Spot;
use crate::model::delta::{Delta, Side};
use crate::model::digest::Digest;
use crate::model::migration::{FileEdit, Migrated, Outcome};

/// The most files of a migration that are named, and the most diffs that are shown, unless all are asked for.
const SHOWN: usize = 8;
const MARGIN: usize = 16;

/// A migration for programs.
pub(crate) fn line(migrated: &Migrated) -> MigrationLine {
    MigrationLine {
        id: migrated.id.to_owned(),
        title: migrated.title.to_owned(),
        outcome: migrated.outcome,
        reason: migrated.reason.clone(),
        edits: migrated
            .edits
            .iter()
            .map(|edit| edit.name.to_string())
            .collect(),
        diffs: deltas(&migrated.edits)
            .iter()
            .map(delta_text::line)
            .collect(),
        refused: migrated.refusals.clone(),
    }
}

/// The edits of a migration as differences; directories have none.
pub(crate) fn deltas(edits: &[FileEdit]) -> Vec<Delta> {
    let side = |text: &String| Side {
        digest: Digest::of(text.as_bytes()),
        executable: false,
        body: diff::body(text.clone().into_bytes()),
    };
    let files = edits.iter().filter(|edit| edit.after.is_some());
    let delta = |edit: &FileEdit| Delta {
        at: edit.at.clone(),
        before: edit.before.as_ref().map(side),
        after: edit.after.as_ref().map(side),
        note: (edit.name != edit.at).then(|| format!("behind the link {}", edit.name)),
        is_operators: true,
    };
    files.map(delta).collect()
}

/// Migrations that edit something, or have something to tell, with the files that they edit.
pub(crate) fn done(migrations: &[Migrated], all: bool, columns: usize) -> String {
    let mut text = String::new();
    let is_told = |migrated: &&Migrated| {
        all || migrated.outcome == Outcome::Applied || !migrated.edits.is_empty()
    };
    for migrated in migrations.iter().filter(is_told) {
        let name = styled(style::CHANGES, format!("{:15}", migrated.id));
        let summary = if migrated.outcome == Outcome::Applied {
            migrated.title
        } else {
            &migrated.reason
        };
        text += &format!(
            "  {name} {}\n",
            broken(summary, &" ".repeat(MARGIN + 2), columns).trim_start()
        );
        let shown = if all { usize::MAX } else { SHOWN };
        for edit in migrated.edits.iter().take(shown) {
            let slash = if edit.after.is_none() { "/" } else { "" };
            text += &format!("  {:15} {}{slash}\n", "", edit.name);
        }
        if migrated.edits.len() > shown {
            text += &format!(
                "  {:15} and {} more (-v names all)\n",
                "",
                migrated.edits.len() - shown
            );
        }
    }
    text
}

/// The diff of each file that migrations edit, over all of them together.
pub(crate) fn diffs(migrations: &[Migrated], all: bool, screen: &Screen) -> String {
    let mut edits: BTreeMap<&Spot, FileEdit> = BTreeMap::new();
    for edit in migrations.iter().flat_map(|migrated| &migrated.edits) {
        let first = edits.entry(&edit.at).or_insert_with(|| edit.clone());
        first.after.clone_from(&edit.after);
    }
    let edits: Vec<_> = edits.into_values().collect();
    let deltas = deltas(&edits);
    let shown = if all {
        deltas.len()
    } else {
        deltas.len().min(SHOWN)
    };
    let mut text = delta_text::text(&deltas[..shown], screen);
    if deltas.len() > shown {
        text += &format!("and {} more files (-v shows all)\n", deltas.len() - shown);
    }
    text
}

/// Places that migrations leave to a person; one that several of them name is told once.
pub(crate) fn refusals(migrations: &[MigrationLine], columns: usize) -> String {
    let refused = |line: &&MigrationLine| line.outcome == Outcome::Refused;
    let mut text = String::new();
    let mut listed = Vec::new();
    for (line, refusal) in migrations
        .iter()
        .filter(refused)
        .flat_map(|line| line.refused.iter().map(move |refusal| (line, refusal)))
    {
        if refusal.waits_for.is_some() || listed.contains(&refusal) {
            continue;
        }
        listed.push(refusal);
        let sentence = format!("{refusal}");
        text += &format!("{}\n", broken(&sentence, "  ", columns));
        text += &format!(
            "{}\n",
            styled(style::FAINT, format!("    refused by {}", line.id))
        );
        if let Some(remedy) = &refusal.remedy {
            text += &format!(
                "{}\n",
                styled(style::FAINT, broken(remedy, "    ", columns))
            );
        }
    }
    if text.is_empty() {
        return text;
    }
    let heading = "Not migrated, and left to you; the files are untouched:";
    format!("{}\n{text}", styled(style::ALARM, heading))
}
