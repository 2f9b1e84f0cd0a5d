//! `diff`: a real unified diff of what was edited and of what would come, with no secret in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::scene::{everything, utf8};
use crate::cli::terminal::Terminal;
use crate::support::{Sandbox, tree, write};

const LONG: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";

/// Everything that a diff has to tell, edited in one home.
fn edited() -> Sandbox {
    let sandbox = Sandbox::new();
    let files = [
        ("g/long", LONG),
        ("g/cut", "a\nb"),
        ("g/ends", "a\n"),
        ("g/tool*", "tool\n"),
        ("g/both*", "one\n"),
        ("g/gone", "x\ny\n"),
        ("g/empty", ""),
        ("g/emptied", "all\n"),
        ("g/name with blanks", "a\n"),
        ("g/quoted \"name\\", "a\n"),
        ("g/grüße", "hallo\n"),
        ("g/crlf", "a\r\nb\r\n"),
        ("g/escape", "a\u{1b}[31mred\n"),
        ("same", "same\n"),
    ];
    sandbox.install(&sandbox.release("first", "1.0.0", &files));
    sandbox.edit(
        "g/long",
        &LONG.replace("3\n4\n", "3\nfour\n4\n").replace("19\n", ""),
    );
    sandbox.edit("g/cut", "a\nb\n");
    sandbox.edit("g/ends", "a\nno newline");
    chmod(&sandbox, "g/tool", 0o644);
    sandbox.edit("g/both", "two\n");
    chmod(&sandbox, "g/both", 0o600);
    fs::remove_file(sandbox.home().join("g/gone")).unwrap();
    sandbox.edit("g/empty", "not any more\n");
    sandbox.edit("g/emptied", "");
    for path in ["g/name with blanks", "g/quoted \"name\\", "g/grüße"] {
        sandbox.edit(path, "b\n");
    }
    sandbox.edit("g/crlf", "a\r\nc\n");
    sandbox.edit("g/escape", "b\u{1b}[31mred\u{1b}]0;title\u{7}\n");
    sandbox
}

fn chmod(sandbox: &Sandbox, path: &str, mode: u32) {
    fs::set_permissions(sandbox.home().join(path), fs::Permissions::from_mode(mode)).unwrap();
}

fn differences(document: &Value) -> Vec<(&str, &str)> {
    let lines = document["differences"]
        .as_array()
        .expect("differences")
        .iter();
    lines
        .map(|line| {
            (
                line["path"].as_str().unwrap(),
                line["kind"].as_str().unwrap(),
            )
        })
        .collect()
}

fn apply(program: &str, arguments: &[&str], at: &Path, patch: &Path) {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", at)
        .current_dir(at);
    let output = command
        .args(arguments)
        .stdin(fs::File::open(patch).unwrap())
        .output()
        .expect("it runs");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{program}: {stdout}{stderr}\n{}",
        fs::read_to_string(patch).unwrap()
    );
}

/// The paths, executable bits and contents of a tree without what only ever was in one of the two.
fn files(root: &Path) -> Vec<(String, bool, Vec<u8>)> {
    let all = tree(root)
        .into_iter()
        .filter(|(path, what)| what.0 == "file" && path != "bundle.toml");
    all.map(|(path, (_, mode, content))| (path, mode & 0o100 != 0, content))
        .collect()
}

#[test]
fn patch_and_git_apply_make_of_what_shipped_what_the_operator_has() {
    let sandbox = edited();
    write(
        &sandbox.path("edits.patch"),
        sandbox.run(&["diff"], 0).as_bytes(),
        0o644,
    );
    for (program, arguments) in [
        ("patch", &["-p1", "--no-backup-if-mismatch"][..]),
        ("git", &["apply", "--whitespace=nowarn"]),
    ] {
        let copy = sandbox.path(program);
        fs_extra::dir::copy(
            sandbox.path("first"),
            &copy,
            &fs_extra::dir::CopyOptions::new().copy_inside(true),
        )
        .unwrap();
        apply(program, arguments, &copy, &sandbox.path("edits.patch"));
        assert_eq!(files(&copy), files(&sandbox.home()), "{program}");
    }
}

#[test]
fn each_difference_is_told_with_its_kind_and_nothing_else_is() {
    let sandbox = edited();
    let before = everything(&sandbox.home());
    let document = sandbox.json(&["diff"], 0);
    let expected = [
        ("g/both", "edited"),
        ("g/crlf", "edited"),
        ("g/cut", "edited"),
        ("g/emptied", "edited"),
        ("g/empty", "edited"),
        ("g/ends", "edited"),
        ("g/escape", "edited"),
        ("g/gone", "deleted"),
        ("g/grüße", "edited"),
        ("g/long", "edited"),
        ("g/name with blanks", "edited"),
        ("g/quoted \"name\\", "edited"),
        ("g/tool", "mode"),
    ];
    assert_eq!(differences(&document), expected);
    let all: String = document["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["diff"].as_str().unwrap())
        .collect();
    assert_eq!(
        all,
        sandbox.run(&["diff"], 0),
        "the document says what people read"
    );
    assert_eq!(everything(&sandbox.home()), before, "it only looks");
}

#[test]
fn paths_choose_files_and_all_below_directories() {
    let sandbox = edited();
    let chosen = |paths: &[&str]| {
        let document = sandbox.json(&[&["diff"], paths].concat(), 0);
        differences(&document).len()
    };
    assert_eq!(
        (
            chosen(&["g"]),
            chosen(&["."]),
            chosen(&["same"]),
            chosen(&["anchor/"])
        ),
        (13, 13, 0, 0)
    );
    assert_eq!(
        chosen(&["g/gone", "./g/tool", utf8(&sandbox.home().join("g/long"))]),
        3
    );
    assert_eq!(chosen(&[utf8(&sandbox.home())]), 13);
    let said = sandbox.refused(&["diff", "g/lnog"], 2);
    assert!(
        said.contains("g/lnog is not recorded") && said.contains("did you mean g/long?"),
        "{said}"
    );
    let said = sandbox.refused(&["diff", "completely/elsewhere"], 2);
    assert!(!said.contains("did you mean"), "{said}");
    sandbox.refused(&["diff", "/etc/passwd"], 2);
    sandbox.install(&sandbox.release("second", "1.1.0", &[("SOUL.md", "s\n")]));
    let said = sandbox.run(&["diff", "SOUL.md"], 0);
    assert_eq!(
        said,
        "# SOUL.md: no shipped content is recorded to compare it with\n"
    );
}

#[test]
fn the_exit_status_tells_of_differences_only_when_asked() {
    let sandbox = edited();
    sandbox.run(&["diff"], 0);
    sandbox.run(&["diff", "--exit-code"], 4);
    assert_eq!(sandbox.run(&["diff", "--exit-code", "-q"], 4), "");
    assert_eq!(
        sandbox.run(&["diff", "same", "--exit-code"], 0),
        "",
        "an empty patch"
    );
    let stat = sandbox.run(&["diff", "g/long", "g/tool", "--stat"], 0);
    assert_eq!(stat, "   +1    -1  g/long\n   +0    -0  g/tool\n");
}

#[test]
fn what_is_no_text_or_too_large_or_no_file_is_only_named() {
    let sandbox = Sandbox::new();
    let large = "x".repeat((4 << 20) + 1);
    let first = sandbox.release(
        "first",
        "1.0.0",
        &[
            ("bin", "a\0b"),
            ("large", "small\n"),
            ("dir", "d\n"),
            ("lost", "l\n"),
        ],
    );
    sandbox.install(&first);
    sandbox.edit("bin", "a\0c");
    sandbox.edit("large", &large);
    fs::remove_file(sandbox.home().join("dir")).unwrap();
    fs::create_dir(sandbox.home().join("dir")).unwrap();
    let diff = sandbox.run(&["diff"], 0);
    assert!(
        diff.contains("\nBinary files a/bin and b/bin differ\n")
            || diff.starts_with("Binary files"),
        "{diff}"
    );
    assert!(
        diff.contains("Files a/large and b/large differ (over 4 MiB, not shown)\n"),
        "{diff}"
    );
    assert!(
        diff.contains("# dir: a directory is in its place\n"),
        "{diff}"
    );
    assert!(diff.len() < 2000, "{}", diff.len());
    fs::remove_file(sandbox.home().join(".mosaic/generations/1/bases")).unwrap();
    sandbox.edit("lost", "mine\n");
    let diff = sandbox.run(&["diff", "lost"], 0);
    assert!(
        diff.contains("Files a/lost and b/lost differ (the content of before is not kept)"),
        "{diff}"
    );
}

/// A home that two releases and its operator have changed, and the second release.
fn before_an_update() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let first = [
        ("keep", "k\n"),
        ("up", "1\n"),
        ("merge", LONG),
        ("clash", "c\n"),
        ("gone", "g\n"),
        ("x", "x\n"),
    ];
    let second = [
        ("keep", "k\n"),
        ("up", "2\n"),
        ("merge", &LONG.replace("20\n", "twenty\n")),
        ("clash", "theirs\n"),
        ("new/n*", "n\n"),
        ("x*", "x\n"),
        ("SOUL.md", "soul\n"),
    ];
    sandbox.install(&sandbox.release("first", "1.0.0", &first));
    sandbox.edit("merge", &LONG.replace("1\n2\n", "one\n2\n"));
    sandbox.edit("clash", "mine\n");
    let second = utf8(&sandbox.release("second", "1.1.0", &second)).to_owned();
    (sandbox, second)
}

#[test]
fn an_incoming_diff_is_what_the_update_then_does() {
    let (sandbox, second) = before_an_update();
    let asked = ["diff", "--incoming", "--from", &second];
    let before = everything(&sandbox.home());
    let document = sandbox.json(&asked, 0);
    assert_eq!(everything(&sandbox.home()), before, "it only looks");
    let expected = [
        ("SOUL.md", "added"),
        ("clash", "edited"),
        ("gone", "deleted"),
        ("merge", "edited"),
        ("new/n", "added"),
        ("up", "edited"),
        ("x", "mode"),
    ];
    assert_eq!(differences(&document), expected);
    let note = document["differences"][1]["note"].as_str().unwrap();
    assert!(note.contains("would be parked"), "{note}");
    let copy = sandbox.path("copy");
    fs_extra::dir::copy(
        sandbox.home(),
        &copy,
        &fs_extra::dir::CopyOptions::new().copy_inside(true),
    )
    .unwrap();
    write(
        &sandbox.path("incoming.patch"),
        sandbox.run(&asked, 0).as_bytes(),
        0o644,
    );
    apply(
        "patch",
        &["-p1", "--no-backup-if-mismatch"],
        &copy,
        &sandbox.path("incoming.patch"),
    );
    assert_eq!(fs::read_to_string(copy.join("clash")).unwrap(), "theirs\n");
    write(&copy.join("clash"), b"mine\n", 0o644);
    sandbox.update(Path::new(&second), 3);
    assert_eq!(files(&copy), files(&sandbox.home()));
    let after = sandbox.json(&asked, 0);
    assert_eq!(
        differences(&after),
        [("clash", "edited")],
        "what is parked still waits"
    );
    assert!(
        after["differences"][0]["note"]
            .as_str()
            .unwrap()
            .contains("waits for you already")
    );
    let chosen = sandbox.json(&[&asked[..], &["new"]].concat(), 0);
    assert_eq!(differences(&chosen), []);
}

#[test]
fn an_incoming_diff_of_a_home_without_a_record_shows_what_an_install_would_do() {
    let (sandbox, second) = before_an_update();
    fs::remove_dir_all(sandbox.home().join(".mosaic")).unwrap();
    let document = sandbox.json(&["diff", "--incoming", "--from", &second], 0);
    assert!(
        differences(&document).contains(&("new/n", "added")),
        "{document}"
    );
    sandbox.refused(&["diff"], 1);
}

#[test]
fn secrets_in_env_files_are_masked_everywhere_and_still_seen_to_change() {
    let sandbox = Sandbox::new();
    let env = "A=1\nAPI_TOKEN=hush-1\nexport DB_PASSWORD=\"hush-2\nhush-3\"\n# KEY=hush-4\n";
    let first = sandbox.release(
        "first",
        "1.0.0",
        &[("d/agent.env.example", env), ("d/x.env", env)],
    );
    sandbox.install(&first);
    for path in ["d/agent.env.example", "d/x.env"] {
        sandbox.edit(
            path,
            &env.replace("hush-1", "hush-9-and-longer")
                .replace("A=1", "A=2"),
        );
    }
    let masked = "-A=1\n-API_TOKEN=••••\n+A=2\n+API_TOKEN=•••• (changed)\n export DB_PASSWORD=••••\n # KEY=••••\n";
    let second = sandbox.release(
        "second",
        "1.1.0",
        &[("d/x.env", &env.replace("hush-2", "hush-7"))],
    );
    let (first, second) = (utf8(&first), utf8(&second));
    sandbox.run(&["update", "--from", second], 3);
    for asked in [
        &["diff"][..],
        &["diff", "--color", "always"],
        &["diff", "--incoming", "--from", first],
        &["diff", "--incoming", "--from", second],
        &["history", "show", "1"],
    ] {
        for json in [&[][..], &["--json"]] {
            let output = sandbox.mosaic(&[asked, json].concat()).output().unwrap();
            let text =
                String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(
                text.contains("••••") && !text.contains("hush"),
                "{asked:?}: {text}"
            );
        }
    }
    let diff = sandbox.run(&["diff", "d/x.env"], 0);
    assert!(diff.contains(masked), "{diff}");
    let document = sandbox.json(&["diff", "d/x.env"], 0);
    assert_eq!(
        document["differences"][0]["after"],
        Value::Null,
        "a digest would let a secret be guessed"
    );
}

#[test]
fn colours_mark_the_words_that_differ_and_escapes_in_files_are_not_obeyed() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("first", "1.0.0", &[("a", "the quick fox\n"), ("b", "b\n")]));
    sandbox.edit("a", "the slow fox\n");
    sandbox.edit("b", "\u{1b}]0;title\u{7}\u{9b}31m\n");
    let coloured = sandbox.run(&["diff", "--color", "always"], 0);
    assert!(
        coloured.contains("\u{1b}[7m\u{1b}[31mquick\u{1b}[0m"),
        "{coloured:?}"
    );
    assert!(coloured.contains("^[]0;title^G\\u{9b}31m"), "{coloured:?}");
    let plain = sandbox.run(&["diff"], 0);
    assert!(
        plain.contains("+\u{1b}]0;title\u{7}\u{9b}31m\n"),
        "a patch is exact: {plain:?}"
    );
    assert!(!plain.contains("\u{1b}[3"), "{plain:?}");
}

#[test]
fn long_texts_go_through_the_pager_of_ones_choice_on_a_terminal_only() {
    let sandbox = edited();
    write(
        &sandbox.path("pager"),
        b"#!/bin/sh\necho \"paged by $0 with [$LESS]\"; exec head -2\n",
        0o755,
    );
    let pager = sandbox.path("pager");
    let run = |environment: &str, command: &str| {
        let shown =
            Terminal::run(&sandbox, 80, 200, &format!("{environment} {command}")).shows(true);
        assert!(shown.contains("exit 0"), "{shown}");
        shown
    };
    let both = format!("PAGER=false MOSAIC_PAGER={}", utf8(&pager));
    for command in ["$MOSAIC diff", "$MOSAIC history", "$MOSAIC history show 1"] {
        assert!(
            run(&both, command).contains("/pager with [FRX]"),
            "{command}"
        );
    }
    assert!(
        run(&format!("LESS= PAGER={}", utf8(&pager)), "$MOSAIC diff").contains("/pager with []")
    );
    assert!(run("PAGER='echo through a shell; cat'", "$MOSAIC diff").contains("through a shell"));
    assert!(!run(&both, "$MOSAIC diff --no-pager").contains("paged by"));
    assert!(!run(&both, "$MOSAIC diff | cat").contains("paged by"));
    assert!(!run(&both, "$MOSAIC diff --json >document").contains("paged by"));
    for plain in [
        "PAGER=",
        "PAGER=cat",
        "MOSAIC_PAGER= PAGER=false",
        "PAGER=/no/such/pager",
        "PAGER=false",
        "TERM=dumb",
    ] {
        let screen = run(plain, "$MOSAIC diff");
        assert!(screen.contains("g/tool"), "{plain}: {screen}");
    }
}

#[test]
fn less_shows_colours_and_may_be_quit_early() {
    let sandbox = edited();
    let terminal = Terminal::run(&sandbox, 80, 10, "$MOSAIC diff");
    let screen = terminal.waits_with("diff --git a/g/both b/g/both");
    assert!(screen.contains("\u{1b}[1m"), "bold headings: {screen:?}");
    assert!(
        !screen.contains("exit"),
        "it waits for the reader: {screen}"
    );
    terminal.press("q");
    terminal.waits_with("exit 0");
}

#[test]
fn the_terminal_decides_about_colours_before_the_pager_does() {
    let sandbox = edited();
    for (environment, option, is_coloured) in [
        ("", "", true),
        ("NO_COLOR=1", "", false),
        ("NO_COLOR=1", "--color=always", true),
        ("", "--color=never", false),
    ] {
        let line = format!("{environment} $MOSAIC diff g/both {option}");
        let screen = Terminal::run(&sandbox, 80, 50, &line).shows(true);
        assert_eq!(
            screen.contains("\u{1b}[3"),
            is_coloured,
            "{environment} {option}: {screen:?}"
        );
    }
}

#[test]
fn a_locale_without_arrows_gets_none() {
    let sandbox = Sandbox::new();
    for (name, version) in [("r1", "1.0.0"), ("r2", "1.1.0")] {
        sandbox.install(&sandbox.release(name, version, &[]));
    }
    for (locale, arrow) in [
        ("C", "->"),
        ("POSIX", "->"),
        ("C.UTF-8", "→"),
        ("de_DE.utf8", "→"),
        ("", "→"),
    ] {
        let output = sandbox
            .mosaic(&["history"])
            .env("LC_ALL", locale)
            .output()
            .unwrap()
            .stdout;
        let text = String::from_utf8(output).unwrap();
        assert!(
            text.contains(&format!("1.0.0 {arrow} 1.1.0")),
            "{locale}: {text}"
        );
    }
}
