//! Plays a life with the program as a real process, and with the model beside it.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::draw::Draw;
use crate::model::{self, Model, Release, VERSION};
use crate::steps::{Command, Edit, How, SLOTS, Step, releases, steps};
use crate::tree::{Node, Tree};

const ROSTER: &str = "fleet/roster.yaml";
const ENV: &str = "fleet/agents/a.env";
const HOME: &str = "user/.config/mosaic";
/// A promise that was broken.
pub type Broken = String;

/// A life before it is played.
pub struct Life {
    releases: Vec<Release>,
    /// Whether the home is one from before there was a record, with a fleet on the former socket.
    is_old: bool,
    /// Its steps.
    pub steps: Vec<Step>,
}

impl Life {
    /// The life of a seed.
    pub fn of(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        Self {
            releases: releases(&mut draw),
            is_old: draw.below(3) == 0,
            steps: steps(&mut draw),
        }
    }

    /// Plays these of its steps; what was broken, with a script that replays it.
    pub fn play(&self, steps: &[Step]) -> Result<(), (Broken, String)> {
        let mut play = Play::new(self);
        let mut played = steps.iter().try_for_each(|step| play.step(step));
        if played.is_ok() {
            played = play.settle();
        }
        played.map_err(|broken| {
            let script = play.script(&broken);
            (broken, script)
        })
    }
}

struct Play<'a> {
    life: &'a Life,
    folder: TempDir,
    model: Model,
    /// A command was killed; its recovery waits.
    is_pending: bool,
    script: String,
}

impl<'a> Play<'a> {
    fn new(life: &'a Life) -> Self {
        let builder = tempfile::Builder::new();
        let folder = builder
            .tempdir_in("/dev/shm")
            .or_else(|_| builder.tempdir())
            .expect("a folder");
        fs::create_dir(folder.path().join("user")).expect("a HOME");
        let mut play = Self {
            life,
            folder,
            model: Model::default(),
            is_pending: false,
            script: String::new(),
        };
        for release in &life.releases {
            play.ship(release);
        }
        if life.is_old {
            let roster = "tmux: { socket_name: mosaic-factory }\nagents: [{ name: a }]\n# begins\n# note\n# ends\n";
            play.put(VERSION, b"0.0.35\n", 0o644);
            play.put(ROSTER, roster.as_bytes(), 0o644);
            play.put(
                ENV,
                b"MOSAIC_AGENT_NAME=a\nMOSAIC_AGENT_MODEL=\nMOSAIC_TMUX_SOCKET=mosaic-factory\n",
                0o600,
            );
        }
        play
    }

    fn ship(&mut self, release: &Release) {
        let root = self.folder.path().join(&release.version);
        let manifest = format!(
            "name = \"mosaic\"\nversion = \"{}\"\npreserve = [\"fleet/*.yaml\", \"fleet/agents\", \"fleet/run\"]\nseed = [\"SOUL.md\"]\n",
            release.version
        );
        let plain = [("bundle.toml", (manifest.into_bytes(), false))];
        let plain = plain.iter().map(|(path, file)| (*path, file));
        let files = release
            .files
            .iter()
            .map(|(path, file)| (path.as_str(), file));
        for (path, (content, executable)) in plain.chain(files) {
            let mode = if *executable { 0o755 } else { 0o644 };
            write(&root.join(path), content, mode);
            let place = format!("{}/{path}", release.version);
            self.script.push_str(&put_line(&place, content, mode));
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join(HOME)
    }

    /// The operator puts a file there.
    fn put(&mut self, path: &str, content: &[u8], mode: u32) {
        write(&self.home().join(path), content, mode);
        self.model
            .tree
            .put(path, Node::File(content.to_vec(), mode));
        self.script
            .push_str(&put_line(&format!("{HOME}/{path}"), content, mode));
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        if !matches!(step, Step::Command(..)) && self.is_pending {
            self.command(&Command::Recover, None)?;
        }
        match step {
            Step::Command(command, kill) => self.command(command, *kill)?,
            Step::Edit(path, edit) => self.edit(path, *edit),
            Step::Mkdir(path) => self.mkdir(path),
            Step::Note(tag) => {
                if let Some((content, mode)) = self.model.tree.file(ROSTER) {
                    let text = String::from_utf8_lossy(content).into_owned();
                    let lines = text.lines().map(|line| match line.starts_with("# note") {
                        true => format!("# note {tag}\n"),
                        false => format!("{line}\n"),
                    });
                    self.put(ROSTER, lines.collect::<String>().as_bytes(), mode);
                }
            }
        }
        Ok(())
    }

    fn mkdir(&mut self, path: &str) {
        if self.model.tree.at(path).is_some() || self.model.tree.is_blocked(path) {
            return;
        }
        self.model.tree.put(path, Node::Folder);
        fs::create_dir_all(self.home().join(path)).expect("a folder");
        let _ = writeln!(self.script, "mkdir -p {HOME}/{path}");
    }

    fn edit(&mut self, path: &'static str, edit: Edit) {
        let tree = &self.model.tree;
        let is_free = match tree.at(path) {
            None => !tree.is_blocked(path),
            Some(Node::File(..)) => true,
            Some(Node::Folder) => false,
            Some(Node::Link) => matches!(edit, Edit::Remove),
        };
        let file = tree
            .file(path)
            .map(|(content, mode)| (content.to_vec(), mode));
        let mode = file.as_ref().map_or(0o644, |(_, mode)| *mode);
        if !is_free {
            return;
        }
        match (edit, file) {
            (Edit::Slot(at, tag), Some((content, mode))) => {
                let mut lines: Vec<_> = content
                    .split_inclusive(|byte| *byte == b'\n')
                    .map(<[u8]>::to_vec)
                    .collect();
                if lines.len() >= SLOTS * 3 {
                    lines[at * 3 + 1] = format!("mine {tag}\n").into_bytes();
                    self.put(path, &lines.concat(), mode);
                }
            }
            (Edit::Other(tag), _) => self.put(path, format!("mine {tag}\n").as_bytes(), mode),
            (Edit::Binary(tag), _) => self.put(path, format!("mine\0{tag}\n").as_bytes(), mode),
            (Edit::PutBack(number), _) => {
                let release = self.life.releases[number].files.get(path);
                if let Some((content, _)) = release.cloned() {
                    self.put(path, &content, mode);
                }
            }
            (Edit::Chmod(mode), Some((content, _))) => self.put(path, &content, mode),
            (Edit::Remove, _) if self.model.tree.at(path).is_some() => {
                self.model.tree.take(path);
                fs::remove_file(self.home().join(path)).expect("it is there");
                let _ = writeln!(self.script, "rm {HOME}/{path}");
            }
            (Edit::Link, Some(_)) if path != "t" => {
                self.model.tree.put(path, Node::Link);
                let live = self.home().join(path);
                fs::remove_file(&live).expect("it is there");
                symlink("/nowhere", &live).expect("a link");
                let _ = writeln!(self.script, "ln -sfn /nowhere {HOME}/{path}");
            }
            _ => {}
        }
    }

    /// What a command means here and now, and the home that it must come to; nothing where it means nothing.
    fn foreseen(&self, command: &Command) -> Option<(Vec<String>, Model)> {
        let mut model = self.model.clone();
        let there = model.generation();
        let words = match command {
            Command::Update(number) => {
                let release = &self.life.releases[*number];
                let verb = if model.is_installed() {
                    "update"
                } else {
                    "install"
                };
                model.update(release);
                let go_ahead = ["--allow-removals", "--allow-downgrade"];
                [&[verb, "--from", &release.version][..], &go_ahead]
                    .concat()
                    .join(" ")
            }
            Command::Resolve(which, how) => {
                let parked = model.parked();
                let path = parked.get(which % parked.len().max(1))?;
                if model.is_in_the_way(path) && !matches!(how, How::Mine) {
                    return None;
                }
                let (how, word) = match how {
                    How::Mine => (model::How::Mine, "--mine"),
                    How::Shipped => (model::How::Shipped, "--shipped"),
                    How::Merged(tag) => {
                        let merged = format!("merged {tag}\n").into_bytes();
                        (model::How::Merged(merged), "--merged merged")
                    }
                };
                model.resolve(path, &how);
                format!("resolve {path} {word}")
            }
            Command::Rollback(which) => {
                let ways = there
                    .checked_sub(model.way_back())
                    .filter(|ways| *ways > 0)?;
                let number = model.way_back() + which % ways;
                model.rollback(number);
                format!("rollback {number}")
            }
            Command::Gc(keep) if there > 0 => {
                model.gc(*keep);
                format!("gc --keep {keep}")
            }
            Command::Uninstall if there > 0 => {
                model.uninstall();
                "uninstall --yes".to_owned()
            }
            Command::Recover if there > 0 => "recover".to_owned(),
            _ => return None,
        };
        Some((words.split(' ').map(str::to_owned).collect(), model))
    }

    fn command(&mut self, command: &Command, kill: Option<u32>) -> Result<(), Broken> {
        let Some((words, new)) = self.foreseen(command) else {
            return Ok(());
        };
        if let Command::Resolve(_, How::Merged(tag)) = command {
            let merged = format!("merged {tag}\n");
            write(&self.folder.path().join("merged"), merged.as_bytes(), 0o644);
            self.script
                .push_str(&put_line("merged", merged.as_bytes(), 0o644));
        }
        let output = self.run(&words, kill);
        if output.status.code().is_none() {
            return self.killed(command, &words, new);
        }
        self.is_pending = false;
        self.model = new;
        let expected = match command {
            Command::Gc(_) | Command::Uninstall | Command::Recover => 0,
            _ if !self.model.waits() => 0,
            _ => 3,
        };
        if output.status.code() != Some(expected) {
            let code = output.status.code();
            return Err(format!(
                "{} ends with {code:?}, not {expected}: {}",
                words.join(" "),
                said(&output)
            ));
        }
        self.check(&words.join(" "))
    }

    /// The commit point tells which home must come of it.
    fn killed(&mut self, command: &Command, words: &[String], new: Model) -> Result<(), Broken> {
        let state = self.home().join(".mosaic");
        // What is past its commit point may be what another had left.
        let is_past = usize::from(state.join("commit").exists());
        let last = newest(&state.join("generations")) + is_past;
        let is_committed = last > self.model.generation();
        let what = format!("{} killed", words.join(" "));
        if matches!(command, Command::Gc(_)) {
            // Whether all of it was let go does not show: it is, with the same once more.
            self.run(words, None);
            self.model = new;
            return self.check(&what);
        }
        if is_committed {
            self.model = new;
        } else if !self.is_pending && self.tree() != self.model.tree {
            let difference = self.tree().difference(&self.model.tree);
            return Err(format!(
                "{what} before its commit point changes the home:\n{difference}"
            ));
        }
        self.is_pending = state.exists();
        Ok(())
    }

    /// At last nothing is left half done.
    fn settle(&mut self) -> Result<(), Broken> {
        match self.is_pending {
            true => self.command(&Command::Recover, None),
            false => Ok(()),
        }
    }

    fn run(&mut self, words: &[String], kill: Option<u32>) -> Output {
        let mut command = Process::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .args(words)
            .env_clear()
            .env("HOME", self.folder.path().join("user"))
            .env("PATH", "/nowhere")
            .env("TZ", "UTC")
            .env("MOSAIC_THREADS", "1")
            .current_dir(self.folder.path());
        let mut line = "run".to_owned();
        if let Some(point) = kill {
            command.env("MOSAIC_CRASH_AT", format!("Any:{point}"));
            let _ = write!(line, " MOSAIC_CRASH_AT=Any:{point}");
        }
        let output = command.output().expect("the program runs");
        let code = output
            .status
            .code()
            .map_or("killed".to_owned(), |code| code.to_string());
        let _ = writeln!(self.script, "{line} mosaic {} # {code}", words.join(" "));
        output
    }

    fn check(&mut self, what: &str) -> Result<(), Broken> {
        let tree = self.tree();
        if tree != self.model.tree {
            return Err(format!(
                "after {what}:\n{}",
                tree.difference(&self.model.tree)
            ));
        }
        if !self.home().join(".mosaic").exists() {
            return Ok(());
        }
        let output = self.run(&["status", "--json"].map(str::to_owned), None);
        let status: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            format!(
                "after {what} status is no document: {error}: {}",
                said(&output)
            )
        })?;
        let parked = status["conflicts"].as_array().into_iter().flatten();
        let parked: Vec<_> = parked
            .map(|conflict| {
                conflict["path"]
                    .as_str()
                    .or(conflict.as_str())
                    .unwrap_or_default()
            })
            .collect();
        let generation = status["generation"].as_u64();
        let expected = u64::try_from(self.model.generation()).ok();
        if status["recovery_pending"] == true {
            return Err(format!("after {what} a recovery is pending"));
        }
        if parked != self.model.parked() {
            return Err(format!(
                "after {what} there wait {parked:?}, not {:?}",
                self.model.parked()
            ));
        }
        match generation == expected {
            true => Ok(()),
            false => Err(format!(
                "after {what} it is generation {generation:?}, not {expected:?}"
            )),
        }
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        let home = self.home();
        let entries = walkdir::WalkDir::new(&home).min_depth(1).into_iter();
        let entries = entries.filter_entry(|entry| entry.path() != home.join(".mosaic"));
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path().strip_prefix(&home).expect("below the home");
            let metadata = entry.path().symlink_metadata().expect("it is there");
            let node = match () {
                () if metadata.is_dir() => Node::Folder,
                () if metadata.is_symlink() => Node::Link,
                () => {
                    let mode = metadata.permissions().mode() & 0o7777;
                    Node::File(fs::read(entry.path()).expect("readable"), mode)
                }
            };
            tree.0.insert(path.to_string_lossy().into_owned(), node);
        }
        tree
    }

    /// A script that replays the life with the program alone.
    fn script(&self, broken: &str) -> String {
        let mut script = String::from(
            "#!/bin/bash\n# Usage: MOSAIC=/path/to/mosaic bash THIS\ncd \"$(mktemp -d)\" || exit\numask 022\n\
            put() { mkdir -p \"$(dirname \"$2\")\"; printf %b \"$3\" >\"$2\"; chmod \"$1\" \"$2\"; }\n\
            run() { local e=(); while [ \"$1\" != mosaic ]; do e+=(\"$1\"); shift; done; shift\n\
            \x20 echo \"\\$ mosaic $*\"; env -i HOME=\"$PWD/user\" PATH=/nowhere TZ=UTC MOSAIC_THREADS=1 \"${e[@]}\" \"$MOSAIC\" \"$@\"; }\nmkdir user\n",
        );
        script.push_str(&self.script);
        for line in broken.lines() {
            let _ = writeln!(script, "# {line}");
        }
        script.push_str("find \"$PWD/user\" -path '*/.mosaic' -prune -o -print\n");
        script
    }
}

fn newest(generations: &Path) -> usize {
    let entries = fs::read_dir(generations).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.max().unwrap_or(0)
}

fn write(path: &Path, content: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, content).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

fn put_line(path: &str, content: &[u8], mode: u32) -> String {
    let escaped: String = content
        .iter()
        .map(|byte| match byte {
            b'\n' => "\\n".to_owned(),
            b'\'' | b'\\' | 0..=31 | 127.. => format!("\\0{byte:03o}"),
            byte => char::from(*byte).to_string(),
        })
        .collect();
    format!("put {mode:o} {path} '{escaped}'\n")
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&text).trim_end().to_owned()
}
