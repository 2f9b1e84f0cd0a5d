//! Whether a runtime is set up in this home: what it would ask at its start, before it takes any message. Read as the
//! versions of `decide/fleet/runtimes` keep it; what is written in another way is not judged.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::decide::doctor::runtimes::{AgentFacts, RuntimesFacts, names, start_in};
use crate::decide::doctor::{CheckResult, quoted};
use crate::model::runtime::Runtime;

#[cfg(test)]
mod tests;

/// What a runtime keeps in the user's home.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setup {
    /// The file of its settings that is judged.
    pub path: String,
    /// Text of that file, if it is there.
    pub text: Option<String>,
    /// True if it has a login.
    pub has_login: bool,
}

/// A variable that holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The last twenty characters, by which claude writes down which key it may use.
    pub tail: String,
    /// True if the user manager's environment has it, and no env file.
    pub is_managers: bool,
}

/// The variable that claude asks about.
const ASKED_ABOUT: &str = "ANTHROPIC_API_KEY";
/// Tries after which pi gives up on its provider, where its settings do not say.
const PI_RETRIES: u64 = 3;

/// Judges them all.
pub(super) fn judge(facts: &RuntimesFacts, checked: &mut CheckResult) {
    for (runtime, setup) in &facts.setups {
        let agents = facts.agents.iter();
        let agents: Vec<_> = agents.filter(|agent| agent.runtime == *runtime).collect();
        let of = Judged {
            runtime,
            setup,
            agents,
        };
        match runtime {
            Runtime::Claude => of.claude(checked),
            Runtime::Codex => of.codex(checked),
            Runtime::OpenCode => of.opencode(checked),
            Runtime::Pi => of.pi(checked),
            Runtime::Defined(_) => {}
        }
    }
    judge_root(facts, checked);
}

/// Claude's own rule.
fn judge_root(facts: &RuntimesFacts, checked: &mut CheckResult) {
    let refused =
        |agent: &&AgentFacts| facts.is_root && agent.is_unasked && agent.runtime == Runtime::Claude;
    for agent in facts.agents.iter().filter(refused) {
        let message = format!(
            "claude ends at once as root where its approvals are switched off, as the command of {} does",
            agent.name
        );
        checked.problem(
            message,
            format!("${{EDITOR:-vi}} {}", quoted(&agent.env_file)),
        );
    }
}

/// A runtime's setup, and the agents that it is for.
struct Judged<'a> {
    runtime: &'a Runtime,
    setup: &'a Setup,
    agents: Vec<&'a AgentFacts>,
}

impl Judged<'_> {
    fn claude(&self, checked: &mut CheckResult) {
        let settings = match self
            .setup
            .text
            .as_deref()
            .map(serde_json::from_str::<Value>)
        {
            Some(Err(_)) => {
                let path = &self.setup.path;
                let message =
                    format!("{path} is no JSON: claude asks at its start what to do with it");
                checked.problem(message, format!("${{EDITOR:-vi}} {}", quoted(path)));
                return;
            }
            Some(Ok(settings)) => settings,
            None => Value::Null,
        };
        if settings["hasCompletedOnboarding"] != true {
            let message = "claude is not set up in this home: it asks at its start, and without a network it ends at once";
            checked.problem(message, self.start());
            return;
        }
        let is_logged_in = settings["oauthAccount"].is_object();
        self.login(is_logged_in, "claude", checked);
        let is_trusted = |folder: &str| {
            let mut above = std::path::Path::new(folder).ancestors();
            above.any(|above| {
                let above = above.to_string_lossy();
                settings["projects"][&*above]["hasTrustDialogAccepted"] == true
            })
        };
        for (folder, agents) in self
            .folders()
            .iter()
            .filter(|(folder, _)| !is_trusted(folder))
        {
            let message = format!(
                "claude does not trust {folder} yet: it asks at the start of {}, and an Enter there ends it",
                names(agents)
            );
            checked.problem(message, start_in(folder, self.runtime));
        }
        self.key(&settings, checked);
    }

    /// The key that claude asks about, where it was not allowed yet.
    fn key(&self, settings: &Value, checked: &mut CheckResult) {
        let allowed = settings["customApiKeyResponses"]["approved"].as_array();
        let is_allowed = |key: &Key| {
            let mut allowed = allowed.into_iter().flatten().filter_map(Value::as_str);
            allowed.any(|tail| !tail.is_empty() && key.tail.ends_with(tail))
        };
        for agent in &self.agents {
            let Some(key) = agent.keys.get(ASKED_ABOUT).filter(|key| !is_allowed(key)) else {
                continue;
            };
            let message = format!(
                "claude asks at the start of {} whether it may use {ASKED_ABOUT}, and an Enter there refuses it: answer once in a shell that has it, or take it out",
                agent.name
            );
            let remedy = if key.is_managers {
                format!("systemctl --user unset-environment {ASKED_ABOUT}")
            } else {
                format!("${{EDITOR:-vi}} {}", quoted(&agent.env_file))
            };
            checked.problem(message, remedy);
        }
    }

    fn codex(&self, checked: &mut CheckResult) {
        let settings = self.setup.text.as_deref().map(str::parse::<toml::Table>);
        let settings = match settings {
            Some(Err(_)) => {
                let path = &self.setup.path;
                let message = format!("{path} is no TOML: codex ends at once");
                checked.problem(message, format!("${{EDITOR:-vi}} {}", quoted(path)));
                return;
            }
            Some(Ok(settings)) => settings,
            None => toml::Table::new(),
        };
        self.login(
            settings.contains_key("model_provider"),
            "codex login",
            checked,
        );
        // It asks about repositories alone: whatever else its settings and its flags say, and at each start where it was told
        // not to trust one.
        let projects = settings.get("projects").and_then(toml::Value::as_table);
        let is_trusted = |folder: &str| {
            let project = projects.and_then(|projects| projects.get(folder));
            let level = project.and_then(|project| project.get("trust_level"));
            level.and_then(toml::Value::as_str) == Some("trusted")
        };
        for (folder, agents) in &self.folders() {
            let repository = agents.iter().find_map(|agent| agent.repository.as_deref());
            let is_trusted = |repository| is_trusted(repository) || is_trusted(folder);
            if repository.is_none_or(is_trusted) {
                continue;
            }
            let message = format!(
                "codex does not trust {folder}: it asks at the start of {}",
                names(agents)
            );
            checked.problem(message, start_in(folder, self.runtime));
        }
    }

    fn opencode(&self, checked: &mut CheckResult) {
        let settings = self.setup.text.as_deref().unwrap_or_default();
        if !self.has_login() && !settings.contains("\"provider\"") {
            let message = "opencode has no login, no provider and no key: only what it offers for nothing answers";
            checked.note(message, "opencode auth login");
        }
    }

    fn pi(&self, checked: &mut CheckResult) {
        self.login(false, "pi", checked);
        let text = self.setup.text.as_deref().unwrap_or("{}");
        let settings = serde_json::from_str::<Value>(text).unwrap_or_default();
        let retries = settings["retry"]["maxRetries"].as_u64();
        if retries.unwrap_or(PI_RETRIES) <= PI_RETRIES {
            let path = &self.setup.path;
            let message = format!(
                "pi gives up after {PI_RETRIES} tries, and stays idle, when its provider is away for some seconds: write \"retry\": {{ \"maxRetries\": 1000 }} into {path}"
            );
            checked.note(message, format!("${{EDITOR:-vi}} {}", quoted(path)));
        }
    }

    fn has_login(&self) -> bool {
        self.setup.has_login || self.agents.iter().all(|agent| !agent.keys.is_empty())
    }

    fn login(&self, is_provided: bool, remedy: &str, checked: &mut CheckResult) {
        if !is_provided && !self.has_login() {
            let message = format!(
                "{} has no login here, and {} has no key in its environment: it cannot answer",
                self.runtime,
                names(&self.agents)
            );
            checked.problem(message, remedy);
        }
    }

    /// Starts the runtime where its first agent works.
    fn start(&self) -> String {
        let folder = self.agents.iter().find_map(|agent| agent.folder.as_deref());
        folder.map_or_else(
            || self.runtime.to_string(),
            |folder| start_in(folder, self.runtime),
        )
    }

    /// The working directories, with the agents of each.
    fn folders(&self) -> BTreeMap<&str, Vec<&AgentFacts>> {
        let mut folders = BTreeMap::<_, Vec<_>>::new();
        for agent in &self.agents {
            if let Some(folder) = &agent.folder {
                folders.entry(folder.as_str()).or_default().push(*agent);
            }
        }
        folders
    }
}
