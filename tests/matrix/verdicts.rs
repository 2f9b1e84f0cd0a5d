//! A case that is right is green, and each thing that may be wrong is seen.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::matrix::world::{World, findings};
use crate::support::patience::eventually;

/// Everything that a case can say of a state, in one.
const RICH: &str = r##"
title = "all that a state may be made of"
starts = ["0.0.31"]
messages = "guide.md"

state = [
  { use = "quoted" },
  { copy = "home/fleet/roster.yaml", to = "home/fleet/other.yaml" },
  { move = "home/fleet/roster.yaml", to = "user/dotfiles/roster.yaml" },
  { link = "home/fleet/roster.yaml", to = "../../../dotfiles/roster.yaml" },
  { files = "home/fleet/agents/*.env", prepend = "# first\n", append = "LAST=1" },
  { files = "home/notes.md", mode = "0444" },
  { new = "home/fleet/big.yaml", content = "agents:\n", each = "  - name: a{n}\n", times = 3 },
  { new = "home/fleet/agents/a{n}.env", content = "NAME=a{n}\n", times = 2, mode = "0600" },
  { new = "home/guide.md", content = "my own guide\n" },
  { remove = "units" },
]

expect = [
  { keep = "home/guide.md" },
]
exit = 3
"##;

const RULES: &str = "[rules]\nquoted = [{ files = 'home/fleet/*.yaml', from = ': mosaic-factory', to = ': \"mosaic-factory\"' }]\n";

#[test]
fn what_is_as_it_must_be_is_green_and_killed_at_every_checkpoint() {
    let world = World::new()
        .with("pristine", "title = 'as it was left'\n")
        .with("rich", RICH);
    world.put("matrix.toml", RULES);
    world.put("rich/home/tools/mine.sh", "#!/bin/sh\n");
    fs::set_permissions(
        world.sandbox.path("matrix/rich/home/tools/mine.sh"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    fs::create_dir_all(world.sandbox.path("matrix/rich/user/bin")).unwrap();
    symlink(
        "../nowhere",
        world.sandbox.path("matrix/rich/user/bin/link"),
    )
    .unwrap();
    let document = world.judged(&[], 0);
    for (case, start) in [
        ("pristine", "none"),
        ("pristine", "0.0.31"),
        ("rich", "0.0.31"),
    ] {
        assert_eq!(findings(&document, case, start), [""; 0], "{case}/{start}");
    }
    assert_eq!(
        (&document["green"], &document["red"]),
        (&3.into(), &0.into())
    );
    // Started, the contents, Written, Durable, Committed, CommitDurable, the changes, CarriedDurable, Finished.
    let pristine = &document["cells"][0];
    assert_eq!(
        (&pristine["start"], &pristine["kill_points"]),
        (&"none".into(), &(7 + 4 + 4).into())
    );
    let left: Vec<_> = fs::read_dir(world.sandbox.path("user")).unwrap().collect();
    assert!(
        left.is_empty(),
        "it touched the HOME of whoever runs it: {left:?}"
    );
}

#[test]
fn each_thing_that_is_not_as_it_must_be_is_red_and_said() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &[&str])] = &[
        ("byte", "expect = [{ files = 'home/notes.md', from = 'mine', to = 'mind' }]", &["result: the result is another"]),
        ("end", "expect = [{ files = 'home/guide.md', append = '\\n' }]", &["result: the result is another"]),
        ("mode", "expect = [{ files = 'home/notes.md', mode = '0600' }]", &["result: the result is another"]),
        ("made-mode", "expect = [{ files = 'home/run.sh', mode = '0644' }]", &["result: the result is another"]),
        ("directory-mode", "expect = [{ files = 'home/fleet', mode = '0700' }]", &["result: the result is another"]),
        ("missing", "expect = [{ new = 'home/fleet/more.yaml', content = '' }]", &["result: the result is another"]),
        ("too-much", "expect = [{ gone = 'home/notes.md' }]", &["result: the result is another"]),
        ("link", "expect = [{ link = 'units/mine.service', to = '/dev/null' }]", &["result: the result is another"]),
        ("outside", "expect = [{ new = 'user/x', content = '' }]", &["result: the result is another"]),
        ("shipped", "expect = [{ gone = 'home/SOUL.md' }]", &["result: the result is another"]),
        ("advisory", "advisories = ['notes.md:3']", &["advisories: no advisory on notes.md:3; none are given"]),
        ("message", "messages = ['guide.md', 'all is lost']", &["messages: people are not told \"all is lost\""]),
        ("exit", "exit = 3", &["exit: it ended with exit status 0, not 3: "]),
        ("migration", "migrations.rename = 'applied'", &["migrations: rename is not listed, not applied"]),
        ("refused", "exit = 1\narguments = ['update', '--plan', 'sha256:0000000000000000000000000000000000000000000000000000000000000000']", &[]),
        ("usage", "arguments = ['update', '--no-such-flag']\nexit = 2", &[]),
        ("unexpected", "arguments = ['update', '--no-such-flag']", &["exit: it ended with exit status 2, not 0: ", "result: the result is another"]),
    ];
    let world = cases.iter().fold(World::new(), |world, (name, text, _)| {
        world.with(
            name,
            &format!("title = '{name}'\nstarts = '0.0.31'\n{text}\n"),
        )
    });
    let document = world.judged(&[], 4);
    for (name, _, expected) in cases {
        let found = findings(&document, name, "0.0.31");
        let is_as_expected = found.len() == expected.len()
            && found
                .iter()
                .zip(*expected)
                .all(|(found, expected)| found.starts_with(expected));
        assert!(is_as_expected, "{name}: {found:#?}");
    }
}

#[test]
fn a_value_may_differ_from_start_to_start() {
    let text = "title = 't'\nexit = { none = 0, '0.0.31' = 3 }\nmessages = { none = 'SOUL.md' }\n";
    let document = World::new().with("case", text).judged(&[], 4);
    assert_eq!(findings(&document, "case", "none"), [""; 0]);
    assert_eq!(findings(&document, "case", "0.0.31").len(), 1);
}

#[test]
fn files_lie_beside_a_case_for_all_starts_or_for_some() {
    let world = World::new().with(
        "case",
        "title = 't'\nexpect = [{ keep = 'home/guide.md', starts = 'none' }]\nexit = { none = 3 }\n",
    );
    world.put("case/home@none/guide.md", "my own\n");
    world.put("case/expected@0.0.31/home/notes.md", "other\n");
    let document = world.judged(&[], 4);
    assert_eq!(findings(&document, "case", "none"), [""; 0]);
    assert_eq!(
        findings(&document, "case", "0.0.31"),
        ["result: the result is another"]
    );
    assert_eq!(
        document["cells"][1]["findings"][0]["differences"][0]["path"],
        "home/notes.md"
    );
}

#[test]
fn who_is_interrupted_ends_soon_and_leaves_nothing() {
    let world = World::new().with("case", "title = 't'\n");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_mosaic"))
        .args(["matrix", "run", "matrix", "--from", "bundle"])
        .current_dir(world.sandbox.path(""))
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mark = format!("mosaic-matrix-{}-", child.id());
    let is_there = || {
        let names =
            ["/dev/shm", "/tmp"].map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
        names
            .into_iter()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with(&mark))
    };
    eventually("a case is played", || {
        assert!(child.try_wait().unwrap().is_none(), "nothing was played");
        is_there()
    });
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted") && !is_there(), "{said}");
}

#[test]
fn nothing_is_left_of_the_scratch_folders() {
    let world = World::new().with("case", "title = 't'\n");
    world.judged(&["--jobs", "2"], 0);
    let scratch = |folder: &str| {
        let paths = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        paths
            .filter(|path| path.display().to_string().contains("/mosaic-matrix-"))
            .collect::<Vec<_>>()
    };
    for path in [scratch("/dev/shm"), scratch("/tmp")].concat() {
        let pid = path
            .display()
            .to_string()
            .split('-')
            .nth(2)
            .unwrap()
            .to_owned();
        let runs = fs::exists(format!("/proc/{pid}")).unwrap();
        // Runs of other tests go on beside this one: who has ended by now has taken its folder along.
        assert!(
            runs || !path.exists(),
            "{} is left of a run that has ended",
            path.display()
        );
    }
}
