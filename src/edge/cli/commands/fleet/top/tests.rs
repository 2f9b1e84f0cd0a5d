//! The state of `fleet top` by its keys, and what is drawn of it.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use super::drawing::draw;
use super::state::{Effect, Mode, State};
use super::taken;
use crate::decide::fleet::heartbeat::Heartbeat;
use crate::edge::report::keys::{Key, keys};
use crate::edge::report::output::Screen;
use crate::model::runtime::RuntimeState;
use crate::model::tmux::Captured;
use crate::ops::fleet::line::{SessionState, UnitLine, WayBack};
use crate::ops::fleet::ps::FleetRows;
use crate::ops::fleet::row::{AgentRow, RowFlag};
use crate::ops::fleet::top::FleetLook;

const COLOURED: Screen = Screen {
    is_coloured: true,
    is_terminal: true,
    writes_utf8: true,
};

fn row(name: &str, idle: Option<u64>, state: RuntimeState) -> AgentRow {
    AgentRow {
        tenant_id: "1000".to_owned(),
        host: "here".to_owned(),
        name: name.to_owned(),
        class: Some("implementer".to_owned()),
        runtime: Some("pi".to_owned()),
        observed_runtime: Some("pi".to_owned()),
        unit_state: Some("active".to_owned()),
        enabled: Some(true),
        socket: Some("mosaic-fleet".to_owned()),
        session: SessionState::Alive,
        pane_pid: Some(4000),
        idle_seconds: idle,
        state,
        state_from: None,
        heartbeat: Heartbeat::Healthy,
        flags: Vec::new(),
        reason: None,
    }
}

fn rows() -> Vec<AgentRow> {
    let lost = AgentRow {
        session: SessionState::Gone,
        pane_pid: None,
        flags: vec![RowFlag::Dead],
        reason: Some("another's\u{1b}[2J session has its name".to_owned()),
        ..row("lead", None, RuntimeState::Unknown)
    };
    let unmanaged = AgentRow {
        class: None,
        runtime: None,
        observed_runtime: Some("vi\nm".to_owned()),
        unit_state: None,
        enabled: None,
        flags: vec![RowFlag::Unmanaged],
        ..row("a|b\u{1b}]2;x\u{7}\u{9b}c", Some(7), RuntimeState::Unknown)
    };
    vec![
        row("coder1", Some(70), RuntimeState::Busy),
        row("coder0", Some(9), RuntimeState::Idle),
        lost,
        unmanaged,
    ]
}

fn looked(rows: Vec<AgentRow>, screen: Option<(String, Result<Captured, String>)>) -> FleetLook {
    let holder = UnitLine {
        unit: "mosaic-tmux-holder.service".to_owned(),
        unit_state: "active".to_owned(),
        enabled: Some(true),
        since: None,
        socket: None,
        session: SessionState::Alive,
        pane_pid: None,
        whereabouts: None,
        stale: None,
        flags: Vec::new(),
        way_back: WayBack {
            missing: None,
            rename: None,
            is_of_fleet: false,
        },
    };
    let rows = FleetRows {
        silent_servers: Vec::new(),
        manager_problem: None,
        holder,
        rows,
    };
    FleetLook { rows, screen }
}

fn state() -> State {
    let mut state = State::new(vec!["--home".to_owned(), "/h o".to_owned()]);
    state.looked(Ok(looked(rows(), None)));
    state
}

/// Types keys, and tells what followed from the last.
fn types(state: &mut State, bytes: &str) -> Effect {
    let effects = keys(bytes.as_bytes())
        .iter()
        .map(|key| state.key(key))
        .collect::<Vec<_>>();
    effects.last().cloned().unwrap_or(Effect::Draw)
}

fn names(state: &State) -> Vec<String> {
    let shown = state.shown().into_iter();
    shown
        .map(|row| row.name.chars().take(6).collect())
        .collect()
}

fn drawn(state: &mut State, screen: Screen, (width, height): (u16, u16)) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal
        .draw(|frame| {
            let area = frame.area();
            state.is_asked_whole = draw(state, screen, area, frame.buffer_mut());
        })
        .expect("drawn");
    terminal
}

fn text(terminal: &Terminal<TestBackend>) -> String {
    terminal.backend().to_string()
}

#[test]
fn a_letter_sorts_by_its_column_then_the_other_way_then_not() {
    let mut state = state();
    let roster = ["coder1", "coder0", "lead", "a|b\u{1b}]2"];
    assert_eq!(names(&state), roster);
    types(&mut state, "N");
    assert_eq!(names(&state), ["a|b\u{1b}]2", "coder0", "coder1", "lead"]);
    types(&mut state, "N");
    assert_eq!(names(&state), ["lead", "coder1", "coder0", "a|b\u{1b}]2"]);
    types(&mut state, "N");
    assert_eq!(names(&state), roster);
    // By number, and what has none comes last either way.
    types(&mut state, "I");
    assert_eq!(names(&state), ["a|b\u{1b}]2", "coder0", "coder1", "lead"]);
    types(&mut state, "I");
    assert_eq!(names(&state), ["coder1", "coder0", "a|b\u{1b}]2", "lead"]);
}

#[test]
fn the_selection_stays_with_its_agent() {
    let mut state = state();
    let selected = |state: &State| state.selected().map(|row| row.name.clone());
    assert_eq!(selected(&state).as_deref(), Some("coder1"));
    types(&mut state, "j");
    assert_eq!(selected(&state).as_deref(), Some("coder0"));
    types(&mut state, "NN");
    assert_eq!(selected(&state).as_deref(), Some("coder0"));
    let fewer = vec![
        row("lead", None, RuntimeState::Idle),
        row("coder0", None, RuntimeState::Idle),
    ];
    state.looked(Ok(looked(fewer, None)));
    assert_eq!(selected(&state).as_deref(), Some("coder0"));
    types(&mut state, "\x1b[5~");
    assert_eq!(selected(&state).as_deref(), Some("lead"));
    types(&mut state, "\x1b[F");
    assert_eq!(selected(&state).as_deref(), Some("coder0"));
    state.looked(Ok(looked(Vec::new(), None)));
    assert_eq!(types(&mut state, "jkrsw\r"), Effect::Look);
    assert_eq!((selected(&state), state.mode), (None, Mode::Table));
}

#[test]
fn a_filter_shows_rows_that_have_it_in_a_cell() {
    let mut state = state();
    types(&mut state, "/CODER");
    assert_eq!(names(&state), ["coder1", "coder0"]);
    types(&mut state, "\x7f\x7f\x7f\x7f\x7fbusyq");
    assert_eq!(state.mode, Mode::Filter, "q is a letter there");
    types(&mut state, "\x7f\x7f\x7f\x7f\x7f");
    types(&mut state, "\x1b[200~bu\nsy\x1b[201~\r");
    assert_eq!(
        (names(&state), state.filter.as_str()),
        (vec!["coder1".to_owned()], "busy")
    );
    types(&mut state, "\x1b");
    assert_eq!(names(&state).len(), 4);
}

#[test]
fn what_acts_asks_first_and_only_y_is_yes() {
    for (key, words) in [
        ("r", "fleet restart coder1"),
        ("s", "fleet stop coder1"),
        ("z", "agent reset coder1"),
        ("a", "agent attach coder1 --yes"),
    ] {
        let words: Vec<_> = words
            .split(' ')
            .chain(["--home", "/h o"])
            .map(str::to_owned)
            .collect();
        for other in ["n", "\r", "\x1b", "q", "Y", key] {
            let mut state = state();
            types(&mut state, key);
            assert!(matches!(&state.mode, Mode::Ask(question) if question.words == words));
            assert_eq!(types(&mut state, other), Effect::Draw, "{other:?}");
            assert_eq!(state.mode, Mode::Table);
        }
        let mut state = state();
        assert_eq!(types(&mut state, &format!("{key}y")), Effect::Run(words));
    }
}

#[test]
fn what_came_with_the_question_does_not_answer_it() {
    let mut state = state();
    assert_eq!(taken(&mut state, &keys(b"ryjy")), [Effect::Draw]);
    assert!(matches!(state.mode, Mode::Ask(_)));
    // Nor does what is pasted.
    assert_eq!(
        taken(&mut state, &[Key::Pasted("y".to_owned())]),
        [Effect::Draw]
    );
    assert_eq!(state.mode, Mode::Table);
}

#[test]
fn a_command_that_cannot_be_read_to_its_end_is_not_run() {
    let mut state = state();
    types(&mut state, "r");
    drawn(&mut state, COLOURED, (10, 3));
    assert_eq!(types(&mut state, "y"), Effect::Draw);
    assert!(state.note.expect("a note").contains("too small"));
}

#[test]
fn a_session_that_no_roster_knows_is_left_alone() {
    let mut state = state();
    types(&mut state, "\x1b[F");
    for key in ["r", "s", "z", "a", "w"] {
        assert_eq!(types(&mut state, key), Effect::Draw);
        assert_eq!(state.mode, Mode::Table, "{key}");
    }
    types(&mut state, "\r");
    assert_eq!(state.wants_screen(), None);
}

#[test]
fn the_screen_is_read_of_the_one_that_is_shown() {
    let mut state = state();
    assert_eq!(state.wants_screen(), None);
    assert_eq!(types(&mut state, "\r"), Effect::Look);
    assert_eq!(state.wants_screen().as_deref(), Some("coder1"));
    assert_eq!(types(&mut state, "j"), Effect::Look);
    assert_eq!(state.wants_screen().as_deref(), Some("coder0"));
    types(&mut state, "\x1b");
    assert_eq!(types(&mut state, "w"), Effect::Look);
    assert_eq!(state.wants_screen().as_deref(), Some("coder0"));
    types(&mut state, "\x1b");
    assert_eq!((state.wants_screen(), state.mode), (None, Mode::Table));
}

#[test]
fn control_keys_mean_the_same_everywhere() {
    for keys in ["", "/x", "r", "w", "?", "\r"] {
        for (key, effect) in [
            ("\x03", Effect::Quit),
            ("\x1a", Effect::Suspend),
            ("\x0c", Effect::Redraw),
        ] {
            let mut state = state();
            types(&mut state, keys);
            assert_eq!(types(&mut state, key), effect, "{keys:?}");
        }
    }
}

#[test]
fn a_look_that_failed_leaves_what_was_seen() {
    let mut state = state();
    state.looked(Err("the roster is broken\u{7}".to_owned()));
    let shown = text(&drawn(&mut state, COLOURED, (100, 8)));
    assert!(
        shown.contains("not looked at: the roster is broken\\u{7}"),
        "{shown}"
    );
    assert!(shown.contains("coder0"), "{shown}");
}

#[test]
fn the_table_is_drawn_as_reviewed() {
    let mut state = state();
    types(&mut state, "jI");
    let terminal = drawn(&mut state, COLOURED, (110, 9));
    insta::assert_snapshot!("table", text(&terminal));
    types(&mut state, "?");
    insta::assert_snapshot!("keys", text(&drawn(&mut state, COLOURED, (110, 13))));
}

#[test]
fn a_detail_and_a_question_are_drawn_as_reviewed() {
    let mut state = state();
    types(&mut state, "\r");
    let screen = Captured {
        is_full_screen: false,
        lines: ["one", "two \u{1b}[31mred\u{9b}", "three", "", ""]
            .map(str::to_owned)
            .to_vec(),
    };
    state.looked(Ok(looked(rows(), Some(("coder1".to_owned(), Ok(screen))))));
    insta::assert_snapshot!("detail", text(&drawn(&mut state, COLOURED, (80, 20))));
    types(&mut state, "s");
    insta::assert_snapshot!("question", text(&drawn(&mut state, COLOURED, (60, 12))));
}

#[test]
fn what_colours_tell_words_tell_too() {
    let plain = Screen {
        is_coloured: false,
        ..COLOURED
    };
    let mut state = state();
    let coloured = drawn(&mut state, COLOURED, (110, 9));
    let uncoloured = drawn(&mut state, plain, (110, 9));
    assert_eq!(text(&coloured), text(&uncoloured));
    let mut cells = uncoloured.backend().buffer().content.iter();
    assert!(cells.all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    // The selected row is marked by a sign, and not only reversed.
    let selected = coloured.backend().buffer().cell((0, 2)).expect("a cell");
    assert_eq!(selected.symbol(), ">");
    assert!(selected.modifier.contains(Modifier::REVERSED));
}

#[test]
fn no_size_is_too_small_and_none_shows_a_control_character() {
    for keys in ["", "\r", "w", "/x", "?", "r", "\x1b[F\r", "\x1b[F"] {
        for size in [(1, 1), (1, 9), (2, 2), (20, 5), (9, 3), (300, 1), (300, 80)] {
            let mut state = state();
            types(&mut state, keys);
            let shown = text(&drawn(&mut state, COLOURED, size));
            let is_hostile = |character: char| character.is_control() && character != '\n';
            assert!(!shown.contains(is_hostile), "{shown:?}");
        }
    }
    let mut state = state();
    let small = text(&drawn(&mut state, COLOURED, (20, 5)));
    assert!(
        small.contains("> coder1") && small.contains("STATE"),
        "{small}"
    );
}

#[test]
fn many_agents_are_shown_by_pages() {
    let mut state = state();
    let many = (0..200).map(|n| row(&format!("agent{n:03}"), Some(n), RuntimeState::Idle));
    state.looked(Ok(looked(many.collect(), None)));
    types(&mut state, "\x1b[F");
    let last = text(&drawn(&mut state, COLOURED, (80, 24)));
    assert!(
        last.contains("> agent199") && !last.contains("agent000"),
        "{last}"
    );
}
