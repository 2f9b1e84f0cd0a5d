//! Refuses a bundle whose paths contradict each other or reach for what is not the bundle's.

use std::collections::HashMap;
use std::ops::Bound;

use crate::decide::bundle::archive::ArchiveFault;
use crate::decide::plan::classes::{Class, Classes, PRESERVE_FILE};
use crate::decide::plan::folding::folded;
use crate::decide::plan::residue::residue_of;
use crate::model::bundle::{HASHES, MANIFEST, Wanted};
use crate::model::path::{PathError, RelPath};

/// The folder of Mosaic's own state, at the top of a home.
pub(crate) const STATE_DIRECTORY: &str = ".mosaic";
/// Most files in a bundle.
pub(crate) const FILES_MAX: usize = 200_000;
/// Largest file in a bundle, in bytes.
pub(crate) const FILE_SIZE_MAX: u64 = 256 << 20;
/// Largest bundle, in bytes of content.
pub(crate) const TOTAL_SIZE_MAX: u64 = 4 << 30;

/// A fault of a bundle's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleFault {
    /// A path that no home may hold.
    #[error("{path:?} {why}")]
    Path { path: String, why: PathError },
    /// Two paths that a file system may take for one.
    #[error("{one} and {other} differ only in case{}", accents(one, other))]
    CaseFoldingEqual { one: RelPath, other: RelPath },
    /// A path that is both a file and a directory.
    #[error("{0} is both a file and a directory")]
    FileAndDirectory(RelPath),
    /// A path that belongs to the state or to the operator.
    #[error("{0} is not a bundle's to ship")]
    Reserved(RelPath),
    /// A path that the bundle itself declares the operator's.
    #[error("{path} is shipped, and `{glob}` ({place}) declares it the operator's")]
    SelfPreserved {
        path: RelPath,
        glob: String,
        place: String,
    },
    /// A path that is another tool's.
    #[error("{path} is what {tool} leaves behind; no release ships it")]
    Residue { path: RelPath, tool: &'static str },
    /// Neither a file nor a directory.
    #[error("{path} is a {kind}; a bundle holds files and directories only")]
    NotAFile { path: String, kind: &'static str },
    /// More files than any framework has.
    #[error("more than {FILES_MAX} files")]
    TooManyFiles,
    /// A file past its bound.
    #[error("{path} is larger than {} MiB", FILE_SIZE_MAX >> 20)]
    FileTooLarge { path: RelPath },
    /// All files together past their bound.
    #[error("more than {} GiB of content", TOTAL_SIZE_MAX >> 30)]
    TooLarge,
    /// The bundle is not what its list of hashes says, or not a sound archive.
    #[error(transparent)]
    Archive(#[from] ArchiveFault),
}

/// Said besides of names that look alike.
fn accents(one: &RelPath, other: &RelPath) -> &'static str {
    let is_ascii = one.as_str().is_ascii() && other.as_str().is_ascii();
    if is_ascii {
        ""
    } else {
        ", or in how an accent is written"
    }
}

/// Checks what a bundle ships against itself and its own rules.
pub(crate) fn check(wanted: &Wanted, classes: &Classes) -> Result<(), BundleFault> {
    check_bounds(wanted)?;
    check_directories(wanted)?;
    check_case(wanted)?;
    wanted
        .keys()
        .try_for_each(|path| check_owner(path, classes))
}

fn check_bounds(wanted: &Wanted) -> Result<(), BundleFault> {
    if wanted.len() > FILES_MAX {
        return Err(BundleFault::TooManyFiles);
    }
    if let Some((path, _)) = wanted
        .iter()
        .find(|(_, shipped)| shipped.size > FILE_SIZE_MAX)
    {
        return Err(BundleFault::FileTooLarge { path: path.clone() });
    }
    let total = wanted
        .values()
        .try_fold(0_u64, |sum, shipped| sum.checked_add(shipped.size));
    if total.is_none_or(|total| total > TOTAL_SIZE_MAX) {
        return Err(BundleFault::TooLarge);
    }
    Ok(())
}

fn check_directories(wanted: &Wanted) -> Result<(), BundleFault> {
    let mut checked = "";
    for path in wanted.keys() {
        let (directory, _) = path.split();
        if directory == checked {
            continue;
        }
        checked = directory;
        if let Some(file) = path.ancestors().find(|above| wanted.contains_key(above)) {
            return Err(BundleFault::FileAndDirectory(file));
        }
    }
    Ok(())
}

/// Compares what is left once case and ways to write accents are folded, component by component, so that `A/x` and `a/y`
/// are found too. Only what is not folded already can equal another spelling.
fn check_case(wanted: &Wanted) -> Result<(), BundleFault> {
    let mut spelled: HashMap<String, RelPath> = HashMap::new();
    for path in wanted.keys().filter(|path| !is_folded(path)) {
        for spelling in path
            .ancestors()
            .chain([path.clone()])
            .filter(|spelling| !is_folded(spelling))
        {
            let folded = folded(spelling.as_str()).into_owned();
            let twin = spelled_folded(&folded, wanted);
            let other = spelled
                .entry(folded)
                .or_insert_with(|| twin.unwrap_or_else(|| spelling.clone()));
            if *other != spelling {
                let (one, other) = (
                    other.clone().min(spelling.clone()),
                    other.clone().max(spelling),
                );
                return Err(BundleFault::CaseFoldingEqual { one, other });
            }
        }
    }
    Ok(())
}

fn is_folded(path: &RelPath) -> bool {
    folded(path.as_str()) == path.as_str()
}

/// The file or directory that is spelled just like this.
fn spelled_folded(folded: &str, wanted: &Wanted) -> Option<RelPath> {
    let folded = RelPath::parse(folded).ok()?;
    let below = wanted
        .range::<str, _>((
            Bound::Excluded(format!("{folded}/").as_str()),
            Bound::Unbounded,
        ))
        .next();
    let is_there =
        wanted.contains_key(&folded) || below.is_some_and(|(path, _)| path.is_below(&folded));
    is_there.then_some(folded)
}

fn check_owner(path: &RelPath, classes: &Classes) -> Result<(), BundleFault> {
    let top = path.as_str().split('/').next().unwrap_or_default();
    let reserved = [
        STATE_DIRECTORY,
        PRESERVE_FILE,
        ".framework-version",
        MANIFEST,
        HASHES,
    ];
    if reserved.iter().any(|name| folded(top) == *name) {
        return Err(BundleFault::Reserved(path.clone()));
    }
    // A bundle that holds a home would ship the home's state, and the home itself.
    if path.as_str().split('/').any(|part| part == STATE_DIRECTORY) {
        return Err(BundleFault::Reserved(path.clone()));
    }
    if let Some(tool) = residue_of(path.as_str()) {
        let path = path.clone();
        return Err(BundleFault::Residue { path, tool });
    }
    let judgement = classes.judge_by_bundle(path);
    match (judgement.class, judgement.rule) {
        (Class::Preserved, Some(rule)) => Err(BundleFault::SelfPreserved {
            path: path.clone(),
            glob: rule.text.clone(),
            place: format!("{}:{}", rule.file, rule.line),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::bundle::manifest;
    use crate::model::bundle::Shipped;
    use crate::model::digest::Digest;

    fn checked(paths: &[&str]) -> Result<(), BundleFault> {
        let text = "name = \"m\"\nversion = \"1.0.0\"\npreserve = [\"fleet/*.yaml\"]\n";
        let classes = Classes::new(&manifest::parse(text).unwrap(), "").unwrap();
        let file = Shipped {
            digest: Digest::of(b""),
            size: 0,
            executable: false,
        };
        check(
            &paths
                .iter()
                .map(|path| (RelPath::parse(path).unwrap(), file))
                .collect(),
            &classes,
        )
    }

    #[test]
    fn refuses_what_contradicts_itself() {
        let says = |paths: &[&str]| checked(paths).unwrap_err().to_string();
        assert_eq!(
            says(&["a/b", "a/b/c/d"]),
            "a/b is both a file and a directory"
        );
        assert_eq!(
            says(&["a", "a-b", "a/c"]),
            "a is both a file and a directory"
        );
        assert_eq!(
            says(&["Guides/x", "guides/y"]),
            "Guides and guides differ only in case"
        );
        let accents = ", or in how an accent is written";
        assert_eq!(
            says(&["x/Ä", "x/ä"]),
            format!("x/Ä and x/ä differ only in case{accents}")
        );
        assert_eq!(
            says(&["a\u{308}", "\u{e4}"]),
            format!("a\u{308} and \u{e4} differ only in case{accents}")
        );
        assert_eq!(
            says(&[".mosaic/record"]),
            ".mosaic/record is not a bundle's to ship"
        );
        assert_eq!(
            says(&[".Mosaic/record"]),
            ".Mosaic/record is not a bundle's to ship"
        );
        assert_eq!(
            says(&[".mosaicpreserve"]),
            ".mosaicpreserve is not a bundle's to ship"
        );
        assert_eq!(
            says(&["Bundle.toml"]),
            "Bundle.toml is not a bundle's to ship"
        );
        assert_eq!(
            says(&["guides/.git/HEAD"]),
            "guides/.git/HEAD is what version control leaves behind; no release ships it"
        );
        assert_eq!(
            says(&["fleet/roster.yaml"]),
            "fleet/roster.yaml is shipped, and `fleet/*.yaml` (bundle.toml:3) declares it the operator's"
        );
        assert_eq!(
            checked(&["fleet/examples/minimal.yaml", "fleet/README.md"]),
            Ok(())
        );
    }
}
