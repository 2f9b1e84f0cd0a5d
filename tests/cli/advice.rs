//! Every command that an output advises, typed as it stands in that situation, is one that the program takes and carries
//! out.

use std::fs;
use std::process::Output;

use crate::support::Sandbox;

/// A situation: what led to it, and the command whose output is read; each a line for a shell, in which `mosaic` is the
/// program and `$H` the usual home.
const SITUATIONS: &[(&str, &str)] = &[
    ("", "mosaic"),
    ("", "mosaic status"),
    ("", "mosaic update"),
    ("", "mosaic status --home side"),
    ("", "mosaic fleet status"),
    ("", "mosaic doctor"),
    ("mosaic install", "mosaic"),
    ("mosaic install", "mosaic install"),
    ("mosaic install", "mosaic fleet status"),
    ("mosaic install", "mosaic fleet start"),
    (
        "mosaic install",
        "mosaic fleet start --roster $H/fleet/two.yaml",
    ),
    ("mosaic install", "mosaic status --home $H/guides"),
    ("mosaic install", "mosaic rollback 99"),
    ("mosaic install", "mosaic history 1"),
    ("mosaic install && mosaic fleet init", "mosaic ls"),
    ("mosaic install", "mosaic resolve nothing --mine"),
    ("mosaic install", "mosaic uninstall"),
    (
        "mosaic install --home 'side home'",
        "mosaic uninstall --home 'side home'",
    ),
    ("mosaic install && mosaic uninstall --yes", "mosaic status"),
    (
        "mosaic install && mosaic uninstall --yes",
        "mosaic uninstall --yes",
    ),
    (
        "mosaic install && mosaic fleet init",
        "mosaic fleet init --preset pair",
    ),
    ("mosaic install && mosaic fleet init", "mosaic fleet start"),
    (
        "mosaic install && mosaic fleet init",
        "mosaic fleet restart",
    ),
    (
        "mosaic install && mosaic fleet init && mosaic fleet install",
        "mosaic fleet status",
    ),
    (
        "mosaic install && mosaic fleet init && mosaic fleet install",
        "mosaic status",
    ),
    ("mosaic install --from two", "mosaic update -n --from one"),
    ("mosaic install --from two", "mosaic update --from one"),
    ("mosaic install --from two", "mosaic update --from few"),
    ("mosaic install --from two", "mosaic update -n --from few"),
    ("mosaic install --from one", "mosaic update --from two"),
    (
        "mosaic install --from one && echo mine >$H/a",
        "mosaic update --from two",
    ),
    (
        "mosaic install --from one && echo mine >$H/a; mosaic update --from two",
        "mosaic",
    ),
    (
        "mosaic install --from one && echo mine >$H/a; mosaic update --from two",
        "mosaic resolve",
    ),
    (
        "mosaic install --from one && echo mine >$H/a; mosaic update --from two",
        "mosaic resolve a",
    ),
    (
        "mosaic install --from one && echo mine >$H/a; mosaic update --from two",
        "mosaic resolve b --mine",
    ),
    (
        "mosaic install --from one; MOSAIC_CRASH_AT=Carried:1 mosaic update --from two",
        "mosaic",
    ),
    (
        "mosaic install --from one; MOSAIC_CRASH_AT=Carried:1 mosaic update --from two",
        "mosaic update -n --from two",
    ),
    (
        "mosaic install --from one; MOSAIC_CRASH_AT=Carried:1 mosaic update --from two",
        "mosaic rollback -n",
    ),
    (
        "tar --zstd -cf b.tar.zst -C one .",
        "mosaic install --from b.tar.zst",
    ),
];

/// Words after which a person has to put something of his own.
const BLANKS: &[&str] = &[
    "--roster",
    "--home",
    "--from-version",
    "DIR",
    "NAME",
    "PATH",
    "FILE",
    "BUNDLE",
    "SUBJECT",
];

#[test]
fn what_is_advised_is_typed_as_it_stands_and_works() {
    let mut typed = 0;
    for (before, command) in SITUATIONS {
        for at in 0.. {
            let sandbox = prepared();
            run(&sandbox, before);
            let said = words(&run(&sandbox, command));
            let Some(advice) = advised(&said).into_iter().nth(at) else {
                break;
            };
            let output = run(&sandbox, &advice);
            let told = words(&output);
            let status = output.status.code();
            // A dry run that shows what would be refused ends as the command would.
            let is_shown = status == Some(1) && told.contains("Dry run: nothing was written.");
            assert!(
                (is_shown || matches!(status, Some(0 | 3 | 4 | 6)))
                    && !told.contains("unrecognized"),
                "{before}; {command}\n{said}\nadvises {advice}, which ended with {status:?}:\n{told}"
            );
            typed += 1;
        }
    }
    println!("{typed} commands were advised and typed");
    assert!(typed >= 40, "{typed}");
}

fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.release("one", "1.0.0", &[("a", "1\n"), ("b", "1\n"), ("c", "1\n")]);
    sandbox.release("two", "2.0.0", &[("a", "2\n"), ("b", "2\n"), ("d", "2\n")]);
    sandbox.bundle("few", "3.0.0", &[]);
    let programs = sandbox.path("programs");
    fs::create_dir(&programs).expect("a folder");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mosaic"), programs.join("mosaic"))
        .expect("a link");
    sandbox
}

fn run(sandbox: &Sandbox, line: &str) -> Output {
    let path = format!("{}:/usr/bin:/bin", sandbox.path("programs").display());
    let mut shell = sandbox.beside("sh");
    shell.env("PATH", path).env("H", sandbox.home());
    shell.env("VISUAL", "echo settled >");
    shell.stdin(std::process::Stdio::null());
    shell.args(["-c", line]).output().expect("a shell")
}

fn words(output: &Output) -> String {
    let [said, errors] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{said}\n{errors}")
}

/// The commands that a text advises: each begins a line or follows a colon, and goes on to the end of the line, a semicolon
/// or a closing mark. What a person has to fill in is none.
fn advised(text: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(at) = rest.find("mosaic ") {
            let (before, from) = rest.split_at(at);
            let end = from.find([';', '`', '(', ',']).unwrap_or(from.len());
            let (command, after) = from.split_at(end);
            let begins = before.trim().is_empty() && line.starts_with("  ")
                || before.trim_end().ends_with([':', '`'])
                || before.ends_with("mkdir ");
            let begins = begins && !command.starts_with("mosaic fleet  ");
            let command = command.trim().trim_end_matches(['.', '?']);
            let is_blank = command.contains(['[', '<'])
                || command
                    .split(' ')
                    .any(|word| BLANKS.contains(&word) && command.ends_with(word));
            if begins && !is_blank && !commands.iter().any(|known| known == command) {
                commands.push(command.to_owned());
            }
            rest = after;
        }
    }
    commands
}
