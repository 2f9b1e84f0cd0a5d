//! `fleet install`: env files, units and what starts with the user manager, in one transaction.

use crate::edge::cli::options::LockArgs;
use crate::edge::report::layout;
use clap::Args as ClapArgs;

use crate::decide::fleet::install;
use crate::edge::cli::commands::change::{carry_out, conclude, exit, tell_steps, vet_files};
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::voice::{style, styled};
use crate::effects::bundle::{Source, earlier};
use crate::effects::fleet::install::look;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::{Home, Recovery};
use crate::model::plan::Plan;
use crate::model::roster::Roster;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Example:
  mosaic fleet install

Starts nothing. Your own lines in env files, units that you edited and units that you masked stay as they are. To undo it: mosaic rollback.";

/// Arguments of `fleet install`.
#[derive(Debug, ClapArgs)]
pub struct InstallArgs {
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// Installs.
pub fn run(session: &mut Session, asked: &InstallArgs) -> Result<Exit, CommandError> {
    session.look_at_recorded()?;
    let roster = asked.roster.read(session)?;
    let entered = session.enter(false, asked.lock, Recovery::Finish)?;
    let plan = decide(session, &entered.home, &roster)?;
    let document = carry_out(session, &entered, &plan, "fleet install", None)?;
    session.voice.say(&styled(
        style::STRONG,
        format!("mosaic fleet install  {}", document.home),
    ));
    tell_steps(session, &plan, &document);
    conclude(session, &document);
    if document.committed {
        let (next, columns) = (session.command("fleet start"), session.voice.columns());
        session
            .voice
            .say(&layout::lead_to("To start it:", &next, columns));
    }
    session.voice.document(&document);
    Ok(exit(&document))
}

fn decide(session: &Session, home: &Home, roster: &Roster) -> Result<Plan, CommandError> {
    let earlier = earlier(&Source::Embedded.manifest()?.release.bundle)?;
    let site = look(home, &session.surroundings, roster, &earlier)?;
    let mut plan = install::plan(&site, &DiskEvidence::new(home, None))?;
    vet_files(home, &mut plan)?;
    Ok(plan)
}
