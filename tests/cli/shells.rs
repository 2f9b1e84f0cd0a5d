//! What shells, manuals and examples say is what the program takes.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use mosaic::program::command_line;

use crate::cli::terminal::Terminal;
use crate::support::{Sandbox, tree};

/// Whether a program is there; says so where it is not and something must be skipped.
fn is_there(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", "command -v \"$0\"", program])
        .output()
        .expect("sh runs");
    if !found.status.success() {
        println!("skipped: needs {program}");
    }
    found.status.success()
}

fn succeeds(command: &mut Command, what: &str) -> Output {
    let output = command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.trim().is_empty(),
        "{what}: {:?} {said}",
        output.status
    );
    output
}

fn script(sandbox: &Sandbox, shell: &str) -> PathBuf {
    let path = sandbox.path(&format!("completions.{shell}"));
    fs::write(&path, sandbox.run(&["completions", shell], 0)).expect("a script");
    path
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let sandbox = Sandbox::new();
    let path = script(&sandbox, "bash");
    let complete = |words: &str| {
        let line = format!(
            "source '{}'; COMP_WORDS=({words} ''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _mosaic mosaic '' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[@]}}\"",
            path.display()
        );
        let output = succeeds(Command::new("bash").args(["-ec", &line]), words);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(complete("mosaic").contains("uninstall"));
    assert!(complete("mosaic update").contains("--dry-run"));
    assert!(complete("mosaic completions").contains("elvish"));
}

#[test]
fn zsh_and_fish_read_their_scripts() {
    let sandbox = Sandbox::new();
    if is_there("zsh") {
        let line = format!(
            "autoload -U compinit; compinit -D; source '{}'; whence -w _mosaic",
            script(&sandbox, "zsh").display()
        );
        let output = succeeds(Command::new("zsh").args(["-fc", &line]), "zsh");
        assert!(String::from_utf8_lossy(&output.stdout).contains("function"));
    }
    if is_there("fish") {
        let line = format!(
            "source '{}'; complete -C 'mosaic unin'",
            script(&sandbox, "fish").display()
        );
        let output = succeeds(
            Command::new("fish")
                .args(["-Nc", &line])
                .current_dir(sandbox.path("")),
            "fish",
        );
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("uninstall"));
    }
}

#[test]
fn neither_needs_a_home_nor_differs_from_run_to_run() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = || {
            sandbox
                .mosaic(&["completions", shell])
                .env_remove("HOME")
                .output()
                .expect("it runs")
        };
        let (first, second) = (run(), run());
        assert!(
            first.status.success() && !first.stdout.is_empty(),
            "{shell}"
        );
        assert_eq!(first.stdout, second.stdout, "{shell}");
    }
    for directory in ["one/man1", "two/man1", "two/man1"] {
        let output = sandbox
            .mosaic(&["man", directory])
            .env_remove("HOME")
            .output()
            .expect("it runs");
        assert!(output.status.success());
    }
    assert_eq!(tree(&sandbox.path("one")), tree(&sandbox.path("two")));
}

#[test]
fn every_command_has_a_page_that_the_manual_readers_like() {
    let sandbox = Sandbox::new();
    let document = sandbox.json(&["man", "pages"], 0);
    let listed: Vec<_> = document["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| page.as_str().unwrap())
        .collect();
    let pages = tree(&sandbox.path("pages"));
    assert_eq!(
        pages
            .keys()
            .map(String::as_str)
            .collect::<std::collections::BTreeSet<_>>(),
        listed.iter().copied().collect()
    );
    for (words, _) in commands() {
        assert!(
            pages.contains_key(&format!("{}.1", words.join("-"))),
            "no page for {words:?}"
        );
    }
    for page in pages.keys() {
        let path = sandbox.path("pages").join(page);
        if is_there("groff") {
            succeeds(
                Command::new("groff")
                    .args(["-man", "-ww", "-Tutf8"])
                    .arg(&path),
                page,
            );
        }
        if is_there("mandoc") {
            let output = succeeds(
                Command::new("mandoc")
                    .args(["-T", "lint", "-W", "error"])
                    .arg(&path),
                page,
            );
            assert!(output.stdout.is_empty(), "{page}");
        }
        if is_there("man") {
            let output = succeeds(
                Command::new("man").args(["--warnings", "-l"]).arg(&path),
                page,
            );
            assert!(
                String::from_utf8_lossy(&output.stdout).contains("EXAMPLES"),
                "{page}"
            );
        }
    }
}

#[test]
fn a_place_where_no_page_can_be_is_an_error() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("file"), "mine\n").unwrap();
    assert!(sandbox.refused(&["man", "file"], 1).contains("file"));
    assert!(sandbox.refused(&["man", "file/below"], 1).contains("file"));
    assert_eq!(fs::read(sandbox.path("file")).unwrap(), b"mine\n");
}

/// Every command, as typed, with what stands below its help.
fn commands() -> Vec<(Vec<String>, String)> {
    fn walk(command: &clap::Command, above: &[String], all: &mut Vec<(Vec<String>, String)>) {
        let words = [above, &[command.get_name().to_owned()]].concat();
        all.push((
            words.clone(),
            command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ));
        for below in command
            .get_subcommands()
            .filter(|below| below.get_name() != "help")
        {
            walk(below, &words, all);
        }
    }
    let (mut all, command) = (Vec::new(), command_line());
    walk(&command, &[], &mut all);
    all
}

/// The lines below `Example:` or `Examples:`, up to the next blank one.
fn examples(below: &str) -> Vec<&str> {
    let lines = below
        .lines()
        .skip_while(|line| !line.starts_with("Example"))
        .skip(1);
    lines.take_while(|line| line.starts_with("  ")).collect()
}

#[test]
fn every_command_has_an_example_that_fits_a_narrow_terminal() {
    for (words, below) in commands() {
        let lines = examples(&below);
        let own = words.join(" ");
        assert!(
            lines.iter().any(|line| line.contains(&own)),
            "{words:?} has no example of its own: {below}"
        );
        for line in lines {
            assert!(
                line.chars().count() <= 40,
                "{words:?}: break it with a backslash: {line}"
            );
        }
    }
}

/// Bash itself takes the examples apart: `mosaic` is a function there that writes down what it was given.
#[test]
fn every_example_is_a_command_line_that_the_program_takes() {
    const STANDS_FOR: &str =
        "mosaic() { printf '%s\\0' \"$@\" >> given; printf '\\n\\0' >> given; }
        jq() { printf 'sha256:%064d' 0; }; source() { cat > /dev/null; }; man() { :; }";
    for (words, below) in commands() {
        let sandbox = Sandbox::new();
        let lines = examples(&below).join("\n");
        let line = format!("{STANDS_FOR}\ncd '{}'\n{lines}", sandbox.path("").display());
        succeeds(Command::new("bash").args(["-ec", &line]), &lines);
        let given = fs::read_to_string(sandbox.path("given")).expect("it names the program");
        for arguments in given.split_terminator("\n\0") {
            let arguments = ["mosaic"]
                .into_iter()
                .chain(arguments.split_terminator('\0'));
            let parsed = command_line().try_get_matches_from(arguments.clone());
            let problem = parsed.err().map(|error| error.to_string());
            assert_eq!(
                problem,
                None,
                "{words:?}: {:?}",
                arguments.collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn help_reads_well_at_every_width() {
    let sandbox = Sandbox::new();
    for (words, below) in commands() {
        for columns in [40_usize, 80, 200] {
            for flag in [&["-h"][..], &["--help"]] {
                let arguments: Vec<_> = words
                    .iter()
                    .skip(1)
                    .map(String::as_str)
                    .chain(flag.iter().copied())
                    .collect();
                let output = sandbox
                    .mosaic(&arguments)
                    .env("COLUMNS", columns.to_string())
                    .output()
                    .unwrap();
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                // Clap does not break the line of usage.
                let lines = text.lines().filter(|line| !line.starts_with("Usage:"));
                let longest = lines.map(|line| line.chars().count()).max().unwrap_or(0);
                assert!(
                    longest <= columns.min(100),
                    "{arguments:?} at {columns}: {longest}\n{text}"
                );
                for line in examples(&below) {
                    assert!(
                        text.lines().any(|shown| shown == line),
                        "{arguments:?} at {columns}: {line}\n{text}"
                    );
                }
            }
        }
    }
}

#[test]
fn help_can_be_asked_for_in_every_way() {
    let sandbox = Sandbox::new();
    for (words, _) in commands() {
        let words: Vec<_> = words.iter().skip(1).map(String::as_str).collect();
        let asked =
            |before: &[&str], after: &[&str]| sandbox.run(&[before, &words, after].concat(), 0);
        assert_eq!(asked(&["help"], &[]), asked(&[], &["--help"]), "{words:?}");
    }
}

#[test]
fn on_a_real_terminal_nothing_is_broken_within_a_word() {
    if !is_there("tmux") {
        return;
    }
    for columns in [40, 80, 200] {
        for command in ["update --help", "help why", "uninstall -h", "doctor"] {
            let sandbox = Sandbox::new();
            let shown = Terminal::run(&sandbox, columns, 120, &format!("\"$MOSAIC\" {command}"))
                .shows(false);
            assert!(shown.contains("exit 0"), "{shown}");
            let expected: &[&str] = match command {
                "update --help" => &[
                    "  mosaic update --plan \\",
                    "    \"$(jq -r .plan_digest plan)\"",
                ],
                "help why" => &["  mosaic why fleet/roster.yaml"],
                "uninstall -h" => &["  mosaic uninstall --dry-run"],
                _ => &["           there is no home there"],
            };
            for line in expected {
                assert!(
                    shown.lines().any(|shown| shown == *line),
                    "{command} at {columns}: {line}\n{shown}"
                );
            }
        }
    }
}
