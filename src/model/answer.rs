//! Answers of other programs.

/// The end of a program that was asked something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The program is not on the `PATH`.
    Absent,
    /// The program is there and could not be started.
    Broken(String),
    /// The program did not end in time and was ended.
    Late {
        /// Seconds that it had.
        seconds: u64,
    },
    /// The program ended.
    Said {
        /// Exit status; `None` where a signal ended it.
        status: Option<i32>,
        /// Text that it wrote to stdout.
        text: String,
        /// Text that it wrote to stderr.
        error: String,
    },
}

impl Answer {
    /// Text on stdout, without the space around it, whether the program succeeded or not; empty
    /// where it said nothing.
    pub fn text(&self) -> &str {
        match self {
            Self::Said { text, .. } => text.trim(),
            _ => "",
        }
    }

    /// Text on stdout, if the program succeeded.
    pub fn success(&self) -> Option<&str> {
        match self {
            Self::Said {
                status: Some(0),
                text,
                ..
            } => Some(text.trim()),
            _ => None,
        }
    }
}
