//! The three-way merge against git's: a clean merge of ours is git's, and loses no line of either side.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use mosaic::decide::text::merge::{Merged, merge};
use proptest::prelude::*;
use tempfile::TempDir;

/// One line operation on the base.
#[derive(Debug, Clone)]
enum Change {
    Drop(usize),
    Alter(usize, u8),
    Insert(usize, u8),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        (0..12_usize).prop_map(Change::Drop),
        (0..12_usize, 0..4_u8).prop_map(|(at, what)| Change::Alter(at, what)),
        (0..13_usize, 0..4_u8).prop_map(|(at, what)| Change::Insert(at, what)),
    ];
    proptest::collection::vec(change, 0..4)
}

fn apply(base: &[String], changes: &[Change]) -> Vec<String> {
    let mut lines = base.to_vec();
    for change in changes {
        match change {
            Change::Drop(at) if *at < lines.len() => drop(lines.remove(*at)),
            Change::Alter(at, what) if *at < lines.len() => lines[*at] = format!("altered {what}"),
            Change::Insert(at, what) => {
                lines.insert((*at).min(lines.len()), format!("inserted {what}"))
            }
            _ => {}
        }
    }
    lines
}

fn text(lines: &[String], ends_in_newline: bool) -> Vec<u8> {
    (lines.join("\n")
        + if ends_in_newline && !lines.is_empty() {
            "\n"
        } else {
            ""
        })
    .into_bytes()
}

proptest! {
    #![proptest_config(crate::inside::properties::config())]

    #[test]
    fn a_clean_merge_is_what_git_makes_of_it(
        base in proptest::collection::vec(0..6_u8, 0..12),
        (mine, theirs) in (changes(), changes()),
        newlines in proptest::array::uniform3(proptest::bool::weighted(0.85)),
    ) {
        let base: Vec<_> = base.iter().map(|line| format!("line {line}")).collect();
        let (mine, theirs) = (apply(&base, &mine), apply(&base, &theirs));
        let inputs = [text(&base, newlines[0]), text(&mine, newlines[1]), text(&theirs, newlines[2])];
        let Merged::Clean(ours) = merge(&inputs[0], &inputs[1], &inputs[2]) else { return Ok(()) };
        check_lines(&inputs, &ours)?;
        let shown = inputs.each_ref().map(|input| String::from_utf8_lossy(input).into_owned());
        match git_merge(&inputs) {
            Git::Missing => println!("skipped: git is not installed"),
            Git::Clean(gits) => {
                let (ours, gits) = (String::from_utf8_lossy(&ours), String::from_utf8_lossy(&gits));
                prop_assert_eq!(ours, gits, "{:?}", shown);
            }
            Git::Conflict => prop_assert!(false, "git has a conflict: {:?} gave {:?}", shown, String::from_utf8_lossy(&ours)),
        }
    }
}

/// What only one side added is in the result.
fn check_lines(inputs: &[Vec<u8>; 3], merged: &[u8]) -> Result<(), TestCaseError> {
    let [base, mine, theirs, merged] = [&inputs[0], &inputs[1], &inputs[2], merged].map(lines);
    for line in mine
        .symmetric_difference(&theirs)
        .filter(|line| !base.contains(*line))
    {
        prop_assert!(merged.contains(line), "{} is lost", line);
    }
    Ok(())
}

fn lines(text: &[u8]) -> BTreeSet<String> {
    String::from_utf8_lossy(text)
        .lines()
        .map(str::to_owned)
        .collect()
}

enum Git {
    Missing,
    Clean(Vec<u8>),
    Conflict,
}

fn git_merge(inputs: &[Vec<u8>; 3]) -> Git {
    let folder = TempDir::new().expect("a scratch folder");
    let write =
        |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).expect("a file");
    write("base", &inputs[0]);
    write("mine", &inputs[1]);
    write("theirs", &inputs[2]);
    let mut command = Command::new("git");
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(folder.path() as &Path);
    let output = command
        .args(["merge-file", "-p", "mine", "base", "theirs"])
        .output();
    match output {
        Err(_) => Git::Missing,
        Ok(output) if output.status.success() => Git::Clean(output.stdout),
        Ok(_) => Git::Conflict,
    }
}
