//! Where an edit of the operator's meets a release: the two are merged, or what ships is parked for him.

use crate::decide::home::update::{Planner, TableCase, replaced_mode};
use crate::decide::plan::classes::{Author, Class};
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::parking::{merged_spot, shipped_spot};
use crate::decide::plan::table::Row;
use crate::decide::text::merge::{MERGE_MAX, Merged, is_text, merge};
use crate::model::bundle::Shipped;
use crate::model::change::{FileState, Spot};
use crate::model::digest::Digest;
use crate::model::found::{Found, FoundFile};
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content};
use crate::model::record::Parked;

impl<E: Evidence> Planner<'_, E> {
    /// Record, found and want, where the table may ask to merge them and all three are text.
    pub(super) fn merge_inputs(&self, case: &TableCase) -> Result<Option<[Vec<u8>; 3]>, E::Error> {
        let (Some(want), Some(entry), Found::File(found)) = (case.want, case.entry, case.found)
        else {
            return Ok(None);
        };
        let is_settled = [want.digest, entry.shipped].contains(&found.digest);
        if want.digest == entry.shipped || is_settled || found.size.max(want.size) > MERGE_MAX {
            return Ok(None);
        }
        let Some(base) = self.evidence.base(entry.shipped)? else {
            return Ok(None);
        };
        let edited = self.evidence.content(&Spot::in_home(case.path))?;
        if Digest::of(&edited) != found.digest {
            // Somebody writes to it just now: what would be merged is not what the commit checks for.
            return Ok(None);
        }
        let inputs = [base, edited, self.evidence.shipped(case.path)?];
        Ok(inputs
            .iter()
            .all(|content| is_text(content))
            .then_some(inputs))
    }

    pub(super) fn merge(
        &mut self,
        path: &RelPath,
        want: &Shipped,
        file: &FoundFile,
        inputs: Option<[Vec<u8>; 3]>,
        row: &Row,
    ) -> Result<(), E::Error> {
        let Some([record, found, shipped]) = inputs else {
            return Ok(());
        };
        if self.plan.record.waived.get(path) == Some(&want.digest) {
            self.step(path, Action::Edited, "you declined this version");
            return Ok(());
        }
        match merge(&record, &found, &shipped) {
            Merged::Clean(content) => {
                let digest = Digest::of(&content);
                let mode = replaced_mode(file.mode, want.executable, None);
                if digest == file.digest {
                    self.make_executable(path, want, file, None);
                } else {
                    self.plan.bases.push(Content::Bytes(content.clone()));
                    self.replace(
                        path,
                        file,
                        FileState { digest, mode },
                        Content::Bytes(content),
                    );
                }
                self.take_in(path, want, digest);
                self.step(path, Action::Merge, row.reason);
            }
            Merged::Conflicting(markers) => {
                self.conflict(
                    path,
                    want,
                    Some(markers),
                    "you and the release changed the same lines",
                );
            }
        }
        Ok(())
    }

    /// Leaves the live file and parks what ships, unless it is waived or parked already.
    pub(super) fn conflict(
        &mut self,
        path: &RelPath,
        want: &Shipped,
        markers: Option<Vec<u8>>,
        reason: &'static str,
    ) {
        if self.plan.record.waived.get(path) == Some(&want.digest) {
            self.step(path, Action::Edited, "you declined this version");
            return;
        }
        self.plan.unsettled.push(path.clone());
        if self
            .plan
            .record
            .parked
            .get(path)
            .is_some_and(|parked| parked.want == want.digest)
        {
            return;
        }
        self.parking.park(
            shipped_spot(path),
            want.digest,
            Content::Bundle(path.clone()),
        );
        let has_merge = markers.is_some();
        match markers {
            Some(markers) => {
                self.parking.park(
                    merged_spot(path),
                    Digest::of(&markers),
                    Content::Bytes(markers),
                );
            }
            None => self.parking.clear(merged_spot(path)),
        }
        let (executable, reason) = (want.executable, reason.to_owned());
        let parked = Parked {
            want: want.digest,
            ships: true,
            executable,
            has_merge,
            reason: reason.clone(),
        };
        self.plan.record.parked.insert(path.clone(), parked);
        self.step(path, Action::Conflict, reason);
    }

    /// What waits without a release asking for it (a rollback parked it, say) waits until a person settles it.
    pub(super) fn list_unshipped(&mut self) {
        let parked = self.plan.record.parked.iter();
        let unshipped = parked.filter(|(path, parked)| !parked.ships && !self.is_asleep(path));
        let unshipped: Vec<_> = unshipped.map(|(path, _)| path.clone()).collect();
        self.plan.unsettled.extend(unshipped);
        self.plan.unsettled.sort();
        self.plan.unsettled.dedup();
    }

    /// Whether the operator's own glob keeps Mosaic away from a path.
    fn is_asleep(&self, path: &RelPath) -> bool {
        let judgement = self.situation.classes.judge(path);
        judgement.class == Class::Preserved
            && judgement
                .rule
                .is_some_and(|rule| rule.author == Author::Operator)
    }

    /// Drops what is parked and no longer asked: the path is ours or the operator's again. Should a glob of
    /// his be taken back, the next update asks again; what no update would ask again only sleeps meanwhile.
    pub(super) fn clear_settled(&mut self) {
        let unsettled = &self.plan.unsettled;
        let is_settled = |(path, parked): &(&RelPath, &Parked)| {
            unsettled.binary_search(path).is_err() && (parked.ships || !self.is_asleep(path))
        };
        let settled = self.plan.record.parked.iter().filter(is_settled);
        let settled: Vec<_> = settled.map(|(path, _)| path.clone()).collect();
        for path in settled {
            self.plan.record.parked.remove(&path);
            self.parking.clear_all(&path);
        }
    }
}
