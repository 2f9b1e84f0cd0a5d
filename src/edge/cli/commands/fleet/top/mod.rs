//! `fleet top`: the table of `fleet ps` as it changes, to sort, filter and look into; acts only by a key that asks first.

mod drawing;
mod state;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use schemars::Schema;

use crate::decide::doctor::quoted;
use crate::edge::cli::command::Command;
use crate::edge::cli::commands::fleet::roster::RosterArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::full_screen::{FullScreen, Input, can_be_taken};
use crate::edge::report::keys::Key;
use crate::edge::report::question::pause;
use crate::effects::os::host;
use crate::effects::os::process::run_at_terminal;
use crate::ops::fleet::top::{FleetLook, fleet_look};
use crate::ops::{Context, Error};
use state::{Effect, Mode, State};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Example:
  mosaic fleet top

Keys: q quits, ? lists all. N C R S I H P U F sort by the column of that letter; / filters; Enter shows
the selected agent with its last lines; w watches its screen. r restarts it, s stops it, z resets its
context, a attaches to it: each shows the command first, and runs it if you press y.
Once in a file, or for a program: mosaic fleet ps";

/// Time between two looks.
const LOOK_EACH: Duration = Duration::from_secs(1);

/// Arguments of `fleet top`.
#[derive(Debug, ClapArgs)]
pub(crate) struct TopArgs {
    /// The roster
    #[command(flatten)]
    pub roster: RosterArgs,
}

impl Command for TopArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        if session.output.is_json() || !can_be_taken() {
            let usage = "top needs a terminal; to read: mosaic fleet ps";
            return Err(Error::Usage(usage.to_owned()).into());
        }
        let mut flags = session.flag_words.clone();
        if let Some(roster) = self.roster.named() {
            flags.extend(["--roster".to_owned(), roster.display().to_string()]);
        }
        let mut state = State::new(flags);
        // What is wrong with the home or the roster is said before the screen is taken.
        state.looked(Ok(self.look(&session.context, None)?));
        if let Err(error) = self.show(session, &mut state) {
            session.output.lose(Err(error));
        }
        Ok(Exit::Done)
    }
}

impl TopArgs {
    fn look(&self, context: &Context, screen_of: Option<&str>) -> Result<FleetLook, Error> {
        fleet_look(context, self.roster.named(), screen_of)
    }

    fn look_again(&self, context: &Context, state: &mut State) {
        let look = self.look(context, state.wants_screen().as_deref());
        state.looked(look.map_err(|error| CommandError::from(error).message()));
    }

    fn show(&self, session: &Session, state: &mut State) -> std::io::Result<()> {
        // What is told of a look would be written across the screen.
        let context = session.context.unobserved();
        let shown_on = session.output.screen();
        let mut screen = FullScreen::take()?;
        let mut until = Instant::now() + LOOK_EACH;
        loop {
            screen.draw(|frame| {
                let area = frame.area();
                state.is_asked_whole = drawing::draw(state, shown_on, area, frame.buffer_mut());
            })?;
            let effects = match screen.next(&context, until)? {
                Input::End => return Ok(()),
                Input::Draw => vec![Effect::Draw],
                Input::Time => vec![Effect::Look],
                Input::Keys(keys) => taken(state, &keys),
            };
            for effect in effects {
                match effect {
                    Effect::Draw => {}
                    Effect::Redraw => screen.forget()?,
                    Effect::Quit => return Ok(()),
                    Effect::Suspend => screen.suspend()?,
                    Effect::Look => until = Instant::now(),
                    Effect::Run(words) => {
                        screen.aside(|| run(session, &words))?;
                        until = Instant::now();
                    }
                }
            }
            if until <= Instant::now() {
                self.look_again(&context, state);
                until = Instant::now() + LOOK_EACH;
            }
        }
    }
}

/// Takes keys in that came together. What came with the key that made a question does not answer it: nobody has read it.
fn taken(state: &mut State, keys: &[Key]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys {
        let was_asked = matches!(state.mode, Mode::Ask(_));
        effects.push(state.key(key));
        if !was_asked && matches!(state.mode, Mode::Ask(_)) {
            break;
        }
    }
    effects
}

/// Runs a command of ours at this terminal, as a person would type it, and waits until what it said was read.
fn run(session: &Session, words: &[String]) {
    let shown: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    session
        .output
        .print(&format!("$ mosaic {}", shown.join(" ")));
    let ended = host::own_program().and_then(|program| run_at_terminal(&program, words));
    if let Err(error) = ended {
        session
            .output
            .warn(&format!("it could not be run: {error}"));
    }
    pause(
        session.output,
        &session.context,
        "Enter goes back to the table. ",
    );
}
