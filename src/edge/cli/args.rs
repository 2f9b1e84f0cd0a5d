//! The arguments, as clap reads them.

use clap::{Parser, Subcommand};
use schemars::Schema;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::agent::{self, AgentArgs};
use crate::edge::cli::commands::bare::Bare;
use crate::edge::cli::commands::bundle::{self, BundleArgs};
use crate::edge::cli::commands::completions::{self, CompletionsArgs};
use crate::edge::cli::commands::diff::{self, DiffArgs};
use crate::edge::cli::commands::doctor::{self, DoctorArgs};
use crate::edge::cli::commands::fleet::{self, FleetArgs};
use crate::edge::cli::commands::gc::{self, GcArgs};
use crate::edge::cli::commands::health::{self, HealthArgs};
use crate::edge::cli::commands::help::{self, HelpArgs};
use crate::edge::cli::commands::history::{self, HistoryArgs};
use crate::edge::cli::commands::man::{self, ManArgs};
use crate::edge::cli::commands::matrix::{self, MatrixArgs};
use crate::edge::cli::commands::migrate::{self, MigrateArgs};
use crate::edge::cli::commands::recover::{self, RecoverArgs};
use crate::edge::cli::commands::resolve::{self, ResolveArgs};
use crate::edge::cli::commands::rollback::{self, RollbackArgs};
use crate::edge::cli::commands::status::{self, StatusArgs};
use crate::edge::cli::commands::uninstall::{self, UninstallArgs};
use crate::edge::cli::commands::update::{self, InstallArgs, UpdateArgs};
use crate::edge::cli::commands::verify::{self, VerifyArgs};
use crate::edge::cli::commands::version::{self, VersionArgs};
use crate::edge::cli::commands::why::{self, WhyArgs};
use crate::edge::cli::commands::yolo::{self, YoloArgs};
use crate::edge::cli::options::Everywhere;

/// Installs, updates and undoes a Mosaic home without losing what you put there.
#[derive(Debug, Parser)]
#[command(name = "mosaic", version, disable_help_subcommand = true, max_term_width = 100, after_help = MAIN_EXAMPLE, after_long_help = MAIN_MORE)]
pub(super) struct Args {
    /// What every command takes.
    #[command(flatten)]
    pub everywhere: Everywhere,
    /// The command.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

impl Args {
    /// The command that was named; without one, where one stands.
    pub(super) fn chosen(&self) -> &dyn Command {
        self.verb.as_ref().map_or(&Bare, Verb::command)
    }
}

/// The commands: a variant and its arguments each, from which all else follows.
macro_rules! verbs {
    ($($(#[$meta:meta])* $verb:ident($args:ty),)*) => {
        /// The commands.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Verb {
            $($(#[$meta])* $verb($args),)*
        }

        impl Verb {
            /// The command that was named.
            pub(crate) fn command(&self) -> &dyn Command {
                match self {
                    $(Self::$verb(args) => args,)*
                }
            }

            /// The schemas of the documents of all commands, by their names.
            pub(crate) fn documents() -> Vec<(&'static str, Schema)> {
                [$(<$args>::documents(),)*].concat()
            }
        }
    };
}

verbs! {
    /// Set up a home, or adopt one that has no record yet
    #[command(after_help = update::INSTALL_EXAMPLE)]
    Install(InstallArgs),
    /// Bring a home to a release; your files and edits stay
    #[command(after_help = update::EXAMPLE, visible_alias = "upgrade", aliases = ["apply", "sync"])]
    Update(UpdateArgs),
    /// Show release, generation, edits, conflicts and what is pending
    #[command(after_help = status::EXAMPLE)]
    Status(StatusArgs),
    /// Read every recorded file again and compare; exit 4 if one differs
    #[command(after_help = verify::EXAMPLE)]
    Verify(VerifyArgs),
    /// Show what you edited, or what an update would change, as a diff
    #[command(after_help = diff::EXAMPLE)]
    Diff(DiffArgs),
    /// Examine the machine: what may go wrong here, and what to type against it
    #[command(after_help = doctor::EXAMPLE)]
    Doctor(DoctorArgs),
    /// Explain whose a path is, by which rule, and what an update would do with it
    #[command(after_help = why::EXAMPLE)]
    Why(WhyArgs),
    /// List parked conflicts, or settle them
    #[command(after_help = resolve::EXAMPLE)]
    Resolve(ResolveArgs),
    /// List the generations of a home, or show what one changed
    #[command(after_help = history::EXAMPLE)]
    History(HistoryArgs),
    /// Go back to a generation; without a number, to the one before
    #[command(after_help = rollback::EXAMPLE, visible_alias = "undo")]
    Rollback(RollbackArgs),
    /// Let go of old generations: their contents go, and the way back to them
    #[command(after_help = gc::EXAMPLE)]
    Gc(GcArgs),
    /// List the migrations of your own files, or show what one does here
    #[command(after_help = migrate::EXAMPLE)]
    Migrate(MigrateArgs),
    /// Finish a run that was interrupted
    #[command(after_help = recover::EXAMPLE)]
    Recover(RecoverArgs),
    /// Judge home and fleet in one word, for engines: exit 0 green, 4 red, 6 unknown
    #[command(after_help = health::EXAMPLE)]
    Health(HealthArgs),
    /// Set up a fleet of agents, start and stop it, see how it is
    #[command(after_help = fleet::EXAMPLE)]
    Fleet(FleetArgs),
    /// Look at one agent of the fleet, speak to it
    #[command(after_help = agent::EXAMPLE)]
    Agent(AgentArgs),
    /// Start a runtime without its approval prompts
    #[command(after_help = yolo::EXAMPLE)]
    Yolo(YoloArgs),
    /// Pack, check or show a bundle: for those who make releases
    #[command(after_help = bundle::EXAMPLE)]
    Bundle(BundleArgs),
    /// Run the migration matrix: old homes in every state, taken to this release and judged
    #[command(after_help = matrix::EXAMPLE)]
    Matrix(MatrixArgs),
    /// Remove what Mosaic installed and nothing else
    #[command(after_help = uninstall::EXAMPLE)]
    Uninstall(UninstallArgs),
    /// Print what a shell needs to complete these commands
    #[command(after_help = completions::EXAMPLE)]
    Completions(CompletionsArgs),
    /// Write the manual, one page a command
    #[command(after_help = man::EXAMPLE)]
    Man(ManArgs),
    /// Explain a command, a subject or a word
    #[command(after_help = help::EXAMPLE)]
    Help(HelpArgs),
    /// Show the program's version, as --version does
    #[command(after_help = version::EXAMPLE)]
    Version(VersionArgs),
}

/// Shown below the short help.
const MAIN_EXAMPLE: &str = "\
Examples:
  # set up ~/.config/mosaic
  mosaic install
  # see what an update would do
  mosaic update --dry-run
  # undo the last change
  mosaic rollback";

/// Shown below the long help and the short one's examples.
const MAIN_MORE: &str = "\
Examples:
  # set up ~/.config/mosaic
  mosaic install
  # see what an update would do
  mosaic update --dry-run
  # undo the last change
  mosaic rollback

Subjects, for mosaic help SUBJECT:
  ownership, conflicts, generations,
  fleets, surroundings, exit-status, words

Exit status:
  0  done, or nothing to do
  1  failed, and nothing changed
  2  bad usage
  3  done, but something needs you
  4  differences found
  5  another run holds the lock
  6  unknown: nobody answered who was asked
  7  not delivered: agent send typed nothing that would act";
