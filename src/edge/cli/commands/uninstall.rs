//! `uninstall`: removes what the record owns and nothing else.

use crate::edge::cli::options::LockArgs;
use crate::edge::report::layout;
use clap::Args as ClapArgs;

use crate::decide::home::uninstall;
use crate::decide::plan::classes::Classes;
use crate::edge::cli::commands::change::{
    carry_out, describe, exit, foretell_units, tell_stale, tell_steps, vet_files,
};
use crate::edge::cli::commands::stale;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{ChangeDocument, UnitLines};
use crate::edge::report::question;
use crate::edge::report::voice::{style, styled};
use crate::effects::bundle::BundleError;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::{Home, Recovery};
use crate::effects::outside::reach::Reach;
use crate::effects::outside::units::UnitsDirectory;
use crate::effects::scan::scan;
use crate::effects::state::State;
use crate::model::plan::{Action, Plan};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic uninstall --dry-run
  mosaic uninstall --yes

Files that you edited, preserved or were given to start from stay. It is a generation of its own: mosaic rollback brings everything back, from what is kept in .mosaic.";

/// Arguments of `uninstall`.
#[derive(Debug, ClapArgs)]
pub struct UninstallArgs {
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
    /// Answer yes to every question
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// Uninstalls.
pub fn run(session: &mut Session, asked: &UninstallArgs) -> Result<Exit, CommandError> {
    if asked.dry_run {
        let home = session.look_at_recorded()?;
        session.tell_pending(&home);
        let plan = decide(session, &home)?;
        let mut document = describe(session, "uninstall", &home, &plan);
        document.dry_run = true;
        document.recovery_pending = home.recovery_pending;
        let _ = foretell_units(session, &home, &plan, &mut document);
        tell(session, &plan, &document);
        session.voice.say("\nDry run: nothing was written.");
        session.voice.document(&document);
        return Ok(Exit::Done);
    }
    let confirmed = confirm(session, asked)?;
    let entered = session.enter(false, asked.lock, Recovery::Finish)?;
    let plan = decide(session, &entered.home)?;
    if let Some(seen) = confirmed.filter(|seen| seen.digest() != plan.digest()) {
        let (asked, found) = (
            format!("sha256:{}", seen.digest()),
            format!("sha256:{}", plan.digest()),
        );
        return Err(CommandError::OtherPlan { asked, found });
    }
    // Afterwards no unit says any more that it is this home's.
    let mut units = UnitLines::default();
    let _ = stale::find(session, &entered.home, Some(&plan), &mut units);
    let mut document = carry_out(session, &entered, &plan, "uninstall", None)?;
    document.units.stale = units.stale;
    tell(session, &plan, &document);
    match document.committed {
        true => {
            let (done, undo) = (
                "Uninstalled. To bring it back:",
                session.command("rollback"),
            );
            let text = layout::lead_to(done, &undo, session.voice.columns());
            session.voice.say(&format!("\n{text}"));
        }
        false => session.voice.say("Nothing is installed here."),
    }
    session.voice.document(&document);
    Ok(exit(&document))
}

/// Asks a person who is there to be asked; returns the plan that he agreed to.
fn confirm(session: &mut Session, asked: &UninstallArgs) -> Result<Option<Plan>, CommandError> {
    let home = session.look_at_recorded()?;
    if asked.yes || home.recovery_pending || !question::can_be_asked() {
        return Ok(None);
    }
    let plan = decide(session, &home)?;
    if !plan.commits {
        return Ok(None);
    }
    let removed = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Remove)
        .count();
    let text = format!("Remove {removed} files from {}?", session.home_text());
    question::ask(session.voice, &session.interrupt, &text)?;
    Ok(Some(plan))
}

fn decide(session: &Session, home: &Home) -> Result<Plan, CommandError> {
    let classes = Classes::of_operator(&home.preserve_text).map_err(BundleError::from)?;
    let paths: Vec<_> = home.record.entries.keys().cloned().collect();
    let cache = home.state.as_ref().map(State::cache).unwrap_or_default();
    let found = scan(&home.root, &paths, &cache)?.found;
    let found = paths.into_iter().zip(found).collect();
    home.folders
        .keep_within(|| Reach::look(&home.root, &session.surroundings));
    let witness = DiskEvidence::new(home, None);
    let enabled = UnitsDirectory::look(&home.root, &session.surroundings).enabled();
    let mut plan = uninstall::plan(&home.record, &found, &classes, &enabled, &witness)?;
    vet_files(home, &mut plan)?;
    Ok(plan)
}

fn tell(session: &mut Session, plan: &Plan, document: &ChangeDocument) {
    session.voice.say(&styled(
        style::STRONG,
        format!("mosaic uninstall  {}", document.home),
    ));
    tell_steps(session, plan, document);
    tell_stale(session, document);
}
