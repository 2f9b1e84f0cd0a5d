//! Release that wrote a home which has no record, and how that is known.

use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::model::found::FoundFile;

/// The file in which releases before 0.1.0 name their version, at the top of a home.
pub const VERSION_FILE: &str = ".framework-version";

/// The release that wrote a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVersion {
    /// Version of the release.
    pub version: Version,
    /// Basis on which that is known.
    pub basis: Basis,
}

impl SourceVersion {
    /// Tells whether nothing supports it: whatever depends on it must not be decided by it.
    pub fn is_guess(&self) -> bool {
        self.basis == Basis::Guess
    }
}

impl fmt::Display for SourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.version, self.basis)
    }
}

/// Basis on which a source version is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The operator named the release.
    Told,
    /// The version file names the release.
    VersionFile,
    /// More of the files are as this release shipped them than as any other did.
    Contents,
    /// An agent's env file has a key that this release was the first to write.
    EnvFile,
    /// No trace tells the version.
    Guess,
    /// The release was uninstalled from this home.
    Uninstalled,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told => f.write_str("as you said"),
            Self::VersionFile => write!(f, "by {VERSION_FILE}"),
            Self::Contents => f.write_str("by the files that it shipped"),
            Self::EnvFile => f.write_str("by the keys in an agent's env file"),
            Self::Guess => f.write_str("a guess: nothing tells"),
            Self::Uninstalled => f.write_str("it was uninstalled here"),
        }
    }
}

/// Content of the version file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum VersionFile {
    /// The file is not there.
    #[default]
    Absent,
    /// The file names a version.
    Names(Version, FoundFile),
    /// The file is of no use, for this reason.
    Unusable(&'static str),
}
