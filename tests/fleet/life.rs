//! A fleet from nothing to running and back, by `mosaic fleet` alone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use mosaic::model::digest::Digest;
use serde_json::Value;

use crate::Test;
use crate::manager::{Inside, said};
use crate::patience::eventually;

tests! {
    Test:
    holder_gives_up_where_another_server_is,
    of_ten_agents,
    survives_a_reboot,
    install_waits_for_a_manager,
    install_keeps_what_could_not_be_done,
    install_is_rolled_back,
    install_rolled_back_without_a_manager,
    goes_on_after_uninstall_until_it_is_stopped,
    of_another_home,
    on_the_default_server,
    starts_the_default_server_outside,
    leaves_what_the_operator_decided,
    says_what_fails,
    stop_spares_the_agents_of_other_rosters,
    interrupted_install_is_finished_once,
    install_keeps_modes_and_what_is_masked,
}

pub const SOCKET: &str = "mosaic-fleet";

/// A home with a roster whose agents are stubs.
pub struct Fleet<'a> {
    pub inside: &'a Inside,
    pub home: PathBuf,
    agents: Vec<String>,
}

impl<'a> Fleet<'a> {
    pub fn new(inside: &'a Inside, home: &str, count: usize, tmux: &str) -> Self {
        let fleet = Self::of(inside, home, count);
        fleet.run(&["install"], 0);
        fleet.run(&["fleet", "init"], 0);
        fleet.declare("fleet/roster.yaml", tmux, &fleet.agents);
        fleet
    }

    /// One that is there already.
    pub fn of(inside: &'a Inside, home: &str, count: usize) -> Self {
        let agents = (0..count).map(|number| format!("coder{number}")).collect();
        Self {
            inside,
            home: inside.home().join(home),
            agents,
        }
    }

    pub fn usual(inside: &'a Inside, count: usize) -> Self {
        Self::new(
            inside,
            ".config/mosaic",
            count,
            &format!("{{ socket_name: {SOCKET} }}"),
        )
    }

    pub fn declare(&self, roster: &str, tmux: &str, agents: &[String]) {
        let lines: String = agents
            .iter()
            .map(|name| format!("  - name: {name}\n"))
            .collect();
        let lines = if agents.is_empty() {
            " []\n".to_owned()
        } else {
            format!("\n{lines}")
        };
        let text = format!("version: 1\ntmux: {tmux}\nagents:{lines}");
        fs::write(self.home.join(roster), text).expect("written");
        fs::create_dir_all(self.home.join("fleet/agents")).expect("made");
        for name in agents {
            let command = format!(
                "'{}' --interval 1",
                self.home.join("tools/fleet/stub-runtime.sh").display()
            );
            let line = format!("MOSAIC_AGENT_COMMAND=\"{command}\"\n");
            fs::write(self.env(name), line).expect("written");
        }
    }

    pub fn env(&self, name: &str) -> PathBuf {
        self.home.join(format!("fleet/agents/{name}.env"))
    }

    pub fn run(&self, words: &[&str], status: i32) -> String {
        let home = self.home.to_str().expect("UTF-8");
        let output = self.inside.mosaic(&[words, &["--home", home]].concat());
        assert_eq!(
            output.status.code(),
            Some(status),
            "{words:?}: {}",
            said(&output)
        );
        said(&output)
    }

    /// A document, whatever the exit status.
    pub fn shown(&self, words: &[&str]) -> Value {
        let home = self.home.to_str().expect("UTF-8");
        let output = self
            .inside
            .mosaic(&[words, &["--json", "--home", home]].concat());
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    pub fn json(&self, words: &[&str], status: i32) -> Value {
        let home = self.home.to_str().expect("UTF-8");
        let output = self
            .inside
            .mosaic(&[words, &["--json", "--home", home]].concat());
        assert_eq!(
            output.status.code(),
            Some(status),
            "{words:?}: {}",
            said(&output)
        );
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// The outcome of each unit, in the order in which they were told.
    fn outcomes(&self, words: &[&str], status: i32) -> Vec<String> {
        let document = self.json(words, status);
        let word = |line: &Value| {
            let name = line["agent"].as_str().unwrap_or("holder").to_owned();
            format!("{name} {}", line["outcome"].as_str().expect("a word"))
        };
        document["units"]
            .as_array()
            .expect("units")
            .iter()
            .map(word)
            .collect()
    }

    fn all(&self, before: &[&str], outcome: &str, after: &[&str]) -> Vec<String> {
        let agents = self.agents.iter().map(|name| format!("{name} {outcome}"));
        let fixed = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        fixed(before)
            .into_iter()
            .chain(agents)
            .chain(fixed(after))
            .collect()
    }

    /// What would be another after a start: per unit its invocation, and per session the process in it.
    pub fn lives(&self, socket: &[&str]) -> BTreeMap<String, String> {
        let units = self
            .agents
            .iter()
            .map(|name| format!("mosaic-agent@{name}.service"));
        let units = units.chain(["mosaic-tmux-holder.service".to_owned()]);
        let invocation = |unit: String| {
            let id = self.inside.property(&unit, "InvocationID");
            (
                unit.clone(),
                format!("{id} {}", self.inside.property(&unit, "MainPID")),
            )
        };
        let panes = self.inside.tmux(
            &[
                socket,
                &["list-panes", "-a", "-F", "#{session_name} #{pane_pid}"],
            ]
            .concat(),
        );
        let panes = panes.lines().filter_map(|line| line.split_once(' '));
        let panes = panes.map(|(name, pid)| (name.to_owned(), pid.to_owned()));
        units
            .map(invocation)
            .chain(panes.collect::<Vec<_>>())
            .collect()
    }
}

/// The default server, with a session of the operator's in it.
pub fn default_server(inside: &Inside) -> String {
    let shown = || {
        inside.tmux(&[
            "list-panes",
            "-a",
            "-F",
            "#{pid} #{start_time} #{session_name} #{pane_pid}",
        ])
    };
    if inside
        .program("tmux")
        .args(["has-session"])
        .output()
        .expect("tmux runs")
        .status
        .success()
    {
        return shown();
    }
    // With a bus, tmux 3.5 would put the pane into a scope of the manager's, and it would end with that.
    let started = inside
        .program("tmux")
        .args(["new-session", "-d", "-s", "mine", "sleep", "1000"])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .status();
    assert!(started.expect("tmux runs").success());
    shown()
}

fn states(document: &Value) -> Vec<String> {
    let one = |line: &Value| {
        format!(
            "{} {} {} {}",
            line["unit_state"], line["enabled"], line["session"], line["flags"]
        )
        .replace('"', "")
    };
    let agents = document["agents"].as_array().expect("agents").iter();
    [&document["holder"]]
        .into_iter()
        .chain(agents)
        .map(one)
        .collect()
}

fn of_ten_agents(inside: &Inside) {
    let before = default_server(inside);
    let fleet = Fleet::usual(inside, 10);
    let document = fleet.json(&["fleet", "install"], 0);
    assert_eq!(document["committed"], true);
    assert_eq!(
        document["units"]["refreshed"].as_array().map(Vec::len),
        Some(2)
    );
    let env = fs::read_to_string(fleet.env("coder3")).expect("readable");
    assert!(
        env.starts_with("MOSAIC_AGENT_NAME=coder3\n") && env.contains("\nMOSAIC_AGENT_COMMAND="),
        "{env}"
    );
    assert_eq!(
        states(&fleet.json(&["fleet", "status"], 0)),
        vec!["inactive true gone []"; 11]
    );
    let loads = inside.loads();

    let again = fleet.json(&["fleet", "install"], 0);
    assert_eq!(
        (&again["committed"], &again["generation"]),
        (&false.into(), &document["generation"])
    );
    assert_eq!(
        fleet.outcomes(&["fleet", "start"], 0),
        fleet.all(&["holder started"], "started", &[])
    );
    assert_eq!(
        states(&fleet.json(&["fleet", "status"], 0)),
        vec!["active true alive []"; 11]
    );
    for name in &fleet.agents {
        eventually("a heartbeat", || {
            fleet.home.join(format!("fleet/run/{name}.hb")).exists()
        });
    }
    let lives = fleet.lives(&["-L", SOCKET]);
    assert_eq!(
        fleet.outcomes(&["fleet", "start"], 0),
        fleet.all(&["holder unchanged"], "unchanged", &[])
    );
    assert_eq!(fleet.lives(&["-L", SOCKET]), lives);

    assert_eq!(
        fleet.outcomes(&["fleet", "restart", "coder7"], 0),
        ["holder unchanged", "coder7 restarted"]
    );
    let changed = fleet.lives(&["-L", SOCKET]);
    let changed: Vec<_> = changed
        .iter()
        .filter(|(name, life)| lives.get(*name) != Some(life))
        .collect();
    assert_eq!(
        changed
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["coder7", "mosaic-agent@coder7.service"]
    );

    assert_eq!(
        fleet.outcomes(&["fleet", "stop", "coder2", "coder1"], 0),
        ["coder1 stopped", "coder2 stopped"]
    );
    let shown = states(&fleet.json(&["fleet", "status", "coder1", "coder3"], 0));
    assert_eq!(
        shown,
        [
            "active true alive []",
            "inactive true gone []",
            "active true alive []"
        ]
    );
    assert_eq!(
        fleet.outcomes(&["fleet", "start", "coder1"], 0),
        ["holder unchanged", "coder1 started"]
    );
    assert_eq!(
        inside.property("mosaic-agent@coder2.service", "ActiveState"),
        "inactive",
        "it was not named"
    );

    let stopped = fleet.outcomes(&["fleet", "stop"], 0);
    assert_eq!(
        (stopped[2].as_str(), stopped[10].as_str()),
        ("coder2 unchanged", "holder stopped")
    );
    assert_eq!(
        fleet.outcomes(&["fleet", "stop"], 0),
        fleet.all(&[], "unchanged", &["holder unchanged"])
    );
    assert_eq!(
        states(&fleet.json(&["fleet", "status"], 0)),
        vec!["inactive true gone []"; 11]
    );
    assert_eq!(inside.loads(), loads, "nothing of this reloads the manager");
    assert_eq!(default_server(inside), before);
}

fn survives_a_reboot(inside: &Inside) {
    let before = default_server(inside);
    let fleet = Fleet::usual(inside, 3);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    let lives = fleet.lives(&["-L", SOCKET]);
    inside.reboot();
    let is_back = || states(&fleet.shown(&["fleet", "status"])) == vec!["active true alive []"; 4];
    eventually("the fleet is back", is_back);
    assert!(
        fleet
            .lives(&["-L", SOCKET])
            .iter()
            .all(|(name, life)| lives.get(name) != Some(life))
    );
    assert_eq!(default_server(inside), before);
    inside.systemctl(&["disable", "mosaic-agent@coder1.service"]);
    let shown = states(&fleet.json(&["fleet", "status", "coder1"], 0));
    assert_eq!(shown[1], "active false alive [boot-gap]");
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=coder2"]);
    let shown = states(&fleet.json(&["fleet", "status", "coder2"], 3));
    assert_eq!(shown[1], "active true gone [dead]");
    assert!(
        fleet
            .run(&["fleet", "status"], 3)
            .contains("dead: mosaic fleet restart coder2 brings it back")
    );
}

fn install_waits_for_a_manager(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    inside.stop_manager();
    let document = fleet.json(&["fleet", "install"], 0);
    assert_eq!(
        (&document["committed"], &document["units"]["pending"]),
        (&true.into(), &true.into())
    );
    assert_eq!(document["pending"].as_array().map(Vec::len), Some(2));
    assert!(inside.units().join("mosaic-agent@.service").exists());
    assert_eq!(fleet.json(&["fleet", "install"], 0)["committed"], false);
    assert!(fleet.run(&["status"], 0).contains("pending"), "it waits");
    assert!(
        fleet
            .run(&["fleet", "start"], 1)
            .contains("no user manager can be reached")
    );
    assert_eq!(
        states(&fleet.json(&["fleet", "status"], 6)),
        vec!["unknown null gone []"; 3]
    );
    inside.start_manager();
    let loads = inside.loads();
    fleet.run(&["recover"], 0);
    assert_eq!(inside.loads(), loads + 1);
    assert!(!fleet.run(&["status"], 0).contains("pending"));
    fleet.run(&["recover"], 0);
    fleet.run(&["fleet", "install"], 0);
    assert_eq!(inside.loads(), loads + 1, "it is done once");
    assert_eq!(
        states(&fleet.json(&["fleet", "status"], 0)),
        vec!["inactive true gone []"; 3]
    );
}

/// Of what waited for a manager, only what it refuses waits on.
fn install_keeps_what_could_not_be_done(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    inside.stop_manager();
    fleet.run(&["fleet", "install"], 0);
    let mask = inside.units().join("mosaic-agent@coder1.service");
    symlink("/dev/null", &mask).expect("masked");
    inside.start_manager();
    fleet.run(&["recover"], 3);
    let pending = fleet.json(&["status"], 0)["pending"].to_string();
    assert!(
        pending.contains("coder1") && !pending.contains("coder0"),
        "{pending}"
    );
    let state =
        |agent: &str| inside.property(&format!("mosaic-agent@{agent}.service"), "UnitFileState");
    assert_eq!(
        (state("coder0"), state("coder1")),
        ("enabled".to_owned(), "masked".to_owned())
    );
    fs::remove_file(&mask).expect("removed");
    fleet.run(&["recover"], 0);
    assert_eq!(fleet.json(&["status"], 0)["pending"], serde_json::json!([]));
    inside.systemctl(&["daemon-reload"]);
    assert_eq!(state("coder1"), "enabled");
}

/// Everything that an install may change, by path.
pub fn everything(fleet: &Fleet) -> BTreeMap<PathBuf, Digest> {
    let others = [fleet.home.join(".mosaic"), fleet.home.join("fleet/run")];
    let mut found = BTreeMap::new();
    for root in [&fleet.home, &fleet.inside.units()] {
        let entries = walkdir::WalkDir::new(root)
            .into_iter()
            .filter_map(Result::ok);
        let entries =
            entries.filter(|entry| !others.iter().any(|other| entry.path().starts_with(other)));
        for entry in entries.filter(|entry| !entry.file_type().is_dir()) {
            let content = fs::read(entry.path()).unwrap_or_default();
            found.insert(entry.path().to_owned(), Digest::of(&content));
        }
    }
    found
}

fn install_is_rolled_back(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    let before = everything(&fleet);
    fleet.run(&["fleet", "install"], 0);
    let installed = everything(&fleet);
    let loads = inside.loads();
    fleet.run(&["rollback"], 0);
    assert_eq!(
        (everything(&fleet), inside.loads()),
        (before.clone(), loads + 1)
    );
    assert_eq!(
        inside.property("mosaic-agent@coder0.service", "LoadState"),
        "not-found"
    );
    assert!(
        fleet
            .run(&["fleet", "start"], 1)
            .contains("mosaic fleet install")
    );
    fleet.run(&["rollback"], 0);
    assert_eq!((everything(&fleet), inside.loads()), (installed, loads + 2));
    assert_eq!(
        fleet.outcomes(&["fleet", "start"], 0),
        ["holder started", "coder0 started", "coder1 started"]
    );
    fleet.run(&["fleet", "stop"], 0);
    fs::remove_dir_all(fleet.home.join("fleet/run")).expect("removed");
    fleet.run(&["uninstall", "--yes"], 0);
    assert!(
        !everything(&fleet)
            .keys()
            .any(|path| path.starts_with(inside.units())),
        "units and links are gone"
    );
}

fn install_rolled_back_without_a_manager(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    let before = everything(&fleet);
    inside.stop_manager();
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["rollback"], 0);
    inside.start_manager();
    fleet.run(&["recover"], 0);
    assert_eq!(everything(&fleet), before);
    assert!(!fleet.run(&["status"], 0).contains("pending"));
}

/// What could end the agents is gone with the rest; they are ended all the same, and nothing else is.
fn goes_on_after_uninstall_until_it_is_stopped(inside: &Inside) {
    for (home, tmux, socket) in [
        (".config/mosaic", "{ socket_name: '' }", "default"),
        (
            ".config/other",
            "{ socket_name: mosaic-fleet }",
            "mosaic-fleet",
        ),
    ] {
        let before = default_server(inside);
        let fleet = Fleet::new(inside, home, 2, tmux);
        fleet.run(&["fleet", "install"], 0);
        fleet.run(&["fleet", "start"], 0);
        for name in &fleet.agents {
            // The stub goes on as long as the folder for them is there, and that stays if something is in it.
            eventually("a heartbeat", || {
                fleet.home.join(format!("fleet/run/{name}.hb")).exists()
            });
        }
        let said = fleet.run(&["uninstall", "--yes"], 0);
        assert!(said.contains("mosaic fleet stop"), "{said}");
        let live = || {
            let lives = fleet.lives(&["-L", socket]);
            ["coder0", "coder1"]
                .into_iter()
                .filter(|name| lives.contains_key(*name))
                .collect::<Vec<_>>()
        };
        assert_eq!(live(), ["coder0", "coder1"], "they go on");
        assert_eq!(
            fleet.outcomes(&["fleet", "stop", "coder1"], 0),
            ["coder1 stopped"]
        );
        assert_eq!(live(), ["coder0"]);
        let stopped = fleet.outcomes(&["fleet", "stop"], 0);
        assert_eq!(
            stopped,
            ["coder0 stopped", "coder1 unchanged", "holder stopped"]
        );
        assert!(
            !inside
                .tmux(&["list-sessions", "-F", "#{session_name}"])
                .contains("coder")
        );
        let left = default_server(inside);
        assert!(
            left.lines()
                .all(|line| before.contains(line) || line.contains("_holder")),
            "{left}"
        );
    }
}

fn of_another_home(inside: &Inside) {
    let other = Fleet::new(inside, "a b/mosaic%h", 2, "{ socket_name: other }");
    other.run(&["fleet", "install"], 0);
    assert_eq!(
        other.outcomes(&["fleet", "start"], 0),
        ["holder started", "coder0 started", "coder1 started"]
    );
    eventually("a heartbeat", || {
        other.home.join("fleet/run/coder1.hb").exists()
    });
    let lives = other.lives(&["-L", "other"]);
    let installed = everything(&other);

    let usual = Fleet::usual(inside, 2);
    let before = everything(&usual);
    for words in [
        &["fleet", "install"][..],
        &["fleet", "start"],
        &["fleet", "stop"],
        &["fleet", "restart", "coder0"],
    ] {
        let said = usual.run(words, 1);
        assert!(
            said.contains("another home") && said.contains(&*other.home.to_string_lossy()),
            "{said}"
        );
    }
    let scratch = inside.home().join("scratch");
    let elsewhere = ["--units-dir", scratch.to_str().expect("UTF-8")];
    let said = usual.run(&[&["fleet", "install"][..], &elsewhere].concat(), 0);
    assert!(said.contains("reads no units in"), "{said}");
    assert!(
        said.contains(&format!(
            "mosaic fleet start --units-dir {}",
            scratch.display()
        )),
        "{said}"
    );
    let status = usual.json(&["fleet", "status"], 6);
    assert!(
        status["manager_problem"]
            .as_str()
            .is_some_and(|why| why.contains("another home")),
        "{status}"
    );
    assert_eq!(
        status["agents"][0]["unit_state"], "unknown",
        "they are the other home's"
    );
    assert!(scratch.join("mosaic-agent@.service").exists());
    assert!(
        usual
            .run(&[&["fleet", "stop"][..], &elsewhere].concat(), 1)
            .contains("reads no units in")
    );
    usual.run(&[&["rollback"][..], &elsewhere].concat(), 0);
    assert!(!scratch.join("mosaic-agent@.service").exists());
    assert_eq!(everything(&usual), before);
    assert_eq!(
        (everything(&other), other.lives(&["-L", "other"])),
        (installed, lives)
    );
}

fn on_the_default_server(inside: &Inside) {
    let before = default_server(inside);
    let fleet = Fleet::new(inside, ".config/mosaic", 2, "{ socket_name: '' }");
    fleet.run(&["fleet", "install"], 0);
    let env = fs::read_to_string(fleet.home.join("fleet/holder.env")).expect("readable");
    assert!(env.starts_with("MOSAIC_TMUX_SOCKET=\n"), "{env}");
    assert_eq!(
        fleet.outcomes(&["fleet", "start"], 0),
        ["holder started", "coder0 started", "coder1 started"]
    );
    assert_eq!(
        states(&fleet.json(&["fleet", "status"], 0)),
        vec!["active true alive []"; 3]
    );
    assert!(
        default_server(inside).lines().any(|line| line == before),
        "the operator's session lives"
    );
    fleet.run(&["fleet", "restart"], 0);
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(default_server(inside), before);
}

fn starts_the_default_server_outside(inside: &Inside) {
    let fleet = Fleet::new(inside, ".config/mosaic", 1, "{}");
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start", "coder0"], 0);
    let pid = inside.tmux(&["display-message", "-p", "#{pid}"]);
    let group = fs::read_to_string(Path::new("/proc").join(&pid).join("cgroup")).expect("readable");
    assert!(
        group.contains(".scope") && !group.contains("mosaic-"),
        "{group}"
    );
    inside.tmux(&["new-session", "-d", "-s", "mine", "sleep", "1000"]);
    fleet.run(&["fleet", "stop"], 0);
    assert_eq!(
        inside.tmux(&["list-sessions", "-F", "#{pid} #{session_name}"]),
        format!("{pid} mine")
    );
}

fn leaves_what_the_operator_decided(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    inside.write_unit(
        "mosaic-agent@coder1.service.d/mine.conf",
        "[Service]\nEnvironment=A=b\n",
    );
    symlink(
        "/dev/null",
        inside.units().join("mosaic-agent@coder1.service"),
    )
    .expect("linked");
    let secret = inside.home().join("secret.env");
    fs::rename(fleet.env("coder0"), &secret).expect("moved");
    symlink(&secret, fleet.env("coder0")).expect("linked");
    let document = fleet.json(&["fleet", "install"], 0);
    assert!(
        document["advisories"].to_string().contains("masked"),
        "{document}"
    );
    assert!(
        fs::symlink_metadata(fleet.env("coder0"))
            .expect("there")
            .is_symlink()
    );
    assert!(
        fs::read_to_string(&secret)
            .expect("readable")
            .starts_with("MOSAIC_AGENT_NAME=coder0\n")
    );
    assert_eq!(
        inside.property("mosaic-agent@coder1.service", "UnitFileState"),
        "masked"
    );
    let outcomes = fleet.outcomes(&["fleet", "start"], 3);
    assert_eq!(
        outcomes,
        ["holder started", "coder0 started", "coder1 failed"]
    );

    let unit = inside.units().join("mosaic-agent@.service");
    let edited = fs::read_to_string(&unit).expect("readable") + "# mine\n";
    fs::write(&unit, &edited).expect("written");
    let again = fleet.json(&["fleet", "install"], 0);
    assert_eq!(again["committed"], false);
    assert!(
        again["advisories"].to_string().contains("you edited it"),
        "{again}"
    );
    assert_eq!(fs::read_to_string(&unit).expect("readable"), edited);
    fs::remove_file(&unit).expect("removed");
    let loads = inside.loads();
    assert_eq!(
        fleet.json(&["fleet", "install"], 0)["units"]["refreshed"][0],
        "mosaic-agent@.service"
    );
    assert_eq!(inside.loads(), loads + 1);
}

fn says_what_fails(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    fleet.run(&["fleet", "install"], 0);
    let said = fleet.run(&["fleet", "start", "codr0"], 2);
    assert!(said.contains("did you mean `coder0`?"), "{said}");
    assert_eq!(
        inside.property("mosaic-tmux-holder.service", "ActiveState"),
        "inactive",
        "nothing ran"
    );
    let env = fs::read_to_string(fleet.env("coder1")).expect("readable");
    let text: String = env
        .lines()
        .filter(|line| !line.starts_with("MOSAIC_AGENT_COMMAND"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(fleet.env("coder1"), text + "MOSAIC_AGENT_COMMAND=false\n").expect("written");
    let document = fleet.json(&["fleet", "start"], 3);
    let failed = document["units"]
        .as_array()
        .expect("units")
        .iter()
        .find(|line| line["outcome"] == "failed");
    let failed = failed.expect("one failed");
    assert_eq!(failed["agent"], "coder1");
    assert!(
        failed["words"]
            .as_str()
            .is_some_and(|words| words.contains("mosaic-agent@coder1.service")),
        "{failed}"
    );
    assert_eq!(
        inside.property("mosaic-agent@coder0.service", "ActiveState"),
        "active"
    );
    let late = fleet.home.join("fleet/late.yaml");
    fs::write(&late, "version: 1\nagents: [{ name: late }]\n").expect("written");
    let said = fleet.run(
        &["fleet", "start", "--roster", late.to_str().expect("UTF-8")],
        1,
    );
    assert!(said.contains("the agent late is not installed"), "{said}");
}

fn stop_spares_the_agents_of_other_rosters(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    let roster = fleet.home.join("fleet/one.yaml");
    fs::write(
        &roster,
        "version: 1\ntmux: { socket_name: mosaic-fleet }\nagents: [{ name: coder0 }]\n",
    )
    .expect("written");
    let only = ["--roster", roster.to_str().expect("UTF-8")];
    let outcomes = fleet.outcomes(&[&["fleet", "stop"][..], &only].concat(), 0);
    assert_eq!(outcomes, ["coder0 stopped", "holder kept"]);
    assert_eq!(
        states(&fleet.json(&["fleet", "status", "coder1"], 0))[1],
        "active true alive []"
    );
}

fn interrupted_install_is_finished_once(inside: &Inside) {
    let fleet = Fleet::usual(inside, 2);
    let loads = inside.loads();
    for point in ["CommitDurable:1", "Carried:3", "Finished:1"] {
        let mut killed = inside.program(env!("CARGO_BIN_EXE_mosaic"));
        killed
            .args(["fleet", "install"])
            .env("MOSAIC_CRASH_AT", point);
        assert_eq!(
            killed.output().expect("it runs").status.code(),
            None,
            "{point}"
        );
        fleet.run(&["recover"], 0);
        assert_eq!(
            states(&fleet.json(&["fleet", "status"], 0)),
            vec!["inactive true gone []"; 3],
            "{point}"
        );
        assert_eq!(
            fleet.json(&["fleet", "install"], 0)["committed"],
            false,
            "{point}"
        );
        fleet.run(&["rollback"], 0);
    }
    assert_eq!(
        inside.loads(),
        loads + 6,
        "one for each install, one for each rollback"
    );
}

/// However late its server comes to see that: nothing is tried again.
fn holder_gives_up_where_another_server_is(inside: &Inside) {
    let fleet = Fleet::usual(inside, 1);
    fleet.run(&["fleet", "install"], 0);
    inside.tmux(&[
        "-L",
        SOCKET,
        "new-session",
        "-d",
        "-s",
        "mine",
        "sleep",
        "1000",
    ]);
    let run = format!(
        "exec {}/tools/fleet/tmux-holder.sh run",
        fleet.home.display()
    );
    let late = format!("[Service]\nExecStart=\nExecStart=/bin/sh -c 'sleep 1; {run}'\n");
    inside.write_unit("mosaic-tmux-holder.service.d/late.conf", &late);
    inside.systemctl(&["daemon-reload"]);
    let said = fleet.run(&["fleet", "start"], 3);
    assert!(said.contains("status 78"), "{said}");
    let holder = |property: &str| inside.property("mosaic-tmux-holder.service", property);
    assert_eq!(
        (holder("ActiveState"), holder("NRestarts")),
        ("failed".to_owned(), "0".to_owned())
    );
    assert_eq!(
        inside.tmux(&["-L", SOCKET, "list-sessions", "-F", "#{session_name}"]),
        "mine"
    );
}
fn install_keeps_modes_and_what_is_masked(inside: &Inside) {
    let fleet = Fleet::usual(inside, 1);
    let mode = |path: &Path| {
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).expect("there").permissions())
            & 0o7777
    };
    let set = |path: &Path| {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o640))
            .expect("set");
    };
    set(&fleet.env("coder0"));
    fs::create_dir_all(inside.units()).expect("made");
    let template = inside.units().join("mosaic-agent@.service");
    symlink("/dev/null", &template).expect("masked");
    let document = fleet.json(&["fleet", "install"], 0);
    assert!(
        document["advisories"].to_string().contains("you masked it"),
        "{document}"
    );
    assert_eq!(
        fs::read_link(&template).expect("a link"),
        Path::new("/dev/null")
    );
    assert_eq!(mode(&fleet.env("coder0")), 0o640);
    let link = inside
        .units()
        .join("default.target.wants/mosaic-agent@coder0.service");
    assert!(fs::symlink_metadata(&link).is_err(), "not enabled");
    let mine = inside.home().join("mine.service");
    fs::write(&mine, "[Service]\nExecStart=/bin/true\n").expect("written");
    fs::remove_file(&template).expect("removed");
    symlink(&mine, &template).expect("linked");
    let document = fleet.json(&["fleet", "install"], 0);
    assert!(
        document["advisories"]
            .to_string()
            .contains("mine.service, which is yours and stays as it is"),
        "{document}"
    );
    assert_eq!(fs::read_link(&template).expect("a link"), mine);
    assert!(fs::symlink_metadata(&link).is_err(), "not enabled");
    // One of an earlier release keeps its mode.
    fs::remove_file(&template).expect("removed");
    let earlier = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/homes/0.0.35/units/mosaic-agent@.service");
    fs::write(&template, fs::read(earlier).expect("readable")).expect("written");
    set(&template);
    assert_eq!(fleet.json(&["fleet", "install"], 0)["committed"], true);
    assert!(
        fs::read_to_string(&template)
            .expect("readable")
            .contains("X-Mosaic-Home")
    );
    assert_eq!(mode(&template), 0o640);
}
