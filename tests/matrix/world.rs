//! A small matrix for tests: a bundle of few files, one old home, and cases.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::support::{Sandbox, write};

/// What the old release left in the home. The bundle ships `same.md` as it is.
const LEFT: [(&str, &str); 5] = [
    (".framework-version", "0.0.31\n"),
    ("same.md", "the same\n"),
    (
        "fleet/roster.yaml",
        "socket_name: mosaic-factory\nagents: []\n",
    ),
    (
        "fleet/agents/coder0.env",
        "MOSAIC_TMUX_SOCKET=mosaic-factory\nAPI_TOKEN=hunter2\n",
    ),
    ("notes.md", "mine\n"),
];

/// A matrix of its own in a sandbox.
pub struct World {
    pub sandbox: Sandbox,
}

impl World {
    /// The bundle, the old home, and no case. The bundle has another name than the framework, so no migration
    /// is due: what a cell of these finds is what the case says, whatever migrations there are.
    pub fn new() -> Self {
        let sandbox = Sandbox::new();
        let files = [
            ("same.md", "the same\n"),
            ("guide.md", "a guide\n"),
            ("SOUL.md", "soul\n"),
            ("run.sh*", "#!/bin/sh\n"),
        ];
        let bundle = sandbox.bundle("bundle", "0.1.0", &files);
        let manifest = bundle.join("bundle.toml");
        let renamed = std::fs::read_to_string(&manifest)
            .unwrap()
            .replace("\"mosaic\"", "\"tiny\"");
        write(&manifest, renamed.as_bytes(), 0o644);
        for (path, content) in LEFT {
            write(
                &sandbox.path("homes/0.0.31/home").join(path),
                content.as_bytes(),
                0o644,
            );
        }
        write(
            &sandbox.path("homes/0.0.31/units/mine.service"),
            b"[Unit]\n",
            0o644,
        );
        std::fs::create_dir(sandbox.path("matrix")).unwrap();
        Self { sandbox }
    }

    /// With a case of this text.
    pub fn with(self, name: &str, text: &str) -> Self {
        self.put(&format!("{name}/case.toml"), text);
        self
    }

    /// Puts a file into the matrix.
    pub fn put(&self, path: &str, text: &str) {
        write(
            &self.sandbox.path("matrix").join(path),
            text.as_bytes(),
            0o644,
        );
    }

    /// Where the bundle is.
    pub fn bundle(&self) -> PathBuf {
        self.sandbox.path("bundle")
    }

    /// Runs it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let all = [&["matrix", "run", "matrix", "--from", "bundle"], arguments].concat();
        self.sandbox.mosaic(&all).output().expect("it runs")
    }

    /// Runs it, checks how it ends, and returns its document.
    pub fn judged(&self, arguments: &[&str], status: i32) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{said}");
        serde_json::from_slice(&output.stdout).expect("one document")
    }

    /// Runs what cannot be run, and returns what people read.
    pub fn refused(&self, arguments: &[&str], status: i32) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(output.stdout.is_empty(), "something was played");
        said
    }
}

/// The findings of a cell, as `check: problem`.
pub fn findings(document: &Value, case: &str, start: &str) -> Vec<String> {
    let cells = document["cells"].as_array().expect("cells").iter();
    let cell = cells
        .clone()
        .find(|cell| cell["case"] == case && cell["start"] == start)
        .expect("the cell");
    let findings = cell["findings"].as_array().expect("findings").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let findings: Vec<_> = findings
        .map(|line| format!("{}: {}", text(&line["check"]), text(&line["problem"])))
        .collect();
    assert_eq!(cell["green"], findings.is_empty());
    findings
}
