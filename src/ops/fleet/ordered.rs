//! What came of an order for one unit.

use schemars::JsonSchema;
use serde::Serialize;

/// The outcome of an order for one unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrderedUnit {
    /// The unit's name.
    pub unit: String,
    /// The agent's name; null for the holder.
    pub agent: Option<String>,
    /// The outcome, in a word.
    pub outcome: OrderOutcome,
    /// systemd's words, where the unit failed, or the reason why it was not asked; null where there is nothing to say.
    pub words: Option<String>,
}

/// The outcome of an order for one unit, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OrderOutcome {
    /// The unit runs now, and did not before.
    Started,
    /// The unit ran, and does no longer.
    Stopped,
    /// The unit was started anew.
    Restarted,
    /// The unit was that way already.
    Unchanged,
    /// The unit failed.
    Failed,
    /// The unit had not ended in the time that it was given; systemd goes on with it.
    Unfinished,
    /// The unit was not asked, because one before it failed.
    NotTried,
    /// The unit was left running, because agents that were not named need it.
    Kept,
}

impl OrderOutcome {
    /// Tells whether the unit is not what it was.
    pub fn is_change(self) -> bool {
        matches!(self, Self::Started | Self::Stopped | Self::Restarted)
    }

    /// Tells whether the order was not carried out.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Unfinished | Self::NotTried)
    }
}
