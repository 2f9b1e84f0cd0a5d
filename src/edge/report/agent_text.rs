//! Agents for people: the cells of a row in a table, and the facts of one.

use anstyle::Style;

use crate::edge::report::output::style;
use crate::edge::report::table::{harmless, span};
use crate::model::runtime::RuntimeState;
use crate::ops::fleet::line::SessionState;
use crate::ops::fleet::row::{AgentRow, RowFlag};

/// The heading of each column. No two begin with the same letter: it is the key that sorts by the column.
pub(crate) const HEADING: [&str; 9] = [
    "NAME", "CLASS", "RUNTIME", "STATE", "IDLE", "HEART", "PID", "UNIT", "FLAGS",
];

/// A cell: a text that may stand on any screen, and its style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The text, without colours and control characters.
    pub text: String,
    /// The style of the text.
    pub style: Style,
}

/// The cells of an agent's row.
pub(crate) fn cells(row: &AgentRow) -> [Cell; 9] {
    let unit = match (&row.unit_state, row.enabled) {
        (Some(state), Some(false)) if state == "active" => "active, not enabled".to_owned(),
        (Some(state), _) => state.clone(),
        (None, _) => String::new(),
    };
    let plain = |text: String| Cell {
        text,
        style: Style::new(),
    };
    [
        plain(harmless(&row.name)),
        plain(row.class.clone().unwrap_or_default()),
        plain(runtime(row)),
        state(row),
        plain(row.idle_seconds.map(span).unwrap_or_default()),
        plain(row.heartbeat.as_str().to_owned()),
        plain(row.pane_pid.map(|pid| pid.to_string()).unwrap_or_default()),
        plain(unit),
        flags(row),
    ]
}

fn runtime(row: &AgentRow) -> String {
    match (&row.runtime, &row.observed_runtime) {
        (Some(declared), Some(seen)) if declared != seen => {
            format!("{declared} (runs {})", harmless(seen))
        }
        (Some(declared), _) => declared.clone(),
        (None, Some(seen)) => harmless(seen),
        (None, None) => String::new(),
    }
}

/// The runtime's state; where no session lives, that.
fn state(row: &AgentRow) -> Cell {
    let (text, style) = match (row.session, &row.state) {
        (SessionState::Dead, _) => ("dead", style::ALARM),
        (SessionState::Gone, _) => ("no session", style::FAINT),
        (SessionState::Unknown, _) | (_, RuntimeState::Unknown) => ("unknown", style::FAINT),
        (_, RuntimeState::Idle) => (row.state.as_str(), style::COMES),
        (_, RuntimeState::Busy | RuntimeState::Starting) => (row.state.as_str(), style::CHANGES),
        _ => (row.state.as_str(), style::ALARM),
    };
    Cell {
        text: text.to_owned(),
        style,
    }
}

fn flags(row: &AgentRow) -> Cell {
    let style = match row.flags.as_slice() {
        [] => Style::new(),
        [RowFlag::Unmanaged] => style::FAINT,
        _ => style::ALARM,
    };
    Cell {
        text: flag_words(row),
        style,
    }
}

fn flag_words(row: &AgentRow) -> String {
    let flags: Vec<_> = row.flags.iter().map(|flag| flag.as_str()).collect();
    flags.join(" ")
}

/// The facts that there are of an agent.
pub(crate) fn facts(row: &AgentRow) -> Vec<(&'static str, String)> {
    let state = row.state_from.map_or_else(
        || row.state.as_str().to_owned(),
        |from| format!("{}, by {}", row.state.as_str(), from.as_str()),
    );
    let session = match row.session {
        SessionState::Alive => "alive",
        SessionState::Dead => "dead",
        SessionState::Gone => "none",
        SessionState::Unknown => "unknown",
    };
    let enabled = match row.enabled {
        Some(true) => ", enabled",
        Some(false) => ", not enabled",
        None => "",
    };
    let unit = row.unit_state.as_ref();
    let some = |text: String| (!text.is_empty()).then_some(text);
    let facts = [
        ("class", row.class.clone()),
        ("runtime", row.runtime.clone()),
        ("runs", row.observed_runtime.as_deref().map(harmless)),
        ("state", Some(state)),
        ("heartbeat", Some(row.heartbeat.as_str().to_owned())),
        ("idle", row.idle_seconds.map(span)),
        ("session", Some(session.to_owned())),
        ("socket", row.socket.clone()),
        ("pid", row.pane_pid.map(|pid| pid.to_string())),
        ("unit", unit.map(|state| format!("{state}{enabled}"))),
        ("flags", some(flag_words(row))),
        ("why", row.reason.as_deref().map(harmless)),
    ];
    let facts = facts.into_iter();
    facts
        .filter_map(|(fact, value)| Some((fact, value?)))
        .collect()
}
