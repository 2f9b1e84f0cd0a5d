//! A directory outside the home, by the one path that leads to it without a link.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::path::RelPath;

/// An absolute path of plain components, in text. Whether a link is on the way is seen when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FolderPath(Arc<str>);

/// A text that is no such path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an absolute path of plain components")]
pub struct NoFolderPath(String);

impl FolderPath {
    /// Checks a text: `/` between components, none of them empty, `.` or `..`, no control character.
    ///
    /// # Errors
    ///
    /// [`NoFolderPath`] for any other text.
    pub fn parse(text: &str) -> Result<Self, NoFolderPath> {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..");
        let below = text
            .strip_prefix('/')
            .ok_or_else(|| NoFolderPath(text.to_owned()))?;
        if (below.is_empty() || below.split('/').all(is_plain))
            && !text.chars().any(char::is_control)
        {
            Ok(Self(text.into()))
        } else {
            Err(NoFolderPath(text.to_owned()))
        }
    }

    /// The folder as it is seen from a home that was moved, or copied, from one place to another:
    /// the way from the home to it stays the same. A folder that lies above all that the two places
    /// have in common stays where it is.
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        let parts = |path: &Self| {
            path.0
                .split('/')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let [own, from, to]: [Vec<String>; 3] = [parts(self), parts(from), parts(to)];
        let common = own
            .iter()
            .zip(&from)
            .take_while(|(one, other)| one == other)
            .count();
        let ups = from.len() - common;
        if common == 0 || ups > to.len() {
            return self.clone();
        }
        let moved = [&to[..to.len() - ups], &own[common..]].concat();
        Self(format!("/{}", moved.join("/")).into())
    }

    /// Path of something below the folder, as people write it.
    pub fn join(&self, path: &RelPath) -> String {
        format!("{}/{path}", self.0.trim_end_matches('/'))
    }

    /// The path, for the file system.
    pub fn as_path(&self) -> &Path {
        Path::new(&*self.0)
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for FolderPath {
    type Error = NoFolderPath;

    fn try_from(text: String) -> Result<Self, NoFolderPath> {
        Self::parse(&text)
    }
}

impl From<FolderPath> for String {
    fn from(path: FolderPath) -> Self {
        path.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_plain_paths_are_folders() {
        for good in ["/", "/home/me/dotfiles", "/a b/c"] {
            assert_eq!(
                FolderPath::parse(good).map(String::from).as_deref(),
                Ok(good)
            );
        }
        let folder = |text| FolderPath::parse(text).unwrap();
        let moved = |own, from, to| folder(own).moved(&folder(from), &folder(to)).to_string();
        assert_eq!(
            moved(
                "/home/me/dotfiles",
                "/home/me/.config/mosaic",
                "/srv/me/.config/mosaic"
            ),
            "/srv/me/dotfiles"
        );
        assert_eq!(
            moved("/home/me/.config/mosaic/x", "/home/me/.config/mosaic", "/m"),
            "/m/x"
        );
        assert_eq!(
            moved("/home/me/dotfiles", "/home/me/.config/mosaic", "/m"),
            "/home/me/dotfiles"
        );
        assert_eq!(
            moved("/etc/units", "/home/me/.config/mosaic", "/m/n/o"),
            "/etc/units"
        );
        for bad in [
            "", "a", "./a", "/a/", "//a", "/a//b", "/a/../b", "/./a", "/a\nb",
        ] {
            assert!(FolderPath::parse(bad).is_err(), "{bad:?}");
        }
    }
}
