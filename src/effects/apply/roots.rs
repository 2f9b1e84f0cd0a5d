//! The trees that the changes of one journal go to.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustix::io::Errno;

use crate::effects::apply::Site;
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::state::CONFLICTS;
use crate::model::change::{Change, RootName};
use crate::model::folder::FolderPath;

/// Roots that changes go to, each opened once.
pub(super) struct Roots<'a> {
    home: &'a Root,
    conflicts: Root,
    folders: BTreeMap<FolderPath, Rc<Root>>,
}

impl<'a> Roots<'a> {
    /// Opens those that the changes name. A folder that is not there any more, or only behind a link, is left out.
    pub(super) fn open<'c>(
        site: &Site<'a>,
        changes: impl Iterator<Item = &'c Change>,
    ) -> Result<Self, DiskError> {
        let mut folders = BTreeMap::new();
        for change in changes {
            let RootName::Folder(path) = &change.at.root else {
                continue;
            };
            if !folders.contains_key(path) {
                folders.extend(
                    site.folders
                        .find(path)?
                        .map(|opened| (path.clone(), opened)),
                );
            }
        }
        Ok(Self {
            home: site.home,
            conflicts: site.state.root.below(CONFLICTS)?,
            folders,
        })
    }

    /// The tree of this name; `None` for a folder that is not there.
    pub(super) fn of(&self, name: &RootName) -> Option<&Root> {
        match name {
            RootName::Home => Some(self.home),
            RootName::Conflicts => Some(&self.conflicts),
            RootName::Folder(path) => self.folders.get(path).map(Rc::as_ref),
        }
    }

    /// The tree of this name, which must be there.
    pub(super) fn required(&self, name: &RootName) -> Result<&Root, DiskError> {
        self.of(name).ok_or_else(|| DiskError {
            verb: "open the directory",
            path: match name {
                RootName::Folder(path) => path.as_path().to_owned(),
                _ => self.home.path().to_owned(),
            },
            source: Errno::NOENT.into(),
        })
    }
}
