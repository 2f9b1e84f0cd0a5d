//! Files that a unit runs and reads: a changed script makes a unit stale although its own file is the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::text::in_place::unit_file::{Setting, settings, words};
use crate::model::path::RelPath;

/// The settings that run programs.
const RUN: [&str; 7] = [
    "ExecCondition",
    "ExecStartPre",
    "ExecStart",
    "ExecStartPost",
    "ExecReload",
    "ExecStop",
    "ExecStopPost",
];
/// The setting that reads files.
const READ: &str = "EnvironmentFile";
/// Characters before a program that say how it is run.
const PREFIXES: [char; 6] = ['-', '@', ':', '+', '!', '|'];

/// A unit as systemd puts it together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnitTexts<'a> {
    /// The unit's whole name, such as `mosaic-agent@coder0.service`.
    pub name: &'a str,
    /// The unit's file.
    pub file: &'a str,
    /// The unit's drop-ins, in systemd's order: by file name, whatever directory they are in.
    pub drop_ins: &'a [&'a str],
}

/// Places of the unit's user and home.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    /// The path that `%h` stands for.
    pub user_home: &'a str,
    /// Every absolute path that leads to the Mosaic home: as it was named, and without links.
    pub home: &'a [&'a str],
}

/// Every file of the home that a unit names as one that it runs or reads, conditions left out.
///
/// Of a template without an instance, what depends on the instance is left out. So is what lies outside of the home: a
/// new `/bin/bash` makes no agent stale.
pub(crate) fn members(unit: &UnitTexts, places: &Places) -> BTreeSet<RelPath> {
    let texts = [unit.file].into_iter().chain(unit.drop_ins.iter().copied());
    let mut values: BTreeMap<String, Vec<Setting>> = BTreeMap::new();
    for setting in texts
        .flat_map(settings)
        .filter(|setting| setting.section == "Service")
    {
        if RUN.contains(&&*setting.key) || setting.key == READ {
            let list = values.entry(setting.key.clone()).or_default();
            // An empty assignment takes back what was said before.
            if setting.value.is_empty() {
                list.clear();
            } else {
                list.push(setting);
            }
        }
    }
    let specifiers = Specifiers::new(unit.name, places.user_home);
    let paths = values
        .into_values()
        .flatten()
        .flat_map(|setting| match &*setting.key {
            READ => specifiers
                .expanded(&setting.text())
                .iter()
                .map(|path| file_read(path))
                .collect(),
            _ => files_run(&setting, &specifiers, places),
        });
    paths.filter_map(|path| member(&path, places)).collect()
}

/// A file of `EnvironmentFile=`: no pattern, though written as one.
fn file_read(path: &str) -> String {
    let mut chars = path.strip_prefix('-').unwrap_or(path).chars();
    std::iter::from_fn(|| {
        chars.next().map(|c| {
            if c == '\\' {
                chars.next().unwrap_or(c)
            } else {
                c
            }
        })
    })
    .collect()
}

/// The program, and what its words name: an absolute path is one, and a script for a shell may name several.
fn files_run(setting: &Setting, specifiers: &Specifiers, places: &Places) -> Vec<String> {
    let words = words(&setting.value)
        .into_iter()
        .map(|word| specifiers.expanded(&word.text?));
    let mut files = Vec::new();
    for (at, word) in words.enumerate() {
        let Some(word) = word else { continue };
        let path = if at == 0 {
            word.trim_start_matches(PREFIXES)
        } else {
            &word
        };
        let is_path = path.starts_with('/');
        files.extend(is_path.then(|| path.to_owned()));
        if at > 0 || !is_path {
            files.extend(named_within(&word, places));
        }
    }
    files
}

/// Files below the home that a word such as `exec /home/me/.config/mosaic/tools/x.sh` or `--file=...` names.
fn named_within(word: &str, places: &Places) -> Vec<String> {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|' | ')' | ':' | ',');
    let of_home = |home: &&str| {
        let rest = word
            .match_indices(*home)
            .map(|(at, home)| (&word[at..], home.len()));
        let below = rest.filter(|(rest, length)| rest[*length..].starts_with('/'));
        let path = |(rest, length): (&str, usize)| {
            rest[..rest[length..]
                .find(ends)
                .map_or(rest.len(), |end| length + end)]
                .to_owned()
        };
        below.map(path).collect::<Vec<_>>()
    };
    places.home.iter().flat_map(of_home).collect()
}

fn member(path: &str, places: &Places) -> Option<RelPath> {
    let parts = path
        .strip_prefix('/')?
        .split('/')
        .filter(|part| !matches!(*part, "" | "."));
    let path = parts.fold(String::with_capacity(path.len()), |path, part| {
        path + "/" + part
    });
    let below = |home: &&str| {
        path.strip_prefix(home.trim_end_matches('/'))?
            .strip_prefix('/')
    };
    places
        .home
        .iter()
        .filter_map(below)
        .find_map(|below| RelPath::parse(below).ok())
}

/// Values that systemd puts in the place of `%` and a letter, as far as they can be told from here.
struct Specifiers<'a> {
    name: &'a str,
    /// Without what a unit's name ends in.
    stem: &'a str,
    instance: Option<&'a str>,
    user_home: &'a str,
}

impl<'a> Specifiers<'a> {
    fn new(name: &'a str, user_home: &'a str) -> Self {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let instance = stem
            .split_once('@')
            .map(|(_, instance)| instance)
            .filter(|instance| !instance.is_empty());
        Self {
            name,
            stem,
            instance,
            user_home,
        }
    }

    /// The text without specifiers; nothing where one of them cannot be told.
    fn expanded(&self, text: &str) -> Option<String> {
        let mut expanded = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                expanded.push(c);
                continue;
            }
            expanded += match chars.next()? {
                '%' => "%",
                'h' => self.user_home,
                'i' => self.instance?,
                'n' => self.name,
                'N' => self.stem,
                'p' => self.stem.split('@').next()?,
                _ => return None,
            };
        }
        Some(expanded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: Places = Places {
        user_home: "/home/me",
        home: &["/home/me/.config/mosaic", "/data/mosaic"],
    };

    fn told(name: &str, file: &str, drop_ins: &[&str]) -> String {
        let members = members(
            &UnitTexts {
                name,
                file,
                drop_ins,
            },
            &PLACES,
        );
        members
            .iter()
            .map(RelPath::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn service(settings: &str) -> String {
        format!("[Unit]\nAssertPathExists=/no\n[Service]\n{settings}\n[Install]\nExecStart=/no\n")
    }

    #[test]
    fn shipped_units_run_and_read_the_homes_files() {
        let holder = include_str!("../../../framework/systemd/user/mosaic-tmux-holder.service");
        let agent = include_str!("../../../framework/systemd/user/mosaic-agent@.service");
        let script = "tools/fleet/start-agent-session.sh";
        assert_eq!(
            told("mosaic-tmux-holder.service", holder, &[]),
            "fleet/holder.env tools/fleet/tmux-holder.sh"
        );
        assert_eq!(
            told("mosaic-agent@coder0-0.service", agent, &[]),
            format!("fleet/agents/coder0-0.env {script}")
        );
        assert_eq!(told("mosaic-agent@.service", agent, &[]), script);
    }

    #[test]
    fn commands_are_read_as_systemd_reads_them() {
        for (settings, expected) in [
            ("ExecStart=/bin/x /data/mosaic/y", "y"),
            ("ExecStart=/bin/bash -lc '%h/.config/mosaic/x.sh'", "x.sh"),
            ("ExecStart=-@:+!!/data/mosaic/x zero arg", "x"),
            ("ExecStart=\"/data/mosaic/a b\" '/data/mosaic/c'", "a b c"),
            (r"ExecStart=/data/mosaic/a\sb", "a b"),
            ("ExecStart=/data/mosaic/x ; -/data/mosaic/y", "x y"),
            ("ExecStart=/data/mosaic/x \\\n  /data/mosaic/y", "x y"),
            ("ExecStart=%h/.config/mosaic/%i /data/mosaic/%N", "i s@i"),
            ("ExecStart=/data/mosaic/100%%", "100%"),
            ("ExecStart=/data/mosaic/%u", ""),
            (
                "ExecStart=/data/mosaic//./x /data/mosaic/../y /data/mosaic2/z",
                "x",
            ),
            (
                "ExecStart=/bin/bash -lc 'exec \"/data/mosaic/x.sh\" run'",
                "x.sh",
            ),
            ("ExecStart=x --file=/data/mosaic/y,z", "y"),
            (
                "ExecStart=/bin/sh -c 'exec /data/mosaic/a;/data/mosaic/b&&/data/mosaic/c|/data/mosaic/d'",
                "a b c d",
            ),
            (
                "ExecStart=/bin/sh -c \"(/data/mosaic/a) '/data/mosaic/b' /data/mosaic/c /data/mosaic/c:ro\"",
                "a b c",
            ),
            ("ExecStart=|/data/mosaic/a,b", "a,b"),
            ("ExecStart=:/data/mosaic/a:b", "a:b"),
            ("ExecStart=/data/mosaic/%n /data/mosaic/%p", "s s@i.service"),
            ("ExecStart=/data/mosaic/x%uy", ""),
            ("ExecStart=relative ${X}/y", ""),
            (
                "ExecCondition=%h/.config/mosaic/a\nExecStartPre=/data/mosaic/b\nExecStartPost=/data/mosaic/c\n\
                 ExecReload=/data/mosaic/d\nExecStop=/data/mosaic/e\nExecStopPost=/data/mosaic/f",
                "a b c d e f",
            ),
            (
                "EnvironmentFile=-/data/mosaic/a b\nEnvironmentFile=/data/mosaic/c\\[1]",
                "a b c[1]",
            ),
            (
                "# ExecStart=/a\nWorkingDirectory=/b\nEnvironment=X=/data/mosaic/c",
                "",
            ),
        ] {
            assert_eq!(
                told("s@i.service", &service(settings), &[]),
                expected,
                "{settings}"
            );
        }
    }

    #[test]
    fn drop_ins_add_and_take_back() {
        let file = service("ExecStart=/data/mosaic/a\nEnvironmentFile=/data/mosaic/e");
        for (drop_ins, expected) in [
            (&["[Service]\nEnvironmentFile=/data/mosaic/f"][..], "a e f"),
            (&["[Service]\nExecStart=\nExecStart=/data/mosaic/b"], "b e"),
            (
                &[
                    "[Service]\nExecStart=/data/mosaic/b",
                    "[Service]\nExecStart=\n",
                ],
                "e",
            ),
            (
                &[
                    "[Service]\nExecStart=\n",
                    "[Service]\nExecStart=/data/mosaic/b",
                ],
                "b e",
            ),
            (&["[Unit]\nExecStart=\n"], "a e"),
        ] {
            assert_eq!(told("s.service", &file, drop_ins), expected, "{drop_ins:?}");
        }
    }
}
