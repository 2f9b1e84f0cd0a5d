//! The values that there are just now, in the home that a half-typed line is about. What cannot be read offers nothing.

use std::path::{Path, PathBuf};

use clap_complete::engine::CompletionCandidate;

use crate::edge::report::topics;
use crate::effects::os::disk::outside;
use crate::effects::os::host;
use crate::model::generation::Journal;
use crate::model::path::RelPath;
use crate::model::record::Parked;
use crate::model::roster::Agent;
use crate::ops::context::usual_home;
use crate::ops::fleet::init::preset_names;
use crate::ops::fleet::roster::read_roster;
use crate::ops::history::history;
use crate::ops::resolve;
use crate::ops::{Context, migrate};

/// A value to offer.
pub(super) struct Value {
    /// The value.
    pub text: String,
    /// What it is, in a few words.
    pub help: Option<String>,
}

impl Value {
    fn plain(text: &impl ToString) -> Self {
        Self {
            text: text.to_string(),
            help: None,
        }
    }

    fn with(text: &impl ToString, help: &impl ToString) -> Self {
        Self {
            text: text.to_string(),
            help: Some(help.to_string()),
        }
    }

    /// The value as shells are told it.
    pub(super) fn candidate(self) -> CompletionCandidate {
        CompletionCandidate::new(self.text).help(self.help.map(Into::into))
    }
}

/// Agents of the roster that the line is about.
pub(super) fn agents(_typed: &str) -> Vec<Value> {
    let read = || {
        let roster = typed_after("--roster").map(PathBuf::from);
        read_roster(&context()?, roster.as_deref()).ok()
    };
    let agents = read().map_or_else(Vec::new, |roster| roster.agents);
    let value = |agent: &Agent| Value::with(&agent.name, &agent.runtime);
    agents.iter().map(value).collect()
}

/// Generations to go back to, the latest first.
pub(super) fn generations(_typed: &str) -> Vec<Value> {
    let Some(history) = context().and_then(|context| history(&context).ok()) else {
        return Vec::new();
    };
    let value = |journal: &Journal| {
        let heading = &journal.heading;
        let release = heading
            .to
            .as_ref()
            .map(|release| release.version.to_string());
        let release = release.unwrap_or_else(|| "nothing installed".to_owned());
        Value::with(&heading.number, &format!("{}, {release}", heading.command))
    };
    history.journals.iter().rev().map(value).collect()
}

/// Migrations by their ids.
pub(super) fn migrations(_typed: &str) -> Vec<Value> {
    migrate::ids().map(|text| Value::plain(&text)).collect()
}

/// Presets of rosters.
pub(super) fn presets(_typed: &str) -> Vec<Value> {
    let names = context().and_then(|context| preset_names(&context).ok());
    let names = names.unwrap_or_default().into_iter();
    names.map(|name| Value::plain(&name)).collect()
}

/// Paths with a parked conflict.
pub(super) fn parked(_typed: &str) -> Vec<Value> {
    let parked = context().and_then(|context| resolve::parked(&context).ok());
    let conflicts = parked.map_or_else(Vec::new, |parked| parked.conflicts);
    let value = |(path, parked): &(RelPath, Parked)| Value::with(path, &parked.reason);
    conflicts.iter().map(value).collect()
}

/// Files and folders of the home, one level at a time: from where the person stands in it, else from its top.
pub(super) fn paths(typed: &str) -> Vec<Value> {
    let Some(context) = context() else {
        return Vec::new();
    };
    let here = host::working_directory().unwrap_or_default();
    let home = outside::real_or_same(&context.home);
    let top = if outside::real_or_same(&here).starts_with(&home) {
        here
    } else {
        home
    };
    let above = typed.rsplit_once('/').map_or("", |(above, _)| above);
    let folder = top.join(above);
    let names = outside::names(&folder).into_iter();
    let names = names.filter_map(|name| name.into_string().ok());
    let shown = names.filter(|name| name != ".mosaic");
    let value = |name: String| {
        let end = if outside::is_directory(&folder.join(&name)) {
            "/"
        } else {
            ""
        };
        let path = Path::new(above).join(name);
        Value::plain(&format!("{}{end}", path.display()))
    };
    sorted(shown.map(value).collect())
}

/// Chapters and words of the guide.
pub(super) fn subjects(_typed: &str) -> Vec<Value> {
    topics::names()
        .into_iter()
        .map(|text| Value::plain(&text))
        .collect()
}

fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by(|one, next| one.text.cmp(&next.text));
    values
}

/// The context of the home that the line names, or of the usual one.
fn context() -> Option<Context<'static>> {
    let home = typed_after("--home")
        .map(PathBuf::from)
        .or_else(usual_home)?;
    Context::new(&home).ok()
}

/// The value of a flag in the line.
fn typed_after(flag: &str) -> Option<String> {
    let words: Vec<_> = host::arguments()
        .filter_map(|word| word.into_string().ok())
        .collect();
    let mut pairs = words.windows(2);
    let beside = pairs.find_map(|pair| (pair[0] == flag).then(|| pair[1].clone()));
    let joined = || {
        words
            .iter()
            .find_map(|word| word.strip_prefix(flag)?.strip_prefix('='))
    };
    beside.or_else(|| joined().map(str::to_owned))
}
