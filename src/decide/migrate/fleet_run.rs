//! Files that 0.1.0 expects beside a fleet: the folder of heartbeats, and the holder's settings where they differ
//! from its unit's own.

use crate::model::fleet_paths::{FLEET, HOLDER_ENV, ROSTER, RUN};
use crate::model::socket_names::PRESENT;
use std::collections::BTreeSet;

use crate::decide::fleet::keys::{HOLDER, SOCKET};
use crate::decide::migrate::answer::{Edit, MigrationAnswer};
use crate::decide::migrate::fleet_files::FleetFile;
use crate::decide::migrate::migration::{Migration, Scope};
use crate::decide::migrate::socket::implicit_socket;
use crate::decide::migrate::workspace::Workspace;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::decide::text::in_place::roster::RosterText;
use crate::model::change::Spot;
use crate::model::migration::Refusal;
use crate::model::path::RelPath;
use crate::model::roster::HOLDER_SESSION;
use crate::model::version_range::VersionRange;

/// The migration.
pub(super) const MIGRATION: Migration = Migration {
    id: "fleet-run",
    title: "a fleet has its run directory and its holder's settings",
    sources: VersionRange {
        from: (0, 0, 0),
        until: (0, 1, 0),
    },
    waits_for: &[],
    scope: Scope::Home(decide),
};

fn decide(workspace: &Workspace) -> Vec<MigrationAnswer> {
    let fleet = workspace.fleet;
    // Behind a link that leads out of the home nothing is made.
    if fleet.outside.iter().any(|folder| folder.as_str() == FLEET) {
        return Vec::new();
    }
    if fleet.rosters.is_empty() && fleet.env_files.is_empty() {
        return Vec::new();
    }
    let mut answers = Vec::new();
    if let (false, Ok(path)) = (fleet.has_run_directory, RelPath::parse(RUN)) {
        answers.push(MigrationAnswer::Apply(vec![Edit::Directory { path }]));
    }
    if let (None, Ok(path)) = (&fleet.holder_env, RelPath::parse(HOLDER_ENV)) {
        answers.push(match settings(workspace) {
            Ok(RunSettings { socket, session })
                if socket == PRESENT && session == HOLDER_SESSION =>
            {
                MigrationAnswer::NotApplicable
            }
            Ok(settings) => MigrationAnswer::Apply(vec![Edit::File {
                path,
                text: settings.text(),
            }]),
            Err(reason) => MigrationAnswer::Refuse(vec![Refusal {
                remedy: Some(format!(
                    "write {SOCKET}=NAME and {HOLDER}={HOLDER_SESSION} into it"
                )),
                ..Refusal::about(HOLDER_ENV, reason)
            }]),
        });
    }
    answers
}

/// Settings of the holder.
struct RunSettings {
    /// Empty: tmux's own.
    socket: String,
    session: String,
}

impl RunSettings {
    fn text(&self) -> String {
        format!("{SOCKET}={}\n{HOLDER}={}\n", self.socket, self.session)
    }
}

/// As the fleet's roster says; where that cannot be read, as all agents' env files say.
fn settings(workspace: &Workspace) -> Result<RunSettings, String> {
    let roster =
        main_roster(workspace).and_then(|roster| RosterText::parse(workspace.text(roster)?).ok());
    let (socket, session) = match &roster {
        Some(roster) => (
            roster.socket().unwrap_or_default().to_owned(),
            roster.holder_session(),
        ),
        None => (socket_of_agents(workspace)?, None),
    };
    // What an empty name meant is still to be decided.
    if socket.is_empty() && workspace.holds(implicit_socket::MIGRATION.id, &names(workspace)) {
        return Err(format!(
            "it waits for the migration {}",
            implicit_socket::MIGRATION.id
        ));
    }
    let session = session.unwrap_or(HOLDER_SESSION).to_owned();
    if is_name(&socket, ".") && is_name(&session, "") && !session.is_empty() {
        Ok(RunSettings { socket, session })
    } else {
        Err(format!(
            "the roster's socket {socket:?} or holder session {session:?} is no name for tmux"
        ))
    }
}

fn names(workspace: &Workspace) -> BTreeSet<Spot> {
    workspace.files().map(|file| file.name.clone()).collect()
}

fn main_roster<'a>(workspace: &Workspace<'a>) -> Option<&'a FleetFile> {
    let rosters = &workspace.fleet.rosters;
    let main = rosters
        .iter()
        .find(|roster| roster.name.path.as_str() == ROSTER);
    main.or(rosters.first().filter(|_| rosters.len() == 1))
}

fn socket_of_agents(workspace: &Workspace) -> Result<String, String> {
    let mut named = BTreeSet::new();
    for text in workspace
        .fleet
        .env_files
        .iter()
        .filter_map(|env_file| workspace.text(env_file))
    {
        let file = EnvFile::parse(text).map_err(|refusal| refusal.to_string())?;
        named.insert(file.value(SOCKET).unwrap_or_default().to_owned());
    }
    match (named.pop_first(), named.is_empty()) {
        (Some(socket), true) => Ok(socket),
        _ => Err("which socket the holder is to keep cannot be told: no roster says it".to_owned()),
    }
}

/// Letters, digits, `_`, `-`, and these.
fn is_name(text: &str, besides: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || besides.contains(c))
}
