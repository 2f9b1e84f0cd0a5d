//! The operator's edits and a release: the two are merged, or what ships is parked for him.

use crate::decide::home::update::row::replaced_mode;
use crate::decide::home::update::{Planner, TableCase};
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::merging::MergeInputs;
use crate::decide::plan::parking::{merged_spot, shipped_spot};
use crate::decide::text::merge::{MERGE_MAX, Merged};
use crate::model::bundle::Shipped;
use crate::model::change::{FileState, Spot};
use crate::model::digest::Digest;
use crate::model::found::{Found, FoundFile};
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content};
use crate::model::record::{Entry, Parked};

impl<E: Evidence> Planner<'_, E> {
    /// Record, found and want, where the table may ask to merge them and all three are text.
    pub(super) fn merge_inputs(
        &self,
        path: &RelPath,
        want: Option<&Shipped>,
        entry: Option<&Entry>,
        found: &Found,
    ) -> Result<Option<MergeInputs>, E::Error> {
        let (Some(want), Some(entry), Found::File(found)) = (want, entry, found) else {
            return Ok(None);
        };
        if found.size.max(want.size) > MERGE_MAX {
            return Ok(None);
        }
        let (spot, evidence) = (Spot::in_home(path), self.evidence);
        let shipped = || evidence.shipped(path);
        MergeInputs::gather(&spot, entry.shipped, found.digest, shipped, evidence)
    }

    /// Merges found and want over record, or parks what ships where that fails.
    pub(super) fn merge(&mut self, case: &TableCase, want: &Shipped, file: &FoundFile) {
        let path = case.path;
        match case.merge.as_ref().map(MergeInputs::merged) {
            Some(Merged::Clean(content)) => {
                let digest = Digest::of(&content);
                if digest != file.digest {
                    self.builder.keep_base(Content::Bytes(content.clone()));
                }
                let after = FileState {
                    digest,
                    mode: replaced_mode(file.mode, want.executable, None),
                };
                self.put(path, file, after, Content::Bytes(content));
                self.take_in(path, want, digest);
                let spot = Spot::in_home(path);
                self.builder.step(spot, Action::Merge, case.row.reason);
            }
            Some(Merged::Conflicting(markers)) => {
                let reason = "you and the release changed the same lines";
                self.conflict(path, want, Some(markers), reason);
            }
            None => {}
        }
    }

    /// Leaves the live file and parks what ships, unless it is parked already.
    pub(super) fn conflict(
        &mut self,
        path: &RelPath,
        want: &Shipped,
        markers: Option<Vec<u8>>,
        reason: &'static str,
    ) {
        self.in_conflict.push(path.clone());
        let parked = self.builder.record().parked.get(path);
        if parked.is_some_and(|parked| parked.want == want.digest) {
            return;
        }
        let has_merge = markers.is_some();
        let parking = self.builder.parking();
        let content = Content::Bundle(path.clone());
        parking.park(shipped_spot(path), want.digest, content);
        match markers {
            Some(markers) => {
                let digest = Digest::of(&markers);
                parking.park(merged_spot(path), digest, Content::Bytes(markers));
            }
            None => parking.clear(merged_spot(path)),
        }
        let parked = Parked {
            want: want.digest,
            ships: true,
            executable: want.executable,
            has_merge,
            reason: reason.to_owned(),
        };
        let record = self.builder.record_mut();
        record.parked.insert(path.clone(), parked);
        let spot = Spot::in_home(path);
        self.builder.step(spot, Action::Conflict, reason);
    }

    /// All that waits for a person, in order: the conflicts, and what waits without a release asking for it (a rollback
    /// parked it, say) until he settles it.
    pub(super) fn unsettled(&self) -> Vec<RelPath> {
        let parked = self.builder.record().parked.iter();
        let unshipped = parked
            .filter(|(path, parked)| !parked.ships && !self.is_asleep(path))
            .map(|(path, _)| path);
        let mut unsettled: Vec<_> = self.in_conflict.iter().chain(unshipped).cloned().collect();
        unsettled.sort();
        unsettled.dedup();
        unsettled
    }

    /// Tells whether the operator's own glob keeps Mosaic away from a path.
    fn is_asleep(&self, path: &RelPath) -> bool {
        self.judge(path).is_by_operator()
    }

    /// Drops what is parked and no longer asked: the path is ours or the operator's again. Should a glob of
    /// his be taken back, the next update asks again; what no update would ask again only sleeps meanwhile.
    pub(super) fn clear_settled(&mut self, unsettled: &[RelPath]) {
        let is_settled = |(path, parked): &(&RelPath, &Parked)| {
            unsettled.binary_search(path).is_err() && (parked.ships || !self.is_asleep(path))
        };
        let settled = self.builder.record().parked.iter().filter(is_settled);
        let settled: Vec<_> = settled.map(|(path, _)| path.clone()).collect();
        for path in settled {
            self.builder.record_mut().parked.remove(&path);
            self.builder.parking().clear_all(&path);
        }
    }
}
