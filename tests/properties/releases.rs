//! Releases over a small alphabet of paths, some of which turn from file to directory and back.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use crate::contents::{Content, shipped};
use crate::globs::{Class, class_of};
use crate::support::write;

/// Paths that releases ship; those that may stand in the way of others come first.
pub const SHIPPABLE: &[&str] = &[
    "d",
    "d/e",
    "tools",
    "guides/deep",
    "AGENTS.md",
    "SOUL.md",
    "guides/a.md",
    "guides/b.md",
    "guides/deep/c.md",
    "tools/run.sh",
    "fleet/roster.yaml",
    "fleet/ex/min.yaml",
    "d/e/f",
    "d/g",
];
const IN_THE_WAY: usize = 4;

/// Globs that releases and operators declare.
pub const GLOBS: &[&str] = &[
    "SOUL.md",
    "guides",
    "guides/*.md",
    "fleet/*.yaml",
    "fleet/**",
    "tools/run.sh",
    "d/**",
    "*.md",
    "d/e",
    "/guides/deep/",
    "**/?.md",
];

/// One release.
#[derive(Debug, Clone)]
pub struct Release {
    /// Content and whether it is executable, by path.
    pub files: BTreeMap<&'static str, (Content, bool)>,
    /// Globs of what is seeded.
    pub seed: Vec<&'static str>,
    /// Globs of what is preserved.
    pub preserve: Vec<&'static str>,
}

impl Release {
    /// Whose a path is where this release and an operator's list hold.
    pub fn class_of(&self, path: &str, operator: &[String]) -> Class {
        let own = self.preserve.iter().map(|glob| (*glob).to_owned());
        let rules: Vec<_> = own.chain(operator.iter().cloned()).collect();
        let seed: Vec<_> = self.seed.iter().map(|glob| (*glob).to_owned()).collect();
        class_of(path, &seed, &rules)
    }

    /// The bytes that it ships at a path.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).map(|(content, _)| content.bytes(path))
    }

    /// Writes it as a bundle directory.
    pub fn write(&self, root: &Path, version: usize) {
        let Self {
            files,
            seed,
            preserve,
        } = self;
        let manifest = format!(
            "name = \"mosaic\"\nversion = \"0.{version}.0\"\nseed = {seed:?}\npreserve = {preserve:?}\n"
        );
        write(&root.join("bundle.toml"), manifest.as_bytes(), 0o644);
        for (path, (content, executable)) in files {
            write(
                &root.join(path),
                &content.bytes(path),
                if *executable { 0o755 } else { 0o644 },
            );
        }
    }
}

/// Some release that contradicts itself nowhere.
pub fn release() -> impl Strategy<Value = Release> {
    let file = || (shipped(), proptest::bool::weighted(0.3));
    let files: Vec<_> = SHIPPABLE
        .iter()
        .enumerate()
        .map(|(at, _)| {
            proptest::option::weighted(if at < IN_THE_WAY { 0.15 } else { 0.65 }, file())
        })
        .collect();
    let globs = || proptest::collection::vec(select(GLOBS), 0..3);
    (files, globs(), globs()).prop_map(|(files, seed, preserve)| {
        let files = SHIPPABLE
            .iter()
            .copied()
            .zip(files)
            .filter_map(|(path, file)| Some((path, file?)));
        let mut release = Release {
            files: BTreeMap::new(),
            seed,
            preserve,
        };
        for (path, file) in files {
            let is_taken = release
                .files
                .keys()
                .any(|taken| path.starts_with(&format!("{taken}/")));
            if !is_taken && release.class_of(path, &[]) != Class::Preserved {
                release.files.insert(path, file);
            }
        }
        release
    })
}

/// A few releases, the later ones mostly like the first.
pub fn releases() -> impl Strategy<Value = Vec<Release>> {
    proptest::collection::vec(release(), 2..4)
}
