//! The session of a command: the context of its operations, and the output.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::decide::doctor::quoted;
use crate::edge::cli::options::Everywhere;
use crate::edge::error::CommandError;
use crate::edge::report::narrator::Narrator;
use crate::edge::report::output::Output;
use crate::model::path::RelPath;
use crate::ops::Context;
use crate::ops::context::usual_home;

/// A run of one command.
pub(crate) struct Session<'a> {
    /// The context of operations.
    pub context: Context<'a>,
    /// The flags that make a command for people to type be about this home; each begins with a blank.
    pub flags: String,
    /// The words of those flags.
    pub flag_words: Vec<String>,
    /// The output for people and programs.
    pub output: &'a Output,
    /// The command line, as clap knows it: for the manual and for shells.
    pub command_line: fn() -> clap::Command,
}

impl<'a> Session<'a> {
    /// Finds the home and begins to listen for signals.
    pub(crate) fn new(
        everywhere: &Everywhere,
        needs_home: bool,
        narrator: &'a Narrator<'a>,
        command_line: fn() -> clap::Command,
    ) -> Result<Self, CommandError> {
        let home = everywhere.home.clone().or_else(usual_home);
        let context = match home {
            Some(home) => Context::new(&home)?,
            None if needs_home => return Err(CommandError::NoHome),
            None => Context::nowhere(),
        };
        let context = context.with_units_dir(everywhere.units_dir.clone());
        Ok(Self {
            context: context.listen_for_signals()?.observed_by(narrator),
            flags: flags(everywhere),
            flag_words: flag_words(everywhere),
            output: narrator.output(),
            command_line,
        })
    }

    /// Replaces the longest wait for another run that holds the lock.
    pub(crate) fn waiting(self, lock_timeout: Duration) -> Self {
        Self {
            context: self.context.with_lock_timeout(lock_timeout),
            ..self
        }
    }

    /// A command of ours for people to type, about this home.
    pub(crate) fn command(&self, words: &str) -> String {
        format!("mosaic {words}{}", self.flags)
    }

    /// The home's path for documents.
    pub(crate) fn home_text(&self) -> String {
        self.context.home.display().to_string()
    }

    /// Warns in a dry run that an interrupted run is to be finished first; what is foretold is of the home before.
    pub(crate) fn warn_of_recovery(&self) {
        let recover = self.command("recover");
        self.output.warn(&format!(
            "An interrupted run waits to be finished first: {recover}"
        ));
    }

    /// Reads path arguments; `None` where there are none or one is the home itself: then all is meant.
    pub(crate) fn chosen_paths(
        &self,
        arguments: &[String],
    ) -> Result<Option<Vec<RelPath>>, CommandError> {
        if arguments.is_empty() || arguments.iter().any(|text| self.is_home(text)) {
            return Ok(None);
        }
        let paths = arguments.iter().map(|text| self.path_in_home(text));
        paths.collect::<Result<_, _>>().map(Some)
    }

    /// Tells whether a path argument names the home itself.
    fn is_home(&self, text: &str) -> bool {
        let path = Path::new(text);
        let is_here = |path: &Path| path.components().all(|part| part == Component::CurDir);
        path == self.context.home || (!text.is_empty() && is_here(path))
    }

    /// Reads a path argument: relative to the home, or an absolute one below it.
    pub(crate) fn path_in_home(&self, text: &str) -> Result<RelPath, CommandError> {
        let home = &self.context.home;
        let outside = || CommandError::OutsideHome {
            path: text.to_owned(),
            home: home.clone(),
        };
        let path = Path::new(text);
        let below = if path.is_absolute() {
            path.strip_prefix(home).map_err(|_| outside())?
        } else {
            path
        };
        let parts = below.components();
        let plain: PathBuf = parts.filter(|part| *part != Component::CurDir).collect();
        let plain = plain.to_str().ok_or_else(outside)?;
        RelPath::parse(plain).map_err(|why| CommandError::Path {
            path: text.to_owned(),
            why,
        })
    }
}

/// The flags that a command needs to be about the same home and units; empty where they are the usual ones.
pub(super) fn flags(everywhere: &Everywhere) -> String {
    let words = flag_words(everywhere).into_iter();
    words.map(|word| format!(" {}", quoted(&word))).collect()
}

fn flag_words(everywhere: &Everywhere) -> Vec<String> {
    let absolute = |home: PathBuf| std::path::absolute(home).ok();
    let usual = usual_home().and_then(absolute);
    let named = everywhere.home.clone().and_then(absolute);
    let named = named.filter(|named| usual.as_ref() != Some(named));
    let flag = |name: &str, path: &Path| [name.to_owned(), path.display().to_string()];
    let home = named.map(|home| flag("--home", &home));
    let units = everywhere.units_dir.as_ref();
    let units = units.map(|units| flag("--units-dir", units));
    home.into_iter().chain(units).flatten().collect()
}
