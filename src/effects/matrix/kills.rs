//! Kills the command at every checkpoint, in a child of its own, and looks at what is left and at what comes of it.

use crate::model::path::RelPath;
use crate::model::tree::{Node, Tree};
use std::collections::BTreeMap;

use crate::decide::matrix::verdict::{Check, Discrepancy};
use crate::effects::matrix::MatrixError;
use crate::effects::matrix::stage::{Fingerprint, Stage};

/// No command passes so many checkpoints.
const POINTS_MAX: usize = 100_000;
/// A command that changes more files than this is killed at a part of its checkpoints: at each of the first few, then
/// at ever wider distances.
const SWEPT_MAX: usize = 300;
/// The distance to the next checkpoint is this part of how many came before.
const SAMPLED: usize = 8;
/// Number of kills after the commit point, of which one is recovered by `recover` alone before the
/// command is run again.
const RECOVERED: usize = 4;
/// Number of findings that say enough.
const FINDINGS_MAX: usize = 3;

/// Fingerprints of a home, by path.
type Fingerprints = BTreeMap<String, Fingerprint>;

/// A command that is to be killed.
pub(super) struct Killed<'a> {
    /// The cell's stage.
    pub stage: &'a Stage<'a>,
    /// The command.
    pub arguments: &'a [&'a str],
    /// The tree before.
    pub before: &'a Tree,
    /// The tree that it comes to.
    pub after: &'a Tree,
    /// Exit status of a run that is not killed.
    pub exit: Option<i32>,
}

impl Killed<'_> {
    /// Kills it at its first checkpoint, at the second, and so on until it is not killed any more; returns at how many.
    ///
    /// Before the commit point the home stays as it is from kill to kill: each run throws away what the one before
    /// had prepared.
    pub(super) fn everywhere(&self, findings: &mut Vec<Discrepancy>) -> Result<usize, MatrixError> {
        self.stage.plant(self.before)?;
        let mut marks = BTreeMap::new();
        let mut committed = 0;
        let mut found = Vec::new();
        let mut point = 1;
        let mut killed = 0;
        let is_sampled = self.changed_files() > SWEPT_MAX;
        while point < POINTS_MAX {
            if let Some(exit) = self.stage.kill(self.arguments, point)? {
                found.extend(self.ended(exit)?);
                findings.extend(found);
                return Ok(killed);
            }
            killed += 1;
            if self.is_committed()? {
                found.extend(self.finished_by_the_next(point, committed % RECOVERED == 0)?);
                committed += 1;
            } else {
                found.extend(self.left_as_it_was(point, &mut marks)?);
            }
            if found.len() >= FINDINGS_MAX {
                findings.extend(found);
                return Ok(killed);
            }
            point += if is_sampled {
                (point / SAMPLED).max(1)
            } else {
                1
            };
        }
        findings.extend(found);
        findings.push(Discrepancy::new(
            Check::Kill,
            format!("it passes more than {POINTS_MAX} checkpoints"),
        ));
        Ok(POINTS_MAX)
    }

    fn changed_files(&self) -> usize {
        self.after
            .iter()
            .filter(|(path, node)| self.before.get(*path) != Some(node))
            .count()
    }

    fn is_committed(&self) -> Result<bool, MatrixError> {
        Ok(self.stage.has_state("commit")? || self.stage.has_state("generations/1")?)
    }

    /// Compares the home after a kill with the one before the command. It is read again only where
    /// the kernel tells something else of it than after the kill before.
    fn left_as_it_was(
        &self,
        point: usize,
        marks: &mut Fingerprints,
    ) -> Result<Option<Discrepancy>, MatrixError> {
        let marked = std::mem::replace(marks, self.stage.marks()?);
        if marked == *marks {
            return Ok(None);
        }
        let problem =
            format!("killed at checkpoint {point}, before the commit point, the home is another");
        self.compare(self.before, &problem)
            .map(|(_, finding)| finding)
    }

    /// Compares the home after the next run with the new one: the same command again, or `recover`
    /// alone, finishes what was killed.
    fn finished_by_the_next(
        &self,
        point: usize,
        recovers: bool,
    ) -> Result<Option<Discrepancy>, MatrixError> {
        let mut finding = None;
        let killed = format!("killed at checkpoint {point}");
        if recovers {
            if self.stage.end(&["recover"])? != Some(0) {
                finding = Some(Discrepancy::new(
                    Check::Kill,
                    format!("{killed}, recover does not end well"),
                ));
            }
            let problem = format!("{killed} and recovered, the home is neither old nor new");
            finding = finding.or(self.compare(self.after, &problem)?.1);
        }
        if self.stage.end(self.arguments)? != self.exit {
            let problem = format!("{killed}, the command run again does not end well");
            finding = finding.or(Some(Discrepancy::new(Check::Kill, problem)));
        }
        let problem = format!("{killed}, the command run again does not end at the result");
        let (found, differs) = self.compare(self.after, &problem)?;
        self.stage.restore(self.before, &found)?;
        Ok(finding.or(differs))
    }

    fn ended(&self, exit: i32) -> Result<Option<Discrepancy>, MatrixError> {
        if Some(exit) != self.exit {
            let problem = format!("after all kills the command ends with {exit}");
            return Ok(Some(Discrepancy::new(Check::Kill, problem)));
        }
        let problem = "after all kills the command does not end at the result";
        self.compare(self.after, problem)
            .map(|(_, finding)| finding)
    }

    fn compare(
        &self,
        expected: &Tree,
        problem: &str,
    ) -> Result<(Tree, Option<Discrepancy>), MatrixError> {
        let found = self.stage.tree()?;
        let (expected, alike) = like(expected, found.clone());
        let finding = Discrepancy::on_tree(Check::Kill, problem, &expected, &alike);
        Ok((found, finding))
    }
}

/// Makes two trees comparable: where there was no home, one with nothing but state in it is as good
/// as none.
pub(super) fn like(before: &Tree, mut found: Tree) -> (Tree, Tree) {
    let is_home = |path: &RelPath| path.as_str() == "home";
    let had_none = !before.keys().any(is_home);
    let is_empty = !found.keys().any(|path| path.as_str().starts_with("home/"));
    if had_none && is_empty {
        found.retain(|path, node| !is_home(path) || !matches!(node, Node::Directory { .. }));
    }
    (before.clone(), found)
}
