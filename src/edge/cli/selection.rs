//! The paths that a command is asked about: files, or directories with all that is below them.

use crate::decide::text::nearest;
use crate::edge::cli::session::Session;
use crate::edge::error::CommandError;
use crate::model::path::RelPath;

/// A choice of paths.
pub struct Selection {
    /// `None`: all there are.
    chosen: Option<Vec<RelPath>>,
}

impl Selection {
    /// Reads path arguments; none mean all, and so does the home itself. Each must choose something.
    pub fn parse(
        session: &Session,
        arguments: &[String],
        known: &[&RelPath],
    ) -> Result<Self, CommandError> {
        let is_home = |text: &String| session.is_home(text);
        if arguments.is_empty() || arguments.iter().any(is_home) {
            return Ok(Self { chosen: None });
        }
        let chosen: Vec<_> = arguments
            .iter()
            .map(|text| session.path_in_home(text))
            .collect::<Result<_, _>>()?;
        for path in &chosen {
            if !known.iter().any(|known| covers(path, known)) {
                let (path, alike) = (path.to_string(), nearest(path, known));
                return Err(CommandError::UnknownPath { path, alike });
            }
        }
        Ok(Self {
            chosen: Some(chosen),
        })
    }

    /// Whether a path is chosen.
    pub fn has(&self, path: &RelPath) -> bool {
        self.chosen
            .as_ref()
            .is_none_or(|chosen| chosen.iter().any(|chosen| covers(chosen, path)))
    }

    /// Whether a path is chosen by its own name.
    pub fn names(&self, path: &RelPath) -> bool {
        self.chosen
            .as_ref()
            .is_some_and(|chosen| chosen.contains(path))
    }
}

fn covers(chosen: &RelPath, path: &RelPath) -> bool {
    chosen == path || path.is_below(chosen)
}

/// The known path, or directory of known paths, that is most like one that is not known.
fn nearest(path: &RelPath, known: &[&RelPath]) -> Option<String> {
    let known = known
        .iter()
        .flat_map(|known| std::iter::once((*known).clone()).chain(known.ancestors()));
    nearest::nearest(path.as_str(), known.map(|known| known.to_string()))
}
