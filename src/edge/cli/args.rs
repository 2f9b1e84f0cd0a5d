//! The arguments, as clap reads them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args as ClapArgs, ColorChoice, Parser, Subcommand};

use crate::words::digest::Digest;

/// Installs, updates and undoes a Mosaic home without losing what you put there.
#[derive(Debug, Parser)]
#[command(name = "mosaic", version, arg_required_else_help = true, after_help = MAIN_EXAMPLE)]
pub struct Args {
    /// What every command takes.
    #[command(flatten)]
    pub everywhere: Everywhere,
    /// The command.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Options of every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Everywhere")]
pub struct Everywhere {
    /// The Mosaic home [default: $XDG_CONFIG_HOME/mosaic, else ~/.config/mosaic]
    #[arg(long, global = true, value_name = "DIR", env = "MOSAIC_HOME", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// One JSON document on stdout; text for people goes to stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour; NO_COLOR and CLICOLOR_FORCE are honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Say only what needs you
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell every path, those that stay included
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Set up a home, or adopt one that has no record yet
    #[command(after_help = "Example:\n  mosaic install --home ~/.config/mosaic")]
    Install(UpdateArgs),
    /// Bring a home to a release; your files and edits stay
    #[command(after_help = UPDATE_EXAMPLE)]
    Update(UpdateArgs),
    /// Show release, generation, edits, conflicts and what is pending
    #[command(
        after_help = "Example:\n  mosaic status --exit-code || echo 'something differs from what shipped'"
    )]
    Status(StatusArgs),
    /// Read every recorded file again and compare; exit 4 if one differs
    #[command(after_help = "Example:\n  mosaic verify --json")]
    Verify,
    /// Explain whose a path is, by which rule, and what an update would do with it
    #[command(after_help = WHY_EXAMPLE)]
    Why(WhyArgs),
    /// List parked conflicts, or settle them
    #[command(after_help = RESOLVE_EXAMPLE)]
    Resolve(ResolveArgs),
    /// List the generations of a home
    #[command(after_help = "Example:\n  mosaic history")]
    History,
    /// Go back to a generation; without a number, to the one before
    #[command(
        after_help = "Examples:\n  mosaic rollback --dry-run\n  mosaic rollback 3\n\nA rollback is a generation of its own: to undo it, roll back again."
    )]
    Rollback(RollbackArgs),
    /// Finish a run that was interrupted
    #[command(
        after_help = "Example:\n  mosaic recover\n\nEvery command that changes the home does this first; `recover` does nothing else."
    )]
    Recover(RecoverArgs),
}

impl Verb {
    /// Whether it leaves the home as it is, so that its answer is all that it does.
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Status(_) | Self::Verify | Self::Why(_) | Self::History => true,
            Self::Install(asked) | Self::Update(asked) => asked.dry_run,
            Self::Rollback(asked) => asked.dry_run,
            Self::Resolve(asked) => asked.paths.is_empty() && !asked.all,
            Self::Recover(_) => false,
        }
    }
}

/// Arguments of `install` and `update`.
#[derive(Debug, ClapArgs)]
pub struct UpdateArgs {
    /// A bundle directory [default: the release in this program]
    #[arg(long, value_name = "BUNDLE")]
    pub from: Option<PathBuf>,
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// Exit 4 instead of 0 if there was something to do
    #[arg(long)]
    pub exit_code: bool,
    /// Apply exactly the plan with this digest, or refuse
    #[arg(long, value_name = "DIGEST", value_parser = plan_digest)]
    pub plan: Option<Digest>,
    /// Go ahead even if more than half of the recorded files would be removed
    #[arg(long)]
    pub allow_removals: bool,
    /// Go ahead even if the bundle is older than the home
    #[arg(long)]
    pub allow_downgrade: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
    /// Answer yes to every question
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// How long to wait for another run.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct LockArgs {
    /// Wait this many seconds for another run to end
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub lock_timeout: Duration,
}

/// Arguments of `status`.
#[derive(Debug, ClapArgs)]
pub struct StatusArgs {
    /// Exit 4 if anything is edited, missing, parked or pending
    #[arg(long)]
    pub exit_code: bool,
}

/// Arguments of `why`.
#[derive(Debug, ClapArgs)]
pub struct WhyArgs {
    /// A path in the home
    pub path: String,
    /// The bundle that an update would come from [default: the release in this program]
    #[arg(long, value_name = "BUNDLE")]
    pub from: Option<PathBuf>,
}

/// Arguments of `resolve`.
#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("how").args(["mine", "shipped", "merged"]))]
#[command(group = ArgGroup::new("which").args(["paths", "all"]).requires("how"))]
pub struct ResolveArgs {
    /// Paths in the home
    pub paths: Vec<String>,
    /// Everything that is parked
    #[arg(long)]
    pub all: bool,
    /// Keep the live file and decline this version for good
    #[arg(long, requires = "which")]
    pub mine: bool,
    /// Take what ships
    #[arg(long, requires = "which")]
    pub shipped: bool,
    /// Take this file: your own merge
    #[arg(long, value_name = "FILE", requires = "paths", conflicts_with = "all")]
    pub merged: Option<PathBuf>,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// Arguments of `rollback`.
#[derive(Debug, ClapArgs)]
pub struct RollbackArgs {
    /// The generation to go back to; 0 is the home before Mosaic
    pub generation: Option<u64>,
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

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

const MAIN_EXAMPLE: &str = "\
Examples:
  mosaic install                 set up ~/.config/mosaic
  mosaic update --dry-run        see what an update would do
  mosaic rollback                undo the last change

Exit status:
  0  done, or nothing to do
  1  failed, and nothing changed
  2  bad usage
  3  done, but something needs you
  4  differences found
  5  another run holds the lock";

const UPDATE_EXAMPLE: &str = "\
Examples:
  mosaic update --dry-run
  mosaic update --from ./mosaic-0.2.0
  mosaic update --plan \"$(mosaic update --dry-run --json | jq -r .plan_digest)\"";

const WHY_EXAMPLE: &str = "\
Examples:
  mosaic why fleet/roster.yaml
  mosaic why guides/heartbeat.md --from ./mosaic-0.2.0

Paths that you want to keep to yourself go into .mosaicpreserve at the top of the home: one glob a line,
# for comments, ! takes a path out again, the last match wins. * and ? stop at a slash, ** does not;
a glob on a directory covers all below it.";

const RESOLVE_EXAMPLE: &str = "\
Examples:
  mosaic resolve
  mosaic resolve guides/heartbeat.md --mine
  mosaic resolve guides/heartbeat.md --merged ./my-merge.md
  mosaic resolve --all --shipped";

fn seconds(text: &str) -> Result<Duration, String> {
    let problem = || "a number of seconds, such as 10 or 0.5".to_owned();
    let seconds: f64 = text.parse().map_err(|_| problem())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| problem())
}

fn plan_digest(text: &str) -> Result<Digest, String> {
    let problem = "a plan's digest: `sha256:` and 64 hexadecimal digits, from --dry-run --json";
    text.strip_prefix("sha256:").unwrap_or(text).parse().map_err(|_| problem.to_owned())
}
