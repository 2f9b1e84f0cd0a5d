//! Decides how an agent joins a fleet or leaves it: an edit of the roster, and of what is installed with it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::decide::fleet::install::{InstallFault, InstallInputs, env_path, members};
use crate::decide::fleet::order::{WrongName, named};
use crate::decide::fleet::roster;
use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::error::Planned;
use crate::decide::plan::evidence::Evidence;
use crate::decide::text::in_place::EditRefusal;
use crate::decide::text::in_place::roster::RosterText;
use crate::model::change::{FileState, Spot};
use crate::model::digest::Digest;
use crate::model::fleet_name::AgentName;
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::plan::{Action, Advisory, Content, Plan};
use crate::model::record::Record;
use crate::model::roster::{Agent, Roster};

/// What is said of an agent that is to join a fleet; each as a roster says it.
#[derive(Debug, Clone, Default)]
pub struct Newcomer {
    /// Name of the agent.
    pub name: String,
    /// Runtime of the agent.
    pub runtime: String,
    /// The other fields of a roster's agent, each with its text, in the order in which they are to be written.
    pub fields: Vec<(&'static str, String)>,
}

/// The reason why an agent neither joins nor leaves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MembershipFault {
    /// The roster is wrong, or cannot be edited.
    #[error(transparent)]
    Roster(#[from] TextFault),
    /// An agent has that name.
    #[error("the roster has an agent {0} already")]
    There(AgentName),
    /// No roster may say that of an agent.
    #[error("{problem}")]
    Wrong {
        /// The fault in what was said.
        problem: String,
        /// The remedy.
        remedy: String,
    },
    /// A name that means no agent.
    #[error(transparent)]
    Name(#[from] WrongName),
}

/// A roster that an agent has joined or left.
#[derive(Debug)]
pub(crate) struct EditedRoster {
    /// The text.
    pub text: String,
    /// What it says.
    pub roster: Roster,
    /// The agent.
    pub agent: Agent,
    /// Line of a comment that stood above an agent which left, counted from 1.
    pub comment: Option<usize>,
}

/// The text of a roster that an agent joins, behind all others. `file` is the name that people know the roster by.
///
/// # Errors
///
/// A roster that is wrong or cannot be edited, a name that is taken, and what no roster may say of an agent.
pub(crate) fn joined(
    file: &str,
    text: &str,
    newcomer: &Newcomer,
) -> Result<EditedRoster, MembershipFault> {
    let before = roster::parse(file, text)?;
    let named = [("name", &newcomer.name), ("runtime", &newcomer.runtime)];
    let fields = newcomer.fields.iter().map(|(key, text)| (*key, text));
    let entries = named.into_iter().chain(fields);
    let entries: Vec<_> = entries.map(|(key, text)| (key, text.as_str())).collect();
    let mut agent = vetted(&before, &entries)?;
    if before.agents.iter().any(|other| other.name == agent.name) {
        return Err(MembershipFault::There(agent.name));
    }
    let in_file = |refusal: EditRefusal| refusal.in_file(file, text);
    let edited = RosterText::parse(text).and_then(|roster| roster.with_agent(&entries));
    let edited = edited.map_err(in_file)?;
    let after = roster::parse(file, &edited)?;
    // Without a directory of its own it has the roster's.
    if let (false, Some(last)) = (has_directory(newcomer), after.agents.last()) {
        agent.working_directory.clone_from(&last.working_directory);
    }
    let mut expected = before;
    expected.agents.push(agent.clone());
    as_expected(&expected, after, agent, edited, None).map_err(|refusal| in_file(refusal).into())
}

/// The text of a roster that an agent leaves.
///
/// # Errors
///
/// A roster that is wrong or cannot be edited, and a name that means no agent of it.
pub(crate) fn left(file: &str, text: &str, name: &str) -> Result<EditedRoster, MembershipFault> {
    let mut expected = roster::parse(file, text)?;
    let agent = named(&expected, name)?.clone();
    let in_file = |refusal: EditRefusal| refusal.in_file(file, text);
    let edited = RosterText::parse(text).and_then(|roster| roster.without_agent(name));
    let Some(edited) = edited.map_err(in_file)? else {
        return Err(in_file(unlike()).into());
    };
    let after = roster::parse(file, &edited.text)?;
    expected.agents.retain(|other| other.name != agent.name);
    as_expected(&expected, after, agent, edited.text, edited.comment)
        .map_err(|refusal| in_file(refusal).into())
}

fn as_expected(
    expected: &Roster,
    after: Roster,
    agent: Agent,
    text: String,
    comment: Option<usize>,
) -> Result<EditedRoster, EditRefusal> {
    if *expected != after {
        return Err(unlike());
    }
    Ok(EditedRoster {
        text,
        roster: after,
        agent,
        comment,
    })
}

fn unlike() -> EditRefusal {
    let problem = "the list of agents cannot change here without something else changing along";
    EditRefusal::at(0..0, problem).remedy("change it by hand")
}

fn has_directory(newcomer: &Newcomer) -> bool {
    let mut fields = newcomer.fields.iter();
    fields.any(|(key, _)| *key == "working_directory")
}

/// The agent that these entries make in a roster with the same runtimes: the rules are those of every roster.
fn vetted(before: &Roster, entries: &[(&str, &str)]) -> Result<Agent, MembershipFault> {
    let defined = roster::runtimes::named(&before.runtimes);
    let defined = defined
        .iter()
        .filter(|runtime| before.command_of(runtime).is_some());
    let runtimes: Map<_, _> = defined
        .map(|runtime| (runtime.to_string(), json!({ "command": "x" })))
        .collect();
    let agent: Map<_, _> = entries
        .iter()
        .map(|(key, text)| ((*key).to_owned(), Value::from(*text)))
        .collect();
    let alone = json!({ "version": 1, "runtimes": runtimes, "agents": [agent] });
    let mut alone =
        roster::parse("", &alone.to_string()).map_err(|fault| MembershipFault::Wrong {
            problem: fault.problem,
            remedy: fault.remedy.unwrap_or_default(),
        })?;
    alone.agents.pop().ok_or_else(|| MembershipFault::Wrong {
        problem: "nothing is said of the agent".to_owned(),
        remedy: String::new(),
    })
}

/// The file of a roster, as it was read.
#[derive(Debug)]
pub(crate) struct RosterFile {
    /// The name in the home.
    pub path: RelPath,
    /// The place of the file itself: another one where the name is a link.
    pub at: Spot,
    /// Its state.
    pub state: FileState,
}

/// A change of a fleet's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// The agent joins.
    Joins,
    /// The agent leaves.
    Leaves,
}

/// Plans the change of a roster, together with what is installed of the agent; `install` is nothing where no fleet is.
pub(crate) fn plan<E: Evidence>(
    (file, edited, membership): (&RosterFile, &EditedRoster, Membership),
    install: Option<&InstallInputs>,
    record: &Record,
    umask: u32,
    evidence: &E,
) -> Planned<Plan, InstallFault, E::Error> {
    let mut builder = PlanBuilder::new(record, umask, evidence);
    let after = FileState {
        digest: Digest::of(edited.text.as_bytes()),
        mode: file.state.mode,
    };
    let content = Content::Bytes(edited.text.clone().into_bytes());
    let (agent, name) = (&edited.agent, Spot::in_home(&file.path));
    builder.put(&file.at, Some(file.state), after, content);
    if file.at != name {
        builder.require_link(file.path.clone(), file.at.clone());
    }
    let reason = match membership {
        Membership::Joins => format!("{} joins; all else stays as it is written", agent.name),
        Membership::Leaves => format!("{} leaves; all else stays as it is written", agent.name),
    };
    builder.step(name.clone(), Action::Replace, reason);
    if let Some(line) = edited.comment {
        builder.advise(Advisory {
            path: name.to_string(),
            line: u32::try_from(line).ok(),
            message: format!("this comment stood above {}, and stays", agent.name),
        });
    }
    if let Some(inputs) = install.filter(|_| agent.is_here()) {
        builder = match membership {
            Membership::Joins => members::join(inputs, builder, agent)?,
            Membership::Leaves => members::leave(inputs, builder, agent)?,
        };
        let env = env_path(agent.name.as_str()).map(|path| Spot::in_home(&path));
        let together: BTreeSet<_> = [file.at.clone()].into_iter().chain(env).collect();
        builder.keep_together([together].into_iter());
    }
    Ok(builder.finish(|_| false)?)
}
