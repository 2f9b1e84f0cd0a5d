//! Reads files that migrations may edit, wherever a link leads.

use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::decide::migrate::fleet_files::{FileText, Fleet, FleetFile, PartialText, Unread};
use crate::decide::plan::residue::left_by;
use crate::decide::text::merge::MERGE_MAX;
use crate::effects::home::Home;
use crate::effects::home::survey::Survey;
use crate::effects::os::disk::inspect::is_mount;
use crate::effects::os::disk::{DiskError, Root, kind_of, outside};
use crate::effects::os::host;
use crate::model::change::{FileState, RootName, Spot};
use crate::model::digest::Digest;
use crate::model::folder::FolderPath;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// Bytes of a file that is too large to be edited, up to which it is read to see whether it would
/// have to be.
const GLIMPSE_MAX: u64 = 64 << 20;

/// Reader of one home's fleet files.
pub(super) struct FleetReader<'a> {
    home: &'a Home,
    survey: &'a Survey,
    /// The home's path, links resolved.
    place: PathBuf,
}

impl<'a> FleetReader<'a> {
    /// Makes a reader of a home's files.
    pub(super) fn new(home: &'a Home, survey: &'a Survey) -> Self {
        let path = home.root.path();
        Self {
            home,
            survey,
            place: outside::real_or_same(path),
        }
    }

    /// Reads the files of a folder of the home with this ending, sorted; none that an editor left beside them. Files in a folder that is
    /// a link are read, and left to the operator; the folder is named in `outside`.
    pub(super) fn files(
        &self,
        folder: &str,
        ending: &str,
        fleet: &mut Fleet,
    ) -> Result<Vec<FleetFile>, DiskError> {
        let children = match self.home.root.children(folder) {
            Err(error) if error.is_absent() => return Ok(Vec::new()),
            Err(error) if matches!(error.errno(), Some(Errno::LOOP | Errno::NOTDIR)) => {
                return Ok(self.behind_link(folder, ending, fleet));
            }
            children => children?,
        };
        let names = children
            .into_iter()
            .filter(|(_, is_directory)| !is_directory);
        Ok(self.named(folder, ending, names.map(|(name, _)| name), fleet))
    }

    fn named(
        &self,
        folder: &str,
        ending: &str,
        names: impl Iterator<Item = Vec<u8>>,
        fleet: &mut Fleet,
    ) -> Vec<FleetFile> {
        let is_meant = |name: &Vec<u8>| {
            let is_left = left_by(&String::from_utf8_lossy(name)).is_some();
            name.ends_with(ending.as_bytes()) && name.len() > ending.len() && !is_left
        };
        let mut paths = Vec::new();
        for name in names.filter(is_meant) {
            let named = std::str::from_utf8(&name).ok();
            match named.and_then(|name| RelPath::parse(&format!("{folder}/{name}")).ok()) {
                Some(path) => paths.push(path),
                None => fleet.unnameable.push(format!(
                    "{folder}/{}",
                    String::from_utf8_lossy(&name).escape_debug()
                )),
            }
        }
        paths.retain(|path| !self.is_ours(path));
        paths.sort();
        let file =
            |path: &RelPath| self.file(Spot::in_home(path), &self.home.root.full(path.as_str()));
        paths.iter().map(file).collect()
    }

    fn behind_link(&self, folder: &str, ending: &str, fleet: &mut Fleet) -> Vec<FleetFile> {
        let is_link = |path: &RelPath| {
            let stat = self.home.root.look(path.as_str());
            stat.is_ok_and(|stat| kind_of(stat.stx_mode).is_symlink())
        };
        let Ok(path) = RelPath::parse(folder) else {
            return Vec::new();
        };
        let Some(link) = [path.clone()]
            .into_iter()
            .chain(path.ancestors())
            .find(is_link)
        else {
            return Vec::new();
        };
        let names = outside::names(&self.home.root.full(folder)).into_iter();
        let names = names.map(|name| name.into_encoded_bytes());
        let mut files = self.named(folder, ending, names, fleet);
        for body in files
            .iter_mut()
            .filter_map(|file| file.content.as_mut().ok())
        {
            body.locked = Some(format!("it is behind the link {link}, and so yours alone"));
        }
        if !fleet.outside.contains(&link) {
            fleet.outside.push(link);
        }
        files
    }

    /// Tells whether a release ships the file, or the record says that it is Mosaic's: not a
    /// migration's to edit.
    fn is_ours(&self, path: &RelPath) -> bool {
        self.survey.bundle.wanted.contains_key(path) || self.home.record.entries.contains_key(path)
    }

    /// Reads one file by the name that people know it by; `full` is where that is.
    pub(super) fn file(&self, name: Spot, full: &Path) -> FleetFile {
        FleetFile {
            name,
            content: self.body(full),
        }
    }

    fn body(&self, full: &Path) -> Result<FileText, Unread> {
        let real = outside::real(full).map_err(|_| Unread {
            reason: "a link that leads nowhere; mend it, or remove it".to_owned(),
            partial: PartialText::Unknown,
        })?;
        let (spot, locked) = self.place_of(&real)?;
        let is_there = |root: &Root| self.read(root, spot.clone(), locked);
        match &spot.root {
            RootName::Folder(folder) => {
                let root = self
                    .home
                    .folders
                    .open(folder)
                    .map_err(|error| unknown(why(&error)))?;
                is_there(&root)
            }
            _ => is_there(&self.home.root),
        }
    }

    /// The spot of a file, and the reason why it cannot be edited there, if there is one.
    fn place_of(&self, real: &Path) -> Result<(Spot, Option<String>), Unread> {
        let unusable = || unknown("its path is not one that Mosaic can write down");
        if let Ok(below) = real.strip_prefix(&self.place) {
            let path = below
                .to_str()
                .and_then(|below| RelPath::parse(below).ok())
                .ok_or_else(unusable)?;
            let is_state = path.as_str().split('/').next() == Some(STATE_DIRECTORY);
            let locked = (is_state || self.is_ours(&path))
                .then(|| format!("a link to {path}, which is Mosaic's own"));
            return Ok((Spot::in_home(&path), locked));
        }
        let folder = real
            .parent()
            .and_then(Path::to_str)
            .and_then(|folder| FolderPath::parse(folder).ok());
        let path = real
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| RelPath::parse(name).ok());
        let (folder, path) = folder.zip(path).ok_or_else(unusable)?;
        Ok((
            Spot {
                root: RootName::Folder(folder),
                path,
            },
            None,
        ))
    }

    fn read(&self, root: &Root, spot: Spot, locked: Option<String>) -> Result<FileText, Unread> {
        let path = spot.path.as_str();
        let stat = root.stat(path).map_err(|error| unknown(why(&error)))?;
        if !kind_of(stat.stx_mode).is_file() {
            return Err(Unread {
                reason: "it is not a regular file".to_owned(),
                partial: PartialText::Nothing,
            });
        }
        if stat.stx_size > GLIMPSE_MAX {
            return Err(unknown(format!(
                "it is larger than {} MiB",
                GLIMPSE_MAX >> 20
            )));
        }
        let content = root
            .read_at_most(path, GLIMPSE_MAX)
            .map_err(|error| unknown(why(&error)))?;
        let glimpse = |reason: String, content: &[u8]| {
            let text = String::from_utf8_lossy(content).into_owned();
            Unread {
                reason,
                partial: PartialText::Text(text),
            }
        };
        if content.len() as u64 > MERGE_MAX {
            return Err(glimpse(
                format!("it is larger than {} MiB", MERGE_MAX >> 20),
                &content,
            ));
        }
        let state = FileState {
            digest: Digest::of(&content),
            mode: Mode::from_st_mode(stat.stx_mode.into()),
        };
        let text = String::from_utf8(content)
            .map_err(|error| glimpse("it is not UTF-8 text".to_owned(), error.as_bytes()))?;
        let is_foreign = stat.stx_uid != host::effective_uid();
        let owned =
            is_foreign.then(|| format!("{spot} belongs to user {}, not to you", stat.stx_uid));
        let directory = spot.path.split().0;
        let writable = root
            .check_writable(directory)
            .and_then(|()| root.check_mutable(path));
        let fixed = is_mount(&stat)
            .then(|| format!("{spot} is a mount of its own: nothing can take its place"));
        let locked = locked
            .or(owned)
            .or(fixed)
            .or(writable.err().map(|error| why(&error)));
        Ok(FileText {
            at: spot,
            state,
            links: stat.stx_nlink,
            text,
            locked,
        })
    }
}

fn unknown(reason: impl Into<String>) -> Unread {
    Unread {
        reason: reason.into(),
        partial: PartialText::Unknown,
    }
}

fn why(error: &DiskError) -> String {
    format!("{error}: {}", error.source)
        .split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}
