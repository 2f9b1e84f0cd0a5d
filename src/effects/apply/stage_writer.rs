//! Writes the contents that a transaction stages, one file after the other.

use std::fs::File;

use crate::decide::home::barrier::Barrier;
use crate::effects::os::disk::{DiskError, Root, RootTwin};
use crate::effects::os::worker::Job;
use crate::effects::scan::horizon::Written;
use crate::effects::scan::stat_cache::Stamp;
use crate::effects::state::{FILES, PREPARED};
use crate::model::change::FileState;
use crate::model::digest::Digest;
use crate::model::generation::Staged;
use crate::model::path::RelPath;

/// A file as it was staged: what the stat cache may trust after the commit.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    /// The file's path in the home.
    pub path: RelPath,
    /// Digest of its content.
    pub digest: Digest,
    /// Stamp of the file before it was moved into place; `None` where a change in its place could leave it as it is.
    pub stamp: Option<Stamp>,
    /// Names of what the file was to take over from the one in its place and could not.
    pub lost: Vec<String>,
}

impl Fresh {
    /// The same file, before anybody can change it in its place: it will tell only from here on.
    pub(super) fn staged_before(self, written: Option<Written>) -> Self {
        let is_staged_before = |stamp: &Stamp| written.is_some_and(|at| at.is_after(stamp));
        Self {
            stamp: self.stamp.filter(is_staged_before),
            ..self
        }
    }
}

/// Writer of staged contents.
pub(super) struct StageWriter {
    state: Root,
    fresh: Vec<Fresh>,
}

/// A content to be staged, with the file that it is for.
pub(super) struct StagedFile {
    pub(super) staged: Staged,
    /// The target's root, where the content waits beside its target.
    pub(super) root: Option<RootTwin>,
    /// Barrier of the place where it waits.
    pub(super) barrier: Barrier,
    pub(super) slot: usize,
    pub(super) content: Vec<u8>,
    pub(super) brought: FileState,
    pub(super) like: Option<File>,
    /// The file's path in the home, if it goes there.
    pub(super) goes_to: Option<RelPath>,
}

impl StageWriter {
    /// Makes a writer that has written nothing yet.
    pub(super) fn new(state: RootTwin) -> Self {
        Self {
            state: state.into(),
            fresh: Vec::new(),
        }
    }
}

impl Job for StageWriter {
    type Item = StagedFile;
    type Outcome = Vec<Fresh>;

    fn take(&mut self, file: StagedFile) -> Result<(), DiskError> {
        let beside = file.root.map(Root::from);
        let root = beside.as_ref().unwrap_or(&self.state);
        let path = match &file.staged {
            Staged::InState => format!("{PREPARED}/{FILES}/{}", file.slot),
            Staged::Beside(path) => path.to_string(),
        };
        let FileState { digest, mode } = file.brought;
        let created = root.create(&path, &file.content, mode, file.like.as_ref())?;
        if file.barrier == Barrier::EachFile {
            root.sync_open(&created.file, &path)?;
        }
        let stamp = Stamp::from(&created.stat);
        let fresh = |path| Fresh {
            path,
            digest,
            stamp: Some(stamp),
            lost: created.lost,
        };
        self.fresh.extend(file.goes_to.map(fresh));
        Ok(())
    }

    fn end(self) -> Result<Vec<Fresh>, DiskError> {
        Ok(self.fresh)
    }
}
