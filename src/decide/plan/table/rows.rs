//! Rows of the decision table by what ships, was shipped and is found: whoever plans by the table meets all of them.

pub(crate) const BASE: &str = "one\ntwo\nthree\nfour\nfive\n";
pub(crate) const WANT: &str = "one\ntwo\nthree\nfour\nFIVE\n";
pub(crate) const EDITED: &str = "ONE\ntwo\nthree\nfour\nfive\n";
pub(crate) const JOINED: &str = "ONE\ntwo\nthree\nfour\nFIVE\n";
pub(crate) const CLASHING: &str = "one\ntwo\nthree\nfour\nmine\n";
pub(crate) const BINARY: &str = "ONE\0\n";
pub(crate) const EARLIER: &str = "known by its hash\n";
pub(crate) const TAKEN_IN: &str = "taken in by a generation\n";

/// What ships, was shipped and is found; the action, and what is live and recorded afterwards.
type ContentRow = (
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

/// The rows, with the actions of a home.
#[rustfmt::skip]
pub(crate) const ROWS: &[ContentRow] = &[
    (Some(WANT), None,       None,           "write",    Some(WANT),     Some(WANT)),
    (Some(WANT), None,       Some(WANT),     "adopt",    Some(WANT),     Some(WANT)),
    (Some(WANT), None,       Some(EARLIER),  "replace",  Some(WANT),     Some(WANT)),
    (Some(WANT), None,       Some(TAKEN_IN), "replace",  Some(WANT),     Some(WANT)),
    (Some(WANT), None,       Some(EDITED),   "conflict", Some(EDITED),   None),
    (Some(BASE), Some(BASE), Some(BASE),     "keep",     Some(BASE),     Some(BASE)),
    (Some(BASE), Some(BASE), Some(EDITED),   "edited",   Some(EDITED),   Some(BASE)),
    (Some(BASE), Some(BASE), Some(BINARY),   "edited",   Some(BINARY),   Some(BASE)),
    (Some(BASE), Some(BASE), Some(EARLIER),  "replace",  Some(BASE),     Some(BASE)),
    (Some(BASE), Some(BASE), Some(TAKEN_IN), "replace",  Some(BASE),     Some(BASE)),
    (Some(BASE), Some(BASE), None,           "write",    Some(BASE),     Some(BASE)),
    (Some(WANT), Some(BASE), Some(BASE),     "replace",  Some(WANT),     Some(WANT)),
    (Some(WANT), Some(BASE), Some(WANT),     "adopt",    Some(WANT),     Some(WANT)),
    (Some(WANT), Some(BASE), Some(EARLIER),  "replace",  Some(WANT),     Some(WANT)),
    (Some(WANT), Some(BASE), Some(EDITED),   "merge",    Some(JOINED),   Some(WANT)),
    (Some(WANT), Some(BASE), Some(CLASHING), "conflict", Some(CLASHING), Some(BASE)),
    (Some(WANT), Some(BASE), Some(BINARY),   "conflict", Some(BINARY),   Some(BASE)),
    (Some(WANT), Some("s"),  Some(EDITED),   "conflict", Some(EDITED),   Some("s")),
    (Some(WANT), Some(BASE), None,           "write",    Some(WANT),     Some(WANT)),
    (None,       Some(BASE), Some(BASE),     "remove",   None,           None),
    (None,       Some(BASE), Some(EDITED),   "release",  Some(EDITED),   None),
    (None,       Some(BASE), Some(EARLIER),  "release",  Some(EARLIER),  None),
    (None,       Some(BASE), None,           "forget",   None,           None),
    (None,       None,       Some(EARLIER),  "keep",     Some(EARLIER),  None),
    (None,       None,       Some(EDITED),   "none",     Some(EDITED),   None),
];
