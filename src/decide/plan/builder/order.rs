//! The order in which changes are carried out.

use std::collections::BTreeSet;

use crate::model::change::{Spot, put_in_order};
use crate::model::plan::Intent;
use crate::model::source_version::VERSION_FILE;

/// Puts changes in order; of those that have the same turn, first what goes together, and last what tells the release of
/// a home without a record. Where a run ends for good in between, a migration that was begun is still due.
pub(super) fn put_intents_in_order(intents: &mut [Intent], together: &[BTreeSet<Spot>]) {
    put_in_order(intents, |intent| &intent.change);
    intents.sort_by_key(|intent| {
        let at = &intent.change.at;
        let tells_release = at
            .home_path()
            .is_some_and(|path| path.as_str() == VERSION_FILE);
        let is_alone = together.iter().all(|set| !set.contains(at));
        (intent.change.alteration.turn(), tells_release, is_alone)
    });
}
