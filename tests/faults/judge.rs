//! Says whether a disturbed command kept its promise: the home is as it was, or as it should become.

use std::process::Output;

use crate::scenario::Scenario;
use crate::support::Tree;
use crate::trace::{Disturbed, Fault, Point};
use crate::world::{HOME, World, difference, without_empty_home};

/// What a command made of the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it was.
    Old,
    /// It is as it should become.
    New,
}

/// A promise that was broken.
pub type Broken = String;

/// Judges one point, with all that follows it.
pub fn judge(
    scenario: &Scenario,
    point: Point,
    world: &World,
    run: &Disturbed,
) -> Result<Outcome, Broken> {
    let judge = Judge {
        scenario,
        world,
        run,
        is_mute: point.call == "write",
    };
    let outcome = match point.fault {
        Fault::Kill => judge.killed(point.number)?,
        _ => judge.failed()?,
    };
    if outcome == Outcome::Old {
        judge.is_new_after(&scenario.arguments)?;
    }
    judge.is_sound()?;
    judge.goes_back()?;
    Ok(outcome)
}

/// Judges what a power cut left, after the next start.
pub fn judge_power_cut(
    scenario: &Scenario,
    world: &World,
    run: &Disturbed,
) -> Result<Outcome, Broken> {
    let judge = Judge {
        scenario,
        world,
        run,
        is_mute: false,
    };
    judge.recover()?;
    let must_be_new = scenario.is_committed_before || run.has_ended() || run.has_begun_to_carry();
    let is = |tree: Tree| without_empty_home(world.tree()) == without_empty_home(tree);
    // Where all was carried out already, the two look the same.
    let is_old = is(scenario.old()) && !(must_be_new && is(scenario.new.clone()));
    match (is_old, must_be_new, run.is_committed()) {
        (true, true, _) => return Err(judge.broken("what was committed durably is lost")),
        (true, false, _) => judge.is_new_after(&scenario.arguments)?,
        (false, _, true) => judge.is("after the next start", &scenario.new)?,
        (false, false, false) => judge.is("after the next start", &scenario.old())?,
        (false, true, false) => judge.is("after the next start", &scenario.new)?,
    }
    judge.is_sound()?;
    judge.goes_back()?;
    Ok(if is_old { Outcome::Old } else { Outcome::New })
}

struct Judge<'a> {
    scenario: &'a Scenario,
    world: &'a World,
    run: &'a Disturbed,
    /// Whether the fault keeps the program from saying anything.
    is_mute: bool,
}

impl Judge<'_> {
    /// Before the commit point the home is old at once and stays so; after it, what runs next finishes it.
    fn killed(&self, number: usize) -> Result<Outcome, Broken> {
        let is_committed = self.scenario.is_committed_before || self.run.is_committed();
        if !is_committed {
            self.is("after a kill before the commit point", &self.scenario.old())?;
        }
        if self.scenario.may_be_repeated && number.is_multiple_of(2) {
            self.is_new_after(&self.scenario.arguments)?;
        } else {
            self.recover()?;
        }
        let is_repeated = self.scenario.may_be_repeated && number.is_multiple_of(2);
        if is_committed || is_repeated {
            self.is("after recovery", &self.scenario.new)?;
        } else {
            self.is("after recovery", &self.scenario.old())?;
        }
        Ok(if is_committed {
            Outcome::New
        } else {
            Outcome::Old
        })
    }

    /// The exit status of a command that met an error tells what it made of the home.
    fn failed(&self) -> Result<Outcome, Broken> {
        let said = self.run.stderr();
        self.claims_no_more_than_is_true()?;
        match self.run.output.status.code() {
            Some(0) => self.succeeded(),
            Some(1) if said.contains("error: ") || self.is_mute => {
                self.is_untouched().map(|()| Outcome::Old)
            }
            // Only the telling failed; what there was to tell is the outcome.
            Some(3) if said.contains("error: the answer could not be written") => self.succeeded(),
            Some(3) if said.contains("error: ") => self.pending(),
            Some(3) if self.is_mute && self.is_unfinished() => self.pending(),
            Some(3) => self.succeeded(),
            _ => Err(self.broken("it ended in no way that is promised")),
        }
    }

    fn is_unfinished(&self) -> bool {
        self.world.user().join(HOME).join(".mosaic/commit").exists()
    }

    fn succeeded(&self) -> Result<Outcome, Broken> {
        self.is("after success", &self.scenario.new)
            .map(|()| Outcome::New)
    }

    fn claims_no_more_than_is_true(&self) -> Result<(), Broken> {
        let said = self.run.stdout();
        let claims = ["Done: generation", "Settled: generation"]
            .iter()
            .any(|claim| said.contains(claim));
        let is_failure = self.run.output.status.code() == Some(1);
        if claims && is_failure {
            Err(self.broken("it says done, and that it failed"))
        } else {
            Ok(())
        }
    }

    /// Exit 1: the home is as it was, and where there was none there is none.
    fn is_untouched(&self) -> Result<(), Broken> {
        let is = self.world.tree();
        let should_be = self.scenario.old();
        if is != should_be {
            return Err(self.broken(&format!("exit 1, but: {}", difference(&is, &should_be))));
        }
        let state = format!("{HOME}/.mosaic");
        let is_new = self.world.user().join(&state).exists();
        let was_there = self.scenario.before.user().join(&state).exists();
        if is_new && !was_there {
            Err(self.broken("exit 1, but it left its state behind"))
        } else {
            Ok(())
        }
    }

    /// Exit 3 with an error: the change is committed, `status` says so and the next run finishes it.
    fn pending(&self) -> Result<Outcome, Broken> {
        let is_known = !self.run.stderr().contains("not known");
        let status = self.world.run(&["status".to_owned(), "--json".to_owned()]);
        if is_known && !text(&status.stdout).contains("\"recovery_pending\": true") {
            return Err(self.broken(&format!(
                "status does not say that it is pending: {}",
                text(&status.stdout)
            )));
        }
        self.recover()?;
        let is_old =
            without_empty_home(self.world.tree()) == without_empty_home(self.scenario.old());
        if !is_known && is_old {
            return Ok(Outcome::Old);
        }
        self.is("after recovery", &self.scenario.new)
            .map(|()| Outcome::New)
    }

    fn recover(&self) -> Result<(), Broken> {
        let recovered = self.world.run(&["recover".to_owned()]);
        let is_home = self.world.user().join(HOME).exists();
        let expected: &[i32] = if !is_home {
            &[1]
        } else if self.scenario.is_overtaken() {
            &[0, 3]
        } else {
            &[0]
        };
        self.ends("recover", &recovered, expected)
    }

    fn is_new_after(&self, arguments: &[String]) -> Result<(), Broken> {
        let again = self.world.run(arguments);
        let expected: &[i32] = if self.scenario.is_overtaken() {
            &[0, 3]
        } else {
            &[self.scenario.status]
        };
        self.ends("the same again", &again, expected)?;
        self.is("after the same again", &self.scenario.new)
    }

    fn is_sound(&self) -> Result<(), Broken> {
        let facts = self.scenario.facts(&self.world.user());
        let differs = facts
            .iter()
            .zip(&self.scenario.facts)
            .find(|(is, should_be)| is != should_be);
        differs.map_or(Ok(()), |(is, should_be)| {
            Err(self.broken(&format!(
                "it tells of a home {is}\nwhich should be {should_be}"
            )))
        })
    }

    fn goes_back(&self) -> Result<(), Broken> {
        let back = self.world.run(&["rollback".to_owned()]);
        self.ends("rollback", &back, &[0, 3])?;
        self.is("after the rollback", &self.scenario.origin)
    }

    fn is(&self, when: &str, should_be: &Tree) -> Result<(), Broken> {
        let is = without_empty_home(self.world.tree());
        let should_be = without_empty_home(should_be.clone());
        match is == should_be {
            true => Ok(()),
            false => Err(self.broken(&format!("{when}: {}", difference(&is, &should_be)))),
        }
    }

    fn ends(&self, what: &str, output: &Output, statuses: &[i32]) -> Result<(), Broken> {
        match output.status.code() {
            Some(status) if statuses.contains(&status) => Ok(()),
            other => Err(self.broken(&format!(
                "{what} ended with {other:?}: {}",
                text(&output.stderr)
            ))),
        }
    }

    fn broken(&self, what: &str) -> Broken {
        let (status, said) = (self.run.output.status, self.run.stderr());
        format!(
            "{what}\n    the disturbed run: {status}, {}",
            said.trim_end()
        )
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
