//! Reads a roster strictly: all that `fleet/roster.schema.json` allows, and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::decide::text::in_place::EditRefusal;
use crate::decide::text::in_place::yaml::NodeId;
use crate::model::fleet_name::{AgentName, NameFault, SessionName, SocketName};
use crate::model::place::{TextFault, line_at};
use crate::model::roster::{
    Agent, HOLDER_SESSION, Roster, RuntimeSettings, SocketOfAgent, WORKING_DIRECTORY,
};
use crate::model::runtime::Runtime;

mod reader;
pub(crate) mod runtimes;
#[cfg(test)]
mod tests;

use reader::{Fields, RosterReader};

/// Reads the text of a roster. `file` is the name that people know it by.
///
/// # Errors
///
/// The first thing that is wrong, with its place and a remedy.
pub(crate) fn parse(file: &str, text: &str) -> Result<Roster, TextFault> {
    RosterReader::new(text)
        .and_then(|reader| roster(&reader))
        .map_err(|refusal| refusal.in_file(file, text))
}

const ROSTER: &[&str] = &[
    "version",
    "transport",
    "tmux",
    "defaults",
    "runtimes",
    "agents",
];
const TMUX: &[&str] = &[
    "socket_name",
    "socketName",
    "holder_session",
    "holderSession",
];
const DEFAULTS: &[&str] = &["working_directory", "heartbeats"];
const AGENT: &[&str] = &[
    "name",
    "runtime",
    "class",
    "model_hint",
    "working_directory",
    "socket",
    "heartbeats",
    "host",
    "ssh",
    "tenant_id",
];

/// What the roster says for all agents.
struct Usual<'a> {
    directory: &'a str,
    heartbeats: bool,
    runtimes: &'a BTreeMap<Runtime, RuntimeSettings>,
}

fn roster(reader: &RosterReader) -> Result<Roster, EditRefusal> {
    let root = reader.root.ok_or_else(|| {
        EditRefusal::at(0..0, "this roster says nothing")
            .remedy("begin with `version: 1` and `agents: []`")
    })?;
    let fields = reader.fields(root, "a roster", ROSTER)?;
    check_version(reader, &fields)?;
    if let Some(transport) = fields.get("transport")
        && reader.text(transport, "a transport")? != "tmux"
    {
        return Err(
            EditRefusal::at(reader.span(transport), "the only transport is `tmux`")
                .remedy("write `transport: tmux`"),
        );
    }
    let (socket, holder_session) = tmux(reader, &fields)?;
    let (directory, heartbeats) = match fields.get("defaults") {
        Some(defaults) => {
            let fields = reader.fields(defaults, "`defaults`", DEFAULTS)?;
            (directory(reader, &fields)?, heartbeats(reader, &fields)?)
        }
        None => (None, None),
    };
    let directory = directory.unwrap_or_else(|| WORKING_DIRECTORY.to_owned());
    let runtimes = runtimes::read(reader, &fields)?;
    let usual = Usual {
        directory: &directory,
        heartbeats: heartbeats.unwrap_or(false),
        runtimes: &runtimes,
    };
    let agents = agents(reader, &fields, &usual)?;
    Ok(Roster {
        socket,
        holder_session,
        runtimes,
        agents,
    })
}

fn check_version(reader: &RosterReader, fields: &Fields) -> Result<(), EditRefusal> {
    let version = fields.required("version", "write `version: 1` at its top")?;
    if reader.number(version) == Some(1.0) {
        Ok(())
    } else {
        Err(EditRefusal::at(
            reader.span(version),
            "the only version of a roster that this program knows is 1",
        )
        .remedy("write `version: 1`, without quotes; a later one needs a later mosaic"))
    }
}

fn tmux(
    reader: &RosterReader,
    fields: &Fields,
) -> Result<(Option<SocketName>, SessionName), EditRefusal> {
    let mut socket = None;
    let mut session = HOLDER_SESSION.to_owned();
    let mut place = 0..0;
    if let Some(tmux) = fields.get("tmux") {
        let fields = reader.fields(tmux, "`tmux`", TMUX)?;
        if let Some(said) = fields.either("socket_name", "socketName")? {
            socket = self::socket(reader, said)?;
        }
        if let Some(said) = fields.either("holder_session", "holderSession")? {
            session = reader.text(said, "the holder's session")?.to_owned();
            place = reader.span(said);
        }
    }
    let session = SessionName::parse(&session).map_err(|fault| {
        no_name(
            place,
            &session,
            "a session",
            fault,
            "letters, digits, `_` and `-`, no `-` first",
        )
    })?;
    Ok((socket, session))
}

/// A socket; none for null and for an empty name.
fn socket(reader: &RosterReader, said: NodeId) -> Result<Option<SocketName>, EditRefusal> {
    if reader.is_null(said) {
        return Ok(None);
    }
    let name = reader.text(said, "a socket")?;
    let allowed = "letters, digits, `_`, `.` and `-`, no `.` or `-` first";
    let parsed = (!name.is_empty())
        .then(|| SocketName::parse(name))
        .transpose();
    parsed.map_err(|fault| no_name(reader.span(said), name, "a socket", fault, allowed))
}

fn no_name(
    at: Range<usize>,
    name: &str,
    what: &str,
    fault: NameFault,
    allowed: &str,
) -> EditRefusal {
    EditRefusal::at(at, format!("{what} cannot be called {name:?}: {fault}"))
        .remedy(format!("choose a name of {allowed}"))
}

fn agents(
    reader: &RosterReader,
    fields: &Fields,
    usual: &Usual,
) -> Result<Vec<Agent>, EditRefusal> {
    let list = fields.required("agents", "write `agents: []` for a fleet without any")?;
    let mut agents: Vec<Agent> = Vec::new();
    let mut places: HashMap<AgentName, Range<usize>> = HashMap::new();
    for item in reader.items(list, "`agents`")? {
        let fields = reader.fields(*item, "an agent", AGENT)?;
        let agent = agent(reader, &fields, usual)?;
        let place = fields
            .get("name")
            .map(|name| reader.span(name))
            .unwrap_or_default();
        if let Some(first) = places.insert(agent.name.clone(), place.clone()) {
            let first = line_at(reader.written, first.start);
            let problem = format!(
                "a second agent is called `{}`; the first is in line {first}",
                agent.name
            );
            return Err(EditRefusal::at(place, problem).remedy("give each agent a name of its own"));
        }
        agents.push(agent);
    }
    Ok(agents)
}

fn agent(reader: &RosterReader, fields: &Fields, usual: &Usual) -> Result<Agent, EditRefusal> {
    let said = |key, what| {
        fields
            .get(key)
            .map(|node| reader.text(node, what))
            .transpose()
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(Agent {
        name: agent_name(reader, fields)?,
        runtime: runtimes::of_agent(reader, fields, usual.runtimes)?,
        class: not_empty(reader, fields, "class", "a class")?,
        model_hint: owned(said("model_hint", "a model")?.filter(|hint| !hint.is_empty())),
        working_directory: directory(reader, fields)?.unwrap_or_else(|| usual.directory.to_owned()),
        socket: match fields.get("socket") {
            None => SocketOfAgent::Inherited,
            Some(said) => {
                socket(reader, said)?.map_or(SocketOfAgent::Default, SocketOfAgent::Named)
            }
        },
        heartbeats: heartbeats(reader, fields)?.unwrap_or(usual.heartbeats),
        host: address(
            reader,
            fields,
            "host",
            ".:%-",
            "192.0.2.10 or build.example.net",
        )?,
        ssh: address(reader, fields, "ssh", ".@:%[]-", "user@host")?,
        tenant_id: tenant(reader, fields)?,
    })
}

fn agent_name(reader: &RosterReader, fields: &Fields) -> Result<AgentName, EditRefusal> {
    let node = fields.required("name", "give the agent a `name`: it is also its session's")?;
    let name = reader.text(node, "a name")?;
    let allowed = "letters, digits, `_` and `-`, a letter or digit first";
    AgentName::parse(name)
        .map_err(|fault| no_name(reader.span(node), name, "an agent", fault, allowed))
}

fn directory(reader: &RosterReader, fields: &Fields) -> Result<Option<String>, EditRefusal> {
    let Some(node) = fields.get("working_directory") else {
        return Ok(None);
    };
    let directory = reader.text(node, "a directory")?;
    let below_home = ["~", "$HOME", "${HOME}"]
        .into_iter()
        .find_map(|home| directory.strip_prefix(home));
    if directory.starts_with('/')
        || below_home.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    {
        return Ok(Some(directory.to_owned()));
    }
    Err(EditRefusal::at(
        reader.span(node),
        "this directory is neither absolute nor below the home directory",
    )
    .remedy("begin it with `/`, `~/` or `$HOME/`"))
}

fn heartbeats(reader: &RosterReader, fields: &Fields) -> Result<Option<bool>, EditRefusal> {
    let said = fields.get("heartbeats");
    said.map(|node| reader.truth(node, "`heartbeats`"))
        .transpose()
}

fn not_empty(
    reader: &RosterReader,
    fields: &Fields,
    key: &str,
    what: &str,
) -> Result<Option<String>, EditRefusal> {
    let Some(node) = fields.get(key) else {
        return Ok(None);
    };
    match reader.text(node, what)? {
        "" => Err(
            EditRefusal::at(reader.span(node), format!("`{key}` is empty"))
                .remedy(format!("write {what}, or leave `{key}` out")),
        ),
        text => Ok(Some(text.to_owned())),
    }
}

/// The address that is handed to ssh: never an option, never a second word.
fn address(
    reader: &RosterReader,
    fields: &Fields,
    key: &str,
    also: &str,
    such_as: &str,
) -> Result<Option<String>, EditRefusal> {
    let Some(text) = not_empty(reader, fields, key, "an address")? else {
        return Ok(None);
    };
    let is_one =
        |c: char, besides: &str| c.is_ascii_alphanumeric() || c == '_' || besides.contains(c);
    if text.starts_with(|c| is_one(c, "")) && text.chars().all(|c| is_one(c, also)) {
        return Ok(Some(text));
    }
    let place = fields
        .get(key)
        .map(|node| reader.span(node))
        .unwrap_or_default();
    Err(
        EditRefusal::at(place, format!("{text:?} is no address of a host"))
            .remedy(format!("write one such as {such_as}")),
    )
}

fn tenant(reader: &RosterReader, fields: &Fields) -> Result<Option<String>, EditRefusal> {
    match fields.get("tenant_id") {
        Some(node) if reader.is_integer(node) => Ok(Some(reader.written_of(node).to_owned())),
        _ => not_empty(reader, fields, "tenant_id", "a tenant"),
    }
}
