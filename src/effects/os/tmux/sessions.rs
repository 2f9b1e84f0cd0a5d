//! The sessions of a server, by their exact names.

use std::collections::BTreeMap;

use super::{Sockets, knock};
use crate::effects::os::process;
use crate::model::answer::Answer;
use crate::model::tmux::Sessions;

/// The name of a session comes last: it may have any character in it.
const FORMAT: &str = "#{pane_dead}|#{session_name}";

impl Sockets {
    /// The sessions of the server behind a name; none where nobody answers there. Starts no server.
    pub(crate) fn sessions(&self, name: &str) -> Sessions {
        let path = self.directory.join(name);
        match self.examine(&path).map(|()| knock(&path)) {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Sessions::Known(BTreeMap::new()),
            Ok(Err(errno)) => return Sessions::Unknown(errno.to_string()),
            Err(found) if found.is_dead() => return Sessions::Known(BTreeMap::new()),
            Err(found) => return Sessions::Unknown(found.to_string()),
        }
        let ask = |words: &[&str]| self.command(name, words);
        match ask(&["list-panes", "-a", "-F", FORMAT]) {
            Answer::Said {
                status: Some(0),
                text,
                ..
            } => Sessions::Known(parse(&text)),
            // A server without a session has no panes to list, and says so as a failure.
            Answer::Said { error, .. } => match ask(&["list-sessions"]) {
                Answer::Said {
                    status: Some(0),
                    text,
                    ..
                } if text.is_empty() => Sessions::Known(BTreeMap::new()),
                _ => Sessions::Unknown(error.trim().to_owned()),
            },
            Answer::Late { .. } => {
                Sessions::Unknown("the tmux server does not answer in time".to_owned())
            }
            Answer::Absent => Sessions::Unknown("tmux is not on the PATH".to_owned()),
            Answer::Broken(why) => Sessions::Unknown(why),
        }
    }

    /// Ends a session, by its exact name, with all that runs in it. What tmux says to that.
    pub(crate) fn end_session(&self, name: &str, session: &str) -> String {
        match self.command(name, &["kill-session", "-t", &format!("={session}")]) {
            Answer::Said { error, .. } => error.trim().to_owned(),
            answer => format!("{answer:?}"),
        }
    }

    /// Tells the server behind a name something; starts none.
    fn command(&self, name: &str, words: &[&str]) -> Answer {
        match self.directory.join(name).to_str() {
            Some(socket) => process::ask(
                "tmux",
                &[&["-N", "-u", "-S", socket], words].concat(),
                self.patience,
            ),
            None => Answer::Broken("its path is not UTF-8".to_owned()),
        }
    }
}

/// Sessions by name; true for those in which a process is in one of their panes still.
fn parse(text: &str) -> BTreeMap<String, bool> {
    let mut sessions = BTreeMap::new();
    for (is_dead, name) in text.lines().filter_map(|line| line.split_once('|')) {
        *sessions.entry(name.to_owned()).or_default() |= is_dead != "1";
    }
    sessions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_if_one_of_its_panes_does() {
        let expected = [("a", true), ("b|c", false)].map(|(name, lives)| (name.to_owned(), lives));
        assert_eq!(parse("1|a\n0|a\n1|b|c\n"), BTreeMap::from(expected));
    }
}
