//! What a unit runs and reads: a changed script makes a unit stale although its own file is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::decide::in_place::unit_file::{Setting, settings, words};
use crate::words::digest::{Digest, Hasher};
use crate::words::path::RelPath;

/// The settings that run programs.
const RUN: [&str; 7] =
    ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"];
/// The setting that reads files.
const READ: &str = "EnvironmentFile";
/// What may stand before a program, and says how it is run.
const PREFIXES: [char; 6] = ['-', '@', ':', '+', '!', '|'];

/// A unit as systemd puts it together.
#[derive(Debug, Clone, Copy)]
pub struct UnitTexts<'a> {
    /// Its whole name, such as `mosaic-agent@coder0.service`.
    pub name: &'a str,
    /// Its file.
    pub file: &'a str,
    /// Its drop-ins, in systemd's order: by file name, whatever directory they are in.
    pub drop_ins: &'a [&'a str],
}

/// Where the unit's user and home are.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// What `%h` is.
    pub user_home: &'a str,
    /// Every absolute path that leads to the Mosaic home: as it was named, and without links.
    pub home: &'a [&'a str],
}

/// A file that a unit runs or reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// Below the home.
    Home(RelPath),
    /// Elsewhere, by its absolute path.
    Elsewhere(String),
}

impl fmt::Display for Member {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home(path) => path.fmt(out),
            Self::Elsewhere(path) => out.write_str(path),
        }
    }
}

/// Every file that a unit names as one that it runs or reads, conditions left out.
///
/// Of a template without an instance, what depends on the instance is left out.
pub fn members(unit: &UnitTexts, places: &Places) -> BTreeSet<Member> {
    let texts = [unit.file].into_iter().chain(unit.drop_ins.iter().copied());
    let mut values: BTreeMap<String, Vec<Setting>> = BTreeMap::new();
    for setting in texts.flat_map(settings).filter(|setting| setting.section == "Service") {
        if RUN.contains(&&*setting.key) || setting.key == READ {
            let list = values.entry(setting.key.clone()).or_default();
            // An empty assignment takes back what was said before.
            if setting.value.is_empty() { list.clear() } else { list.push(setting) }
        }
    }
    let specifiers = Specifiers::new(unit.name, places.user_home);
    let paths = values.into_values().flatten().flat_map(|setting| match &*setting.key {
        READ => specifiers.expanded(&setting.text()).iter().map(|path| file_read(path)).collect(),
        _ => files_run(&setting, &specifiers, places),
    });
    paths.filter(|path| path.starts_with('/')).map(|path| member(&path, places)).collect()
}

/// One file of `EnvironmentFile=`: what is no pattern, though written as one.
fn file_read(path: &str) -> String {
    let mut chars = path.strip_prefix('-').unwrap_or(path).chars();
    std::iter::from_fn(|| chars.next().map(|c| if c == '\\' { chars.next().unwrap_or(c) } else { c }))
        .collect()
}

/// The absolute paths among the words of a command, and the home's files that a word of another kind names.
fn files_run(setting: &Setting, specifiers: &Specifiers, places: &Places) -> Vec<String> {
    let words = words(&setting.value).into_iter().filter_map(|word| specifiers.expanded(&word.text?));
    words
        .flat_map(|word| match word.trim_start_matches(PREFIXES) {
            path if path.starts_with('/') => vec![path.to_owned()],
            _ => named_within(&word, places),
        })
        .collect()
}

/// What a word such as `exec /home/me/.config/mosaic/tools/x.sh` or `--file=...` names below the home.
fn named_within(word: &str, places: &Places) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|' | ')' | ':' | ',');
    let of_home = |home: &&str| {
        let rest = word.match_indices(*home).map(|(at, home)| (&word[at..], home.len()));
        let below = rest.filter(|(rest, length)| rest[*length..].starts_with('/'));
        let path = |(rest, length): (&str, usize)| {
            rest[..rest[length..].find(ends).map_or(rest.len(), |end| length + end)].to_owned()
        };
        below.map(path).collect::<Vec<_>>()
    };
    places.home.iter().flat_map(of_home).collect()
}

fn member(path: &str, places: &Places) -> Member {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    let path = parts.fold(String::with_capacity(path.len()), |path, part| path + "/" + part);
    let below = |home: &&str| path.strip_prefix(home.trim_end_matches('/'))?.strip_prefix('/');
    let in_home = places.home.iter().filter_map(below).find_map(|below| RelPath::parse(below).ok());
    in_home.map_or(Member::Elsewhere(path.clone()), Member::Home)
}

/// What systemd puts in the place of `%` and a letter, as far as it can be told from here.
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
        let instance =
            stem.split_once('@').map(|(_, instance)| instance).filter(|instance| !instance.is_empty());
        Self { name, stem, instance, user_home }
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

/// The digest of all that a unit is: its file, its drop-ins in their order, and the contents of its files, of which
/// the order does not matter. A file that is not there counts as such.
pub fn digest(unit: &UnitTexts, files: &BTreeMap<Member, Option<Digest>>) -> Digest {
    let mut hasher = Hasher::default();
    let mut take = |piece: &[u8]| {
        hasher.take(&(piece.len() as u64).to_le_bytes());
        hasher.take(piece);
    };
    take(unit.file.as_bytes());
    take(&(unit.drop_ins.len() as u64).to_le_bytes());
    unit.drop_ins.iter().for_each(|drop_in| take(drop_in.as_bytes()));
    for (member, content) in files {
        let kind: &[u8] = if matches!(member, Member::Home(_)) { b"home" } else { b"elsewhere" };
        take(kind);
        take(member.to_string().as_bytes());
        take(content.as_ref().map_or(&[], |content| content.as_bytes()));
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: Places =
        Places { user_home: "/home/me", home: &["/home/me/.config/mosaic", "/data/mosaic"] };

    fn told(name: &str, file: &str, drop_ins: &[&str]) -> String {
        let members = members(&UnitTexts { name, file, drop_ins }, &PLACES);
        members.iter().map(Member::to_string).collect::<Vec<_>>().join(" ")
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
            ("ExecStart=/bin/x /data/mosaic/y", "y /bin/x"),
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
                "x /data/mosaic/../y /data/mosaic2/z",
            ),
            ("ExecStart=/bin/bash -lc 'exec \"/data/mosaic/x.sh\" run'", "x.sh /bin/bash"),
            ("ExecStart=x --file=/data/mosaic/y,z", "y"),
            ("ExecStart=relative ${X}/y", ""),
            (
                "ExecCondition=/a\nExecStartPre=/b\nExecStartPost=/c\nExecReload=/d\nExecStop=/e\nExecStopPost=/f",
                "/a /b /c /d /e /f",
            ),
            ("EnvironmentFile=-/data/mosaic/a b\nEnvironmentFile=/data/mosaic/c\\[1]", "a b c[1]"),
            ("# ExecStart=/a\nWorkingDirectory=/b\nEnvironment=X=/data/mosaic/c", ""),
        ] {
            assert_eq!(told("s@i.service", &service(settings), &[]), expected, "{settings}");
        }
    }

    #[test]
    fn drop_ins_add_and_take_back() {
        let file = service("ExecStart=/a\nEnvironmentFile=/e");
        for (drop_ins, expected) in [
            (&["[Service]\nEnvironmentFile=/f"][..], "/a /e /f"),
            (&["[Service]\nExecStart=\nExecStart=/b"], "/b /e"),
            (&["[Service]\nExecStart=/b", "[Service]\nExecStart=\n"], "/e"),
            (&["[Service]\nExecStart=\n", "[Service]\nExecStart=/b"], "/b /e"),
            (&["[Unit]\nExecStart=\n"], "/a /e"),
        ] {
            assert_eq!(told("s.service", &file, drop_ins), expected, "{drop_ins:?}");
        }
    }

    #[test]
    fn a_digest_tells_every_difference_and_no_order_of_files() {
        let home = |path| Member::Home(RelPath::parse(path).unwrap());
        let files = |files: &[(Member, Option<Digest>)]| files.iter().cloned().collect::<BTreeMap<_, _>>();
        let (x, y) = ((home("x"), Some(Digest::of(b"x"))), (home("y"), Some(Digest::of(b"y"))));
        let unit = UnitTexts { name: "s.service", file: "a", drop_ins: &["b", "c"] };
        let both = files(&[x.clone(), y.clone()]);
        let digests = [
            digest(&unit, &both),
            digest(&UnitTexts { file: "z", ..unit }, &both),
            digest(&UnitTexts { drop_ins: &["c", "b"], ..unit }, &both),
            digest(&UnitTexts { drop_ins: &["bc"], ..unit }, &both),
            digest(&UnitTexts { drop_ins: &[], ..unit }, &both),
            digest(&UnitTexts { file: "ab", drop_ins: &["c"], ..unit }, &both),
            digest(&unit, &files(std::slice::from_ref(&x))),
            digest(&unit, &files(&[x.clone(), (y.0.clone(), None)])),
            digest(&unit, &files(&[(x.0.clone(), None)])),
            digest(&UnitTexts { drop_ins: &["b", "c", "home", "x", ""], ..unit }, &files(&[])),
            digest(&unit, &files(&[x.clone(), (y.0.clone(), x.1)])),
            digest(&unit, &files(&[x.clone(), (Member::Elsewhere("y".to_owned()), y.1)])),
        ];
        assert_eq!(digests.iter().collect::<BTreeSet<_>>().len(), digests.len());
        assert_eq!(digest(&unit, &files(&[y, x])), digests[0]);
        assert_eq!(digest(&UnitTexts { name: "t.service", ..unit }, &both), digests[0]);
    }
}
