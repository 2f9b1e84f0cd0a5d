//! Which running units run on something older than what is there: those that became active before it was.

use std::fmt;

use jiff::Timestamp;

use crate::words::digest::Digest;

/// A unit that is active, and what it would run if it became so now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// When it became active.
    pub active_since: Timestamp,
    /// The digest of its closure as it is now.
    pub closure: Digest,
    /// The closure as Mosaic last left or saw it.
    pub recorded: Option<Recorded>,
    /// Its unit file, drop-ins and the files that it runs or reads.
    pub parts: Vec<Part>,
    /// Whether systemd has not read its unit file or drop-ins as they are now.
    pub needs_reload: bool,
}

/// A closure in one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Of the closure.
    pub digest: Digest,
    /// Since when it has this form.
    pub since: Timestamp,
}

/// One file of a closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name that people know it by.
    pub name: String,
    /// When it last changed: the later of modification and change of its entry.
    pub changed_at: Timestamp,
}

/// Why a running unit is stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Files changed while it ran.
    Changed {
        /// Those that are known to have.
        parts: Vec<String>,
        /// When what it runs on took its present form.
        at: Timestamp,
        /// When the unit became active.
        active_since: Timestamp,
    },
    /// systemd still has the former unit.
    NotLoaded,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoaded => out.write_str("systemd has not read its unit as it is now"),
            Self::Changed { parts, at, active_since } => {
                match &parts[..] {
                    [] => out.write_str("what it runs on")?,
                    [part] => out.write_str(part)?,
                    [parts @ .., last] => write!(out, "{} and {last}", parts.join(", "))?,
                }
                write!(out, " changed at {at:.0}; it runs since {active_since:.0}")
            }
        }
    }
}

/// Why a running unit is stale; nothing where it is not.
///
/// It is if it became active before its closure took its present form: as the record says if that knows this form, else
/// when the last of its files changed. In doubt, at the very same moment, it is.
pub fn reason(unit: &Running) -> Option<Reason> {
    if unit.needs_reload {
        return Some(Reason::NotLoaded);
    }
    let recorded = unit.recorded.as_ref().filter(|recorded| recorded.digest == unit.closure);
    let changes = || unit.parts.iter().map(|part| part.changed_at);
    let at = match recorded {
        Some(recorded) => recorded.since,
        None => changes().max()?,
    };
    if unit.active_since > at {
        return None;
    }
    let parts = unit.parts.iter().filter(|part| part.changed_at >= unit.active_since);
    let parts = parts.map(|part| part.name.clone()).collect();
    Some(Reason::Changed { parts, at, active_since: unit.active_since })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_unit_is_stale_if_it_became_active_before_its_closure_took_its_form() {
        const FORM: &[u8] = b"now";
        // Active since; the record: form and since when; when unit and script changed; reload needed; the reason.
        type Row = (i64, Option<(&'static [u8], i64)>, [i64; 2], bool, Option<&'static str>);
        let rows: &[Row] = &[
            // The record knows this form: its word counts, whatever the files' times are.
            (20, Some((FORM, 10)), [5, 10], false, None),
            (20, Some((FORM, 10)), [30, 30], false, None),
            (20, Some((FORM, 30)), [5, 29], false, Some("script changed at 30")),
            (20, Some((FORM, 30)), [5, 5], false, Some("what it runs on changed at 30")),
            (20, Some((FORM, 20)), [5, 5], false, Some("what it runs on changed at 20")),
            (21, Some((FORM, 20)), [5, 5], false, None),
            // It knows another form, or none: somebody else changed the files.
            (20, Some((b"then", 10)), [5, 15], false, None),
            (20, Some((b"then", 10)), [5, 25], false, Some("script changed at 25")),
            (20, Some((b"then", 30)), [5, 15], false, None),
            (20, None, [5, 15], false, None),
            (20, None, [25, 15], false, Some("unit changed at 25")),
            (20, None, [25, 35], false, Some("unit and script changed at 35")),
            (20, None, [20, 5], false, Some("unit changed at 20")),
            // It was started from the former unit, however late.
            (20, Some((FORM, 10)), [5, 10], true, Some("systemd has not read")),
            (20, None, [5, 10], true, Some("systemd has not read")),
        ];
        for row @ (active, recorded, [file, script], needs_reload, expected) in rows {
            let part = |name: &str, when: i64| Part { name: name.to_owned(), changed_at: at(when) };
            let unit = Running {
                active_since: at(*active),
                closure: Digest::of(FORM),
                recorded: recorded
                    .map(|(form, since)| Recorded { digest: Digest::of(form), since: at(since) }),
                parts: vec![part("unit", *file), part("script", *script)],
                needs_reload: *needs_reload,
            };
            let told = reason(&unit).map(|reason| reason.to_string());
            let told = told.map(|told| told.replace("1970-01-01T00:00:", "").replace('Z', ""));
            let is_so = match (&told, expected) {
                (Some(told), Some(expected)) => told.starts_with(expected),
                (None, None) => true,
                _ => false,
            };
            assert!(is_so, "{row:?}: {told:?}");
        }
    }

    #[test]
    fn a_unit_without_any_part_or_record_is_not_called_stale() {
        let (active_since, closure) = (at(1), Digest::of(b""));
        let unit = Running { active_since, closure, recorded: None, parts: Vec::new(), needs_reload: false };
        assert_eq!(reason(&unit), None);
    }

    #[test]
    fn the_reason_is_a_sentence() {
        let parts = ["a", "b", "c"].map(str::to_owned).to_vec();
        let reason = Reason::Changed { parts, at: at(10), active_since: at(5) };
        let told = "a, b and c changed at 1970-01-01T00:00:10Z; it runs since 1970-01-01T00:00:05Z";
        assert_eq!(reason.to_string(), told);
    }
}
