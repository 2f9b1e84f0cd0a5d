//! A plan for people: what comes, changes, goes, waits and stays, and why.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::Style;

use crate::edge::report::document::{ChangeDocument, ConflictLine};
use crate::edge::report::voice::{style, styled};
use crate::words::plan::{Action, Plan, Step};

/// A group of more lines than this is summed up by directory, unless every path is asked for.
const GROUP_MAX: usize = 16;

/// Reasons stand in one column, as far as paths are not longer than this.
const PATH_WIDTH_MAX: usize = 48;

/// The groups, in the order in which people read them.
const GROUPS: &[(&str, Style, &[Action])] = &[
    ("new", style::COMES, &[Action::Write]),
    ("seeded", style::COMES, &[Action::Seed]),
    ("updated", style::CHANGES, &[Action::Replace, Action::Restore]),
    ("merged", style::CHANGES, &[Action::Merge]),
    ("mode", style::CHANGES, &[Action::Chmod]),
    ("adopted", style::CHANGES, &[Action::Adopt]),
    ("removed", style::GOES, &[Action::Remove]),
    ("released", style::GOES, &[Action::Release]),
    ("forgotten", style::GOES, &[Action::Forget]),
    ("parked", style::ALARM, &[Action::Conflict]),
    ("yours", style::FAINT, &[Action::Edited, Action::Preserve]),
    ("kept", style::FAINT, &[Action::Keep]),
];

/// The steps of a plan, grouped.
pub fn steps(plan: &Plan, all: bool) -> String {
    let is_shown = |step: &&Step| all || step.action.is_change() || step.action == Action::Edited;
    let groups = GROUPS.iter().map(|(name, style, actions)| {
        let steps = plan.steps.iter().filter(|step| actions.contains(&step.action)).filter(is_shown);
        (name, *style, steps.collect::<Vec<_>>())
    });
    let (summed, listed): (Vec<_>, Vec<_>) =
        groups.partition(|(_, _, steps)| steps.len() > GROUP_MAX && !all);
    let paths = listed.iter().flat_map(|(_, _, steps)| steps).map(|step| step.path.as_str().chars().count());
    let width = paths.max().unwrap_or(0).min(PATH_WIDTH_MAX);
    let mut text = String::new();
    for (name, style, steps) in summed {
        summary(&mut text, name, style, &steps);
    }
    for (name, style, steps) in listed {
        lines(&mut text, name, style, &steps, width);
    }
    text
}

fn lines(text: &mut String, name: &str, style: Style, group: &[&Step], width: usize) {
    for step in group {
        let reason = styled(style::FAINT, &step.reason);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {}  {:width$}  {reason}",
            styled(style, format!("{name:9}")),
            step.path.as_str()
        );
    }
}

fn summary(text: &mut String, name: &str, style: Style, group: &[&Step]) {
    let mut directories: BTreeMap<&str, usize> = BTreeMap::new();
    for step in group {
        *directories.entry(step.path.split().0).or_default() += 1;
    }
    let reason = styled(style::FAINT, &group[0].reason);
    let _ = writeln!(text, "  {}  {} files  {reason}", styled(style, format!("{name:9}")), group.len());
    let shown = directories.iter().take(GROUP_MAX);
    for (directory, count) in shown {
        let directory = if directory.is_empty() { "./".to_owned() } else { format!("{directory}/") };
        let _ = writeln!(text, "  {:9}  {count:>6}  {directory}", "");
    }
    if directories.len() > GROUP_MAX {
        let _ = writeln!(
            text,
            "  {:9}  {:>6}  more directories (-v shows every path)",
            "",
            directories.len() - GROUP_MAX
        );
    }
}

/// What waits for a person, and how to settle it.
pub fn conflicts(conflicts: &[ConflictLine], home: &str) -> String {
    let mut text = String::new();
    if conflicts.is_empty() {
        return text;
    }
    let heading = match conflicts.len() {
        1 => "1 conflict waits for you; your file is untouched:".to_owned(),
        count => format!("{count} conflicts wait for you; your files are untouched:"),
    };
    let _ = writeln!(text, "{}", styled(style::ALARM, heading));
    for conflict in conflicts {
        let _ = writeln!(text, "  {}  {}", conflict.path, styled(style::FAINT, &conflict.reason));
        let _ = writeln!(text, "    shipped  {home}/{}", conflict.parked);
        if let Some(merged) = &conflict.merged {
            let _ = writeln!(text, "    merge    {home}/{merged}");
        }
    }
    let _ = writeln!(text, "Settle with: mosaic resolve PATH --mine | --shipped | --merged FILE");
    text
}

/// What a person should know.
pub fn advisories(document: &ChangeDocument) -> String {
    let mut text = String::new();
    for advisory in &document.advisories {
        let line = advisory.line.map_or(String::new(), |line| format!(":{line}"));
        let _ = writeln!(
            text,
            "  {}  {}{line}: {}",
            styled(style::ALARM, "note     "),
            advisory.path,
            advisory.message
        );
    }
    for path in &document.overtaken {
        let _ = writeln!(
            text,
            "  {}  {path}: you changed it while Mosaic ran; yours stayed",
            styled(style::ALARM, "note     ")
        );
    }
    text
}

/// From which release to which.
pub fn releases(document: &ChangeDocument) -> String {
    match (&document.from, &document.to) {
        (None, Some(to)) => format!("mosaic {to}"),
        (Some(from), Some(to)) if from == to => format!("mosaic {to}"),
        (Some(from), Some(to)) => format!("mosaic {from} → {to}"),
        (Some(from), None) => format!("mosaic {from} → nothing"),
        (None, None) => "mosaic".to_owned(),
    }
}
