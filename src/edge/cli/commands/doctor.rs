//! `doctor`: what may be wrong with the machine, each finding with its remedy.

use std::time::Duration;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;
use textwrap::{Options, WordSplitter};

use crate::decide::doctor::{CheckResult, Finding, Weight};
use crate::edge::cli::command::Command;
use crate::edge::cli::options::LockArgs;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::edge::report::pending_text;
use crate::ops::doctor;

/// The indent of findings, below the summary of their group.
const INDENT: &str = "           ";

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic doctor
  mosaic doctor --json | jq .findings
  mosaic doctor --mend

Without --mend it writes nothing. It ends with 0 where all is well or there are only notes, and with 3 where something needs you.";

/// Arguments of `doctor`.
#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorArgs {
    /// First mend the tmux sockets of a fleet whose socket was renamed; no session ends
    #[arg(long)]
    pub mend: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `doctor`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DoctorDocument {
    /// `mosaic.doctor/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The groups of checks, each with a summary.
    pub checks: Vec<CheckLine>,
    /// The findings, by group.
    pub findings: Vec<FindingLine>,
    /// Sentences about what `--mend` mended before the examination.
    pub mended: Vec<String>,
}

/// A group of checks.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct CheckLine {
    /// The group's name.
    pub name: String,
    /// A summary of what was seen, in a few words.
    pub summary: String,
}

/// A finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct FindingLine {
    /// The name of the group of checks.
    pub check: String,
    /// The weight of the finding.
    pub weight: Weight,
    /// The finding, in a sentence.
    pub message: String,
    /// The remedy: a command to type.
    pub remedy: String,
}

impl Command for DoctorArgs {
    fn only_looks(&self) -> bool {
        !self.mend
    }

    fn lock_timeout(&self) -> Option<Duration> {
        Some(self.lock.lock_timeout)
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![("doctor", schema_for!(DoctorDocument))]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let mended = if self.mend {
            mend(session)?
        } else {
            Vec::new()
        };
        let explain = |error| {
            let error = CommandError::Operation(error);
            (error.message(), error.advice(&session.flags))
        };
        let checked = doctor::examine(&session.context, &session.flags, explain);
        let heading = format!("mosaic doctor  {}", session.home_text());
        session.output.info(&styled(style::STRONG, heading));
        for (name, checked) in &checked {
            print(session, name, checked);
        }
        let findings = || checked.iter().flat_map(|(_, checked)| &checked.findings);
        let count = |weight| findings().filter(|found| found.weight == weight).count();
        let problems = count(Weight::Problem);
        session.output.info(&match (problems, count(Weight::Note)) {
            (0, 0) => "All is well.".to_owned(),
            (0, notes) => format!("All is well; {}.", counted(notes, "note")),
            (problems, _) => format!("{} for you to mend.", counted(problems, "problem")),
        });
        session
            .output
            .document(&document(session, &checked, mended));
        Ok(if problems > 0 {
            Exit::NeedsPerson
        } else {
            Exit::Done
        })
    }
}

/// Mends the sockets of the fleet that the home has taken along, where it has. Returns a sentence for each.
fn mend(session: &Session) -> Result<Vec<String>, CommandError> {
    let mended = doctor::mend(&session.context)?;
    let mended: Vec<_> = mended.iter().map(pending_text::mended).collect();
    if mended.is_empty() {
        session.output.info("Nothing to mend by --mend.");
    }
    for done in &mended {
        session.output.info(&format!("Mended: {done}."));
    }
    Ok(mended)
}

fn document(
    session: &Session,
    checked: &[(&str, CheckResult)],
    mended: Vec<String>,
) -> DoctorDocument {
    let line = |name: &str, finding: &Finding| FindingLine {
        check: name.to_owned(),
        weight: finding.weight,
        message: finding.message.clone(),
        remedy: finding.remedy.clone(),
    };
    let lines = |(name, checked): &(&str, CheckResult)| {
        checked
            .findings
            .iter()
            .map(|finding| line(name, finding))
            .collect::<Vec<_>>()
    };
    let check = |(name, checked): &(&str, CheckResult)| CheckLine {
        name: (*name).to_owned(),
        summary: checked.summary.clone(),
    };
    DoctorDocument {
        schema: schema_name("doctor"),
        home: session.home_text(),
        checks: checked.iter().map(check).collect(),
        findings: checked.iter().flat_map(lines).collect(),
        mended,
    }
}

/// Prints a group with its findings. A finding that needs a person is shown also to those who asked for quiet.
fn print(session: &Session, name: &str, checked: &CheckResult) {
    let is_problem = |finding: &Finding| finding.weight == Weight::Problem;
    let worst = checked
        .findings
        .iter()
        .find(|finding| is_problem(finding))
        .or(checked.findings.first());
    let (word, style) = match worst.map(|finding| finding.weight) {
        None => ("ok", style::COMES),
        Some(Weight::Note) => ("note", style::CHANGES),
        Some(Weight::Problem) => ("problem", style::ALARM),
    };
    let word = styled(style, format!("{word:7}"));
    let summary = styled(style::FAINT, &checked.summary);
    session
        .output
        .info(&format!("  {word}  {name:12}  {summary}"));
    let wrapping =
        Options::new(session.output.columns()).word_splitter(WordSplitter::NoHyphenation);
    let wrapping = wrapping.initial_indent(INDENT).subsequent_indent(INDENT);
    for finding in &checked.findings {
        let Finding {
            message, remedy, ..
        } = finding;
        let message = textwrap::fill(message, &wrapping);
        let message = if is_problem(finding) {
            styled(style::ALARM, message)
        } else {
            message
        };
        // Never broken: it is there to be copied.
        let text = format!("{message}\n{INDENT}  {}", styled(style::STRONG, remedy));
        if is_problem(finding) {
            session.output.print(&text);
        } else {
            session.output.info(&text);
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
