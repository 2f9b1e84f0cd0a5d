//! Bundles made to do harm, opened by the library itself.

use std::fs;
use std::path::Path;

use assert_fs::TempDir;
use mosaic::effects::bundle::{Bundle, BundleError, Source};
use mosaic::effects::scan::stat_cache::StatCache;
use mosaic::model::path::RelPath;
use proptest::prelude::*;

#[allow(dead_code, reason = "the tests of the program use the rest")]
#[path = "../hostile/forge.rs"]
mod forge;
#[path = "../hostile/mutations.rs"]
mod mutations;

use self::mutations::{mutated, runner};

/// Everything that a bundle says and ships, or why it is refused.
fn open(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let source = Source::at(path);
    let open = || Bundle::open(&source, source.manifest()?, &StatCache::default());
    let bundle = open().map_err(|error| error.to_string())?;
    let mut all = vec![bundle.manifest.text.clone().into_bytes()];
    for (path, shipped) in &bundle.wanted {
        all.push(format!("{path} {shipped:?}").into_bytes());
        all.push(bundle.read(path).map_err(|error| error.to_string())?);
    }
    Ok(all)
}

#[test]
fn a_mutated_archive_is_refused_or_the_same() {
    let scratch = TempDir::new().expect("a scratch folder");
    let archive = scratch.path().join("a.tar.zst");
    fs::write(&archive, forge::honest().bytes()).unwrap();
    let same = open(&archive).expect("it is honest");
    let outcome = runner(3000).run(&mutated(), |bytes| {
        fs::write(&archive, &bytes).unwrap();
        if let Ok(taken) = open(&archive) {
            prop_assert_eq!(&taken, &same);
        }
        Ok(())
    });
    outcome.unwrap();
}

/// An archive that was sound when it was opened, and then got other contents under the same list.
#[test]
fn contents_are_compared_each_time_they_are_read() {
    let scratch = TempDir::new().expect("a scratch folder");
    let archive = scratch.path().join("a.tar.zst");
    fs::write(&archive, forge::honest().bytes()).expect("it is written");
    let source = Source::at(&archive);
    let manifest = source.manifest().expect("it is honest");
    let bundle = Bundle::open(&source, manifest, &StatCache::default()).expect("it is honest");
    let (same, other) = (
        RelPath::parse("anchor/1").unwrap(),
        RelPath::parse("guides/a.md").unwrap(),
    );
    assert_eq!(bundle.read(&other).expect("it is honest"), b"guide\n");
    let spoiled = forge::honest()
        .spoil("guides/a.md", |entry| entry.body[0] = b'G')
        .bytes();
    std::fs::write(&archive, spoiled).expect("it is written");
    assert_eq!(bundle.read(&same).expect("it is as it was"), b"1\n");
    assert!(matches!(
        bundle.read(&other),
        Err(BundleError::Changed { .. })
    ));
    assert!(matches!(
        bundle.read_checked(&other, &mut Vec::new()),
        Err(BundleError::Changed { .. })
    ));
}
