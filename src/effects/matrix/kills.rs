//! Kills the command at every checkpoint, in a child of its own, and looks at what is left and at what comes of it.

use crate::decide::matrix::verdict::{Check, Finding};
use crate::effects::matrix::MatrixError;
use crate::effects::matrix::cell::like;
use crate::effects::matrix::stage::Stage;
use crate::words::tree::Tree;

/// No command passes so many checkpoints.
const POINTS_MAX: usize = 100_000;
/// So many findings say enough.
const FINDINGS_MAX: usize = 3;

/// A command that is to be killed.
pub struct Killed<'a> {
    /// Where.
    pub stage: &'a Stage<'a>,
    /// The command.
    pub arguments: &'a [&'a str],
    /// The tree before.
    pub before: &'a Tree,
    /// The tree that it comes to.
    pub after: &'a Tree,
    /// How it ends.
    pub exit: Option<i32>,
}

impl Killed<'_> {
    /// Kills it at its first checkpoint, at the second, and so on until it is not killed any more; returns how many
    /// there were.
    ///
    /// Before the commit point the home stays as it is from kill to kill: each run throws away what the one before
    /// had prepared.
    pub fn everywhere(&self, findings: &mut Vec<Finding>) -> Result<usize, MatrixError> {
        self.stage.plant(self.before)?;
        let mut found = Vec::new();
        for point in 1..POINTS_MAX {
            if let Some(exit) = self.stage.kill(self.arguments, point)? {
                found.extend(self.ended(exit)?);
                findings.extend(found);
                return Ok(point - 1);
            }
            found.extend(match self.is_committed()? {
                false => self.left_as_it_was(point)?,
                true => self.finished_by_the_next(point)?,
            });
            if found.len() >= FINDINGS_MAX {
                findings.extend(found);
                return Ok(point);
            }
        }
        Ok(POINTS_MAX)
    }

    fn is_committed(&self) -> Result<bool, MatrixError> {
        Ok(self.stage.has_state("commit")? || self.stage.has_state("generations/1")?)
    }

    fn left_as_it_was(&self, point: usize) -> Result<Option<Finding>, MatrixError> {
        let problem = format!("killed at checkpoint {point}, before the commit point, the home is another");
        self.compare(self.before, &problem)
    }

    /// `recover` alone makes it the new home; the same command again has nothing to do then.
    fn finished_by_the_next(&self, point: usize) -> Result<Option<Finding>, MatrixError> {
        let mut found = None;
        if self.stage.end(&["recover"])? != Some(0) {
            let problem = format!("killed at checkpoint {point}, recover does not end well");
            found = Some(Finding::new(Check::Kill, problem));
        }
        let problem = format!("killed at checkpoint {point} and recovered, the home is neither old nor new");
        found = found.or(self.compare(self.after, &problem)?);
        if self.stage.end(self.arguments)? != self.exit {
            let problem =
                format!("killed at checkpoint {point} and recovered, the command does not end well");
            found = found.or(Some(Finding::new(Check::Kill, problem)));
        }
        let problem =
            format!("killed at checkpoint {point}, the command run again does not end at the result");
        found = found.or(self.compare(self.after, &problem)?);
        self.stage.plant(self.before)?;
        Ok(found)
    }

    fn ended(&self, exit: i32) -> Result<Option<Finding>, MatrixError> {
        if Some(exit) != self.exit {
            let problem = format!("after all kills the command ends with {exit}");
            return Ok(Some(Finding::new(Check::Kill, problem)));
        }
        self.compare(self.after, "after all kills the command does not end at the result")
    }

    fn compare(&self, expected: &Tree, problem: &str) -> Result<Option<Finding>, MatrixError> {
        let (expected, found) = like(expected, self.stage.tree()?);
        Ok(Finding::on_tree(Check::Kill, problem, &expected, &found))
    }
}
