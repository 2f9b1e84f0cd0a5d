//! The heartbeat that hooks of runtimes write.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::framework::framework;
use crate::support::patience::eventually;

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("made");
        fs::create_dir_all(folder.path().join("fleet/run")).expect("made");
        Self(folder)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(framework().join("tools/fleet/beat.sh"));
        command.args(words).env("MOSAIC_AGENT_NAME", "coder0");
        command.env("MOSAIC_AGENT_HOME", self.0.path());
        command
    }

    fn beat(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("it runs")
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("fleet/run/coder0.hb")
    }

    /// The state that the heartbeat says, where it says one.
    fn state(&self) -> Option<String> {
        let text = fs::read_to_string(self.file()).expect("written");
        let mut lines = text.lines();
        assert!(text.starts_with("v=1\nagent=coder0\npid="), "{text}");
        lines.find_map(|line| Some(line.strip_prefix("state=")?.to_owned()))
    }
}

#[test]
fn a_beat_says_the_state_or_keeps_it() {
    let home = Home::new();
    for (words, state) in [
        (&[][..], None),
        (&["busy", "{\"more\":1}"], Some("busy")),
        (&[], Some("busy")),
        (&["blocked"], Some("blocked")),
        (&["idle"], Some("idle")),
    ] {
        let said = home.beat(words);
        assert!(said.status.success(), "{words:?}: {said:?}");
        assert_eq!(home.state().as_deref(), state, "{words:?}");
    }
    let left = fs::read_dir(home.file().parent().expect("a folder")).expect("readable");
    assert_eq!(left.count(), 1, "nothing beside it");
}

#[test]
fn what_goes_wrong_is_never_an_order_to_the_runtime() {
    let home = Home::new();
    for words in [&["asleep"][..], &["--beside", "x"], &["--beside"]] {
        let said = home.beat(words);
        assert_eq!(said.status.code(), Some(1), "{words:?}: {said:?}");
        assert!(!said.stderr.is_empty(), "{words:?}");
    }
    let nobody = home
        .command(&["idle"])
        .env_remove("MOSAIC_AGENT_NAME")
        .output();
    assert!(nobody.expect("it runs").status.success());
    let other = home
        .command(&["idle"])
        .env("MOSAIC_AGENT_NAME", "../x")
        .output();
    assert_eq!(other.expect("it runs").status.code(), Some(1));
    assert!(!home.file().exists());
    fs::remove_dir(home.0.path().join("fleet/run")).expect("removed");
    let said = home.beat(&["idle"]);
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.starts_with("beat: cannot write "), "{said}");
}

#[test]
fn beats_beside_a_process_end_with_it() {
    let home = Home::new();
    let mut process = Command::new("sleep").arg("600").spawn().expect("it runs");
    let pid = process.id().to_string();
    // A pause that ends at once instead of after fifteen seconds.
    let pauses = home.0.path().join("bin");
    fs::create_dir(&pauses).expect("made");
    fs::write(pauses.join("sleep"), "#!/bin/sh\nexec /bin/sleep 0.05\n").expect("written");
    fs::set_permissions(pauses.join("sleep"), fs::Permissions::from_mode(0o755)).expect("set");
    let path = format!(
        "{}:{}",
        pauses.display(),
        std::env::var("PATH").expect("set")
    );
    let mut beside = home.command(&["--beside", &pid]);
    let mut beside = beside.env("PATH", path).spawn().expect("it runs");
    for _ in 0..2 {
        eventually("a beat", || home.file().exists());
        let text = fs::read_to_string(home.file()).unwrap_or_default();
        assert!(
            text.contains(&format!("\npid={pid}\n")) || text.is_empty(),
            "{text}"
        );
        fs::remove_file(home.file()).expect("removed");
    }
    process.kill().expect("it ran");
    process.wait().expect("it ended");
    assert!(beside.wait().expect("it ends").success());
}

#[test]
fn claudes_settings_differ_by_the_status_line_alone() {
    let read = |name: &str| -> Value {
        let path = framework().join("tools/fleet/hooks").join(name);
        serde_json::from_slice(&fs::read(path).expect("there")).expect("JSON")
    };
    let mut with = read("claude-status.json");
    let line = with
        .as_object_mut()
        .expect("an object")
        .remove("statusLine");
    assert!(line.is_some_and(|line| line["refreshInterval"] == 15));
    assert_eq!(with, read("claude.json"));
}

/// After its `/new`, codex has the conversation before open as well.
#[test]
fn of_two_conversations_the_one_that_was_written_last_is_kept() {
    let home = Home::new();
    let file = |id: char| {
        let id = id.to_string().repeat(36);
        home.0.path().join(format!("rollout-x-{id}.jsonl"))
    };
    for [first, last] in [['a', 'b'], ['b', 'a']] {
        for (id, at) in [(first, "1 hour ago"), (last, "now")] {
            let touch = Command::new("touch")
                .args(["-d", at])
                .arg(file(id))
                .status();
            assert!(touch.expect("it runs").success());
        }
        let open = "exec 3<\"$0\" 4<\"$1\"; echo; exec sleep 600";
        let mut codex = Command::new("bash")
            .args(["-c", open])
            .args([file('a'), file('b')])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut said = codex.stdout.take().expect("a pipe");
        std::io::Read::read_exact(&mut said, &mut [0]).expect("both are open");
        let script = framework().join("tools/fleet/hooks/codex.sh");
        let kept = Command::new(script)
            .args(["--of", &codex.id().to_string()])
            .env("MOSAIC_AGENT_NAME", "coder0")
            .env("MOSAIC_AGENT_HOME", home.0.path())
            .output()
            .expect("it runs");
        codex.kill().expect("it ran");
        codex.wait().expect("it ended");
        assert!(kept.status.success(), "{kept:?}");
        let session = fs::read_to_string(home.0.path().join("fleet/run/coder0.session"));
        let expected = format!("codex {}\n", last.to_string().repeat(36));
        assert_eq!(session.expect("written"), expected);
    }
}
