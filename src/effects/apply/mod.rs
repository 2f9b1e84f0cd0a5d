//! The transaction: everything is staged, committed at one point, then carried out and finished.
//!
//! 1. *Stage*: contents, journal and record are written to `.mosaic/tx`. Nothing live changes.
//! 2. *Commit*: once all that is durable, `tx` is renamed to `commit`. This is the commit point.
//! 3. *Carry out*: live files change, each by one rename or exchange; what is displaced is kept and checked.
//! 4. *Finish*: once the live changes are durable, `commit` becomes `generations/N`.
//!
//! A crash before 2 leaves a `tx` that the next run throws away; after it, a `commit` that the next run
//! finishes ([`recover`]).

pub(crate) mod access;
mod barriers;
mod carrier;
mod carry;
mod finish;
mod ground;
mod mounts;
mod moves;
mod names;
mod roots;
mod slot;
mod stage;
mod stage_writer;

use std::io;
use std::path::PathBuf;

use indicatif::BinaryBytes;
use rustix::io::Errno;

use crate::decide::home::ways::Ways;
use crate::effects::apply::barriers::Barriers;
use crate::effects::bundle::{Bundle, BundleError};
use crate::effects::os::disk::{DiskError, Root, outside};
use crate::effects::os::host::Interrupt;
use crate::effects::outside::folders::Folders;
use crate::effects::scan::horizon::Written;
use crate::effects::state::{COMMITTED, FILES, PREPARED, State, StateError};
use crate::model::change::{RootName, Spot};
use crate::model::generation::{Heading, Journal, Pending};
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::model::stayed::Stayed;

pub(crate) use stage_writer::Fresh;

/// The site of a transaction: home, state and folders, and who hears of its progress.
pub(crate) struct Site<'a> {
    /// Root of the home.
    pub home: &'a Root,
    /// The home's state.
    pub state: &'a State,
    /// The directories outside the home that changes go to.
    pub folders: &'a Folders,
    /// The user's wish to stop; heard until the commit point.
    pub interrupt: &'a Interrupt,
    /// Told of every point at which a crash would leave something different behind.
    pub on_checkpoint: &'a dyn Fn(Checkpoint),
}

/// The points of a transaction, in order. Tests crash at each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checkpoint {
    /// Nothing has been written yet.
    Started,
    /// Another content is staged.
    Staged,
    /// Contents, bases, journal and record are written.
    Written,
    /// The staged contents are durable.
    Durable,
    /// The commit point is passed, and may not be durable.
    Committed,
    /// The commit point is passed and durable.
    CommitDurable,
    /// A file that the operator saved since the plan is about to go back to its place.
    PuttingBack,
    /// Another live change is carried out.
    Carried,
    /// The live changes are durable.
    CarriedDurable,
    /// The generation is in its place; the transaction is over.
    Finished,
    /// Another piece of garbage is out of the way.
    MovedAway,
    /// Another piece of garbage is removed.
    Removed,
}

/// A transaction that was committed and finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Committed {
    /// Number of the generation that it made.
    pub generation: u64,
    /// Places that stayed as they were.
    pub stayed: Vec<Stayed>,
}

/// Reason why a transaction was not committed, or not finished.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// The user asked to stop before the commit point; nothing changed.
    #[error("interrupted before anything was changed")]
    Interrupted,
    /// The file system has not enough room; nothing changed.
    #[error("not enough room: about {} are needed, {} are free", BinaryBytes(*needed), BinaryBytes(*free))]
    NoRoom {
        /// Bytes that the transaction needs.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The file system takes no file of this name; nothing changed.
    #[error("{} cannot be there: its file system takes no file of that name", path.display())]
    NoSuchName {
        /// Path of the file or directory that was to come.
        path: PathBuf,
    },
    /// A content is not what was planned with; nothing changed.
    #[error("{what} is not what it was when the plan was made")]
    ContentChanged {
        /// Path or content that changed.
        what: String,
    },
    /// A failure before the commit point; nothing changed.
    #[error("nothing was changed")]
    BeforeCommit(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The commit could not be made durable, nor taken back.
    #[error("it is not known whether the change was committed; `mosaic recover` will tell")]
    OutcomeUnknown(#[source] DiskError),
    /// A failure after the commit point.
    #[error("committed, but not finished yet")]
    AfterCommit(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl TransactionError {
    /// Tells whether the home is as it was before.
    pub fn left_home_unchanged(&self) -> bool {
        !matches!(self, Self::OutcomeUnknown(_) | Self::AfterCommit(_))
    }

    /// Tells whether the file system had no room for it, or a quota none for this user.
    pub fn lacks_room(&self) -> bool {
        let causes =
            std::iter::successors(Some(self as &dyn std::error::Error), |error| error.source());
        let mut errors = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
        errors.any(|error| {
            matches!(
                Errno::from_io_error(error),
                Some(Errno::NOSPC | Errno::DQUOT)
            )
        })
    }

    fn before(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::BeforeCommit(Box::new(error))
    }

    fn after(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::AfterCommit(Box::new(error))
    }
}

impl From<DiskError> for TransactionError {
    fn from(error: DiskError) -> Self {
        Self::before(error)
    }
}

impl From<StateError> for TransactionError {
    fn from(error: StateError) -> Self {
        Self::before(error)
    }
}

impl From<BundleError> for TransactionError {
    fn from(error: BundleError) -> Self {
        Self::before(error)
    }
}

/// Carries a plan out, whole or not at all; what is `pending` is to be done afterwards. The caller holds the lock.
pub(crate) fn commit(
    site: &Site,
    plan: &Plan,
    heading: Heading,
    pending: &[Pending],
    bundle: Option<&Bundle>,
) -> Result<(Committed, Vec<Fresh>), TransactionError> {
    (site.on_checkpoint)(Checkpoint::Started);
    let number = heading.number;
    let prepared = stage::stage(site, plan, heading, pending, bundle).and_then(|staged| {
        listen(site)?;
        check_links(site, plan)?;
        Ok(staged)
    });
    let staged = match prepared {
        Ok(staged) => staged,
        Err(error) => return Err(discard(site, error)),
    };
    let barriers = Barriers::of(site, number, staged.journal.changes.len());
    pass_commit_point(site, &barriers).map_err(|error| match error {
        error if error.left_home_unchanged() => discard(site, error),
        error => error,
    })?;
    let written = site.state.root.stat_self().ok();
    let written = written.as_ref().map(Written::from);
    (site.on_checkpoint)(Checkpoint::CommitDurable);
    let mut journal = staged.journal;
    let ways = |slot| staged.ways.of(slot);
    let refusals = carry::carry_out(site, &mut journal, Manner::First, &ways)
        .map_err(|failed| take_back(site, failed))?;
    let stayed = finish::finish(site, &journal, &refusals).map_err(TransactionError::after)?;
    let fresh = staged.fresh.into_iter();
    let fresh = fresh.map(|file| file.staged_before(written));
    Ok((
        Committed {
            generation: number,
            stayed,
        },
        fresh.collect(),
    ))
}

/// Outcome of an interrupted transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recovered {
    /// No transaction was interrupted.
    Nothing,
    /// The transaction is finished.
    Finished(Committed),
    /// The transaction could not be finished and was given up; what it kept is in this folder of
    /// the state.
    GivenUp(String),
}

/// Finishes a committed transaction that was interrupted. With `keep_current`, what cannot be carried
/// out is given up, and the home stays as it is there.
pub(crate) fn recover(site: &Site, keep_current: bool) -> Result<Recovered, StateError> {
    if !site.state.is_recovery_pending()? {
        discard_prepared(site)?;
        return Ok(Recovered::Nothing);
    }
    match finish_interrupted(site, keep_current) {
        Err(error) if keep_current && !error.is_from_later_release() => {
            Ok(Recovered::GivenUp(site.state.give_up_committed()?))
        }
        finished => finished.map(Recovered::Finished),
    }
}

fn finish_interrupted(site: &Site, keep_current: bool) -> Result<Committed, StateError> {
    let mut journal = committed_journal(site)?;
    let files = format!("{COMMITTED}/{FILES}");
    // A tool may have dropped it while it was empty.
    if site.state.root.stat_if_there(&files)?.is_none() {
        site.state.make_folder(&files)?;
    }
    let generation = journal.heading.number;
    let manner = Manner::Again { keep_current };
    let refusals = carry::carry_out(site, &mut journal, manner, &|_| Ways::BEST)
        .map_err(|failed| failed.error)?;
    let stayed = finish::finish(site, &journal, &refusals)?;
    Ok(Committed { generation, stayed })
}

/// The journal to finish, refused if the record that comes with it would be of no use afterwards.
fn committed_journal(site: &Site) -> Result<Journal, StateError> {
    site.state.read_record(&format!("{COMMITTED}/record"))?;
    site.state.read_journal(&format!("{COMMITTED}/journal"))
}

/// Manner in which changes are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Carried out for the first time.
    First,
    /// After an interruption: some may have been carried out already.
    Again { keep_current: bool },
}

/// A change that its place refused.
struct PlaceRefusal {
    /// The place.
    at: Spot,
    /// What the file system said, or why it was given back.
    reason: String,
}

impl PlaceRefusal {
    /// Tells whether it is of a place, or of a directory above it.
    fn holds_back(&self, at: &Spot) -> bool {
        self.at == *at || (self.at.root == at.root && at.path.is_below(&self.at.path))
    }
}

/// Failure of the carry-out.
struct Uncarried {
    /// Reason why a change could not be carried out.
    error: StateError,
    /// True where nothing live has changed so far: the commit can be taken back.
    is_untouched: bool,
}

/// A link that was led elsewhere since the plan was made would leave its file as it is.
fn check_links(site: &Site, plan: &Plan) -> Result<(), TransactionError> {
    let path = |spot: &Spot| match &spot.root {
        RootName::Folder(folder) => folder.as_path().join(spot.path.as_str()),
        _ => site.home.full(spot.path.as_str()),
    };
    let leads = |(name, spot): &&(RelPath, Spot)| {
        let [is, should_be] =
            [site.home.full(name.as_str()), path(spot)].map(|path| outside::real(&path));
        is.is_ok_and(|is| should_be.is_ok_and(|should_be| is == should_be))
    };
    match plan.links.iter().find(|link| !leads(link)) {
        Some((name, _)) => Err(TransactionError::ContentChanged {
            what: name.to_string(),
        }),
        None => Ok(()),
    }
}

fn listen(site: &Site) -> Result<(), TransactionError> {
    if site.interrupt.is_asked() {
        Err(TransactionError::Interrupted)
    } else {
        Ok(())
    }
}

/// The one point at which everything becomes so. If it cannot be made durable it is taken back.
fn pass_commit_point(site: &Site, barriers: &Barriers) -> Result<(), TransactionError> {
    let state = &site.state.root;
    site.state.move_folder(PREPARED, COMMITTED)?;
    (site.on_checkpoint)(Checkpoint::Committed);
    let Err(error) = barriers.committed() else {
        return Ok(());
    };
    let retracted = site.state.move_folder(COMMITTED, PREPARED);
    match retracted.and_then(|()| state.sync_directory("")) {
        Ok(()) => Err(TransactionError::before(error)),
        Err(_) => Err(TransactionError::OutcomeUnknown(error)),
    }
}

/// Takes a commit back, durably, that could not be carried out, as long as nothing live has changed.
fn take_back(site: &Site, failed: Uncarried) -> TransactionError {
    let state = &site.state.root;
    let retract = || site.state.move_folder(COMMITTED, PREPARED);
    if !failed.is_untouched || retract().is_err() {
        return TransactionError::after(failed.error);
    }
    match state.sync_directory("") {
        Ok(()) => discard(site, TransactionError::before(failed.error)),
        Err(error) => TransactionError::OutcomeUnknown(error),
    }
}

/// Throws away what was prepared; if even that fails the next run does it.
fn discard(site: &Site, error: TransactionError) -> TransactionError {
    match discard_prepared(site) {
        Ok(()) => error,
        Err(also) => {
            let first = match &error {
                TransactionError::BeforeCommit(cause) => chain(cause.as_ref()),
                error => chain(error),
            };
            let both = io::Error::other(format!("{first}; besides, {}", chain(&also)));
            TransactionError::before(both)
        }
    }
}

fn discard_prepared(site: &Site) -> Result<(), StateError> {
    stage::discard_beside(site)?;
    Ok(site.state.root.remove_all(PREPARED)?)
}

/// An error with all that caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
