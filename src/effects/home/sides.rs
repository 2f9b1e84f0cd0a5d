//! The sides of a parked conflict: what shipped before, what is there, and what ships.

use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::parking::{merged_spot, shipped_spot};
use crate::decide::text::diff::body;
use crate::effects::home::Home;
use crate::effects::home::evidence::{DiskEvidence, EvidenceError};
use crate::model::change::Spot;
use crate::model::delta::{Body, Delta, Side};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::record::Parked;

/// The sides of a conflict, each as a change of what shipped before.
#[derive(Debug)]
pub(crate) struct Sides {
    /// What the operator made of it.
    pub mine: Delta,
    /// What the release made of it.
    pub shipped: Delta,
    /// The file with the failed merge, from the home; `None` where none could be tried.
    pub merge: Option<String>,
}

/// Reads the sides of what is parked at a path.
pub(crate) fn sides(home: &Home, path: &RelPath, parked: &Parked) -> Result<Sides, EvidenceError> {
    let evidence = DiskEvidence::new(home, None);
    let entry = home.record.entries.get(path).filter(|_| parked.ships);
    let before = entry
        .map(|entry| {
            let kept = evidence.base(entry.shipped)?;
            Ok::<_, EvidenceError>(side(entry.shipped, kept))
        })
        .transpose()?;
    let there = |spot: &Spot| {
        let state = evidence.state_at(spot)?.file();
        let read = |state: crate::model::change::FileState| {
            Ok::<_, EvidenceError>(side(state.digest, evidence.text(spot)?))
        };
        state.map(read).transpose()
    };
    let delta = |after| Delta {
        at: Spot::in_home(path),
        before: before.clone(),
        after,
        note: None,
        is_operators: false,
    };
    Ok(Sides {
        mine: delta(there(&Spot::in_home(path))?),
        shipped: delta(there(&shipped_spot(path))?),
        merge: parked.has_merge.then(|| merged_spot(path).to_string()),
    })
}

fn side(digest: Digest, content: Option<Vec<u8>>) -> Side {
    Side {
        digest,
        executable: false,
        body: content.map_or(Body::NotKept, body),
    }
}
