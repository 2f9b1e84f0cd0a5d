//! Active units against the decision table: the copies that systemd reads are files that Mosaic ships, like those of a
//! home.

use std::collections::BTreeSet;

use crate::decide::fleet::units::is_of;
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::evidence::Evidence;
use crate::decide::plan::merging::MergeInputs;
use crate::decide::plan::table::{
    FoundAs, Meeting, Row, Verdict, look_up, look_up_unshipped, relate,
};
use crate::model::bundle::Earlier;
use crate::model::change::{FileState, Spot};
use crate::model::digest::Digest;
use crate::model::fleet_paths::{FLEET, HOLDER_ENV};
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content};
use crate::model::record::Entry;

/// The occupant of the place where systemd reads a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Occupant {
    /// Nothing.
    Nothing,
    /// A link to `/dev/null`.
    Masked,
    /// A link of the operator's to a file, as of dotfiles that are kept elsewhere.
    Link(LinkedUnit),
    /// A link that leads nowhere, a directory...
    NoFile,
    /// A file of this home's.
    Ours,
    /// A file of another home's, and which.
    Another(String),
}

/// A unit's file behind a link of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkedUnit {
    /// Where the link leads.
    pub to: String,
    /// The text there.
    pub text: String,
}

/// A unit that is to be active.
#[derive(Debug, Clone)]
pub(crate) struct UnitTarget {
    /// Name of its file.
    pub name: &'static str,
    /// The spot where systemd reads it.
    pub at: Spot,
    /// The text that it is to have.
    pub want: String,
    /// The occupant of that spot.
    pub occupant: Occupant,
    /// The path where releases ship it.
    pub shipped_at: RelPath,
}

/// The units in systemd's directory of a home's fleet.
#[derive(Debug, Default)]
pub(crate) struct ActiveUnits {
    /// The units of ours, with what a release ships for them.
    pub targets: Vec<UnitTarget>,
    /// Those that start with the manager, instances of templates included.
    pub enabled: BTreeSet<String>,
    /// What no new one could run without.
    pub lacks: Option<Lack>,
}

/// A thing that units need, which an update cannot put there, because the operator has the place for himself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lack {
    /// A program behind a link that leads out of the home.
    #[error("{tool} is not there; put it behind the link {link}")]
    ToolBehind {
        /// The program.
        tool: RelPath,
        /// The link.
        link: RelPath,
    },
    /// A program that the operator preserves.
    #[error("{0} is not there, and is preserved; put it there, or preserve it no longer")]
    PreservedTool(RelPath),
    /// A program in whose place something else is, which stays.
    #[error("{0} is not there, and something else is in its place; move that away")]
    ToolInTheWay(RelPath),
    /// The holder's settings, behind a link that leads out of the home.
    #[error("{HOLDER_ENV}, which tells the socket, is not there; write it behind the link {FLEET}")]
    Settings,
}

/// The two commands that bring units in step; the rows of the table are the same for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// An update: an edit is merged with the release.
    Update,
    /// A `fleet install`: nothing is merged, an edited unit stays as it is.
    Install,
}

/// A unit with its row of the table.
pub(crate) struct UnitCase<'t> {
    /// The unit.
    pub target: &'t UnitTarget,
    /// The row.
    pub row: &'static Row,
    /// The file that is there.
    pub found: Option<FileState>,
    /// The texts to merge, where the row says so.
    pub merge: Option<MergeInputs>,
}

/// Looks a unit up in the table.
pub(crate) fn look_up_unit<'t, E: Evidence>(
    target: &'t UnitTarget,
    entry: Option<Entry>,
    occasion: Occasion,
    earlier: &Earlier,
    evidence: &E,
) -> Result<UnitCase<'t>, E::Error> {
    let spot = &target.at;
    let sight = evidence.state_at(spot)?;
    let meeting = Meeting {
        want: Some(Digest::of(target.want.as_bytes())),
        record: entry.map(|entry| entry.shipped),
        left: entry.map(|entry| entry.left),
        declined: None,
        found: FoundAs::from(sight),
    };
    let is_earlier =
        |found| Ok(earlier.shipped(&target.shipped_at, found) || evidence.took_in(spot, found)?);
    let mut merge = None;
    let is_all_text = || {
        if let (Occasion::Update, Some(recorded), FoundAs::File(found)) =
            (occasion, meeting.record, meeting.found)
        {
            let shipped = || Ok(target.want.clone().into_bytes());
            merge = MergeInputs::gather(spot, recorded, found, shipped, evidence)?;
        }
        Ok(merge.is_some())
    };
    let (ships, seen) = relate(&meeting, is_earlier, is_all_text)?;
    Ok(UnitCase {
        target,
        row: look_up(ships, seen),
        found: sight.file(),
        merge,
    })
}

impl UnitCase<'_> {
    /// Writes, replaces or adopts the unit as the row says, and records what ships. Every other verdict is the
    /// planner's.
    pub(crate) fn bring_in_step<E: Evidence>(&self, builder: &mut PlanBuilder<E>) {
        let want = || self.target.want.clone().into_bytes();
        match self.row.verdict {
            Verdict::Write => {
                self.put(builder, want(), Action::Write, "where systemd reads it");
            }
            Verdict::Replace => self.put(builder, want(), Action::Replace, self.row.reason),
            Verdict::Adopt => {
                self.take_in(builder, Digest::of(self.target.want.as_bytes()));
                builder.step(self.target.at.clone(), Action::Adopt, self.row.reason);
            }
            _ => {}
        }
    }

    /// Puts a text in place, and records what ships.
    pub(crate) fn put<E: Evidence>(
        &self,
        builder: &mut PlanBuilder<E>,
        text: Vec<u8>,
        action: Action,
        reason: &'static str,
    ) {
        let mode = self
            .found
            .map_or(builder.mode_of_new_file(false), |found| found.mode);
        let after = FileState {
            digest: Digest::of(&text),
            mode,
        };
        let spot = &self.target.at;
        builder.put(spot, self.found, after, Content::Bytes(text));
        self.take_in(builder, after.digest);
        builder.step(spot.clone(), action, reason);
    }

    fn take_in<E: Evidence>(&self, builder: &mut PlanBuilder<E>, left: Digest) {
        let want = self.target.want.clone().into_bytes();
        let entry = Entry {
            shipped: Digest::of(&want),
            left,
            executable: false,
        };
        builder.take_in(&self.target.at, entry, Content::Bytes(want));
    }
}

/// Forgets a unit that does not ship any more. One that is as it was put there leaves, and nothing of it starts with
/// the manager any more.
pub(crate) fn withdraw<E: Evidence>(
    spot: &Spot,
    entry: &Entry,
    enabled: &BTreeSet<String>,
    builder: &mut PlanBuilder<E>,
) -> Result<&'static Row, E::Error> {
    let sight = builder.evidence().state_at(spot)?;
    let row = look_up_unshipped(entry.shipped, sight.into());
    builder.parking().clear_outside(spot);
    builder.forget(spot);
    if let (Verdict::Remove, Some(found)) = (row.verdict, sight.file()) {
        builder.remove(spot, found);
    }
    if row.verdict != Verdict::Release {
        let file = spot.path.split().1;
        let record = builder.record_mut();
        record.enabled.retain(|unit| !is_of(unit, file));
        let disabled = enabled.iter().filter(|unit| is_of(unit, file)).cloned();
        record.disabled.extend(disabled);
    }
    Ok(row)
}
