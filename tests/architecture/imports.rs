//! Which file names which: by `use`, and by paths in the code. Names go downward, and never in a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::source::{FLOORS, Source, places};

/// The places in the code that name a module, with the path from the crate's root.
fn named(source: &Source, code: &str) -> Vec<(usize, Vec<String>)> {
    let own = module(source);
    let above = |steps: usize| own[..own.len().saturating_sub(steps)].to_vec();
    let mut named = Vec::new();
    for (head, root) in [
        ("crate::", Vec::new()),
        ("mosaic::", Vec::new()),
        ("self::", own.clone()),
        ("super::", above(1)),
    ] {
        for at in places(code, head) {
            let before = code[..at].trim_end();
            // `super::super::x` is read from its first word on; `pub(in crate::x)` only says who may look.
            if before.ends_with("::") || before.ends_with("(in") {
                continue;
            }
            let mut paths = Vec::new();
            tree(&code[at + head.len()..], &[], &mut paths);
            for path in paths {
                let steps = path.iter().take_while(|name| *name == "super").count();
                let root = if steps == 0 {
                    root.clone()
                } else {
                    above(1 + steps)
                };
                named.push((at, [root, path[steps..].to_vec()].concat()));
            }
        }
    }
    named
}

/// Reads `a::{b, c::d}` as the paths that it stands for; returns what follows.
fn tree<'a>(text: &'a str, above: &[String], paths: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start().trim_start_matches(',').trim_start();
            if rest.is_empty() || rest.starts_with('}') {
                return rest.get(1..).unwrap_or_default();
            }
            let after = tree(rest, above, paths);
            // `x as y`, `*`: up to the next one.
            let end = after.find([',', '}']).unwrap_or(after.len());
            rest = &after[end..];
        }
    }
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let end = text.find(|letter| !is_word(letter)).unwrap_or(text.len());
    let path = [above, &[text[..end].to_owned()]].concat();
    match text[end..].strip_prefix("::") {
        Some(rest) if end > 0 => tree(rest, &path, paths),
        _ => {
            paths.push(path);
            &text[end..]
        }
    }
}

/// The path of the module that a file is.
fn module(source: &Source) -> Vec<String> {
    let below = source.below().trim_end_matches(".rs");
    let names = below.split('/').map(str::to_owned);
    let names = names.filter(|name| !["mod", "lib", "main"].contains(&name.as_str()));
    names.collect()
}

/// Each place where a floor names one above it.
pub fn upward(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let Some(own) = source.floor() else { continue };
        for (at, path) in named(source, &source.code) {
            let floor = path
                .first()
                .and_then(|name| FLOORS.iter().position(|floor| floor == name));
            if floor.is_some_and(|floor| floor > own) {
                let line = source.line(at);
                faults.push(format!("{line}: {} names {}", FLOORS[own], path.join("::")));
            }
        }
    }
    faults
}

/// The circles of files that name each other; a folder's `mod.rs` may name what is in the folder.
pub fn circles(sources: &[Source]) -> Vec<String> {
    let names = names(sources);
    let mut reached: BTreeMap<_, _> = names
        .keys()
        .map(|file| (*file, beyond(&names, file)))
        .collect();
    let mut circles = Vec::new();
    while let Some((file, others)) = reached.pop_first() {
        if !others.contains(file) {
            continue;
        }
        let mut circle = vec![file];
        reached.retain(|other, beyond| {
            let is_in = others.contains(other) && beyond.contains(file);
            circle.extend(is_in.then_some(*other));
            !is_in
        });
        circles.push(format!(
            "{} name each other: {}",
            circle.len(),
            circle.join(", ")
        ));
    }
    circles
}

/// The files that each file names, but for what a `mod.rs` names in its own folder.
fn names(sources: &[Source]) -> BTreeMap<&str, BTreeSet<&str>> {
    let files: BTreeMap<_, _> = sources
        .iter()
        .map(|source| (module(source), source.path.as_str()))
        .collect();
    let file_of = |path: &[String]| {
        let modules = (0..=path.len()).rev().map(|end| &path[..end]);
        modules
            .filter_map(|module| files.get(module))
            .next()
            .copied()
    };
    let named_by = |source| {
        let own = module(source);
        let is_folder = source.path.ends_with("/mod.rs") || source.path.ends_with("/lib.rs");
        let named = named(source, &source.shipped()).into_iter();
        let named = named.filter_map(|(_, path)| file_of(&path));
        let is_own_child = |file: &str| {
            let other = module(sources.iter().find(|it| it.path == file).expect("a file"));
            is_folder && other.len() == own.len() + 1 && other.starts_with(&own)
        };
        named
            .filter(|file| *file != source.path && !is_own_child(file))
            .collect()
    };
    sources
        .iter()
        .map(|source| (source.path.as_str(), named_by(source)))
        .collect()
}

/// All files that can be come to from one, by any number of steps.
fn beyond<'a>(names: &BTreeMap<&'a str, BTreeSet<&'a str>>, file: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next: Vec<_> = names[file].iter().copied().collect();
    while let Some(file) = next.pop() {
        if found.insert(file) {
            next.extend(&names[file]);
        }
    }
    found
}

/// Made-up sources.
fn files(files: &[(&str, &str)]) -> Vec<Source> {
    files
        .iter()
        .map(|(path, text)| Source::new(path, text))
        .collect()
}

#[test]
fn a_floor_that_names_one_above_it_is_found() {
    let found = upward(&files(&[
        ("src/model/a.rs", "use crate::model::b;\n"),
        (
            "src/decide/a.rs",
            "use crate::{decide::b, model::c};\nfn f() { crate::edge::d() }\n",
        ),
        (
            "src/effects/a.rs",
            "use crate::ops::{b, c};\n// crate::edge\n",
        ),
        ("src/ops/a.rs", "use crate::effects::a;\n"),
        ("src/edge/a.rs", "use crate::ops::a;\n"),
        ("src/lib.rs", "use crate::edge::a;\n"),
    ]));
    assert_eq!(
        found,
        [
            "src/decide/a.rs:2: decide names edge::d",
            "src/effects/a.rs:1: effects names ops::b",
            "src/effects/a.rs:1: effects names ops::c",
        ]
    );
}

#[test]
fn a_circle_is_found_however_it_is_named() {
    for (one, other) in [
        ("use crate::model::b::X;", "use crate::model::a::Y;"),
        ("use super::b;", "fn f() { crate::model::a::g() }"),
        (
            "use super::{c, b::{X, Z as W}};",
            "use super::super::model::a;",
        ),
    ] {
        let sources = files(&[
            (
                "src/model/mod.rs",
                "mod a; mod b; mod c; pub use self::a::Y;",
            ),
            ("src/model/a.rs", one),
            ("src/model/b.rs", other),
            ("src/model/c.rs", "use crate::model::a;"),
        ]);
        let found = circles(&sources).join("\n");
        assert!(
            found.contains("src/model/a.rs, src/model/b.rs"),
            "{one} {other}: {found}"
        );
    }
}

#[test]
fn a_circle_by_way_of_a_folder_is_found() {
    let found = circles(&files(&[
        ("src/model/mod.rs", "use crate::model::a::b::X;"),
        ("src/model/a/mod.rs", "mod b;"),
        ("src/model/a/b.rs", "use super::super::Y;"),
    ]));
    assert_eq!(
        found,
        ["2 name each other: src/model/a/b.rs, src/model/mod.rs"]
    );
}

#[test]
fn a_folder_may_name_what_is_in_it_and_tests_may_name_all() {
    let found = circles(&files(&[
        ("src/lib.rs", "pub mod model;\npub use crate::model::a::X;"),
        (
            "src/model/mod.rs",
            "mod a;\nuse crate::model::a::X;\npub(in crate::model) fn f() {}",
        ),
        (
            "src/model/a.rs",
            "use super::Y;\n#[cfg(test)]\nmod tests { use crate::model::b; }\n",
        ),
        (
            "src/model/b.rs",
            "use crate::model::a;\n//! [`crate::model::b`]\n",
        ),
    ]));
    assert_eq!(found, [""; 0]);
}
