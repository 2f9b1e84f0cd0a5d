//! The runtimes of a roster: settings of those that Mosaic knows, and those that it defines.

use std::collections::BTreeMap;

use super::reader::{self, Fields, RosterReader};
use super::{no_name, not_empty};
use crate::decide::text::in_place::EditRefusal;
use crate::decide::text::in_place::yaml::NodeId;
use crate::model::fleet_name::AgentName;
use crate::model::roster::RuntimeSettings;
use crate::model::runtime::Runtime;

/// Keys of a runtime that Mosaic knows.
const KNOWN: &[&str] = &["reset_command"];
/// Keys of one that the roster defines.
const DEFINED: &[&str] = &["command", "processes", "reset_command"];

/// Reads `runtimes`.
pub(super) fn read(
    reader: &RosterReader,
    fields: &Fields,
) -> Result<BTreeMap<Runtime, RuntimeSettings>, EditRefusal> {
    let Some(runtimes) = fields.get("runtimes") else {
        return Ok(BTreeMap::new());
    };
    let hint = "write one for each runtime, such as `pi: { reset_command: /new }`";
    let fields = reader.any_fields(runtimes, "`runtimes`", hint)?;
    let read = fields
        .keyed()
        .map(|(name, key, settings)| match Runtime::known(name) {
            Some(runtime) => Ok((runtime, known(reader, name, settings)?)),
            None => defined(reader, name, key, settings),
        });
    read.collect()
}

fn known(
    reader: &RosterReader,
    name: &str,
    settings: NodeId,
) -> Result<RuntimeSettings, EditRefusal> {
    // What is said of a key that would define it helps more than the list of keys.
    let any = reader.any_fields(settings, "a runtime", "known here: reset_command")?;
    let mut keys = any.keyed();
    if let Some((key, place, _)) = keys.find(|(key, ..)| ["command", "processes"].contains(key)) {
        let problem = format!("Mosaic knows how `{name}` is started: it takes no `{key}` here");
        return Err(EditRefusal::at(place, problem).remedy(
            "define a runtime of another name, or set MOSAIC_AGENT_COMMAND in the agent's env file",
        ));
    }
    let fields = reader.fields(settings, "a runtime", KNOWN)?;
    Ok(RuntimeSettings {
        reset_command: reset_command(reader, &fields)?,
        ..RuntimeSettings::default()
    })
}

fn defined(
    reader: &RosterReader,
    name: &str,
    key: std::ops::Range<usize>,
    settings: NodeId,
) -> Result<(Runtime, RuntimeSettings), EditRefusal> {
    let allowed = "letters, digits, `_` and `-`, a letter or digit first";
    let runtime = AgentName::parse(name)
        .map_err(|fault| no_name(key.clone(), name, "a runtime", fault, allowed))?;
    let fields = reader.fields(settings, "a runtime", DEFINED)?;
    let Some(command) = not_empty(reader, &fields, "command", "a command line")? else {
        let problem = format!("there is no runtime `{name}`, and it has no `command`");
        let remedy = match reader::near(name, &Runtime::KNOWN.each_ref().map(Runtime::as_str)) {
            Some(meant) => format!("did you mean `{meant}`? One of your own needs a `command`"),
            None => "write the command line that starts it, as `command`".to_owned(),
        };
        return Err(EditRefusal::at(key, problem).remedy(remedy));
    };
    let settings = RuntimeSettings {
        reset_command: reset_command(reader, &fields)?,
        command: Some(command),
        processes: processes(reader, &fields)?,
    };
    Ok((Runtime::Defined(runtime), settings))
}

fn reset_command(reader: &RosterReader, fields: &Fields) -> Result<Option<String>, EditRefusal> {
    let Some(command) = fields.get("reset_command") else {
        return Ok(None);
    };
    match reader.text(command, "a reset command")? {
        "" => Err(
            EditRefusal::at(reader.span(command), "this reset command is empty")
                .remedy("write what is to be typed, such as /clear, or leave it out"),
        ),
        typed => Ok(Some(typed.to_owned())),
    }
}

fn processes(reader: &RosterReader, fields: &Fields) -> Result<Vec<String>, EditRefusal> {
    let Some(list) = fields.get("processes") else {
        return Ok(Vec::new());
    };
    let name = |item: &NodeId| match reader.text(*item, "the name of a process")? {
        "" => Err(
            EditRefusal::at(reader.span(*item), "this name of a process is empty")
                .remedy("write it as `ps -o comm` shows it"),
        ),
        name => Ok(name.to_owned()),
    };
    let items = reader.items(list, "`processes`")?;
    items.iter().map(name).collect()
}

/// Reads the runtime of an agent.
pub(super) fn of_agent(
    reader: &RosterReader,
    fields: &Fields,
    defined: &BTreeMap<Runtime, RuntimeSettings>,
) -> Result<Runtime, EditRefusal> {
    let Some(node) = fields.get("runtime") else {
        return Ok(Runtime::default());
    };
    let name = reader.text(node, "a runtime")?;
    let all = named(defined);
    match all.iter().find(|runtime| runtime.as_str() == name) {
        Some(runtime) => Ok(runtime.clone()),
        None => {
            let problem = format!("there is no runtime `{}`", name.escape_debug());
            let all: Vec<_> = all.iter().map(Runtime::as_str).collect();
            Err(EditRefusal::at(reader.span(node), problem).remedy(reader::meant(name, &all)))
        }
    }
}

/// The runtimes that agents may have: those that Mosaic knows, and those that a roster defines.
pub(crate) fn named(settings: &BTreeMap<Runtime, RuntimeSettings>) -> Vec<Runtime> {
    let defined = settings.keys().filter(|key| !Runtime::KNOWN.contains(key));
    Runtime::KNOWN.into_iter().chain(defined.cloned()).collect()
}
