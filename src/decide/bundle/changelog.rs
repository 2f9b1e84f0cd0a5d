//! News between two releases, out of the changelog that the later one ships.

use parse_changelog::Parser;
use schemars::JsonSchema;
use semver::Version;
use serde::Serialize;

/// The file of a bundle that is read for it, in the form of <https://keepachangelog.com/en/1.1.0/>.
pub(crate) const CHANGELOG: &str = "CHANGELOG.md";

/// News of one release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct News {
    /// The release.
    pub version: String,
    /// Entries, in the words of its makers.
    pub entries: Vec<ChangelogEntry>,
}

/// An entry: one thing that a release brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChangelogEntry {
    /// The heading that it stands under, such as `Added`; empty where there is none.
    pub kind: String,
    /// The point of the list, in one line.
    pub text: String,
}

/// News of the releases after one and up to another, latest first. A text that is no changelog has no news.
pub(crate) fn news(text: &str, after: &Version, up_to: &Version) -> Vec<News> {
    let Ok(changelog) = Parser::new().parse(text) else {
        return Vec::new();
    };
    let is_between = |version: &Version| after < version && version <= up_to;
    let mut releases: Vec<_> = changelog
        .values()
        .filter_map(|release| Some((Version::parse(release.version).ok()?, release.notes)))
        .filter(|(version, _)| is_between(version))
        .map(|(version, notes)| (version, entries(notes)))
        .filter(|(_, entries)| !entries.is_empty())
        .collect();
    releases.sort_by(|(one, _), (other, _)| other.cmp(one));
    releases
        .into_iter()
        .map(|(version, entries)| News {
            version: version.to_string(),
            entries,
        })
        .collect()
}

/// The latest version in a changelog.
pub(crate) fn latest(text: &str) -> Option<Version> {
    let changelog = Parser::new().parse(text).ok()?;
    let versions = changelog.values();
    versions
        .filter_map(|release| Version::parse(release.version).ok())
        .max()
}

fn entries(notes: &str) -> Vec<ChangelogEntry> {
    let (mut entries, mut kind, mut is_open) = (Vec::<ChangelogEntry>::new(), "", false);
    for line in notes.lines() {
        let text = line.trim();
        if let Some(heading) = text.strip_prefix("### ") {
            (kind, is_open) = (heading, false);
        } else if let Some(point) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            entries.push(ChangelogEntry {
                kind: plain(kind),
                text: plain(point),
            });
            is_open = true;
        } else if let Some(entry) = entries.last_mut().filter(|_| is_open && !text.is_empty()) {
            entry.text = format!("{} {}", entry.text, plain(text));
        }
    }
    entries
}

/// A bundle's text must not steer the terminal.
fn plain(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|character| !character.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Changelog

## [Unreleased]
- not yet

## [0.3.0] - 2026-12-01
### Added
- A wrapped
  point.
### Fixed
- One\u{1b}[31m thing

## [0.2.0] - 2026-11-01
Words before.
- Two

## 0.1.0
- First
";

    fn told(after: &str, up_to: &str) -> Vec<String> {
        let version = |text: &str| Version::parse(text).unwrap();
        let news = news(TEXT, &version(after), &version(up_to));
        let line = |news: &News, entry: &ChangelogEntry| {
            format!("{} {}: {}", news.version, entry.kind, entry.text)
        };
        news.iter()
            .flat_map(|news| news.entries.iter().map(move |entry| line(news, entry)))
            .collect()
    }

    #[test]
    fn tells_what_lies_between_two_releases() {
        assert_eq!(told("0.1.0", "0.2.0"), ["0.2.0 : Two"]);
        let all = [
            "0.3.0 Added: A wrapped point.",
            "0.3.0 Fixed: One[31m thing",
            "0.2.0 : Two",
        ];
        assert_eq!(told("0.1.0", "0.3.0"), all);
        assert!(told("0.3.0", "0.3.0").is_empty() && told("0.3.0", "0.1.0").is_empty());
        assert!(
            news(
                "no changelog",
                &Version::new(0, 0, 1),
                &Version::new(9, 0, 0)
            )
            .is_empty()
        );
    }
}
