//! Units as `systemctl` shows them, many in one call: for where the manager's own socket is not at hand.

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use super::{Manager, ManagerResult, refused};
use crate::model::unit::{ManagerView, UnitName, UnitState};

/// Command that shows units, with an exact and never a localized time (systemd 248).
const WORDS: [&str; 3] = ["show", "--timestamp=us+utc", PROPERTIES];
const PROPERTIES: &str = "--property=Id,Type,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,\
    NeedDaemonReload,MainPID,InvocationID,Result,ExecMainStatus,InactiveExitTimestamp,ActiveEnterTimestamp,ControlGroup,Job,\
    AssertResult,AssertTimestamp";

pub(super) fn of_names(manager: &Manager, names: &[UnitName]) -> ManagerResult<Vec<UnitState>> {
    let words: Vec<_> = WORDS
        .into_iter()
        .chain(names.iter().map(UnitName::as_str))
        .collect();
    let text = manager.tell(&words, manager.patience)?;
    let blocks: Vec<_> = blocks(&text).collect();
    if blocks.len() != names.len() {
        return Err(refused(
            "show",
            &format!("{} answers for {} units", blocks.len(), names.len()),
        ));
    }
    // By order: an alias is answered with its unit's own name.
    Ok(names
        .iter()
        .zip(&blocks)
        .map(|(name, block)| state(name.clone(), block))
        .collect())
}

/// What the manager says of itself: where and when it read units, and the environment that it gives them.
pub(super) fn of_manager(manager: &Manager) -> ManagerResult<ManagerView> {
    let words = [
        "show",
        "--timestamp=us+utc",
        "--property=UnitPath,Environment,UnitsLoadTimestamp,UnitsLoadFinishTimestamp,UserspaceTimestamp",
    ];
    let text = manager.tell(&words, manager.patience)?;
    let value = |key: &str| {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        let mut values = lines.filter(|(name, _)| *name == key);
        values.next().map(|(_, value)| value).unwrap_or_default()
    };
    let assignments = words_of(value("Environment")).into_iter();
    let assignments = assignments.filter_map(|word| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    // The first is that of the last reload, if there was one.
    let loaded_at = moment(value("UnitsLoadTimestamp"));
    Ok(ManagerView {
        unit_path: value("UnitPath").to_owned(),
        loaded_at: loaded_at.max(moment(value("UnitsLoadFinishTimestamp"))),
        began_at: moment(value("UserspaceTimestamp")),
        environment: assignments.collect(),
        states: Vec::new(),
    })
}

/// The manager, with units by their names, in that order, and after them those that are loaded and match a pattern; each
/// once.
pub(super) fn of_names_and_pattern(
    manager: &Manager,
    names: &[UnitName],
    pattern: &str,
) -> ManagerResult<ManagerView> {
    let view = of_manager(manager)?;
    let words = WORDS.into_iter().chain(names.iter().map(UnitName::as_str));
    let words: Vec<_> = words.chain([pattern]).collect();
    let text = manager.tell(&words, manager.patience)?;
    let blocks: Vec<_> = blocks(&text).collect();
    if blocks.len() < names.len() {
        let answers = format!("{} answers for {} units", blocks.len(), names.len());
        return Err(refused("show", &answers));
    }
    let (named, others) = blocks.split_at(names.len());
    let mut states: Vec<_> = names
        .iter()
        .zip(named)
        .map(|(name, block)| state(name.clone(), block))
        .collect();
    for block in others {
        let name = block.get("Id").and_then(|id| UnitName::new(*id).ok());
        let name = name.filter(|name| states.iter().all(|known| known.name != *name));
        states.extend(name.map(|name| state(name, block)));
    }
    Ok(ManagerView { states, ..view })
}

/// Words that stand in one line; one with a blank or another special character in it is quoted as for a shell.
fn words_of(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
                (word.to_owned(), after)
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// The properties of each unit.
fn blocks(text: &str) -> impl Iterator<Item = HashMap<&str, &str>> {
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks.map(|block| {
        block
            .lines()
            .filter_map(|line| line.split_once('='))
            .collect()
    })
}

fn state(name: UnitName, block: &HashMap<&str, &str>) -> UnitState {
    let text = |key: &str| block.get(key).copied().unwrap_or_default();
    let some = |key: &str| {
        Some(text(key))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    UnitState {
        name,
        load: text("LoadState").to_owned(),
        active: text("ActiveState").to_owned(),
        sub: text("SubState").to_owned(),
        unit_file_state: text("UnitFileState").to_owned(),
        kind: text("Type").to_owned(),
        fragment_path: some("FragmentPath").map(PathBuf::from),
        drop_in_paths: drop_ins(text("DropInPaths")),
        need_daemon_reload: text("NeedDaemonReload") == "yes",
        main_pid: text("MainPID").parse().ok().filter(|pid| *pid != 0),
        invocation_id: some("InvocationID"),
        result: text("Result").to_owned(),
        exec_main_status: text("ExecMainStatus").parse().unwrap_or(0),
        started_at: moment(text("InactiveExitTimestamp")),
        active_at: moment(text("ActiveEnterTimestamp")),
        control_group: some("ControlGroup"),
        is_refused: text("AssertResult") == "no" && moment(text("AssertTimestamp")).is_some(),
        has_job: !["", "0"].contains(&text("Job")),
    }
}

/// Paths of drop-ins, out of the one line that they stand in. Each is absolute and ends in `.conf`;
/// one with a blank in it is quoted as for a shell, which older systemd did not do.
fn drop_ins(text: &str) -> Vec<PathBuf> {
    let mut rest = text.trim_start();
    let mut paths = Vec::new();
    while !rest.is_empty() {
        let (path, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let ends = [".conf /", ".conf \""]
                    .map(|end| rest.find(end).map(|index| index + ".conf".len()));
                let (path, after) =
                    rest.split_at(ends.into_iter().flatten().min().unwrap_or(rest.len()));
                (path.to_owned(), after)
            }
        };
        paths.push(PathBuf::from(path));
        rest = after.trim_start();
    }
    paths
}

/// Splits a text at the closing quote: what stands before it, unquoted, and what comes after.
fn unquoted(text: &str) -> (String, &str) {
    let mut path = String::new();
    let mut chars = text.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return (path, &text[index + 1..]),
            '\\' => path.extend(chars.next().map(|(_, escaped)| escaped)),
            c => path.push(c),
        }
    }
    (path, "")
}

/// `Fri 2026-11-27 23:08:46.123456 UTC`; empty for never.
fn moment(text: &str) -> Option<Timestamp> {
    let parsed = strtime::parse("%a %Y-%m-%d %H:%M:%S%.f", text.strip_suffix(" UTC")?).ok()?;
    Some(
        parsed
            .to_datetime()
            .ok()?
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drop_ins_may_have_blanks_in_their_paths() {
        for (text, expected) in [
            ("", &[][..]),
            (
                r#""/u/a b/x\"y\\.conf" /u/z.conf "/u/c d.conf""#,
                &[r#"/u/a b/x"y\.conf"#, "/u/z.conf", "/u/c d.conf"],
            ),
            ("/u/a.d/x.conf", &["/u/a.d/x.conf"]),
            (
                "/u/a.d/x.conf /home/a b/y z.conf /u/c.conf.conf",
                &["/u/a.d/x.conf", "/home/a b/y z.conf", "/u/c.conf.conf"],
            ),
        ] {
            assert_eq!(
                drop_ins(text),
                expected.iter().map(PathBuf::from).collect::<Vec<_>>(),
                "{text}"
            );
        }
    }

    #[test]
    fn an_environment_is_read_word_by_word() {
        let words = words_of(r#"A=b "X=a b" "Y=q\"uo'te" PATH=/usr/bin:/bin"#);
        assert_eq!(words, ["A=b", "X=a b", "Y=q\"uo'te", "PATH=/usr/bin:/bin"]);
        assert_eq!(words_of(""), [""; 0]);
    }

    #[test]
    fn a_time_is_read_to_the_microsecond() {
        let read = moment("Fri 2026-11-27 23:08:46.123456 UTC").map(|moment| moment.to_string());
        assert_eq!(read.as_deref(), Some("2026-11-27T23:08:46.123456Z"));
        assert_eq!(moment(""), None);
    }
}
