//! The start of a case: nothing, or a home as an earlier release left it; and how cases name several.

use std::fmt;

use semver::{Version, VersionReq};

/// The start of a case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Start {
    /// No home at all.
    Nothing,
    /// A home that this release wrote.
    Release(Version),
}

impl Start {
    /// The start with this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::Nothing),
            _ => Version::parse(name).ok().map(Self::Release),
        }
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("none"),
            Self::Release(version) => version.fmt(f),
        }
    }
}

/// Some of the starts, as a case names them: `0.0.31`, `none`, `>=0.0.31, <0.0.36`, and several by `||`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starts(Vec<StartPart>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum StartPart {
    One(Start),
    Range(VersionReq),
}

impl Starts {
    /// Reads a text; one that means none of the known starts is a mistake.
    pub fn parse(text: &str, known: &[Start]) -> Result<Self, String> {
        let starts = Self(
            text.split("||")
                .map(|part| parse_part(part.trim()))
                .collect::<Result<_, _>>()?,
        );
        for (part, text) in starts.0.iter().zip(text.split("||")) {
            if !known.iter().any(|start| part.has(start)) {
                let known: Vec<_> = known.iter().map(ToString::to_string).collect();
                return Err(format!(
                    "`{}` is no start; there are {}",
                    text.trim(),
                    known.join(", ")
                ));
            }
        }
        Ok(starts)
    }

    /// Joins several.
    pub fn joined(all: impl IntoIterator<Item = Self>) -> Self {
        Self(all.into_iter().flat_map(|starts| starts.0).collect())
    }

    /// Tells whether a start is one of them.
    pub fn has(&self, start: &Start) -> bool {
        self.0.iter().any(|part| part.has(start))
    }
}

impl StartPart {
    fn has(&self, start: &Start) -> bool {
        match (self, start) {
            (Self::One(one), start) => one == start,
            (Self::Range(range), Start::Release(version)) => range.matches(version),
            (Self::Range(_), Start::Nothing) => false,
        }
    }
}

/// A bare version means just this one.
fn parse_part(text: &str) -> Result<StartPart, String> {
    let problem = || {
        format!(
            "`{text}` is neither `none` nor a release such as 0.0.31 nor a range such as <0.0.36"
        )
    };
    match Start::named(text) {
        Some(start) => Ok(StartPart::One(start)),
        None if text.is_empty() => Err(problem()),
        None => VersionReq::parse(text)
            .map(StartPart::Range)
            .map_err(|_| problem()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Start> {
        ["none", "0.0.30", "0.0.31", "0.0.36"]
            .iter()
            .filter_map(|name| Start::named(name))
            .collect()
    }

    #[test]
    fn several_starts_are_named_shortly() {
        let cases = [
            ("none", "none"),
            ("0.0.31", "0.0.31"),
            (">=0.0.31, <0.0.36", "0.0.31"),
            ("none || 0.0.36", "none 0.0.36"),
            ("<0.0.36", "0.0.30 0.0.31"),
            ("*", "0.0.30 0.0.31 0.0.36"),
        ];
        for (text, expected) in cases {
            let starts = Starts::parse(text, &known()).unwrap();
            let named: Vec<_> = known()
                .iter()
                .filter(|start| starts.has(start))
                .map(ToString::to_string)
                .collect();
            assert_eq!(named.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_means_none_of_them_is_a_mistake() {
        for (text, problem) in [
            (
                "0.0.32",
                "`0.0.32` is no start; there are none, 0.0.30, 0.0.31, 0.0.36",
            ),
            ("none || >0.0.36", "`>0.0.36` is no start"),
            ("", "neither `none` nor a release"),
            ("nothing", "`nothing` is neither"),
        ] {
            let said = Starts::parse(text, &known()).unwrap_err();
            assert!(said.contains(problem), "{text}: {said}");
        }
    }
}
