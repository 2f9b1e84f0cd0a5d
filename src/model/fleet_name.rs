//! Names in a fleet: of agents, tmux sockets and sessions. What is no such name cannot be made one.

use std::fmt;

use serde::Serialize;

/// Longest name of an agent: units and files are called after it, and systemd takes 255 characters for a unit.
pub const AGENT_NAME_MAX: usize = 200;

/// Reason why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// The text is empty.
    #[error("it is empty")]
    Empty,
    /// A first character that only later ones may be.
    #[error("it begins with {0:?}")]
    First(char),
    /// `.` and `:` where it names a session: tmux separates the parts of a target with them.
    #[error("tmux would make the {0:?} in it a '_', and the name would lead nowhere")]
    Rewritten(char),
    /// The text has a character that no name may have.
    #[error("it has the character {0:?}")]
    Character(char),
    /// The text is longer than [`AGENT_NAME_MAX`].
    #[error("it is longer than {AGENT_NAME_MAX} characters")]
    TooLong,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, first: $first:expr, also: $also:expr, longest: $longest:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks a text and takes it as a name.
            ///
            /// # Errors
            ///
            /// The fault of a text that cannot be one, with the rule that it breaks.
            pub fn parse(text: &str) -> Result<Self, NameFault> {
                check(text, $first, $also, $longest).map(|()| Self(text.to_owned()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

name! {
    /// An agent, its unit's instance and its session: `^[A-Za-z0-9][A-Za-z0-9_-]*$`.
    AgentName, first: "", also: "_-", longest: AGENT_NAME_MAX
}
name! {
    /// A socket for `tmux -L`: `^[A-Za-z0-9_][A-Za-z0-9_.-]*$`.
    SocketName, first: "_", also: "_.-", longest: usize::MAX
}
name! {
    /// A tmux session: `^[A-Za-z0-9_][A-Za-z0-9_-]*$`.
    SessionName, first: "_", also: "_-", longest: usize::MAX
}

/// Letters and digits, and these: `first` at the beginning, `also` behind it.
fn check(text: &str, first: &str, also: &str, longest: usize) -> Result<(), NameFault> {
    let is_one = |c: char, besides: &str| c.is_ascii_alphanumeric() || besides.contains(c);
    let begins = text.chars().next().ok_or(NameFault::Empty)?;
    match text.chars().find(|c| !is_one(*c, also)) {
        Some(c @ ('.' | ':')) if !also.contains('.') => Err(NameFault::Rewritten(c)),
        Some(c) => Err(NameFault::Character(c)),
        None if !is_one(begins, first) => Err(NameFault::First(begins)),
        None if text.len() > longest => Err(NameFault::TooLong),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_tmux_and_systemd_leave_alone_are_names() {
        use NameFault::{Character, Empty, First, Rewritten, TooLong};
        let long = "x".repeat(AGENT_NAME_MAX + 1);
        let cases: &[(&str, [Result<(), NameFault>; 3])] = &[
            ("coder0-0", [Ok(()); 3]),
            ("0", [Ok(()); 3]),
            ("a_b", [Ok(()); 3]),
            ("_holder", [Err(First('_')), Ok(()), Ok(())]),
            ("a.b", [Err(Rewritten('.')), Ok(()), Err(Rewritten('.'))]),
            (
                "a:b",
                [
                    Err(Rewritten(':')),
                    Err(Character(':')),
                    Err(Rewritten(':')),
                ],
            ),
            (
                ".a",
                [Err(Rewritten('.')), Err(First('.')), Err(Rewritten('.'))],
            ),
            ("-a", [Err(First('-')); 3]),
            ("a/b", [Err(Character('/')); 3]),
            ("a b", [Err(Character(' ')); 3]),
            ("a\n", [Err(Character('\n')); 3]),
            ("é", [Err(Character('é')); 3]),
            ("", [Err(Empty); 3]),
            (&long, [Err(TooLong), Ok(()), Ok(())]),
        ];
        for (text, [agent, socket, session]) in cases {
            assert_eq!(AgentName::parse(text).map(drop), *agent, "agent {text:?}");
            assert_eq!(
                SocketName::parse(text).map(drop),
                *socket,
                "socket {text:?}"
            );
            assert_eq!(
                SessionName::parse(text).map(drop),
                *session,
                "session {text:?}"
            );
        }
    }
}
