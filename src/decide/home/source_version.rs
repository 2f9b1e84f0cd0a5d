//! Decides which release wrote a home that has no record: by its version file, else by evidence, else the oldest.

use std::collections::BTreeMap;

use semver::Version;

use crate::model::bundle::Earlier;
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::record::Record;
use crate::model::source_version::{Basis, SourceVersion, VersionFile};

/// The first release that wrote `MOSAIC_AGENT_MODEL` into env files.
const FIRST_WITH_MODEL: Version = Version::new(0, 0, 36);

/// A version file that is longer than this is none.
pub(crate) const VERSION_FILE_MAX: u64 = 256;

/// Traces of earlier releases in a home besides what they shipped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Traces {
    /// The version file.
    pub version_file: VersionFile,
    /// True where a roster or an agent's env file is there.
    pub has_fleet: bool,
    /// True where an agent's env file has a model key.
    pub has_model_key: bool,
}

/// The operator named a source version for a home whose source version is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--from-version is for homes without a record; this one {}", known.as_ref().map_or(
    "has had one from its first day".to_owned(),
    |known| format!("is known to come from {known}"),
))]
pub struct SourceKnown {
    /// The known version; `None` for a home that was new.
    pub known: Option<SourceVersion>,
}

/// The release that wrote the home before it had a record; `None` for a home that was new. What the operator says
/// counts as long as nothing better than a guess is known.
pub(crate) fn source_version(
    record: &Record,
    named: Option<&Version>,
    judged: impl FnOnce() -> Option<SourceVersion>,
) -> Result<Option<SourceVersion>, SourceKnown> {
    let is_recorded = record.release.is_some();
    let Some(named) = named else {
        let is_known = is_recorded || record.adopted.is_some();
        return Ok(if is_known {
            record.adopted.clone()
        } else {
            judged()
        });
    };
    match &record.adopted {
        Some(known) if is_recorded && known.version == *named && !known.is_guess() => {
            Ok(Some(known.clone()))
        }
        known if is_recorded && !known.as_ref().is_some_and(SourceVersion::is_guess) => {
            Err(SourceKnown {
                known: known.clone(),
            })
        }
        _ => Ok(Some(SourceVersion {
            version: named.clone(),
            basis: Basis::Told,
        })),
    }
}

/// The release that a home without a record tells of; `None` where nothing of any release is in it.
pub(crate) fn judge(
    traces: &Traces,
    found: &BTreeMap<RelPath, Found>,
    earlier: &Earlier,
) -> Option<SourceVersion> {
    if let VersionFile::Names(version, _) = &traces.version_file {
        return Some(SourceVersion {
            version: version.clone(),
            basis: Basis::VersionFile,
        });
    }
    let by_contents = most_alike(found, earlier, |version| {
        !traces.has_model_key || *version >= FIRST_WITH_MODEL
    });
    if let Some(version) = by_contents {
        return Some(SourceVersion {
            version,
            basis: Basis::Contents,
        });
    }
    if traces.has_model_key {
        return Some(SourceVersion {
            version: FIRST_WITH_MODEL,
            basis: Basis::EnvFile,
        });
    }
    let is_shipped_place = |path| matches!(found.get(path), Some(Found::File(_)));
    let is_new = traces.version_file == VersionFile::Absent
        && !traces.has_fleet
        && !earlier.paths().any(is_shipped_place);
    let oldest = earlier.oldest().filter(|_| !is_new)?;
    Some(SourceVersion {
        version: oldest.clone(),
        basis: Basis::Guess,
    })
}

/// The release that shipped more of what is found than any other did.
fn most_alike(
    found: &BTreeMap<RelPath, Found>,
    earlier: &Earlier,
    is_possible: impl Fn(&Version) -> bool,
) -> Option<Version> {
    let mut alike: BTreeMap<&Version, usize> = BTreeMap::new();
    for (path, digest) in found
        .iter()
        .filter_map(|(path, found)| Some((path, found.digest()?)))
    {
        for version in earlier
            .releases(path, digest)
            .filter(|version| is_possible(version))
        {
            *alike.entry(version).or_default() += 1;
        }
    }
    let most = alike.values().copied().max()?;
    let mut best = alike
        .into_iter()
        .filter(|(_, count)| *count == most)
        .map(|(version, _)| version);
    match (best.next(), best.next()) {
        (Some(version), None) => Some(version.clone()),
        _ => None,
    }
}

/// The version that a version file names, if it is one on one line.
pub(crate) fn parse_version_file(content: &[u8]) -> Option<Version> {
    Version::parse(std::str::from_utf8(content).ok()?.trim()).ok()
}

/// Tells whether an agent's env file has a model key, empty or not.
pub(crate) fn has_model_key(content: &[u8]) -> bool {
    content
        .split(|byte| *byte == b'\n')
        .any(|line| line.starts_with(b"MOSAIC_AGENT_MODEL="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::Digest;
    use crate::model::found::FoundFile;
    use crate::model::mode::Mode;

    fn version(patch: u64) -> Version {
        Version::new(0, 0, patch)
    }

    fn file(content: &str) -> FoundFile {
        let mode = Mode::from_st_mode(0o644);
        FoundFile {
            digest: Digest::of(content.as_bytes()),
            size: 1,
            mode,
            uid: 0,
            links: 1,
            is_mount: false,
        }
    }

    /// 1 shipped a=1 b=1, 2 shipped a=2 b=1, 36 shipped a=3 b=2 c=1.
    fn earlier() -> Earlier {
        let shipped = [(1, "a", "1"), (1, "b", "1"), (2, "a", "2"), (2, "b", "1")];
        let later = [(36, "a", "3"), (36, "b", "2"), (36, "c", "1")];
        let contents = shipped.into_iter().chain(later);
        let path = |path| RelPath::parse(path).unwrap();
        contents
            .map(|(patch, at, content)| (version(patch), path(at), Digest::of(content.as_bytes())))
            .collect()
    }

    fn judged(traces: &Traces, home: &[(&str, &str)]) -> Option<(u64, Basis)> {
        let found = home
            .iter()
            .map(|(path, content)| (RelPath::parse(path).unwrap(), Found::File(file(content))));
        judge(traces, &found.collect(), &earlier())
            .map(|source| (source.version.patch, source.basis))
    }

    #[test]
    fn the_version_file_is_believed_then_evidence_then_the_oldest() {
        let none = Traces::default;
        let with_model = || Traces {
            has_fleet: true,
            has_model_key: true,
            ..none()
        };
        let named = Traces {
            version_file: VersionFile::Names(version(34), file("0.0.34\n")),
            ..with_model()
        };
        let unusable = || Traces {
            version_file: VersionFile::Unusable("is a directory"),
            ..none()
        };
        let with_roster = Traces {
            has_fleet: true,
            ..none()
        };
        let (first, second, last) = (
            [("a", "1"), ("b", "1")],
            [("a", "2"), ("b", "1")],
            [("a", "mine"), ("c", "1")],
        );
        let cases: [(_, &[_], _); 12] = [
            (named, &first, Some((34, Basis::VersionFile))),
            (none(), &first, Some((1, Basis::Contents))),
            (none(), &second, Some((2, Basis::Contents))),
            (none(), &last, Some((36, Basis::Contents))),
            (unusable(), &second, Some((2, Basis::Contents))),
            (with_model(), &last, Some((36, Basis::Contents))),
            (with_model(), &second, Some((36, Basis::EnvFile))),
            (
                none(),
                &[("a", "mine"), ("b", "1")],
                Some((1, Basis::Guess)),
            ),
            (none(), &[("a", "mine")], Some((1, Basis::Guess))),
            (with_roster, &[], Some((1, Basis::Guess))),
            (unusable(), &[], Some((1, Basis::Guess))),
            (none(), &[("notes", "mine")], None),
        ];
        for (at, (traces, home, expected)) in cases.into_iter().enumerate() {
            assert_eq!(judged(&traces, home), expected, "case {at}");
        }
    }

    #[test]
    fn the_operator_is_heard_where_nothing_better_than_a_guess_is_known() {
        let release = crate::model::record::Release {
            bundle: "m".to_owned(),
            version: Version::new(0, 1, 0),
        };
        let record = |adopted| Record {
            release: Some(release.clone()),
            adopted,
            ..Record::default()
        };
        let source = |patch, basis| {
            Some(SourceVersion {
                version: version(patch),
                basis,
            })
        };
        let told = |record: &Record| source_version(record, Some(&version(34)), || None);
        let as_told = Ok(source(34, Basis::Told));
        assert_eq!(told(&Record::default()), as_told);
        assert_eq!(told(&record(source(30, Basis::Guess))), as_told);
        assert_eq!(told(&record(source(34, Basis::Guess))), as_told);
        assert_eq!(
            told(&record(source(34, Basis::VersionFile))),
            Ok(source(34, Basis::VersionFile))
        );
        assert!(told(&record(source(35, Basis::Contents))).is_err());
        assert!(told(&record(None)).is_err());
    }

    #[test]
    fn a_version_file_is_one_version_on_one_line() {
        for good in ["0.0.34\n", "0.0.34", " 0.0.34\r\n"] {
            assert_eq!(
                parse_version_file(good.as_bytes()),
                Some(version(34)),
                "{good:?}"
            );
        }
        for bad in [
            "",
            "\n",
            "0.0.34\n0.0.35\n",
            "0.0",
            "latest\n",
            "0.0.34 (dirty)\n",
            "\u{feff}",
        ] {
            assert_eq!(parse_version_file(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(parse_version_file(b"\xff\xfe0"), None);
    }

    #[test]
    fn a_model_key_is_at_the_start_of_its_line() {
        assert!(has_model_key(b"A=1\nMOSAIC_AGENT_MODEL=\n"));
        assert!(!has_model_key(
            b"#MOSAIC_AGENT_MODEL=x\n MOSAIC_AGENT_MODEL=x\nMOSAIC_AGENT_MODELS=x\n"
        ));
    }
}
