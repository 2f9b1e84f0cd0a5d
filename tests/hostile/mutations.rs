//! An archive with bytes flipped, cut out or put in at random: refused, or the very same bundle.

use std::fs;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::hostile::archives::honest;
use crate::hostile::forge::frame;
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

/// Where an archive is mutated: in one of its tars before that is compressed, or as it is on disk.
#[derive(Debug, Clone, Copy)]
enum Layer {
    Index,
    Rest,
    Whole,
}

const LAYERS: [Layer; 3] = [Layer::Index, Layer::Rest, Layer::Whole];

/// Archives that are mutated there.
fn mutated(layer: Layer) -> impl Strategy<Value = Vec<u8>> {
    let mutations = prop::collection::vec(mutation(), 1..4);
    mutations.prop_map(move |mutations| {
        let spoil = |bytes: &mut Vec<u8>| mutations.iter().for_each(|it| mutate(bytes, it));
        let (mut index, mut rest) = honest().tars();
        match layer {
            Layer::Index => spoil(&mut index),
            Layer::Rest => spoil(&mut rest),
            Layer::Whole => {}
        }
        let mut whole = [frame(&index), frame(&rest)].concat();
        if let Layer::Whole = layer {
            spoil(&mut whole);
        }
        whole
    })
}

/// All that a bundle says and ships, each file by its digest; nothing if it is refused.
fn taken(sandbox: &Sandbox) -> Option<[Value; 2]> {
    let check = ["bundle", "check", "--json", "a.tar.zst"];
    let show = ["bundle", "show", "-v", "--json", "a.tar.zst"];
    let output = sandbox.mosaic(&check).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {
            let checked = serde_json::from_slice(&output.stdout).expect("JSON");
            let shown = serde_json::from_str(&sandbox.run(&show, 0)).expect("JSON");
            Some([checked, shown])
        }
        status => {
            assert_eq!(status, Some(1), "{said}");
            None
        }
    }
}

#[test]
fn an_archive_with_a_mutated_index_is_refused_or_the_same() {
    refused_or_the_same(Layer::Index);
}

#[test]
fn an_archive_with_mutated_contents_is_refused_or_the_same() {
    refused_or_the_same(Layer::Rest);
}

#[test]
fn a_mutated_archive_is_refused_or_the_same() {
    refused_or_the_same(Layer::Whole);
}

fn refused_or_the_same(layer: Layer) {
    let sandbox = Sandbox::new();
    let archive = sandbox.path("a.tar.zst");
    fs::write(&archive, honest().bytes()).unwrap();
    let same = taken(&sandbox).expect("it is honest");
    let outcome = runner(1000).run(&mutated(layer), |bytes| {
        fs::write(&archive, &bytes).unwrap();
        if let Some(taken) = taken(&sandbox) {
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
    let mutated_anywhere = prop::sample::select(&LAYERS[..]).prop_flat_map(mutated);
    let outcome = runner(60).run(&mutated_anywhere, |bytes| {
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
