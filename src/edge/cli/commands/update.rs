//! `install` and `update`: survey, plan, commit.

use crate::edge::cli::options::LockArgs;
use crate::effects::outside::surroundings::Surroundings;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use semver::Version;

use crate::decide::bundle::changelog::{self, CHANGELOG, News};
use crate::decide::home::situation::{Asked, Situation};
use crate::decide::home::source_version::source_version;
use crate::decide::home::update::plan;
use crate::decide::migrate::{self, Gate, Migrations};
use crate::edge::cli::commands::change::{
    carry_out, conclude, describe, exit, foretell_units, list_failed, release_before, tell_stale,
    tell_steps, vet_directories,
};
use crate::edge::cli::commands::stale::{self, Relaunch};
use crate::edge::cli::session::{Session, source};
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::ChangeDocument;
use crate::edge::report::plan_text;
use crate::edge::report::progress::Progress;
use crate::edge::report::voice::{style, styled};
use crate::effects::bundle::Bundle;
use crate::effects::fleet;
use crate::effects::fleet::install::active;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::survey::Survey;
use crate::effects::home::{Entered, Home, HomeError, Recovery, refuse_inside_another};
use crate::effects::os::host;
use crate::model::digest::Digest;
use crate::model::plan::Plan;
use crate::model::record::Release;
use crate::model::source_version::SourceVersion;

/// Shown below the help of `install`.
pub const INSTALL_EXAMPLE: &str = "\
Example:
  mosaic install --home ~/.config/mosaic";

/// Shown below the help.
pub const EXAMPLE: &str = "\
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

/// Arguments of `install` and `update`.
#[derive(Debug, ClapArgs)]
pub struct UpdateArgs {
    /// A bundle directory or archive [default: the release in this program]
    #[arg(long, value_name = "BUNDLE")]
    pub from: Option<PathBuf>,
    /// Decide and show everything, write nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// Exit 4 instead of 0 if there was something to do
    #[arg(long)]
    pub exit_code: bool,
    /// Only look: --dry-run with --exit-code
    #[arg(long)]
    pub check: bool,
    /// Apply exactly the plan with this digest, or refuse
    #[arg(long, value_name = "DIGEST", value_parser = plan_digest)]
    pub plan: Option<Digest>,
    /// Go ahead even if more than half of the recorded files would be removed
    #[arg(long)]
    pub allow_removals: bool,
    /// Go ahead even if the bundle is older than the home
    #[arg(long)]
    pub allow_downgrade: bool,
    /// Remove what earlier releases shipped and this one does not (`mosaic status` names it)
    #[arg(long)]
    pub prune: bool,
    /// Restart stale agents one by one; stop at one that is lost, or with `=continue` go on
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "stop")]
    #[arg(hide_possible_values = true)]
    pub relaunch: Option<Relaunch>,
    /// Leave the active units in systemd's directory alone
    #[arg(long)]
    pub no_units: bool,
    /// The release that wrote the home, for a home without a record
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub from_version: Option<Version>,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
    /// Answer yes to every question
    #[arg(long, short = 'y')]
    pub yes: bool,
}

impl UpdateArgs {
    /// Whether nothing is to be written.
    pub fn only_looks(&self) -> bool {
        self.dry_run || self.check
    }
}

/// First-time install; on a recorded home it does what `update` does, and says so.
pub fn install(session: &mut Session, asked: &UpdateArgs) -> Result<Exit, CommandError> {
    run(session, asked, "install")
}

/// The main job.
pub fn update(session: &mut Session, asked: &UpdateArgs) -> Result<Exit, CommandError> {
    run(session, asked, "update")
}

fn run(session: &mut Session, asked: &UpdateArgs, command: &str) -> Result<Exit, CommandError> {
    let makes = command == "install";
    refuse_inside_another(&session.home)?;
    if asked.only_looks() {
        let home = match Home::look(&session.home) {
            Err(HomeError::Absent { .. }) if makes => Home::nowhere(&session.home),
            looked => looked?,
        };
        return foretell(session, asked, command, &home);
    }
    let entered = session.enter(makes, asked.lock, Recovery::Finish)?;
    let outcome = change(session, asked, command, &entered);
    let left_unchanged = match &outcome {
        Ok((document, _)) => !document.committed,
        Err(error) => error.exit() != Exit::NeedsPerson,
    };
    if left_unchanged {
        // What made the command end is what the user must hear.
        drop(entered.leave());
    }
    outcome.map(|(_, exit)| exit)
}

fn foretell(
    session: &mut Session,
    asked: &UpdateArgs,
    command: &str,
    home: &Home,
) -> Result<Exit, CommandError> {
    let Decision { plan, news, .. } = decide(session, home, asked)?;
    refuse_other_plan(asked, &plan)?;
    let mut document = describe(session, command, home, &plan);
    document.news = news;
    document.dry_run = true;
    document.recovery_pending = home.recovery_pending;
    let failed = foretell_units(session, home, &plan, &mut document);
    list_failed(&mut document.units, failed);
    tell(session, command, home, &plan, &document);
    stale::tell_failed(session, &document.units.failed);
    tell_stale(session, &document);
    if home.recovery_pending {
        let recover = session.command("recover");
        session.voice.insist(&format!(
            "\nAn interrupted run waits to be finished first: {recover}"
        ));
    } else if plan.commits {
        session.voice.say("\nDry run: nothing was written.");
    }
    session.voice.document(&document);
    let tells = asked.exit_code || asked.check;
    Ok(if tells && plan.commits {
        Exit::Differences
    } else {
        Exit::Done
    })
}

fn change(
    session: &mut Session,
    asked: &UpdateArgs,
    command: &str,
    entered: &Entered,
) -> Result<(ChangeDocument, Exit), CommandError> {
    let Decision { survey, plan, news } = decide(session, &entered.home, asked)?;
    refuse_other_plan(asked, &plan)?;
    let mut document = carry_out(session, entered, &plan, command, Some(&survey))?;
    document.news = news;
    tell(session, command, &entered.home, &plan, &document);
    stale::tell_failed(session, &document.units.failed);
    if let Some(how) = asked.relaunch {
        stale::relaunch_all(session, &entered.home, how, &mut document.units);
    }
    conclude(session, &document);
    session.voice.document(&document);
    let exit = match exit(&document) {
        Exit::Done if asked.exit_code && plan.commits => Exit::Differences,
        exit => exit,
    };
    Ok((document, exit))
}

/// What was seen, and what follows from it.
struct Decision {
    survey: Survey,
    plan: Plan,
    news: Vec<News>,
}

fn decide(session: &Session, home: &Home, asked: &UpdateArgs) -> Result<Decision, CommandError> {
    let _progress = Progress::of_reading(session.voice.shows_progress());
    let survey = Survey::make(home, &source(asked.from.as_ref()))?;
    let plan = plan_update(
        home,
        &survey,
        &session.surroundings,
        asked.from_version.as_ref(),
        asked.into(),
    )?;
    let news = news(release_before(home, &plan), &survey.bundle)?;
    Ok(Decision { survey, plan, news })
}

/// What the bundle's releases brought since the home's.
fn news(home: Option<Release>, bundle: &Bundle) -> Result<Vec<News>, CommandError> {
    let path = bundle
        .wanted
        .iter()
        .find(|(path, _)| path.as_str() == CHANGELOG);
    let (Some(release), Some((path, _))) = (home, path) else {
        return Ok(Vec::new());
    };
    if release.version >= *bundle.manifest.version() {
        return Ok(Vec::new());
    }
    let text = String::from_utf8(bundle.read(path)?).unwrap_or_default();
    Ok(changelog::news(
        &text,
        &release.version,
        bundle.manifest.version(),
    ))
}

impl From<&UpdateArgs> for Asked {
    fn from(args: &UpdateArgs) -> Self {
        Self {
            removals: args.allow_removals,
            downgrade: args.allow_downgrade,
            prune: args.prune,
            no_units: args.no_units,
        }
    }
}

/// The plan that an update would carry out; `why` asks for it, too. `told` is the release that wrote the home, if
/// the operator says it.
pub fn plan_update(
    home: &Home,
    survey: &Survey,
    surroundings: &Surroundings,
    told: Option<&Version>,
    asked: Asked,
) -> Result<Plan, CommandError> {
    let adopted = source_version(&home.record, told, || survey.written_by())?;
    let migrations = migrations(home, survey, surroundings, adopted.as_ref())?;
    let active = if asked.no_units {
        None
    } else {
        Some(active(home, survey, surroundings)?)
    };
    let situation = Situation {
        release: &survey.bundle.manifest.release,
        wanted: &survey.bundle.wanted,
        classes: &survey.classes,
        earlier: &survey.earlier,
        record: &home.record,
        found: &survey.found,
        umask: host::umask(),
        uid: host::effective_uid(),
        version_file: &survey.traces.version_file,
        adopted: adopted.as_ref(),
        migrations: &migrations,
        active_units: active.as_ref(),
        asked,
    };
    let mut plan = plan(situation, &DiskEvidence::new(home, Some(&survey.bundle)))?;
    vet_directories(home, &mut plan)?;
    Ok(plan)
}

/// What the migrations come to; the fleet is looked at only if one of them has to. They are Mosaic's own, and not for
/// homes of other bundles.
pub fn migrations(
    home: &Home,
    survey: &Survey,
    surroundings: &Surroundings,
    adopted: Option<&SourceVersion>,
) -> Result<Migrations, CommandError> {
    let release = &survey.bundle.manifest.release;
    let gate = Gate::new(&home.record, adopted, &release.version);
    let is_ours = survey.earlier.oldest().is_some();
    match is_ours && gate.is_open() {
        true => Ok(migrate::decide(
            gate,
            &fleet::read(home, survey, surroundings)?,
        )),
        false => Ok(migrate::idle(gate)),
    }
}

fn refuse_other_plan(asked: &UpdateArgs, plan: &Plan) -> Result<(), CommandError> {
    match asked.plan {
        Some(digest) if digest != plan.digest() => {
            let (asked, found) = (
                format!("sha256:{digest}"),
                format!("sha256:{}", plan.digest()),
            );
            Err(CommandError::OtherPlan { asked, found })
        }
        _ => Ok(()),
    }
}

fn tell(session: &mut Session, command: &str, home: &Home, plan: &Plan, document: &ChangeDocument) {
    if command == "install" && home.record.release.is_some() {
        session
            .voice
            .say("This home is installed already; updating it.");
    }
    let heading = format!("{}  {}", plan_text::releases(document), document.home);
    session.voice.say(&styled(style::STRONG, heading));
    if let Some(adopted) = &document.adopted {
        session
            .voice
            .say(&plan_text::adoption(adopted, session.voice.columns()));
    }
    let news = plan_text::news(
        document,
        session.voice.is_verbose(),
        session.voice.columns(),
    );
    if !news.is_empty() {
        session.voice.say(&format!("\n{news}"));
    }
    tell_steps(session, plan, document);
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
