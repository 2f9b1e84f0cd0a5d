//! What releases before the record left in a home: files that no longer ship, and the file that names the version.

use crate::decide::home::situation::{Situation, retired_paths};
use crate::decide::home::update::Planner;
use crate::decide::plan::classes::Class;
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::table::{Verdict, look_up, relate};
use crate::model::change::FileState;
use crate::model::digest::Digest;
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Advisory, Content};
use crate::model::source_version::{VERSION_FILE, VersionFile};

impl<E: Evidence> Planner<'_, E> {
    /// Names the leftovers of earlier releases, and removes them if that is asked for.
    pub(super) fn clear_up(&mut self) {
        let Situation {
            wanted,
            record,
            classes,
            earlier,
            ..
        } = self.situation;
        for path in retired_paths(wanted, record, classes, earlier) {
            let Some(found) = self.situation.found.get(&path) else {
                continue;
            };
            let earlier = |digest| earlier.shipped(&path, digest);
            let (ships, seen) = relate(None, None, found, earlier, || false);
            let Some(row) = look_up(ships, seen).filter(|row| row.verdict == Verdict::KeepLeftover)
            else {
                continue;
            };
            match found {
                Found::File(file) if self.situation.asked.prune => {
                    self.remove(&path, file, row.reason)
                }
                _ => {
                    self.step(&path, Action::Keep, row.reason);
                    self.plan.leftovers.push(path);
                }
            }
        }
    }

    /// Keeps the version file in step, where a release has left one: older programs and scripts read it.
    pub(super) fn keep_version_file(&mut self) {
        let Ok(path) = RelPath::parse(VERSION_FILE) else {
            return;
        };
        match self.situation.version_file {
            VersionFile::Absent => {}
            _ if self.situation.classes.judge(&path).class != Class::Framework => {}
            VersionFile::Unusable(problem) => {
                let message = format!("{problem}; it is not trusted, and stays as it is");
                self.plan.advisories.push(Advisory {
                    path: path.to_string(),
                    line: None,
                    message,
                });
            }
            VersionFile::Names(version, _) if *version == self.situation.release.version => {
                self.step(&path, Action::Keep, "names the release");
            }
            VersionFile::Names(_, file) => {
                let text = format!("{}\n", self.situation.release.version).into_bytes();
                let after = FileState {
                    digest: Digest::of(&text),
                    mode: file.mode,
                };
                self.replace(&path, file, after, Content::Bytes(text));
                self.step(&path, Action::Replace, "names the release");
            }
        }
    }
}
