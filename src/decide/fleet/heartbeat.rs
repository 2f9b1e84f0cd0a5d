//! Heartbeats: what an agent's file `fleet/run/NAME.hb` says, and how old it may be. The format is told in
//! `guides/heartbeat.md`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::runtime::RuntimeState;

/// Seconds between two beats where a file does not say: those of version 1.
const INTERVAL: u64 = 15;
/// Longest interval that is believed, in seconds.
const INTERVAL_MAX: u64 = 3600;
/// Intervals after which a beat is no longer healthy.
const HEALTHY: u64 = 3;
/// Intervals after which whoever beat counts as dead.
const STALE: u64 = 20;

/// The health of an agent by its heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Heartbeat {
    /// The last beat is at most three intervals old.
    Healthy,
    /// The last beat is at most twenty intervals old.
    Stale,
    /// The last beat is older.
    Dead,
    /// There is no beat.
    #[default]
    Unknown,
}

impl Heartbeat {
    /// The health as documents and people name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Stale => "stale",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }
}

/// The last beat of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Beat {
    /// The health that follows from its age.
    pub health: Heartbeat,
    /// What the agent said of itself, if it did.
    pub state: Option<RuntimeState>,
}

/// A beat, by the text of its file and its age in seconds. A text that says nothing still is a beat: what counts is when
/// it was written.
pub(crate) fn beat(text: &str, age: u64) -> Beat {
    let value = |key: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    };
    let interval = value("interval").and_then(|text| text.parse().ok());
    let interval = interval.filter(|seconds| (1..=INTERVAL_MAX).contains(seconds));
    let interval: u64 = interval.unwrap_or(INTERVAL);
    let health = match age {
        age if age <= interval * HEALTHY => Heartbeat::Healthy,
        age if age <= interval * STALE => Heartbeat::Stale,
        _ => Heartbeat::Dead,
    };
    let state = match value("state") {
        Some("idle") => Some(RuntimeState::Idle),
        Some("busy") => Some(RuntimeState::Busy),
        Some("blocked") => Some(RuntimeState::Wall),
        _ => None,
    };
    Beat {
        health,
        state: state.filter(|_| health == Heartbeat::Healthy),
    }
}

/// The text of a beat.
pub(crate) fn written(agent: &str, pid: u32, at: Timestamp, interval: u32, state: &str) -> String {
    // A fraction of a second helps nobody who reads it.
    let at = at.as_second();
    let at = Timestamp::from_second(at).unwrap_or_default();
    format!("v=1\nagent={agent}\npid={pid}\nat={at}\ninterval={interval}\nstate={state}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_is_as_healthy_as_it_is_young() {
        let text = "v=1\nagent=a\npid=4\nat=2026-11-21T09:30:00Z\ninterval=15\nstate=busy\n";
        for (text, age, health, state) in [
            (text, 45, Heartbeat::Healthy, Some(RuntimeState::Busy)),
            (text, 46, Heartbeat::Stale, None),
            (text, 300, Heartbeat::Stale, None),
            (text, 301, Heartbeat::Dead, None),
            ("interval=60\n", 180, Heartbeat::Healthy, None),
            ("interval=60\n", 181, Heartbeat::Stale, None),
            ("interval=0\n", 45, Heartbeat::Healthy, None),
            ("interval=99999999999\n", 46, Heartbeat::Stale, None),
            ("", 45, Heartbeat::Healthy, None),
            (
                "state=blocked",
                1,
                Heartbeat::Healthy,
                Some(RuntimeState::Wall),
            ),
            ("state=of the art", 1, Heartbeat::Healthy, None),
        ] {
            assert_eq!(beat(text, age), Beat { health, state }, "{text:?} {age}");
        }
    }
}
