//! Asks systemd itself about the units that are rendered for homes in odd places.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const UNITS: [&str; 2] = ["mosaic-tmux-holder.service", "mosaic-agent@.service"];
const HOMES: &[&str] = &[
    "plain", "a b", "100%h", "é", "[1]*?", "$HOME", "${x} ;", "end ",
];

#[test]
fn systemd_takes_a_home_in_any_place() {
    for name in HOMES {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().join(name);
        let output = install(&home, place.path());
        assert!(output.status.success(), "{output:?}");
        let said = verify(place.path());
        assert_eq!(said, "", "{name}");
        fs::remove_file(home.join("tools/fleet/tmux-holder.sh")).unwrap();
        assert!(
            verify(place.path()).contains("tmux-holder.sh"),
            "{name}: systemd looks elsewhere"
        );
        let unit = fs::read_to_string(place.path().join("units/mosaic-agent@.service")).unwrap();
        let assertion = unit
            .lines()
            .find(|line| line.starts_with("AssertPathExists="))
            .unwrap();
        let assertion = assertion.replace("%i", "canary");
        assert!(!holds(&assertion), "{name}: {assertion}");
        fs::create_dir_all(home.join("fleet/agents")).unwrap();
        fs::write(home.join("fleet/agents/canary.env"), "").unwrap();
        assert!(holds(&assertion), "{name}: {assertion}");
    }
}

#[test]
fn what_is_refused_systemd_would_refuse() {
    for (name, written) in [
        ("it's", "it's"),
        ("say \"x\"", r#"say \"x\""#),
        (r"back\slash", r"back\\slash"),
    ] {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().join(name);
        let output = install(&home, place.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("systemd runs no program"), "{said}");
        assert!(!place.path().join("units").exists(), "{name}");
        fs::copy("/bin/true", home.join("run")).unwrap();
        let unit = place.path().join("x.service");
        fs::write(
            &unit,
            format!(
                "[Service]\nExecStart=\"{}/{written}/run\"\n",
                place.path().display()
            ),
        )
        .unwrap();
        let said = analyze(place.path())
            .arg("verify")
            .arg(&unit)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&said.stderr);
        assert!(said.contains("special characters"), "{name}: {said}");
    }
}

/// A home with an installed fleet, and its units in a folder beside it. The machine's own systemd does not hear of it.
fn install(home: &Path, place: &Path) -> Output {
    let mosaic = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .args(words)
            .arg("--home")
            .arg(home)
            .arg("--units-dir")
            .arg(place.join("units"))
            .env_clear()
            .env("HOME", place)
            .env("PATH", place.join("nothing"));
        command.output().unwrap()
    };
    for words in [&["install"][..], &["fleet", "init"]] {
        let output = mosaic(words);
        assert!(output.status.success(), "{output:?}");
    }
    mosaic(&["fleet", "install"])
}

/// What `systemd-analyze` has against the units: nothing where they are right.
fn verify(place: &Path) -> String {
    let units = UNITS.map(|unit| place.join("units").join(unit.replace("@.", "@canary.")));
    fs::copy(place.join("units").join(UNITS[1]), &units[1]).unwrap();
    let said = analyze(place).arg("verify").args(&units).output().unwrap();
    String::from_utf8_lossy(&said.stderr).into_owned() + &String::from_utf8_lossy(&said.stdout)
}

fn holds(condition: &str) -> bool {
    let place = tempfile::tempdir().unwrap();
    analyze(place.path())
        .args(["condition", condition])
        .output()
        .unwrap()
        .status
        .success()
}

fn analyze(place: &Path) -> Command {
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["--user", "--man=no"]);
    analyze
        .env("HOME", place)
        .env("XDG_RUNTIME_DIR", place)
        .env_remove("DBUS_SESSION_BUS_ADDRESS");
    analyze
}
