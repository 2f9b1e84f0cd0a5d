//! A plan for people: what comes, changes, goes, waits and stays, and why.

use std::collections::BTreeMap;

use anstyle::Style;
use indicatif::HumanCount;

use crate::decide::home::situation::Objection;
use crate::edge::report::document::{AdoptedLine, ChangeDocument, ConflictLine, RefusedLine};
use crate::edge::report::layout::{broken, lead_to};
use crate::edge::report::output::{style, styled};
use crate::model::plan::{Action, Plan, Step};
use crate::model::source_version::Basis;

/// A group of more lines than this is summed up by directory, unless every path is asked for.
pub(crate) const GROUP_MAX: usize = 16;

/// The columns before a path.
const MARGIN: usize = 13;

/// Reasons stand in one column, as far as paths are not longer than this.
const PATH_WIDTH_MAX: usize = 48;

/// The most entries of the changelog that are told, unless all are asked for.
const NEWS_MAX: usize = 8;

/// The groups, in the order in which people read them.
const GROUPS: &[(&str, Style, &[Action])] = &[
    ("new", style::COMES, &[Action::Write]),
    ("seeded", style::COMES, &[Action::Seed]),
    ("updated", style::CHANGES, &[Action::Replace]),
    ("restored", style::CHANGES, &[Action::Restore]),
    ("merged", style::CHANGES, &[Action::Merge]),
    ("mode", style::CHANGES, &[Action::Chmod]),
    ("renamed", style::CHANGES, &[Action::Rename]),
    ("adopted", style::CHANGES, &[Action::Adopt]),
    ("removed", style::GOES, &[Action::Remove]),
    ("released", style::GOES, &[Action::Release]),
    ("forgotten", style::GOES, &[Action::Forget]),
    ("parked", style::ALARM, &[Action::Conflict]),
    ("yours", style::FAINT, &[Action::Edited, Action::Preserve]),
    ("kept", style::FAINT, &[Action::Keep]),
];

/// The place of reasons: all in one column, or, where one of them does not fit there, below their paths.
#[derive(Clone, Copy)]
enum Reasons {
    Beside { width: usize },
    Below { columns: usize },
}

/// What stands against the update that `why` and `diff --incoming` tell of.
pub(crate) fn refusal_text(objection: &Objection, is_named: bool) -> String {
    let other = if is_named {
        ""
    } else {
        "; name the release that you mean with --from"
    };
    format!("# that update would be refused: {objection}{other}")
}

/// The steps of a plan, grouped.
pub(crate) fn steps(plan: &Plan, all: bool, columns: usize) -> String {
    let is_shown = |step: &&Step| all || step.action.is_change() || step.action == Action::Edited;
    let groups = GROUPS.iter().map(|(name, style, actions)| {
        let steps = plan
            .steps
            .iter()
            .filter(|step| actions.contains(&step.action))
            .filter(is_shown);
        (name, *style, steps.collect::<Vec<_>>())
    });
    let (summed, listed): (Vec<_>, Vec<_>) =
        groups.partition(|(_, _, steps)| steps.len() > GROUP_MAX && !all);
    let paths = listed
        .iter()
        .flat_map(|(_, _, steps)| steps)
        .map(|step| step.at.text().chars().count());
    let width = paths.max().unwrap_or(0).min(PATH_WIDTH_MAX);
    let reasons = listed
        .iter()
        .flat_map(|(_, _, steps)| steps)
        .map(|step| step.reason.chars().count());
    let is_wide = MARGIN + width + 2 + reasons.max().unwrap_or(0) <= columns;
    let reasons = if is_wide {
        Reasons::Beside { width }
    } else {
        Reasons::Below { columns }
    };
    let mut text = String::new();
    for (name, style, steps) in summed {
        summary(&mut text, name, style, &steps);
    }
    for (name, style, steps) in listed {
        lines(&mut text, name, style, &steps, reasons);
    }
    text
}

fn lines(text: &mut String, name: &str, style: Style, group: &[&Step], reasons: Reasons) {
    for step in group {
        let name = styled(style, format!("{name:9}"));
        let path = step.at.text();
        *text += &match reasons {
            Reasons::Beside { width } => {
                let reason = styled(style::FAINT, &step.reason);
                format!("  {name}  {path:width$}  {reason}\n")
            }
            Reasons::Below { columns } => {
                let reason = broken(&step.reason, &" ".repeat(MARGIN), columns);
                format!("  {name}  {path}\n{}\n", styled(style::FAINT, reason))
            }
        };
    }
}

fn summary(text: &mut String, name: &str, style: Style, group: &[&Step]) {
    let directories = directories(group);
    let is_one_reason = group.iter().all(|step| step.reason == group[0].reason);
    let reason = if is_one_reason {
        format!("  {}", styled(style::FAINT, &group[0].reason))
    } else {
        String::new()
    };
    let count = HumanCount(group.len() as u64);
    *text += &format!(
        "  {}  {count} files{reason}\n",
        styled(style, format!("{name:9}"))
    );
    let shown = directories.iter().take(GROUP_MAX);
    for (directory, count) in shown {
        let directory = if directory.is_empty() {
            "./".to_owned()
        } else {
            format!("{directory}/")
        };
        let count = HumanCount(*count as u64).to_string();
        *text += &format!("  {:9}  {count:>7}  {directory}\n", "");
    }
    if directories.len() > GROUP_MAX {
        *text += &format!(
            "  {:9}  {:>7}  more directories (-v shows every path)\n",
            "",
            HumanCount((directories.len() - GROUP_MAX) as u64).to_string()
        );
    }
}

/// Counts the paths in each directory: as deep as fits on a screen.
fn directories(group: &[&Step]) -> BTreeMap<String, usize> {
    let depth = group
        .iter()
        .map(|step| step.at.text().split('/').count())
        .max()
        .unwrap_or(1);
    let at_depth = |depth| {
        let mut directories: BTreeMap<String, usize> = BTreeMap::new();
        for step in group {
            let path = step.at.text();
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            let top = top_of(above, depth).to_owned();
            *directories.entry(top).or_default() += 1;
        }
        directories
    };
    let fits = |directories: &BTreeMap<_, _>| directories.len() <= GROUP_MAX;
    (1..depth)
        .rev()
        .map(at_depth)
        .find(fits)
        .unwrap_or_else(|| at_depth(1))
}

/// The first components of a path.
fn top_of(path: &str, depth: usize) -> &str {
    path.match_indices('/')
        .nth(depth - 1)
        .map_or(path, |(end, _)| &path[..end])
}

/// Conflicts that wait for a person, and the command that settles them; `flags` make it be about the home.
pub(crate) fn conflicts(
    conflicts: &[ConflictLine],
    home: &str,
    flags: &str,
    all: bool,
    columns: usize,
) -> String {
    let mut text = String::new();
    if conflicts.is_empty() {
        return text;
    }
    let heading = match conflicts.len() {
        1 => "1 conflict waits for you; your file is untouched:".to_owned(),
        count => format!("{count} conflicts wait for you; your files are untouched:"),
    };
    text += &format!("{}\n", styled(style::ALARM, broken(&heading, "", columns)));
    let shown = if all { conflicts.len() } else { GROUP_MAX };
    for conflict in conflicts.iter().take(shown) {
        let ConflictLine { path, reason, .. } = conflict;
        let is_narrow = 4 + path.chars().count() + reason.chars().count() > columns;
        text += &if is_narrow {
            let reason = broken(reason, "    ", columns);
            format!("  {path}\n{}\n", styled(style::FAINT, reason))
        } else {
            format!("  {path}  {}\n", styled(style::FAINT, reason))
        };
        text += &format!("    shipped  {home}/{}\n", conflict.parked);
        if let Some(merged) = &conflict.merged {
            text += &format!("    merge    {home}/{merged}\n");
        }
    }
    if conflicts.len() > shown {
        text += &format!(
            "  and {} more; all of them: mosaic resolve{flags}\n",
            conflicts.len() - shown
        );
    }
    let command = format!("mosaic resolve{flags} PATH --mine | --shipped | --merged FILE");
    text += &format!("{}\n", lead_to("Settle with:", &command, columns));
    text
}

/// The release that wrote a home without a record, and what to do if that is only a guess.
pub(crate) fn adoption(adopted: &AdoptedLine, columns: usize) -> String {
    let line = format!(
        "Adopting a home of {} ({}).",
        adopted.version, adopted.basis
    );
    let line = match adopted.basis {
        Basis::Guess => format!("{line} If you know better, say it: --from-version VERSION"),
        _ => line,
    };
    broken(&line, "", columns)
}

/// Leftovers of earlier releases, and the command that removes them.
pub(crate) fn leftovers(leftovers: &[String], command: &str, columns: usize) -> String {
    if leftovers.is_empty() {
        return String::new();
    }
    let mut text = "Left over from earlier releases:\n".to_owned();
    for path in leftovers {
        text += &format!("  {path}\n");
    }
    text + &lead_to("To remove it:", command, columns) + "\n"
}

/// Advisories, and paths where the operator was faster.
pub(crate) fn advisories(document: &ChangeDocument) -> String {
    let mut text = String::new();
    for advisory in &document.advisories {
        let line = advisory
            .line
            .map_or(String::new(), |line| format!(":{line}"));
        text += &format!(
            "  {}  {}{line}: {}\n",
            styled(style::ALARM, "note     "),
            advisory.path,
            advisory.message
        );
    }
    let note = styled(style::ALARM, "note     ").to_string();
    for path in &document.overtaken {
        text += &format!(
            "  {note}  {path}: you changed it while Mosaic ran; it stays as you left it\n"
        );
    }
    for RefusedLine { path, reason } in &document.refused {
        text += &format!("  {note}  {path}: {reason}; it stays as it was\n");
    }
    text
}

/// The changelog entries that the release brought; the first ones, unless all are asked for.
pub(crate) fn news(document: &ChangeDocument, all: bool, columns: usize) -> String {
    let entries = document
        .news
        .iter()
        .flat_map(|news| news.entries.iter().map(move |entry| (news, entry)));
    let count = entries.clone().count();
    let shown = if all { usize::MAX } else { NEWS_MAX };
    let mut text = String::new();
    let mut version = "";
    for (news, entry) in entries.take(shown) {
        if version != news.version {
            version = &news.version;
            text += &format!("  {}\n", styled(style::STRONG, format!("new in {version}")));
        }
        let kind = if entry.kind.is_empty() {
            String::new()
        } else {
            format!("{}: ", entry.kind)
        };
        let line = format!("{}{}", styled(style::FAINT, kind), entry.text);
        text += &format!("{}\n", broken(&line, "    ", columns));
    }
    if count > shown {
        text += &format!("    and {} more (-v shows all)\n", count - shown);
    }
    text
}

/// The releases of a change, `mosaic BEFORE → AFTER`.
pub(crate) fn releases(document: &ChangeDocument) -> String {
    match (&document.from, &document.to) {
        (None, Some(to)) => format!("mosaic {to}"),
        (Some(from), Some(to)) if from == to => format!("mosaic {to}"),
        (Some(from), Some(to)) => format!("mosaic {from} → {to}"),
        (Some(from), None) => format!("mosaic {from} → nothing"),
        (None, None) => "mosaic".to_owned(),
    }
}
