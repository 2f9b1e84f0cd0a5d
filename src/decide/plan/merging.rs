//! Three contents that a merge takes, as far as all of them can be had and are text.

use crate::decide::plan::evidence::Evidence;
use crate::decide::text::merge::{Merged, is_text, merge};
use crate::model::change::Spot;
use crate::model::digest::Digest;

/// Record, found and want, all three of them text.
pub(crate) struct MergeInputs {
    base: Vec<u8>,
    edited: Vec<u8>,
    shipped: Vec<u8>,
}

impl MergeInputs {
    /// Gets all three; `None` where one is no text, is not kept, or is being written to just now.
    pub(crate) fn gather<E: Evidence>(
        spot: &Spot,
        recorded: Digest,
        found: Digest,
        shipped: impl FnOnce() -> Result<Vec<u8>, E::Error>,
        evidence: &E,
    ) -> Result<Option<Self>, E::Error> {
        let Some(base) = evidence.base(recorded)? else {
            return Ok(None);
        };
        // What is not the content that was found is not what the commit checks for.
        let edited = evidence.text(spot)?;
        let Some(edited) = edited.filter(|edited| Digest::of(edited) == found) else {
            return Ok(None);
        };
        let shipped = shipped()?;
        let is_all_text = [&base, &edited, &shipped]
            .iter()
            .all(|content| is_text(content));
        Ok(is_all_text.then_some(Self {
            base,
            edited,
            shipped,
        }))
    }

    /// Merges found and want over record.
    pub(crate) fn merged(&self) -> Merged {
        merge(&self.base, &self.edited, &self.shipped)
    }
}
