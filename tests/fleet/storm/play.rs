//! Plays a sequence: each step, what `/proc` has after it, what the program says of it, and what it advises.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::Value;

use super::advice::advised;
use super::expected::{self, Promise};
use super::steps::{Order, SOCKETS, Shell, Step, steps};
use super::truth::{AGENT, Truth};
use crate::draw::Draw;
use crate::life::Fleet;
use crate::manager::{Inside, said, signal};
use crate::patience::PATIENCE;
use crate::picture::{MOSAIC, OLD_AGENTS, old_fleet_of};
use crate::refresh::{append, release};

const HOLDER: &str = "mosaic-tmux-holder.service";
const TEMPLATE: &str = "mosaic-agent@.service";
/// Rounds in which all advice must have been followed.
const ROUNDS: usize = 6;

type Broken = String;

/// Plays the sequence of a seed; a red one fails with its steps.
pub fn play(seed: u64, inside: &Inside) {
    let mut draw = Draw::new(seed);
    let mut play = Play::new(inside, &mut draw);
    let steps = steps(seed, &mut draw, play.agents.len());
    let mut played = steps
        .iter()
        .try_for_each(|step| play.step(step).and_then(|()| play.type_advice(&mut draw)));
    if played.is_ok() {
        played = play.come_to_rest();
    }
    if let Err(broken) = played {
        println!("  {}\n{broken}", play.script.join("\n  "));
        panic!("seed {seed} is red");
    }
    println!(
        "seed {seed}: {} commands, {} of them advised; {} states, {} of them unknown",
        play.commands, play.advised, play.states, play.unknown
    );
}

struct Play<'a> {
    inside: &'a Inside,
    home: PathBuf,
    agents: Vec<String>,
    /// A bundle of the later release.
    later: String,
    /// The operator's own tmux server, and its sessions.
    own: (u32, String),
    masked: BTreeSet<String>,
    has_manager: bool,
    /// What the last step said.
    said: String,
    script: Vec<String>,
    commands: usize,
    advised: usize,
    states: usize,
    unknown: usize,
}

impl<'a> Play<'a> {
    fn new(inside: &'a Inside, draw: &mut Draw) -> Self {
        let agent = inside.home().join("agent");
        let ignored = draw.one_of(&["", "", "trap '' HUP"]);
        let program = format!("#!/bin/bash\n{ignored}\nexec -a \"{AGENT}$1\" sleep infinity\n");
        fs::write(&agent, program).expect("written");
        fs::set_permissions(&agent, fs::Permissions::from_mode(0o755)).expect("set");
        inside.tmux(&["new-session", "-d", "-s", "mine", "sleep infinity"]);
        let own = inside.tmux(&["display-message", "-p", "#{pid}"]);
        let own = own.parse().expect("a pid");
        let later = release(inside, "0.2.0");
        append(
            &later.join("tools/fleet/start-agent-session.sh"),
            "\n# later\n",
        );
        append(&later.join("systemd/user").join(TEMPLATE), "\n# later\n");
        let mut play = Self {
            inside,
            home: inside.home().join(".config/mosaic"),
            agents: Vec::new(),
            later: later.display().to_string(),
            own: (own, String::new()),
            masked: BTreeSet::new(),
            has_manager: true,
            said: String::new(),
            script: vec![format!("# agents: {ignored:?}")],
            commands: 0,
            advised: 0,
            states: 0,
            unknown: 0,
        };
        play.own.1 = play.own_sessions();
        if draw.once_in(3) {
            play.agents = OLD_AGENTS.map(str::to_owned).into();
            play.begin_old();
        } else {
            let count = 2 + draw.below(2);
            play.agents = (0..count).map(|number| format!("coder{number}")).collect();
            play.begin(count);
        }
        play
    }

    fn command_of(&self, agent: &str) -> String {
        format!(
            "\"'{}' {agent}\"",
            self.inside.home().join("agent").display()
        )
    }

    fn begin(&mut self, count: usize) {
        self.script
            .push("# a fleet of this release, started".to_owned());
        let fleet = Fleet::usual(self.inside, count);
        for agent in &self.agents {
            let line = format!("MOSAIC_AGENT_COMMAND={}\n", self.command_of(agent));
            fs::write(fleet.env(agent), line).expect("written");
        }
        fleet.run(&["fleet", "install"], 0);
        fleet.run(&["fleet", "start"], 0);
    }

    fn begin_old(&mut self) {
        self.script
            .push("# a fleet of 0.0.35, started; mosaic update".to_owned());
        let fleet = old_fleet_of(self.inside, "0.0.35", |agent| self.command_of(agent));
        fleet.run(&["update"], 0);
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        self.said.clear();
        match step {
            Step::Mosaic(order, shell) => self.order(order, *shell)?,
            Step::Socket(name) => {
                self.name_socket(name);
                self.order(&Order::Install, Shell::Usual)?;
            }
            Step::KillServer => self.kill_server()?,
            Step::KillAgent(number) => {
                let agent = self.agents[*number].clone();
                for pid in Truth::look().of(&agent) {
                    self.tell(format!("kill -9 {pid}  # {agent}"));
                    kill(*pid);
                }
                self.settle(
                    &self.promised(|_, pids| Promise::Same(pids), &[(agent, Promise::Down)]),
                )?;
            }
            Step::ByHand(number) => self.by_hand(*number)?,
            Step::RemoveSocket => self.remove_socket()?,
            Step::Manager(order) => self.manager(order)?,
            Step::Mask(number) => self.mask(*number, true)?,
            Step::Unmask(number) => self.mask(*number, false)?,
            Step::Edit(file) => self.edit(file)?,
        }
        self.ask()
    }

    fn tell(&mut self, line: String) {
        self.script.push(line);
    }

    /// What is promised of each agent by its processes now, but for some.
    fn promised(
        &self,
        usual: impl Fn(&str, Vec<u32>) -> Promise,
        others: &[(String, Promise)],
    ) -> BTreeMap<String, Promise> {
        let now = Truth::look();
        let promise = |agent: &String| {
            let other = others.iter().find(|(known, _)| known == agent);
            let promise = other.map(|(_, promise)| promise.clone());
            let promise = promise.unwrap_or_else(|| usual(agent, now.of(agent).to_vec()));
            (agent.clone(), promise)
        };
        self.agents.iter().map(promise).collect()
    }

    // --- the program ---

    fn order(&mut self, order: &Order, shell: Shell) -> Result<(), Broken> {
        let before = Truth::look();
        let words = order.words(&self.agents, &self.later);
        let status = self.run(&words, shell)?;
        let promises = expected::after(order, status, &self.agents, &before);
        self.hold(&promises)
    }

    fn run(&mut self, words: &[String], shell: Shell) -> Result<i32, Broken> {
        let before = match shell {
            Shell::Usual => "",
            Shell::OtherTmux => "TMUX_TMPDIR=~/other ",
            Shell::OtherConfig => "XDG_CONFIG_HOME=~/other ",
        };
        let mut command = self.mosaic(shell);
        command.args(words);
        if shell == Shell::OtherConfig {
            command.arg("--home").arg(&self.home);
        }
        let output = command.output().expect("it runs");
        self.keep(&format!("{before}mosaic {}", words.join(" ")), &output)
    }

    fn mosaic(&self, shell: Shell) -> Command {
        let other = self.inside.home().join("other");
        fs::create_dir_all(&other).expect("made");
        let mut command = self.inside.program(MOSAIC);
        match shell {
            Shell::Usual => {}
            Shell::OtherTmux => drop(command.env("TMUX_TMPDIR", other)),
            Shell::OtherConfig => drop(command.env("XDG_CONFIG_HOME", other)),
        }
        command
    }

    fn keep(&mut self, line: &str, output: &Output) -> Result<i32, Broken> {
        self.commands += 1;
        let code = output.status.code();
        self.tell(format!(
            "{line}  # {}",
            code.map_or("killed".to_owned(), |code| code.to_string())
        ));
        self.said = said(output);
        match code {
            Some(code) if code != 101 => Ok(code),
            _ => Err(format!("{line} ends with {}: {}", output.status, self.said)),
        }
    }

    /// What is promised must be so at once.
    fn hold(&self, promises: &BTreeMap<String, Promise>) -> Result<(), Broken> {
        self.check(promises)
            .map_err(|broken| format!("{broken}\nIt was said:\n{}", self.said))
    }

    fn check(&self, promises: &BTreeMap<String, Promise>) -> Result<(), Broken> {
        let now = Truth::look();
        for (agent, promise) in promises {
            if let Some(broken) = promise.broken_by(now.of(agent)) {
                return Err(format!("{agent} {broken}"));
            }
        }
        let sessions = self.own_sessions();
        match now.servers.contains(&self.own.0) && sessions == self.own.1 {
            true => Ok(()),
            false => Err(format!(
                "the operator's own tmux server has changed: {sessions}"
            )),
        }
    }

    fn own_sessions(&self) -> String {
        let words = [
            "-N",
            "list-panes",
            "-a",
            "-F",
            "#{pid} #{session_name} #{pane_pid}",
        ];
        let output = self.inside.program("tmux").args(words).output();
        said(&output.expect("tmux runs"))
    }

    // --- what befalls it ---

    fn name_socket(&mut self, name: &str) {
        let path = self.home.join("fleet/roster.yaml");
        let Ok(text) = fs::read_to_string(&path) else {
            return;
        };
        let known = SOCKETS.iter().chain(&["mosaic-factory"]);
        let text = known.fold(text, |text, known| {
            text.replace(
                &format!("socket_name: {known}"),
                &format!("socket_name: {name}"),
            )
        });
        fs::write(&path, text).expect("written");
        self.tell(format!("# fleet/roster.yaml: socket_name: {name}"));
    }

    fn kill_server(&mut self) -> Result<(), Broken> {
        let now = Truth::look();
        let pids = now.agents.values().flatten();
        let server = pids.filter_map(|pid| now.server_of(*pid)).next();
        let Some(server) = server else {
            return Ok(());
        };
        let is_holders = self.property(HOLDER, "MainPID") == server.to_string();
        self.tell(format!("kill -9 {server}  # the tmux server"));
        let promise = |agent: &str, pids: Vec<u32>| match pids.is_empty() {
            // Whether systemd calls it active is not asked.
            true => Promise::Open,
            false if is_holders && self.is_startable(agent) => Promise::Up,
            false => Promise::Open,
        };
        let promises = self.promised(promise, &[]);
        kill(server);
        sleep(Duration::from_secs(1));
        self.settle(&promises)
    }

    /// As the start script does it, but on a server that the agent's unit does not look at.
    fn by_hand(&mut self, number: usize) -> Result<(), Broken> {
        let agent = self.agents[number].clone();
        self.order(&Order::Stop(vec![number]), Shell::Usual)?;
        if !Truth::look().of(&agent).is_empty() {
            return Ok(());
        }
        let promises = self.promised(
            |_, pids| Promise::Same(pids),
            &[(agent.clone(), Promise::Up)],
        );
        let name = format!("MOSAIC_AGENT_NAME={agent}");
        let home = format!("MOSAIC_AGENT_HOME={}", self.home.display());
        let program = self.inside.home().join("agent").display().to_string();
        let session = ["-L", SOCKETS[0], "new-session", "-d", "-s", &agent];
        let environment = ["-e", &name, "-e", &home];
        let words = [&session[..], &environment, &[&program, &agent]].concat();
        self.tell(format!("TMUX_TMPDIR=~/mine tmux {}", words.join(" ")));
        let folder = self.inside.home().join("mine");
        fs::create_dir_all(&folder).expect("made");
        let mut tmux = self.inside.program("tmux");
        tmux.env("TMUX_TMPDIR", folder).args(words);
        let output = tmux.output().expect("it runs");
        assert!(output.status.success(), "{}", said(&output));
        self.settle(&promises)
    }

    /// Whether systemd can start an agent by itself.
    fn is_startable(&self, agent: &str) -> bool {
        let units = self.inside.units();
        let files = [
            units.join(HOLDER),
            units.join(TEMPLATE),
            self.home.join("tools/fleet/start-agent-session.sh"),
            self.home.join("tools/fleet/tmux-holder.sh"),
            self.home.join(format!("fleet/agents/{agent}.env")),
        ];
        !self.masked.contains(agent) && files.iter().all(|file| file.exists())
    }

    fn remove_socket(&mut self) -> Result<(), Broken> {
        let promises = self.promised(|_, pids| Promise::Same(pids), &[]);
        let uid = rustix::process::geteuid().as_raw();
        for name in SOCKETS {
            let path = Path::new("/tmp").join(format!("tmux-{uid}")).join(name);
            if fs::remove_file(&path).is_ok() {
                self.tell(format!("rm {}", path.display()));
            }
        }
        self.settle(&promises)
    }

    fn manager(&mut self, order: &Order) -> Result<(), Broken> {
        self.tell("stop-user-manager".to_owned());
        self.inside.stop_manager();
        self.has_manager = false;
        self.order(order, Shell::Usual)?;
        self.ask()?;
        let promise = |agent: &str, pids: Vec<u32>| {
            let wants = self.inside.units().join("default.target.wants");
            let link = wants.join(format!("mosaic-agent@{agent}.service"));
            match (link.is_symlink(), self.is_startable(agent)) {
                (true, true) => Promise::Up,
                // What was started by hand is beside the manager.
                _ if !pids.is_empty() => Promise::Same(pids),
                _ => Promise::Down,
            }
        };
        let promises = self.promised(promise, &[]);
        self.tell("start-user-manager".to_owned());
        self.inside.start_manager();
        self.has_manager = true;
        self.settle(&promises)
    }

    fn mask(&mut self, number: usize, is_masked: bool) -> Result<(), Broken> {
        let agent = self.agents[number].clone();
        let promises = self.promised(|_, pids| Promise::Same(pids), &[]);
        let verb = match is_masked {
            true => "mask",
            false => "unmask",
        };
        let unit = format!("mosaic-agent@{agent}.service");
        self.tell(format!("systemctl --user {verb} {unit}"));
        self.inside.systemctl(&[verb, &unit]);
        match is_masked {
            true => self.masked.insert(agent),
            false => self.masked.remove(&agent),
        };
        self.settle(&promises)
    }

    fn edit(&mut self, file: &str) -> Result<(), Broken> {
        let promises = self.promised(|_, pids| Promise::Same(pids), &[]);
        let path = self.inside.units().join(file);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text.replacen("[Service]\n", "[Service]\nEnvironment=MINE=1\n", 1),
            Err(_) if file.ends_with(".conf") => "[Service]\nEnvironment=MINE=0\n".to_owned(),
            Err(_) => return Ok(()),
        };
        self.tell(format!("# {file}: Environment=MINE= below [Service]"));
        self.inside.write_unit(file, &text);
        self.settle(&promises)
    }

    /// Waits until systemd has nothing left to do, and what is promised is so.
    fn settle(&self, promises: &BTreeMap<String, Promise>) -> Result<(), Broken> {
        let limit = Instant::now() + PATIENCE / 2;
        loop {
            let held = match self.is_at_rest() {
                true => self.check(promises),
                false => Err("systemd does not come to rest".to_owned()),
            };
            if held.is_ok() || Instant::now() > limit {
                return held;
            }
            sleep(Duration::from_millis(200));
        }
    }

    fn is_at_rest(&self) -> bool {
        if !self.has_manager {
            return true;
        }
        let words = [
            "show",
            "--value",
            "--property",
            "ActiveState",
            HOLDER,
            "mosaic-agent@*.service",
        ];
        let states = self.inside.systemctl(&words);
        let is_at_rest = |state: &str| ["", "active", "inactive", "failed"].contains(&state);
        states.lines().all(is_at_rest)
    }

    fn property(&self, unit: &str, property: &str) -> String {
        match self.has_manager {
            true => self.inside.property(unit, property),
            false => String::new(),
        }
    }

    // --- what it says ---

    /// Asks for the state of the fleet, and compares it with what is there.
    fn ask(&mut self) -> Result<(), Broken> {
        for _ in 0..10 {
            let before = (Truth::look().agents, self.unit_states());
            let mut command = self.mosaic(Shell::Usual);
            let output = command.args(["fleet", "status", "--json"]).output();
            let output = output.expect("it runs");
            let after = Truth::look();
            if before != (after.agents.clone(), self.unit_states()) {
                continue;
            }
            let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            return match document["agents"].as_array() {
                Some(agents) => {
                    let told = self.compare(agents, &after, &before.1, output.status.code());
                    told.map_err(|broken| format!("{broken}\n{document:#}"))
                }
                None if !self.home.join("fleet/roster.yaml").exists() => Ok(()),
                None => Err(format!("no status: {}", said(&output))),
            };
        }
        Err("it does not come to rest".to_owned())
    }

    fn unit_states(&self) -> BTreeMap<String, String> {
        let states = self.agents.iter().map(|agent| {
            let unit = format!("mosaic-agent@{agent}.service");
            (agent.clone(), self.property(&unit, "ActiveState"))
        });
        states.collect()
    }

    fn compare(
        &mut self,
        lines: &[Value],
        truth: &Truth,
        units: &BTreeMap<String, String>,
        status: Option<i32>,
    ) -> Result<(), Broken> {
        for line in lines {
            let agent = line["name"].as_str().expect("a name");
            let pids = truth.of(agent);
            let flags = line["flags"].to_string();
            let session = line["session"].as_str().unwrap_or_default();
            self.states += 1;
            let is_true = match session {
                "alive" => !pids.is_empty(),
                "dead" | "gone" => pids.is_empty() && !flags.contains("doubled"),
                _ => {
                    self.unknown += 1;
                    true
                }
            };
            if !is_true {
                return Err(format!("{agent} is said to be {session}, and is {pids:?}"));
            }
            let unit = &units[agent];
            let told = line["unit_state"].as_str().unwrap_or_default();
            let is_told = ["unknown", "masked", "not-found"].contains(&told) || told == unit;
            if !is_told {
                return Err(format!(
                    "the unit of {agent} is said to be {told}, and is {unit}"
                ));
            }
            if session == "gone" && unit == "active" && status != Some(3) {
                return Err(format!(
                    "{agent} is dead, and all is said to be well: {status:?}"
                ));
            }
            let told = line["whereabouts"]["server_pid"].as_u64();
            let server = pids.first().and_then(|pid| truth.server_of(*pid));
            if session == "alive" && told != server.map(u64::from) {
                return Err(format!(
                    "{agent} is said to be on {told:?}, and is on {server:?}"
                ));
            }
        }
        Ok(())
    }

    // --- what it advises ---

    /// Types one of what was advised, now and then.
    fn type_advice(&mut self, draw: &mut Draw) -> Result<(), Broken> {
        let all = self.all_advice()?;
        if all.is_empty() || !draw.once_in(2) {
            return Ok(());
        }
        let command = draw.one_of(&all);
        self.type_one(&command)
    }

    /// What is advised by the last step's own words, by `fleet status`, and by `doctor`.
    fn all_advice(&mut self) -> Result<Vec<String>, Broken> {
        let step = advised(&self.said, &self.agents);
        let mut all = self.remedies()?;
        all.extend(
            step.into_iter()
                .filter(|command| !all.contains(command))
                .collect::<Vec<_>>(),
        );
        Ok(all)
    }

    fn remedies(&mut self) -> Result<Vec<String>, Broken> {
        let status = self.mosaic(Shell::Usual).args(["fleet", "status"]).output();
        let mut all = advised(&said(&status.expect("it runs")), &self.agents);
        let doctor = self
            .mosaic(Shell::Usual)
            .args(["doctor", "--json"])
            .output();
        let doctor = doctor.expect("it runs");
        let document: Value = serde_json::from_slice(&doctor.stdout)
            .map_err(|_| format!("no document of doctor: {}", said(&doctor)))?;
        let findings = document["findings"].as_array().into_iter().flatten();
        let problems = findings.filter(|finding| finding["weight"] == "problem");
        let remedies = problems.filter_map(|finding| finding["remedy"].as_str());
        // An editor is for a person.
        for remedy in remedies.filter(|remedy| !remedy.contains(" edit ")) {
            let is_known = all.iter().any(|known| known == remedy);
            if !is_known {
                all.push(remedy.to_owned());
            }
        }
        Ok(all)
    }

    fn type_one(&mut self, command: &str) -> Result<(), Broken> {
        let before = Truth::look();
        let folder = Path::new(MOSAIC)
            .parent()
            .expect("a folder")
            .display()
            .to_string();
        let path = std::env::var("PATH").expect("a PATH");
        let mut shell = self.inside.program("bash");
        let output = shell
            .args(["-c", command])
            .env("PATH", format!("{folder}:{path}"))
            .output()
            .expect("it runs");
        self.advised += 1;
        let status = self.keep(&format!("{command}  # as advised"), &output)?;
        // A mask is the operator's word, and some commands only list what waits for him.
        let is_masked = !self.masked.is_empty() && (status == 3 || self.said.contains("unmask"));
        // An update is done, and what it could not join is his, too.
        let is_his = is_masked || (status == 3 && command.starts_with("mosaic update"));
        let is_list = ["status", "resolve", "doctor"]
            .iter()
            .any(|verb| command.contains(verb));
        if status != 0 && !is_his && !is_list && self.has_manager {
            return Err(format!("the advice ends with {status}: {}", self.said));
        }
        let promise = |agent: &str, _| match before.of(agent).is_empty() {
            true => Promise::Open,
            false if command.contains("stop") || command.contains("disable --now") => Promise::Open,
            false => Promise::Up,
        };
        self.hold(&self.promised(promise, &[]))?;
        self.ask()
    }

    /// At last nothing is masked, all advice is followed, and the whole fleet runs; then it is stopped.
    fn come_to_rest(&mut self) -> Result<(), Broken> {
        for number in 0..self.agents.len() {
            if self.masked.contains(&self.agents[number]) {
                self.mask(number, false)?;
            }
        }
        self.said.clear();
        for round in 0.. {
            let remedies = self.remedies()?;
            let Some(first) = remedies.first().cloned() else {
                break;
            };
            if round == ROUNDS {
                let doctor = self.mosaic(Shell::Usual).arg("doctor").output();
                let doctor = said(&doctor.expect("it runs"));
                return Err(format!("advised for ever: {remedies:?}\n{doctor}"));
            }
            self.type_one(&first)?;
        }
        self.run(&["update".to_owned()], Shell::Usual)?;
        self.settle_conflicts()?;
        for verb in ["install", "restart", "start"] {
            let words = ["fleet".to_owned(), verb.to_owned()];
            let mut status = self.run(&words, Shell::Usual)?;
            if status != 0 && self.puts_copy_aside()? {
                status = self.run(&words, Shell::Usual)?;
            }
            if status != 0 {
                return Err(format!("at last fleet {verb} ends badly: {}", self.said));
            }
        }
        self.hold(&self.promised(|_, _| Promise::Up, &[]))?;
        self.ask()?;
        let stop = Order::Stop(Vec::new());
        self.order(&stop, Shell::Usual)?;
        self.hold(&self.promised(|_, _| Promise::Down, &[]))?;
        let servers = Truth::look().servers;
        match servers == [self.own.0] {
            true => self.ask(),
            false => Err(format!("after the stop there are tmux servers {servers:?}")),
        }
    }

    /// Puts a unit aside that its operator has edited, and updates, where that is what was advised.
    fn puts_copy_aside(&mut self) -> Result<bool, Broken> {
        let advised = self.said.split_once("put the copy aside (");
        let Some((command, _)) = advised.and_then(|(_, rest)| rest.split_once(')')) else {
            return Ok(false);
        };
        let command = format!("{command} && mosaic update");
        self.type_one(&command)?;
        Ok(true)
    }

    /// What waits for the operator is his.
    fn settle_conflicts(&mut self) -> Result<(), Broken> {
        let output = self.inside.mosaic(&["status", "--json"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let waiting = document["conflicts"].as_array().into_iter().flatten();
        let paths = waiting.filter_map(|it| it["path"].as_str().or(it.as_str()));
        for path in paths {
            let words = ["resolve", path, "--mine"].map(str::to_owned);
            self.run(&words, Shell::Usual)?;
        }
        Ok(())
    }
}

fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    signal(pid.expect("a pid"), Signal::KILL);
}
