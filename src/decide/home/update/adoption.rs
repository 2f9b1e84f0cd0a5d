//! Leftovers of releases before the record: files that no longer ship, and the file that names the version.

use crate::decide::home::situation::retired_paths;
use crate::decide::home::update::Planner;
use crate::decide::plan::classes::Class;
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::table::{Meeting, Verdict, look_up, relate};
use crate::model::change::{FileState, Spot};
use crate::model::digest::Digest;
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content};
use crate::model::source_version::{VERSION_FILE, VersionFile};

impl<E: Evidence> Planner<'_, E> {
    /// Names the leftovers of earlier releases, and removes them if that is asked for.
    pub(super) fn clear_up(&mut self) -> Result<(), E::Error> {
        let (situation, earlier) = (self.situation, self.situation.earlier);
        let retired = retired_paths(
            situation.wanted,
            situation.record,
            situation.classes,
            earlier,
        );
        for path in retired {
            let Some(found) = situation.found.get(&path) else {
                continue;
            };
            let meeting = Meeting {
                want: None,
                record: None,
                left: None,
                declined: None,
                found: found.into(),
            };
            let is_earlier = |found| Ok(earlier.shipped(&path, found));
            let (ships, seen) = relate(&meeting, is_earlier, || Ok(false))?;
            let row = look_up(ships, seen);
            match found {
                _ if row.verdict != Verdict::KeepLeftover => {}
                Found::File(file) if situation.asked.prune => {
                    self.remove(&path, file, row.reason);
                }
                _ => {
                    let spot = Spot::in_home(&path);
                    self.builder.step(spot, Action::Keep, row.reason);
                    self.builder.leave_over(path);
                }
            }
        }
        Ok(())
    }

    /// Keeps the version file in step, where a release has left one: older programs and scripts read it.
    pub(super) fn keep_version_file(&mut self) {
        let Ok(path) = RelPath::parse(VERSION_FILE) else {
            return;
        };
        let (spot, version) = (Spot::in_home(&path), &self.situation.release.version);
        match self.situation.version_file {
            VersionFile::Absent => {}
            _ if self.situation.classes.judge(&path).class != Class::Framework => {}
            VersionFile::Unusable(problem) => {
                let message = format!("{problem}; it is not trusted, and stays as it is");
                self.builder.advise(Advisory::about(&path, message));
            }
            VersionFile::Names(named, _) if named == version => {
                self.builder.step(spot, Action::Keep, "names the release");
            }
            VersionFile::Names(named, file) if file.is_mount => {
                let message = format!("a mount of its own: it goes on naming {named}");
                self.builder.advise(Advisory::about(&path, message));
            }
            VersionFile::Names(_, file) => {
                let text = format!("{version}\n").into_bytes();
                let after = FileState {
                    digest: Digest::of(&text),
                    mode: file.mode,
                };
                self.put(&path, file, after, Content::Bytes(text));
                self.builder
                    .step(spot, Action::Replace, "names the release");
            }
        }
    }
}
