//! A fleet of real runtimes in the HOME of a test, and what its panes show.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::manager::{Inside, said};
use crate::runtimes;
use crate::service::Service;

pub const SOCKET: &str = "mosaic-fleet";

/// An agent for each pair of a name and a runtime, each in a folder of its own.
pub struct Fleet<'a> {
    pub inside: &'a Inside,
    pub service: Service,
    home: PathBuf,
}

impl<'a> Fleet<'a> {
    /// One that is installed and not yet started.
    pub fn new(inside: &'a Inside, agents: &[(&str, &str)]) -> Self {
        let fleet = Self {
            inside,
            service: Service::start(),
            home: inside.home().join(".config/mosaic"),
        };
        for runtime in runtimes::ALL {
            let own = agents.iter().filter(|(_, of)| *of == runtime);
            let folders: Vec<_> = own.map(|(name, _)| fleet.folder(name)).collect();
            if !folders.is_empty() {
                runtimes::set_up(runtime, inside.home(), fleet.service.port(), &folders);
            }
        }
        fleet.run(&["install"], 0);
        fleet.run(&["fleet", "init"], 0);
        fleet.declare(agents);
        fleet.run(&["fleet", "install"], 0);
        fleet
    }

    fn declare(&self, agents: &[(&str, &str)]) {
        let mut roster = format!("version: 1\ntmux: {{ socket_name: {SOCKET} }}\nagents:\n");
        fs::create_dir_all(self.home.join("fleet/agents")).expect("made");
        for (name, runtime) in agents {
            let folder = self.folder(name);
            fs::create_dir_all(&folder).expect("made");
            roster += &format!(
                "  - name: {name}\n    runtime: {runtime}\n    working_directory: {}\n",
                folder.display()
            );
            let env = self.home.join(format!("fleet/agents/{name}.env"));
            fs::write(env, runtimes::environment(runtime, self.service.port())).expect("written");
        }
        fs::write(self.home.join("fleet/roster.yaml"), roster).expect("written");
    }

    /// The working directory of an agent.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.inside.home().join("src").join(name)
    }

    /// Runs `mosaic`, which must end with a status. What it says.
    pub fn run(&self, words: &[&str], status: i32) -> String {
        let output = self.inside.mosaic(words);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{words:?}: {}",
            said(&output)
        );
        said(&output)
    }

    /// A document.
    pub fn shown(&self, words: &[&str]) -> Value {
        let output = self.inside.mosaic(&[words, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// What the tmux server of the fleet says; it must succeed.
    pub fn tmux(&self, words: &[&str]) -> String {
        self.inside.tmux(&[&["-L", SOCKET], words].concat())
    }

    /// What an agent's pane shows now.
    pub fn screen(&self, name: &str) -> String {
        self.tmux(&["capture-pane", "-p", "-J", "-t", &format!("={name}:")])
    }

    /// A text as somebody pastes it, without an Enter.
    pub fn paste(&self, name: &str, text: &str) {
        let file = self.inside.home().join("pasted");
        fs::write(&file, text).expect("written");
        self.tmux(&["load-buffer", "-b", "pasted", file.to_str().expect("UTF-8")]);
        self.tmux(&[
            "paste-buffer",
            "-d",
            "-p",
            "-r",
            "-b",
            "pasted",
            "-t",
            &format!("={name}:"),
        ]);
    }

    /// A key, such as `Enter`.
    pub fn press(&self, name: &str, key: &str) {
        self.tmux(&["send-keys", "-t", &format!("={name}:"), key]);
    }
}
