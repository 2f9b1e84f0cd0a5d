//! What people see: plans of any length, news, narrow terminals, progress.

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::cli::scene::utf8;
use crate::cli::terminal::Terminal;
use crate::support::Sandbox;
use crate::support::patience::eventually;

const CHANGES: &str = "\
# Changelog
## [1.2.0]
### Added
- Agents may sleep.
## [1.1.0]
### Fixed
- The holder
  wakes.
## [1.0.0]
- The beginning.
";

#[test]
fn an_update_tells_what_is_new_since_the_homes_release() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[("a", "1\n"), ("CHANGELOG.md", CHANGES)]);
    let third = sandbox.release("third", "1.2.0", &[("a", "2\n"), ("CHANGELOG.md", CHANGES)]);
    let fresh = sandbox.run(&["install", "--from", utf8(&first)], 0);
    assert!(
        !fresh.contains("The beginning."),
        "a fresh home has no news: {fresh}"
    );
    let foretold = sandbox.run(&["update", "--dry-run", "--from", utf8(&third)], 0);
    let news = "\n  new in 1.2.0\n    Added: Agents may sleep.\n  new in 1.1.0\n    Fixed: The holder wakes.\n\n";
    assert!(foretold.contains(news), "{foretold}");
    let document = sandbox.json(&["update", "--from", utf8(&third)], 0);
    assert_eq!(document["news"][1]["version"], "1.1.0");
    assert_eq!(
        document["news"][1]["entries"][0]["text"],
        "The holder wakes."
    );
    assert_eq!(
        sandbox.json(&["update", "--from", utf8(&third)], 0)["news"],
        serde_json::json!([])
    );
}

#[test]
fn a_plan_of_three_thousand_changes_fits_on_a_screen() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[]);
    for number in 0..3000 {
        let path = format!("d{}/e{}/f{number}", number % 3, number / 3);
        sandbox.ship(&first, &path, number.to_string().as_bytes(), 0o644);
    }
    let said = sandbox.run(&["install", "--from", utf8(&first)], 0);
    assert!(
        said.contains("  new        3,003 files  new in this release\n"),
        "{said}"
    );
    assert!(
        said.contains("               1,000  d0/\n               1,000  d1/\n"),
        "{said}"
    );
    assert!(said.lines().count() < 24, "{said}");
    let verbose = sandbox.run(&["update", "-v", "--from", utf8(&first)], 0);
    assert!(verbose.lines().count() > 3000, "-v tells every path");
}

#[test]
fn reasons_go_on_a_line_of_their_own_where_the_terminal_is_narrow() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[("guides/a-long-name.md", "1\n")]);
    let line = format!("$MOSAIC install --from {}", first.display());
    let narrow = Terminal::run(&sandbox, 40, 50, &line).shows(false);
    assert!(
        narrow.contains("  new        guides/a-long-name.md\n             new in this release\n"),
        "{narrow}"
    );
    fs::remove_dir_all(sandbox.home()).expect("the home goes");
    let wide = Terminal::run(&sandbox, 200, 50, &line).shows(false);
    assert!(
        wide.contains("  new        guides/a-long-name.md  new in this release\n"),
        "{wide}"
    );
}

#[test]
fn long_work_shows_how_far_it_is_on_a_terminal_only() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[]);
    let points = "MOSAIC_STOP_AT=Staged:1 MOSAIC_CRASH_AT=Staged:2";
    let line = format!(
        "{points} $MOSAIC install --from {} & echo $! > pid; wait",
        first.display()
    );
    let terminal = Terminal::run(&sandbox, 80, 24, &line);
    wait_until_stopped(&sandbox);
    sleep(Duration::from_millis(500));
    Command::new("kill")
        .args(["-CONT", &pid(&sandbox)])
        .status()
        .expect("kill runs");
    let shown = terminal.shows(false);
    assert!(
        shown.contains("preparing =============        2 of 3 files, 4 B of 6 B"),
        "{shown}"
    );
    let output = sandbox
        .mosaic(&["install", "--from", utf8(&first)])
        .output()
        .expect("it runs");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn pid(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path("pid"))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn wait_until_stopped(sandbox: &Sandbox) {
    let is_stopped = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid(sandbox))).unwrap_or_default();
        stat.contains(") T ")
    };
    eventually("it has stopped", is_stopped);
}
