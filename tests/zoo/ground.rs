//! A file system that is mounted, in a folder of its own that goes with the value.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::kinds::Kind;
use crate::world::World;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zoo/grounds.sh");

/// A mounted file system.
pub struct Ground {
    /// Of which kind.
    pub kind: &'static Kind,
    folder: TempDir,
}

impl Ground {
    /// Builds and mounts one; the reason where this machine cannot have it.
    pub fn new(kind: &'static Kind) -> Result<Self, String> {
        let builder = tempfile::Builder::new();
        let folder = builder
            .tempdir_in("/dev/shm")
            .or_else(|_| builder.tempdir())
            .expect("a folder");
        let ground = Self { kind, folder };
        let made = ground.told("make");
        match made.0 {
            Some(0) => Ok(ground),
            Some(77) => Err(made.1.trim().to_owned()),
            _ => panic!("{} cannot be made: {}", kind.name, made.1),
        }
    }

    /// The user's world on it.
    pub fn world(&self) -> World {
        World::at(&self.folder.path().join("m"))
    }

    /// Takes the user's folder back to where it was before a first install.
    pub fn begin_anew(&self) {
        self.does("strip");
        let user = self.world().user();
        for entry in fs::read_dir(&user).expect("a user's folder") {
            fs::remove_dir_all(entry.expect("an entry").path()).expect("it can be emptied");
        }
        self.does("furnish");
    }

    /// Plays an end and a start of the machine.
    pub fn remount(&self) {
        self.does("unmount");
        self.does("mount");
    }

    /// Does one of the script's actions.
    pub fn does(&self, action: &str) {
        let (status, said) = self.told(action);
        assert_eq!(status, Some(0), "{} {action}: {said}", self.kind.name);
    }

    /// Servers that the script starts keep what they were given: not a pipe, whose end would not come.
    fn told(&self, action: &str) -> (Option<i32>, String) {
        let log = tempfile::NamedTempFile::new().expect("a log");
        let status = Command::new("bash")
            .args([SCRIPT, action, self.kind.name])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.reopen().expect("a log"))
            .status()
            .expect("bash runs");
        let said = fs::read_to_string(log.path()).expect("a log");
        (status.code(), said)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.told("strip");
        self.told("unmount");
        for place in ["m", "image", "base"] {
            lazily_unmount(&self.folder.path().join(place));
        }
    }
}

fn lazily_unmount(path: &Path) {
    // What is not mounted any more needs no unmounting.
    let _ = Command::new("umount")
        .arg("--lazy")
        .arg(path)
        .stderr(Stdio::null())
        .status();
}
