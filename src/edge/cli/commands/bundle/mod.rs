//! `bundle`: for those who make releases.

pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod new;
pub(crate) mod pack;
pub(crate) mod show;

use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};
use schemars::Schema;

use crate::decide::bundle::remarks::Remark;
use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::plan_text::GROUP_MAX;

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic bundle pack ./mosaic-0.2.0 \\
    -o mosaic-0.2.0.tar.zst
  mosaic bundle check \\
    mosaic-0.2.0.tar.zst
  mosaic update \\
    --from mosaic-0.2.0.tar.zst";

/// Arguments of `bundle`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BundleArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: BundleVerb,
}

/// The commands of `bundle`.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleVerb {
    /// Start a bundle: bundle.toml and a changelog
    #[command(after_help = new::EXAMPLE)]
    New(new::NewArgs),
    /// Pack a bundle directory into one file; the same bundle gives the same bytes
    #[command(after_help = pack::EXAMPLE)]
    Pack(pack::PackArgs),
    /// Read a bundle whole and check it as an update would
    #[command(after_help = check::EXAMPLE)]
    Check(check::CheckArgs),
    /// Show what a bundle declares and ships
    #[command(after_help = show::EXAMPLE)]
    Show(show::BundleShowArgs),
    /// Show what a home would see that goes from one bundle to another
    #[command(after_help = diff::EXAMPLE)]
    Diff(diff::BundleDiffArgs),
}

impl BundleVerb {
    /// The command that was named.
    fn command(&self) -> &dyn Command {
        match self {
            Self::New(args) => args,
            Self::Diff(args) => args,
            Self::Pack(args) => args,
            Self::Check(args) => args,
            Self::Show(args) => args,
        }
    }
}

impl Command for BundleArgs {
    fn needs_home(&self) -> bool {
        self.verb.command().needs_home()
    }

    fn only_looks(&self) -> bool {
        self.verb.command().only_looks()
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.verb.command().lock_timeout()
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        [
            new::NewArgs::documents(),
            diff::BundleDiffArgs::documents(),
            pack::PackArgs::documents(),
            check::CheckArgs::documents(),
            show::BundleShowArgs::documents(),
        ]
        .concat()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        self.verb.command().run(session)
    }
}

/// Says the remarks on a bundle to people, and returns them for programs.
fn told(session: &Session, remarks: &[Remark]) -> Vec<String> {
    let texts: Vec<_> = remarks.iter().map(Remark::to_string).collect();
    for text in texts.iter().take(GROUP_MAX) {
        session.output.info(text);
    }
    let others = texts.len().saturating_sub(GROUP_MAX);
    if others > 0 {
        session.output.info(&format!("... and {others} more"));
    }
    texts
}

/// Counts files and their length for people: `2 files, 1.5 KiB`.
fn amount(files: usize, bytes: u64) -> String {
    let plural = if files == 1 { "" } else { "s" };
    format!("{files} file{plural}, {}", length(bytes))
}

/// A length for people, in the largest unit of which there is at least one.
fn length(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    let mut amount = bytes as f64;
    let mut unit = "bytes";
    for larger in UNITS {
        if amount < 1024.0 {
            break;
        }
        amount /= 1024.0;
        unit = larger;
    }
    if unit == "bytes" {
        format!("{bytes} {unit}")
    } else {
        format!("{amount:.1} {unit}")
    }
}
