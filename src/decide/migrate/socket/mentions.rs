//! Places where the socket's former name still stands: what a migration cannot safely change, it names.

use crate::model::socket_names::{FORMER, PRESENT};
use std::collections::{BTreeMap, BTreeSet};

use crate::decide::migrate::fleet_files::{Fleet, FleetFile, Other};
use crate::decide::migrate::workspace::NewText;
use crate::decide::text::in_place::mentions;
use crate::model::change::Spot;
use crate::model::plan::Advisory;

/// Advisories, one a line: in scripts and other files, and in what the edits leave of the fleet's own. Only where the
/// socket is renamed: with the files that the renaming held back.
pub(crate) fn advisories(
    fleet: &Fleet,
    edited: &BTreeMap<Spot, NewText>,
    renamed: Option<&BTreeSet<Spot>>,
) -> Vec<Advisory> {
    let mut advisories = Vec::new();
    let is_fleet = !(fleet.rosters.is_empty() && fleet.env_files.is_empty());
    if let Some(held) = renamed.filter(|_| is_fleet) {
        name_lines(fleet, edited, held, &mut advisories);
    }
    for directory in &fleet.outside {
        let message = "a link that is not followed: what is below it is yours, and is not migrated";
        advisories.push(Advisory::about(directory, message));
    }
    for name in &fleet.unnameable {
        let message =
            "its name is not one that Mosaic can write down: it is yours, and is not migrated";
        advisories.push(Advisory::about(name, message));
    }
    advisories
}

fn name_lines(
    fleet: &Fleet,
    edited: &BTreeMap<Spot, NewText>,
    held: &BTreeSet<Spot>,
    advisories: &mut Vec<Advisory>,
) {
    for Other { name, text } in &fleet.others {
        let lines = if is_unit(name) {
            mentions::in_unit(text, FORMER)
        } else {
            mentions::in_script(text, FORMER)
        };
        advisories.extend(lines.into_iter().map(|line| advisory(name.clone(), line)));
    }
    let is_renamed = |file: &&FleetFile| !held.contains(&file.name);
    for file in fleet
        .env_files
        .iter()
        .chain(&fleet.holder_env)
        .filter(is_renamed)
    {
        advisories.extend(left(file, edited, |text| mentions::in_unit(text, FORMER)));
    }
    for drop_in in fleet.drop_ins.iter().filter(is_renamed) {
        advisories.extend(left(drop_in, edited, |text| {
            mentions::in_unit(text, FORMER)
        }));
    }
}

/// The lines that are left in a file, by an edit or because there was nothing in it to edit.
fn left(
    file: &FleetFile,
    edited: &BTreeMap<Spot, NewText>,
    lines: impl Fn(&str) -> Vec<usize>,
) -> Vec<Advisory> {
    let found = file.content.as_ref().ok();
    let text = found.map(|found| {
        let edited = edited.get(&found.at).map(|edited| &edited.text);
        edited.unwrap_or(&found.text).as_str()
    });
    let lines = text.map(lines).unwrap_or_default().into_iter();
    lines
        .map(|line| advisory(file.name.to_string(), line))
        .collect()
}

fn is_unit(name: &str) -> bool {
    [".service", ".socket", ".timer", ".conf"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn advisory(path: String, line: usize) -> Advisory {
    let message =
        format!("names the socket {FORMER}, which is {PRESENT} now; change it where it is used");
    Advisory {
        path,
        line: u32::try_from(line).ok(),
        message,
    }
}
