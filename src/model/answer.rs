//! What another program answered.

/// The end of a program that was asked something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is not on the `PATH`.
    Absent,
    /// It is there and could not be started.
    Broken(String),
    /// It did not end in time and was ended.
    Late {
        /// How long it had, in seconds.
        seconds: u64,
    },
    /// It ended.
    Said {
        /// Its exit status; `None` where a signal ended it.
        status: Option<i32>,
        /// What it wrote to stdout.
        text: String,
        /// What it wrote to stderr.
        error: String,
    },
}

impl Answer {
    /// What it said, without the space around it, whether it succeeded or not; empty where it said nothing.
    pub fn text(&self) -> &str {
        match self {
            Self::Said { text, .. } => text.trim(),
            _ => "",
        }
    }

    /// What it said, if it succeeded.
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
