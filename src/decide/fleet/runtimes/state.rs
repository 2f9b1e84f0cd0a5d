//! What a runtime does at the moment, by what tells of it: the kernel, its own files, its title, its screen, its
//! heartbeat, in this order. The nearer a source is to the runtime itself the earlier it counts; a screen may show in its
//! text what looks like a state.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::decide::fleet::heartbeat::Beat;
use crate::decide::fleet::runtimes::facts;
use crate::model::runtime::{Runtime, RuntimeState};
use crate::model::tmux::Pane;

/// Seconds for which a program without a known sign is taken to be starting still: the slowest composer that was seen
/// came after 36.
const STARTS_WITHIN: u64 = 40;

/// Where a state was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StateSource {
    /// The kernel's state of its process.
    Kernel,
    /// A file in which the runtime keeps its own state.
    SessionFile,
    /// The title of its terminal.
    Title,
    /// Marks on its screen.
    Screen,
    /// Its heartbeat.
    Heartbeat,
}

impl StateSource {
    /// The source for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kernel => "the kernel",
            Self::SessionFile => "its session file",
            Self::Title => "its title",
            Self::Screen => "its screen",
            Self::Heartbeat => "its heartbeat",
        }
    }
}

/// What there is to tell a state by.
pub(crate) struct Signs<'a> {
    /// The runtime that was found in the pane; none where it is another program.
    pub runtime: Option<&'a Runtime>,
    /// True if its process is stopped.
    pub is_stopped: bool,
    /// Seconds since its process began.
    pub age: u64,
    /// Text of the file in which claude keeps the state of its session.
    pub session_file: Option<&'a str>,
    /// The pane, with the marks that its screen shows.
    pub pane: Option<&'a Pane>,
    /// The last beat.
    pub beat: &'a Beat,
}

/// The state, and where it was read; nowhere if it is unknown.
pub(crate) fn state(signs: &Signs) -> (RuntimeState, Option<StateSource>) {
    if signs.is_stopped {
        return (RuntimeState::Stopped, Some(StateSource::Kernel));
    }
    let told = [
        (by_file(signs), StateSource::SessionFile),
        (by_title(signs), StateSource::Title),
        (by_screen(signs), StateSource::Screen),
        (signs.beat.state.clone(), StateSource::Heartbeat),
        (by_age(signs), StateSource::Kernel),
    ];
    let mut told = told.into_iter();
    told.find_map(|(state, from)| Some((state?, Some(from))))
        .unwrap_or((RuntimeState::Unknown, None))
}

/// What claude waits for at a wall that it shows after its start, and at its own help.
const DIALOG: &str = "dialog open";

/// What claude keeps in `sessions/PID.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionFile {
    session_id: Option<String>,
    status: Option<String>,
    waiting_for: Option<String>,
}

fn by_file(signs: &Signs) -> Option<RuntimeState> {
    by_session_file(signs.session_file?)
}

/// The conversation that claude's session file names.
pub(crate) fn claude_conversation(text: &str) -> Option<String> {
    let file: SessionFile = serde_json::from_str(text).ok()?;
    file.session_id
}

/// What claude's session file says that it does.
pub(crate) fn by_session_file(text: &str) -> Option<RuntimeState> {
    let file: SessionFile = serde_json::from_str(text).ok()?;
    match file.status?.as_str() {
        "idle" => Some(RuntimeState::Idle),
        "busy" => Some(RuntimeState::Busy),
        "waiting" if file.waiting_for.as_deref() == Some(DIALOG) => Some(RuntimeState::Wall),
        "waiting" => Some(RuntimeState::Approval),
        _ => None,
    }
}

/// Codex's title blinks while it asks.
const ASKS: [&str; 2] = ["[ ! ] ", "[ . ] "];

/// Codex puts its state before what it has of foreign text.
fn by_title(signs: &Signs) -> Option<RuntimeState> {
    let title = &signs.pane?.title;
    match signs.runtime? {
        Runtime::Codex if ASKS.iter().any(|asks| title.starts_with(asks)) => {
            Some(RuntimeState::Approval)
        }
        Runtime::Codex if title.starts_with(is_spinning) => Some(RuntimeState::Busy),
        _ => None,
    }
}

/// Tells whether a character is a frame of a spinner: one of the Braille patterns.
fn is_spinning(character: char) -> bool {
    ('\u{2800}'..='\u{28ff}').contains(&character)
}

fn by_screen(signs: &Signs) -> Option<RuntimeState> {
    let marks = &facts(signs.runtime?)?.marks;
    let shown = &signs.pane?.marks;
    let states = [
        (marks.approval, RuntimeState::Approval),
        (marks.wall, RuntimeState::Wall),
        (marks.busy, RuntimeState::Busy),
        (marks.idle, RuntimeState::Idle),
    ];
    let mut states = states.into_iter();
    states.find_map(|(marks, state)| {
        marks
            .iter()
            .any(|mark| shown.contains(mark))
            .then_some(state)
    })
}

fn by_age(signs: &Signs) -> Option<RuntimeState> {
    let is_starting = signs.runtime.is_some() && signs.age < STARTS_WITHIN;
    is_starting.then_some(RuntimeState::Starting)
}

/// The thread that a codex's transcript is of, by its beginning, where a person talks in it.
pub(crate) fn codex_thread(transcript: &str) -> Option<String> {
    let head: Value = serde_json::from_str(transcript.lines().next()?).ok()?;
    let said = &head["payload"];
    let is_persons = head["type"] == "session_meta" && said["source"] == "cli";
    let id = said["id"].as_str().filter(|_| is_persons)?;
    Some(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_one_that_a_person_talks_in() {
        let of = |source: &str| {
            let head =
                format!(r#"{{"type":"session_meta","payload":{{"id":"01-2","source":{source}}}}}"#);
            codex_thread(&format!("{head}\n{{}}\n"))
        };
        assert_eq!(of("\"cli\""), Some("01-2".to_owned()));
        assert_eq!(of(r#"{"subagent":"review"}"#), None);
        assert_eq!(of("\"exec\""), None);
        assert_eq!(codex_thread(""), None);
        assert_eq!(codex_thread("{\"type\":\"session_meta\""), None, "cut off");
    }
    use crate::decide::fleet::heartbeat::beat;

    fn pane(title: &str, marks: &[&'static str]) -> Pane {
        Pane {
            session: "a".to_owned(),
            session_id: "$1".to_owned(),
            agent: None,
            id: "%1".to_owned(),
            active_at: None,
            title: title.to_owned(),
            marks: marks.to_vec(),
            pid: Some(7),
            is_dead: false,
        }
    }

    const WAITS: &str = r#"{"status":"waiting","waitingFor":"permission prompt"}"#;

    /// The state of a runtime that was started long ago and shows this.
    fn told(
        runtime: &Runtime,
        pane: &Pane,
        also: impl Fn(&mut Signs),
    ) -> (RuntimeState, Option<StateSource>) {
        let beat = Beat::default();
        let mut signs = Signs {
            runtime: Some(runtime),
            is_stopped: false,
            age: 99,
            session_file: None,
            pane: Some(pane),
            beat: &beat,
        };
        also(&mut signs);
        state(&signs)
    }

    #[test]
    fn claudes_own_file_is_believed_before_its_heartbeat() {
        let busy = beat("state=busy", 1);
        let bare = pane("", &[]);
        let by_file = |file: &'static str| {
            told(&Runtime::Claude, &bare, |signs| {
                signs.session_file = Some(file);
            })
        };
        assert_eq!(
            by_file(WAITS),
            (RuntimeState::Approval, Some(StateSource::SessionFile))
        );
        assert_eq!(
            by_file(r#"{"status":"waiting","waitingFor":"dialog open"}"#).0,
            RuntimeState::Wall
        );
        for wrong in ["{\"status\":\"new\"}", "{}", "no json"] {
            assert_eq!(by_file(wrong), (RuntimeState::Unknown, None), "{wrong}");
        }
        let signs = Signs {
            runtime: Some(&Runtime::Claude),
            is_stopped: false,
            age: 99,
            session_file: Some("{}"),
            pane: Some(&bare),
            beat: &busy,
        };
        assert_eq!(
            state(&signs),
            (RuntimeState::Busy, Some(StateSource::Heartbeat))
        );
    }

    #[test]
    fn a_title_is_believed_at_its_beginning_and_of_codex_alone() {
        let at = |runtime: &Runtime, title: &str| told(runtime, &pane(title, &[]), |_| {});
        let title = Some(StateSource::Title);
        assert_eq!(
            at(&Runtime::Codex, "\u{2819} t | d"),
            (RuntimeState::Busy, title)
        );
        for blinks in ["[ ! ] Action Required", "[ . ] Action Required | t | d"] {
            assert_eq!(at(&Runtime::Codex, blinks), (RuntimeState::Approval, title));
        }
        assert_eq!(
            at(&Runtime::Codex, "say [ ! ] x"),
            (RuntimeState::Unknown, None)
        );
        assert_eq!(
            at(&Runtime::Pi, "\u{2819} t | d"),
            (RuntimeState::Unknown, None)
        );
    }

    #[test]
    fn what_needs_a_person_is_believed_first_on_a_screen() {
        let screen = Some(StateSource::Screen);
        let both = pane("", &["esc to interrupt", "Do you want to proceed?"]);
        assert_eq!(
            told(&Runtime::Claude, &both, |_| {}),
            (RuntimeState::Approval, screen)
        );
        let idle = pane("", &["Ask Codex to do anything"]);
        assert_eq!(
            told(&Runtime::Codex, &idle, |_| {}),
            (RuntimeState::Idle, screen)
        );
    }

    #[test]
    fn a_process_tells_that_it_is_stopped_or_new() {
        let bare = pane("", &[]);
        let kernel = Some(StateSource::Kernel);
        let stopped = told(&Runtime::Claude, &bare, |signs| {
            signs.session_file = Some(WAITS);
            signs.is_stopped = true;
        });
        assert_eq!(stopped, (RuntimeState::Stopped, kernel));
        let new = told(&Runtime::Pi, &bare, |signs| signs.age = 5);
        assert_eq!(new, (RuntimeState::Starting, kernel));
        let other = told(&Runtime::Pi, &bare, |signs| {
            (signs.runtime, signs.age) = (None, 5);
        });
        assert_eq!(other, (RuntimeState::Unknown, None));
    }
}
