//! `health`: one verdict on home and fleet, for engines; looks only.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use clap::builder::ValueHint;
use schemars::{JsonSchema, Schema, schema_for};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::edge::cli::command::Command;
use crate::edge::cli::options::ElsewhereArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::effects::os::disk::bounded::{TEXT_MAX, read_text_at_most};
use crate::ops::Error;
use crate::ops::health::{Finding, Health, HealthRequest, Known, Verdict, health};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic health
  mosaic health --hold 30 \\
    --release 0.2.0
  mosaic health --json >before.json
  mosaic update
  mosaic health --before before.json

Exit 0 is green, 4 red, 6 unknown: something could not be asked. Red is a home that is damaged,
misses files or waits for a recovery, and an agent that should live and does not, runs twice, was
started again while one looked, or has given up. An agent that was stopped is left out. One that
waits for an approval is well. Ctrl-C during --hold leaves no verdict: exit 1.";

/// Arguments of `health`.
#[derive(Debug, ClapArgs)]
pub(crate) struct HealthArgs {
    /// Look again until this many seconds are over: green is what stays green
    #[arg(long, value_name = "SECONDS", default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(0..=86400))]
    pub hold: u64,
    /// Red unless the home is of this release
    #[arg(long, value_name = "VERSION")]
    pub release: Option<Version>,
    /// What `mosaic health --json` said before: what was red or unknown then is not held against it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub before: Option<PathBuf>,
    /// Where
    #[command(flatten)]
    pub elsewhere: ElsewhereArgs,
}

/// `health`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct HealthDocument {
    /// `mosaic.health/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The verdict.
    pub verdict: Verdict,
    /// What there is to say, red first.
    pub findings: Vec<Finding>,
    /// The home's release; null without a record.
    pub release: Option<String>,
    /// The current generation; 0 where nothing was committed.
    pub generation: u64,
    /// Whole seconds for which it was looked.
    pub held_seconds: u64,
}

/// What of an earlier document is read.
#[derive(Deserialize)]
struct Before {
    findings: Vec<FindingBefore>,
}

#[derive(Deserialize)]
struct FindingBefore {
    code: String,
    agent: Option<String>,
}

impl Command for HealthArgs {
    fn on(&self) -> Option<&str> {
        self.elsewhere.on.as_deref()
    }

    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("health", schema_for!(HealthDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let request = HealthRequest {
            hold: Duration::from_secs(self.hold),
            release: self.release.clone(),
            before: self.before()?,
        };
        let health = health(&session.context, &request)?;
        print(session, &health);
        let exit = match health.verdict {
            Verdict::Green => Exit::Done,
            Verdict::Red => Exit::Differences,
            Verdict::Unknown => Exit::Unknown,
        };
        session.output.document(&HealthDocument {
            schema: schema_name("health"),
            home: session.home_text(),
            verdict: health.verdict,
            findings: health.findings,
            release: health.release.map(|version| version.to_string()),
            generation: health.generation,
            held_seconds: health.held_seconds,
        });
        Ok(exit)
    }
}

impl HealthArgs {
    fn before(&self) -> Result<BTreeSet<Known>, CommandError> {
        let Some(path) = &self.before else {
            return Ok(BTreeSet::new());
        };
        let wrong = |why: String| Error::Usage(format!("--before {}: {why}", path.display()));
        let text = read_text_at_most(path, TEXT_MAX).map_err(|error| wrong(error.to_string()))?;
        let before: Before = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("no document of mosaic health --json: {error}")))?;
        let known = before.findings.into_iter().map(|finding| Known {
            code: finding.code,
            agent: finding.agent,
        });
        Ok(known.collect())
    }
}

fn print(session: &Session, health: &Health) {
    let (style, word) = match health.verdict {
        Verdict::Green => (style::COMES, "healthy"),
        Verdict::Red => (style::ERROR, "not healthy"),
        Verdict::Unknown => (style::ALARM, "unknown"),
    };
    let release = health.release.as_ref();
    let release = release.map_or_else(
        || "no release".to_owned(),
        |release| format!("release {release}"),
    );
    let held = match health.held_seconds {
        0 => String::new(),
        seconds => format!(", looked at for {seconds} s"),
    };
    let head = format!(
        "{}  {release}, generation {}{held}",
        styled(style, word),
        health.generation
    );
    session.output.info(&head);
    for finding in &health.findings {
        let (style, word) = match finding.verdict {
            Verdict::Red => (style::ERROR, "red"),
            Verdict::Unknown => (style::ALARM, "unknown"),
            Verdict::Green => (style::FAINT, "note"),
        };
        let word = styled(style, format!("{word:8}"));
        let line = format!("  {word} {}", finding.message);
        session.output.info(&line);
    }
}
