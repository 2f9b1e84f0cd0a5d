//! An archive with bytes flipped, cut out or put in at random: refused, or the very same bundle.

use std::fs;

use mosaic::effects::bundle::{Bundle, Source};
use mosaic::effects::scan::stat_cache::StatCache;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::hostile::archives::honest;
use crate::hostile::snapshot::snapshot;
use crate::support::Sandbox;

#[derive(Debug, Clone)]
enum Mutation {
    Flip(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || any::<Index>();
    prop_oneof![
        4 => (at(), 1..=255_u8).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        1 => at().prop_map(Mutation::Cut),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        1 => (at(), 1..40_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        1 => (at(), 1..600_usize).prop_map(|(at, length)| Mutation::Repeat(at, length)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    let place = |at: &Index| at.index(bytes.len().max(1)).min(bytes.len());
    match mutation {
        Mutation::Flip(at, bits) => {
            let at = place(at);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= bits;
            }
        }
        Mutation::Cut(at) => bytes.truncate(place(at)),
        Mutation::Insert(at, more) => {
            let at = place(at);
            bytes.splice(at..at, more.iter().copied());
        }
        Mutation::Remove(at, length) => {
            let at = place(at);
            bytes.drain(at..(at + length).min(bytes.len()));
        }
        Mutation::Repeat(at, length) => {
            let at = place(at);
            let again = bytes[at..(at + length).min(bytes.len())].to_vec();
            bytes.splice(at..at, again);
        }
    }
}

fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Archives, mutated as a whole, or in the tar before it is compressed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let mutations = prop::collection::vec(mutation(), 1..4);
    (mutations, 0..3_usize).prop_map(|(mutations, layer)| {
        let (mut index, mut rest) = honest().tars();
        let mut whole = Vec::new();
        for mutation in &mutations {
            match layer {
                0 => mutate(&mut index, mutation),
                1 => mutate(&mut rest, mutation),
                _ => {}
            }
        }
        whole.extend(
            [
                crate::hostile::forge::frame(&index),
                crate::hostile::forge::frame(&rest),
            ]
            .concat(),
        );
        if layer == 2 {
            mutations
                .iter()
                .for_each(|mutation| mutate(&mut whole, mutation));
        }
        whole
    })
}

/// All that a bundle says and ships, or why it is refused.
fn open(path: &std::path::Path) -> Result<Vec<Vec<u8>>, String> {
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
    let sandbox = Sandbox::new();
    let archive = sandbox.path("a.tar.zst");
    fs::write(&archive, honest().bytes()).unwrap();
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

#[test]
fn a_mutated_archive_never_harms_a_home() {
    let sandbox = Sandbox::new();
    let good = sandbox.bundle("good", "1.1.0", &[("anchor/1", "1\n")]);
    sandbox.run(&["install", "--from", good.to_str().unwrap()], 0);
    let archive = sandbox.path("user/a.tar.zst");
    fs::write(&archive, honest().bytes()).unwrap();
    let updated = sandbox.json(&["update", "--dry-run", "--from", "user/a.tar.zst"], 0);
    let before = snapshot(&sandbox.home());
    let outcome = runner(60).run(&mutated(), |bytes| {
        fs::write(&archive, &bytes).unwrap();
        let output = sandbox
            .mosaic(&["update", "--json", "--from", "user/a.tar.zst", "--dry-run"])
            .output()
            .unwrap();
        match output.status.code() {
            Some(0) => {
                let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                prop_assert_eq!(&document, &updated);
            }
            status => prop_assert_eq!(
                status,
                Some(1),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
        prop_assert_eq!(snapshot(&sandbox.home()), before.clone());
        Ok(())
    });
    outcome.unwrap();
}
