//! The directories outside a home that changes go to, each opened once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustix::io::Errno;

use crate::effects::disk::{DiskError, Root};
use crate::words::folder::FolderPath;

/// What was opened so far.
#[derive(Default)]
pub struct Folders(RefCell<BTreeMap<FolderPath, Rc<Root>>>);

impl Folders {
    /// Opens a directory; a link on the way, put there since its path was found out, is not followed.
    pub fn open(&self, path: &FolderPath) -> Result<Rc<Root>, DiskError> {
        if let Some(opened) = self.0.borrow().get(path) {
            return Ok(Rc::clone(opened));
        }
        let opened = Rc::new(Root::open_plain(path.as_path())?);
        self.0.borrow_mut().insert(path.clone(), Rc::clone(&opened));
        Ok(opened)
    }

    /// Opens a directory; `None` where there is none, or only one behind a link.
    pub fn find(&self, path: &FolderPath) -> Result<Option<Rc<Root>>, DiskError> {
        match self.open(path) {
            Err(error) if matches!(error.errno(), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) => {
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }
}
