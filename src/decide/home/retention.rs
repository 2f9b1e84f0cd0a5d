//! Decides what of older generations is still needed, and what may be let go.

use std::collections::HashSet;

use crate::model::change::Presence;
use crate::model::digest::Digest;
use crate::model::generation::Journal;
use crate::model::record::Record;

/// The oldest generation that can still be gone back to once the way back is `keep` generations long.
pub(crate) fn end_of_way_back(last: u64, keep: u64) -> u64 {
    last.saturating_sub(keep)
}

/// The contents that merges may need as long as these records and journals are kept: what is recorded as shipped
/// or left, and what the changes had found and left.
pub(crate) fn needed_bases(records: &[Record], journals: &[Journal]) -> HashSet<Digest> {
    let entries = records.iter().flat_map(|record| record.entries.values());
    let recorded = entries.flat_map(|entry| [entry.shipped, entry.left]);
    let alterations = journals
        .iter()
        .flat_map(|journal| &journal.changes)
        .map(|logged| logged.change.alteration);
    let sides = alterations.flat_map(|alteration| [alteration.before(), alteration.after()]);
    let changed = sides.filter_map(|side| match side {
        Presence::File(state) => Some(state.digest),
        _ => None,
    });
    recorded.chain(changed).collect()
}
