//! Checks of the machine around a home, judged from facts; one file a group of checks.

pub(crate) mod access;
pub(crate) mod file_system;
pub(crate) mod fleet;
pub(crate) mod mounts;
pub(crate) mod permissions;
pub(crate) mod place;
pub(crate) mod runtimes;
pub(crate) mod server;
pub(crate) mod sockets;
pub(crate) mod state;
pub(crate) mod tmux;
pub(crate) mod user_manager;

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

/// All that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Facts of the place where the home is.
    pub place: place::PlaceFacts,
    /// Facts of its file system; `None` where that could not be looked at.
    pub file_system: Option<file_system::FileSystemFacts>,
    /// Who may do what; `None` where there is no home.
    pub permissions: Option<permissions::PermissionFacts>,
    /// The folder `.mosaic`.
    pub state: state::StateFacts,
    /// tmux.
    pub tmux: tmux::TmuxFacts,
    /// Who can type into its panes.
    pub access: access::AccessFacts,
    /// The two names of a live tmux server; `None` where none was given a second one.
    pub sockets: Option<sockets::SocketFacts>,
    /// systemd's user manager.
    pub user_manager: user_manager::UserManagerFacts,
    /// The installed fleet, or why it could not be looked at.
    pub fleet: Result<fleet::FleetFacts, fleet::Unseen>,
    /// What a fleet needs and has not.
    pub needs: fleet::Needs,
    /// The runtimes of the fleet.
    pub runtimes: runtimes::RuntimesFacts,
}

/// A group of checks.
pub(crate) struct CheckGroup {
    /// Name of the group.
    pub name: &'static str,
    /// Judges the facts.
    pub judge: fn(&Facts) -> CheckResult,
}

/// Every group, in the order in which people read them.
pub(crate) const GROUPS: &[CheckGroup] = &[
    CheckGroup {
        name: "home",
        judge: |facts| place::judge(&facts.place),
    },
    CheckGroup {
        name: "file system",
        judge: |facts| optional(&facts.file_system, file_system::judge),
    },
    CheckGroup {
        name: "permissions",
        judge: |facts| optional(&facts.permissions, permissions::judge),
    },
    CheckGroup {
        name: "state",
        judge: |facts| state::judge(&facts.state),
    },
    CheckGroup {
        name: "tmux",
        judge: judge_tmux,
    },
    CheckGroup {
        name: "user manager",
        judge: |facts| user_manager::judge(&facts.user_manager),
    },
    CheckGroup {
        name: "fleet",
        judge: |facts| fleet::judge(&facts.fleet, &facts.needs),
    },
    CheckGroup {
        name: "runtimes",
        judge: |facts| runtimes::judge(&facts.runtimes),
    },
];

fn judge_tmux(facts: &Facts) -> CheckResult {
    let mut checked = tmux::judge(&facts.tmux);
    access::judge(&facts.access, &mut checked);
    if let Some(sockets) = &facts.sockets {
        sockets::judge(sockets, &mut checked);
    }
    checked
}

fn optional<T>(facts: &Option<T>, judge: fn(&T) -> CheckResult) -> CheckResult {
    facts
        .as_ref()
        .map_or_else(|| CheckResult::new("not looked at"), judge)
}

/// Weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Good to know; everything works.
    Note,
    /// Something does not work, or will not, until a person does something.
    Problem,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The finding's weight.
    pub weight: Weight,
    /// What, in a sentence.
    pub message: String,
    /// The remedy: a command to type.
    pub remedy: String,
}

/// The result of a group of checks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckResult {
    /// The facts in a few words.
    pub summary: String,
    /// Findings, in their order.
    pub findings: Vec<Finding>,
}

impl CheckResult {
    /// Nothing found yet.
    pub fn new(summary: impl Into<String>) -> Self {
        Self {
            summary: summary.into(),
            findings: Vec::new(),
        }
    }

    /// Finds something that is good to know.
    pub fn note(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        self.find(Weight::Note, message, remedy);
    }

    /// Finds something that needs a person.
    pub fn problem(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        self.find(Weight::Problem, message, remedy);
    }

    /// Finds something.
    pub fn find(&mut self, weight: Weight, message: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Finding {
            weight,
            message: message.into(),
            remedy: remedy.into(),
        });
    }
}

/// A path as a shell takes it.
pub(crate) fn quoted(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@%~,=".contains(&byte);
    // Some shells read these at the beginning of a word.
    if !path.is_empty() && path.bytes().all(is_plain) && !path.starts_with(['~', '=', '%']) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

/// The first few of a list of paths, and how many more there are.
pub(crate) fn some(paths: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = paths
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match paths.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Paths below a home as arguments for a shell.
pub(crate) fn arguments(home: &str, paths: &[String]) -> String {
    let full = paths
        .iter()
        .map(|path| quoted(&Path::new(home).join(path).display().to_string()));
    full.collect::<Vec<_>>().join(" ")
}
