//! A home as the model has it: what is at each path, directories included.

use std::collections::BTreeMap;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Folder,
    /// A file: its content and its permission bits.
    File(Vec<u8>, u32),
    /// A symbolic link.
    Link,
}

/// All that is in a home.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, Node>);

impl Tree {
    /// What is at a path.
    pub fn at(&self, path: &str) -> Option<&Node> {
        self.0.get(path)
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<(&[u8], u32)> {
        match self.at(path) {
            Some(Node::File(content, mode)) => Some((content, *mode)),
            _ => None,
        }
    }

    /// Puts something at a path, and folders above it; returns those that were missing.
    pub fn put(&mut self, path: &str, node: Node) -> Vec<String> {
        let mut made = Vec::new();
        for above in above(path) {
            if self.at(&above).is_none() {
                self.0.insert(above.clone(), Node::Folder);
                made.push(above);
            }
        }
        self.0.insert(path.to_owned(), node);
        made
    }

    /// Takes away what is at a path, and all below it.
    pub fn take(&mut self, path: &str) {
        let below = format!("{path}/");
        self.0
            .retain(|other, _| other != path && !other.starts_with(&below));
    }

    /// Whether a folder has nothing in it.
    pub fn is_empty_folder(&self, path: &str) -> bool {
        let below = format!("{path}/");
        self.at(path) == Some(&Node::Folder)
            && !self.0.keys().any(|other| other.starts_with(&below))
    }

    /// Whether something that is no folder is above a path.
    pub fn is_blocked(&self, path: &str) -> bool {
        let mut above = above(path).into_iter();
        above.any(|above| !matches!(self.at(&above), None | Some(Node::Folder)))
    }

    /// What differs from another, for a message.
    pub fn difference(&self, other: &Self) -> String {
        let paths = self.0.keys().chain(other.0.keys());
        let differs = paths.filter(|path| self.at(path) != other.at(path));
        let mut lines: Vec<_> = differs
            .map(|path| {
                format!(
                    "{path}: {}, not {}",
                    told(self.at(path)),
                    told(other.at(path))
                )
            })
            .collect();
        lines.sort();
        lines.dedup();
        lines.join("\n")
    }
}

/// The folders above a path, the highest first.
pub fn above(path: &str) -> Vec<String> {
    let slashes = path.match_indices('/');
    slashes.map(|(at, _)| path[..at].to_owned()).collect()
}

fn told(node: Option<&Node>) -> String {
    match node {
        None => "nothing".to_owned(),
        Some(Node::Folder) => "a folder".to_owned(),
        Some(Node::Link) => "a link".to_owned(),
        Some(Node::File(content, mode)) => {
            format!("{mode:o} {:?}", String::from_utf8_lossy(content))
        }
    }
}
