//! Homes that GNU stow makes links of: the state is never used through one, and the true home is a command away.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::scene::utf8;
use crate::support::{Sandbox, tree};

/// A home in a folder of dotfiles, as stow's packages have it.
fn true_home(sandbox: &Sandbox) -> PathBuf {
    let home = sandbox.path("user/dotfiles/mosaic/.config/mosaic");
    sandbox.release("old", "1.0.0", &[("g/a", "a\n"), ("b", "b\n")]);
    sandbox.release("new", "1.1.0", &[("g/a", "A\n"), ("b", "b\n")]);
    sandbox.run(
        &["install", "-q", "--from", "old", "--home", utf8(&home)],
        0,
    );
    home
}

/// Makes every child a link, as stow does where it unfolds; or every file, as with `--no-folding`.
fn link(from: &Path, to: &Path, only_files: bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if only_files && entry.file_type().unwrap().is_dir() {
            link(&entry.path(), &place, only_files);
        } else {
            symlink(entry.path(), place).unwrap();
        }
    }
}

/// Plays a script with the program's advice typed in it.
fn typed(sandbox: &Sandbox, command: &str) {
    let folder = sandbox.path("bin");
    fs::create_dir_all(&folder).unwrap();
    symlink(env!("CARGO_BIN_EXE_mosaic"), folder.join("mosaic")).ok();
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env_clear();
    shell.env("PATH", format!("{}:/usr/bin:/bin", utf8(&folder)));
    let output = shell.env("HOME", sandbox.path("user")).output().unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
}

fn advice(said: &str) -> String {
    let help = said.lines().find_map(|line| line.strip_prefix("help: "));
    let help = help.unwrap_or_else(|| panic!("no advice: {said}"));
    help.rsplit_once(": ").expect("a command").1.to_owned()
}

#[test]
fn a_linked_state_is_called_a_link_and_the_true_home_is_named() {
    for only_files in [false, true] {
        let sandbox = Sandbox::new();
        let home = true_home(&sandbox);
        link(&home, &sandbox.home(), only_files);
        let before = (tree(&sandbox.home()), tree(&home));
        for command in [
            &["status"][..],
            &["verify"],
            &["update", "--from", "new"],
            &["update", "--dry-run", "--from", "new"],
            &["install", "--from", "new"],
            &["recover", "--keep-current"],
            &["uninstall", "--yes"],
        ] {
            let said = sandbox.refused(command, 1);
            assert!(said.contains("is a link to"), "{command:?}: {said}");
            let named = format!("mosaic status --home {}", home.display());
            assert_eq!(advice(&said), named, "{command:?}");
        }
        let told = sandbox.run(&["doctor"], 3);
        assert!(told.contains(utf8(&home)), "{told}");
        assert!(only_files || !told.contains("chmod 700"), "{told}");
        assert_eq!((tree(&sandbox.home()), tree(&home)), before);
        let command = advice(&sandbox.refused(&["status"], 1));
        typed(&sandbox, &command);
        let update = command.replace("status", "update -q --from new");
        typed(
            &sandbox,
            &format!("cd {}; {update}", sandbox.path("").display()),
        );
        assert_eq!(sandbox.read("g/a"), "A\n", "seen through the links");
    }
}

#[test]
fn a_home_that_is_one_link_is_a_home() {
    let sandbox = Sandbox::new();
    let home = true_home(&sandbox);
    fs::create_dir_all(sandbox.home().parent().unwrap()).unwrap();
    symlink(&home, sandbox.home()).unwrap();
    sandbox.run(&["update", "-q", "--from", "new"], 0);
    assert_eq!(fs::read_to_string(home.join("g/a")).unwrap(), "A\n");
}
