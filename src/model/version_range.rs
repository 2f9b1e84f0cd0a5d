//! A range of versions.

use std::cmp::Ordering;
use std::fmt;

use semver::Version;

/// From one release, included, until another, excluded; by semver's precedence, so that a pre-release of the end is
/// inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// Major, minor, patch of the first version.
    pub from: (u64, u64, u64),
    /// Major, minor, patch of the first that is outside again.
    pub until: (u64, u64, u64),
}

impl VersionRange {
    /// Tells whether a version lies in the range.
    pub fn contains(&self, version: &Version) -> bool {
        version.cmp_precedence(&number(self.from)) != Ordering::Less
            && version.cmp_precedence(&self.until()) == Ordering::Less
    }

    /// The first version that is outside again.
    pub fn until(&self) -> Version {
        number(self.until)
    }
}

fn number((major, minor, patch): (u64, u64, u64)) -> Version {
    Version::new(major, minor, patch)
}

/// The range as semver writes requirements.
impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from != (0, 0, 0) {
            write!(f, ">={}, ", number(self.from))?;
        }
        write!(f, "<{}", self.until())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_inside_and_the_end_is_not() {
        let range = VersionRange {
            from: (0, 0, 31),
            until: (0, 0, 36),
        };
        let contains = |text: &str| range.contains(&Version::parse(text).unwrap());
        assert!(contains("0.0.31") && contains("0.0.35") && contains("0.0.36-rc.1"));
        assert!(
            !contains("0.0.30")
                && !contains("0.0.36")
                && !contains("0.1.0")
                && !contains("0.0.31-rc.1")
        );
        assert_eq!(range.to_string(), ">=0.0.31, <0.0.36");
    }
}
