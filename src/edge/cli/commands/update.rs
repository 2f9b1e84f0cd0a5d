//! `install` and `update`: a home is brought to a release.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};
use schemars::{Schema, schema_for};
use semver::Version;

use crate::edge::cli::command::Command;
use crate::edge::cli::commands::change::{
    describe, exit, print_end, print_failed, print_stale, print_steps,
};
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::{ChangeDocument, RefusalLine};
use crate::edge::report::fault;
use crate::edge::report::output::{style, styled};
use crate::edge::report::plan_text;
use crate::model::digest::Digest;
use crate::ops::fleet::relaunch::OnLost;
use crate::ops::update::{
    UpdateRequest, Updated, install, preview_install, preview_update, update,
};

/// Shown below the help of `install`.
pub(crate) const INSTALL_EXAMPLE: &str = "\
Example:
  mosaic install --home ~/.config/mosaic";

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  # see first, then do exactly that
  mosaic update -n --json > plan
  mosaic update --plan \\
    \"$(jq -r .plan_digest plan)\"
  # and restart agents that are stale
  mosaic update --relaunch
  # to a release in a directory or file
  mosaic update --from ./mosaic-0.2.0
  mosaic update \\
    --from mosaic-0.2.0.tar.zst";

const INSTALL: &str = "install";
const UPDATE: &str = "update";

/// Arguments of `install`.
#[derive(Debug, ClapArgs)]
pub(crate) struct InstallArgs {
    /// Those of `update`
    #[command(flatten)]
    pub update: UpdateArgs,
}

/// Arguments of `update`.
#[derive(Debug, ClapArgs)]
pub(crate) struct UpdateArgs {
    /// A bundle directory or archive [default: the release in this program]
    #[arg(long, value_name = "BUNDLE")]
    pub from: Option<PathBuf>,
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// Exit 4 instead of 0 if there was something to do
    #[arg(long, hide_short_help = true)]
    pub exit_code: bool,
    /// Only look: --dry-run with --exit-code
    #[arg(long, hide_short_help = true)]
    pub check: bool,
    /// Apply exactly the plan with this digest, or refuse
    #[arg(long, hide_short_help = true, value_name = "DIGEST", value_parser = plan_digest)]
    pub plan: Option<Digest>,
    /// Go ahead even if more than half of the recorded files would be removed
    #[arg(long, hide_short_help = true)]
    pub allow_removals: bool,
    /// Go ahead even if the bundle is older than the home
    #[arg(long, hide_short_help = true)]
    pub allow_downgrade: bool,
    /// Remove what earlier releases shipped and this one does not (`mosaic status` names it)
    #[arg(long)]
    pub prune: bool,
    /// Restart stale agents one by one; stop at one that is lost, or with `=continue` go on
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "stop")]
    #[arg(hide_possible_values = true)]
    pub relaunch: Option<RelaunchMode>,
    /// Leave the active units in systemd's directory alone
    #[arg(long, hide_short_help = true)]
    pub no_units: bool,
    /// The release that wrote the home, for a home without a record
    #[arg(long, hide_short_help = true, value_name = "VERSION", value_parser = version)]
    pub from_version: Option<Version>,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
    /// Answer yes to every question
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// The policy after an agent that does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RelaunchMode {
    /// Leave the others as they run
    Stop,
    /// Go on with the others
    Continue,
}

impl From<RelaunchMode> for OnLost {
    fn from(relaunch: RelaunchMode) -> Self {
        match relaunch {
            RelaunchMode::Stop => Self::Stop,
            RelaunchMode::Continue => Self::Continue,
        }
    }
}

impl UpdateArgs {
    /// Tells whether nothing is to be written.
    fn only_looks(&self) -> bool {
        self.dry_run || self.check
    }

    fn request(&self) -> UpdateRequest {
        UpdateRequest {
            from: self.from.clone(),
            plan: self.plan,
            allow_removals: self.allow_removals,
            allow_downgrade: self.allow_downgrade,
            prune: self.prune,
            no_units: self.no_units,
            from_version: self.from_version.clone(),
        }
    }
}

impl Command for InstallArgs {
    fn only_looks(&self) -> bool {
        self.update.only_looks()
    }

    fn ends_sessions(&self) -> bool {
        self.update.ends_sessions()
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.update.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        Vec::new()
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let context = &session.context;
        let args = &self.update;
        if args.only_looks() {
            let foreseen = preview_install(context, &args.request())?;
            return Ok(preview(session, args, INSTALL, foreseen));
        }
        let installed = install(context, &args.request())?;
        Ok(conclude(session, args, INSTALL, installed))
    }
}

impl Command for UpdateArgs {
    fn only_looks(&self) -> bool {
        self.only_looks()
    }

    fn ends_sessions(&self) -> bool {
        self.relaunch.is_some() && !self.only_looks()
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("change", schema_for!(ChangeDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let context = &session.context;
        if self.only_looks() {
            let foreseen = preview_update(context, &self.request())?;
            return Ok(preview(session, self, UPDATE, foreseen));
        }
        let updated = update(context, &self.request())?;
        Ok(conclude(session, self, UPDATE, updated))
    }
}

/// Prints what was done, and restarts stale agents where that is asked for.
fn conclude(session: &Session, args: &UpdateArgs, command: &str, mut updated: Updated) -> Exit {
    let document = describe(session, &updated.change, command);
    print(session, command, &updated, &document);
    print_failed(session, &updated.change);
    if let Some(relaunch) = args.relaunch
        && let Some(problem) = updated.relaunch(&session.context, relaunch.into())
    {
        let problem = format!("The agents could not be restarted: {problem}");
        session.output.warn(&problem);
    }
    let change = &updated.change;
    print_end(session, change);
    session.output.document(&describe(session, change, command));
    match exit(change) {
        Exit::Done if args.exit_code && change.is_change() => Exit::Differences,
        exit => exit,
    }
}

fn preview(session: &Session, args: &UpdateArgs, command: &str, mut foreseen: Updated) -> Exit {
    let refusal = foreseen.refusal.take().map(CommandError::from);
    let change = &foreseen.change;
    let document = ChangeDocument {
        refusal: refusal.as_ref().map(|error| RefusalLine {
            error: error.message(),
            help: error.advice(&session.flags),
        }),
        ..describe(session, change, command)
    };
    print(session, command, &foreseen, &document);
    print_failed(session, change);
    print_stale(session, change);
    if change.is_recovery_pending {
        let recover = session.command("recover");
        session.output.warn(&format!(
            "\nAn interrupted run waits to be finished first: {recover}"
        ));
    } else if change.plan.commits {
        session.output.info("\nDry run: nothing was written.");
    }
    session.output.document(&document);
    if let Some(error) = &refusal {
        session.output.fail(&fault::text(error, &session.flags));
        return error.exit();
    }
    if (args.exit_code || args.check) && change.is_change() {
        Exit::Differences
    } else {
        Exit::Done
    }
}

fn print(session: &Session, command: &str, updated: &Updated, document: &ChangeDocument) {
    let output = session.output;
    if command == INSTALL && updated.was_installed {
        output.info("This home is installed already; updating it.");
    }
    let heading = format!("{}  {}", plan_text::releases(document), document.home);
    output.info(&styled(style::STRONG, heading));
    if let Some(adopted) = &document.adopted {
        output.info(&plan_text::adoption(adopted, output.columns()));
    }
    let news = plan_text::news(document, output.is_verbose(), output.columns());
    if !news.is_empty() {
        output.info(&format!("\n{news}"));
    }
    print_steps(session, &updated.change, document);
}

fn plan_digest(text: &str) -> Result<Digest, String> {
    let problem = "a plan's digest: `sha256:` and 64 hexadecimal digits, from --dry-run --json";
    text.strip_prefix("sha256:")
        .unwrap_or(text)
        .parse()
        .map_err(|_| problem.to_owned())
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).map_err(|_| "it must be a version, such as 0.0.34".to_owned())
}
