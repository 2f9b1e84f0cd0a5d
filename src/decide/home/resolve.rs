//! Decides how a parked conflict is settled, the way a person asked for.

use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::error::{PlanError, Planned};
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::decide::plan::parking::shipped_spot;
use crate::decide::text::merge::is_text;
use crate::decide::text::nearest::nearest;
use crate::model::change::{FileState, Presence, Spot};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content, Plan};
use crate::model::record::{Entry, Parked, Record};

/// A person's answer to a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The live file stays; this want is declined for good.
    Mine,
    /// The shipped content takes its place.
    Shipped,
    /// The person's own merge takes its place.
    Merged(Vec<u8>),
}

/// The reason why a conflict is not settled that way.
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
    #[error("{0} is not a regular file, or is a mount of its own, or a parent is not a directory")]
    InTheWay(RelPath),
    /// The parked copy is not what was parked.
    #[error("the parked copy of {0} was changed or removed")]
    ParkedChanged(RelPath),
}

/// A part of a settlement's plan.
type Settled<T, E> = Planned<T, Unsettled, <E as Evidence>::Error>;

/// Decides for some parked paths, all the same way.
pub(crate) fn plan<E: Evidence>(
    record: &Record,
    paths: &[RelPath],
    settlement: &Settlement,
    umask: u32,
    evidence: &E,
) -> Settled<Plan, E> {
    let mut settling = Settling {
        builder: PlanBuilder::new(record, umask, evidence),
    };
    settling.builder.commit_if(!paths.is_empty());
    for path in paths {
        let parked = record.parked.get(path);
        let parked = parked.ok_or_else(|| PlanError::Refused(not_parked(record, path)))?;
        settling.settle(path, parked, settlement)?;
    }
    Ok(settling.builder.finish(|_| false)?)
}

/// The refusal of a path at which nothing is parked.
pub(crate) fn not_parked(record: &Record, path: &RelPath) -> Unsettled {
    let nearest = nearest(path.as_str(), record.parked.keys().map(RelPath::as_str));
    Unsettled::NotParked {
        path: path.clone(),
        nearest: nearest.and_then(|known| RelPath::parse(known).ok()),
    }
}

struct Settling<'a, E> {
    builder: PlanBuilder<'a, E>,
}

impl<E: Evidence> Settling<'_, E> {
    fn settle(
        &mut self,
        path: &RelPath,
        parked: &Parked,
        settlement: &Settlement,
    ) -> Settled<(), E> {
        match settlement {
            Settlement::Mine => {
                if parked.ships {
                    let waived = &mut self.builder.record_mut().waived;
                    waived.insert(path.clone(), parked.want);
                }
                let spot = Spot::in_home(path);
                self.builder
                    .step(spot, Action::Edited, "you declined this version");
            }
            Settlement::Shipped => {
                let Some(content) = self.parked_content(path, parked)? else {
                    let fault = Unsettled::ParkedChanged(path.clone());
                    return Err(PlanError::Refused(fault));
                };
                self.take(path, parked, content)?;
            }
            Settlement::Merged(content) => {
                refuse_markers(path, content).map_err(PlanError::Refused)?;
                self.take(path, parked, content.clone())?;
            }
        }
        self.builder.record_mut().parked.remove(path);
        self.builder.parking().clear_all(path);
        Ok(())
    }

    /// The parked content; `None` where that was changed or removed.
    fn parked_content(&self, path: &RelPath, parked: &Parked) -> Result<Option<Vec<u8>>, E::Error> {
        let (spot, evidence) = (shipped_spot(path), self.builder.evidence());
        let found = evidence.state_at(&spot)?.file();
        if found.is_none_or(|found| found.digest != parked.want) {
            return Ok(None);
        }
        evidence.content(&spot).map(Some)
    }

    /// Puts a content in the live place and records the parked want as taken in, if it ships.
    fn take(&mut self, path: &RelPath, parked: &Parked, content: Vec<u8>) -> Settled<(), E> {
        let spot = Spot::in_home(path);
        let sight = self.builder.evidence().state_at(&spot)?;
        let FileSight::Known(Presence::File(_) | Presence::Nothing) = sight else {
            return Err(PlanError::Refused(Unsettled::InTheWay(path.clone())));
        };
        let new = self.builder.mode_of_new_file(parked.executable);
        let mode = sight.file().map_or(new, |file| file.mode);
        let after = FileState {
            digest: Digest::of(&content),
            mode: if parked.executable && !mode.is_executable() {
                mode.made_executable()
            } else {
                mode
            },
        };
        let content = Content::Bytes(content);
        let change = self
            .builder
            .put(&spot, sight.file(), after, content.clone());
        if change.is_some_and(|change| change.brings().is_some()) {
            self.builder.keep_base(content);
        }
        self.record(path, parked, after.digest)?;
        let action = if after.digest == parked.want {
            Action::Replace
        } else {
            Action::Merge
        };
        self.builder.step(spot, action, "settled by you");
        Ok(())
    }

    /// Records what was parked as taken in, if it ships; else only what is left on disk.
    fn record(&mut self, path: &RelPath, parked: &Parked, left: Digest) -> Result<(), E::Error> {
        if parked.ships {
            let entry = Entry {
                shipped: parked.want,
                left,
                executable: parked.executable,
            };
            // The base of the next merge, as far as it is still there to keep.
            let base = self.parked_content(path, parked)?;
            let base = base.filter(|content| is_text(content)).map(Content::Bytes);
            self.builder.take_in(&Spot::in_home(path), entry, base);
        } else if let Some(entry) = self.builder.record_mut().entries_mut().get_mut(path) {
            entry.left = left;
        }
        Ok(())
    }
}

fn refuse_markers(path: &RelPath, content: &[u8]) -> Result<(), Unsettled> {
    let is_marker = |line: &[u8]| {
        [&b"<<<<<<< "[..], b">>>>>>> ", b"||||||| "]
            .iter()
            .any(|m| line.starts_with(m))
    };
    match content.split(|byte| *byte == b'\n').position(is_marker) {
        Some(index) => Err(Unsettled::Markers {
            path: path.clone(),
            line: index + 1,
        }),
        None => Ok(()),
    }
}
