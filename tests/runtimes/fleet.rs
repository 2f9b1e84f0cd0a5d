//! A fleet of real runtimes in the HOME of a test, and what its panes show.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::manager::{Inside, said};
use crate::patience::awaited;
use crate::runtimes;
use crate::service::Service;

pub const SOCKET: &str = "mosaic-fleet";

/// An agent for each pair of a name and a runtime, each in a folder of its own.
pub struct Fleet<'a> {
    pub inside: &'a Inside,
    pub service: Service,
    pub home: PathBuf,
}

impl<'a> Fleet<'a> {
    /// One that is installed and not yet started.
    pub fn new(inside: &'a Inside, agents: &[(&str, &str)]) -> Self {
        Self::with(inside, agents, "", |_| None)
    }

    /// One whose roster says more, in lines of their own.
    pub fn saying(inside: &'a Inside, agents: &[(&str, &str)], more: &str) -> Self {
        Self::with(inside, agents, more, |_| None)
    }

    /// One of agents some of which have another folder than their own, by their places.
    pub fn in_folders(
        inside: &'a Inside,
        agents: &[(&str, &str)],
        other: impl Fn(usize) -> Option<PathBuf>,
    ) -> Self {
        Self::with(inside, agents, "", other)
    }

    fn with(
        inside: &'a Inside,
        agents: &[(&str, &str)],
        more: &str,
        other: impl Fn(usize) -> Option<PathBuf>,
    ) -> Self {
        let fleet = Self {
            inside,
            service: Service::start(),
            home: inside.home().join(".config/mosaic"),
        };
        let folder = |(at, (name, _)): (usize, &(&str, &str))| {
            other(at).unwrap_or_else(|| fleet.folder(name))
        };
        let folders: Vec<_> = agents.iter().enumerate().map(folder).collect();
        for runtime in runtimes::ALL {
            let all = agents.iter().zip(&folders);
            let own = all.filter(|((_, of), _)| *of == runtime);
            let own: BTreeSet<_> = own.map(|(_, folder)| folder.clone()).collect();
            if !own.is_empty() {
                runtimes::set_up(runtime, inside.home(), fleet.service.port(), &own);
            }
        }
        fleet.run(&["install"], 0);
        fleet.run(&["fleet", "init"], 0);
        fleet.declare(agents, &folders, more);
        fleet.run(&["fleet", "install"], 0);
        fleet
    }

    fn declare(&self, agents: &[(&str, &str)], folders: &[PathBuf], more: &str) {
        let mut roster = format!("version: 1\ntmux: {{ socket_name: {SOCKET} }}\n{more}agents:\n");
        fs::create_dir_all(self.home.join("fleet/agents")).expect("made");
        for ((name, runtime), folder) in agents.iter().zip(folders) {
            fs::create_dir_all(folder).expect("made");
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

    /// Waits for an agent's composer.
    pub fn await_composer(&self, name: &str, mark: &str) {
        awaited(&format!("the composer of {name}"), || {
            let screen = self.screen(name);
            screen.contains(mark).then_some(()).ok_or(screen)
        });
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
