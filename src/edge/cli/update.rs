//! `install` and `update`: survey, plan, commit.

use crate::decide::situation::{Allowed, Situation};
use crate::decide::update::plan;
use crate::edge::cli::args::UpdateArgs;
use crate::edge::cli::session::{Session, drain_fresh, source};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{
    self, ChangeDocument, UnitLines, action_lines, conflict_lines, counts, schema_name,
};
use crate::edge::report::plan_text;
use crate::edge::report::voice::{style, styled};
use crate::effects::apply::Committed;
use crate::effects::home::{Entered, Home, HomeError, Recovery};
use crate::effects::host;
use crate::effects::survey::Survey;
use crate::effects::witness::Witness;
use crate::words::plan::Plan;

/// First-time install; on a recorded home it does what `update` does, and says so.
pub fn install(session: &mut Session, asked: &UpdateArgs) -> Result<Exit, CommandError> {
    run(session, asked, "install")
}

/// The main job.
pub fn update(session: &mut Session, asked: &UpdateArgs) -> Result<Exit, CommandError> {
    run(session, asked, "update")
}

fn run(session: &mut Session, asked: &UpdateArgs, command: &str) -> Result<Exit, CommandError> {
    let makes = command == "install";
    if asked.dry_run {
        let home = match Home::look(&session.home) {
            Err(HomeError::Absent(_)) if makes => Home::nowhere(&session.home),
            looked => looked?,
        };
        return foretell(session, asked, command, &home);
    }
    let entered = session.enter(makes, asked.lock, Recovery::Finish)?;
    let outcome = change(session, asked, command, &entered);
    if !matches!(&outcome, Ok((true, _))) && !is_unfinished(&outcome) {
        // What made the command end is what the user must hear.
        drop(entered.leave());
    }
    outcome.map(|(_, exit)| exit)
}

fn is_unfinished<T>(outcome: &Result<T, CommandError>) -> bool {
    matches!(outcome, Err(error) if error.exit() == Exit::NeedsPerson)
}

fn foretell(
    session: &mut Session,
    asked: &UpdateArgs,
    command: &str,
    home: &Home,
) -> Result<Exit, CommandError> {
    let (_, plan) = decide(home, asked)?;
    refuse_other_plan(asked, &plan)?;
    let mut document = describe(session, command, home, &plan);
    document.dry_run = true;
    document.recovery_pending = home.recovery_pending;
    tell(session, command, home, &plan, &document);
    if home.recovery_pending {
        session.voice.insist("An interrupted run waits to be finished first: mosaic recover");
    } else if plan.commits {
        session.voice.say("Dry run: nothing was written.");
    }
    session.voice.document(&document);
    Ok(if asked.exit_code && plan.commits { Exit::Differences } else { Exit::Done })
}

/// Returns whether a generation was made.
fn change(
    session: &mut Session,
    asked: &UpdateArgs,
    command: &str,
    entered: &Entered,
) -> Result<(bool, Exit), CommandError> {
    let home = &entered.home;
    let (survey, plan) = decide(home, asked)?;
    refuse_other_plan(asked, &plan)?;
    let mut document = describe(session, command, home, &plan);
    document.recovered_generation = entered.finished_generation();
    let Some(state) = &home.state else { return Err(CommandError::NoRecord(session.home.clone())) };
    if plan.commits {
        let (committed, fresh) = session.commit(home, &plan, command, Some(&survey.bundle))?;
        drain_fresh(home, state, committed.generation, Some(&survey), &fresh);
        take_outcome(&mut document, committed, session, home)?;
    } else {
        // Only speed rests on it.
        drop(survey.refresh_cache(state));
    }
    tell(session, command, home, &plan, &document);
    conclude(session, &document);
    session.voice.document(&document);
    Ok((plan.commits, exit(asked, &plan, &document)))
}

fn decide(home: &Home, asked: &UpdateArgs) -> Result<(Survey, Plan), CommandError> {
    let allowed = Allowed { removals: asked.allow_removals, downgrade: asked.allow_downgrade };
    let survey = Survey::make(home, &source(asked.from.as_ref()))?;
    let plan = plan_update(home, &survey, allowed)?;
    Ok((survey, plan))
}

/// The plan that an update would carry out; `why` asks for it, too.
pub fn plan_update(home: &Home, survey: &Survey, allowed: Allowed) -> Result<Plan, CommandError> {
    let situation = Situation {
        release: &survey.bundle.manifest.release,
        wanted: &survey.bundle.wanted,
        classes: &survey.classes,
        earlier: &survey.earlier,
        record: &home.record,
        found: &survey.found,
        umask: host::umask(),
        uid: host::effective_uid(),
        allowed,
    };
    Ok(plan(situation, &Witness::new(&home.root, home.state.as_ref(), Some(&survey.bundle)))?)
}

fn refuse_other_plan(asked: &UpdateArgs, plan: &Plan) -> Result<(), CommandError> {
    match asked.plan {
        Some(digest) if digest != plan.digest() => {
            let (asked, found) = (format!("sha256:{digest}"), format!("sha256:{}", plan.digest()));
            Err(CommandError::OtherPlan { asked, found })
        }
        _ => Ok(()),
    }
}

/// The document of a plan before it is carried out; `rollback` and `resolve` use it, too.
pub fn describe(session: &Session, command: &str, home: &Home, plan: &Plan) -> ChangeDocument {
    ChangeDocument {
        schema: schema_name(command),
        home: session.home_text(),
        from: document::version(home.record.release.as_ref()),
        to: document::version(plan.record.release.as_ref()),
        dry_run: false,
        plan_digest: format!("sha256:{}", plan.digest()),
        generation: home.generation,
        committed: false,
        actions: action_lines(plan, session.voice.is_verbose()),
        migrations: Vec::new(),
        conflicts: conflict_lines(&plan.record, &plan.unsettled),
        advisories: plan.advisories.clone(),
        overtaken: Vec::new(),
        units: UnitLines::default(),
        counts: counts(plan),
        recovered_generation: None,
        recovery_pending: false,
    }
}

/// Adds what became of the plan: its generation, and where the operator was faster.
pub fn take_outcome(
    document: &mut ChangeDocument,
    committed: Committed,
    session: &Session,
    home: &Home,
) -> Result<(), CommandError> {
    document.generation = committed.generation;
    document.committed = true;
    document.overtaken = committed.overtaken.iter().map(ToString::to_string).collect();
    if let (false, Some(state)) = (committed.overtaken.is_empty(), &home.state) {
        let record = state.record(committed.generation)?;
        document.conflicts = conflict_lines(&record, record.parked.keys());
        session.interrupt.is_asked();
    }
    Ok(())
}

fn tell(session: &mut Session, command: &str, home: &Home, plan: &Plan, document: &ChangeDocument) {
    if command == "install" && home.record.release.is_some() {
        session.voice.say("This home is installed already; updating it.");
    }
    let heading = format!("{}  {}", plan_text::releases(document), document.home);
    session.voice.say(&styled(style::STRONG, heading));
    let steps = plan_text::steps(plan, session.voice.is_verbose());
    if !steps.is_empty() {
        session.voice.say(&format!("\n{steps}"));
    }
    let advisories = plan_text::advisories(document);
    if !advisories.is_empty() {
        session.voice.insist(&advisories);
    }
    let conflicts = plan_text::conflicts(&document.conflicts, &document.home);
    if !conflicts.is_empty() {
        session.voice.insist(&format!("\n{conflicts}"));
    }
}

/// Says how it ended; `rollback` uses it, too.
pub fn conclude(session: &mut Session, document: &ChangeDocument) {
    if document.committed {
        let number = document.generation;
        session.voice.say(&format!("\nDone: generation {number}. To undo it: mosaic rollback"));
    } else {
        session.voice.say("Nothing to do.");
    }
}

fn exit(asked: &UpdateArgs, plan: &Plan, document: &ChangeDocument) -> Exit {
    match () {
        () if !document.conflicts.is_empty() => Exit::NeedsPerson,
        () if asked.exit_code && plan.commits => Exit::Differences,
        () => Exit::Done,
    }
}
