//! What a newcomer stumbles over: mistyped words and numbers, a home named by a flag, what to type next.

use std::fs::OpenOptions;
use std::process::Command;

use crate::cli::scene::utf8;
use crate::cli::terminal::Terminal;
use crate::support::Sandbox;

/// A home at `--home side home`, with an edit that the second release clashes with; and that release.
fn home_aside() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[("a", "1\n")]);
    let second = sandbox.release("second", "1.1.0", &[("a", "2\n")]);
    sandbox.run(
        &["install", "--home", "side home", "--from", utf8(&first)],
        0,
    );
    std::fs::write(sandbox.path("side home/a"), "mine\n").unwrap();
    (sandbox, utf8(&second).to_owned())
}

#[test]
fn what_is_to_be_typed_is_about_the_home_that_was_named() {
    let (sandbox, second) = home_aside();
    let at = format!(" --home '{}'", sandbox.path("side home").display());
    let said = sandbox.run(&["update", "--home", "side home", "--from", &second], 3);
    assert!(
        said.contains(&format!("To undo it: mosaic rollback{at}\n")),
        "{said}"
    );
    assert!(
        said.contains(&format!("mosaic resolve{at} PATH --mine")),
        "{said}"
    );
    let output = sandbox
        .mosaic(&["rollback", "9", "--home", "side home"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("mosaic history{at}\n")), "{said}");
    let said = sandbox.run(&["uninstall", "--yes", "--home", "side home"], 0);
    assert!(said.ends_with(&format!("mosaic rollback{at}\n")), "{said}");
}

#[test]
fn a_command_for_the_usual_home_is_short() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("first", "1.0.0", &[]);
    let home = sandbox.home();
    for arguments in [
        &["install", "--from", utf8(&bundle)][..],
        &["rollback", "--home", utf8(&home)],
    ] {
        let said = sandbox.run(arguments, 0);
        assert!(said.ends_with("To undo it: mosaic rollback\n"), "{said}");
    }
    let aside = sandbox.path("aside");
    let output = sandbox
        .mosaic(&["install"])
        .env("MOSAIC_HOME", &aside)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.ends_with("To undo it: mosaic rollback\n"), "{said}");
}

#[test]
fn a_dry_run_tells_of_no_parked_file_that_is_not_there() {
    let (sandbox, second) = home_aside();
    let update = ["update", "--home", "side home", "--from", &second];
    let foretold = sandbox.run(&[&update[..], &["--dry-run"]].concat(), 0);
    assert!(
        foretold.contains("  parked     a  you and the release changed the same lines\n\nDry run"),
        "{foretold}"
    );
    sandbox.run(&update, 3);
    let foretold = sandbox.run(&[&update[..], &["--dry-run"]].concat(), 0);
    assert!(foretold.contains("1 conflict waits for you"), "{foretold}");
}

#[test]
fn what_is_no_number_is_said_to_be_none() {
    let sandbox = Sandbox::new();
    let generation = "it must be the number of a generation";
    for (arguments, said) in [
        (&["rollback", "last"][..], generation),
        (&["rollback", "-1"], generation),
        (&["history", "show", "x"], generation),
        (
            &["history", "2"],
            "tip: to see what it changed: mosaic history show 2",
        ),
        (&["gc", "--keep", "few"], "it must be a number, such as 5"),
        (&["gc", "--keep", "-3"], "it must be a number, such as 5"),
        (
            &["update", "--from-version", "new"],
            "it must be a version, such as 0.0.34\n",
        ),
        (
            &["status", "--home", ""],
            "it must name a directory; is $MOSAIC_HOME",
        ),
    ] {
        let found = sandbox.refused(arguments, 2);
        assert!(found.contains(said), "{arguments:?}: {found}");
    }
    let output = sandbox
        .mosaic(&["status"])
        .env("MOSAIC_HOME", "")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && said.contains("is $MOSAIC_HOME"),
        "{said}"
    );
}

#[test]
fn generations_stand_in_columns_and_count_files() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[("deep/er/a", "1\n")]);
    let second = sandbox.release("second", "1.1.0", &[("deep/er/a", "2\n")]);
    sandbox.install(&first);
    sandbox.update(&second, 0);
    let said = sandbox.run(&["history"], 0);
    let ends: Vec<_> = said
        .lines()
        .take(2)
        .map(|line| line.get(23..).unwrap_or_default())
        .collect();
    assert_eq!(
        ends,
        [
            "update   1.0.0 → 1.1.0  1 file",
            "install  1.0.0          4 files"
        ],
        "{said}"
    );
}

#[test]
fn an_answer_that_could_not_be_written_is_a_failure() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("first", "1.0.0", &[]));
    for arguments in [
        &["status"][..],
        &["verify"],
        &["why", "a"],
        &["diff", "--incoming"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .env_clear()
            .env("HOME", sandbox.path("user"))
            .args(arguments);
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(1) && said.contains("could not be written"),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn an_old_home_is_told_what_to_type_and_how_it_ended_comes_before_what_is_left() {
    let sandbox = Sandbox::new();
    sandbox.edit(".framework-version", "0.0.35\n");
    sandbox.edit("guides/factory-mode.md", "mine\n");
    let said = sandbox.run(&["status"], 0);
    assert!(
        said.contains("a home of 0.0.35 (by .framework-version), still without a record"),
        "{said}"
    );
    assert!(
        said.contains("mosaic update --dry-run") && !said.contains("mosaic install"),
        "{said}"
    );
}

#[test]
fn a_narrow_terminal_breaks_sentences_between_words_and_commands_not_at_all() {
    let (sandbox, second) = home_aside();
    let line = format!("$MOSAIC update --home 'side home' --from {second}");
    let said = Terminal::run(&sandbox, 44, 40, &line).shows(false);
    assert!(
        said.contains("you and the release changed the\n             same lines\n"),
        "{said}"
    );
    assert!(
        said.contains("To undo it:\n  mosaic rollback --home"),
        "{said}"
    );
}

#[test]
fn a_hundred_conflicts_fit_on_a_screen_and_resolve_lists_them_all() {
    let sandbox = Sandbox::new();
    let (first, second) = (
        sandbox.release("first", "1.0.0", &[]),
        sandbox.release("second", "1.1.0", &[]),
    );
    for number in 0..100 {
        let path = format!("many/{number:02}");
        sandbox.ship(&first, &path, b"1\n", 0o644);
        sandbox.ship(&second, &path, b"2\n", 0o644);
    }
    sandbox.install(&first);
    (0..100).for_each(|number| sandbox.edit(&format!("many/{number:02}"), "mine\n"));
    let said = sandbox.run(&["update", "--from", utf8(&second)], 3);
    assert!(
        said.contains("  and 84 more; all of them: mosaic resolve\n"),
        "{said}"
    );
    let said = sandbox.run(&["status"], 0);
    assert!(said.contains("and 84 more (-v shows all)\n"), "{said}");
    assert!(said.lines().count() < 80, "{said}");
    assert!(
        sandbox
            .run(&["status", "-v"], 0)
            .contains("  edited          many/99\n")
    );
    assert!(sandbox.run(&["resolve"], 3).contains("  many/99  "));
    let said = sandbox.run(&["resolve", "--all", "--mine"], 0);
    assert!(said.lines().count() < 10, "{said}");
}
