//! Looks at the files that are recorded and the directories that they are in; nothing else of a home is walked.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Statx, StatxAttributes};
use rustix::io::Errno;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::doctor::is_directory;
use crate::effects::home::Home;
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::os::host;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// Faults of the recorded files and their directories, path by path.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) foreign: Vec<String>,
    pub(super) unwritable: Vec<String>,
    /// Directories where the kernel says that nothing can be written, none above another.
    pub(super) refusing: Vec<String>,
    pub(super) immutable: Vec<String>,
    pub(super) not_executable: Vec<String>,
    /// Files that were staged beside their targets and never used.
    pub(super) beside: Vec<String>,
    pub(super) ships_executables: bool,
}

impl Recorded {
    /// Stats every recorded file and the directories that they are in.
    pub(super) fn look(home: &Home) -> Self {
        let mut recorded = Self::default();
        let mut directories = BTreeSet::new();
        for (path, entry) in home.record.entries.iter() {
            recorded.ships_executables |= entry.executable;
            directories.extend(path.ancestors());
            if let Ok(stat) = home.root.look(path.as_str()) {
                recorded.look_at_any(path, &stat);
                if entry.executable && !Mode::from_st_mode(stat.stx_mode.into()).is_executable() {
                    recorded.not_executable.push(path.to_string());
                }
            }
        }
        recorded.look_besides(home);
        recorded.look_into(&home.root, "");
        for directory in &directories {
            if let Some(stat) = home.root.look(directory.as_str()).ok().filter(is_directory) {
                recorded.look_at_any(directory, &stat);
                recorded.look_into(&home.root, directory.as_str());
            }
        }
        recorded
    }

    /// Looks for what keeps a transaction from changing something besides: marks on the state, marks and refusals among
    /// the active units.
    fn look_besides(&mut self, home: &Home) {
        let state = home.root.look(STATE_DIRECTORY).ok();
        if state.is_some_and(|stat| is_marked(&stat)) {
            self.immutable.push(STATE_DIRECTORY.to_owned());
        }
        let mut outside = BTreeSet::new();
        for unit in home.record.units.keys().filter(|_| !home.record.is_moved) {
            let unit = PathBuf::from(&*unit.text());
            let name = unit.file_name().and_then(OsStr::to_str);
            let (Some(folder), Some(name)) = (unit.parent(), name) else {
                continue;
            };
            let Ok(root) = Root::open(folder) else {
                continue;
            };
            self.look_at_writes(root.check_writable(""), &folder.display().to_string());
            let stats = [root.stat_self().ok(), root.look(name).ok()];
            let marked = stats.iter().zip([folder, &unit]);
            let marked = marked.filter(|(stat, _)| stat.as_ref().is_some_and(is_marked));
            outside.extend(marked.map(|(_, path)| path.to_owned()));
        }
        let outside = outside.into_iter().map(|path| path.display().to_string());
        self.immutable.extend(outside);
    }

    fn look_at_any(&mut self, path: &RelPath, stat: &Statx) {
        if stat.stx_uid != host::effective_uid() {
            self.foreign.push(path.to_string());
        }
        if is_marked(stat) {
            self.immutable.push(path.to_string());
        }
    }

    /// Notes a refusal to write; of directories that are read-only, the outermost.
    fn look_at_writes(&mut self, checked: Result<(), DiskError>, path: &str) {
        match checked.err().as_ref().and_then(DiskError::errno) {
            Some(Errno::ACCESS) if self.unwritable.iter().all(|known| known != path) => {
                self.unwritable.push(path.to_owned());
            }
            Some(Errno::ROFS) => {
                let place = Path::new(path);
                let is_below = |above: &String| match above.as_str() {
                    "." => place.is_relative(),
                    above => place.starts_with(above),
                };
                if !self.refusing.iter().any(is_below) {
                    self.refusing.push(path.to_owned());
                }
            }
            _ => {}
        }
    }

    fn look_into(&mut self, root: &Root, directory: &str) {
        let path = if directory.is_empty() { "." } else { directory };
        self.look_at_writes(root.check_writable(directory), path);
        // One that cannot be listed has just been named.
        let names = root.children(directory).unwrap_or_default().into_iter();
        let names = names
            .filter_map(|(name, _)| String::from_utf8(name).ok())
            .filter(|name| is_staged(name));
        let slash = if directory.is_empty() { "" } else { "/" };
        self.beside
            .extend(names.map(|name| format!("{directory}{slash}{name}")));
    }
}

/// Tells whether something is marked as not to be changed (`chattr +i`, `+a`).
fn is_marked(stat: &Statx) -> bool {
    let marks = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
    stat.stx_attributes.intersects(marks)
}

/// `.mosaic-GENERATION-SLOT`, as contents are called that wait beside their targets; with dashes where that was taken.
fn is_staged(name: &str) -> bool {
    let name = name.trim_end_matches('-');
    let numbers = name
        .strip_prefix(".mosaic-")
        .and_then(|rest| rest.split_once('-'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(generation, slot)| is_number(generation) && is_number(slot))
}
