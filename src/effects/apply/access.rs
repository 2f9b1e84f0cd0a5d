//! Refuses beforehand what would fail after the commit. It only looks: a dry run asks the same questions.

use std::rc::Rc;

use rustix::io::Errno;

use crate::effects::apply::{TransactionError, names};
use crate::effects::bundle::Bundle;
use crate::effects::os::disk::Root;
use crate::effects::outside::folders::Folders;
use crate::effects::state::State;
use crate::effects::state::bases::kept_path;
use crate::model::change::{Presence, RootName};
use crate::model::plan::{Content, Plan};

/// The places that a plan goes to.
pub(crate) struct Places<'a> {
    /// Root of the home.
    pub home: &'a Root,
    /// The home's state; `None` where it has none yet.
    pub state: Option<&'a State>,
    /// The directories outside the home that changes go to.
    pub folders: &'a Folders,
}

/// Refuses a plan that could not be carried out: no room, directories that this user may not change, files that are
/// marked as not to be changed, or that are mounts, names that the file system does not take.
pub(crate) fn check(
    places: &Places,
    plan: &Plan,
    bundle: Option<&Bundle>,
) -> Result<(), TransactionError> {
    let begun = match places.state {
        Some(state) => state.root.twin().into(),
        None => places.home.open_nearest()?,
    };
    begun.check_writable("")?;
    begun.check_mutable("")?;
    check_room(&begun, places.state, plan, bundle)?;
    check_changes(places, plan)
}

fn check_changes(places: &Places, plan: &Plan) -> Result<(), TransactionError> {
    let mut checked = None;
    for change in plan.intents.iter().map(|intent| &intent.change) {
        let name = &change.at.root;
        let folder: Rc<Root>;
        let root = match name {
            RootName::Home => places.home,
            RootName::Conflicts => continue,
            RootName::Folder(path) => {
                folder = places.folders.open(path)?;
                &folder
            }
        };
        names::look(root, change)?;
        if change.alteration.before() != Presence::Nothing {
            root.check_mutable(change.at.path.as_str())?;
            root.check_no_mount(change.at.path.as_str())?;
        }
        let (directory, _) = change.at.path.split();
        if checked != Some((name, directory)) {
            checked = Some((name, directory));
            let is_mutable = || root.check_mutable(directory);
            match root.check_writable(directory).and_then(|()| is_mutable()) {
                // It is made by this plan, or a file makes room for it.
                Err(error) if matches!(error.errno(), Some(Errno::NOENT | Errno::NOTDIR)) => {}
                other => other?,
            }
        }
    }
    Ok(())
}

/// Estimates the room that staging takes, and refuses before the disk is full.
fn check_room(
    begun: &Root,
    state: Option<&State>,
    plan: &Plan,
    bundle: Option<&Bundle>,
) -> Result<(), TransactionError> {
    const BLOCK: u64 = 4096;
    let wanted = bundle.map(|bundle| &bundle.wanted);
    let size = |content: &Content| match content {
        Content::Kept { generation, slot } => {
            let stat = state.map(|state| state.root.look(&kept_path(*generation, *slot)));
            stat.and_then(Result::ok).map_or(0, |stat| stat.stx_size)
        }
        known => known.length(wanted).unwrap_or(0),
    };
    let staged = plan
        .intents
        .iter()
        .filter_map(|intent| intent.content.as_ref());
    let staged: u64 = staged
        .map(|content| size(content).next_multiple_of(BLOCK))
        .sum();
    // Bases are text, which compresses to less than half; a journal line takes about a hundred bytes.
    let bases: u64 = plan.bases.iter().map(size).sum::<u64>() / 2;
    let bookkeeping = 256 * (plan.intents.len() + plan.record.entries.len()) as u64 + 16 * BLOCK;
    let needed = staged + bases + bookkeeping;
    match begun.free_bytes()? {
        Some(free) if needed > free => Err(TransactionError::NoRoom { needed, free }),
        _ => Ok(()),
    }
}
