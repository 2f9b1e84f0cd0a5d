//! `doctor`: what may be wrong with the machine, each finding with its remedy.

use crate::edge::cli::options::LockArgs;
use clap::Args as ClapArgs;
use schemars::JsonSchema;
use serde::Serialize;
use textwrap::{Options, WordSplitter};

use crate::decide::doctor::{CheckResult, Facts, Finding, GROUPS, Weight};
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::pending_text;
use crate::edge::report::voice::{style, styled};
use crate::effects::doctor;
use crate::effects::home::{Home, HomeError, Recovery};
use crate::effects::os::tmux::Sockets;

/// What findings stand under.
const INDENT: &str = "           ";

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic doctor
  mosaic doctor --json | jq .findings
  mosaic doctor --mend

Without --mend it writes nothing. It ends with 0 where all is well or there are only notes, and with 3 where something needs you.";

/// Arguments of `doctor`.
#[derive(Debug, ClapArgs)]
pub struct DoctorArgs {
    /// First mend the tmux sockets of a fleet whose socket was renamed; no session ends
    #[arg(long)]
    pub mend: bool,
    /// The lock and its patience
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `doctor`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DoctorDocument {
    /// `mosaic.doctor/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The groups of checks, with what was seen.
    pub checks: Vec<CheckLine>,
    /// What was found, by group.
    pub findings: Vec<FindingLine>,
    /// What was mended before, one sentence each.
    pub mended: Vec<String>,
}

/// One group of checks.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckLine {
    /// Its name.
    pub name: String,
    /// What was seen, in a few words.
    pub summary: String,
}

/// One finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingLine {
    /// The group of checks.
    pub check: String,
    /// How much it matters.
    pub weight: Weight,
    /// What, in a sentence.
    pub message: String,
    /// What to do: a command to type.
    pub remedy: String,
}

/// Examines.
pub fn run(session: &mut Session, asked: &DoctorArgs) -> Result<Exit, CommandError> {
    let mended = if asked.mend {
        mend(session, asked.lock)?
    } else {
        Vec::new()
    };
    let facts = facts(session);
    let checked: Vec<_> = GROUPS
        .iter()
        .map(|group| (group.name, (group.judge)(&facts)))
        .collect();
    let is = |weight: Weight| {
        checked
            .iter()
            .flat_map(|(_, checked)| &checked.findings)
            .filter(move |found| found.weight == weight)
    };
    let (problems, notes) = (is(Weight::Problem).count(), is(Weight::Note).count());
    session.voice.say(&styled(
        style::STRONG,
        format!("mosaic doctor  {}", session.home.display()),
    ));
    for (name, checked) in &checked {
        tell(session, name, checked);
    }
    let ending = match (problems, notes) {
        (0, 0) => "All is well.".to_owned(),
        (0, notes) => format!("All is well; {}.", counted(notes, "note")),
        (problems, _) => format!("{} for you to mend.", counted(problems, "problem")),
    };
    session.voice.say(&ending);
    session.voice.document(&document(session, &checked, mended));
    Ok(if problems > 0 {
        Exit::NeedsPerson
    } else {
        Exit::Done
    })
}

/// Mends the sockets of the fleet that the home at hand has taken along, where it has.
fn mend(session: &mut Session, lock: LockArgs) -> Result<Vec<String>, CommandError> {
    // What is wrong with a home that cannot be read is found next.
    let is_recorded =
        Home::look(&session.home).is_ok_and(|home| home.generation > 0 || home.recovery_pending);
    let mended = match is_recorded {
        true => {
            let entered = session.enter(false, lock, Recovery::Finish)?;
            let adoption = doctor::adoption_of(&entered.home);
            adoption
                .map(|adoption| Sockets::at(&adoption.directory).mend(&adoption))
                .transpose()?
        }
        false => None,
    };
    let mended: Vec<_> = mended.flatten().iter().map(pending_text::mended).collect();
    if mended.is_empty() {
        session.voice.say("Nothing to mend by --mend.");
    }
    for done in &mended {
        session.voice.say(&format!("Mended: {done}."));
    }
    Ok(mended)
}

fn facts(session: &Session) -> Facts {
    let looked = Home::look(&session.home);
    let mut facts = doctor::gather(
        &session.home,
        looked.as_ref().ok(),
        &session.surroundings,
        &session.at,
    );
    if let Some(error) = looked
        .err()
        .filter(|error| !matches!(error, HomeError::Absent { .. }))
    {
        let error = CommandError::from(error);
        facts.state.damage = Some((error.message(), error.advice(&session.at)));
    }
    facts
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

/// What needs a person is said also to those who asked for quiet.
fn tell(session: &mut Session, name: &str, checked: &CheckResult) {
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
    let (word, summary) = (
        styled(style, format!("{word:7}")),
        styled(style::FAINT, &checked.summary),
    );
    session
        .voice
        .say(&format!("  {word}  {name:12}  {summary}"));
    let wrapping = Options::new(session.voice.columns()).word_splitter(WordSplitter::NoHyphenation);
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
            session.voice.insist(&text)
        } else {
            session.voice.say(&text)
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
