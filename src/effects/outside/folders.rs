//! The directories outside a home that changes go to, each opened once.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use rustix::io::Errno;

use crate::effects::os::disk::{DiskError, Root};
use crate::effects::outside::reach::Reach;
use crate::model::change::Spot;
use crate::model::folder::FolderPath;

/// Folders that were opened so far.
#[derive(Default)]
pub(crate) struct Folders {
    opened: RefCell<BTreeMap<FolderPath, Rc<Root>>>,
    reach: OnceCell<Reach>,
}

impl Folders {
    /// Lets only what is within reach be changed.
    pub(crate) fn keep_within(&self, reach: impl FnOnce() -> Reach) {
        self.reach.get_or_init(reach);
    }

    /// Tells whether a spot is within reach, where that was asked for.
    pub(crate) fn covers(&self, spot: &Spot) -> bool {
        self.reach.get().is_none_or(|reach| reach.covers(spot))
    }

    /// Opens a directory; a link on the way, put there since its path was found out, is not followed.
    pub(crate) fn open(&self, path: &FolderPath) -> Result<Rc<Root>, DiskError> {
        if let Some(opened) = self.opened.borrow().get(path) {
            return Ok(Rc::clone(opened));
        }
        let opened = Rc::new(Root::open_plain(path.as_path())?);
        self.opened
            .borrow_mut()
            .insert(path.clone(), Rc::clone(&opened));
        Ok(opened)
    }

    /// Opens a directory; `None` where there is none, or only one behind a link.
    pub(crate) fn find(&self, path: &FolderPath) -> Result<Option<Rc<Root>>, DiskError> {
        match self.open(path) {
            Err(error)
                if matches!(
                    error.errno(),
                    Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
                ) =>
            {
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }
}
