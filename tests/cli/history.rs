//! `history` and `history show`: the generations, and what each of them changed.

use std::fs;

use serde_json::Value;

use crate::cli::scene::utf8;
use crate::cli::terminal::Terminal;
use crate::support::{Sandbox, write};

type Files = &'static [(&'static str, &'static str)];

const RELEASES: &[(&str, Files)] = &[
    (
        "1.0.0",
        &[
            ("a", "a1\n"),
            ("tool*", "t\n"),
            ("old/deep/f", "f\n"),
            ("bin", "\0one"),
            ("clash", "c\n"),
        ],
    ),
    (
        "1.1.0",
        &[
            ("a", "a2\n"),
            ("tool", "t\n"),
            ("new/n", "n\n"),
            ("bin", "\0two"),
            ("clash", "theirs\n"),
        ],
    ),
    (
        "1.2.0",
        &[
            ("a", "a3\n"),
            ("tool*", "t\n"),
            ("new/n", "n2\n"),
            ("bin", "\0three"),
            ("clash", "c\n"),
        ],
    ),
];

/// A home that went through all releases, with an edit in between that could not be merged.
fn travelled() -> Sandbox {
    let sandbox = Sandbox::new();
    for (version, files) in RELEASES {
        let bundle = sandbox.release(version, version, files);
        sandbox
            .mosaic(&["install", "--from", utf8(&bundle)])
            .output()
            .unwrap();
        sandbox.edit("clash", "mine\n");
    }
    assert_eq!(sandbox.generation(), 3);
    sandbox
}

fn show(sandbox: &Sandbox, number: u64) -> Value {
    sandbox.json(&["history", "show", &number.to_string()], 0)
}

/// The diffs of a document, by path.
fn diffs(document: &Value) -> Vec<(&str, &str)> {
    let lines = document["differences"]
        .as_array()
        .expect("differences")
        .iter();
    lines
        .map(|line| {
            (
                line["path"].as_str().unwrap(),
                line["diff"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn shows_what_each_generation_changed_file_by_file() {
    let sandbox = travelled();
    let (first, second, third) = (show(&sandbox, 1), show(&sandbox, 2), show(&sandbox, 3));
    let paths = |document: &Value| {
        diffs(document)
            .iter()
            .map(|(path, _)| path.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        paths(&first),
        [
            "a",
            "anchor/1",
            "anchor/2",
            "anchor/3",
            "bin",
            "clash",
            "old/deep/f",
            "tool"
        ]
    );
    assert!(
        diffs(&first)[0]
            .1
            .ends_with("new file mode 100644\n--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+a1\n")
    );
    assert_eq!(paths(&second), ["a", "bin", "new/n", "old/deep/f", "tool"]);
    assert!(
        diffs(&second)[0].1.ends_with("@@ -1 +1 @@\n-a1\n+a2\n"),
        "{second}"
    );
    assert_eq!(diffs(&second)[1].1, "Binary files a/bin and b/bin differ\n");
    assert!(
        diffs(&second)[3]
            .1
            .contains("deleted file mode 100644\n--- a/old/deep/f\n+++ /dev/null\n")
    );
    assert_eq!(
        diffs(&second)[4].1,
        "diff --git a/tool b/tool\nold mode 100755\nnew mode 100644\n"
    );
    assert_eq!(second["directories_made"], serde_json::json!(["new"]));
    assert_eq!(
        second["directories_removed"],
        serde_json::json!(["old/deep", "old"])
    );
    assert_eq!(second["parked"][0], ".mosaic/conflicts/clash.merged");
    assert!(
        diffs(&third)[0].1.ends_with("@@ -1 +1 @@\n-a2\n+a3\n"),
        "{third}"
    );
    let heading = &second["generation"];
    assert_eq!(
        (&heading["command"], &heading["from"], &heading["to"]),
        (&"install".into(), &"1.0.0".into(), &"1.1.0".into())
    );
    let text = sandbox.run(&["history", "show", "2"], 0);
    for part in [
        "Generation 2\n",
        "install, by mosaic",
        "1.0.0 → 1.1.0",
        "5 changed",
        "removed  old/deep/",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_content_that_nobody_keeps_any_more_is_said_to_be_gone() {
    let sandbox = travelled();
    write(&sandbox.home().join("bin"), b"\0mine", 0o644);
    fs::remove_file(sandbox.home().join(".mosaic/generations/1/bases")).unwrap();
    let document = show(&sandbox, 1);
    let diff = |path: &str| {
        diffs(&document)
            .into_iter()
            .find(|(at, _)| *at == path)
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(
        diff("anchor/1"),
        "diff --git a/anchor/1 b/anchor/1\nnew file mode 100644\n--- /dev/null\n+++ b/anchor/1\n@@ -0,0 +1 @@\n+1\n",
        "found now"
    );
    assert!(
        diff("a").ends_with("+a1\n"),
        "kept by the generation that displaced it"
    );
    sandbox.edit("anchor/1", "mine\n");
    let document = show(&sandbox, 1);
    let gone = "Files /dev/null and b/anchor/1 differ (the content of after is not kept)\n";
    assert!(diffs(&document).contains(&("anchor/1", gone)), "{document}");
    sandbox.run(&["history", "show", "3"], 0);
}

#[test]
fn a_generation_that_nobody_made_is_refused() {
    let sandbox = travelled();
    let said = sandbox.refused(&["history", "show", "0"], 2);
    assert!(said.contains("0 is the home before Mosaic"), "{said}");
    assert!(
        sandbox
            .refused(&["history", "show", "4"], 1)
            .contains("the last is 3")
    );
    for wrong in [
        &["history", "show"][..],
        &["history", "show", "-1"],
        &["history", "show", "one"],
    ] {
        sandbox.refused(wrong, 2);
    }
    let empty = Sandbox::new();
    empty.run(&["history", "show", "1"], 1);
}

#[test]
fn fits_narrow_and_wide_terminals() {
    let sandbox = travelled();
    for width in [40, 80, 200] {
        let line = "export NO_COLOR=1; $MOSAIC history; $MOSAIC history show 2 | head -6";
        let screen = Terminal::run(&sandbox, width, 60, line).shows(false);
        let list: Vec<_> = screen
            .lines()
            .take_while(|line| !line.starts_with("Generation"))
            .collect();
        let rows = list.iter().filter(|line| line.contains("install")).count();
        assert_eq!(
            (rows, list.len()),
            (3, if width == 40 { 7 } else { 4 }),
            "{width}: {screen}"
        );
        let releases = list
            .iter()
            .filter(|line| line.contains("1.1.0 → 1.2.0"))
            .count();
        assert_eq!(releases, 1, "{width}, not broken in the middle: {screen}");
        assert!(screen.contains("  release  1.0.0 → 1.1.0"), "{screen}");
    }
}
