//! A shipped unit as one home's, and whose an active unit is.

use std::borrow::Cow;

use crate::decide::text::in_place::unit_file::{Setting, settings};
use crate::decide::text::in_place::{Splice, spliced};
use crate::model::folder::FolderPath;

/// The home as shipped units name it: below the user's, as systemd expands `%h`.
pub(crate) const SHIPPED_HOME: &str = "%h/.config/mosaic";
/// The units that are Mosaic's, the holder's first.
pub(crate) const OURS: [&str; 2] = ["mosaic-tmux-holder.service", "mosaic-agent@.service"];
/// The beginning of every agent's unit.
pub(crate) const AGENT: &str = "mosaic-agent@";
/// The pattern that systemd takes for the units of all agents.
pub(crate) const AGENTS: &str = "mosaic-agent@*.service";
/// The section that systemd ignores, with the key by which a unit says whose it is.
const MARK: (&str, &str) = ("X-Mosaic", "X-Mosaic-Home");

/// Tells whether a unit is one of a file's: the file itself, or an instance of the template in it.
pub(crate) fn is_of(unit: &str, file: &str) -> bool {
    let is_instance = |(template, kind): (&str, &str)| {
        unit.strip_prefix(template)
            .is_some_and(|rest| rest.starts_with('@') && rest.ends_with(kind))
    };
    unit == file || file.split_once('@').is_some_and(is_instance)
}

/// The agent whose unit has a name; nothing where it is no agent's.
pub(crate) fn agent_of(unit: &str) -> Option<&str> {
    unit.strip_prefix(AGENT)?
        .strip_suffix(".service")
        .filter(|agent| !agent.is_empty())
}

/// Whose an active unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The home that its mark names, however that leads there.
    Home(String),
    /// Nobody's by a mark, as before 0.1.0: the default home's.
    Unmarked,
}

/// Whose a unit is, by its mark.
pub(crate) fn owner(unit: &str, user_home: &str) -> Owner {
    let settings = settings(unit);
    let Some(mark) = settings
        .iter()
        .find(|setting| (&*setting.section, &*setting.key) == MARK)
    else {
        return Owner::Unmarked;
    };
    let marked = mark.text();
    // Only at its beginning: a path is written as it is, and may have `%h` elsewhere.
    let home = match marked.strip_prefix("%h") {
        Some(below) if below.is_empty() || below.starts_with('/') => format!("{user_home}{below}"),
        _ => marked,
    };
    Owner::Home(
        home.strip_suffix('/')
            .filter(|home| !home.is_empty())
            .map(str::to_owned)
            .unwrap_or(home),
    )
}

/// A home that no unit can name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("systemd runs no program whose path has the character {character:?}, as in {home}")]
pub struct Unnameable {
    /// The home.
    pub home: FolderPath,
    /// The character in its path.
    pub character: char,
}

/// A shipped unit for a home: the shipped bytes for `~/.config/mosaic`, its path in their place for any other.
///
/// # Errors
///
/// A quote or a backslash in the path: systemd takes no program there, however it is written. (A [`FolderPath`] has no
/// control character.)
pub(crate) fn rendered<'a>(
    unit: &'a str,
    home: &FolderPath,
    user_home: &str,
) -> Result<Cow<'a, str>, Unnameable> {
    if let Some(character) = home
        .to_string()
        .chars()
        .find(|c| matches!(c, '\'' | '"' | '\\'))
    {
        return Err(Unnameable {
            home: home.clone(),
            character,
        });
    }
    let home = home.to_string();
    if home.strip_prefix(user_home) == SHIPPED_HOME.strip_prefix("%h") {
        return Ok(Cow::Borrowed(unit));
    }
    let settings = settings(unit);
    let splices: Vec<_> = settings
        .iter()
        .flat_map(|setting| splices(setting, &home))
        .collect();
    Ok(Cow::Owned(spliced(unit, splices)))
}

/// Every place where a setting names the home.
fn splices(setting: &Setting, home: &str) -> Vec<Splice> {
    let value = setting.text();
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let places = value.match_indices(SHIPPED_HOME).filter(|(at, named)| {
        !value[at + named.len()..].starts_with(is_of_name) && !value[..*at].ends_with('%')
    });
    places
        .map(|(at, named)| {
            let first = value[..at].chars().count();
            let start = setting.value[first].0;
            let by = spelled(setting, home, value[..at].ends_with('"'));
            Splice {
                span: start..start + named.len(),
                by,
            }
        })
        .collect()
}

/// A path as this setting takes it.
fn spelled(setting: &Setting, home: &str, is_quoted: bool) -> String {
    match &*setting.key {
        key if (&*setting.section, key) == MARK => mark(home),
        key if key.starts_with("Exec") || key == "Environment" => word(home, is_quoted),
        "EnvironmentFile" => escaped(home, |c| matches!(c, '*' | '?' | '[').then_some(c)),
        "Documentation" => url(home),
        _ => escaped(home, |_| None),
    }
}

/// As it is. A blank at its end would be lost, and is guarded by a slash.
fn mark(home: &str) -> String {
    let guard = if home.ends_with(' ') { "/" } else { "" };
    format!("{home}{guard}")
}

/// Within a word of a command line. It names the program: systemd expands no `$` there.
fn word(home: &str, is_quoted: bool) -> String {
    escaped(home, |c| (c == ' ' && !is_quoted).then_some('s'))
}

/// With a backslash and what stands for the character behind it; `%` is doubled everywhere.
fn escaped(home: &str, escape: impl Fn(char) -> Option<char>) -> String {
    let mut text = String::with_capacity(home.len() + 8);
    for c in home.chars() {
        match escape(c) {
            Some(escaped) => text.extend(['\\', escaped]),
            None if c == '%' => text.push_str("%%"),
            None => text.push(c),
        }
    }
    text
}

/// In a `file:` URL, whose `%` are doubled in turn.
fn url(home: &str) -> String {
    let mut text = String::with_capacity(home.len() + 8);
    for byte in home.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => text.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => text.push(byte.into()),
            byte => text += &format!("%%{byte:02X}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = "# %h/.config/mosaic\n[Unit]\nDocumentation=file:%h/.config/mosaic/README.md\n\
        AssertPathExists=%h/.config/mosaic/a\n[Service]\nEnvironmentFile=-%h/.config/mosaic/e\n\
        ExecStart=\"%h/.config/mosaic/x\" %i\nExecStop=-%h/.config/mosaic/x \\\n  %h/.config/mosaic\n\
        WorkingDirectory=%h/.config/mosaic-other\nEnvironment=é=%h/.config/mosaic2 \"E=é %h/.config/mosaic/x\"\nExecReload=%%h/.config/mosaic/x\n\
        [X-Mosaic]\nX-Mosaic-Home=%h/.config/mosaic\n";

    fn folder(path: &str) -> FolderPath {
        FolderPath::parse(path).unwrap()
    }

    #[test]
    fn a_file_has_the_units_of_its_name_and_its_instances() {
        let [holder, template] = OURS;
        for (unit, file, expected) in [
            (holder, holder, true),
            ("mosaic-agent@coder0-0.service", template, true),
            (template, template, true),
            ("mosaic-agent@a.socket", template, false),
            ("mosaic-agent-mine@a.service", template, false),
            ("mosaic-agent@a.service", holder, false),
            ("mosaic-tmux-holder.service.d", holder, false),
        ] {
            assert_eq!(is_of(unit, file), expected, "{unit} {file}");
        }
    }

    #[test]
    fn the_default_home_has_the_shipped_bytes() {
        let unit = rendered(UNIT, &folder("/home/me/.config/mosaic"), "/home/me").unwrap();
        assert!(matches!(unit, Cow::Borrowed(unit) if unit == UNIT));
        for home in [
            "/home/me/.config/mosaic2",
            "/home/me2/.config/mosaic",
            "/home/me/x/.config/mosaic",
        ] {
            assert_ne!(
                rendered(UNIT, &folder(home), "/home/me").unwrap(),
                UNIT,
                "{home}"
            );
        }
    }

    #[test]
    fn another_home_is_written_as_each_setting_takes_it() {
        // The home, then as it is in a URL, a path, a glob, a quoted word, a word, and the mark.
        for [home, url, path, glob, quoted, word, mark] in [
            ["/srv/m"; 7],
            ["/a b", "/a%%20b", "/a b", "/a b", "/a b", r"/a\sb", "/a b"],
            [
                "/10%h", "/10%%25h", "/10%%h", "/10%%h", "/10%%h", "/10%%h", "/10%h",
            ],
            ["/é", "/%%C3%%A9", "/é", "/é", "/é", "/é", "/é"],
            [
                "/a[1]*?",
                "/a%%5B1%%5D%%2A%%3F",
                "/a[1]*?",
                r"/a\[1]\*\?",
                "/a[1]*?",
                "/a[1]*?",
                "/a[1]*?",
            ],
            ["/a ", "/a%%20", "/a ", "/a ", "/a ", r"/a\s", "/a /"],
            ["/$x", "/%%24x", "/$x", "/$x", "/$x", "/$x", "/$x"],
        ] {
            let expected = format!(
                "# %h/.config/mosaic\n[Unit]\nDocumentation=file:{url}/README.md\nAssertPathExists={path}/a\n\
                 [Service]\nEnvironmentFile=-{glob}/e\nExecStart=\"{quoted}/x\" %i\n\
                 ExecStop=-{word}/x \\\n  {word}\nWorkingDirectory=%h/.config/mosaic-other\nEnvironment=é=%h/.config/mosaic2 \"E=é {word}/x\"\n\
                 ExecReload=%%h/.config/mosaic/x\n[X-Mosaic]\nX-Mosaic-Home={mark}\n"
            );
            let unit = rendered(UNIT, &folder(home), "/home/me").unwrap();
            assert_eq!(unit, expected, "{home}");
            assert_eq!(
                owner(&unit, "/home/me"),
                Owner::Home(home.to_owned()),
                "{home}"
            );
        }
    }

    #[test]
    fn a_home_with_quotes_or_backslashes_is_refused() {
        for (home, character) in [("/it's", '\''), ("/\"x", '"'), ("/a\\b", '\\')] {
            let home = folder(home);
            assert_eq!(
                rendered(UNIT, &home, "/home/me"),
                Err(Unnameable { home, character })
            );
        }
    }

    #[test]
    fn the_mark_tells_whose_a_unit_is() {
        for (unit, whose) in [
            (UNIT, Some("/home/me/.config/mosaic")),
            ("[X-Mosaic]\nX-Mosaic-Home=%h\n", Some("/home/me")),
            (
                "[X-Mosaic]\r\n X-Mosaic-Home = /srv/m/ \r\n",
                Some("/srv/m"),
            ),
            ("[X-Mosaic]\nX-Mosaic-Home=/\n", Some("/")),
            ("[X-Mosaic]\nX-Mosaic-Home=%hx\n", Some("%hx")),
            ("[X-Mosaic]\nX-Mosaic-Home=\n", Some("")),
            ("[X-Mosaic]\n#X-Mosaic-Home=/srv/m\n", None),
            ("[Service]\nX-Mosaic-Home=/srv/m\n", None),
            ("", None),
        ] {
            let whose = whose.map_or(Owner::Unmarked, |home| Owner::Home(home.to_owned()));
            assert_eq!(owner(unit, "/home/me"), whose, "{unit:?}");
        }
    }
}
