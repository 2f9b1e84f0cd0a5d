//! The edits of migrations join the plan.

use crate::decide::home::update::Planner;
use crate::decide::migrate::{Migrations, NewText};
use crate::decide::plan::evidence::Evidence;
use crate::model::change::{Alteration, Change, FileState, Spot};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::plan::{Advisory, Content, Intent};

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
        self.plan.migrations.clone_from(outcomes);
        let edits = outcomes
            .iter()
            .flat_map(|migrated| &migrated.edits)
            .filter(|edit| edit.name != edit.at);
        let links =
            edits.filter_map(|edit| Some((edit.name.home_path()?.clone(), edit.at.clone())));
        self.plan.links.extend(links);
        self.plan.advisories.extend(advisories.iter().cloned());
        for (at, text) in texts {
            self.put(at, text);
        }
        let mode = Mode::of_new_directory(self.situation.umask);
        for directory in directories {
            self.traffic.make(directory, mode, &mut self.plan.intents);
        }
        self.plan.commits |= *ledger != self.plan.record.ledger;
        self.plan.record.ledger.clone_from(ledger);
        let began = self.situation.record.release.is_none() && self.situation.adopted.is_none();
        if began {
            self.plan.record.ledger.origin = Some(self.situation.release.version.clone());
        }
        if let Some(adoption) = adoption {
            self.plan.record.live_socket = Some(adoption.clone());
        }
    }

    fn put(&mut self, at: &Spot, NewText { found, text }: &NewText) {
        let digest = Digest::of(text.as_bytes());
        let mode = Mode::of_new_file(false, self.situation.umask);
        let alteration = match found {
            Some(found) => {
                let after = FileState {
                    digest,
                    mode: found.state.mode,
                };
                Alteration::ReplaceFile {
                    before: found.state,
                    after,
                }
            }
            None => Alteration::WriteFile {
                after: FileState { digest, mode },
            },
        };
        let change = Change {
            at: at.clone(),
            alteration,
        };
        if found.is_some_and(|found| found.links > 1) {
            self.plan
                .advisories
                .extend(Advisory::on_other_names(&change));
        }
        if let Some(path) = at.home_path() {
            if found.is_none() {
                self.traffic.adds(path);
            }
            // What an earlier run parked there is of no use any more.
            self.plan.record.parked.remove(path);
            self.parking.clear_all(path);
        }
        let content = Content::Bytes(text.clone().into_bytes());
        self.plan.bases.push(content.clone());
        self.plan.intents.push(Intent {
            change,
            content: Some(content),
        });
    }
}
