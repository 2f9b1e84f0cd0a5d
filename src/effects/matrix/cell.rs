//! Plays one cell: what the case says, and what holds for every case unasked.

use crate::effects::matrix::kills::like;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::decide::matrix::expected::Trees;
use crate::decide::matrix::foretold;
use crate::decide::matrix::start::Start;
use crate::decide::matrix::verdict::{Check, Discrepancy, Heard, judge_words};
use crate::effects::matrix::stage::{Fingerprint, Stage};
use crate::effects::matrix::{Cell, MatrixError, kills};
use crate::effects::os::host::Interrupt;
use crate::model::tree::Tree;

/// Paths that a run which has nothing to do may touch: the stat cache, the lock with who holds it,
/// and so their directory.
const TOUCHED: [&str; 3] = ["home/.mosaic", "home/.mosaic/cache", "home/.mosaic/lock"];

/// Outcome of a cell.
#[derive(Debug)]
pub struct CellOutcome {
    /// Discrepancies between what is and what must be; none, if all is well.
    pub findings: Vec<Discrepancy>,
    /// Output of the run.
    pub real: Heard,
    /// The trees before the run and after it.
    pub trees: Trees,
    /// Number of points at which the command was killed.
    pub kill_points: usize,
    /// Time that the whole cell took.
    pub elapsed: Duration,
}

/// Player of cells: the program and how it is run.
pub(crate) struct Player {
    /// The program that is tested.
    pub program: PathBuf,
    /// The bundle that commands are to take, if it is not the program's own.
    pub from: Option<PathBuf>,
    /// True if commands are killed, too.
    pub kills: bool,
}

impl Player {
    /// Plays a cell.
    pub(crate) fn play(
        &self,
        cell: &Cell,
        interrupt: &Interrupt,
    ) -> Result<CellOutcome, MatrixError> {
        let begun = Instant::now();
        let stage = Stage::make(
            &self.program,
            cell.case.folder.crontab.as_deref(),
            interrupt,
        )?;
        let arguments = self.arguments(cell);
        let for_people: Vec<_> = arguments.iter().map(String::as_str).collect();
        let arguments = [for_people.as_slice(), &["--json"]].concat();
        let before = &cell.trees.before;
        stage.plant(before)?;
        let people = stage.read(&for_people)?;
        stage.plant(before)?;
        let mut findings = Vec::new();
        let dry = dry_run(&stage, &arguments, &mut findings)?;
        let real = Heard {
            people,
            ..stage.run(&arguments)?
        };
        let found = stage.tree()?;
        findings.extend(judge_words(cell.case, cell.start, &real));
        findings.extend(Discrepancy::on_tree(
            Check::Result,
            "the result is another",
            &cell.trees.after,
            &found,
        ));
        findings.extend(foretold::judge(&dry, &real));
        findings.extend(foretold::accounted_for(&real, before, &found));
        let mut kill_points = 0;
        if matches!(real.exit, Some(0 | 3)) {
            second_run(&stage, &arguments, &real, &mut findings)?;
            if real.document["committed"] == true {
                rollback(&stage, before, &mut findings)?;
            }
            let killed = kills::Killed {
                stage: &stage,
                arguments: &arguments,
                before,
                after: &found,
                exit: real.exit,
            };
            if self.kills {
                kill_points = killed.everywhere(&mut findings)?;
            }
        }
        let trees = Trees {
            before: before.clone(),
            after: found,
        };
        Ok(CellOutcome {
            findings,
            real,
            trees,
            kill_points,
            elapsed: begun.elapsed(),
        })
    }

    fn arguments(&self, cell: &Cell) -> Vec<String> {
        let usual = if *cell.start == Start::Nothing {
            "install"
        } else {
            "update"
        };
        let mut arguments = cell.case.arguments.clone();
        if arguments.is_empty() {
            arguments.push(usual.to_owned());
        }
        if let Some(from) = &self.from {
            arguments.push(format!("--from={}", from.display()));
        }
        arguments
    }
}

fn dry_run(
    stage: &Stage,
    arguments: &[&str],
    findings: &mut Vec<Discrepancy>,
) -> Result<Heard, MatrixError> {
    let before = stage.stamps()?;
    let dry: Vec<_> = arguments.iter().copied().chain(["--dry-run"]).collect();
    let heard = stage.run(&dry)?;
    let changed = differing(&before, &stage.stamps()?, &[]);
    if !changed.is_empty() {
        findings.push(Discrepancy::new(
            Check::DryRun,
            format!("a dry run changed {}", changed.join(", ")),
        ));
    }
    Ok(heard)
}

fn second_run(
    stage: &Stage,
    arguments: &[&str],
    first: &Heard,
    findings: &mut Vec<Discrepancy>,
) -> Result<(), MatrixError> {
    let before = stage.stamps()?;
    let second = stage.run(arguments)?;
    let changed = differing(&before, &stage.stamps()?, &TOUCHED);
    let mut wrong = |problem: String| findings.push(Discrepancy::new(Check::SecondRun, problem));
    if !changed.is_empty() {
        wrong(format!("a second run changed {}", changed.join(", ")));
    }
    if second.exit != first.exit {
        wrong(format!(
            "a second run ended with {:?}, the first with {:?}",
            second.exit, first.exit
        ));
    }
    let actions = &second.document["actions"];
    if second.document["generation"] != first.document["generation"]
        || actions.as_array().is_some_and(|all| !all.is_empty())
    {
        wrong(format!("a second run had something to do: {actions}"));
    }
    Ok(())
}

fn rollback(
    stage: &Stage,
    before: &Tree,
    findings: &mut Vec<Discrepancy>,
) -> Result<(), MatrixError> {
    let heard = stage.run(&["rollback", "0", "--json"])?;
    let (expected, found) = like(before, stage.tree()?);
    if !matches!(heard.exit, Some(0)) {
        let problem = format!(
            "rollback 0 ended with {:?}: {}",
            heard.exit,
            heard.people.trim()
        );
        findings.push(Discrepancy::new(Check::Rollback, problem));
    }
    let problem = "after rollback 0 the start is not back";
    findings.extend(Discrepancy::on_tree(
        Check::Rollback,
        problem,
        &expected,
        &found,
    ));
    Ok(())
}

/// The paths that the kernel tells something else of.
fn differing(
    before: &BTreeMap<String, Fingerprint>,
    after: &BTreeMap<String, Fingerprint>,
    except: &[&str],
) -> Vec<String> {
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differs =
        |path: &&String| before.get(*path) != after.get(*path) && !except.contains(&path.as_str());
    paths.into_iter().filter(differs).cloned().collect()
}
