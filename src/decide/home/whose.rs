//! Answers whose a path is, for a person who asks: a class where there is a rule or a release, and what else it may be.

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::decide::plan::classes::{Class, Judgement};
use crate::decide::plan::residue::residue_of;
use crate::model::path::RelPath;
use crate::model::source_version::VERSION_FILE;

/// Owner of a path, as people and programs are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The class of what ships there, has shipped there, or is named by a rule.
    Class(Class),
    /// The operator's: no release ships it, and no rule names it.
    Yours,
    /// Mosaic's own, for its work.
    Mosaic,
}

impl std::fmt::Display for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Class(class) => class.fmt(f),
            Self::Yours => f.write_str("yours"),
            Self::Mosaic => f.write_str("mosaic"),
        }
    }
}

/// Knowledge of a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// True if something ships there, or is recorded or seeded there.
    pub is_shipped: bool,
    /// Number of files below it that ship or are recorded.
    pub below: usize,
}

/// Whose a path is, with the reason why an update has nothing to do with it; the latter is for a path that no step of
/// the plan is about.
pub(crate) fn whose(path: &RelPath, judgement: Judgement, known: Known) -> (Whose, String) {
    let top = path.as_str().split('/').next().unwrap_or_default();
    if top == STATE_DIRECTORY {
        let reason =
            "Mosaic's own state, on which rollback and every update rest: leave it as it is";
        return (Whose::Mosaic, reason.to_owned());
    }
    if path.as_str() == VERSION_FILE {
        let reason =
            "names the release to programs from before 0.1.0; an update rewrites it where it is";
        return (Whose::Mosaic, reason.to_owned());
    }
    if let Some(tool) = residue_of(path.as_str()) {
        let reason = format!("yours: {tool} left it; an update never reads, writes or removes it");
        return (Whose::Class(Class::Preserved), reason);
    }
    let by_class = Whose::Class(judgement.class);
    if judgement.class == Class::Preserved {
        let reason = "yours; an update never reads, writes or removes it";
        return (by_class, reason.to_owned());
    }
    if known.below > 0 && !known.is_shipped {
        let plural = if known.below == 1 { "" } else { "s" };
        let reason = format!(
            "a folder with {} file{plural} that Mosaic keeps in step",
            known.below
        );
        return (by_class, reason);
    }
    if known.is_shipped || judgement.rule.is_some() {
        return (by_class, "nothing to do".to_owned());
    }
    let reason = "no release shipped it; it is yours";
    (Whose::Yours, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, is_shipped: bool, below: usize) -> (String, String) {
        let judgement = Judgement {
            class: Class::Framework,
            rule: None,
        };
        let path = RelPath::parse(path).unwrap();
        let (whose, reason) = whose(&path, judgement, Known { is_shipped, below });
        (whose.to_string(), reason)
    }

    #[test]
    fn only_what_is_the_operators_is_called_his() {
        for (path, is_shipped, below, word) in [
            (".mosaic", false, 0, "mosaic"),
            (".mosaic/generations/1", false, 0, "mosaic"),
            (".framework-version", false, 0, "mosaic"),
            ("guides", false, 1, "framework"),
            ("guides/qa.md", true, 0, "framework"),
            ("notes.md", false, 0, "yours"),
            (".git/HEAD", false, 0, "preserved"),
        ] {
            let (whose, reason) = said(path, is_shipped, below);
            assert_eq!(whose, word, "{path}");
            let is_his = ["yours", "preserved"].contains(&word);
            assert_eq!(
                reason.starts_with("yours") || reason.ends_with("it is yours"),
                is_his,
                "{reason}"
            );
        }
    }
}
