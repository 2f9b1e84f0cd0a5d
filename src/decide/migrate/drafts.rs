//! Drafts of one migration for files that belong together: all of its edits, or none.

use crate::decide::migrate::answer::{Edit, MigrationAnswer};
use crate::decide::migrate::fleet_files::{FleetFile, PartialText};
use crate::decide::migrate::workspace::Workspace;
use crate::decide::text::in_place;
use crate::model::migration::Refusal;

/// Collects what a migration would do to files that belong together.
pub(crate) struct Drafts<'d, 'a> {
    workspace: &'d Workspace<'a>,
    edits: Vec<Edit>,
    refusals: Vec<Refusal>,
    is_pressing: bool,
}

impl<'d, 'a> Drafts<'d, 'a> {
    /// Nothing drafted yet.
    pub(crate) fn new(workspace: &'d Workspace<'a>) -> Self {
        Self {
            workspace,
            edits: Vec::new(),
            refusals: Vec::new(),
            is_pressing: false,
        }
    }

    /// Drafts an edit of one file. Where that is refused, `concerns` tells by the file's text whether it matters
    /// even if no other file of the group is to be edited.
    pub(crate) fn edit(
        &mut self,
        file: &FleetFile,
        concerns: impl Fn(&str) -> bool,
        edit: impl FnOnce(&str) -> Result<Option<String>, in_place::EditRefusal>,
    ) {
        let found = match &file.content {
            Ok(found) => found,
            Err(unread) => {
                self.is_pressing |= match &unread.partial {
                    PartialText::Nothing => false,
                    PartialText::Text(text) => concerns(text),
                    PartialText::Unknown => true,
                };
                return self
                    .refusals
                    .push(Refusal::about(&file.name, unread.reason.clone()));
            }
        };
        let text = self.workspace.text(file).unwrap_or(&found.text);
        match edit(text) {
            Ok(None) => {}
            Ok(Some(after)) => match &found.locked {
                Some(reason) => {
                    self.is_pressing = true;
                    self.refusals
                        .push(Refusal::about(&file.name, reason.clone()));
                }
                None => {
                    self.edits.push(Edit::Text {
                        name: file.name.clone(),
                        at: found.at.clone(),
                        after,
                    });
                }
            },
            Err(refusal) => {
                self.is_pressing |= concerns(text);
                self.refusals
                    .push(refusal.in_file(&file.name.to_string(), text).into());
            }
        }
    }

    /// Number of edits that are drafted.
    pub(crate) fn count(&self) -> usize {
        self.edits.len()
    }

    /// Refuses what was drafted, if anything was.
    pub(crate) fn hold(&mut self, refusal: Refusal) {
        if !self.edits.is_empty() {
            self.refusals.push(refusal);
        }
    }

    /// All or nothing.
    pub(crate) fn answer(self) -> MigrationAnswer {
        match (self.edits.is_empty(), self.refusals.is_empty()) {
            (_, false) if self.is_pressing || !self.edits.is_empty() => {
                MigrationAnswer::Refuse(self.refusals)
            }
            (true, _) => MigrationAnswer::NotApplicable,
            (false, _) => MigrationAnswer::Apply(self.edits),
        }
    }
}
