//! What keeps no update from taking a bundle, and is hardly what its makers meant.

use semver::Version;

use crate::decide::bundle::changelog::{CHANGELOG, latest};
use crate::decide::plan::globs::Collected;
use crate::decide::text::merge::MERGE_MAX;
use crate::model::bundle::{DeclaredGlob, LeftOut, MANIFEST, Manifest, Wanted};
use crate::model::path::RelPath;
use crate::model::place::TextFault;

/// Remark on a bundle that is sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    /// No file ships.
    #[error("nothing ships")]
    NothingShips,
    /// A glob that covers nothing that ships.
    #[error("{MANIFEST}:{line}: `{glob}` in {list} matches nothing that ships")]
    Unmatched {
        /// The glob as written.
        glob: String,
        /// The list that it stands in: `seed` or `units`.
        list: &'static str,
        /// Line of the glob in `bundle.toml`, counted from 1.
        line: usize,
    },
    /// A file that no merge takes.
    #[error("{path} has {} MiB: an edit of it is never merged, and it is in every home", bytes >> 20)]
    Large {
        /// Path of the file.
        path: RelPath,
        /// Its length in bytes.
        bytes: u64,
    },
    /// A script that nobody can run.
    #[error("{0} begins with #!, and does not ship executable")]
    NotExecutable(RelPath),
    /// The changelog is ahead.
    #[error("version is {version}, and {CHANGELOG} goes up to {changelog}")]
    BehindChangelog {
        /// Version in `bundle.toml`.
        version: Version,
        /// Latest version in the changelog.
        changelog: Version,
    },
    /// Something in the directory that does not ship.
    #[error("left out: {} (left by {})", .0.path.escape_debug(), .0.tool)]
    LeftOut(LeftOut),
}

/// The remarks on a bundle. Globs of `preserve` are about what does not ship. `begins` tells how a file of it begins.
pub(crate) fn remarks(
    manifest: &Manifest,
    wanted: &Wanted,
    left_out: &[LeftOut],
    begins: impl Fn(&RelPath) -> Vec<u8>,
) -> Result<Vec<Remark>, TextFault> {
    let mut remarks = Vec::new();
    if wanted.is_empty() {
        remarks.push(Remark::NothingShips);
    }
    for (path, shipped) in wanted {
        if shipped.size > MERGE_MAX {
            let (path, bytes) = (path.clone(), shipped.size);
            remarks.push(Remark::Large { path, bytes });
        } else if !shipped.executable && begins(path).starts_with(b"#!") {
            remarks.push(Remark::NotExecutable(path.clone()));
        }
    }
    let changelog = wanted.keys().find(|path| path.as_str() == CHANGELOG);
    let text = changelog.map(&begins).unwrap_or_default();
    let version = manifest.version();
    let latest = latest(&String::from_utf8_lossy(&text));
    if let Some(changelog) = latest.filter(|latest| latest > version) {
        let version = version.clone();
        remarks.push(Remark::BehindChangelog { version, changelog });
    }
    for (list, globs) in [("seed", &manifest.seed), ("units", &manifest.units)] {
        let unmatched = unmatched(manifest, globs, wanted)?.into_iter();
        remarks.extend(unmatched.map(|declared| Remark::Unmatched {
            glob: declared.glob.clone(),
            list,
            line: declared.line,
        }));
    }
    remarks.extend(left_out.iter().cloned().map(Remark::LeftOut));
    Ok(remarks)
}

fn unmatched<'a>(
    manifest: &'a Manifest,
    declared: &'a [DeclaredGlob],
    wanted: &Wanted,
) -> Result<Vec<&'a DeclaredGlob>, TextFault> {
    let mut collected = Collected::default();
    for glob in declared {
        collected.add(glob, MANIFEST, &manifest.text)?;
    }
    let globs = collected.build()?;
    let mut is_matched = vec![false; declared.len()];
    for path in wanted.keys() {
        for index in globs.matches(path.as_str()) {
            is_matched[index / 2] = true;
        }
    }
    let globs = declared.iter().zip(is_matched);
    Ok(globs
        .filter_map(|(glob, is_matched)| (!is_matched).then_some(glob))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::bundle::manifest;
    use crate::model::bundle::Shipped;
    use crate::model::digest::Digest;

    fn said(paths: &[&str], left_out: &[LeftOut]) -> Vec<String> {
        let text = "name = \"m\"\nversion = \"1.0.0\"\npreserve = [\"mine\"]\nseed = [\"SOUL.md\",\n\"SOL.md\"]\nunits = [\"u/*.service\"]\n";
        let file = Shipped {
            digest: Digest::of(b""),
            size: 0,
            executable: false,
        };
        let wanted = paths.iter();
        let wanted = wanted.map(|path| (RelPath::parse(path).unwrap(), file));
        let manifest = manifest::parse(text).unwrap();
        let begins = |path: &RelPath| match path.as_str() {
            "run" => b"#!/bin/sh\n".to_vec(),
            CHANGELOG => b"# Changelog\n\n## [1.1.0]\n- new\n".to_vec(),
            _ => Vec::new(),
        };
        let remarks = remarks(&manifest, &wanted.collect(), left_out, begins).unwrap();
        remarks.iter().map(Remark::to_string).collect()
    }

    #[test]
    fn a_glob_that_matches_nothing_is_named_with_its_line() {
        assert_eq!(
            said(&["SOUL.md", "u/a.service"], &[]),
            ["bundle.toml:5: `SOL.md` in seed matches nothing that ships"]
        );
    }

    #[test]
    fn a_script_that_nobody_can_run_and_a_version_behind_the_changelog_are_said() {
        let said = said(&["SOUL.md", "SOL.md", "u/a.service", "run", CHANGELOG], &[]);
        assert_eq!(
            said,
            [
                "run begins with #!, and does not ship executable",
                "version is 1.0.0, and CHANGELOG.md goes up to 1.1.0"
            ]
        );
    }

    #[test]
    fn nothing_that_ships_and_what_was_left_out_are_said() {
        let left = LeftOut {
            path: "a\n~".to_owned(),
            tool: "an editor",
        };
        let said = said(&[], &[left]);
        assert_eq!(said[0], "nothing ships");
        assert_eq!(said.last().unwrap(), "left out: a\\n~ (left by an editor)");
        assert_eq!(said.len(), 5);
    }
}
