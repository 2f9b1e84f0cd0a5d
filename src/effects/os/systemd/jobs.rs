//! Units started, stopped and enabled; awaited, and told one by one what became of each.

use std::time::{Duration, Instant};

use super::drop_ins::has_other_drop_ins;
use super::{Manager, ManagerResult, refused, unreachable};
use crate::effects::os::thread::Task;
use crate::model::answer::Answer;
use crate::model::unit::{Failure, JobOutcome, UnitName, UnitState};

/// Number of lines of a failed unit's log that are kept, as `systemctl` takes it.
const LOG_LINES: &str = "--lines=5";

/// Pause between two looks at the units that are to end.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(20);

/// systemd's words where it took none of the jobs that one call asked for.
const REFUSED_WHOLE: &str = "Failed to enqueue jobs";

/// Outcomes of jobs, by unit, in the order in which the units were named.
pub(super) type JobOutcomes = Vec<(UnitName, JobOutcome)>;

impl Manager {
    /// Lets units start with the manager. It does not reload: do so after the last of them.
    pub(crate) fn enable(&self, names: &[UnitName]) -> ManagerResult<JobOutcomes> {
        self.link("enable", names)
    }

    /// Lets units start with the manager no longer. It does not reload either.
    pub(crate) fn disable(&self, names: &[UnitName]) -> ManagerResult<JobOutcomes> {
        self.link("disable", names)
    }

    /// Starts units, as they are now, and waits until they are up. One that was started too often may be started again;
    /// no other unit's failure is forgotten by it.
    pub(crate) fn start(
        &self,
        names: &[UnitName],
        patience: Duration,
    ) -> ManagerResult<JobOutcomes> {
        self.prepare(names)?;
        self.job("start", names, patience)
    }

    /// Stops units and waits until they have ended. Of each that has while others take their time, it is told at once.
    pub(crate) fn stop(
        &self,
        names: &[UnitName],
        patience: Duration,
        mut on_end: impl FnMut(&UnitName),
    ) -> ManagerResult<JobOutcomes> {
        std::thread::scope(|scope| {
            let job = Task::start(scope, || self.job("stop", names, patience));
            let mut left = names.to_vec();
            let mut looked_at = Instant::now();
            while !job.is_done() {
                std::thread::sleep(PAUSE);
                if looked_at.elapsed() < BETWEEN_LOOKS {
                    continue;
                }
                let ended = self.ended(&left);
                looked_at = Instant::now();
                if ended.len() == left.len() {
                    break;
                }
                left.retain(|name| !ended.contains(name));
                ended.iter().for_each(&mut on_end);
            }
            job.join()
        })
    }

    /// Those that ended without a failure. Who does not say will, when all is done.
    fn ended(&self, names: &[UnitName]) -> Vec<UnitName> {
        let states = self.show(names).unwrap_or_default();
        let has_ended = |state: &&UnitState| state.active == "inactive" && !state.has_job;
        let ended = states.iter().filter(has_ended);
        ended.map(|state| state.name.clone()).collect()
    }

    /// Stops one that runs, and starts it; one that does not is left alone.
    pub(crate) fn try_restart(
        &self,
        name: &UnitName,
        patience: Duration,
    ) -> ManagerResult<JobOutcome> {
        self.prepare(std::slice::from_ref(name))?;
        self.one_job("try-restart", name, patience)
    }

    /// Restarts units, whether they run or not.
    pub(crate) fn restart(
        &self,
        names: &[UnitName],
        patience: Duration,
    ) -> ManagerResult<JobOutcomes> {
        self.prepare(names)?;
        self.job("restart", names, patience)
    }

    /// Has the manager read its units again, if one of these has changed since it did. Tells whether that was so.
    pub(crate) fn read_anew(&self, states: &[UnitState]) -> ManagerResult<bool> {
        let is_unread = |state: &UnitState| state.need_daemon_reload || has_other_drop_ins(state);
        let is_due = states.iter().any(is_unread);
        if is_due {
            self.daemon_reload()?;
        }
        Ok(is_due)
    }

    fn one_job(
        &self,
        verb: &str,
        name: &UnitName,
        patience: Duration,
    ) -> ManagerResult<JobOutcome> {
        let outcomes = self.job(verb, std::slice::from_ref(name), patience)?;
        Ok(outcomes
            .into_iter()
            .next()
            .map_or(JobOutcome::Done, |(_, outcome)| outcome))
    }

    /// systemd refuses all where it refuses one, so then each is asked for by itself.
    fn link(&self, verb: &str, names: &[UnitName]) -> ManagerResult<JobOutcomes> {
        let words = |names: &[UnitName]| {
            let names = names.iter().map(ToString::to_string);
            [verb, "--no-reload"]
                .map(str::to_owned)
                .into_iter()
                .chain(names)
                .collect::<Vec<_>>()
        };
        let ask = |names: &[UnitName]| {
            let words = words(names);
            self.ask(
                &words.iter().map(String::as_str).collect::<Vec<_>>(),
                self.patience,
            )
        };
        if names.is_empty() || ask(names).success().is_some() {
            return Ok(names
                .iter()
                .map(|name| (name.clone(), JobOutcome::Done))
                .collect());
        }
        let one = |name: &UnitName| match ask(std::slice::from_ref(name)) {
            Answer::Said {
                status: Some(0), ..
            } => Ok((name.clone(), JobOutcome::Done)),
            Answer::Said { error, .. } if is_about(&error, name) => {
                let words = error.trim().to_owned();
                Ok((
                    name.clone(),
                    JobOutcome::Failed(Failure {
                        words,
                        ..Failure::default()
                    }),
                ))
            }
            Answer::Said { error, .. } => Err(refused(verb, &error)),
            answer => Err(unreachable(&answer).into()),
        };
        names.iter().map(one).collect()
    }

    /// A unit that changed since it was read would be started as it was. One that failed too often in too short a time
    /// is not started again before that is forgotten; its `Result` does not tell: it stays that of the first failure.
    fn prepare(&self, names: &[UnitName]) -> ManagerResult<()> {
        let states = self.show(names)?;
        self.read_anew(&states)?;
        let failed: Vec<_> = states.iter().filter(|state| state.is_failed()).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let words: Vec<_> = ["reset-failed"]
            .into_iter()
            .chain(failed.iter().map(|state| state.name.as_str()))
            .collect();
        self.tell(&words, self.patience).map(drop)
    }

    fn job(
        &self,
        verb: &str,
        names: &[UnitName],
        patience: Duration,
    ) -> ManagerResult<JobOutcomes> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let words: Vec<_> = [verb]
            .into_iter()
            .chain(names.iter().map(UnitName::as_str))
            .collect();
        let said = match self.ask(&words, patience) {
            Answer::Said {
                status: Some(0), ..
            } => None,
            Answer::Said { error, .. } if names.iter().any(|name| is_about(&error, name)) => {
                Some(error)
            }
            Answer::Said { error, .. } => return Err(refused(verb, &error)),
            Answer::Late { .. } => Some(String::new()),
            answer => return Err(unreachable(&answer).into()),
        };
        // Since systemd 262 none is started where one is refused, and only that one is named.
        let is_refused_whole = said
            .as_ref()
            .is_some_and(|said| said.contains(REFUSED_WHOLE));
        if is_refused_whole && names.len() > 1 {
            return self.jobs_one_by_one(verb, names, patience);
        }
        let Some(said) = said else {
            return Ok(names
                .iter()
                .map(|name| (name.clone(), JobOutcome::Done))
                .collect());
        };
        let deadline = Instant::now() + self.patience;
        let outcome = |state: UnitState| {
            let outcome = self.outcome(verb, &state, &said, patience, deadline);
            (state.name, outcome)
        };
        Ok(self.show(names)?.into_iter().map(outcome).collect())
    }

    fn jobs_one_by_one(
        &self,
        verb: &str,
        names: &[UnitName],
        patience: Duration,
    ) -> ManagerResult<JobOutcomes> {
        let one = |name: &UnitName| self.job(verb, std::slice::from_ref(name), patience);
        let outcomes = names.iter().map(one).collect::<ManagerResult<Vec<_>>>()?;
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// Outcome of one unit's job where not all went well.
    fn outcome(
        &self,
        verb: &str,
        state: &UnitState,
        said: &str,
        patience: Duration,
        deadline: Instant,
    ) -> JobOutcome {
        let words = about(said, &state.name);
        let is_late = said.is_empty();
        if is_late && state.has_job {
            return JobOutcome::Unfinished {
                seconds: patience.as_secs(),
            };
        }
        // Whoever is not named has got what was asked for; it is looked at all the same.
        let is_to_run = verb == "start" || verb == "restart";
        if words.is_empty()
            && !(verb != "stop" && state.is_failed())
            && (!is_to_run || state.is_up())
        {
            return JobOutcome::Done;
        }
        let result = match state.result.as_str() {
            "" | "success" => String::new(),
            result => format!("result: {result}, status {}", state.exec_main_status),
        };
        let words = if words.is_empty() && result.is_empty() {
            format!("systemd leaves it {}", state.active)
        } else {
            words
        };
        JobOutcome::Failed(Failure {
            words,
            result,
            log: self.log_of(&state.name, deadline),
        })
    }

    /// The last lines of its log: what `systemctl status` says after the empty line.
    fn log_of(&self, name: &UnitName, deadline: Instant) -> Vec<String> {
        let remaining = deadline.saturating_duration_since(Instant::now());
        let answer = self.ask(&["status", LOG_LINES, "--full", name.as_str()], remaining);
        let log = answer
            .text()
            .split_once("\n\n")
            .map(|(_, log)| log)
            .unwrap_or_default();
        log.lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    }
}

/// The lines that are about a unit, without the advice to look elsewhere.
fn about(said: &str, name: &UnitName) -> String {
    let lines = said
        .lines()
        .filter(|line| is_about(line, name) && !line.starts_with("See "));
    lines.collect::<Vec<_>>().join("\n")
}

/// Tells whether systemd names this unit or its file, and not just one whose name has this one's in
/// it.
fn is_about(said: &str, name: &UnitName) -> bool {
    let words = said
        .split_whitespace()
        .map(|word| word.trim_matches(['.', ',', ':', '"', '\'']));
    words
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .any(|word| word == name.as_str())
}
