//! The commands that are disturbed: each with the world before it, and all that is true after it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use crate::support::{Tree, write};
use crate::world::{HOME, World, difference, program, without_empty_home};

const DROP_IN: &str = ".config/systemd/user/mosaic-agent@.service.d/socket.conf";

/// One command in one world.
pub struct Scenario {
    /// What it is called in the counts.
    pub name: &'static str,
    /// The world before the command.
    pub before: World,
    /// The command.
    pub arguments: Vec<String>,
    /// Whether the command finds a transaction that is past its commit point.
    pub is_committed_before: bool,
    /// Whether the command itself may follow after a crash, and ends at the same place.
    pub may_be_repeated: bool,
    /// What a rollback leads back to.
    pub origin: Tree,
    /// The exit status of the undisturbed command.
    pub status: i32,
    /// What the user has after it.
    pub new: Tree,
    /// What the program says about the home after it.
    pub facts: Vec<String>,
    _bundles: Arc<World>,
}

impl Scenario {
    /// What the user has before the command.
    pub fn old(&self) -> Tree {
        self.before.tree()
    }

    /// Whether the operator was faster than the transaction that is to be finished.
    pub fn is_overtaken(&self) -> bool {
        self.name.starts_with("recover-overtaken")
    }

    /// What the program says about a home: soundness, status, and what an update would do.
    pub fn facts(&self, user: &Path) -> Vec<String> {
        facts(user, &self._bundles)
    }
}

/// Every scenario, or those that `MOSAIC_FAULTS` names a part of.
pub fn wanted() -> Vec<Scenario> {
    let wanted = std::env::var("MOSAIC_FAULTS").unwrap_or_default();
    let all = all();
    check(&all);
    all.into_iter()
        .filter(|scenario| scenario.name.contains(&wanted))
        .collect()
}

/// Every scenario.
pub fn all() -> Vec<Scenario> {
    let bundles = Arc::new(World::new());
    ship(&bundles);
    let install = from(&bundles, "install", "one");
    let update = from(&bundles, "update", "two");
    let few = from(&bundles, "update", "few");
    let rollback = words(&["rollback"]);
    let installed = installed(&install);
    let origin = installed.tree();
    let updated = after(&installed, &update);
    let nothing = after(&installed, &rollback).tree();
    let little = after(&installed, &few);
    let interrupted = |at: &str| crashed(&installed, &update, at);
    let make = |name, before, arguments: &[String], origin: &Tree| {
        Draft {
            name,
            before,
            arguments: arguments.to_vec(),
            origin: origin.clone(),
        }
        .finish(&bundles)
    };
    let recover = words(&["recover"]);
    let unfinished_rollback = crashed(&updated, &rollback, "Carried:5");
    let resolve = words(&["resolve", "--all", "--shipped"]);
    let uninstall = words(&["uninstall", "--yes"]);
    let overtaken = overtaken(interrupted("Committed"));
    let kept = after(&after(&overtaken, &recover), &rollback).tree();
    let fleet_install = words(&["fleet", "install"]);
    let declared = declared(&from(&bundles, "install", "fleet"));
    let set_up = after(&declared, &fleet_install);
    let half_set_up = crashed(&declared, &fleet_install, "Carried:4");
    let fleet = fleet();
    let migrated = after(&fleet, &install);
    let begun = |at: &str| crashed(&fleet, &install, at);
    let faster = overtaken_outside(begun("Committed"));
    let kept_outside = after(&after(&faster, &recover), &rollback).tree();
    vec![
        make("install", World::new(), &install, &Tree::new()),
        make("adopt", unrecorded(), &install, &unrecorded().tree()),
        make("update", installed.twin(), &update, &origin),
        make("update-few", installed.twin(), &few, &origin),
        make("rollback", updated.twin(), &rollback, &updated.tree()),
        make("rollback-few", little.twin(), &rollback, &little.tree()),
        make("resolve", updated.twin(), &resolve, &updated.tree()),
        make("uninstall", updated.twin(), &uninstall, &updated.tree()),
        make(
            "recover-committed",
            interrupted("Committed"),
            &recover,
            &origin,
        ),
        make(
            "recover-carried",
            interrupted("Carried:2"),
            &recover,
            &origin,
        ),
        make(
            "recover-durable",
            interrupted("CarriedDurable"),
            &recover,
            &origin,
        ),
        make(
            "recover-by-update",
            interrupted("Carried:9"),
            &update,
            &origin,
        ),
        make(
            "recover-rollback",
            unfinished_rollback,
            &recover,
            &updated.tree(),
        ),
        make("recover-overtaken", overtaken, &recover, &kept),
        make("migrate", fleet.twin(), &install, &fleet.tree()),
        make(
            "rollback-migrated",
            migrated.twin(),
            &rollback,
            &migrated.tree(),
        ),
        make(
            "recover-migrated",
            begun("Carried:4"),
            &recover,
            &fleet.tree(),
        ),
        make("recover-overtaken-outside", faster, &recover, &kept_outside),
        make(
            "fleet-install",
            declared.twin(),
            &fleet_install,
            &declared.tree(),
        ),
        make(
            "rollback-fleet-install",
            set_up.twin(),
            &rollback,
            &set_up.tree(),
        ),
        make(
            "recover-fleet-install",
            half_set_up,
            &recover,
            &declared.tree(),
        ),
        make(
            "discard",
            crashed(&installed, &update, "Durable"),
            &recover,
            &nothing,
        ),
    ]
}

/// The undisturbed commands must have done what they should: the sweep compares with what they did.
fn check(all: &[Scenario]) {
    let by_name = |name| {
        all.iter()
            .find(|scenario| scenario.name == name)
            .expect("it is there")
    };
    let (update, rollback) = (by_name("update"), by_name("rollback"));
    let contents = [
        ("guides/conflict.md", "mine\n"),
        ("guides/fresh/new.md", "new\n"),
        ("guides/merge.md", "A\nb\nc\nd\ne\nf\nmine\n"),
        ("guides/replace.md", "two\n"),
        ("turn-a/inside.md", "in a directory\n"),
        ("turn-b", "a file\n"),
    ];
    holds(&update.new, &contents);
    assert!(
        !update.new.contains_key(&format!("{HOME}/guides/gone")),
        "it is removed"
    );
    assert_eq!(
        update.new[&format!("{HOME}/tools/run.sh")].1,
        0o755,
        "it is made executable"
    );
    assert!(rollback.new == update.old(), "a rollback leads back");
    assert!(
        by_name("rollback-few").new == by_name("update-few").old(),
        "a rollback leads back"
    );
    assert!(
        by_name("recover-rollback").new == rollback.new,
        "a recovery ends where the run would have"
    );
    for name in [
        "recover-committed",
        "recover-carried",
        "recover-durable",
        "recover-by-update",
    ] {
        assert!(
            by_name(name).new == update.new,
            "{name} ends where the run would have"
        );
    }
    let faster = [
        "guides/replace.md",
        "guides/gone/old.md",
        "guides/fresh/new.md",
    ];
    holds(
        &by_name("recover-overtaken").new,
        &faster.map(|path| (path, "faster\n")),
    );
    let (migrate, fleet) = (by_name("migrate"), by_name("migrate").old());
    let becomes = |path: &str| String::from_utf8_lossy(&migrate.new[path].2).into_owned();
    assert_eq!(
        becomes("dotfiles/roster.yaml"),
        "tmux: { socket_name: mosaic-fleet }\nagents: [{ name: a }]\n"
    );
    assert!(
        becomes(&format!("{HOME}/fleet/agents/a.env"))
            .ends_with("MOSAIC_TMUX_SOCKET=mosaic-fleet\n")
    );
    assert_eq!(
        becomes(DROP_IN),
        "[Service]\nEnvironment=MOSAIC_TMUX_SOCKET=mosaic-fleet\n"
    );
    assert!(
        migrate.new.contains_key(&format!("{HOME}/fleet/run")),
        "the run directory is made"
    );
    assert_eq!(
        migrate.new[&format!("{HOME}/fleet/roster.yaml")],
        fleet[&format!("{HOME}/fleet/roster.yaml")]
    );
    let back = difference(&by_name("rollback-migrated").new, &fleet);
    assert_eq!(back, "", "a rollback leads back");
    assert!(
        by_name("recover-migrated").new == migrate.new,
        "a recovery ends where the run would have"
    );
    let outside = &by_name("recover-overtaken-outside").new;
    assert_eq!(outside["dotfiles/roster.yaml"].2, b"faster\n");
    assert!(
        outside["dotfiles/roster.yaml"] != migrate.new["dotfiles/roster.yaml"],
        "his stays"
    );
    let (set_up, declared) = (
        &by_name("fleet-install").new,
        by_name("fleet-install").old(),
    );
    let env =
        String::from_utf8_lossy(&set_up[&format!("{HOME}/fleet/agents/a.env")].2).into_owned();
    assert!(
        env.starts_with("MOSAIC_AGENT_NAME=a\n") && env.ends_with("\n# mine\n"),
        "{env}"
    );
    assert_eq!(
        set_up[".config/systemd/user/mosaic-agent@.service"].2,
        b"[Service]\n"
    );
    assert!(
        by_name("rollback-fleet-install").new == declared,
        "a rollback leads back"
    );
    assert!(
        by_name("recover-fleet-install").new == *set_up,
        "a recovery ends where the run would have"
    );
    holds(
        &by_name("adopt").new,
        &[
            ("guides/conflict.md", "mine\n"),
            ("guides/replace.md", "one\n"),
        ],
    );
    let left =
        ["guides/conflict.md", "guides/merge.md", "mine.txt"].map(|path| format!("{HOME}/{path}"));
    let uninstalled = &by_name("uninstall").new;
    assert!(
        left.iter().all(|path| uninstalled.contains_key(path)),
        "what is his stays"
    );
    assert!(
        !uninstalled.contains_key(&format!("{HOME}/tools")),
        "what is ours goes"
    );
    holds(
        &by_name("resolve").new,
        &[("guides/conflict.md", "shipped two\n")],
    );
}

fn holds(tree: &Tree, contents: &[(&str, &str)]) {
    for (path, content) in contents {
        let found = tree
            .get(&format!("{HOME}/{path}"))
            .map(|(_, _, found)| String::from_utf8_lossy(found));
        assert_eq!(found.as_deref(), Some(*content), "{path}");
    }
}

struct Draft {
    name: &'static str,
    before: World,
    arguments: Vec<String>,
    origin: Tree,
}

impl Draft {
    fn finish(self, bundles: &Arc<World>) -> Scenario {
        let after = self.before.twin();
        let output = after.run(&self.arguments);
        let status = output.status.code().unwrap_or(-1);
        assert!([0, 3].contains(&status), "{}: {output:?}", self.name);
        Scenario {
            name: self.name,
            is_committed_before: self.name.starts_with("recover"),
            may_be_repeated: !self.name.starts_with("rollback") && self.name != "resolve",
            new: after.tree(),
            facts: facts(&after.user(), bundles),
            before: self.before,
            arguments: self.arguments,
            origin: without_empty_home(self.origin),
            status,
            _bundles: Arc::clone(bundles),
        }
    }
}

fn facts(user: &Path, bundles: &World) -> Vec<String> {
    let foretell = ["update", "--dry-run", "--exit-code", "--from"]
        .map(str::to_owned)
        .to_vec();
    let foretell = [foretell, vec![bundles.path("two").display().to_string()]].concat();
    let asked = [
        words(&["verify"]),
        words(&["status"]),
        words(&["resolve"]),
        foretell,
    ];
    let ask = |arguments: Vec<String>| {
        let output = program(user)
            .args(&arguments)
            .arg("--json")
            .output()
            .expect("the program runs");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).replace(&user.display().to_string(), "USER");
        format!("{:?} {}", output.status.code(), without_places(&text))
    };
    asked.into_iter().map(ask).collect()
}

/// A plan that changes files outside the home names them by where they are, and so does its digest. Each document tells the time.
fn without_places(text: &str) -> String {
    let is_elsewhere = text.contains("dotfiles/roster.yaml") || text.contains("\"path\": \"USER/");
    let lines = text
        .lines()
        .filter(|line| !(is_elsewhere && line.contains("\"plan_digest\"")))
        .filter(|line| !line.starts_with("  \"at\": "));
    lines.collect::<Vec<_>>().join("\n")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn from(bundles: &World, command: &str, name: &str) -> Vec<String> {
    words(&[command, "--from", &bundles.path(name).display().to_string()])
}

fn after(world: &World, arguments: &[String]) -> World {
    let world = world.twin();
    let output = world.run(arguments);
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{arguments:?}: {output:?}"
    );
    world
}

fn crashed(world: &World, arguments: &[String], at: &str) -> World {
    let world = world.twin();
    let output = program(&world.user())
        .args(arguments)
        .env("MOSAIC_CRASH_AT", at)
        .output();
    assert_eq!(
        output.expect("the program runs").status.code(),
        None,
        "it passes {at}"
    );
    world
}

/// An operator who was faster than the recovery, at a file to replace, one to remove and one to write.
fn overtaken(world: World) -> World {
    let home = world.user().join(HOME);
    for path in [
        "guides/replace.md",
        "guides/gone/old.md",
        "guides/fresh/new.md",
    ] {
        write(&home.join(path), b"faster\n", 0o640);
    }
    world
}

/// Three releases: `one`, `two` with a change of every kind, and `few` with a few changes.
fn ship(bundles: &World) {
    let lines = |first: &str, last: &str| format!("{first}\nb\nc\nd\ne\nf\n{last}\n");
    let one = [
        ("AGENTS.md", "agents\n".to_owned()),
        ("SOUL.md", "soul\n".to_owned()),
        ("guides/conflict.md", "shipped\n".to_owned()),
        ("guides/gone/old.md", "old\n".to_owned()),
        ("guides/merge.md", lines("a", "g")),
        ("guides/replace.md", "one\n".to_owned()),
        ("tools/run.sh", "#!/bin/sh\n".to_owned()),
        ("turn-a", "a file\n".to_owned()),
        ("turn-b/inside.md", "in a directory\n".to_owned()),
    ];
    let two = [
        ("AGENTS.md", "agents\n".to_owned()),
        ("SOUL.md", "soul two\n".to_owned()),
        ("guides/conflict.md", "shipped two\n".to_owned()),
        ("guides/fresh/new.md", "new\n".to_owned()),
        ("guides/merge.md", lines("A", "g")),
        ("guides/replace.md", "two\n".to_owned()),
        ("tools/run.sh*", "#!/bin/sh\n".to_owned()),
        ("turn-a/inside.md", "in a directory\n".to_owned()),
        ("turn-b", "a file\n".to_owned()),
    ];
    let few: Vec<_> = one
        .iter()
        .filter(|(path, _)| *path != "guides/gone/old.md")
        .cloned()
        .collect();
    let few: Vec<_> = few
        .into_iter()
        .map(|(path, content)| match path {
            "guides/replace.md" => (path, "few\n".to_owned()),
            "guides/merge.md" => (path, lines("A", "g")),
            "tools/run.sh" => ("tools/run.sh*", content),
            _ => (path, content),
        })
        .chain([("guides/fresh/new.md", "new\n".to_owned())])
        .collect();
    ship_one(bundles, "one", "0.1.0", &one);
    let tools = [
        "tools/fleet/start-agent-session.sh*",
        "tools/fleet/tmux-holder.sh*",
    ];
    let units = [
        "systemd/user/mosaic-agent@.service",
        "systemd/user/mosaic-tmux-holder.service",
    ];
    let tools = tools.map(|tool| (tool, "#!/bin/sh\n".to_owned()));
    let units = units.map(|unit| (unit, "[Service]\n".to_owned()));
    ship_one(
        bundles,
        "fleet",
        "0.1.0",
        &[&one[..], &tools, &units].concat(),
    );
    ship_one(bundles, "two", "0.2.0", &two);
    ship_one(bundles, "few", "0.1.1", &few);
}

fn ship_one(bundles: &World, name: &str, version: &str, files: &[(&str, String)]) {
    let manifest = format!(
        "name = \"mosaic\"\nversion = \"{version}\"\npreserve = [\"memory\"]\nseed = [\"SOUL.md\"]\n"
    );
    write(
        &bundles.path(name).join("bundle.toml"),
        manifest.as_bytes(),
        0o644,
    );
    for (path, content) in files {
        let mode = if path.ends_with('*') { 0o755 } else { 0o644 };
        write(
            &bundles.path(name).join(path.trim_end_matches('*')),
            content.as_bytes(),
            mode,
        );
    }
}

/// Release one, with an operator's edits and files.
fn installed(install: &[String]) -> World {
    let world = after(&World::new(), install);
    let home = world.user().join(HOME);
    write(&home.join("guides/conflict.md"), b"mine\n", 0o644);
    write(
        &home.join("guides/merge.md"),
        b"a\nb\nc\nd\ne\nf\nmine\n",
        0o664,
    );
    set_attribute(&home.join("guides/merge.md"));
    for path in ["guides/gone", "turn-b"] {
        fs::set_permissions(home.join(path), fs::Permissions::from_mode(0o2775))
            .expect("permissions");
    }
    write(&world.user().join("dotfiles/replace.md"), b"", 0o644);
    fs::remove_file(world.user().join("dotfiles/replace.md")).expect("it is there");
    fs::hard_link(
        home.join("guides/replace.md"),
        world.user().join("dotfiles/replace.md"),
    )
    .expect("a link");
    add_operators_files(&home);
    world
}

/// A home of which there is no record: partly as shipped.
fn unrecorded() -> World {
    let world = World::new();
    let home = world.user().join(HOME);
    write(&home.join("AGENTS.md"), b"agents\n", 0o644);
    write(&home.join("guides/conflict.md"), b"mine\n", 0o640);
    write(&home.join("tools/run.sh"), b"#!/bin/sh\n", 0o755);
    add_operators_files(&home);
    world
}

/// A home of 0.0.35 with a fleet on the former socket: its roster is a link to a folder of dotfiles, and a drop-in is in
/// systemd's directory.
fn fleet() -> World {
    let world = unrecorded();
    let (user, home) = (world.user(), world.user().join(HOME));
    write(&home.join(".framework-version"), b"0.0.35\n", 0o644);
    let roster = b"tmux: { socket_name: mosaic-factory }\nagents: [{ name: a }]\n";
    write(&user.join("dotfiles/roster.yaml"), roster, 0o640);
    write(
        &home.join("fleet/agents/a.env"),
        b"MOSAIC_AGENT_NAME=a\nMOSAIC_TMUX_SOCKET=mosaic-factory\n",
        0o600,
    );
    symlink(
        "../../../dotfiles/roster.yaml",
        home.join("fleet/roster.yaml"),
    )
    .expect("a link");
    write(
        &user.join(".config/systemd/user/mosaic-agent@.service"),
        b"[Service]\n",
        0o644,
    );
    write(
        &user.join(DROP_IN),
        b"[Service]\nEnvironment=MOSAIC_TMUX_SOCKET=mosaic-factory\n",
        0o644,
    );
    world
}

/// A home with a roster that was not installed yet, and an env file of the operator's.
fn declared(install: &[String]) -> World {
    let world = after(&World::new(), install);
    let home = world.user().join(HOME);
    write(
        &home.join("fleet/roster.yaml"),
        b"version: 1\nagents: [{ name: a }, { name: b }]\n",
        0o644,
    );
    write(&home.join("fleet/agents/a.env"), b"# mine\n", 0o640);
    world
}

/// An operator who was faster than the recovery behind his link.
fn overtaken_outside(world: World) -> World {
    write(
        &world.user().join("dotfiles/roster.yaml"),
        b"faster\n",
        0o640,
    );
    world
}

fn add_operators_files(home: &Path) {
    write(&home.join("memory/note.md"), b"a note\n", 0o600);
    write(&home.join("mine.txt"), b"mine\n", 0o444);
    symlink("../memory/note.md", home.join("guides/link")).expect("a link");
}

/// An attribute and a group that a replaced file must keep; what the file system or the user cannot, is
/// left out.
fn set_attribute(path: &Path) {
    let file = fs::File::open(path).expect("it is there");
    let _ = rustix::fs::fsetxattr(
        &file,
        "user.origin",
        b"mine",
        rustix::fs::XattrFlags::empty(),
    );
    let _ = rustix::fs::fchown(&file, None, rustix::process::Gid::from_raw(1).into());
}
