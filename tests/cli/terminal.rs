//! A real terminal of a given size: a pane of a tmux server that is private to one test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::Sandbox;
use crate::support::patience::awaited;

/// One run of the program in a pane.
pub struct Terminal {
    sockets: PathBuf,
    server: String,
}

impl Terminal {
    /// Types a command line to a shell in a pane of so many columns and rows. `$MOSAIC` is the program; HOME is
    /// the sandbox's.
    pub fn run(sandbox: &Sandbox, columns: u16, rows: u16, line: &str) -> Self {
        let sockets = sandbox.path("tmux");
        std::fs::create_dir_all(&sockets).expect("a folder for the socket");
        // A name of its own each time: the server of the run before may not have ended yet.
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let server = format!("terminal-{}", RUNS.fetch_add(1, Ordering::Relaxed));
        let terminal = Self { sockets, server };
        let line = format!("{line}; echo \"exit $?\"; exec sleep 1000");
        let size = [columns.to_string(), rows.to_string()];
        let mut command = terminal.tmux();
        command
            .env("HOME", sandbox.path("user"))
            .env("MOSAIC", env!("CARGO_BIN_EXE_mosaic"))
            .env("TZ", "UTC");
        command.args([
            "new-session",
            "-d",
            "-s",
            "pane",
            "-x",
            &size[0],
            "-y",
            &size[1],
            "sh",
            "-c",
            &line,
        ]);
        assert!(
            command
                .current_dir(sandbox.path(""))
                .status()
                .expect("tmux runs")
                .success()
        );
        terminal
    }

    /// What the pane shows once the command has ended, scrolled-off lines included; with colours as escapes
    /// if asked for.
    pub fn shows(&self, colours: bool) -> String {
        awaited("the command's end", || {
            let shown = self.now(false);
            if shown.lines().any(|line| line.starts_with("exit ")) {
                Ok(self.now(colours))
            } else {
                Err(shown)
            }
        })
    }

    /// Types a key, by tmux's name.
    pub fn press(&self, key: &str) {
        assert!(
            self.tmux()
                .args(["send-keys", "-t", "=pane:", key])
                .status()
                .expect("tmux runs")
                .success()
        );
    }

    /// Waits until a text is to be seen, and returns what else is.
    pub fn waits_with(&self, text: &str) -> String {
        awaited(text, || {
            let shown = self.now(true);
            if shown.contains(text) {
                Ok(shown)
            } else {
                Err(shown)
            }
        })
    }

    /// What it shows now.
    pub fn now(&self, colours: bool) -> String {
        let mut command = self.tmux();
        command.args(["capture-pane", "-p", "-S", "-", "-t", "=pane:"]);
        if colours {
            command.arg("-e");
        }
        String::from_utf8(command.output().expect("tmux runs").stdout).expect("UTF-8")
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TMUX_TMPDIR", &self.sockets)
            .env("LC_ALL", "C.UTF-8");
        command.args(["-u", "-L", &self.server, "-f", "/dev/null"]);
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let ended = self.tmux().arg("kill-server").output();
        assert!(ended.is_ok(), "tmux runs");
    }
}
