//! Screens of the real runtimes, as `scripts/runtimes --record` kept them, and what is to be read on them.

use super::{Composer, Reading, Screen, read};
use crate::model::fleet_name::AgentName;
use crate::model::runtime::{Runtime, RuntimeState};

macro_rules! screen {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/runtimes/screens/",
            $name,
            ".txt"
        ))
    };
}

/// Reads a screen of its file: a title, a cursor, and the text.
fn reading(runtime: &Runtime, file: &str) -> Reading {
    let (title, rest) = file.split_once('\n').expect("a title");
    let (cursor, text) = rest.split_once("\n\n").expect("a cursor");
    let cursor = cursor.strip_prefix("cursor: ").expect("a cursor");
    let (x, y) = cursor.split_once(',').expect("a column and a row");
    let screen = Screen {
        text,
        title: title.strip_prefix("title: ").expect("a title"),
        cursor: (x.parse().expect("a number"), y.parse().expect("a number")),
    };
    read(runtime, &screen)
}

const DRAFT: &str = "[host:test] a first line\nand a second one";
const MEANWHILE: &str = "[host:test] a word meanwhile";

/// Checks the states and drafts of screens with a composer.
fn check(runtime: &Runtime, rows: &[(&str, RuntimeState, &str)]) {
    for (file, state, draft) in rows {
        let expected = Composer {
            draft: (*draft).to_owned(),
            placeholder: draft.starts_with("[Pasted") || draft.starts_with("[paste"),
        };
        let found = reading(runtime, file);
        let expected = Reading {
            state: state.clone(),
            composer: Some(expected),
            wall: None,
        };
        assert_eq!(found, expected, "{file}");
    }
}

/// Checks the states and walls of screens without one.
fn check_closed(runtime: &Runtime, rows: &[(&str, RuntimeState, Option<&'static str>)]) {
    for (file, state, wall) in rows {
        let expected = Reading {
            state: state.clone(),
            composer: None,
            wall: *wall,
        };
        assert_eq!(reading(runtime, file), expected, "{file}");
    }
}

#[test]
fn claudes_composer_is_read() {
    use RuntimeState::{Busy, GaveUp, Idle};
    let rows = [
        (screen!("claude-2.1.332-empty"), Idle, ""),
        (screen!("claude-2.1.332-draft"), Idle, DRAFT),
        (screen!("claude-2.1.332-answered"), Idle, ""),
        (screen!("claude-2.1.332-busy"), Busy, ""),
        (screen!("claude-2.1.332-busy-draft"), Busy, MEANWHILE),
        (screen!("claude-2.1.332-queued"), Busy, ""),
        (screen!("claude-2.1.332-answered-both"), Idle, ""),
        (screen!("claude-2.1.332-cancelled"), Idle, ""),
        (
            screen!("claude-2.1.332-pasted"),
            Idle,
            "[Pasted text #1 +100 lines]",
        ),
        (screen!("claude-2.1.332-cleared"), Idle, ""),
        (screen!("claude-2.1.332-gave-up"), GaveUp, ""),
    ];
    check(&Runtime::Claude, &rows);
}

#[test]
fn claudes_dialogs_are_no_composers() {
    use RuntimeState::{Approval, Wall};
    let rows = [
        (screen!("claude-2.1.332-approval"), Approval, None),
        (screen!("claude-2.1.332-approval-pasted"), Approval, None),
        (screen!("claude-2.1.332-modal"), Wall, Some("help")),
        (screen!("claude-2.1.332-wall-trust"), Wall, Some("trust")),
        (screen!("claude-2.1.332-wall-key"), Wall, Some("api-key")),
        (
            screen!("claude-2.1.332-wall-auto-mode"),
            Wall,
            Some("auto-mode"),
        ),
    ];
    check_closed(&Runtime::Claude, &rows);
}

#[test]
fn codexs_composer_is_read() {
    use RuntimeState::{Busy, GaveUp, Idle};
    let rows = [
        (screen!("codex-0.171.0-empty"), Idle, ""),
        (screen!("codex-0.171.0-draft"), Idle, DRAFT),
        (screen!("codex-0.171.0-answered"), Idle, ""),
        (screen!("codex-0.171.0-busy"), Busy, ""),
        (screen!("codex-0.171.0-busy-draft"), Busy, MEANWHILE),
        (screen!("codex-0.171.0-queued"), Busy, ""),
        (screen!("codex-0.171.0-answered-both"), Idle, ""),
        (screen!("codex-0.171.0-cancelled"), Idle, ""),
        (
            screen!("codex-0.171.0-pasted"),
            Idle,
            "[Pasted Content 1200 chars]",
        ),
        (screen!("codex-0.171.0-cleared"), Idle, ""),
        (screen!("codex-0.171.0-refused"), Idle, "/nosuchword x"),
        (screen!("codex-0.171.0-gave-up"), GaveUp, ""),
    ];
    check(&Runtime::Codex, &rows);
}

#[test]
fn codexs_dialogs_are_no_composers() {
    use RuntimeState::{Approval, Wall};
    let rows = [
        (screen!("codex-0.171.0-approval"), Approval, None),
        (screen!("codex-0.171.0-approval-pasted"), Approval, None),
        (screen!("codex-0.171.0-wall-trust"), Wall, Some("trust")),
        (
            screen!("codex-0.171.0-wall-distrusted"),
            Wall,
            Some("distrusted"),
        ),
        (screen!("codex-0.171.0-wall-sign-in"), Wall, Some("sign-in")),
    ];
    check_closed(&Runtime::Codex, &rows);
}

#[test]
fn opencodes_screen_is_read() {
    use RuntimeState::{Approval, Busy, Idle, Starting};
    let rows = [
        (screen!("opencode-1.18.33-empty"), Idle, ""),
        (screen!("opencode-1.18.33-draft"), Idle, DRAFT),
        (screen!("opencode-1.18.33-answered"), Idle, ""),
        (screen!("opencode-1.18.33-busy"), Busy, ""),
        (screen!("opencode-1.18.33-busy-draft"), Busy, MEANWHILE),
        (screen!("opencode-1.18.33-queued"), Busy, ""),
        (screen!("opencode-1.18.33-answered-both"), Idle, ""),
        (screen!("opencode-1.18.33-cancelled"), Idle, ""),
        (
            screen!("opencode-1.18.33-pasted"),
            Idle,
            "[Pasted ~100 lines]",
        ),
        (screen!("opencode-1.18.33-cleared"), Idle, ""),
        (screen!("opencode-1.18.33-waits"), Busy, ""),
    ];
    check(&Runtime::OpenCode, &rows);
    let rows = [
        (screen!("opencode-1.18.33-blank"), Starting, None),
        (screen!("opencode-1.18.33-approval"), Approval, None),
        (screen!("opencode-1.18.33-approval-pasted"), Approval, None),
    ];
    check_closed(&Runtime::OpenCode, &rows);
}

#[test]
fn pis_screen_is_read() {
    use RuntimeState::{Busy, GaveUp, Idle};
    let rows = [
        (screen!("pi-1.6.0-empty"), Idle, ""),
        (screen!("pi-1.6.0-draft"), Idle, DRAFT),
        (screen!("pi-1.6.0-answered"), Idle, ""),
        (screen!("pi-1.6.0-busy"), Busy, ""),
        (screen!("pi-1.6.0-busy-draft"), Busy, MEANWHILE),
        (screen!("pi-1.6.0-queued"), Busy, ""),
        (screen!("pi-1.6.0-answered-both"), Idle, ""),
        (screen!("pi-1.6.0-pasted"), Idle, "[paste #1 +101 lines]"),
        (screen!("pi-1.6.0-cleared"), Idle, ""),
        (screen!("pi-1.6.0-retries"), Busy, ""),
        (screen!("pi-1.6.0-gave-up"), GaveUp, ""),
    ];
    check(&Runtime::Pi, &rows);
}

#[test]
fn a_screen_of_another_runtime_is_unknown() {
    let others = [
        screen!("opencode-1.18.33-empty"),
        screen!("pi-1.6.0-empty"),
        screen!("codex-0.171.0-empty"),
    ];
    for file in others {
        assert_eq!(reading(&Runtime::Claude, file).composer, None, "{file}");
    }
    for file in [screen!("claude-2.1.332-empty"), screen!("pi-1.6.0-empty")] {
        assert_eq!(reading(&Runtime::Codex, file).state, RuntimeState::Unknown);
        assert_eq!(
            reading(&Runtime::OpenCode, file).state,
            RuntimeState::Unknown
        );
    }
    let name = AgentName::parse("mine").expect("a name");
    let of_roster = reading(&Runtime::Defined(name), screen!("codex-0.171.0-empty"));
    assert_eq!(of_roster.state, RuntimeState::Unknown);
}
