//! What fingers expect of any program: short help, the words of other programs, paths from where one stands, pipes.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::cli::scene::utf8;
use crate::cli::terminal::Terminal;
use crate::support::Sandbox;

/// A home with a parked conflict at `guides/qa.md`.
fn in_conflict() -> Sandbox {
    let sandbox = Sandbox::new();
    let [one, two] = [("one", "1.0.0", "1\n"), ("two", "2.0.0", "2\n")]
        .map(|(name, version, text)| sandbox.release(name, version, &[("guides/qa.md", text)]));
    sandbox.install(&one);
    sandbox.edit("guides/qa.md", "mine\n");
    sandbox.update(&two, 3);
    sandbox
}

#[test]
fn the_short_help_is_much_shorter() {
    let sandbox = Sandbox::new();
    for command in ["update", "status", "resolve", "rollback"] {
        let [short, long] = ["-h", "--help"].map(|flag| sandbox.run(&[command, flag], 0));
        assert!(
            short.lines().count() * 3 < long.lines().count() * 2,
            "{short}"
        );
        assert!(
            !short.contains("--units-dir") && long.contains("--units-dir"),
            "{short}"
        );
    }
}

#[test]
fn without_a_command_it_says_where_one_stands_or_what_to_do_first() {
    let sandbox = Sandbox::new();
    let said = sandbox.run(&[], 0);
    assert!(
        said.contains("mosaic install") && said.contains("no home"),
        "{said}"
    );
    sandbox.run(&["install"], 0);
    let said = sandbox.run(&[], 0);
    assert!(
        said.contains("generation 1") && said.contains("mosaic --help"),
        "{said}"
    );
}

#[test]
fn words_of_other_programs_work_or_get_the_right_one() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["version"], 0), sandbox.run(&["--version"], 0));
    sandbox.run(&["install"], 0);
    for word in ["upgrade", "apply", "sync"] {
        assert!(sandbox.run(&[word], 0).contains("Nothing to do"), "{word}");
    }
    for (word, right) in [
        ("rm", "mosaic uninstall"),
        ("ls", "mosaic agent roster"),
        ("ps", "mosaic fleet ps"),
        ("start", "mosaic fleet start"),
    ] {
        let said = sandbox.refused(&[word], 2);
        assert!(said.contains("tip:") && said.contains(right), "{said}");
        let document = sandbox.json(&[word], 2);
        assert!(document["help"].to_string().contains(right), "{document}");
    }
    assert_eq!(
        sandbox.json(&["updat"], 2)["help"]
            .as_str()
            .map(|tip| tip.contains("update")),
        Some(true)
    );
    sandbox.run(&["undo", "0"], 0);
    assert!(!sandbox.home().join("SOUL.md").exists());
}

#[test]
fn a_path_is_read_from_where_one_stands_and_several_are_taken() {
    let sandbox = in_conflict();
    let why = |words: &[&str]| {
        let mut command = sandbox.mosaic(words);
        command.current_dir(sandbox.home().join("guides"));
        let output = command.output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for path in ["qa.md", "./qa.md", "guides/qa.md", "../guides/qa.md"] {
        let said = why(&["why", path]);
        assert!(said.starts_with("guides/qa.md\n"), "{path}: {said}");
    }
    let said = why(&["why", "qa.md", "../anchor/1"]);
    assert!(
        said.contains("guides/qa.md\n") && said.contains("anchor/1\n"),
        "{said}"
    );
}

#[test]
fn a_merge_comes_by_a_pipe_and_lines_for_scripts_keep_their_form() {
    let sandbox = in_conflict();
    let lines = sandbox.run(&["status", "--porcelain"], 0);
    let expected = "release\t2.0.0\ngeneration\t2\nrecovery_pending\tfalse\nedited\tguides/qa.md\nconflict\tguides/qa.md\n";
    assert_eq!(lines, expected);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mosaic"));
    command.env_clear().env("HOME", sandbox.path("user"));
    command.args(["resolve", "guides/qa.md", "--merged", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("it runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(b"both\n").expect("written");
    drop(pipe);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(sandbox.read("guides/qa.md"), "both\n");
}

#[test]
fn a_conflict_is_shown_from_both_sides_and_settled_as_one_says() {
    let sandbox = in_conflict();
    let said = sandbox.run(&["resolve", "guides/qa.md"], 3);
    for part in [
        "mine\n",
        "+mine",
        "shipped\n",
        "+2",
        "-1",
        "mosaic resolve guides/qa.md --mine",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let line = "$MOSAIC resolve guides/qa.md";
    let terminal = Terminal::run(&sandbox, 80, 60, line);
    terminal.waits_with("[m]ine, [s]hipped, [e]dit the merge, or [l]ater?");
    terminal.press("l");
    terminal.press("Enter");
    assert!(terminal.shows(false).contains("exit 3"));
    let editor = sandbox.path("editor");
    fs::write(&editor, "#!/bin/sh\nprintf 'edited\\n' >\"$1\"\n").expect("written");
    let mut command = sandbox.mosaic(&["resolve", "guides/qa.md", "--edit"]);
    let output = command
        .env("VISUAL", format!("sh {}", utf8(&editor)))
        .output();
    let output = output.expect("it runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(sandbox.read("guides/qa.md"), "edited\n");
}

#[test]
fn nothing_goes_where_nobody_can_be_asked() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    let said = sandbox.refused(&["uninstall"], 1);
    assert!(said.contains("mosaic uninstall --yes"), "{said}");
}

#[test]
fn help_explains_subjects_and_words() {
    let sandbox = Sandbox::new();
    assert!(
        sandbox
            .run(&["help", "conflicts"], 0)
            .starts_with("Conflicts\n")
    );
    assert!(sandbox.run(&["help", "Holder"], 0).contains("tmux server"));
    assert!(
        sandbox
            .run(&["help", "fleet"], 0)
            .contains("Usage: mosaic fleet")
    );
    let said = sandbox.refused(&["help", "relaunhc"], 2);
    assert!(
        said.contains("did you mean: mosaic help relaunch"),
        "{said}"
    );
}

#[test]
fn a_help_that_cannot_be_written_is_a_failure() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mosaic"));
    let status = command.arg("--version").stdout(full).status();
    assert_eq!(status.expect("it runs").code(), Some(1));
}
