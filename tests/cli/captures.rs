//! The pictures in the README are what the program says, in its colours.

use crate::cli::scene::utf8;
use crate::support::Sandbox;
use crate::support::capture::is_as_kept;

/// Runs commands as a person types them and compares the picture of it.
fn capture(sandbox: &Sandbox, name: &str, lines: &[&str]) {
    let mut screen = String::new();
    for line in lines {
        let words: Vec<_> = line
            .split(' ')
            .skip(1)
            .chain(["--color", "always"])
            .collect();
        let output = sandbox.mosaic(&words).output().expect("the program runs");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        screen += &format!("\u{1b}[1m$ {line}\u{1b}[0m\n{said}\n");
    }
    let screen = screen.replace(utf8(&sandbox.path("user")), "/home/you");
    is_as_kept(name, &screen);
}

const SCRIPT: &str = "#!/bin/sh\n# Delivers a message to one agent.\nset -eu\n";
const GUIDE: &str =
    "# Delivery\n\n1. Build it.\n2. Test it.\n3. Ship it.\n\nAsk only when blocked.\n";

/// A home of 0.1.0 with edits of its operator's, and a bundle of 0.2.0 beside it.
fn edited_home() -> Sandbox {
    let sandbox = Sandbox::new();
    let shared = [
        ("guides/heartbeat.md", "# Heartbeat\n\nEvery 15 seconds.\n"),
        ("guides/canary.md", "# Canary\n"),
    ];
    let news = "# Changelog\n\n## [0.2.0]\n\n### Added\n\n- `agent-send.sh` waits for a receipt.\n";
    let first = [
        ("tools/tmux/agent-send.sh*", SCRIPT),
        ("guides/delivery.md", GUIDE),
        ("guides/qa.md", "# QA\n\nRun the tests once.\n"),
        ("guides/rollback.md", "# Rollback\n"),
    ];
    let second = [
        ("CHANGELOG.md", news),
        (
            "tools/tmux/agent-send.sh*",
            &*SCRIPT.replace("Delivers", "Delivers, and waits for the receipt of,"),
        ),
        (
            "guides/delivery.md",
            &*GUIDE.replace("3. Ship it.", "3. Ship it, with a note."),
        ),
        ("guides/qa.md", "# QA\n\nRun the tests twice.\n"),
        ("guides/sessions.md", "# Sessions\n"),
    ];
    let first = sandbox.bundle("mosaic-0.1.0", "0.1.0", &[&shared, &first[..]].concat());
    sandbox.bundle("mosaic-0.2.0", "0.2.0", &[&shared, &second[..]].concat());
    sandbox.install(&first);
    sandbox.edit(
        "guides/delivery.md",
        &GUIDE.replace("# Delivery", "# Delivery in our team"),
    );
    sandbox.edit("guides/qa.md", "# QA\n\nRun the tests until they pass.\n");
    sandbox.edit("guides/canary.md", "# Canary\n\nOurs sings.\n");
    sandbox
}

#[test]
fn an_update_and_what_it_leaves_to_you() {
    let sandbox = edited_home();
    let lines = [
        "mosaic update --from mosaic-0.2.0",
        "mosaic resolve guides/qa.md --mine",
        "mosaic status",
    ];
    capture(&sandbox, "update", &lines);
}

#[test]
fn what_was_edited_as_a_diff() {
    capture(&edited_home(), "diff", &["mosaic diff guides"]);
}
