//! A home in a scratch folder of its own, and the program run on it with nothing of the caller's surroundings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use rustix::fs::Statx;

use crate::decide::matrix::trees::{STATE, differing, is_state, named, on_disk};
use crate::decide::matrix::verdict::Heard;
use crate::effects::matrix::MatrixError;
use crate::effects::os::disk::scratch::Scratch;
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::os::host::Interrupt;
use crate::effects::os::process::{Ended, Invocation, run};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::tree::{Node, Tree};

/// The number of the signal that ends a run at a checkpoint.
const KILL: i32 = rustix::process::Signal::KILL.as_raw();
/// No run of the program takes so long.
const PATIENCE: Duration = Duration::from_secs(120);
/// The folders of a scratch: programs that are faked, and what temporary and runtime files go to.
const FOLDERS: [(&str, u32); 3] = [("bin", 0o755), ("tmp", 0o700), ("run", 0o700)];
/// Crontab program of a stage: who runs the matrix may have a crontab of his own, and this one
/// stands in for it.
const FAKE_CRONTAB: &str = "#!/bin/sh\n# A fake crontab(1): it lists what the case gives, and does nothing else.\n[ \"$*\" = -l ] && exec cat \"${0%/*}/crontab.listed\"\nexit 1\n";

/// Fingerprint of a path: all that the kernel tells of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// Node at the path; `None` where only the rest was asked for.
    node: Option<Node>,
    size: u64,
    mode: u16,
    inode: u64,
    links: u32,
    owner: (u32, u32),
    modified: (i64, u32),
    changed: (i64, u32),
}

/// The scratch folder in which one cell is played.
pub(super) struct Stage<'a> {
    scratch: Scratch,
    program: &'a Path,
    interrupt: &'a Interrupt,
    environment: Vec<(&'static str, OsString)>,
}

impl<'a> Stage<'a> {
    /// Makes a stage, with the crontab that the case gives.
    pub(super) fn make(
        program: &'a Path,
        crontab: Option<&[u8]>,
        interrupt: &'a Interrupt,
    ) -> Result<Self, DiskError> {
        let scratch = Scratch::make()?;
        let root = &scratch.root;
        for (folder, mode) in FOLDERS {
            root.make_directory(folder, Mode::from_st_mode(mode))?;
        }
        root.create(
            "bin/crontab",
            FAKE_CRONTAB.as_bytes(),
            Mode::from_st_mode(0o755),
            None,
        )?;
        if let Some(listed) = crontab {
            root.create(
                "bin/crontab.listed",
                listed,
                Mode::from_st_mode(0o644),
                None,
            )?;
        }
        let mut path = scratch.full("bin").into_os_string();
        path.push(":/usr/bin:/bin");
        let environment = vec![
            ("HOME", scratch.full("user").into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("MOSAIC_THREADS", "1".into()),
            ("PATH", path),
            ("TMPDIR", scratch.full("tmp").into()),
            ("TMUX_TMPDIR", scratch.full("tmp").into()),
            ("TZ", "UTC".into()),
            ("XDG_RUNTIME_DIR", scratch.full("run").into()),
        ];
        Ok(Self {
            scratch,
            program,
            interrupt,
            environment,
        })
    }

    /// Puts a tree in the place of all that is there.
    pub(super) fn plant(&self, tree: &Tree) -> Result<(), DiskError> {
        self.scratch.root.remove_all("user")?;
        let mut nodes: Vec<_> = tree
            .iter()
            .map(|(path, node)| (on_disk(path), node))
            .collect();
        nodes.sort_by(|left, right| left.0.cmp(&right.0));
        nodes
            .iter()
            .try_for_each(|(place, node)| self.scratch.root.put(place, node))
    }

    /// Reads the whole tree but Mosaic's state.
    pub(super) fn tree(&self) -> Result<Tree, DiskError> {
        let root = self.root()?;
        let mut tree = Tree::new();
        let skip = |place: &str| named(place).is_none_or(|path| is_state(&path)) && place != "user";
        root.walk("", &skip, &mut |place| {
            if let Some(path) = named(place) {
                tree.insert(path, root.node(place)?.0);
            }
            Ok(())
        })?;
        Ok(tree)
    }

    /// Puts the tree of before back where another was found; Mosaic's state goes.
    pub(super) fn restore(&self, before: &Tree, found: &Tree) -> Result<(), DiskError> {
        let root = self.root()?;
        if let Ok(state) = RelPath::parse(STATE) {
            root.remove_all(&on_disk(&state))?;
        }
        let both = |path: &RelPath| (before.get(path), found.get(path));
        let changed = differing(before, found);
        for path in changed.iter().rev() {
            match both(path) {
                (Some(Node::Directory { mode }), Some(Node::Directory { .. })) => {
                    root.set_directory_mode(&on_disk(path), *mode)?;
                }
                (_, Some(_)) => root.remove_all(&on_disk(path))?,
                (_, None) => {}
            }
        }
        for path in changed {
            match both(path) {
                (Some(Node::Directory { .. }), Some(Node::Directory { .. })) | (None, _) => {}
                (Some(node), _) => root.put(&on_disk(path), node)?,
            }
        }
        Ok(())
    }

    /// Fingerprints of the user's HOME, contents and Mosaic's state included.
    pub(super) fn stamps(&self) -> Result<BTreeMap<String, Fingerprint>, DiskError> {
        let root = self.root()?;
        self.stamped(&root, &|_| false, |place| {
            root.node(place).map(|(node, stat)| (Some(node), stat))
        })
    }

    /// Fingerprints without contents and without Mosaic's state. Who writes changes the times, too.
    pub(super) fn marks(&self) -> Result<BTreeMap<String, Fingerprint>, DiskError> {
        let root = self.root()?;
        let is_state = |place: &str| named(place).is_some_and(|path| is_state(&path));
        self.stamped(&root, &is_state, |place| Ok((None, root.stat(place)?)))
    }

    fn stamped(
        &self,
        root: &Root,
        skip: &dyn Fn(&str) -> bool,
        look: impl Fn(&str) -> Result<(Option<Node>, Statx), DiskError>,
    ) -> Result<BTreeMap<String, Fingerprint>, DiskError> {
        let mut stamps = BTreeMap::new();
        let mut stamp = |place: &str| {
            let (node, stat) = look(place)?;
            let stamp = Fingerprint {
                node,
                size: stat.stx_size,
                mode: stat.stx_mode,
                inode: stat.stx_ino,
                links: stat.stx_nlink,
                owner: (stat.stx_uid, stat.stx_gid),
                modified: (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
                changed: (stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
            };
            stamps.insert(
                named(place).map_or_else(|| place.to_owned(), |path| path.to_string()),
                stamp,
            );
            Ok(())
        };
        stamp("user")?;
        root.walk("user", skip, &mut stamp)?;
        Ok(stamps)
    }

    /// Tells whether Mosaic's state has something at a path.
    pub(super) fn has_state(&self, path: &str) -> Result<bool, DiskError> {
        let path = RelPath::parse(&format!("{STATE}/{path}"))
            .map(|path| on_disk(&path))
            .unwrap_or_default();
        Ok(self.root()?.look(&path).is_ok())
    }

    /// The child has changed what was known of the folder.
    fn root(&self) -> Result<Root, DiskError> {
        self.scratch.root.below("")
    }

    /// Runs the program, and hears what it says: its document, and what people read.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Heard, MatrixError> {
        let (ended, [document, people]) = self.start(arguments, Vec::new(), true)?;
        let exit = if let Ended::By(status) = ended {
            Some(status)
        } else {
            None
        };
        let document = serde_json::from_str(&self.plain(&document)).unwrap_or_default();
        Ok(Heard {
            exit,
            document,
            people: self.plain(&people),
        })
    }

    /// Runs the program as people do, and returns what they read.
    pub(super) fn read(&self, arguments: &[&str]) -> Result<String, MatrixError> {
        let (_, said) = self.start(arguments, Vec::new(), true)?;
        Ok(self.plain(&said.concat()))
    }

    /// Runs the program until it passes so many checkpoints; `None` if it was killed there, else its exit status.
    pub(super) fn kill(
        &self,
        arguments: &[&str],
        checkpoint: usize,
    ) -> Result<Option<i32>, MatrixError> {
        let crash = ("MOSAIC_CRASH_AT", format!("Any:{checkpoint}").into());
        match self.start(arguments, vec![crash], false)?.0 {
            Ended::By(status) => Ok(Some(status)),
            Ended::Signal(KILL) => Ok(None),
            // It ended by itself, and badly.
            Ended::Signal(signal) => Ok(Some(-signal)),
            Ended::Late => Ok(Some(-KILL)),
        }
    }

    /// Runs the program to its end, whatever it says.
    pub(super) fn end(&self, arguments: &[&str]) -> Result<Option<i32>, MatrixError> {
        let ended = self.start(arguments, Vec::new(), false)?.0;
        Ok(if let Ended::By(status) = ended {
            Some(status)
        } else {
            None
        })
    }

    fn start(
        &self,
        arguments: &[&str],
        besides: Vec<(&'static str, OsString)>,
        is_heard: bool,
    ) -> Result<(Ended, [Vec<u8>; 2]), MatrixError> {
        if self.interrupt.is_asked() {
            return Err(MatrixError::Interrupted);
        }
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect();
        let environment: Vec<_> = self.environment.iter().cloned().chain(besides).collect();
        let folder = self.scratch.full("user");
        let child = Invocation {
            program: self.program,
            arguments: &arguments,
            environment: &environment,
            folder: &folder,
            is_heard,
            patience: PATIENCE,
        };
        run(&child).map_err(|source| MatrixError::Program {
            program: self.program.to_owned(),
            source,
        })
    }

    /// A text in which the scratch folder, which is another each time, is the user's `~`.
    fn plain(&self, bytes: &[u8]) -> String {
        let home = self.scratch.full("user").display().to_string();
        String::from_utf8_lossy(bytes).replace(&home, "~")
    }
}
