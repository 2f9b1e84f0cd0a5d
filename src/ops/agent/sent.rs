//! What has come of a message.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::runtime::RuntimeState;

/// What has come of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The outcome.
    pub outcome: SendOutcome,
    /// What proves it, or why it is not so.
    pub evidence: String,
    /// The state of the agent before.
    pub state: RuntimeState,
    /// True if it was typed, with Enter, to a program that is no known runtime, and tells nothing.
    pub is_typed: bool,
}

impl Sent {
    pub(crate) fn new(outcome: SendOutcome, evidence: &str, state: RuntimeState) -> Self {
        Self {
            outcome,
            evidence: evidence.to_owned(),
            state,
            is_typed: false,
        }
    }
}

/// The outcome of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SendOutcome {
    /// The agent has taken it.
    Delivered,
    /// The runtime keeps it until its turn is over.
    Queued,
    /// It was typed, and nothing proves that it was taken.
    Unconfirmed,
    /// It was not delivered, and nothing was typed that acts.
    NotDelivered,
}

/// A message of which nothing was typed that acts.
pub(crate) fn not_delivered(why: &str, state: RuntimeState) -> Sent {
    Sent::new(SendOutcome::NotDelivered, why, state)
}
