//! Where the socket's former name still stands: what a migration cannot safely change, it names.

use std::collections::BTreeMap;

use crate::decide::in_place::mentions;
use crate::decide::migrate::fleet::{Fleet, Other};
use crate::decide::migrate::{FORMER, NewText, PRESENT};
use crate::words::change::Spot;
use crate::words::plan::Advisory;

/// One advisory a line: in scripts and other files, and in what the edits leave of the fleet's own.
pub fn advisories(fleet: &Fleet, edited: &BTreeMap<Spot, NewText>) -> Vec<Advisory> {
    let mut advisories = Vec::new();
    for Other { name, text } in &fleet.others {
        let lines =
            if is_unit(name) { mentions::in_unit(text, FORMER) } else { mentions::in_script(text, FORMER) };
        advisories.extend(lines.into_iter().map(|line| advisory(name.clone(), line)));
    }
    let papers = fleet.rosters.iter().chain(&fleet.env_files).chain(&fleet.holder_env).chain(&fleet.drop_ins);
    for (name, body) in papers.filter_map(|paper| Some((&paper.name, paper.body.as_ref().ok()?))) {
        // A file that stays as it is was refused, and is told of as such.
        if let Some(edited) = edited.get(&body.at) {
            let lines = mentions::in_script(&edited.text, FORMER);
            advisories.extend(lines.into_iter().map(|line| advisory(name.to_string(), line)));
        }
    }
    for directory in &fleet.outside {
        let message = "a link that leads out of the home: what is below it is yours, and is not migrated";
        advisories.push(Advisory::about(directory, message));
    }
    advisories
}

fn is_unit(name: &str) -> bool {
    [".service", ".socket", ".timer", ".conf"].iter().any(|ending| name.ends_with(ending))
}

fn advisory(path: String, line: usize) -> Advisory {
    let message = format!("names the socket {FORMER}, which is {PRESENT} now; change it where it is used");
    Advisory { path, line: u32::try_from(line).ok(), message }
}
