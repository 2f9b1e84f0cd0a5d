//! A path below a root that cannot escape it, whatever it was parsed from.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Longest component in bytes. Linux allows 255 (`NAME_MAX`); the rest is room for a suffix of ours.
pub const COMPONENT_MAX: usize = 240;
/// Longest whole path in bytes; Linux allows 4096 (`PATH_MAX`) including the home in front of it.
pub const PATH_MAX: usize = 1024;

/// A relative path of one or more plain components: UTF-8, no `.`, no `..`, no control character.
///
/// Cheap to clone, ordered by bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Arc<str>);

/// Reason why a text is not a [`RelPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A component is empty: between two slashes, at the start, or at the end.
    #[error("has an empty component")]
    EmptyComponent,
    /// Starts at the root of the file system.
    #[error("is absolute")]
    Absolute,
    /// A component is `.` or `..`.
    #[error("has a `.` or `..` component")]
    DotComponent,
    /// U+0000 to U+001F, U+007F, or a C1 control.
    #[error("has a control character")]
    ControlCharacter,
    /// A component is longer than [`COMPONENT_MAX`].
    #[error("has a component of more than {COMPONENT_MAX} bytes")]
    ComponentTooLong,
    /// The path is longer than [`PATH_MAX`].
    #[error("is longer than {PATH_MAX} bytes")]
    TooLong,
    /// The bytes are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
}

impl RelPath {
    /// Checks a text and takes it as a path.
    ///
    /// # Errors
    ///
    /// [`PathError`] with the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        if text.len() > PATH_MAX {
            return Err(PathError::TooLong);
        }
        let is_control = if text.is_ascii() {
            text.bytes().any(|byte| byte.is_ascii_control())
        } else {
            text.chars().any(char::is_control)
        };
        if is_control {
            return Err(PathError::ControlCharacter);
        }
        text.split('/').try_for_each(check_component)?;
        Ok(Self(text.into()))
    }

    /// Like [`RelPath::parse`], from the bytes a file system gives.
    ///
    /// # Errors
    ///
    /// [`PathError`] with the rule that the bytes break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PathError> {
        Self::parse(std::str::from_utf8(bytes).map_err(|_| PathError::NotUtf8)?)
    }

    /// The path as text, components joined by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory that holds it; `None` directly below the root.
    pub fn parent(&self) -> Option<RelPath> {
        self.0.rfind('/').map(|slash| Self(self.0[..slash].into()))
    }

    /// The parent's text (empty directly below the root) and the last component.
    pub fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// Directories above the path, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = RelPath> {
        std::iter::successors(self.parent(), RelPath::parent)
    }

    /// Tells whether the path lies below `dir`, at any depth.
    pub fn is_below(&self, dir: &RelPath) -> bool {
        self.0
            .strip_prefix(dir.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
    }

    /// The path with a suffix of ours; [`COMPONENT_MAX`] leaves room for it.
    pub fn with_suffix(&self, suffix: &'static str) -> RelPath {
        Self(format!("{self}.{suffix}").into())
    }

    /// The path one component further down.
    ///
    /// # Errors
    ///
    /// [`PathError`] with the rule that the component breaks.
    pub fn join(&self, component: &str) -> Result<RelPath, PathError> {
        Self::parse(&format!("{}/{component}", self.0))
    }
}

fn check_component(component: &str) -> Result<(), PathError> {
    match component {
        "" => Err(PathError::EmptyComponent),
        "." | ".." => Err(PathError::DotComponent),
        _ if component.len() > COMPONENT_MAX => Err(PathError::ComponentTooLong),
        _ => Ok(()),
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Borrow<str> for RelPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<std::path::Path> for RelPath {
    fn as_ref(&self) -> &std::path::Path {
        self.as_str().as_ref()
    }
}

impl Serialize for RelPath {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Checked;
        impl de::Visitor<'_> for Checked {
            type Value = RelPath;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a relative path")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<RelPath, E> {
                RelPath::parse(text).map_err(|why| E::custom(format!("the path {text:?} {why}")))
            }
        }
        from.deserialize_str(Checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_could_escape_or_deceive() {
        let long = "x".repeat(COMPONENT_MAX + 1);
        let deep = "ab/".repeat(PATH_MAX / 3) + "abc";
        let cases = [
            ("", PathError::EmptyComponent),
            ("a//b", PathError::EmptyComponent),
            ("a/", PathError::EmptyComponent),
            ("/etc/passwd", PathError::Absolute),
            ("..", PathError::DotComponent),
            ("a/../../b", PathError::DotComponent),
            ("./a", PathError::DotComponent),
            ("a\nb", PathError::ControlCharacter),
            ("a\u{9b}b", PathError::ControlCharacter),
            (long.as_str(), PathError::ComponentTooLong),
            (deep.as_str(), PathError::TooLong),
        ];
        for (text, why) in cases {
            assert_eq!(RelPath::parse(text), Err(why), "{text:?}");
        }
        assert_eq!(RelPath::from_bytes(b"a\xff"), Err(PathError::NotUtf8));
    }

    #[test]
    fn knows_what_is_above_and_below() {
        let path = RelPath::parse("fleet/examples/minimal.yaml").unwrap();
        let above: Vec<_> = path.ancestors().map(|dir| dir.to_string()).collect();
        assert_eq!(above, ["fleet/examples", "fleet"]);
        assert_eq!(path.split(), ("fleet/examples", "minimal.yaml"));
        assert!(path.is_below(&RelPath::parse("fleet").unwrap()));
        assert!(!path.is_below(&RelPath::parse("fle").unwrap()));
    }
}
