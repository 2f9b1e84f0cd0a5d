//! The session of a command: the context of its operations, and the output.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::decide::doctor::quoted;
use crate::decide::home::standing::from_home;
use crate::edge::cli::options::Everywhere;
use crate::edge::error::CommandError;
use crate::edge::report::narrator::Narrator;
use crate::edge::report::output::Output;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::outside;
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
        let mut paths = Vec::new();
        for text in arguments {
            if self.is_home(text)? {
                return Ok(None);
            }
            paths.push(self.path_in_home(text)?);
        }
        Ok((!paths.is_empty()).then_some(paths))
    }

    /// Tells whether a path argument names the home itself.
    fn is_home(&self, text: &str) -> Result<bool, CommandError> {
        Ok(!text.is_empty() && self.below_home(text)?.as_os_str().is_empty())
    }

    /// Reads a path argument: an absolute one below the home, or one from where the person stands in the home, or from
    /// the home.
    pub(crate) fn path_in_home(&self, text: &str) -> Result<RelPath, CommandError> {
        let path = self.below_home(text)?;
        let plain = path.to_str().ok_or_else(|| self.outside(text))?;
        RelPath::parse(plain).map_err(|why| CommandError::Path {
            path: text.to_owned(),
            why,
        })
    }

    fn below_home(&self, text: &str) -> Result<PathBuf, CommandError> {
        let home = &self.context.home;
        let path = Path::new(text);
        let is_there = |path: &Path| outside::is_there(&home.join(path));
        let read = if path.is_absolute() {
            let below = path.strip_prefix(home);
            below
                .ok()
                .and_then(|below| from_home(below, Path::new(""), is_there))
        } else {
            from_home(path, &self.here(), is_there)
        };
        read.ok_or_else(|| self.outside(text))
    }

    /// The place where the person stands, from the home; empty where that is not below it.
    fn here(&self) -> PathBuf {
        let here = std::path::absolute(".").map(|here| resolved(&here));
        let home = resolved(&self.context.home);
        let below = here
            .ok()
            .and_then(|here| here.strip_prefix(home).ok().map(Path::to_owned));
        below.unwrap_or_default()
    }

    fn outside(&self, text: &str) -> CommandError {
        CommandError::OutsideHome {
            path: text.to_owned(),
            home: self.context.home.clone(),
        }
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
