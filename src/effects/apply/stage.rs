//! Writes everything that a transaction needs into `.mosaic/tx`, and makes it durable.

use crate::effects::state::bases::{Bases, PackWriter, kept_path};
use std::collections::HashSet;
use std::fs::File;

use crate::decide::migrate::together::together;
use crate::decide::text::merge::is_text;
use crate::effects::apply::access::{self, Places};
use crate::effects::apply::barriers::Barriers;
use crate::effects::apply::ground::{Placement, SlotWays, second_name};
use crate::effects::apply::roots::Roots;
use crate::effects::apply::slot::displaced_name;
use crate::effects::apply::stage_writer::{Fresh, StageWriter, StagedFile};
use crate::effects::apply::{Checkpoint, Site, TransactionError, names};
use crate::effects::bundle::Bundle;
use crate::effects::os::disk::DiskError;
use crate::effects::os::worker::Worker;
use crate::effects::state::{FILES, PREPARED, StateError, TOGETHER};
use crate::model::change::{Alteration, FileState};
use crate::model::digest::Digest;
use crate::model::generation::{ChangeOutcome, Heading, Journal, Logged, Pending, Staged};
use crate::model::path::RelPath;
use crate::model::plan::{Content, Intent, Plan};
use crate::model::record::Record;

/// Fewer changes than this are not worth threads.
const WORTH_THREADS: usize = 256;

/// A transaction that is ready to be committed.
pub(super) struct Prepared {
    pub(super) journal: Journal,
    pub(super) fresh: Vec<Fresh>,
    pub(super) ways: SlotWays,
}

/// Stages a plan: contents, journal and record into `tx`, made durable.
pub(super) fn stage(
    site: &Site,
    plan: &Plan,
    heading: Heading,
    pending: &[Pending],
    bundle: Option<&Bundle>,
) -> Result<Prepared, TransactionError> {
    let places = Places {
        home: site.home,
        state: Some(site.state),
        folders: site.folders,
    };
    access::check(&places, plan, bundle)?;
    site.state.root.remove_all(PREPARED)?;
    for folder in [PREPARED.to_owned(), format!("{PREPARED}/{FILES}")] {
        site.state.make_folder(&folder)?;
    }
    let roots = Roots::open(site, plan.intents.iter().map(|intent| &intent.change))?;
    let barriers = Barriers::of(site, heading.number, plan.intents.len());
    let (journal, ways) = journal(site, &roots, plan, heading, &barriers)?;
    let is_worth_threads = plan.intents.len() > WORTH_THREADS;
    let fresh = std::thread::scope(|scope| {
        let state = site.state.root.twin();
        let packed = site.state.root.twin();
        let stage_writer = Worker::start(scope, is_worth_threads, move || StageWriter::new(state));
        let keeper = Worker::start(scope, is_worth_threads, || {
            PackWriter::new(packed.into(), PREPARED)
        });
        let workers = (stage_writer, keeper);
        Stager::new(site, plan, bundle, (&roots, &journal, &barriers), workers)?.stage_all(plan)
    })?;
    let record = Record {
        place: site.state.place.clone(),
        ..plan.record.clone()
    };
    site.state
        .write("record", &format!("{PREPARED}/record"), &record)?;
    site.state
        .write("pending", &format!("{PREPARED}/pending"), &pending)?;
    let groups = together(
        plan.together.iter(),
        journal.changes.iter().map(|logged| &logged.change),
    );
    if !groups.is_empty() {
        let path = format!("{PREPARED}/{TOGETHER}");
        site.state.write(TOGETHER, &path, &groups)?;
    }
    (site.on_checkpoint)(Checkpoint::Written);
    barriers.staged(&roots, &journal)?;
    (site.on_checkpoint)(Checkpoint::Durable);
    Ok(Prepared {
        journal,
        fresh,
        ways,
    })
}

/// Removes what a transaction that was not committed left outside the state's folder.
pub(super) fn discard_beside(site: &Site) -> Result<(), StateError> {
    // Nothing was put outside before the journal was durable.
    let Ok(journal) = site.state.read_journal(&format!("{PREPARED}/journal")) else {
        return Ok(());
    };
    let roots = Roots::open(site, journal.changes.iter().map(|logged| &logged.change))?;
    for logged in &journal.changes {
        if let (Staged::Beside(path), Some(root)) =
            (&logged.staged, roots.of(&logged.change.at.root))
        {
            root.remove_all(path.as_str())?;
            root.remove_all(&displaced_name(path.as_str()))?;
            root.remove_all(&second_name(path.as_str()))?;
        }
    }
    Ok(())
}

/// Writes the journal, and tries the ground by the names that it lists. It is durable before anything is put outside the state.
fn journal(
    site: &Site,
    roots: &Roots,
    plan: &Plan,
    heading: Heading,
    barriers: &Barriers,
) -> Result<(Journal, SlotWays), TransactionError> {
    let mut placement = Placement::begin(site, barriers)?;
    let mut changes = Vec::with_capacity(plan.intents.len());
    for (slot, intent) in plan.intents.iter().enumerate() {
        let change = intent.change.clone();
        let needs_slot =
            change.alteration.brings().is_some() || change.alteration.displaces().is_some();
        let mut staged = Staged::InState;
        if needs_slot && change.at.root.is_live() {
            let root = roots.required(&change.at.root)?;
            staged = placement.place(root, &change, (heading.number, slot))?;
        }
        changes.push(Logged {
            change,
            staged,
            fate: ChangeOutcome::Done,
        });
    }
    let mut journal = Journal {
        place: site.state.place.clone(),
        is_moved: false,
        heading,
        changes,
    };
    let path = format!("{PREPARED}/journal");
    site.state.write("journal", &path, &journal)?;
    let is_scattered = placement.is_scattered();
    if is_scattered {
        barriers.journal_written()?;
    }
    let ways = placement.probe(roots, &mut journal)?;
    names::probe(&site.state.root, roots, &journal)?;
    if is_scattered {
        site.state.rewrite("journal", &path, &journal)?;
        barriers.journal_written()?;
    }
    Ok((journal, ways))
}

struct Stager<'a, 'scope> {
    site: &'a Site<'a>,
    bundle: Option<&'a Bundle>,
    journal: &'a Journal,
    roots: &'a Roots<'a>,
    barriers: &'a Barriers<'a>,
    stage_writer: Worker<'scope, StageWriter>,
    keeper: Worker<'scope, PackWriter>,
    bases: Bases<'a>,
    /// Bundle files that are to be kept as bases, as long as they have not been.
    wanted_bases: HashSet<&'a RelPath>,
    buffer: Vec<u8>,
}

impl<'a, 'scope> Stager<'a, 'scope> {
    fn new(
        site: &'a Site<'a>,
        plan: &'a Plan,
        bundle: Option<&'a Bundle>,
        (roots, journal, barriers): (&'a Roots<'a>, &'a Journal, &'a Barriers<'a>),
        (stage_writer, keeper): (Worker<'scope, StageWriter>, Worker<'scope, PackWriter>),
    ) -> Result<Self, TransactionError> {
        let state = &site.state.root;
        let wanted_bases = plan.bases.iter().filter_map(|content| match content {
            Content::Bundle(path) => Some(path),
            _ => None,
        });
        Ok(Self {
            site,
            bundle,
            journal,
            roots,
            barriers,
            stage_writer,
            keeper,
            bases: Bases::open(state, site.state.pack_folders()?)?,
            wanted_bases: wanted_bases.collect(),
            buffer: Vec::new(),
        })
    }

    fn stage_all(mut self, plan: &Plan) -> Result<Vec<Fresh>, TransactionError> {
        for (slot, intent) in plan.intents.iter().enumerate() {
            if let (Some(content), Some(brought)) =
                (&intent.content, intent.change.alteration.brings())
            {
                self.stage(slot, intent, content, brought)?;
                (self.site.on_checkpoint)(Checkpoint::Staged);
                super::listen(self.site)?;
            }
        }
        for content in &plan.bases {
            match content {
                Content::Bundle(path) if self.wanted_bases.remove(path) => {
                    let digest = self.read_bundle(path)?;
                    self.keep_base(digest)?;
                }
                Content::Bytes(bytes) => {
                    self.buffer.clone_from(bytes);
                    self.keep_base(Digest::of(bytes))?;
                }
                _ => {}
            }
        }
        self.keeper.finish()?;
        Ok(self.stage_writer.finish()?)
    }

    fn stage(
        &mut self,
        slot: usize,
        intent: &Intent,
        content: &Content,
        brought: FileState,
    ) -> Result<(), TransactionError> {
        let (digest, like) = self.fill(intent, content)?;
        if digest != brought.digest {
            return Err(TransactionError::ContentChanged {
                what: intent.change.at.path.to_string(),
            });
        }
        let staged = self.journal.changes[slot].staged.clone();
        let (root, barrier) = match &staged {
            Staged::InState => (None, self.barriers.of_state()?),
            Staged::Beside(path) => {
                let root = self.roots.required(&intent.change.at.root)?;
                let barrier = self.barriers.of_path(root, path.as_str())?;
                (Some(root.twin()), barrier)
            }
        };
        let file = StagedFile {
            root,
            barrier,
            staged,
            slot,
            content: self.buffer.clone(),
            brought,
            like,
            goes_to: intent.change.at.home_path().cloned(),
        };
        Ok(self.stage_writer.give(file)?)
    }

    /// Reads a content into the buffer; returns its digest, and the file whose attributes the new one
    /// takes over.
    fn fill(
        &mut self,
        intent: &Intent,
        content: &Content,
    ) -> Result<(Digest, Option<File>), TransactionError> {
        let spot = &intent.change.at;
        let live = self.roots.required(&spot.root)?;
        let replaced = match intent.change.alteration {
            Alteration::ReplaceFile { .. } => Some(live.open_file(spot.path.as_str())?),
            _ => {
                let like = intent.like.as_ref();
                like.map(|like| live.open_file(like.as_str())).transpose()?
            }
        };
        match content {
            Content::Bundle(path) => {
                let digest = self.read_bundle(path)?;
                if spot.root.is_live() && self.wanted_bases.remove(path) {
                    self.keep_base(digest)?;
                }
                Ok((digest, replaced))
            }
            Content::Bytes(bytes) => {
                self.buffer.clone_from(bytes);
                Ok((Digest::of(bytes), replaced))
            }
            Content::Kept { generation, slot } => {
                let path = kept_path(*generation, *slot);
                let kept = self.site.state.root.open_file(&path)?;
                self.site.state.root.read_into(&path, &mut self.buffer)?;
                Ok((Digest::of(&self.buffer), replaced.or(Some(kept))))
            }
        }
    }

    fn read_bundle(&mut self, path: &RelPath) -> Result<Digest, TransactionError> {
        let Some(bundle) = self.bundle else {
            return Err(TransactionError::ContentChanged {
                what: path.to_string(),
            });
        };
        Ok(bundle.read_checked(path, &mut self.buffer)?)
    }

    fn keep_base(&mut self, digest: Digest) -> Result<(), DiskError> {
        if is_text(&self.buffer) && !self.bases.has(&digest) {
            self.keeper.give((digest, self.buffer.clone()))
        } else {
            Ok(())
        }
    }
}
