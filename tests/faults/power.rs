//! Power cuts: the program is killed at a call, and its file system shut down before anything is synced.
//!
//! On ext4 and XFS in loop devices, and on FUSE over such an ext4, once with the file system's log thrown away and once
//! with the log kept and unsynced contents lost: the two ends of what a real cut can leave.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

use crate::judge::judge_power_cut;
use crate::scenario::{self, Scenario};
use crate::support::patience::{awaited, eventually};
use crate::tally::Tally;
use crate::trace::{Disturbed, Fault, Point, SWEPT, disturb, undisturbed};
use crate::world::{World, copy};

const EXT4: Disk = Disk {
    kind: "ext4",
    options: &["-q", "-F"],
};
const XFS: Disk = Disk {
    kind: "xfs",
    options: &["-q", "-f"],
};
/// A name, a disk, and the program that serves it on, with what comes before the mount point.
type FileSystem = (&'static str, Disk, &'static [&'static str]);
const FILE_SYSTEMS: [FileSystem; 4] = [
    ("ext4", EXT4, &[]),
    ("xfs", XFS, &[]),
    (
        "fuse-overlayfs",
        EXT4,
        &[
            "fuse-overlayfs",
            "-o",
            "lowerdir=lower,upperdir=upper,workdir=work",
        ],
    ),
    ("fuse-bindfs", EXT4, &["bindfs", "upper"]),
];
const SIZE: u64 = 400 << 20;

/// What becomes of the file system's log.
#[derive(Debug, Clone, Copy)]
enum Log {
    /// It reaches the disk: names are kept, contents that were not synced are lost.
    Kept = 1,
    /// It does not: all that was not synced is lost.
    Lost = 2,
}

/// How a disk is made.
#[derive(Clone, Copy)]
struct Disk {
    kind: &'static str,
    options: &'static [&'static str],
}

/// One scenario on one file system, with one end of its log: its cuts come one after the other.
struct Part<'a> {
    file_system: FileSystem,
    log: Log,
    scenario: &'a Scenario,
}

/// Sweeps, shows the counts, and fails on a violation. `MOSAIC_POWER` takes only the file systems with that in their
/// name, and `MOSAIC_AT_ONCE` says how many parts are swept side by side.
pub fn sweep() {
    assert!(
        rustix::process::geteuid().is_root(),
        "a power cut needs root: it mounts loop devices"
    );
    let scenarios = scenario::wanted();
    let wanted = std::env::var("MOSAIC_POWER").unwrap_or_default();
    let file_systems = FILE_SYSTEMS
        .iter()
        .filter(|(name, ..)| name.contains(&wanted));
    let parts = file_systems.flat_map(|&file_system| {
        let scenarios = &scenarios;
        let logs = [Log::Kept, Log::Lost].into_iter();
        logs.flat_map(move |log| {
            scenarios.iter().map(move |scenario| Part {
                file_system,
                log,
                scenario,
            })
        })
    });
    let queue = Mutex::new(parts.collect::<VecDeque<_>>());
    let next = || queue.lock().expect("no worker panicked").pop_front();
    let tally = Tally::default();
    std::thread::scope(|scope| {
        for _ in 0..workers() {
            scope.spawn(|| {
                while let Some(part) = next() {
                    part.sweep(&tally);
                }
            });
        }
    });
    tally.conclude("Power cuts by file system, scenario and log");
}

/// More than a small machine has processors: a part waits for the kernel to mount, to sync and to let go.
fn workers() -> usize {
    let asked = std::env::var("MOSAIC_AT_ONCE").ok();
    asked.and_then(|number| number.parse().ok()).unwrap_or(4)
}

impl Part<'_> {
    fn sweep(&self, tally: &Tally) {
        let (name, disk, server) = self.file_system;
        let volume = Volume::new(disk, server);
        let name = format!("{name} log {:?}", self.log);
        let sweep = Sweep {
            part: self,
            volume: &volume,
            name: &name,
            tally,
        };
        let (world, whole) = sweep.play(|user, log, words| undisturbed(user, log, words));
        sweep.cut(&world, &whole, "after its end");
        for call in SWEPT.iter().filter(|call| **call != "flock") {
            sweep.points(call, &whole.changes(call));
        }
        tally.tell(&name, self.scenario.name);
    }
}

/// A part on its volume.
struct Sweep<'a> {
    part: &'a Part<'a>,
    volume: &'a Volume,
    name: &'a str,
    tally: &'a Tally,
}

impl Sweep<'_> {
    fn points(&self, call: &'static str, numbers: &[usize]) {
        let mut fired = 0;
        for number in numbers {
            let point = Point {
                call,
                number: *number,
                fault: Fault::Kill,
            };
            let (world, run) = self.play(|user, log, words| disturb(user, log, words, point));
            fired += usize::from(run.fired());
            if run.fired() && run.hit_a_change(point) {
                self.cut(&world, &run, &format!("{point:?}"));
            }
        }
        assert!(
            fired > 0 || numbers.is_empty(),
            "no fault came at {call}: is strace broken?"
        );
    }

    fn play(&self, play: impl Fn(&Path, &Path, &[String]) -> Disturbed) -> (World, Disturbed) {
        let world = self.volume.fill(self.part.scenario);
        let log = self.volume.folder.path().join("log");
        let run = play(&world.user(), &log, &self.part.scenario.arguments);
        (world, run)
    }

    fn cut(&self, world: &World, run: &Disturbed, place: &str) {
        self.volume.cut(self.part.log);
        let judged = judge_power_cut(self.part.scenario, world, run);
        self.tally
            .add(self.name, self.part.scenario.name, place, judged);
    }
}

/// A file system of its own, in a file; it may be served on by a program.
struct Volume {
    disk: Disk,
    server: &'static [&'static str],
    folder: TempDir,
    /// Where the disk is mounted.
    below: PathBuf,
    /// Where the world is.
    point: PathBuf,
}

impl Volume {
    fn new(disk: Disk, server: &'static [&'static str]) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = tempfile::tempdir_in(memory)
            .or_else(|_| tempfile::tempdir())
            .expect("a folder");
        let image = folder.path().join("image");
        File::create(&image)
            .and_then(|file| file.set_len(SIZE))
            .expect("an image");
        do_it(
            Command::new(format!("mkfs.{}", disk.kind))
                .args(disk.options)
                .arg(&image),
        );
        let below = folder.path().join("disk");
        let point = match server {
            [] => below.clone(),
            _ => folder.path().join("mounted"),
        };
        fs::create_dir_all(&below).expect("a mount point");
        fs::create_dir_all(&point).expect("a mount point");
        let volume = Self {
            disk,
            server,
            folder,
            below,
            point,
        };
        volume.mount_disk();
        if !server.is_empty() {
            for served in ["lower", "upper", "work"] {
                fs::create_dir(volume.below.join(served)).expect("a folder");
            }
        }
        volume.serve();
        volume
    }

    fn mount_disk(&self) {
        let image = self.folder.path().join("image");
        do_it(
            Command::new("mount")
                .args(["-o", "loop", "-t", self.disk.kind])
                .arg(image)
                .arg(&self.below),
        );
    }

    fn serve(&self) {
        if let [program, words @ ..] = self.server {
            let mut command = Command::new(program);
            command
                .args(words)
                .arg(&self.point)
                .current_dir(&self.below);
            // What it leaves running keeps what it was given: no pipe.
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert!(status.is_ok_and(|status| status.success()), "{command:?}");
        }
    }

    fn unmount(&self) {
        if !self.server.is_empty() {
            // What waits in the kernel for its server waits no more.
            let unmounted = Command::new("umount")
                .arg("--lazy")
                .arg(&self.point)
                .output();
            assert!(unmounted.is_ok_and(|output| output.status.success()));
        }
        // A server ends a moment later, and a process that another thread is just starting can hold the root.
        eventually("the mount point is let go", || {
            let unmounted = Command::new("umount").arg(&self.below).output();
            unmounted.is_ok_and(|output| output.status.success())
        });
    }

    /// Puts the world before a command on it, durably.
    fn fill(&self, scenario: &Scenario) -> World {
        let world = World::at(&self.point);
        if world.user().exists() {
            // A server on FUSE hides what a killed program has open, and takes the hidden name away a moment later.
            awaited("it can be emptied", || {
                let emptied = fs::remove_dir_all(world.user());
                emptied.map_err(|error| error.to_string())
            });
        }
        fs::create_dir(world.user()).expect("a user's folder");
        copy(&scenario.before.user(), &world.user());
        rustix::fs::syncfs(File::open(&self.below).expect("it is mounted"))
            .expect("it can be synced");
        world
    }

    /// Cuts the power, and starts again.
    fn cut(&self, log: Log) {
        let root = File::open(&self.below).expect("it is mounted");
        shut_down(&root, log).expect("the file system can be shut down");
        drop(root);
        self.unmount();
        self.mount_disk();
        self.serve();
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        for point in [&self.point, &self.below] {
            let _ = Command::new("umount").arg("--lazy").arg(point).output();
        }
    }
}

/// `FS_IOC_SHUTDOWN` of ext4, XFS and others.
fn shut_down(root: &File, log: Log) -> rustix::io::Result<()> {
    const SHUT_DOWN: rustix::ioctl::Opcode = rustix::ioctl::opcode::read::<u32>(b'X', 125);
    let how = log as u32;
    // SAFETY: the kernel reads one u32 at the address, and writes nothing.
    unsafe { rustix::ioctl::ioctl(root, rustix::ioctl::Setter::<SHUT_DOWN, u32>::new(how)) }
}

fn do_it(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error} (is xfsprogs installed?)"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
