//! The edits of migrations join the plan.

use crate::decide::home::update::Planner;
use crate::decide::migrate::Migrations;
use crate::decide::migrate::workspace::NewText;
use crate::decide::plan::evidence::Evidence;
use crate::model::change::{FileState, Spot};
use crate::model::digest::Digest;
use crate::model::plan::Content;

impl<E: Evidence> Planner<'_, E> {
    /// Takes all over that the migrations come to.
    pub(super) fn migrate(&mut self) {
        let Migrations {
            outcomes,
            ledger,
            texts,
            directories,
            adoption,
            advisories,
        } = self.situation.migrations;
        self.builder.list_migrations(outcomes);
        let edits = outcomes.iter().flat_map(|migrated| &migrated.edits);
        for edit in edits.filter(|edit| edit.name != edit.at) {
            if let Some(name) = edit.name.home_path() {
                self.builder.require_link(name.clone(), edit.at.clone());
            }
        }
        for advisory in advisories {
            self.builder.advise(advisory.clone());
        }
        for (spot, text) in texts {
            self.edit(spot, text);
        }
        let mode = self.builder.mode_of_new_directory();
        for directory in directories {
            self.builder.make_directory(&Spot::in_home(directory), mode);
        }
        let is_decided = *ledger == self.builder.record().ledger;
        self.builder.commit_if(!is_decided);
        let began = self.situation.record.release.is_none() && self.situation.adopted.is_none();
        let record = self.builder.record_mut();
        record.ledger.clone_from(ledger);
        if began {
            record.ledger.origin = Some(self.situation.release.version.clone());
        }
        if let Some(adoption) = adoption {
            record.live_socket = Some(adoption.clone());
        }
    }

    fn edit(&mut self, spot: &Spot, NewText { found, text }: &NewText) {
        let new = self.builder.mode_of_new_file(false);
        let after = FileState {
            digest: Digest::of(text.as_bytes()),
            mode: found.map_or(new, |found| found.state.mode),
        };
        let before = found.map(|found| found.state);
        let content = Content::Bytes(text.clone().into_bytes());
        self.builder.keep_base(content.clone());
        let change = self.builder.put(spot, before, after, content);
        if let Some(alteration) = change.filter(|_| found.is_some_and(|found| found.links > 1)) {
            self.advise_on_other_names(spot.clone(), alteration);
        }
        if let Some(path) = spot.home_path() {
            // What an earlier run parked there is of no use any more.
            self.builder.record_mut().parked.remove(path);
            self.builder.parking().clear_all(path);
        }
    }
}
