//! What changes for a home between two bundles.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::decide::plan::classes::Class;
use crate::model::digest::Digest;
use crate::model::path::RelPath;

/// A file of a bundle, as far as a home sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Class of its path.
    pub class: Class,
    /// Digest of its content.
    pub digest: Digest,
    /// True if it is executable.
    pub executable: bool,
}

/// A change between two bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BundleChange {
    /// The path in a home.
    pub path: String,
    /// The change.
    pub change: Change,
    /// What a home would see of it, in a few words.
    pub seen: String,
}

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The file ships now.
    New,
    /// The file ships no more.
    Gone,
    /// The file has another content.
    Updated,
    /// The file has other executable bits.
    Mode,
    /// The file is of another class.
    Class,
}

impl Change {
    /// The change in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Updated => "updated",
            Self::Mode => "mode",
            Self::Class => "class",
        }
    }
}

/// The changes, by path.
pub(crate) fn changes(
    before: &BTreeMap<RelPath, Seen>,
    after: &BTreeMap<RelPath, Seen>,
) -> Vec<BundleChange> {
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let change = |path: &RelPath| {
        let (change, seen) = change(before.get(path), after.get(path))?;
        Some(BundleChange {
            path: path.to_string(),
            change,
            seen,
        })
    };
    paths.into_iter().filter_map(change).collect()
}

fn change(before: Option<&Seen>, after: Option<&Seen>) -> Option<(Change, String)> {
    let (change, seen) = match (before, after) {
        (None, None) => return None,
        (None, Some(after)) => (Change::New, coming(after.class)),
        (Some(before), None) => (Change::Gone, going(before.class)),
        (Some(before), Some(after)) if before.class != after.class => {
            return Some((
                Change::Class,
                format!("{} before, {} now", before.class, after.class),
            ));
        }
        (Some(before), Some(after)) if before.digest != after.digest => {
            (Change::Updated, updated(after.class))
        }
        (Some(before), Some(after)) if before.executable != after.executable => {
            let only = "the executable bit alone";
            (Change::Mode, only)
        }
        _ => return None,
    };
    Some((change, seen.to_owned()))
}

fn coming(class: Class) -> &'static str {
    match class {
        Class::Framework => "written, or parked where the operator has another file",
        Class::Seeded => "written where nothing is, then the operator's",
        Class::Preserved => "left to the operator",
    }
}

fn going(class: Class) -> &'static str {
    match class {
        Class::Framework => "removed, or left to an operator who edited it",
        Class::Seeded | Class::Preserved => "left to the operator",
    }
}

fn updated(class: Class) -> &'static str {
    match class {
        Class::Framework => "replaced, or merged with the operator's edits",
        Class::Seeded => "new homes alone get it",
        Class::Preserved => "left to the operator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_told_as_a_home_would_see_it() {
        let seen = |class, content: &[u8]| Seen {
            class,
            digest: Digest::of(content),
            executable: false,
        };
        let [framework, seeded] = [Class::Framework, Class::Seeded];
        let bundle = |files: &[(&str, Seen)]| -> BTreeMap<_, _> {
            let files = files.iter();
            files
                .map(|(path, seen)| (RelPath::parse(path).unwrap(), *seen))
                .collect()
        };
        let before = bundle(&[
            ("a", seen(framework, b"1")),
            ("b", seen(framework, b"1")),
            ("c", seen(seeded, b"1")),
            ("d", seen(framework, b"1")),
        ]);
        let after = bundle(&[
            ("a", seen(framework, b"1")),
            (
                "b",
                Seen {
                    executable: true,
                    ..seen(framework, b"1")
                },
            ),
            ("c", seen(seeded, b"2")),
            ("d", seen(seeded, b"1")),
            ("e", seen(framework, b"1")),
        ]);
        let told: Vec<_> = changes(&before, &after)
            .iter()
            .map(|change| {
                format!(
                    "{} {}: {}",
                    change.change.as_str(),
                    change.path,
                    change.seen
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "mode b: the executable bit alone",
                "updated c: new homes alone get it",
                "class d: framework before, seeded now",
                "new e: written, or parked where the operator has another file",
            ]
        );
        assert_eq!(changes(&after, &before)[3].change, Change::Gone);
    }
}
