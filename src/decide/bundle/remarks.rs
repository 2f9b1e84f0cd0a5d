//! What keeps no update from taking a bundle, and is hardly what its makers meant.

use crate::decide::plan::globs::Collected;
use crate::model::bundle::{DeclaredGlob, LeftOut, MANIFEST, Manifest, Wanted};
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
    /// Something in the directory that does not ship.
    #[error("left out: {} (left by {})", .0.path.escape_debug(), .0.tool)]
    LeftOut(LeftOut),
}

/// The remarks on a bundle. Globs of `preserve` are about what does not ship.
pub(crate) fn remarks(
    manifest: &Manifest,
    wanted: &Wanted,
    left_out: &[LeftOut],
) -> Result<Vec<Remark>, TextFault> {
    let mut remarks = Vec::new();
    if wanted.is_empty() {
        remarks.push(Remark::NothingShips);
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
    use crate::model::path::RelPath;

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
        let remarks = remarks(&manifest, &wanted.collect(), left_out).unwrap();
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
