//! What a server has: its panes, by the exact names of their sessions. It is asked by the path of a socket.

use std::path::Path;

use super::{PATIENCE, client, parse};
use crate::decide::fleet::runtimes::Sought;
use crate::model::answer::Answer;
use crate::model::tmux::{Captured, Pane, Screen, ServerAnswer, Silence};

/// What is told of a pane. Two texts may have any character in them: of the session's name the length is told, and the
/// title comes last.
const PANE: &str = "#{pane_dead}|#{pane_pid}|#{session_id}|#{MOSAIC_AGENT_NAME}|#{pane_id}|#{window_activity}|#{n:session_name}|";
const TEXTS: &str = "|#{session_name}|#{pane_title}";
/// Most panes of a runtime that are searched: a client takes a command of 16 KiB.
const PANES_MAX: usize = 1_000;
const SERVER: &str = "#{pid}|#{start_time}";
/// What a server without a session says when it is asked for panes.
const NO_SESSION: &str = "no current target";

/// Asks the server at a path for itself, its panes, and what is sought on their screens: one program that is run.
/// Starts no server.
///
/// # Errors
///
/// Why it does not tell.
pub(crate) fn ask(path: &Path, sought: &[Sought]) -> Result<ServerAnswer, Silence> {
    let shown = sought.iter().enumerate();
    let shown: String = shown
        .map(|(number, sought)| shown_of(number, sought))
        .collect();
    let format = format!("{PANE}{shown}{TEXTS}");
    let words = [
        "display-message",
        "-p",
        SERVER,
        ";",
        "list-panes",
        "-a",
        "-F",
        &format,
    ];
    let (status, text, error) = match client::tell(path, &words, PATIENCE) {
        Answer::Said {
            status,
            text,
            error,
        } => (status, text, error),
        Answer::Late { .. } => return Err(Silence::Late),
        Answer::Absent => return Err(Silence::Told("tmux is not on the PATH".to_owned())),
        Answer::Broken(why) => return Err(Silence::Told(why)),
    };
    let mut lines = text.lines();
    let server = lines.next().and_then(parse);
    let is_told = status == Some(0) || error.trim() == NO_SESSION;
    match server.filter(|_| is_told) {
        Some(server) => Ok(ServerAnswer {
            server,
            panes: lines.filter_map(|line| pane(line, sought)).collect(),
        }),
        None => Err(Silence::Told(explained(error.trim()))),
    }
}

/// A client that is older than the server ends with words that blame the server, which is well.
fn explained(error: &str) -> String {
    match error {
        "server exited unexpectedly" => {
            "the tmux on the PATH cannot speak to the server, which is of another version"
                .to_owned()
        }
        error => error.to_owned(),
    }
}

/// The text of a pane, without colours: its screen, and so many lines of its history above. Looks only: a client is
/// attached nowhere, so nothing is typed and nothing resized.
///
/// # Errors
///
/// Why the server does not tell.
pub(crate) fn capture(path: &Path, pane: &str, history: usize) -> Result<Captured, Silence> {
    let from = format!("-{history}");
    let words = [
        "display-message",
        "-p",
        "-t",
        pane,
        "#{alternate_on}",
        ";",
        "capture-pane",
        "-p",
        "-J",
        "-t",
        pane,
        "-S",
        &from,
    ];
    let text = said(client::tell(path, &words, PATIENCE))?;
    let (is_full_screen, text) = text.split_once('\n').unwrap_or_default();
    Ok(Captured {
        is_full_screen: is_full_screen == "1",
        lines: text
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect(),
    })
}

/// The screen of a pane as it is, and where its cursor stands.
///
/// # Errors
///
/// Why the server does not tell.
pub(crate) fn screen(path: &Path, pane: &str) -> Result<Screen, Silence> {
    let is_this = format!("#{{==:#{{pane_id}},{pane}}}");
    let words = [
        "list-panes",
        "-t",
        pane,
        "-f",
        &is_this,
        "-F",
        "#{cursor_x}|#{cursor_y}|#{pane_title}",
        ";",
        "capture-pane",
        "-p",
        "-J",
        "-t",
        pane,
    ];
    let text = said(client::tell(path, &words, PATIENCE))?;
    let (head, text) = text.split_once('\n').unwrap_or((&text, ""));
    let mut head = head.splitn(3, '|');
    let mut number = || head.next().and_then(|text| text.parse().ok());
    let cursor = (number(), number());
    let (Some(x), Some(y)) = cursor else {
        return Err(Silence::Told("its pane is gone".to_owned()));
    };
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    Ok(Screen {
        text: lines.join("\n"),
        title: head.next().unwrap_or_default().to_owned(),
        cursor: (x, y),
    })
}

/// What a server has said to commands that must all be carried out.
///
/// # Errors
///
/// Why it has not.
pub(super) fn said(answer: Answer) -> Result<String, Silence> {
    match answer {
        Answer::Said {
            status: Some(0),
            text,
            ..
        } => Ok(text),
        Answer::Said { error, .. } => Err(Silence::Told(explained(error.trim()))),
        Answer::Late { .. } => Err(Silence::Late),
        Answer::Absent => Err(Silence::Told("tmux is not on the PATH".to_owned())),
        Answer::Broken(why) => Err(Silence::Told(why)),
    }
}

/// Ends a session, by its id, with all that runs in it. What tmux says to that.
pub(crate) fn end_session(path: &Path, id: &str) -> String {
    match client::tell(path, &["kill-session", "-t", id], PATIENCE) {
        Answer::Said { error, .. } => error.trim().to_owned(),
        answer => format!("{answer:?}"),
    }
}

/// What shows of panes which marks of theirs can be seen, as `NUMBER:` and a digit each; nothing of other panes.
fn shown_of(number: usize, sought: &Sought) -> String {
    let pids = sought.panes.iter().take(PANES_MAX);
    let pids: String = pids.map(|pid| format!("{pid}|")).collect();
    let marks = sought.marks.iter();
    let marks: String = marks
        .map(|mark| format!("#{{?#{{C:{mark}}},1,0}}"))
        .collect();
    format!("#{{?#{{m:*|#{{pane_pid}}|*,|{pids}}},{number}:{marks},}}")
}

fn pane(line: &str, sought: &[Sought]) -> Option<Pane> {
    let mut fields = line.splitn(9, '|');
    let is_dead = fields.next()? == "1";
    let pid = fields.next()?.parse().ok();
    let session_id = fields.next()?.to_owned();
    let agent = fields.next().filter(|agent| !agent.is_empty());
    let id = fields.next()?.to_owned();
    let active_at = fields.next()?.parse().ok();
    let length: usize = fields.next()?.parse().ok()?;
    let marks = shown_in(fields.next()?, sought);
    let (session, title) = fields.next()?.split_at_checked(length)?;
    Some(Pane {
        is_dead,
        pid,
        session_id,
        agent: agent.map(str::to_owned),
        id,
        active_at,
        session: session.to_owned(),
        title: title.strip_prefix('|')?.to_owned(),
        marks: marks.unwrap_or_default(),
    })
}

/// The marks that a pane shows, of those that were sought there.
fn shown_in(field: &str, sought: &[Sought]) -> Option<Vec<&'static str>> {
    let (number, digits) = field.split_once(':')?;
    let sought = sought.get(number.parse::<usize>().ok()?)?;
    let marks = sought.marks.iter().zip(digits.chars());
    let shown = marks.filter(|(_, digit)| *digit == '1');
    Some(shown.map(|(mark, _)| *mark).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pane_is_read_whatever_its_session_is_called() {
        let sought = [&["z"][..], &["x", "y"]].map(|marks| Sought {
            panes: vec![77],
            marks: marks.to_vec(),
        });
        let read = pane("0|77|$3|a|%5|1700000000|3|1:01|b|c|d|e", &sought).expect("a pane");
        assert_eq!((read.pid, read.is_dead), (Some(77), false));
        assert_eq!((read.session_id.as_str(), read.id.as_str()), ("$3", "%5"));
        assert_eq!((read.session.as_str(), read.title.as_str()), ("b|c", "d|e"));
        assert_eq!(
            (read.active_at, read.marks),
            (Some(1_700_000_000), vec!["y"])
        );
        assert_eq!(read.agent.as_deref(), Some("a"));
        // Since tmux 3.7 a dead pane has no process.
        let dead = pane("1||$3||%5||1||a|", &[]).expect("a pane");
        assert_eq!((dead.pid, dead.is_dead, dead.active_at), (None, true, None));
        assert_eq!(
            pane("0|77|$3||%5|1|9||a|", &[]),
            None,
            "a name that is cut off"
        );
    }
}
