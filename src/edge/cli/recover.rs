//! `recover`: finishes an interrupted run, and does what a commit left to be done.

use crate::edge::cli::args::RecoverArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{RecoverDocument, schema_name};
use crate::effects::home::{Home, Recovery};

/// Recovers.
pub fn run(session: &mut Session, asked: &RecoverArgs) -> Result<Exit, CommandError> {
    let before = Home::look(&session.home)?;
    let pending = match &before.state {
        Some(state) => state.pending(before.generation)?,
        None => Vec::new(),
    };
    if before.state.is_none() {
        return report(session, RecoverDocument::nothing(session.home_text()));
    }
    let recovery = if asked.keep_current { Recovery::KeepCurrent } else { Recovery::Finish };
    let entered = session.enter(false, asked.lock, recovery)?;
    let waits = match &entered.home.state {
        Some(state) => state.pending(before.generation)?,
        None => Vec::new(),
    };
    let recovered = entered.recovered.as_ref();
    let overtaken = recovered.map(|recovered| recovered.overtaken.iter().map(ToString::to_string).collect());
    let document = RecoverDocument {
        finished_generation: recovered.map(|recovered| recovered.generation),
        overtaken: overtaken.unwrap_or_default(),
        done: pending.iter().filter(|action| !waits.contains(action)).map(ToString::to_string).collect(),
        ..RecoverDocument::nothing(session.home_text())
    };
    report(session, document)
}

fn report(session: &mut Session, document: RecoverDocument) -> Result<Exit, CommandError> {
    for path in &document.overtaken {
        session
            .voice
            .insist(&format!("  {path}: your version stayed; what was to come is in mosaic resolve"));
    }
    if document.finished_generation.is_none() && document.done.is_empty() {
        session.voice.say("Nothing to recover.");
    }
    for done in &document.done {
        session.voice.say(&format!("Done: {done}."));
    }
    let exit = if document.overtaken.is_empty() { Exit::Done } else { Exit::NeedsPerson };
    session.voice.document(&document);
    Ok(exit)
}

impl RecoverDocument {
    fn nothing(home: String) -> Self {
        let (overtaken, done) = (Vec::new(), Vec::new());
        Self { schema: schema_name("recover"), home, finished_generation: None, overtaken, done }
    }
}
