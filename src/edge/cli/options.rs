//! Options that commands share, and how their values are read.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser, ValueHint};
use clap::{Args as ClapArgs, ColorChoice};

use crate::effects::os::pager;

/// Options of every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Everywhere {
    /// The Mosaic home [default: $XDG_CONFIG_HOME/mosaic, else ~/.config/mosaic]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "MOSAIC_HOME",
        hide_env_values = true
    )]
    #[arg(value_parser = OsStringValueParser::new().try_map(home), value_hint = ValueHint::DirPath)]
    pub home: Option<PathBuf>,
    /// Where systemd reads your units [default: $XDG_CONFIG_HOME/systemd/user, else ~/.config/systemd/user]
    #[arg(long, global = true, hide_short_help = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    #[arg(value_parser = OsStringValueParser::new().try_map(expanded))]
    pub units_dir: Option<PathBuf>,
    /// One JSON document on stdout; on stderr only errors and warnings
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour; NO_COLOR and CLICOLOR_FORCE are honoured
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub color: ColorChoice,
    /// Say only what needs you
    #[arg(
        short,
        long,
        global = true,
        hide_short_help = true,
        conflicts_with = "verbose"
    )]
    pub quiet: bool,
    /// Tell every path, those that stay included
    #[arg(short, long, global = true, hide_short_help = true)]
    pub verbose: bool,
}

/// The option of commands that another host may carry out.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct ElsewhereArgs {
    /// Let another host do it, by ssh: all other words are about that host
    #[arg(short = 'H', long = "on", global = true, value_name = "USER@HOST", value_parser = destination)]
    pub on: Option<String>,
}

/// A destination for ssh: never an option, never a second word.
fn destination(text: &str) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_.@:%[]-".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (begins && text.chars().all(is_part))
        .then(|| text.to_owned())
        .ok_or_else(|| "write a destination such as user@host".to_owned())
}

/// The option of commands that wait for the lock.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub(crate) struct LockArgs {
    /// Wait this many seconds for another run to end
    #[arg(long, hide_short_help = true, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub lock_timeout: Duration,
}

/// The option of commands that show a long text.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub(crate) struct PagerArgs {
    /// Do not use a pager ($MOSAIC_PAGER, $PAGER or less) on a terminal
    #[arg(long, hide_short_help = true)]
    pub no_pager: bool,
}

impl PagerArgs {
    /// The pager to use, if one is wanted.
    pub(crate) fn pager(&self) -> Option<OsString> {
        pager::wanted().filter(|_| !self.no_pager)
    }
}

/// A number of a generation.
pub(super) fn generation(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        "it must be the number of a generation, as `mosaic history` lists them".to_owned()
    })
}

/// An empty name is a mistake, most often a variable that is not set: it is not taken for the usual home.
fn home(text: OsString) -> Result<PathBuf, &'static str> {
    let problem = "it must name a directory; is $MOSAIC_HOME, or a variable in the command, empty?";
    if text.is_empty() {
        return Err(problem);
    }
    expanded(text)
}

/// A `~` that comes this far was in quotes, in a crontab or in a file of variables: a folder of that name would be made.
fn expanded(text: OsString) -> Result<PathBuf, &'static str> {
    if text.as_encoded_bytes().starts_with(b"~") {
        Err(
            "it begins with a ~ that no shell has expanded: write $HOME or the whole path instead (for a folder of that name: ./~)",
        )
    } else {
        Ok(text.into())
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let problem = || "it must be a number of seconds, such as 10 or 0.5".to_owned();
    let seconds: f64 = text.parse().map_err(|_| problem())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| problem())
}
