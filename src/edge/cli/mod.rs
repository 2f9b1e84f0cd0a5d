//! The command line: arguments in, one command run, an exit status out.

mod args;
mod command;
pub(crate) mod commands;
pub(crate) mod completion;
mod habits;
mod options;
mod schemas;
mod session;

use std::io;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{CommandFactory, FromArgMatches};

use crate::edge::cli::args::Args;
use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::ErrorDocument;
use crate::edge::report::fault;
use crate::edge::report::narrator::Narrator;
use crate::edge::report::output::{Output, Verbosity};
use crate::edge::report::question;
use crate::effects::os::disk::needed;
use crate::effects::os::host;
use crate::ops::Error;
use crate::ops::elsewhere::{carry_out, is_asked_from_afar};
use crate::ops::fleet::handover::{HandedOver, hand_over};

pub use schemas::schemas;

/// The command line, as clap knows it.
pub fn command_line() -> clap::Command {
    Args::command()
}

/// Runs the program.
pub fn main() -> ExitCode {
    if completion::answer(command_line) {
        return ExitCode::SUCCESS;
    }
    let matches = match Args::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return clap_exit(error),
    };
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => return clap_exit(error),
    };
    let command = args.chosen();
    let output = Output::new(args.everywhere.json, verbosity(&args), color(&args));
    let mut exit = run(&args, command, &output).unwrap_or_else(|error| fail(&error, &args));
    if let Some(error) = output.lost() {
        let problem = format!("error: the answer could not be written: {error}");
        Output::for_errors(color(&args)).warn(&problem);
        if command.only_looks() {
            exit = Exit::Failed;
        }
    }
    ExitCode::from(exit as u8)
}

fn run(args: &Args, command: &dyn Command, output: &Output) -> Result<Exit, CommandError> {
    if let Some(host) = command.on().filter(|_| !is_asked_from_afar()) {
        let has_terminal = question::can_be_asked() && output.is_on_terminal();
        let status = carry_out(host, has_terminal).map_err(Error::from)?;
        return Ok(Exit::of(status));
    }
    needed::check()?;
    let narrator = Narrator::new(output, session::flags(&args.everywhere));
    let needs_home = command.needs_home();
    let mut session = Session::new(&args.everywhere, needs_home, &narrator, command_line)?;
    if let Some(timeout) = command.lock_timeout() {
        session = session.waiting(timeout);
    }
    let handed_over = if command.ends_sessions() {
        hand_over(&session.context)?
    } else {
        None
    };
    match handed_over {
        Some(handed_over) => Ok(repeat(output, &handed_over)),
        None => command.run(&session),
    }
}

/// Repeats what a command said that the user manager has carried out.
fn repeat(output: &Output, handed_over: &HandedOver) -> Exit {
    output.repeat(&handed_over.text, &handed_over.errors);
    Exit::of(handed_over.status)
}

/// Prints clap's own messages, and ends with clap's exit statuses: 0 for help, 2 for bad usage.
fn clap_exit(mut error: clap::Error) -> ExitCode {
    habits::suggest(&mut error);
    let printed = error.print();
    let is_lost = |error: io::Error| error.kind() != io::ErrorKind::BrokenPipe;
    if printed.err().is_some_and(is_lost) && !error.use_stderr() {
        return ExitCode::from(Exit::Failed as u8);
    }
    if error.use_stderr() && host::arguments().any(|argument| argument == "--json") {
        let text = error.to_string();
        let problem = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let usage = CommandError::Usage(problem.to_owned());
        let tip = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("tip: "));
        Output::new(true, Verbosity::Quiet, ColorChoice::Never).document(&ErrorDocument {
            help: tip.map(str::to_owned),
            ..fault::document(&usage, "")
        });
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8))
}

/// Errors go to stderr, whoever listens on stdout.
fn fail(error: &CommandError, args: &Args) -> Exit {
    let color = color(args);
    let flags = session::flags(&args.everywhere);
    Output::for_errors(color).warn(&fault::text(error, &flags));
    if args.everywhere.json {
        Output::new(true, Verbosity::Normal, color).document(&fault::document(error, &flags));
    }
    error.exit()
}

fn verbosity(args: &Args) -> Verbosity {
    if args.everywhere.quiet {
        Verbosity::Quiet
    } else if args.everywhere.verbose {
        Verbosity::Verbose
    } else {
        Verbosity::Normal
    }
}

fn color(args: &Args) -> ColorChoice {
    match args.everywhere.color {
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
        clap::ColorChoice::Auto => ColorChoice::Auto,
    }
}
