//! Decides how a parked conflict is settled, the way a person asked for.

use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::plan::parking::{Parking, shipped_spot};
use crate::decide::text::merge::is_text;
use crate::decide::text::nearest::nearest;
use crate::model::change::{Alteration, Change, FileState, Presence, RootName, Spot, put_in_order};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content, Intent, Plan, Step};
use crate::model::record::{Entry, Parked, Record};

/// What a person may say to a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The live file stays; this want is declined for good.
    Mine,
    /// What ships takes its place.
    Shipped,
    /// The person's own merge takes its place.
    Merged(Vec<u8>),
}

/// Why a conflict is not settled that way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    /// Nothing is parked for the path.
    #[error("{path} has no parked conflict")]
    NotParked {
        path: RelPath,
        nearest: Option<RelPath>,
    },
    /// The merge still has markers in it.
    #[error("the merge of {path} still has a conflict marker in line {line}")]
    Markers { path: RelPath, line: usize },
    /// Something that is no file is in the live place.
    #[error("{0} is not a regular file, or a parent is not a directory")]
    InTheWay(RelPath),
    /// The parked copy is not what was parked.
    #[error("the parked copy of {0} was changed or removed")]
    ParkedChanged(RelPath),
}

/// Why settling could not be planned.
#[derive(Debug, thiserror::Error)]
pub enum SettleError<E> {
    /// It is refused.
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
    /// Something could not be read.
    #[error("{0}")]
    Unreadable(E),
}

/// Decides for some parked paths, all the same way.
pub fn plan<E: Evidence>(
    record: &Record,
    paths: &[RelPath],
    settlement: &Settlement,
    umask: u32,
    evidence: &E,
) -> Result<Plan, SettleError<E::Error>> {
    let plan = Plan {
        record: record.clone(),
        commits: !paths.is_empty(),
        ..Plan::default()
    };
    let (traffic, parking) = (
        DirectoryPlan::new(RootName::Home, evidence, umask),
        Parking::new(evidence),
    );
    let mut settling = Settling {
        plan,
        traffic,
        parking,
        umask,
        evidence,
    };
    for path in paths {
        let not_parked = || {
            let nearest = nearest(path.as_str(), record.parked.keys().map(RelPath::as_str));
            let nearest = nearest.and_then(|known| RelPath::parse(known).ok());
            Unsettled::NotParked {
                path: path.clone(),
                nearest,
            }
        };
        let parked = record.parked.get(path).ok_or_else(not_parked)?;
        settling.settle(path, parked, settlement)?;
    }
    settling.finish().map_err(SettleError::Unreadable)
}

struct Settling<'a, E> {
    plan: Plan,
    traffic: DirectoryPlan<'a, E>,
    parking: Parking<'a, E>,
    umask: u32,
    evidence: &'a E,
}

impl<E: Evidence> Settling<'_, E> {
    fn settle(
        &mut self,
        path: &RelPath,
        parked: &Parked,
        how: &Settlement,
    ) -> Result<(), SettleError<E::Error>> {
        match how {
            Settlement::Mine => {
                if parked.ships {
                    self.plan.record.waived.insert(path.clone(), parked.want);
                }
                self.step(path, Action::Edited, "you declined this version");
            }
            Settlement::Shipped => {
                let content = self.parked_content(path, parked)?;
                self.take(path, parked, content)?;
            }
            Settlement::Merged(content) => {
                refuse_markers(path, content)?;
                self.take(path, parked, content.clone())?;
            }
        }
        self.plan.record.parked.remove(path);
        self.parking.clear_all(path);
        Ok(())
    }

    fn parked_content(
        &self,
        path: &RelPath,
        parked: &Parked,
    ) -> Result<Vec<u8>, SettleError<E::Error>> {
        let at = shipped_spot(path);
        let state = self
            .evidence
            .state_at(&at)
            .map_err(SettleError::Unreadable)?
            .file();
        if state.map(|state| state.digest) != Some(parked.want) {
            return Err(Unsettled::ParkedChanged(path.clone()).into());
        }
        self.evidence.content(&at).map_err(SettleError::Unreadable)
    }

    /// Puts a content in the live place and records the parked want as taken in, if it ships.
    fn take(
        &mut self,
        path: &RelPath,
        parked: &Parked,
        content: Vec<u8>,
    ) -> Result<(), SettleError<E::Error>> {
        let at = Spot::in_home(path);
        let digest = Digest::of(&content);
        let (shipped, executable) = (parked.want, parked.executable);
        let sight = self
            .evidence
            .state_at(&at)
            .map_err(SettleError::Unreadable)?;
        let FileSight::Known(before @ (Presence::File(_) | Presence::Nothing)) = sight else {
            return Err(Unsettled::InTheWay(path.clone()).into());
        };
        let mode = sight
            .file()
            .map_or(Mode::of_new_file(executable, self.umask), |file| file.mode);
        let mode = if executable && !mode.is_executable() {
            mode.made_executable()
        } else {
            mode
        };
        let action = if digest == shipped {
            Action::Replace
        } else {
            Action::Merge
        };
        if let Some(alteration) =
            Alteration::between(before, Presence::File(FileState { digest, mode }))
        {
            let content = alteration.brings().map(|_| Content::Bytes(content));
            self.traffic.comes(path);
            self.plan.bases.extend(content.clone());
            self.plan.intents.push(Intent {
                change: Change { at, alteration },
                content,
            });
        }
        if parked.ships {
            self.keep_base(path, parked)
                .map_err(SettleError::Unreadable)?;
            self.plan.record.entries_mut().insert(
                path.clone(),
                Entry {
                    shipped,
                    left: digest,
                    executable,
                },
            );
            self.plan.record.waived.remove(path);
        } else if let Some(entry) = self.plan.record.entries_mut().get_mut(path) {
            entry.left = digest;
        }
        self.step(path, action, "settled by you");
        Ok(())
    }

    /// Keeps the parked want as the base of the next merge, as far as it is still there to keep.
    fn keep_base(&mut self, path: &RelPath, parked: &Parked) -> Result<(), E::Error> {
        let at = shipped_spot(path);
        if self.evidence.state_at(&at)?.file().map(|file| file.digest) == Some(parked.want) {
            let content = self.evidence.content(&at)?;
            if is_text(&content) {
                self.plan.bases.push(Content::Bytes(content));
            }
        }
        Ok(())
    }

    fn step(&mut self, path: &RelPath, action: Action, reason: &'static str) {
        self.plan.steps.push(Step {
            at: Spot::in_home(path),
            action,
            reason: reason.into(),
        });
    }

    fn finish(mut self) -> Result<Plan, E::Error> {
        self.plan.unsettled = self.plan.record.parked.keys().cloned().collect();
        let directories = self.traffic.settle(|_| false)?;
        self.plan.intents.extend(directories);
        self.plan
            .record
            .made_directories
            .extend(self.traffic.made().iter().cloned());
        self.plan.intents.extend(self.parking.into_intents()?);
        put_in_order(&mut self.plan.intents, |intent| &intent.change);
        Ok(self.plan)
    }
}

fn refuse_markers(path: &RelPath, content: &[u8]) -> Result<(), Unsettled> {
    let is_marker = |line: &[u8]| {
        [&b"<<<<<<< "[..], b">>>>>>> ", b"||||||| "]
            .iter()
            .any(|m| line.starts_with(m))
    };
    match content.split(|byte| *byte == b'\n').position(is_marker) {
        Some(at) => Err(Unsettled::Markers {
            path: path.clone(),
            line: at + 1,
        }),
        None => Ok(()),
    }
}
