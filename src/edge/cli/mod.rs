//! The command line: arguments in, one command run, an exit status out.

mod args;
pub mod commands;
mod options;
pub mod schemas;
mod selection;
mod session;

use std::process::ExitCode;

use anstream::ColorChoice;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches};

use crate::edge::cli::commands::{
    bundle, completions, diff, doctor, fleet, gc, history, man, matrix, migrate, recover, resolve,
    rollback, status, uninstall, update, verify, why,
};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::fault;
use crate::edge::report::voice::{Output, Verbosity};
use crate::effects::os::host;

pub use args::{Args, Verb};
pub use session::Session;

/// Runs the program.
pub fn main() -> ExitCode {
    let matches = match Args::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return clap_exit(error),
    };
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => return clap_exit(error),
    };
    let mut voice = Output::new(args.everywhere.json, loudness(&args), color(&args));
    let mut exit = run(&args, &mut voice).unwrap_or_else(|error| fail(&error, &args));
    if let Some(error) = voice.lost() {
        Output::for_errors(color(&args))
            .insist(&format!("error: the answer could not be written: {error}"));
        if args.verb.only_looks() {
            exit = Exit::Failed;
        }
    }
    ExitCode::from(exit as u8)
}

fn run(args: &Args, voice: &mut Output) -> Result<Exit, CommandError> {
    let mut session = Session::new(&args.everywhere, args.verb.needs_home(), voice)?;
    let outcome = match &args.verb {
        Verb::Completions(asked) => Ok(completions::run(session.voice, Args::command(), asked)),
        Verb::Man(asked) => man::run(session.voice, Args::command(), asked),
        Verb::Install(asked) => update::install(&mut session, asked),
        Verb::Update(asked) => update::update(&mut session, asked),
        Verb::Status(asked) => status::run(&mut session, asked),
        Verb::Verify(_) => verify::run(&mut session),
        Verb::Diff(asked) => diff::run(&mut session, asked),
        Verb::Doctor(asked) => doctor::run(&mut session, asked),
        Verb::Why(asked) => why::run(&mut session, asked),
        Verb::Resolve(asked) => resolve::run(&mut session, asked),
        Verb::History(asked) => history::run(&mut session, asked),
        Verb::Gc(asked) => gc::run(&mut session, asked),
        Verb::Rollback(asked) => rollback::run(&mut session, asked),
        Verb::Migrate(asked) => migrate::run(&mut session, asked),
        Verb::Recover(asked) => recover::run(&mut session, asked),
        Verb::Fleet(asked) => fleet::run(&mut session, asked),
        Verb::Matrix(asked) => matrix::run(&mut session, asked),
        Verb::Bundle(asked) => bundle::run(&mut session, asked),
        Verb::Uninstall(asked) => uninstall::run(&mut session, asked),
    };
    outcome.map_err(|error| session.own_up(error))
}

/// Clap's own messages and exit statuses: 0 for help, 2 for bad usage.
fn clap_exit(mut error: clap::Error) -> ExitCode {
    suggest_show(&mut error);
    // A reader that has gone away is no failure.
    drop(error.print());
    if error.use_stderr() && host::arguments().any(|argument| argument == "--json") {
        let text = error.to_string();
        let problem = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let usage = CommandError::Usage(problem.to_owned());
        Output::new(true, Verbosity::Quiet, ColorChoice::Never)
            .document(&fault::document(&usage, ""));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8))
}

/// `history 3` is most likely meant for `history show 3`.
fn suggest_show(error: &mut clap::Error) {
    let meant = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if word.parse::<u64>().is_ok() => word.clone(),
        _ => return,
    };
    if host::arguments().any(|argument| argument == "history") {
        let tip = format!("to see what it changed: mosaic history show {meant}");
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
}

/// Errors go to stderr, whoever listens on stdout.
fn fail(error: &CommandError, args: &Args) -> Exit {
    let (color, at) = (color(args), session::at_home(&args.everywhere));
    Output::for_errors(color).insist(&fault::text(error, &at));
    if args.everywhere.json {
        Output::new(true, Verbosity::Normal, color).document(&fault::document(error, &at));
    }
    error.exit()
}

fn loudness(args: &Args) -> Verbosity {
    match (args.everywhere.quiet, args.everywhere.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    }
}

fn color(args: &Args) -> ColorChoice {
    match args.everywhere.color {
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
        clap::ColorChoice::Auto => ColorChoice::Auto,
    }
}
