//! The frozen trees of earlier releases: nobody changes them, and each home holds what its release shipped.

use std::fmt::Write;
use std::path::PathBuf;

use mosaic::model::digest::Digest;

use crate::support::{Tree, tree};

/// Every release with a fixture, with the digests of its bundle and of its home and units.
#[rustfmt::skip]
const FROZEN: &[(&str, &str, &str)] = &[
    ("0.0.30", "9e8718507481", "98297579452f"),
    ("0.0.31", "cf28c086a5bc", "4602e16e64be"),
    ("0.0.34", "428520a05397", "9e8decd15c4d"),
    ("0.0.35", "611a57ddcc6f", "577cdd4d376e"),
    ("0.0.36", "afc2000e4de4", "0d241669b10d"),
];

/// Where a fixture is.
pub fn fixture(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(below)
}

/// The releases that have fixtures, oldest first.
pub fn earlier_releases() -> impl Iterator<Item = &'static str> {
    FROZEN.iter().map(|(release, ..)| *release)
}

/// Git keeps contents, links and executable bits.
fn digest(tree: &Tree) -> String {
    let mut text = String::new();
    for (path, (kind, mode, content)) in tree.iter().filter(|(_, (kind, ..))| *kind != "directory")
    {
        writeln!(
            text,
            "{path} {kind} {} {}",
            mode & 0o100,
            Digest::of(content)
        )
        .expect("a String");
    }
    Digest::of(text.as_bytes()).short()
}

#[test]
fn are_frozen() {
    for (release, bundle, home) in FROZEN {
        for (folder, frozen) in [("bundles", bundle), ("homes", home)] {
            let digest = digest(&tree(&fixture(&format!("{folder}/{release}"))));
            assert_eq!(
                digest, *frozen,
                "{folder}/{release}: what a release left does not change any more"
            );
        }
    }
    for folder in ["bundles", "homes"] {
        let there = std::fs::read_dir(fixture(folder))
            .expect("fixtures")
            .count();
        assert_eq!(there, FROZEN.len(), "{folder} that are not frozen");
    }
}

#[test]
fn a_home_holds_what_its_release_shipped() {
    for release in earlier_releases() {
        let (bundle, home) = (
            tree(&fixture(&format!("bundles/{release}"))),
            tree(&fixture(&format!("homes/{release}/home"))),
        );
        for (path, (kind, _, content)) in bundle.iter().filter(|(path, _)| *path != "bundle.toml") {
            let found = home.get(path).map(|(kind, _, content)| (kind, content));
            assert!(
                found == Some((kind, content)),
                "{release}: {path} is not in the home as it shipped"
            );
        }
        let stamp = home.get(".framework-version").expect("a version file");
        assert_eq!(stamp.2, format!("{release}\n").as_bytes());
    }
}

#[test]
fn every_release_shipped_something_that_no_other_did() {
    let bundles: Vec<_> = earlier_releases()
        .map(|release| tree(&fixture(&format!("bundles/{release}"))))
        .collect();
    for (at, bundle) in bundles.iter().enumerate() {
        let others = || bundles.iter().enumerate().filter(|(other, _)| *other != at);
        let is_its_own = |(path, what): (&String, &(&str, u32, Vec<u8>))| {
            what.0 == "file"
                && path != "bundle.toml"
                && others().all(|(_, other)| other.get(path) != Some(what))
        };
        assert!(bundle.iter().any(is_its_own), "{}", FROZEN[at].0);
    }
}
