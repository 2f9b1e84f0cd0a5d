//! The life of a home on one file system: each command is killed at its checkpoints, and the tree judged byte for byte.

use std::fs;
use std::process::Output;
use std::thread::sleep;
use std::time::Duration;

use crate::ground::Ground;
use crate::judge::{Broken, Counts};
use crate::releases::{Stages, edit, odd_release, release, stages};
use crate::support::Tree;
use crate::world::{HOME, World, difference, program, without_empty_home};

/// The short form's checkpoints: each by name, and of those that come often some.
const NAMED: &[&str] = &[
    "Started:1",
    "Staged:1",
    "Staged:9",
    "Written:1",
    "Durable:1",
    "Committed:1",
    "CommitDurable:1",
    "Carried:1",
    "Carried:2",
    "Carried:9",
    "CarriedDurable:1",
    "Finished:1",
];
/// So often a little room is given back at most.
const GIVES_MAX: usize = 400;
/// A server on FUSE takes a hidden name away a moment after a program was killed.
const LOOKS: u32 = 100;

/// A home's life on a ground.
pub struct Life<'a> {
    ground: &'a Ground,
    world: World,
    is_whole: bool,
    counts: &'a mut Counts,
}

/// A command that leads from one stage to another.
struct Act<'s> {
    arguments: Vec<String>,
    status: i32,
    before: &'s Tree,
    after: &'s Tree,
    /// The command that leads back, and how it ends; without one all begins anew.
    back: Option<(Vec<String>, i32)>,
    may_be_repeated: bool,
}

impl<'a> Life<'a> {
    /// One that has not begun.
    pub fn new(ground: &'a Ground, is_whole: bool, counts: &'a mut Counts) -> Self {
        let world = ground.world();
        Self {
            ground,
            world,
            is_whole,
            counts,
        }
    }

    /// Plays it, and counts what came.
    pub fn play(mut self) {
        let stages = stages(self.ground.kind.is_furnished);
        if let Err(broken) = self.whole(&stages) {
            self.counts.broken = Some(format!("{}: {broken}", self.ground.kind.name));
        }
    }

    fn whole(&mut self, stages: &Stages) -> Result<(), Broken> {
        let [one, two] = ["one", "two"].map(|name| release(name).display().to_string());
        let install = Act {
            arguments: words(&["install", "--from", &one]),
            status: 0,
            before: &stages.nothing,
            after: &stages.installed,
            back: None,
            may_be_repeated: true,
        };
        let update = Act {
            arguments: words(&["update", "--from", &two]),
            status: 3,
            before: &stages.edited,
            after: &stages.updated,
            back: Some((words(&["rollback"]), 0)),
            may_be_repeated: true,
        };
        let rollback = Act {
            arguments: words(&["rollback"]),
            status: 0,
            before: &stages.updated,
            after: &stages.edited,
            back: Some((update.arguments.clone(), update.status)),
            may_be_repeated: false,
        };
        let resolve = Act {
            arguments: words(&["resolve", "--all", "--shipped"]),
            status: 0,
            before: &stages.updated,
            after: &stages.resolved,
            // The conflict waits again.
            back: Some((words(&["rollback"]), 3)),
            may_be_repeated: false,
        };
        let uninstall = Act {
            arguments: words(&["uninstall", "--yes"]),
            status: 0,
            before: &stages.resolved,
            after: &stages.uninstalled,
            back: Some((words(&["rollback"]), 0)),
            may_be_repeated: true,
        };
        self.ground.begin_anew();
        if self.is_refused_beforehand(&install)? {
            return Ok(());
        }
        self.ground.begin_anew();
        self.sweep(&install)?;
        edit(&self.world.user(), self.ground.kind.keeps_links);
        self.is("after the edits", &stages.edited)?;
        self.ground.does("freeze");
        self.is("as a lower layer", &stages.edited)?;
        if self.ground.kind.is_scarce {
            self.squeeze(&update)?;
        }
        self.refuses_names(&stages.edited)?;
        self.sweep(&update)?;
        self.sees_an_edit_at_once()?;
        self.sweep(&rollback)?;
        self.goes(&update)?;
        self.sweep(&resolve)?;
        self.outlives_a_remount(&stages.resolved)?;
        self.rests(&update.arguments, &stages.resolved)?;
        self.sweep(&uninstall)?;
        self.outlives_a_remount(&stages.uninstalled)?;
        self.comes(&words(&["rollback"]), &[0])?;
        self.is("taken back", &stages.resolved)?;
        self.comes(&words(&["gc", "--keep", "0"]), &[0])?;
        self.is("after gc", &stages.resolved)
    }

    /// A refusal is foretold, and leaves nothing.
    fn is_refused_beforehand(&mut self, install: &Act) -> Result<bool, Broken> {
        let dry_run = [&install.arguments[..], &words(&["--dry-run"])].concat();
        let foretold = self.run(&dry_run).status.code();
        let output = self.run(&install.arguments);
        let code = output.status.code();
        if foretold != code {
            return Err(format!(
                "a dry run of the first install ends with {foretold:?}, and it with {code:?}: {}",
                said(&output)
            ));
        }
        if code != Some(1) {
            return Ok(false);
        }
        self.is_untouched(install.before)?;
        self.counts.refused += 1;
        if self.ground.kind.is_home {
            return Err(format!("homes are refused here: {}", said(&output)));
        }
        Ok(true)
    }

    /// Kills the command at its checkpoints, with the way back in between; at last it comes to its end.
    fn sweep(&mut self, act: &Act) -> Result<(), Broken> {
        let all = (1..).map(|number| format!("Any:{number}"));
        let named = NAMED.iter().map(|point| (*point).to_owned());
        let points: Box<dyn Iterator<Item = String>> = match self.is_whole {
            true => Box::new(all),
            false => Box::new(named),
        };
        for (number, point) in points.enumerate() {
            let generation = self.generation();
            let output = program(&self.world.user())
                .args(&act.arguments)
                .env("MOSAIC_CRASH_AT", &point)
                .output()
                .expect("the program runs");
            let place = format!("{} killed at {point}", act.arguments[0]);
            if output.status.code().is_some() {
                self.ends(&place, &output, &[act.status])?;
                self.is(&place, act.after)?;
                if self.is_whole {
                    self.counts.new += 1;
                    return Ok(());
                }
                self.goes_back(act)?;
                continue;
            }
            let is_committed = self.is_pending() || self.generation() > generation;
            self.killed(act, number, is_committed)
                .map_err(|broken| format!("{place}: {broken}"))?;
        }
        self.goes(act)
    }

    /// Before the commit point the home is old at once and stays so; after it, what runs next finishes it.
    fn killed(&mut self, act: &Act, number: usize, is_committed: bool) -> Result<(), Broken> {
        if !is_committed {
            self.is_but_for_staged("before the commit point", act.before)?;
        }
        let is_repeated = act.may_be_repeated && number % 2 == 1;
        if is_repeated {
            self.comes(&act.arguments, &[act.status])?;
        } else {
            let is_home = self.world.user().join(HOME).join(".mosaic").exists();
            self.comes(&words(&["recover"]), if is_home { &[0] } else { &[1] })?;
        }
        if is_committed || is_repeated {
            self.is("after recovery", act.after)?;
            self.goes_back(act)?;
        } else {
            self.is("after recovery", act.before)?;
        }
        match is_committed {
            true => self.counts.new += 1,
            false => self.counts.old += 1,
        }
        Ok(())
    }

    fn goes(&mut self, act: &Act) -> Result<(), Broken> {
        self.comes(&act.arguments, &[act.status])?;
        self.is(&act.arguments[0], act.after)?;
        self.counts.new += 1;
        Ok(())
    }

    fn goes_back(&mut self, act: &Act) -> Result<(), Broken> {
        let Some((back, status)) = &act.back else {
            self.ground.begin_anew();
            return Ok(());
        };
        self.comes(back, &[*status])?;
        self.is("on the way back", act.before)?;
        if self.ground.kind.is_scarce {
            self.comes(&words(&["gc", "--keep", "2"]), &[0])?;
        }
        Ok(())
    }

    /// What no file here can be called is refused, in a dry run too.
    fn refuses_names(&mut self, before: &Tree) -> Result<(), Broken> {
        let Some(name) = self.ground.kind.refuses else {
            return Ok(());
        };
        let odd = odd_release(name).display().to_string();
        for update in [
            &["update", "-n", "--from", &odd][..],
            &["update", "--from", &odd],
        ] {
            self.comes(&words(update), &[1])?;
            self.is("refused for a name", before)?;
            self.counts.refused += 1;
        }
        Ok(())
    }

    /// With no room at all, then with a little more each time, a command is refused, until it is not.
    fn squeeze(&mut self, act: &Act) -> Result<(), Broken> {
        self.ground.does("fill");
        for _ in 0..GIVES_MAX {
            let output = self.run(&act.arguments);
            if output.status.code() == Some(1) {
                self.is("refused for want of room", act.before)?;
                self.counts.refused += 1;
                self.ground.does("give");
                continue;
            }
            self.ends("with little room", &output, &[act.status])?;
            if self.is_pending() {
                if self.seen(self.world.tree()) == self.seen(act.before.clone()) {
                    return Err("committed, though nothing could be carried out".to_owned());
                }
                self.ground.does("empty");
                self.comes(&words(&["recover"]), &[0])?;
            }
            self.is("with little room", act.after)?;
            self.counts.new += 1;
            self.ground.does("empty");
            return self.goes_back(act);
        }
        Err("it is refused whatever room there is".to_owned())
    }

    /// An edit of the same length, in the second of our own write.
    fn sees_an_edit_at_once(&self) -> Result<(), Broken> {
        let path = self.world.user().join(HOME).join("guides/replace.md");
        let told = |content: &str| {
            fs::write(&path, content).expect("an edit");
            let status = self.run(&words(&["status", "--json"]));
            String::from_utf8_lossy(&status.stdout).contains("\"guides/replace.md\"")
        };
        match (told("TWO\n"), told("two\n")) {
            (true, false) => Ok(()),
            (false, _) => Err("an edit in the second of an update is not seen".to_owned()),
            (true, true) => Err("what is as shipped is called edited".to_owned()),
        }
    }

    fn outlives_a_remount(&self, tree: &Tree) -> Result<(), Broken> {
        let told = || {
            [["status", "--json"], ["verify", "--json"]].map(|asked| {
                let output = self.run(&words(&asked));
                let said = said(&output);
                let lines = said.lines().filter(|line| !line.starts_with("  \"at\": "));
                (output.status.code(), lines.collect::<Vec<_>>().join("\n"))
            })
        };
        let before = told();
        self.ground.remount();
        self.is("mounted again", tree)?;
        let after = told();
        match before == after {
            true => Ok(()),
            false => Err(format!("a remount changes {before:?} to {after:?}")),
        }
    }

    /// An update that has nothing to do.
    fn rests(&self, update: &[String], tree: &Tree) -> Result<(), Broken> {
        let generation = self.generation();
        self.comes(update, &[0])?;
        self.is("with nothing to do", tree)?;
        match self.generation() == generation {
            true => Ok(()),
            false => Err("an update with nothing to do makes a generation".to_owned()),
        }
    }

    fn run(&self, arguments: &[String]) -> Output {
        self.world.run(arguments)
    }

    fn comes(&self, arguments: &[String], statuses: &[i32]) -> Result<(), Broken> {
        let output = self.run(arguments);
        self.ends(&arguments[0], &output, statuses)
    }

    fn ends(&self, what: &str, output: &Output, statuses: &[i32]) -> Result<(), Broken> {
        match output.status.code() {
            Some(code) if statuses.contains(&code) => Ok(()),
            code => Err(format!("{what} ends with {code:?}: {}", said(output))),
        }
    }

    fn is_untouched(&self, before: &Tree) -> Result<(), Broken> {
        self.is("refused", before)?;
        match self.world.user().join(HOME).join(".mosaic").exists() {
            true => Err("refused, but it leaves its state behind".to_owned()),
            false => Ok(()),
        }
    }

    fn is(&self, when: &str, should_be: &Tree) -> Result<(), Broken> {
        self.looks(when, should_be, &|_| true)
    }

    /// Where no rename leads from the state to the target, contents wait beside that until the next run.
    fn is_but_for_staged(&self, when: &str, should_be: &Tree) -> Result<(), Broken> {
        let is_ours = |path: &str| path.rsplit('/').next().is_some_and(is_staged);
        self.looks(when, should_be, &|path| !is_ours(path))
    }

    fn looks(
        &self,
        when: &str,
        should_be: &Tree,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<(), Broken> {
        let should_be = self.seen(should_be.clone());
        let look = || {
            let mut tree = self.seen(self.world.tree());
            tree.retain(|path, _| counts(path));
            tree
        };
        let mut is = look();
        for _ in 0..LOOKS {
            if is == should_be {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
            is = look();
        }
        Err(format!("{when}: {}", difference(&is, &should_be)))
    }

    /// A tree as far as this kind of file system can hold one.
    fn seen(&self, tree: Tree) -> Tree {
        let mut tree = without_empty_home(tree);
        if !self.ground.kind.keeps_links {
            tree.retain(|_, (kind, ..)| *kind != "link");
        }
        if !self.ground.kind.keeps_modes {
            tree.values_mut().for_each(|(_, mode, _)| *mode = 0);
        }
        tree
    }

    fn is_pending(&self) -> bool {
        self.world.user().join(HOME).join(".mosaic/commit").exists()
    }

    fn generation(&self) -> u64 {
        let folder = self.world.user().join(HOME).join(".mosaic/generations");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.max().unwrap_or(0)
    }
}

fn is_staged(name: &str) -> bool {
    name.starts_with(".mosaic-")
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&text).trim_end().to_owned()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
