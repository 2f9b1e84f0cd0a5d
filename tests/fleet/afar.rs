//! Fleets of other hosts, reached by ssh: a real sshd, whose sessions are in the home of the fleet that runs here. The near
//! home has a roster of peers alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::Test;
use crate::life::Fleet;
use crate::manager::{Inside, said};
use crate::patience::awaited;

tests! {
    Test:
    a_fleet_of_another_host_is_seen_and_spoken_to,
}

/// A host that nobody reaches: the address is for documents (RFC 5737), and has no route in the tests' network.
const NOBODY: &str = "nobody@192.0.2.1";

struct Near<'a> {
    inside: &'a Inside,
    home: PathBuf,
    path: String,
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

impl<'a> Near<'a> {
    fn new(inside: &'a Inside) -> Self {
        let folder = inside.home().join("near");
        fs::create_dir_all(&folder).expect("made");
        for key in ["host", "key"] {
            let file = folder.join(key);
            let words = ["-q", "-N", "", "-t", "ed25519", "-f"];
            let made = inside.program("ssh-keygen").args(words).arg(file).status();
            assert!(made.expect("it runs").success());
        }
        let mosaic = Path::new(env!("CARGO_BIN_EXE_mosaic"))
            .parent()
            .expect("a folder");
        let profile = format!(
            "export PATH={}:/usr/local/bin:/usr/bin:/bin\n",
            mosaic.display()
        );
        write(&inside.home().join(".profile"), &profile, 0o600);
        let near = Self {
            inside,
            home: folder.join("home"),
            path: format!(
                "{}:{}",
                folder.display(),
                std::env::var("PATH").expect("set")
            ),
        };
        near.set_up_ssh(&folder);
        near
    }

    /// A program in front of ssh names its settings, as the user's own file would.
    fn set_up_ssh(&self, folder: &Path) {
        let at = folder.display();
        let environment = ["HOME", "XDG_RUNTIME_DIR", "TMUX_TMPDIR"]
            .map(|name| format!("{name}={}", std::env::var(name).unwrap_or_default()));
        let server = format!(
            "HostKey {at}/host\nAuthorizedKeysFile {at}/key.pub\nStrictModes no\nUsePAM no\nPidFile none\n\
             PermitRootLogin yes\nSetEnv {}\n",
            environment.join(" ")
        );
        write(&folder.join("sshd.conf"), &server, 0o600);
        let client = format!(
            "Host far\nIdentityFile {at}/key\nIdentitiesOnly yes\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n\
             LogLevel ERROR\nProxyCommand /usr/sbin/sshd -i -f {at}/sshd.conf\n"
        );
        write(&folder.join("ssh.conf"), &client, 0o600);
        let ssh = format!("#!/bin/sh\nexec /usr/bin/ssh -F {at}/ssh.conf \"$@\"\n");
        write(&folder.join("ssh"), &ssh, 0o755);
        fs::create_dir_all("/run/sshd").expect("made");
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.inside.program(env!("CARGO_BIN_EXE_mosaic"));
        command.args(words).env("PATH", &self.path);
        command.env("MOSAIC_HOME", &self.home);
        command
    }

    fn run(&self, words: &[&str], status: i32) -> Output {
        let output = self.command(words).output().expect("it runs");
        assert_eq!(
            output.status.code(),
            Some(status),
            "{words:?}: {}",
            said(&output)
        );
        output
    }

    fn json(&self, words: &[&str], status: i32) -> Value {
        let output = self.run(&[words, &["--json"]].concat(), status);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

fn row<'a>(document: &'a Value, name: &str) -> &'a Value {
    let rows = document["agents"].as_array().expect("agents");
    let mut rows = rows.iter().filter(|row| row["name"] == name);
    rows.next().unwrap_or_else(|| panic!("{name}: {document}"))
}

fn a_fleet_of_another_host_is_seen_and_spoken_to(inside: &Inside) {
    let far = Fleet::usual(inside, 2);
    far.run(&["fleet", "install"], 0);
    far.run(&["fleet", "start"], 0);
    let near = Near::new(inside);
    near.run(&["install"], 0);
    let roster = format!(
        "version: 1\nagents:\n- {{ name: coder0, host: far.example, ssh: far }}\n\
         - {{ name: coder9, host: far.example, ssh: far }}\n- {{ name: lost, host: 192.0.2.1, ssh: '{NOBODY}' }}\n"
    );
    fs::create_dir_all(near.home.join("fleet")).expect("made");
    fs::write(near.home.join("fleet/roster.yaml"), roster).expect("written");

    let there = far.shown(&["fleet", "ps"]);
    let seen = near.json(&["fleet", "ps", "--peers"], 6);
    for field in ["pane_pid", "session", "unit_state", "heartbeat", "enabled"] {
        assert_eq!(
            row(&seen, "coder0")[field],
            row(&there, "coder0")[field],
            "{field}"
        );
    }
    assert_eq!(row(&seen, "coder0")["host"], "far.example");
    for (name, why) in [("coder9", "does not have it"), ("lost", "is not reached")] {
        assert_eq!(row(&seen, name)["session"], "unknown", "{seen}");
        let reason = row(&seen, name)["reason"].as_str().expect("a reason");
        assert!(reason.contains(why), "{reason}");
    }

    let text = "it's $HOME `x`; \"y\"";
    let sent = near
        .command(&["agent", "send", "-H", "far", "coder0", "-m", text])
        .output();
    let sent = sent.expect("it runs");
    assert!(
        [0, 6].map(Some).contains(&sent.status.code()),
        "{}",
        said(&sent)
    );
    let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("there");
    let line = format!(
        "echo: [{}:operator] {text}",
        host.trim().split('.').next().expect("a name")
    );
    awaited("it arrives", || {
        let tail = near.run(&["agent", "tail", "-H", "far", "coder0", "-n", "20"], 0);
        let tail = String::from_utf8_lossy(&tail.stdout).into_owned();
        tail.contains(&line).then_some(()).ok_or(tail)
    });
    assert_eq!(
        near.json(&["fleet", "status", "--on", "far"], 0)["agents"],
        far.shown(&["fleet", "status"])["agents"]
    );
    // By its roster alone; and the far host's own roster may say that it is elsewhere, even with the near one.
    near.run(
        &["agent", "send", "coder0", "-m", "by roster", "--or-typed"],
        0,
    );
    let line = line.replace(text, "by roster");
    awaited("it arrives", || {
        let tail = near.run(&["agent", "tail", "-H", "far", "coder0", "-n", "20"], 0);
        let tail = String::from_utf8_lossy(&tail.stdout).into_owned();
        tail.contains(&line).then_some(()).ok_or(tail)
    });
    let shared = "version: 1\nagents: [{ name: coder9, host: far.example, ssh: far }]\n";
    fs::write(far.home.join("fleet/roster.yaml"), shared).expect("written");
    let refused = near.run(&["agent", "send", "coder9", "-m", "round and round"], 2);
    assert!(
        said(&refused).contains("is a peer on"),
        "{}",
        said(&refused)
    );

    // What is advised works as it stands.
    let refused = said(&near.run(&["agent", "tail", "coder0"], 2));
    assert!(refused.contains("add -H far"), "{refused}");
    let unreached = said(&near.run(&["health", "-H", NOBODY], 6));
    let (_, advice) = unreached.split_once("says a version: ").expect("advice");
    let advice = advice.trim().replace(NOBODY, "far");
    let mut shell = near.inside.program("sh");
    let version = shell.args(["-c", &advice]).env("PATH", &near.path).output();
    let version = said(&version.expect("it runs"));
    assert!(version.starts_with("mosaic "), "{advice}: {version}");
    let lost = near.json(&["health", "-H", NOBODY], 6);
    assert!(
        lost["error"].to_string().contains("did not carry it out"),
        "{lost}"
    );
    near.run(&["fleet", "ps", "-H", "-oProxyCommand=x"], 2);
}
