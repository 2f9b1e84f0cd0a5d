//! tmux servers in a folder of their own, which end with the test, however that ends.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use assert_fs::TempDir;
use mosaic::model::tmux::{Adoption, Server};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::eventually;

/// What the server was started with.
pub const FORMER: &str = "mosaic-factory";
/// What it is to be reachable by, too.
pub const NAME: &str = "mosaic-fleet";

/// A folder of sockets, and the servers that were started in it.
pub struct Fleet {
    folder: TempDir,
    servers: RefCell<Vec<Server>>,
    clients: RefCell<Vec<Child>>,
}

impl Fleet {
    /// Nothing is running in it yet.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a scratch folder");
        Self {
            folder,
            servers: RefCell::default(),
            clients: RefCell::default(),
        }
    }

    /// One with a server on the former name that has this many sessions.
    pub fn of(sessions: usize) -> (Self, Adoption) {
        let fleet = Self::new();
        let server = fleet.start(FORMER, sessions);
        let adoption = fleet.adoption(server);
        (fleet, adoption)
    }

    pub fn adoption(&self, server: Server) -> Adoption {
        let directory = self.directory().display().to_string();
        Adoption {
            directory,
            former: FORMER.to_owned(),
            name: NAME.to_owned(),
            server,
        }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn directory(&self) -> PathBuf {
        self.path(&format!("tmux-{}", geteuid().as_raw()))
    }

    /// `tmux` as a person types it, with nothing of the real user's surroundings.
    pub fn tmux(&self, socket: &str, words: &[&str]) -> Output {
        let mut tmux = self.program("tmux");
        tmux.args(["-f", "/dev/null", "-L", socket])
            .args(words)
            .output()
            .expect("tmux runs")
    }

    /// What it answers; it must succeed.
    pub fn ask(&self, socket: &str, words: &[&str]) -> String {
        let output = self.tmux(socket, words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "tmux -L {socket} {words:?}: {said}"
        );
        String::from_utf8(output.stdout)
            .expect("UTF-8")
            .trim()
            .to_owned()
    }

    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm");
        command
            .env("HOME", self.path(""))
            .env("TMUX_TMPDIR", self.path(""))
            .current_dir(self.path(""));
        command
    }

    /// Starts sessions `s0`, `s1`... on a socket, and with the first one the server.
    pub fn start(&self, socket: &str, sessions: usize) -> Server {
        for session in 0..sessions {
            self.ask(
                socket,
                &["new-session", "-d", "-s", &format!("s{session}"), "sh"],
            );
            if session == 0 {
                self.servers.borrow_mut().push(self.server(socket));
            }
        }
        self.server(socket)
    }

    /// Who answers by `-L`.
    pub fn server(&self, socket: &str) -> Server {
        let answer = self.ask(
            socket,
            &["-N", "display-message", "-p", "#{pid} #{start_time}"],
        );
        let (pid, started) = answer.split_once(' ').expect("two numbers");
        Server {
            pid: pid.parse().expect("a pid"),
            started: started.parse().expect("a time"),
        }
    }

    /// The sessions and the processes of their panes.
    pub fn panes(&self, socket: &str) -> BTreeSet<String> {
        let panes = self.ask(
            socket,
            &[
                "-N",
                "list-panes",
                "-a",
                "-F",
                "#{session_name} #{pane_pid}",
            ],
        );
        panes.lines().map(str::to_owned).collect()
    }

    /// What a command says that is typed into a session.
    pub fn typed(&self, session: &str, command: &str) -> String {
        let (said, ended) = (self.path("said"), self.path("ended"));
        drop(fs::remove_file(&ended));
        let line = format!(
            "{command} > {} 2>&1; echo > {}",
            said.display(),
            ended.display()
        );
        self.ask(
            FORMER,
            &[
                "-N",
                "send-keys",
                "-t",
                &format!("={session}:"),
                &line,
                "Enter",
            ],
        );
        eventually("the pane answers", || ended.exists());
        fs::read_to_string(said).expect("an answer")
    }

    /// A client that stays attached; returns its pid as the server knows it.
    pub fn attach(&self, socket: &str) -> String {
        let mut script = self.program("script");
        script.args([
            "-qfc",
            &format!("tmux -L {socket} attach -t s0"),
            "/dev/null",
        ]);
        let client = script
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("script runs");
        self.clients.borrow_mut().push(client);
        eventually("the client is attached", || {
            !self.clients_of(socket).is_empty()
        });
        self.clients_of(socket)
    }

    pub fn clients_of(&self, socket: &str) -> String {
        self.ask(socket, &["-N", "list-clients", "-F", "#{client_pid}"])
    }

    /// The names in the folder of sockets.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory()).expect("a directory");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    /// Puts a socket that nobody answers at a name.
    pub fn leave_dead(&self, name: &str) {
        drop(UnixListener::bind(self.directory().join(name)).expect("a socket"));
    }

    /// Lets a server bind its name anew.
    pub fn rebind(&self, server: Server) {
        let socket = self.directory().join(FORMER);
        let inode = || {
            fs::metadata(&socket)
                .ok()
                .map(|it| std::os::unix::fs::MetadataExt::ino(&it))
        };
        let before = inode();
        // The file system may give the new socket the number of the one that it takes the place of.
        let kept = self.path("kept");
        let is_kept = fs::hard_link(&socket, &kept).is_ok();
        signal(server, Signal::USR1);
        eventually("it has bound its name anew", || {
            inode().is_some_and(|now| Some(now) != before)
        });
        if is_kept {
            fs::remove_file(kept).expect("removed");
        }
        eventually("it answers", || {
            self.tmux(FORMER, &["-N", "list-sessions"]).status.success()
        });
    }

    /// Ends a server at once.
    pub fn kill(&self, server: Server) {
        signal(server, Signal::KILL);
        eventually("it has ended", || !lives(server));
    }

    /// Both names lead to this server and to all of its panes.
    pub fn assert_both_names(&self, server: Server, panes: &BTreeSet<String>) {
        for name in [FORMER, NAME] {
            assert_eq!(self.server(name), server, "{name}");
            assert_eq!(self.panes(name), *panes, "{name}");
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for client in self.clients.borrow_mut().iter_mut() {
            drop(client.kill());
            drop(client.wait());
        }
        let servers = self.servers.borrow();
        for server in servers.iter().filter(|server| lives(**server)) {
            signal(*server, Signal::KILL);
        }
    }
}

pub fn signal(server: Server, signal: Signal) {
    let pid = i32::try_from(server.pid)
        .ok()
        .and_then(Pid::from_raw)
        .expect("a pid");
    // It may just have ended by itself.
    let _ = kill_process(pid, signal);
}

/// Whether a server runs; one that nobody has waited for yet has ended all the same.
fn lives(server: Server) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.pid)).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != Some('Z'))
}
