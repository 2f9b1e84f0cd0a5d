//! Rooms: folders have a `mod.rs`, and two floors have nothing but rooms.

use crate::architecture::source::Source;

/// Files at the root of `decide` and `effects`.
pub fn loose(sources: &[Source]) -> Vec<String> {
    let is_loose = |source: &&Source| {
        let parts: Vec<_> = source.below().split('/').collect();
        matches!(parts[..], ["decide" | "effects", file] if file != "mod.rs")
    };
    let loose = sources.iter().filter(is_loose);
    loose
        .map(|source| format!("{} belongs into a room", source.path))
        .collect()
}

/// Files beside a folder of their name, which belong into it as `mod.rs`.
pub fn doubled(sources: &[Source]) -> Vec<String> {
    let has_folder = |source: &&Source| {
        let folder = source.path.trim_end_matches(".rs").to_owned() + "/";
        sources.iter().any(|other| other.path.starts_with(&folder))
    };
    let doubled = sources.iter().filter(has_folder);
    doubled
        .map(|source| format!("{} has a folder of its name: mod.rs in it", source.path))
        .collect()
}

/// Files that do not open with a sentence that says what they are for.
pub fn without_sentence(sources: &[Source]) -> Vec<String> {
    let without = sources
        .iter()
        .filter(|source| !source.text.starts_with("//! "));
    without
        .map(|source| format!("{} does not open with its sentence", source.path))
        .collect()
}

/// Made-up sources.
fn files(paths: &[&str]) -> Vec<Source> {
    paths
        .iter()
        .map(|path| Source::new(path, "//! X.\n"))
        .collect()
}

#[test]
fn a_loose_file_is_found() {
    let sources = files(&[
        "src/lib.rs",
        "src/decide/mod.rs",
        "src/decide/a.rs",
        "src/effects/a/mod.rs",
    ]);
    assert_eq!(loose(&sources), ["src/decide/a.rs belongs into a room"]);
    assert_eq!(
        loose(&files(&["src/effects/b.rs", "src/model/a.rs"])).len(),
        1
    );
}

#[test]
fn a_file_beside_a_folder_of_its_name_is_found() {
    let sources = files(&[
        "src/model/a.rs",
        "src/model/a/b.rs",
        "src/model/ab.rs",
        "src/model/c/mod.rs",
    ]);
    assert_eq!(
        doubled(&sources),
        ["src/model/a.rs has a folder of its name: mod.rs in it"]
    );
}

#[test]
fn a_file_without_its_sentence_is_found() {
    let sources = [
        Source::new("src/a.rs", "use x;\n"),
        Source::new("src/b.rs", "//! B.\n"),
    ];
    assert_eq!(without_sentence(&sources).len(), 1);
}
