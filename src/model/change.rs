//! A change to a live file or directory, closed under inversion, as the journal keeps it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::digest::Digest;
use crate::model::folder::FolderPath;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// The root that a path is in: a tree that changes may go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RootName {
    /// The Mosaic home.
    Home,
    /// `.mosaic/conflicts`, where wants are parked for a person.
    Conflicts,
    /// A directory outside the home: the one behind an operator's symlinked file, or systemd's for units.
    Folder(FolderPath),
}

impl RootName {
    /// Tells whether live files are in the tree: those that people and programs use.
    pub fn is_live(&self) -> bool {
        *self != Self::Conflicts
    }
}

/// A spot: a path in one of the roots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// Root of the spot.
    pub root: RootName,
    /// Path in that root.
    pub path: RelPath,
}

impl Spot {
    /// The spot of a path in the home.
    pub fn in_home(path: &RelPath) -> Self {
        Self {
            root: RootName::Home,
            path: path.clone(),
        }
    }

    /// The spot's path in the home, if it is there.
    pub fn home_path(&self) -> Option<&RelPath> {
        (self.root == RootName::Home).then_some(&self.path)
    }

    /// The spot as it is seen from a home that was moved or copied.
    pub fn moved(&self, from: &FolderPath, to: &FolderPath) -> Self {
        match &self.root {
            RootName::Folder(folder) => Self {
                root: RootName::Folder(folder.moved(from, to)),
                path: self.path.clone(),
            },
            _ => self.clone(),
        }
    }

    /// The spots of the directories above it, nearest first, the root left out.
    pub fn above(&self) -> impl Iterator<Item = Self> {
        self.path.ancestors().map(|path| Self {
            root: self.root.clone(),
            path,
        })
    }

    /// The path from the home; outside of it, the absolute one.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.root {
            RootName::Home => Cow::Borrowed(self.path.as_str()),
            RootName::Conflicts => Cow::Owned(format!(".mosaic/conflicts/{}", self.path)),
            RootName::Folder(folder) => Cow::Owned(folder.join(&self.path)),
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// A regular file's content and permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// Digest of its content.
    pub digest: Digest,
    /// Permission bits of the file.
    pub mode: Mode,
}

/// An alteration of one spot, with all that its inverse needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alteration {
    /// A file goes.
    RemoveFile {
        /// File that goes.
        before: FileState,
    },
    /// An empty directory goes.
    RemoveDirectory {
        /// Permission bits of the directory.
        mode: Mode,
    },
    /// A directory comes.
    MakeDirectory {
        /// Permission bits of the directory.
        mode: Mode,
    },
    /// A file comes where there was nothing.
    WriteFile {
        /// File that comes.
        after: FileState,
    },
    /// A file takes the place of another.
    ReplaceFile {
        /// File that goes.
        before: FileState,
        /// File that comes.
        after: FileState,
    },
    /// A file's permission bits change.
    SetMode {
        /// Digest of the content, which stays.
        digest: Digest,
        /// Permission bits that go.
        before: Mode,
        /// Permission bits that come.
        after: Mode,
    },
}

/// A change: an alteration at a spot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The spot.
    pub at: Spot,
    /// The alteration.
    pub alteration: Alteration,
}

/// Presence at a spot, as far as changes know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Nothing is there.
    Nothing,
    /// A directory with these permission bits.
    Directory(Mode),
    /// A file.
    File(FileState),
}

impl Alteration {
    /// Presence that it finds.
    pub fn before(&self) -> Presence {
        match *self {
            Self::RemoveFile { before } | Self::ReplaceFile { before, .. } => {
                Presence::File(before)
            }
            Self::RemoveDirectory { mode } => Presence::Directory(mode),
            Self::MakeDirectory { .. } | Self::WriteFile { .. } => Presence::Nothing,
            Self::SetMode { digest, before, .. } => Presence::File(FileState {
                digest,
                mode: before,
            }),
        }
    }

    /// Presence that it leaves.
    pub fn after(&self) -> Presence {
        match *self {
            Self::RemoveFile { .. } | Self::RemoveDirectory { .. } => Presence::Nothing,
            Self::MakeDirectory { mode } => Presence::Directory(mode),
            Self::WriteFile { after } | Self::ReplaceFile { after, .. } => Presence::File(after),
            Self::SetMode { digest, after, .. } => Presence::File(FileState {
                digest,
                mode: after,
            }),
        }
    }

    /// The file that it puts in place, if it brings a content.
    pub fn brings(&self) -> Option<FileState> {
        match *self {
            Self::WriteFile { after } | Self::ReplaceFile { after, .. } => Some(after),
            _ => None,
        }
    }

    /// The file that it displaces, if it displaces one.
    pub fn displaces(&self) -> Option<FileState> {
        match *self {
            Self::RemoveFile { before } | Self::ReplaceFile { before, .. } => Some(before),
            _ => None,
        }
    }

    /// The turn in which it is carried out: what frees a place before what fills it.
    pub fn turn(&self) -> u8 {
        match self {
            Self::RemoveFile { .. } => 0,
            Self::RemoveDirectory { .. } => 1,
            Self::MakeDirectory { .. } => 2,
            Self::WriteFile { .. } | Self::ReplaceFile { .. } => 3,
            Self::SetMode { .. } => 4,
        }
    }

    /// The alteration from one presence to another; `None` where nothing changes or a kind turns
    /// into another (which takes two changes).
    pub fn between(from: Presence, to: Presence) -> Option<Self> {
        use Presence::{Directory, File, Nothing};
        match (from, to) {
            (File(before), Nothing) => Some(Self::RemoveFile { before }),
            (Directory(mode), Nothing) => Some(Self::RemoveDirectory { mode }),
            (Nothing, Directory(mode)) => Some(Self::MakeDirectory { mode }),
            (Nothing, File(after)) => Some(Self::WriteFile { after }),
            (File(before), File(after)) if before.digest != after.digest => {
                Some(Self::ReplaceFile { before, after })
            }
            (File(before), File(after)) if before.mode != after.mode => Some(Self::SetMode {
                digest: after.digest,
                before: before.mode,
                after: after.mode,
            }),
            _ => None,
        }
    }

    /// The alteration that undoes it.
    pub fn inverse(&self) -> Self {
        Self::between(self.after(), self.before()).unwrap_or(*self)
    }
}

/// The order in which changes are carried out: by turn, then top-down, directories that go bottom-up.
pub fn put_in_order<T>(changes: &mut [T], change: impl Fn(&T) -> &Change) {
    changes.sort_by(|left, right| {
        let left = change(left);
        let right = change(right);
        let by_place = left.at.cmp(&right.at);
        let by_place = match left.alteration {
            Alteration::RemoveDirectory { .. } => by_place.reverse(),
            _ => by_place,
        };
        left.alteration
            .turn()
            .cmp(&right.alteration.turn())
            .then(by_place)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(content: &str, mode: u32) -> FileState {
        FileState {
            digest: Digest::of(content.as_bytes()),
            mode: Mode::from_st_mode(mode),
        }
    }

    #[test]
    fn the_inverse_of_the_inverse_is_the_change() {
        let a = state("a", 0o644);
        let b = state("b", 0o755);
        let all = [
            Alteration::RemoveFile { before: a },
            Alteration::RemoveDirectory { mode: a.mode },
            Alteration::MakeDirectory { mode: a.mode },
            Alteration::WriteFile { after: b },
            Alteration::ReplaceFile {
                before: a,
                after: b,
            },
            Alteration::SetMode {
                digest: a.digest,
                before: a.mode,
                after: b.mode,
            },
        ];
        for alteration in all {
            let inverse = alteration.inverse();
            assert_eq!(inverse.before(), alteration.after());
            assert_eq!(inverse.after(), alteration.before());
            assert_eq!(inverse.inverse(), alteration);
        }
    }

    #[test]
    fn what_frees_a_place_goes_first() {
        let change = |path: &str, alteration| Change {
            at: Spot {
                root: RootName::Home,
                path: RelPath::parse(path).unwrap(),
            },
            alteration,
        };
        let a = state("a", 0o644);
        let gone = Alteration::RemoveDirectory { mode: a.mode };
        let made = Alteration::MakeDirectory { mode: a.mode };
        let mut changes = vec![
            change("n/m/file", Alteration::WriteFile { after: a }),
            change("n/m", made),
            change("n", made),
            change("d", gone),
            change("d/e", gone),
            change("d/e/file", Alteration::RemoveFile { before: a }),
        ];
        put_in_order(&mut changes, |change| change);
        let order: Vec<_> = changes.iter().map(|c| c.at.path.as_str()).collect();
        assert_eq!(order, ["d/e/file", "d/e", "d", "n", "n/m", "n/m/file"]);
    }
}
