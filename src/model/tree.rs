//! A whole tree of files as it is in memory: what is at each path, to compare it byte for byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// A tree: the node at each path.
pub type Tree = BTreeMap<RelPath, Node>;

/// A node: what is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A regular file.
    File {
        /// Content of the file.
        content: Arc<[u8]>,
        /// Permission bits of the file.
        mode: Mode,
    },
    /// A directory.
    Directory {
        /// Permission bits of the directory.
        mode: Mode,
    },
    /// A symlink, with the text of where it leads.
    Link {
        /// Text of where it leads.
        target: String,
    },
    /// A socket, pipe or device.
    Other,
}

impl Node {
    /// The node of a file with this content.
    pub fn file(content: &[u8], mode: Mode) -> Self {
        Self::File {
            content: content.into(),
            mode,
        }
    }

    /// Kind of the node, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "a file",
            Self::Directory { .. } => "a directory",
            Self::Link { .. } => "a link",
            Self::Other => "neither file, directory nor link",
        }
    }

    /// Permission bits, where they mean something.
    pub fn mode(&self) -> Option<Mode> {
        match self {
            Self::File { mode, .. } | Self::Directory { mode } => Some(*mode),
            Self::Link { .. } | Self::Other => None,
        }
    }

    /// The content of a file.
    pub fn content(&self) -> Option<&[u8]> {
        match self {
            Self::File { content, .. } => Some(content),
            _ => None,
        }
    }
}
