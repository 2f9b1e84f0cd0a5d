//! Carries a row of the table out, for one path of the home.

use crate::decide::home::situation::PlanRefusal;
use crate::decide::home::update::{Planner, TableCase};
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::table::{Ships, Verdict};
use crate::model::bundle::Shipped;
use crate::model::change::{Alteration, Change, FileState, Spot};
use crate::model::found::{Found, FoundFile};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content};
use crate::model::record::Entry;

impl<E: Evidence> Planner<'_, E> {
    pub(super) fn carry_out(&mut self, case: &TableCase) -> Result<(), E::Error> {
        let (path, row) = (case.path, case.row);
        let spot = Spot::in_home(path);
        match (row.verdict, case.want, case.found) {
            (Verdict::Write, Some(want), _) => {
                self.write(path, want);
                self.take_in(path, want, want.digest);
                self.builder.step(spot, Action::Write, row.reason);
            }
            (Verdict::Replace, Some(want), Found::File(file)) => {
                self.replace(path, want, file, case.entry);
                self.take_in(path, want, want.digest);
                self.builder.step(spot, Action::Replace, row.reason);
            }
            (Verdict::Adopt, Some(want), Found::File(file)) => {
                self.make_executable(path, want, file, None);
                self.take_in(path, want, want.digest);
                self.builder.step(spot, Action::Adopt, row.reason);
            }
            (Verdict::Keep | Verdict::KeepEdited, Some(want), Found::File(file)) => {
                self.keep(case, want, file);
            }
            (Verdict::KeepDeclined, ..) => self.builder.step(spot, Action::Edited, row.reason),
            (Verdict::Merge, Some(want), Found::File(file)) => self.merge(case, want, file),
            (Verdict::Conflict, Some(want), _) => self.conflict(path, want, None, row.reason),
            (Verdict::Preserve, _, Found::Outside(link)) => {
                let reason = format!("yours: {link} is a link, and not followed");
                self.builder.step(spot, Action::Preserve, reason);
                self.advise_outside(link);
            }
            (Verdict::Remove, None, Found::File(file)) => {
                self.remove(path, file, row.reason);
                self.builder.forget(&spot);
            }
            (Verdict::Release, ..) => {
                self.builder.forget(&spot);
                self.builder.step(spot, Action::Release, row.reason);
            }
            (Verdict::Forget, ..) => {
                self.builder.forget(&spot);
                self.builder.step(spot, Action::Forget, row.reason);
            }
            _ => debug_assert!(
                row.ships.contains(&Ships::Never),
                "{path}: no way to carry out {:?}",
                row.verdict
            ),
        }
        Ok(())
    }

    /// Removes a file of an earlier release or one that no longer ships.
    pub(super) fn remove(&mut self, path: &RelPath, file: &FoundFile, reason: &'static str) {
        let spot = Spot::in_home(path);
        self.refuse_foreign(&spot, file);
        self.builder.remove(&spot, state(file));
        self.builder.step(spot, Action::Remove, reason);
    }

    /// Keeps a file, edited or not, but for its executable bits.
    fn keep(&mut self, case: &TableCase, want: &Shipped, file: &FoundFile) {
        let (path, row) = (case.path, case.row);
        if !want.executable && case.entry.is_some_and(|entry| entry.executable) {
            // What no longer ships executable is not missed, whoever took the bits away.
            self.record_executable(path, false);
        }
        let entry = case.entry.filter(|_| row.verdict == Verdict::Keep);
        let spot = Spot::in_home(path);
        if self.make_executable(path, want, file, entry) {
            let reason = if want.executable {
                "ships executable"
            } else {
                "no longer ships executable"
            };
            self.builder.step(spot, Action::Chmod, reason);
            self.record_executable(path, want.executable);
        } else if row.verdict == Verdict::KeepEdited {
            self.builder.step(spot, Action::Edited, row.reason);
        } else {
            self.builder.step(spot, Action::Keep, row.reason);
        }
    }

    fn record_executable(&mut self, path: &RelPath, executable: bool) {
        if let Some(entry) = self.builder.record_mut().entries_mut().get_mut(path) {
            entry.executable = executable;
        }
    }

    /// Gives or takes the executable bits, if need be; takes them only where Mosaic had given them.
    pub(super) fn make_executable(
        &mut self,
        path: &RelPath,
        want: &Shipped,
        file: &FoundFile,
        entry: Option<&Entry>,
    ) -> bool {
        let after = FileState {
            digest: file.digest,
            mode: replaced_mode(file.mode, want.executable, entry),
        };
        // The permission bits of a mount are not the home's either.
        !file.is_mount && self.put(path, file, after, None)
    }

    /// Writes what ships where nothing is.
    pub(super) fn write(&mut self, path: &RelPath, want: &Shipped) {
        let after = FileState {
            digest: want.digest,
            mode: self.builder.mode_of_new_file(want.executable),
        };
        let content = Content::Bundle(path.clone());
        self.builder.put(&Spot::in_home(path), None, after, content);
    }

    fn replace(&mut self, path: &RelPath, want: &Shipped, file: &FoundFile, entry: Option<&Entry>) {
        let after = FileState {
            digest: want.digest,
            mode: replaced_mode(file.mode, want.executable, entry),
        };
        self.put(path, file, after, Content::Bundle(path.clone()));
    }

    /// Puts a file in the place of one that is there. One of another user's refuses the plan; other names of it are
    /// told.
    pub(super) fn put(
        &mut self,
        path: &RelPath,
        file: &FoundFile,
        after: FileState,
        content: impl Into<Option<Content>>,
    ) -> bool {
        let spot = Spot::in_home(path);
        let Some(alteration) = self.builder.put(&spot, Some(state(file)), after, content) else {
            return false;
        };
        self.refuse_foreign(&spot, file);
        if file.links > 1 {
            self.advise_on_other_names(spot, alteration);
        }
        true
    }

    /// Tells what becomes of the other names (hard links) of a file that changes.
    pub(super) fn advise_on_other_names(&mut self, spot: Spot, alteration: Alteration) {
        let change = Change {
            at: spot,
            alteration,
        };
        if let Some(advisory) = Advisory::on_other_names(&change) {
            self.builder.advise(advisory);
        }
    }

    pub(super) fn refuse_foreign(&mut self, spot: &Spot, file: &FoundFile) {
        if file.uid != self.situation.uid {
            self.refusal.get_or_insert(PlanRefusal::ForeignOwner {
                at: spot.clone(),
                owner: file.uid,
                ships: true,
            });
        }
    }
}

pub(super) fn state(file: &FoundFile) -> FileState {
    FileState {
        digest: file.digest,
        mode: file.mode,
    }
}

/// Permission bits after a replacement. A file that ships executable is made so; the bits go again only from one that
/// shipped with them.
pub(super) fn replaced_mode(found: Mode, executable: bool, entry: Option<&Entry>) -> Mode {
    let was_executable = entry.is_some_and(|entry| entry.executable);
    if executable && !found.is_executable() {
        found.made_executable()
    } else if !executable && was_executable {
        found.made_plain()
    } else {
        found
    }
}
