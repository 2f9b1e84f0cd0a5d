//! Two releases with a change of every kind, an operator's hand in between, and the homes that must come of them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::{Tree, write};
use crate::world::{HOME, World};

/// So many files change that nothing is small about it.
const MANY: usize = 16;

/// The homes of a life, as they must be where all goes well, and how the commands end that lead to them.
pub struct Stages {
    /// Before the first install.
    pub nothing: Tree,
    /// After it.
    pub installed: Tree,
    /// After the operator's edits.
    pub edited: Tree,
    /// After the update.
    pub updated: Tree,
    /// After the conflict was resolved.
    pub resolved: Tree,
    /// After the uninstall.
    pub uninstalled: Tree,
}

/// The folder of a release: `one` or `two`.
pub fn release(name: &str) -> PathBuf {
    static BUNDLES: OnceLock<World> = OnceLock::new();
    let bundles = BUNDLES.get_or_init(|| {
        let bundles = World::new();
        ship(&bundles);
        bundles
    });
    bundles.path(name)
}

/// The folder of a release with a file of this name, which not every file system takes.
pub fn odd_release(name: &str) -> PathBuf {
    let folder = release("one").with_file_name("odd");
    let manifest = "name = \"mosaic\"\nversion = \"0.1.5\"\n";
    write(&folder.join("bundle.toml"), manifest.as_bytes(), 0o644);
    write(&folder.join("guides").join(name), b"odd\n", 0o644);
    folder
}

/// The stages as they come in memory, undisturbed, checked against what was written down by hand.
pub fn stages(is_furnished: bool) -> Stages {
    let world = World::new();
    if is_furnished {
        fs::create_dir_all(world.user().join(HOME).join("guides")).expect("a folder");
    }
    let after = |command: &[&str], status| {
        let words: Vec<_> = command.iter().map(|word| (*word).to_owned()).collect();
        let output = world.run(&words);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{command:?}: {output:?}"
        );
        world.tree()
    };
    let [one, two] = ["one", "two"].map(|name| release(name).display().to_string());
    let nothing = world.tree();
    let installed = after(&["install", "--from", &one], 0);
    edit(&world.user(), true);
    let edited = world.tree();
    let updated = after(&["update", "--from", &two], 3);
    let resolved = after(&["resolve", "--all", "--shipped"], 0);
    let uninstalled = after(&["uninstall", "--yes"], 0);
    let stages = Stages {
        nothing,
        installed,
        edited,
        updated,
        resolved,
        uninstalled,
    };
    stages.check();
    stages
}

impl Stages {
    fn check(&self) {
        let merged = "A\nb\nc\nd\ne\nf\nmine\n";
        holds(&self.installed, "guides/replace.md", Some("one\n"));
        holds(&self.edited, "guides/conflict.md", Some("mine\n"));
        for (path, content) in [
            ("guides/conflict.md", Some("mine\n")),
            ("guides/merge.md", Some(merged)),
            ("guides/replace.md", Some("two\n")),
            ("guides/gone/old.md", None),
            ("guides/fresh/new.md", Some("new\n")),
            ("many/3.md", Some("3 two\n")),
            ("turn-a/inside.md", Some("below\n")),
            ("turn-b", Some("a file\n")),
            ("memory/note.md", Some("a note\n")),
        ] {
            holds(&self.updated, path, content);
        }
        holds(&self.resolved, "guides/conflict.md", Some("shipped two\n"));
        holds(&self.uninstalled, "guides/replace.md", None);
        holds(&self.uninstalled, "guides/merge.md", Some(merged));
        holds(&self.uninstalled, "memory/note.md", Some("a note\n"));
    }
}

fn holds(tree: &Tree, path: &str, content: Option<&str>) {
    let found = tree.get(&format!("{HOME}/{path}"));
    let found = found.map(|(_, _, found)| String::from_utf8_lossy(found).into_owned());
    assert_eq!(found.as_deref(), content, "{path}");
}

/// What the operator does to release one.
pub fn edit(user: &Path, with_links: bool) {
    let home = user.join(HOME);
    let over = |path: &str, content: &str| {
        fs::write(home.join(path), content).expect("an edit");
    };
    over("guides/conflict.md", "mine\n");
    over("guides/merge.md", "a\nb\nc\nd\ne\nf\nmine\n");
    fs::set_permissions(
        home.join("guides/merge.md"),
        fs::Permissions::from_mode(0o640),
    )
    .expect("permissions");
    write(&home.join("memory/note.md"), b"a note\n", 0o600);
    write(&home.join("guides/own.md"), b"his own\n", 0o644);
    if with_links {
        symlink("../memory/note.md", home.join("guides/link")).expect("a link");
    }
}

fn ship(bundles: &World) {
    let one = [
        ("AGENTS.md", "agents\n"),
        ("SOUL.md", "soul\n"),
        ("guides/conflict.md", "shipped\n"),
        ("guides/gone/old.md", "old\n"),
        ("guides/merge.md", "a\nb\nc\nd\ne\nf\ng\n"),
        ("guides/replace.md", "one\n"),
        ("tools/run.sh", "#!/bin/sh\n"),
        ("turn-a", "a file\n"),
        ("turn-b/inside.md", "below\n"),
    ];
    let two = [
        ("AGENTS.md", "agents\n"),
        ("SOUL.md", "soul two\n"),
        ("guides/conflict.md", "shipped two\n"),
        ("guides/fresh/new.md", "new\n"),
        ("guides/merge.md", "A\nb\nc\nd\ne\nf\ng\n"),
        ("guides/replace.md", "two\n"),
        ("tools/run.sh*", "#!/bin/sh\n"),
        ("turn-a/inside.md", "below\n"),
        ("turn-b", "a file\n"),
    ];
    for (name, version, files) in [("one", "0.1.0", one), ("two", "0.2.0", two)] {
        let root = bundles.path(name);
        let manifest = format!(
            "name = \"mosaic\"\nversion = \"{version}\"\npreserve = [\"memory\"]\nseed = [\"SOUL.md\"]\n"
        );
        write(&root.join("bundle.toml"), manifest.as_bytes(), 0o644);
        for (path, content) in files {
            let mode = if path.ends_with('*') { 0o755 } else { 0o644 };
            write(
                &root.join(path.trim_end_matches('*')),
                content.as_bytes(),
                mode,
            );
        }
        for number in 0..MANY {
            let content = format!("{number} {name}\n");
            let path = root.join(format!("many/{number}.md"));
            write(&path, content.as_bytes(), 0o644);
        }
    }
}
