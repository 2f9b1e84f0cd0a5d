//! What shells, manuals and examples say is what the program takes.

use std::fs;
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

/// What a shell offers after these words; the last one is what is being typed. The home has a roster, an edit that is parked,
/// and two generations.
fn offered(sandbox: &Sandbox, shell: &str, words: &[&str]) -> Option<String> {
    if !is_there(shell) {
        return None;
    }
    let programs = sandbox.path("programs");
    fs::create_dir_all(&programs).expect("a folder");
    let program = programs.join("mosaic");
    if !program.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mosaic"), &program).expect("a link");
    }
    let typed = format!("mosaic {}", words.join(" "));
    let quoted = words.iter().map(|word| format!("'{word}' "));
    let quoted: String = std::iter::once("mosaic ".to_owned())
        .chain(quoted)
        .collect();
    let last = words.last().copied().unwrap_or_default();
    let line = match shell {
        "bash" => format!(
            "source <(mosaic completions bash); COMP_WORDS=({quoted}); COMP_CWORD={}; COMP_TYPE=9; _clap_complete_mosaic mosaic '{last}' ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.len()
        ),
        "zsh" => format!(
            "autoload -U compinit; compinit -D; source <(mosaic completions zsh); _describe() {{ print -l -- ${{(P)3}} }}; words=({quoted}); CURRENT={}; _clap_dynamic_completer_mosaic",
            words.len() + 1
        ),
        _ => format!("mosaic completions fish | source; complete -C '{typed}'"),
    };
    let flags: &[&str] = match shell {
        "bash" => &["-c"],
        "zsh" => &["-fc"],
        _ => &["-Nc"],
    };
    let output = sandbox
        .beside(shell)
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .args(flags)
        .arg(&line)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.trim().is_empty(), "{shell} {typed}: {said}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn shells_offer_commands_flags_and_the_values_that_there_are() {
    let sandbox = Sandbox::new();
    let one = sandbox.release("one", "1.0.0", &[("guides/qa.md", "1\n"), ("b", "1\n")]);
    let two = sandbox.release("two", "2.0.0", &[("guides/qa.md", "2\n"), ("b", "1\n")]);
    sandbox.install(&one);
    sandbox.edit("guides/qa.md", "mine\n");
    sandbox.update(&two, 3);
    sandbox.run(&["fleet", "init", "--preset", "pair"], 0);
    let agents = sandbox.json(&["agent", "roster"], 0)["agents"].clone();
    let agent = agents[0]["name"].as_str().expect("an agent").to_owned();
    let cases: &[(&[&str], &str)] = &[
        (&["unin"], "uninstall"),
        (&["update", "--dry"], "--dry-run"),
        (&["completions", ""], "elvish"),
        (&["fleet", "restart", ""], &agent),
        (&["agent", "send", ""], &agent),
        (&["resolve", ""], "guides/qa.md"),
        (&["why", "gui"], "guides/"),
        (&["diff", "guides/"], "guides/qa.md"),
        (&["rollback", ""], "2"),
        (&["migrate", "show", ""], "rename-socket"),
        (&["fleet", "init", "--preset", ""], "pair"),
        (&["help", "par"], "parked"),
        (&["--color", ""], "always"),
    ];
    for shell in ["bash", "zsh", "fish"] {
        for (words, value) in cases {
            if let Some(said) = offered(&sandbox, shell, words) {
                let is_offered = |line: &str| {
                    let offered = line.split([' ', '\t', ':']).next().unwrap_or_default();
                    offered.trim_end_matches('/') == value.trim_end_matches('/')
                };
                assert!(said.lines().any(is_offered), "{shell} {words:?}: {said}");
            }
        }
        for words in [["why", ""], ["resolve", ""], ["verify", ""]] {
            if let Some(said) = offered(&sandbox, shell, &words) {
                assert!(
                    !said.lines().any(|line| line.starts_with('-')),
                    "{shell}: {said}"
                );
                assert!(said.lines().count() < 40, "{shell} {words:?}: {said}");
            }
        }
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
                    .args(["-T", "lint", "-W", "style"])
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
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            for section in ["NAME", "FILES", "ENVIRONMENT", "EXIT STATUS", "SEE ALSO"] {
                let is_there = text.lines().any(|line| line.eq_ignore_ascii_case(section));
                assert!(is_there || page == "mosaic.7", "{page} has no {section}");
            }
            let pages_named = text
                .split_whitespace()
                .filter_map(|word| word.split_once("(1)"));
            for (name, _) in pages_named.filter(|(name, _)| name.starts_with("mosaic")) {
                assert!(
                    pages.contains_key(&format!("{name}.1")),
                    "{page} names {name}"
                );
            }
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
