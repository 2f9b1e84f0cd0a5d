//! Stale units, which run on something older than what is there: a file of their closure has another content by now.

use std::fmt;

use jiff::Timestamp;

use crate::model::digest::Digest;

/// A unit that is active, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    /// When its start began: it read its files after that.
    pub started_at: Timestamp,
    /// True while systemd still knows a file of it.
    pub is_loaded: bool,
    /// True where systemd has not read its unit file and drop-ins as they are now.
    pub needs_reload: bool,
    /// The unit's file, its drop-ins, and the home's files that it runs or reads.
    pub parts: Vec<UnitPart>,
}

/// A file of a closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitPart {
    /// The name that people know it by.
    pub name: String,
    /// The content now; `None` where it is not there.
    pub found: Option<Digest>,
    /// True if that is what Mosaic last left there: then it was only touched since.
    pub is_as_left: bool,
    /// When it last changed in any way, its permission bits and names included; `None` where it is not there.
    pub changed_at: Option<Timestamp>,
    /// Contents that transactions displaced there, oldest first.
    pub displaced: Vec<Displaced>,
}

/// A content that a transaction displaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Displaced {
    /// The transaction's generation.
    pub generation: u64,
    /// When it was decided: before it was carried out.
    pub at: Timestamp,
    /// The content; `None` for nothing.
    pub content: Option<Digest>,
}

/// The reason why a running unit is stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No unit file is there any more; it runs until it is stopped, and cannot be started again.
    Gone,
    /// systemd still has the former unit.
    NotLoaded,
    /// Files of these names are others by now, each with the generation that brought it, where one did.
    Changed(Vec<(String, Option<u64>)>),
}

impl Reason {
    /// Tells whether a restart takes the change.
    pub fn is_mended_by_restart(&self) -> bool {
        *self != Self::Gone
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = match self {
            Self::Gone => {
                return out
                    .write_str("its unit is not there any more; it goes on until it is stopped");
            }
            Self::NotLoaded => return out.write_str("systemd has not read its unit as it is now"),
            Self::Changed(parts) => parts,
        };
        for (at, (name, generation)) in parts.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            match generation {
                Some(generation) => {
                    write!(out, "{comma}{name} changed with generation {generation}")?;
                }
                None => write!(out, "{comma}{name} changed since it started")?,
            }
        }
        Ok(())
    }
}

/// The reason why a running unit is stale; nothing where it is not. In doubt, it is.
pub(crate) fn reason(unit: &Running) -> Option<Reason> {
    if !unit.is_loaded {
        return Some(Reason::Gone);
    }
    if unit.needs_reload {
        return Some(Reason::NotLoaded);
    }
    let changed = unit
        .parts
        .iter()
        .filter_map(|part| Some((part.name.clone(), change(part, unit.started_at)?)));
    let changed: Vec<_> = changed.collect();
    (!changed.is_empty()).then_some(Reason::Changed(changed))
}

/// Tells whether a part is another than at a moment, and the generation that made it so.
///
/// What a transaction displaced first since then is what was there. Where none did, the file system's time tells that
/// somebody else may have changed it.
fn change(part: &UnitPart, since: Timestamp) -> Option<Option<u64>> {
    match part
        .displaced
        .iter()
        .find(|displaced| displaced.at >= since)
    {
        Some(then) => (then.content != part.found).then_some(Some(then.generation)),
        None => part
            .changed_at
            .is_some_and(|at| at >= since && !part.is_as_left)
            .then_some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn running(parts: Vec<UnitPart>) -> Running {
        Running {
            started_at: at(20),
            is_loaded: true,
            needs_reload: false,
            parts,
        }
    }

    /// The content now, when it changed, what generations displaced and when; the reason, for a start at 20.
    type Part = (
        Option<&'static str>,
        Option<i64>,
        &'static [(u64, i64, Option<&'static str>)],
        Option<&'static str>,
    );

    const PARTS: &[Part] = &[
        (Some("b"), Some(10), &[], None),
        (Some("b"), Some(19), &[(1, 18, Some("a"))], None),
        (
            Some("b"),
            Some(30),
            &[(1, 29, Some("a"))],
            Some("f changed with generation 1"),
        ),
        (
            Some("b"),
            Some(20),
            &[(1, 20, Some("a"))],
            Some("f changed with generation 1"),
        ),
        // There and back again.
        (
            Some("a"),
            Some(40),
            &[(1, 29, Some("a")), (2, 39, Some("b"))],
            None,
        ),
        (
            Some("c"),
            Some(40),
            &[(1, 29, Some("a")), (2, 39, Some("b"))],
            Some("f changed with generation 1"),
        ),
        (
            Some("b"),
            Some(40),
            &[(1, 10, Some("a")), (2, 39, Some("b"))],
            None,
        ),
        // It was started while the change was carried out, or before an interrupted one was finished.
        (
            Some("b"),
            Some(21),
            &[(1, 19, Some("a"))],
            Some("f changed since it started"),
        ),
        // Somebody else changed it.
        (Some("b"), Some(30), &[], Some("f changed since it started")),
        (Some("b"), Some(20), &[], Some("f changed since it started")),
        (
            Some("c"),
            Some(50),
            &[(1, 29, Some("a"))],
            Some("f changed with generation 1"),
        ),
        // It came, or went.
        (
            Some("b"),
            Some(30),
            &[(1, 29, None)],
            Some("f changed with generation 1"),
        ),
        (
            None,
            None,
            &[(1, 29, Some("a"))],
            Some("f changed with generation 1"),
        ),
        (None, None, &[(1, 29, None), (2, 39, Some("a"))], None),
        (None, None, &[], None),
    ];

    #[test]
    fn a_part_counts_if_it_is_another_than_when_the_unit_started() {
        for row @ (found, changed_at, displaced, expected) in PARTS {
            let digest = |text: &Option<&str>| text.map(|text| Digest::of(text.as_bytes()));
            let displaced = displaced
                .iter()
                .map(|(generation, second, content)| Displaced {
                    generation: *generation,
                    at: at(*second),
                    content: digest(content),
                });
            let part = UnitPart {
                is_as_left: false,
                name: "f".to_owned(),
                found: digest(found),
                changed_at: changed_at.map(at),
                displaced: displaced.collect(),
            };
            let told = reason(&running(vec![part])).map(|reason| reason.to_string());
            assert_eq!(told.as_deref(), *expected, "{row:?}");
        }
    }

    #[test]
    fn the_reason_names_every_part_and_what_systemd_has_not_read() {
        let part = |name: &str, second: i64| UnitPart {
            is_as_left: false,
            name: name.to_owned(),
            found: Some(Digest::of(b"")),
            changed_at: Some(at(second)),
            displaced: Vec::new(),
        };
        let unit = running(vec![part("a", 30), part("b", 10), part("c", 30)]);
        let told = |unit: &Running| {
            reason(unit)
                .map(|reason| reason.to_string())
                .unwrap_or_default()
        };
        assert_eq!(
            told(&unit),
            "a changed since it started, c changed since it started"
        );
        assert!(
            told(&Running {
                needs_reload: true,
                ..unit.clone()
            })
            .contains("systemd has not read")
        );
        let gone = Running {
            is_loaded: false,
            needs_reload: true,
            ..unit
        };
        assert_eq!(reason(&gone), Some(Reason::Gone));
        assert!(!Reason::Gone.is_mended_by_restart() && Reason::NotLoaded.is_mended_by_restart());
        assert_eq!(reason(&running(Vec::new())), None);
    }

    #[test]
    fn a_part_that_was_only_touched_is_no_change() {
        let part = |is_as_left| UnitPart {
            is_as_left,
            name: "script".to_owned(),
            found: Some(Digest::of(b"a")),
            changed_at: Some(at(30)),
            displaced: Vec::new(),
        };
        assert_eq!(reason(&running(vec![part(true)])), None);
        assert!(reason(&running(vec![part(false)])).is_some());
    }
}
