//! What is refused unless more is meant than usual: it is shown all the same, and what is advised is typed as it stands.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::PathBuf;

use crate::cli::scene::utf8;
use crate::support::{Sandbox, write};

/// A home at 2.0.0, and a bundle at 1.0.0.
fn newer_home() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let newer = sandbox.release("newer", "2.0.0", &[("a", "2\n"), ("b", "2\n")]);
    let older = sandbox.release("an older one", "1.0.0", &[("a", "1\n")]);
    sandbox.install(&newer);
    (sandbox, older)
}

/// The command behind these words of an advice, as its reader would type it, without `mosaic`.
fn advised(said: &str, purpose: &str) -> String {
    let advice = said.split_once(purpose).unwrap_or_else(|| panic!("{said}"));
    let command = advice.1.split([';', '\n']).next().expect("a part");
    command.trim().trim_start_matches("mosaic ").to_owned()
}

/// Types words in a shell.
fn typed(sandbox: &Sandbox, words: &str, status: i32) -> String {
    let line = format!("{} {words} 2>&1", env!("CARGO_BIN_EXE_mosaic"));
    let output = sandbox.beside("sh").args(["-c", &line]).output();
    let output = output.expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(status), "mosaic {words}\n{said}");
    said
}

#[test]
fn a_dry_run_of_a_downgrade_shows_it_and_its_advice_works() {
    let (sandbox, older) = newer_home();
    let dry = format!("update -n --from '{}'", older.display());
    let said = typed(&sandbox, &dry, 1);
    for part in [
        "  updated    a",
        "  removed    b",
        "older than the home's 2.0.0",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let document = sandbox.json(&["update", "-n", "--from", utf8(&older)], 1);
    assert_eq!(document["counts"]["remove"], 1, "{document}");
    let refusal = document["refusal"]["help"].as_str().expect("an advice");
    let command = advised(refusal, "all the same:");
    assert_eq!(command, advised(&said, "all the same:"));
    typed(&sandbox, &command, 0);
    assert_eq!(sandbox.read("a"), "1\n");
}

#[test]
fn a_dry_run_of_many_removals_shows_them_and_no_advice_is_itself() {
    let (sandbox, _) = newer_home();
    let few = sandbox.bundle("few", "3.0.0", &[]);
    let from = format!("update --from {}", few.display());
    let refused = typed(&sandbox, &from, 1);
    let look = advised(&refused, "see what would go:");
    assert_eq!(look, format!("{from} --dry-run"));
    let shown = typed(&sandbox, &look, 1);
    assert!(shown.contains("  removed    a"), "{shown}");
    assert!(!shown.contains("--dry-run"), "{shown}");
    typed(&sandbox, &advised(&shown, "if that is right:"), 0);
    assert!(!sandbox.home().join("a").exists());
}

#[test]
fn both_objections_are_met_one_after_the_other() {
    let (sandbox, _) = newer_home();
    let few = sandbox.bundle("few", "0.1.0", &[]);
    let refused = typed(&sandbox, &format!("update --from {}", few.display()), 1);
    let refused = typed(&sandbox, &advised(&refused, "all the same:"), 1);
    typed(&sandbox, &advised(&refused, "if that is right:"), 0);
}

#[test]
fn why_and_diff_foretell_no_update_that_would_be_refused() {
    let (sandbox, older) = newer_home();
    let why = sandbox.why("b", &older);
    assert_eq!(why["action"], "none", "{why}");
    assert_eq!(
        (&why["release"], why["refusal"].is_string()),
        (&"1.0.0".into(), true)
    );
    // The release in the program is older than this home, too.
    let said = typed(&sandbox, "why b", 0);
    assert!(said.contains("name the release that you mean"), "{said}");
    let from = format!("diff --incoming --from '{}' b", older.display());
    let said = typed(&sandbox, &from, 0);
    assert!(said.contains("would be refused"), "{said}");
    let newer = sandbox.path("newer");
    assert!(sandbox.why("b", &newer)["refusal"].is_null());
}

#[test]
fn a_line_in_the_preserve_file_is_advised_where_it_helps() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install"], 0);
    sandbox.run(&["fleet", "init", "--preset", "minimal"], 0);
    let store = sandbox.path("store");
    write(&store, b"MOSAIC_TMUX_SOCKET=mosaic-factory\n", 0o444);
    if chown(&store, Some(1999), None).is_err() {
        println!("skipped: only root can make a file of another owner");
        return;
    }
    symlink(&store, sandbox.home().join("fleet/holder.env")).expect("a link");
    let said = sandbox.refused(&["fleet", "install"], 1);
    assert!(said.contains("a file of your own in its place"), "{said}");
    assert!(!said.contains(".mosaicpreserve"), "{said}");
    fs::remove_file(sandbox.home().join("fleet/holder.env")).expect("gone");
    let guide = sandbox.home().join("guides/qa.md");
    chown(&guide, Some(1999), None).expect("given away");
    let next = sandbox.release("next", "9.0.0", &[("guides/qa.md", "next\n")]);
    let words = ["update", "--allow-removals", "--from", utf8(&next)];
    let said = sandbox.refused(&words, 1);
    assert!(said.contains("a line in .mosaicpreserve"), "{said}");
    sandbox.edit(".mosaicpreserve", "guides/qa.md\n");
    sandbox.run(&words, 0);
}
