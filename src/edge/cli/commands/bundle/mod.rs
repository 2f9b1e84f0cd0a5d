//! `bundle`: for those who make releases.

pub mod check;
pub mod pack;
pub mod show;

use clap::{Args as ClapArgs, Subcommand};

use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic bundle pack ./mosaic-0.2.0 \\
    -o mosaic-0.2.0.tar.zst
  mosaic bundle check \\
    mosaic-0.2.0.tar.zst
  mosaic update \\
    --from mosaic-0.2.0.tar.zst";

/// Arguments of `bundle`.
#[derive(Debug, ClapArgs)]
pub struct BundleArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: BundleVerb,
}

/// What can be done with a bundle.
#[derive(Debug, Subcommand)]
pub enum BundleVerb {
    /// Pack a bundle directory into one file; the same bundle gives the same bytes
    #[command(after_help = pack::EXAMPLE)]
    Pack(pack::PackArgs),
    /// Read a bundle whole and check it as an update would
    #[command(after_help = check::EXAMPLE)]
    Check(check::CheckArgs),
    /// Show what a bundle declares and ships
    #[command(after_help = show::EXAMPLE)]
    Show(show::BundleShowArgs),
}

/// Does it.
pub fn run(session: &mut Session, asked: &BundleArgs) -> Result<Exit, CommandError> {
    match &asked.verb {
        BundleVerb::Pack(asked) => pack::run(session, asked),
        BundleVerb::Check(asked) => check::run(session, asked),
        BundleVerb::Show(asked) => show::run(session, asked),
    }
}

/// `1 file`, `2 files`, and how long they are together.
fn amount(files: usize, bytes: u64) -> String {
    let plural = if files == 1 { "" } else { "s" };
    format!("{files} file{plural}, {}", length(bytes))
}

/// A length for people.
fn length(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    let mut amount = bytes as f64;
    let mut unit = "bytes";
    for larger in UNITS {
        if amount < 1024.0 {
            break;
        }
        (amount, unit) = (amount / 1024.0, larger);
    }
    if unit == "bytes" {
        format!("{bytes} {unit}")
    } else {
        format!("{amount:.1} {unit}")
    }
}
