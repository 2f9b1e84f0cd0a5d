//! The commands that are timed.

use std::path::Path;
use std::process::Command;

/// Ours.
pub fn mosaic(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
    command.args(arguments);
    command
}

/// Ours, on a home, from a bundle.
pub fn mosaic_at(verb: &str, home: &Path, bundle: &Path) -> Command {
    let mut command = mosaic(&[verb, "--home"]);
    command.arg(home).arg("--from").arg(bundle);
    command
}

/// rsync of what is in one directory into another.
pub fn rsync(options: &[&str], from: &Path, to: &Path) -> Command {
    let mut command = Command::new("rsync");
    command
        .args(options)
        .arg(format!("{}/", from.display()))
        .arg(to);
    command
}

/// `cp -a` into nothing.
pub fn copy(from: &Path, to: &Path) -> Command {
    let mut command = Command::new("cp");
    command.arg("-a").arg(from).arg(to);
    command
}

/// git, with nothing of the user's configuration.
pub mod git {
    use std::path::Path;
    use std::process::Command;

    use crate::contest::run;
    use crate::trees::Trees;

    fn git(folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        command.arg("-C").arg(folder).args([
            "-c",
            "user.name=bench",
            "-c",
            "user.email=bench@example.org",
        ]);
        command.args(["-c", "gc.auto=0"]).args(arguments);
        command
    }

    /// Both releases as commits `first` and `second` of a repository, and the first checked out.
    pub fn track(repository: &Path, tracked: &Path, trees: &Trees) {
        std::fs::create_dir_all(tracked).expect("a scratch folder");
        let separate = repository.display().to_string();
        run(git(
            tracked,
            &["init", "-q", "--separate-git-dir", &separate],
        ));
        for (tag, tree) in [("first", &trees.first), ("second", &trees.second)] {
            let tree = tree.display().to_string();
            run(git(tracked, &["--work-tree", &tree, "add", "-A"]));
            run(git(
                tracked,
                &["--work-tree", &tree, "commit", "-q", "-m", tag],
            ));
            run(git(tracked, &["tag", tag]));
        }
        run(git(tracked, &["checkout", "-q", "-f", "first"]));
    }

    pub fn status(tracked: &Path) -> Command {
        git(tracked, &["status", "--porcelain"])
    }

    pub fn check_out(tracked: &Path, tag: &str) -> Command {
        git(tracked, &["checkout", "-q", "-f", tag])
    }

    /// A checkout into nothing.
    pub fn check_out_into(trees: &Trees, folder: &Path, tag: &str) -> Command {
        let repository = trees.path("tracked.git").display().to_string();
        git(
            &trees.path("."),
            &[
                "clone",
                "-q",
                "-s",
                "-b",
                tag,
                &repository,
                &folder.display().to_string(),
            ],
        )
    }
}

/// ostree, with copies (`--force-copy`) as a home needs them: its files are edited.
pub mod ostree {
    use std::path::Path;
    use std::process::Command;

    use crate::contest::run;
    use crate::trees::Trees;

    fn ostree(repository: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("ostree");
        command
            .arg(format!("--repo={}", repository.display()))
            .args(arguments);
        command
    }

    /// Both releases as branches `first` and `second`.
    pub fn commit(repository: &Path, trees: &Trees) {
        run(ostree(repository, &["init", "--mode=bare-user"]));
        for (branch, tree) in [("first", &trees.first), ("second", &trees.second)] {
            let tree = format!("--tree=dir={}", tree.display());
            run(ostree(
                repository,
                &["commit", "-b", branch, "--no-xattrs", &tree],
            ));
        }
    }

    pub fn check_out(repository: &Path, branch: &str, folder: &Path) -> Command {
        let folder = folder.display().to_string();
        ostree(
            repository,
            &["checkout", "-U", "--union", "--force-copy", branch, &folder],
        )
    }
}
