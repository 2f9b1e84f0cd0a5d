//! A roster from a preset.

use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::error::{PlanError, Planned};
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::model::change::{FileState, Presence, Spot};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content, Plan};
use crate::model::record::Record;

/// The title of a preset: the words of its first comment, empty where it says nothing.
pub(crate) fn title(text: &str) -> &str {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix('#'))
        .map(str::trim)
        .unwrap_or_default()
}

/// Something is where the roster is to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Occupied {
    /// Another roster.
    #[error("{0} is there already")]
    ByRoster(RelPath),
    /// A link, a directory...
    #[error("{0} is not a regular file")]
    ByOther(RelPath),
}

/// Plans a roster; one that is there gives way only if that is `forced`.
pub(crate) fn plan<E: Evidence>(
    record: &Record,
    path: &RelPath,
    text: &str,
    is_forced: bool,
    umask: u32,
    evidence: &E,
) -> Planned<Plan, Occupied, E::Error> {
    let spot = Spot::in_home(path);
    let mut builder = PlanBuilder::new(record, umask, evidence);
    let mut after = FileState {
        digest: Digest::of(text.as_bytes()),
        mode: builder.mode_of_new_file(false),
    };
    let before = match evidence.state_at(&spot)? {
        FileSight::Known(Presence::Nothing) => None,
        FileSight::Known(Presence::File(found)) if is_forced || found.digest == after.digest => {
            after.mode = found.mode;
            Some(found)
        }
        FileSight::Known(Presence::File(_)) => {
            return Err(PlanError::Refused(Occupied::ByRoster(path.clone())));
        }
        _ => return Err(PlanError::Refused(Occupied::ByOther(path.clone()))),
    };
    let action = if before.is_none() {
        Action::Write
    } else {
        Action::Replace
    };
    let content = Content::Bytes(text.as_bytes().to_vec());
    if builder.put(&spot, before, after, content).is_some() {
        builder.step(spot, action, "from the preset");
    }
    Ok(builder.finish(|_| false)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_says_what_it_is_for_in_its_first_line() {
        assert_eq!(title("# One agent.\nversion: 1\n# more\n"), "One agent.");
        assert_eq!(title("version: 1\n# more\n"), "");
    }
}
