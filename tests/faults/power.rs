//! Power cuts: the program is killed at a call, and its file system shut down before anything is synced.
//!
//! On ext4 and XFS in loop devices, once with the file system's log thrown away and once with the log
//! kept and unsynced contents lost: the two ends of what a real cut can leave.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::judge::judge_power_cut;
use crate::scenario::{self, Scenario};
use crate::support::patience::eventually;
use crate::tally::Tally;
use crate::trace::{Disturbed, Fault, Point, SWEPT, disturb};
use crate::world::{World, copy};

const FILE_SYSTEMS: [(&str, &[&str]); 2] = [("ext4", &["-q", "-F"]), ("xfs", &["-q", "-f"])];
const SIZE: u64 = 400 << 20;

/// What becomes of the file system's log.
#[derive(Debug, Clone, Copy)]
enum Log {
    /// It reaches the disk: names are kept, contents that were not synced are lost.
    Kept = 1,
    /// It does not: all that was not synced is lost.
    Lost = 2,
}

/// Sweeps, shows the counts, and fails on a violation.
pub fn sweep() {
    assert!(
        rustix::process::geteuid().is_root(),
        "a power cut needs root: it mounts loop devices"
    );
    let scenarios = scenario::wanted();
    let tally = Tally::default();
    std::thread::scope(|scope| {
        for (kind, options) in FILE_SYSTEMS {
            let (scenarios, tally) = (&scenarios, &tally);
            scope.spawn(move || sweep_one(&Volume::new(kind, options), scenarios, tally));
        }
    });
    tally.conclude("Power cuts by file system, scenario and log");
}

fn sweep_one(volume: &Volume, scenarios: &[Scenario], tally: &Tally) {
    for scenario in scenarios {
        for log in [Log::Kept, Log::Lost] {
            for call in SWEPT.iter().filter(|call| **call != "flock") {
                Row {
                    volume,
                    scenario,
                    call,
                    log,
                    tally,
                }
                .sweep();
            }
        }
    }
}

struct Row<'a> {
    volume: &'a Volume,
    scenario: &'a Scenario,
    call: &'static str,
    log: Log,
    tally: &'a Tally,
}

impl Row<'_> {
    fn sweep(&self) {
        for number in 1.. {
            let point = Point {
                call: self.call,
                number,
                fault: Fault::Kill,
            };
            let world = self.volume.fill(self.scenario);
            let log = self.volume.folder.path().join("log");
            let run = disturb(&world.user(), &log, &self.scenario.arguments, point);
            if !run.fired() {
                assert!(
                    number > 1 || !run.has_made(self.call),
                    "{point:?} did not come: is strace broken?"
                );
                if self.call == SWEPT[0] {
                    self.cut(&world, &run, "after its end");
                }
                break;
            }
            if run.hit_a_change(point) {
                self.cut(&world, &run, &format!("{point:?}"));
            }
        }
    }

    fn cut(&self, world: &World, run: &Disturbed, place: &str) {
        self.volume.cut(self.log);
        let judged = judge_power_cut(self.scenario, world, run);
        let name = format!("{} log {:?}", self.volume.kind, self.log);
        self.tally.add(&name, self.scenario.name, place, judged);
    }
}

/// A file system of its own, in a file.
struct Volume {
    kind: &'static str,
    folder: TempDir,
    point: PathBuf,
}

impl Volume {
    fn new(kind: &'static str, options: &[&str]) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = tempfile::tempdir_in(memory)
            .or_else(|_| tempfile::tempdir())
            .expect("a folder");
        let image = folder.path().join("image");
        File::create(&image)
            .and_then(|file| file.set_len(SIZE))
            .expect("an image");
        do_it(
            Command::new(format!("mkfs.{kind}"))
                .args(options)
                .arg(&image),
        );
        let point = folder.path().join("mounted");
        fs::create_dir(&point).expect("a mount point");
        let volume = Self {
            kind,
            folder,
            point,
        };
        volume.mount();
        volume
    }

    fn mount(&self) {
        let image = self.folder.path().join("image");
        do_it(
            Command::new("mount")
                .args(["-o", "loop", "-t", self.kind])
                .arg(image)
                .arg(&self.point),
        );
    }

    /// A process that another thread is just starting can hold the root for a moment.
    fn unmount(&self) {
        eventually("the mount point is let go", || {
            let unmounted = Command::new("umount").arg(&self.point).output();
            unmounted.is_ok_and(|output| output.status.success())
        });
    }

    /// Puts the world before a command on it, durably.
    fn fill(&self, scenario: &Scenario) -> World {
        let world = World::at(&self.point);
        if world.user().exists() {
            fs::remove_dir_all(world.user()).expect("it can be emptied");
        }
        fs::create_dir(world.user()).expect("a user's folder");
        copy(&scenario.before.user(), &world.user());
        rustix::fs::syncfs(File::open(&self.point).expect("it is mounted"))
            .expect("it can be synced");
        world
    }

    /// Cuts the power, and starts again.
    fn cut(&self, log: Log) {
        let root = File::open(&self.point).expect("it is mounted");
        shut_down(&root, log).expect("the file system can be shut down");
        drop(root);
        self.unmount();
        self.mount();
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.point).status();
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
