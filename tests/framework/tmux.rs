//! A tmux server of a test's own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::framework::framework;

/// A tmux server of the test's own, with a session `base`; ends with the test.
pub struct Tmux {
    dir: TempDir,
    socket: &'static str,
}

impl Tmux {
    pub fn named(socket: &'static str) -> Self {
        let tmux = Self::without_server(socket);
        let mut start = tmux.client();
        start.args([
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-s",
            "base",
            "sleep",
            "600",
        ]);
        assert_ok(
            &start
                .output()
                .expect("these tests need tmux: install it (apt-get install tmux)"),
        );
        tmux
    }

    pub fn on_default() -> Self {
        Self::named("")
    }

    pub fn without_server(socket: &'static str) -> Self {
        // Not $TMPDIR: a socket's path has a limit of about 100 bytes.
        let dir = tempfile::Builder::new()
            .prefix("mosaic-")
            .tempdir_in("/tmp")
            .unwrap();
        Self { dir, socket }
    }

    pub fn dir(&self) -> PathBuf {
        self.dir.path().to_path_buf()
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    pub fn client(&self) -> Command {
        let mut client = self.isolated("tmux");
        if !self.socket.is_empty() {
            client.args(["-L", self.socket]);
        }
        client
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.client()
            .arg("-N")
            .args(arguments)
            .output()
            .expect("these tests need tmux: install it")
    }

    /// `PANE_ID|DEAD` of every pane of the session with exactly this name.
    pub fn panes(&self, session: &str) -> Vec<String> {
        let said = self
            .run(&[
                "list-panes",
                "-a",
                "-F",
                "#{session_name}|#{pane_id}|#{pane_dead}",
            ])
            .stdout;
        let said = String::from_utf8(said).unwrap();
        let rows = said.lines().filter_map(|row| row.split_once('|'));
        rows.filter(|(name, _)| *name == session)
            .map(|(_, pane)| pane.to_owned())
            .collect()
    }

    pub fn isolated(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("TMUX") || name.starts_with("MOSAIC_") || name == "INVOCATION_ID" {
                command.env_remove(&variable);
            }
        }
        let program = Path::new(env!("CARGO_BIN_EXE_mosaic"));
        let folder = program.parent().expect("a folder").display();
        let path = std::env::var("PATH").expect("a PATH");
        command
            .env("PATH", format!("{folder}:{path}"))
            .env("TMUX_TMPDIR", self.dir.path())
            .env("HOME", self.dir.path())
            .current_dir(self.dir.path());
        command
    }

    pub fn tool_command(&self, tool: &str, arguments: &[&str]) -> Command {
        let mut command = self.isolated(framework().join("tools").join(tool));
        command
            .args(arguments)
            .env("MOSAIC_TMUX_SOCKET", self.socket);
        command
    }

    pub fn tool(&self, tool: &str, arguments: &[&str]) -> Output {
        self.tool_command(tool, arguments).output().unwrap()
    }

    pub fn starter(&self, name: &str, command: &str) -> Command {
        let mut start = self.tool_command("fleet/start-agent-session.sh", &[name]);
        start.envs([
            ("MOSAIC_AGENT_WORKDIR", "$HOME"),
            ("MOSAIC_AGENT_COMMAND", command),
        ]);
        start
    }

    pub fn start_agent(&self, name: &str, command: &str) -> Output {
        self.starter(name, command).output().unwrap()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.client().args(["-N", "kill-server"]).output();
    }
}

pub fn assert_ok(said: &Output) {
    assert!(said.status.success(), "{said:?}");
}

pub fn terminate(pid: u32) {
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}
