//! Tells which migrations are due: by the release that a home began with, the one it is brought to, and the ledger.

use semver::Version;

use crate::decide::migrate::migration::Migration;
use crate::model::ledger::Ledger;
use crate::model::record::Record;
use crate::model::source_version::SourceVersion;

/// The first release whose homes have a record: all that came before leave their version to be found out.
const FIRST_WITH_RECORD: Version = Version::new(0, 1, 0);

/// Facts that migrations are decided by.
#[derive(Clone, Copy)]
pub(crate) struct Gate<'a> {
    /// The release that the home began with; `None` for a new home.
    pub source: Option<SourceRelease<'a>>,
    /// The release that the home is brought to.
    pub target: &'a Version,
    /// Decisions of earlier updates.
    pub ledger: &'a Ledger,
}

/// The release that a home began with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceRelease<'a> {
    /// Version of the release.
    pub version: &'a Version,
    /// True where nothing supports that.
    pub is_guess: bool,
}

impl<'a> Gate<'a> {
    /// For a home with this record, whose earlier release, if it had one, is `adopted`.
    pub(crate) fn new(
        record: &'a Record,
        adopted: Option<&'a SourceVersion>,
        target: &'a Version,
    ) -> Self {
        let adopted = adopted.map(|source| SourceRelease {
            version: &source.version,
            is_guess: source.is_guess(),
        });
        let origin = record.ledger.origin.as_ref().map(|version| SourceRelease {
            version,
            is_guess: false,
        });
        Self {
            source: adopted.or(origin),
            target,
            ledger: &record.ledger,
        }
    }

    /// Tells whether a migration is due in this home.
    pub(crate) fn standing(&self, migration: &Migration) -> Standing {
        let done = self.ledger.entries.get(migration.id);
        match self.source {
            _ if done.is_some_and(|done| done.refused.is_empty()) => Standing::Done,
            Some(source)
                if migration.sources.contains(source.version)
                    && *self.target >= migration.sources.until() =>
            {
                Standing::Due
            }
            _ => Standing::Outside,
        }
    }

    /// Tells whether the answer rests on a version that nothing supports: every release that leaves no record would
    /// have to be in the range, or outside.
    pub(crate) fn is_guesswork(&self, migration: &Migration) -> bool {
        let is_guess = self.source.is_some_and(|source| source.is_guess);
        is_guess && migration.sources.until() < FIRST_WITH_RECORD
    }
}

/// The standing of a migration in a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// An earlier update has decided about it.
    Done,
    /// To be decided about.
    Due,
    /// For other homes, or for a later release.
    Outside,
}
