//! Reads both sides of differences: what the operator edited, and what an update would change.

use crate::decide::plan::evidence::Evidence;
use crate::decide::text::diff::body;
use crate::decide::text::merge::MERGE_MAX;
use crate::effects::home::Home;
use crate::effects::home::evidence::{DiskEvidence, EvidenceError};
use crate::effects::home::survey::Survey;
use crate::effects::scan::scan;
use crate::effects::state::State;
use crate::model::change::{FileState, Presence, Spot};
use crate::model::delta::{Body, Delta, Side};
use crate::model::digest::Digest;
use crate::model::found::{Found, FoundFile};
use crate::model::path::RelPath;
use crate::model::plan::{Content, Intent, Plan};
use crate::model::record::Entry;

type DeltaResult<T> = Result<T, EvidenceError>;

/// Edits that the operator made of recorded files: what shipped, and what is there now.
pub(crate) fn edits(home: &Home, paths: &[RelPath]) -> DeltaResult<Vec<Delta>> {
    let cache = home.state.as_ref().map(State::cache).unwrap_or_default();
    let scanned = scan(&home.root, paths, cache.of_home())?;
    let evidence = DiskEvidence::new(home, None);
    let mut deltas = Vec::new();
    for (path, found) in paths.iter().zip(&scanned.found) {
        if let Some(entry) = home.record.entries.get(path) {
            deltas.extend(edit(path, entry, found, &evidence)?);
        }
    }
    Ok(deltas)
}

fn edit(
    path: &RelPath,
    entry: &Entry,
    found: &Found,
    evidence: &DiskEvidence,
) -> DeltaResult<Option<Delta>> {
    let (after, note) = match found {
        Found::Outside(_) => return Ok(None),
        Found::File(file) => {
            // An x of the operator's own is no difference: nobody wants it away.
            let lacks_x = entry.executable && !file.mode.is_executable();
            if file.digest == entry.shipped && !lacks_x {
                return Ok(None);
            }
            let side = found_side(path, file, evidence)?;
            (
                Some(Side {
                    executable: entry.executable && !lacks_x,
                    ..side
                }),
                None,
            )
        }
        Found::Absent => (None, None),
        Found::Directory => (None, Some("a directory is in its place".to_owned())),
        Found::Other(kind) => (None, Some(format!("a {kind} is in its place"))),
        Found::Blocked(parent) => (None, Some(format!("{parent} is not a directory"))),
    };
    let shipped = evidence.base(entry.shipped)?.map_or(Body::NotKept, body);
    let before = Some(Side {
        digest: entry.shipped,
        executable: entry.executable,
        body: shipped,
    });
    Ok(Some(Delta {
        at: Spot::in_home(path),
        before,
        after,
        note,
        is_operators: false,
    }))
}

fn found_side(path: &RelPath, file: &FoundFile, evidence: &DiskEvidence) -> DeltaResult<Side> {
    let executable = file.mode.is_executable();
    if file.size > MERGE_MAX {
        return Ok(Side {
            digest: file.digest,
            executable,
            body: Body::TooLarge,
        });
    }
    let content = evidence.content(&Spot::in_home(path))?;
    Ok(Side {
        digest: Digest::of(&content),
        executable,
        body: body(content),
    })
}

/// Changes that a plan would make: what is there now, and what would be there then; for a conflict,
/// what ships.
pub(crate) fn incoming(
    home: &Home,
    survey: &Survey,
    plan: &Plan,
    is_selected: impl Fn(&RelPath) -> bool,
) -> DeltaResult<Vec<Delta>> {
    let evidence = DiskEvidence::new(home, Some(&survey.bundle));
    let mut deltas = Vec::new();
    for intent in plan
        .intents
        .iter()
        .filter(|intent| is_selected(&intent.change.at.path))
    {
        if intent.change.at.root.is_live() {
            deltas.extend(intended(intent, survey, &evidence)?);
        }
    }
    for path in plan.unsettled.iter().filter(|path| is_selected(path)) {
        deltas.extend(parked(path, home, survey, plan, &evidence)?);
    }
    deltas.sort_by(|one, next| one.at.cmp(&next.at));
    Ok(deltas)
}

fn intended(
    intent: &Intent,
    survey: &Survey,
    evidence: &DiskEvidence,
) -> DeltaResult<Option<Delta>> {
    let spot = &intent.change.at;
    let before = intent.change.alteration.before();
    let after = intent.change.alteration.after();
    if !matches!(
        (before, after),
        (Presence::File(_), _) | (_, Presence::File(_))
    ) {
        return Ok(None);
    }
    let before = match before {
        Presence::File(state) => {
            let found = spot
                .home_path()
                .and_then(|path| survey.found.get(path)?.file());
            let read = || evidence.content(spot);
            Some(side(state, found.map_or(0, |file| file.size), read)?)
        }
        _ => None,
    };
    let after = match (after, &intent.content) {
        (Presence::File(state), Some(content)) => Some(brought(state, content, survey, evidence)?),
        (Presence::File(state), None) => before.clone().map(|side| side_with_mode(side, state)),
        _ => None,
    };
    let is_ours = spot.home_path().is_some_and(|path| survey.is_shipped(path));
    Ok(Some(Delta {
        at: spot.clone(),
        before,
        after,
        note: None,
        is_operators: !is_ours,
    }))
}

fn side(state: FileState, size: u64, read: impl Fn() -> DeltaResult<Vec<u8>>) -> DeltaResult<Side> {
    let shown = if size > MERGE_MAX {
        Body::TooLarge
    } else {
        body(read()?)
    };
    Ok(Side {
        digest: state.digest,
        executable: state.mode.is_executable(),
        body: shown,
    })
}

fn side_with_mode(side: Side, state: FileState) -> Side {
    Side {
        executable: state.mode.is_executable(),
        ..side
    }
}

fn brought(
    state: FileState,
    content: &Content,
    survey: &Survey,
    evidence: &DiskEvidence,
) -> DeltaResult<Side> {
    match content {
        Content::Bundle(path) => {
            let size = survey
                .bundle
                .wanted
                .get(path)
                .map_or(0, |shipped| shipped.size);
            side(state, size, || evidence.shipped(path))
        }
        Content::Bytes(bytes) => side(state, 0, || Ok(bytes.clone())),
        Content::Kept { generation, slot } => side(state, 0, || evidence.kept(*generation, *slot)),
    }
}

/// The shipped file beside a live file that would stay as it is.
fn parked(
    path: &RelPath,
    home: &Home,
    survey: &Survey,
    plan: &Plan,
    evidence: &DiskEvidence,
) -> DeltaResult<Option<Delta>> {
    let (Some(want), Some(parked)) = (survey.bundle.wanted.get(path), plan.record.parked.get(path))
    else {
        return Ok(None);
    };
    let waits = home
        .record
        .parked
        .get(path)
        .is_some_and(|waiting| waiting.want == parked.want);
    let fate = if waits {
        "waits for you already"
    } else {
        "would be parked"
    };
    let note = format!("{fate}, your file stays: {}", parked.reason);
    let found = survey.found.get(path).unwrap_or(&Found::Absent);
    let before = found
        .file()
        .map(|file| found_side(path, file, evidence))
        .transpose()?;
    let shown = if want.size > MERGE_MAX {
        Body::TooLarge
    } else {
        body(evidence.shipped(path)?)
    };
    let after = Some(Side {
        digest: want.digest,
        executable: want.executable,
        body: shown,
    });
    Ok(Some(Delta {
        at: Spot::in_home(path),
        before,
        after,
        note: Some(note),
        is_operators: false,
    }))
}
