//! The paths that an operation is about: files, or directories with all that is below them.

use crate::decide::text::nearest;
use crate::model::path::RelPath;
use crate::ops::error::Error;

/// A choice of paths.
pub(crate) struct Selection<'a> {
    /// The chosen files and directories; `None` chooses every path.
    chosen: Option<&'a [RelPath]>,
}

impl<'a> Selection<'a> {
    /// Chooses paths; none mean all. Each must choose something that is known.
    pub(crate) fn new(chosen: Option<&'a [RelPath]>, known: &[&RelPath]) -> Result<Self, Error> {
        for path in chosen.unwrap_or_default() {
            if !known.iter().any(|known| covers(path, known)) {
                return Err(Error::UnknownPath {
                    path: path.to_string(),
                    alike: nearest(path, known),
                });
            }
        }
        Ok(Self { chosen })
    }

    /// Tells whether a path is chosen.
    pub(crate) fn has(&self, path: &RelPath) -> bool {
        let covers = |chosen: &[RelPath]| chosen.iter().any(|chosen| covers(chosen, path));
        self.chosen.is_none_or(covers)
    }

    /// Tells whether a path is chosen by its own name.
    pub(crate) fn names(&self, path: &RelPath) -> bool {
        self.chosen.is_some_and(|chosen| chosen.contains(path))
    }
}

fn covers(chosen: &RelPath, path: &RelPath) -> bool {
    chosen == path || path.is_below(chosen)
}

/// The known path, or directory of known paths, that is most like one that is not known.
fn nearest(path: &RelPath, known: &[&RelPath]) -> Option<String> {
    let known = known.iter().copied().flat_map(|known| {
        let above = known.ancestors();
        std::iter::once(known.clone()).chain(above)
    });
    nearest::nearest(path.as_str(), known.map(|known| known.to_string()))
}
