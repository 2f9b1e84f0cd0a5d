//! A roster from a preset.

use crate::decide::plan::directories::DirectoryPlan;
use crate::decide::plan::evidence::{Evidence, FileSight};
use crate::model::change::{Alteration, Change, FileState, Presence, Spot, put_in_order};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content, Intent, Plan, Step};
use crate::model::record::Record;

/// What a preset is for, in the words of its first comment; empty where it says nothing.
pub fn title(text: &str) -> &str {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix('#'))
        .map(str::trim)
        .unwrap_or_default()
}

/// Something is where the roster is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupied {
    /// Another roster.
    ByRoster,
    /// A link, a directory...
    ByOther,
}

/// Plans a roster; one that is there gives way only if that is `forced`.
///
/// # Errors
///
/// What cannot be read. The inner one: what is in the way.
pub fn plan<E: Evidence>(
    record: &Record,
    path: &RelPath,
    text: &str,
    is_forced: bool,
    umask: u32,
    evidence: &E,
) -> Result<Result<Plan, Occupied>, E::Error> {
    let at = Spot::in_home(path);
    let mut after = FileState {
        digest: Digest::of(text.as_bytes()),
        mode: Mode::of_new_file(false, umask),
    };
    let mut plan = Plan {
        record: record.clone(),
        ..Plan::default()
    };
    let before = match evidence.state_at(&at)? {
        FileSight::Known(Presence::Nothing) => Presence::Nothing,
        FileSight::Known(Presence::File(found)) if is_forced || found.digest == after.digest => {
            after.mode = found.mode;
            Presence::File(found)
        }
        FileSight::Known(Presence::File(_)) => return Ok(Err(Occupied::ByRoster)),
        _ => return Ok(Err(Occupied::ByOther)),
    };
    let Some(alteration) = Alteration::between(before, Presence::File(after)) else {
        return Ok(Ok(plan));
    };
    let mut traffic = DirectoryPlan::new(at.root.clone(), evidence, umask);
    traffic.comes(path);
    plan.intents = traffic.settle(|_| false)?;
    let content = Some(Content::Bytes(text.as_bytes().to_vec()));
    plan.intents.push(Intent {
        change: Change {
            at: at.clone(),
            alteration,
        },
        content,
    });
    put_in_order(&mut plan.intents, |intent| &intent.change);
    let action = if before == Presence::Nothing {
        Action::Write
    } else {
        Action::Replace
    };
    plan.steps.push(Step {
        at,
        action,
        reason: "from the preset".into(),
    });
    plan.unsettled = record.parked.keys().cloned().collect();
    plan.commits = true;
    Ok(Ok(plan))
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
