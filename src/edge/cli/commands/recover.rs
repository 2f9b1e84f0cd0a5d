//! `recover`: finishes an interrupted run, and does what a commit left to be done.

use crate::edge::cli::options::LockArgs;
use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::effects::apply::Recovered;
use crate::effects::home::{Home, Recovery};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Example:
  mosaic recover

Every command that changes the home does this first; `recover` does nothing else.";

/// Arguments of `recover`.
#[derive(Debug, ClapArgs)]
pub struct RecoverArgs {
    /// Leave as it is what cannot be finished, and end the recovery
    #[arg(long)]
    pub keep_current: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `recover`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecoverDocument {
    /// `mosaic.recover/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The generation that was finished; null where nothing was interrupted.
    pub finished_generation: Option<u64>,
    /// Where a transaction is that could not be finished and was given up; null where none was.
    pub given_up: Option<String>,
    /// Paths where the operator's version stayed.
    pub overtaken: Vec<String>,
    /// What was still to be done and is done now.
    pub done: Vec<String>,
}

/// Recovers.
pub fn run(session: &mut Session, asked: &RecoverArgs) -> Result<Exit, CommandError> {
    let before = Home::look(&session.home)?;
    if before.state.is_none() {
        return report(session, RecoverDocument::nothing(session.home_text()));
    }
    let recovery = if asked.keep_current {
        Recovery::KeepCurrent
    } else {
        Recovery::Finish
    };
    let entered = session.enter(false, asked.lock, recovery)?;
    let mut document = RecoverDocument {
        done: session
            .aftermath
            .done
            .iter()
            .map(ToString::to_string)
            .collect(),
        ..RecoverDocument::nothing(session.home_text())
    };
    match &entered.recovered {
        Recovered::Nothing => {}
        Recovered::Finished(committed) => {
            document.finished_generation = Some(committed.generation);
            document.overtaken = committed
                .overtaken
                .iter()
                .map(ToString::to_string)
                .collect();
        }
        Recovered::GivenUp(folder) => document.given_up = Some(format!(".mosaic/{folder}")),
    }
    report(session, document)
}

fn report(session: &mut Session, document: RecoverDocument) -> Result<Exit, CommandError> {
    for path in &document.overtaken {
        let is_outside = path.starts_with('/');
        let next = if is_outside {
            "mosaic update looks at it again"
        } else {
            "what was to come is in mosaic resolve"
        };
        session
            .voice
            .insist(&format!("  {path}: your version stayed; {next}"));
    }
    if let Some(folder) = &document.given_up {
        session.voice.insist(&format!(
            "Given up; what it had put aside is in {folder}. See: mosaic verify"
        ));
    } else if document.finished_generation.is_none()
        && document.done.is_empty()
        && session.aftermath.undone.is_empty()
    {
        session.voice.say("Nothing to recover.");
    }
    for done in &document.done {
        session.voice.say(&format!("Done: {done}."));
    }
    let is_held_up = session.aftermath.undone.iter().any(|left| !left.is_waiting);
    let is_done = document.overtaken.is_empty() && document.given_up.is_none() && !is_held_up;
    let exit = if is_done {
        Exit::Done
    } else {
        Exit::NeedsPerson
    };
    session.voice.document(&document);
    Ok(exit)
}

impl RecoverDocument {
    fn nothing(home: String) -> Self {
        let (overtaken, done) = (Vec::new(), Vec::new());
        Self {
            schema: schema_name("recover"),
            home,
            finished_generation: None,
            given_up: None,
            overtaken,
            done,
        }
    }
}
