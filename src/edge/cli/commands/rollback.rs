//! `rollback`: every path that later generations changed goes back.

use crate::edge::cli::options::{LockArgs, generation};
use clap::Args as ClapArgs;

use crate::decide::home::rollback;
use crate::decide::migrate::RENAME_SOCKET;
use crate::decide::migrate::socket::live_socket::SocketVerdict;
use crate::edge::cli::commands::change::{
    carry_out, conclude, describe, exit, foretell_units, hide_sleeping, tell_stale, tell_steps,
    vet_files,
};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::ChangeDocument;
use crate::edge::report::plan_text;
use crate::edge::report::voice::{style, styled};
use crate::effects::fleet::live_verdict;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::{Home, Recovery};
use crate::effects::os::host;
use crate::effects::outside::reach::Reach;
use crate::model::plan::Plan;
use crate::model::record::Record;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic rollback --dry-run
  mosaic rollback 3

A rollback is a generation of its own: to undo it, roll back again.";

/// Arguments of `rollback`.
#[derive(Debug, ClapArgs)]
pub struct RollbackArgs {
    /// The generation to go back to; 0 is the home before Mosaic
    #[arg(value_parser = generation, allow_negative_numbers = true)]
    pub generation: Option<u64>,
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// Goes back to a generation.
pub fn run(session: &mut Session, asked: &RollbackArgs) -> Result<Exit, CommandError> {
    if asked.dry_run {
        let home = session.look_at_recorded()?;
        session.tell_pending(&home);
        let (number, plan) = decide(session, &home, asked)?;
        let mut document = describe(session, "rollback", &home, &plan);
        document.dry_run = true;
        document.recovery_pending = home.recovery_pending;
        let _ = foretell_units(session, &home, &plan, &mut document);
        tell(session, number, &plan, &document);
        tell_stale(session, &document);
        session.voice.say("\nDry run: nothing was written.");
        session.voice.document(&document);
        return Ok(Exit::Done);
    }
    session.look_at_recorded()?;
    let entered = session.enter(false, asked.lock, Recovery::Finish)?;
    let (number, plan) = decide(session, &entered.home, asked)?;
    let document = carry_out(session, &entered, &plan, "rollback", None)?;
    tell(session, number, &plan, &document);
    conclude(session, &document);
    session.voice.document(&document);
    Ok(exit(&document))
}

fn decide(
    session: &Session,
    home: &Home,
    asked: &RollbackArgs,
) -> Result<(u64, Plan), CommandError> {
    let Some(state) = &home.state else {
        return Err(CommandError::NoRecord(session.home.clone()));
    };
    let last = home.generation;
    let there = state.generations()?;
    let number = asked.generation.unwrap_or(last.saturating_sub(1));
    if number > last {
        return Err(CommandError::NoGeneration { number, last });
    }
    let way_back = state.way_back()?;
    if number < way_back {
        let missing = (number..way_back)
            .rev()
            .find(|number| !there.contains(number) && *number > 0);
        return Err(CommandError::GenerationGone {
            number,
            missing: missing.unwrap_or(number),
        });
    }
    let later: Result<Vec<_>, _> = (number + 1..=last)
        .map(|later| state.journal(later))
        .collect();
    home.folders
        .keep_within(|| Reach::look(&home.root, &session.surroundings));
    let witness = DiskEvidence::new(home, None);
    let mut plan = rollback::plan(
        number,
        &state.record(number)?,
        &later?,
        host::umask(),
        &witness,
    )?;
    redo_live_socket(session, home, &mut plan)?;
    plan.commits = !plan.intents.is_empty() || plan.record != home.record;
    hide_sleeping(home, &mut plan.unsettled)?;
    vet_files(home, &mut plan)?;
    Ok((number, plan))
}

/// A rollback that brings the socket's new name back takes along the server that runs now, if it can.
fn redo_live_socket(session: &Session, home: &Home, plan: &mut Plan) -> Result<(), CommandError> {
    let renames = |record: &Record| record.ledger.has_edited(RENAME_SOCKET);
    if !renames(&plan.record) || renames(&home.record) {
        return Ok(());
    }
    match live_verdict(home, &session.surroundings) {
        SocketVerdict::Refused(reason) => Err(CommandError::LiveSocket(reason)),
        SocketVerdict::Adopt(adoption) => {
            plan.record.live_socket = Some(adoption);
            Ok(())
        }
        SocketVerdict::Already | SocketVerdict::Nothing => Ok(()),
    }
}

fn tell(session: &mut Session, number: u64, plan: &Plan, document: &ChangeDocument) {
    let heading = format!(
        "{}  back to generation {number}  {}",
        plan_text::releases(document),
        document.home
    );
    session.voice.say(&styled(style::STRONG, heading));
    if plan.steps.is_empty() {
        session.voice.say("\n  No file differs.");
    }
    tell_steps(session, plan, document);
}
