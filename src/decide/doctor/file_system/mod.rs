//! Abilities of a home's file system.

mod kinds;

use crate::decide::doctor::file_system::kinds::{FileSystemKind, Remark};
use crate::decide::doctor::mounts::{self, Mount};
use crate::decide::doctor::{CheckResult, Weight, quoted};

/// Facts of the home's file system.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileSystemFacts {
    /// The home's path.
    pub home: String,
    /// The kernel's number for the kind of file system (statfs(2)).
    pub magic: u64,
    /// True where nothing can be written.
    pub is_read_only: bool,
    /// True where the kernel refuses to write though nothing says that it is read-only: a subvolume can be so.
    pub refuses_writes: bool,
    /// The subvolume that the home is in, where the file system has such.
    pub subvolume: Option<String>,
    /// True where the program that serves it has ended: nothing there can even be looked at.
    pub is_dead: bool,
    /// True where nothing can be executed.
    pub is_noexec: bool,
    /// Free bytes for this user; `None` where they are not counted.
    pub free_bytes: Option<u64>,
    /// Free inodes; `None` where they are not counted.
    pub free_inodes: Option<u64>,
    /// True where files can have extended attributes.
    pub takes_attributes: bool,
    /// True where something that is recorded ships executable.
    pub ships_executables: bool,
    /// All mounts.
    pub mounts: Vec<Mount>,
    /// Those inside the home that are one file each, by where they are.
    pub mounted_files: Vec<String>,
    /// Those inside the home whose servers have ended, by where they are.
    pub dead_mounts: Vec<String>,
}

/// What people can do about the file system of a home.
const ELSEWHERE: &str = "mosaic install --home DIR    # on a disk of this machine";

const MIB: u64 = 1 << 20;
/// An update of a large framework needs about this much.
const ROOM_SCANT: u64 = 256 * MIB;
/// With less than this, hardly any update goes through.
const ROOM_MIN: u64 = 32 * MIB;
const INODES_MIN: u64 = 1000;

/// Judges it.
pub(crate) fn judge(facts: &FileSystemFacts) -> CheckResult {
    let own = mounts::of(&facts.home, &facts.mounts);
    if facts.is_dead {
        return judge_dead(facts, own);
    }
    let kind = kinds::kind(own, facts.magic);
    let name = own.map(|mount| mount.kind.as_str());
    let name = name.or(kind.map(FileSystemKind::name));
    let name = name.unwrap_or("an unknown kind");
    let room = facts
        .free_bytes
        .map_or(String::new(), |free| format!(", {} free", size(free)));
    let mut checked = CheckResult::new(format!("{name}{room}"));
    judge_kind(facts, (name, own), kind, &mut checked);
    judge_options(facts, own, &mut checked);
    judge_room(facts, &mut checked);
    for mount in mounts::inside(&facts.home, &facts.mounts) {
        if facts.dead_mounts.contains(&mount.at) {
            find_dead(&mount.at, &mut checked);
        } else if facts.mounted_files.contains(&mount.at) {
            judge_file(&mount.at, &mut checked);
        } else {
            judge_inside(mount, &mut checked);
        }
    }
    checked
}

fn judge_dead(facts: &FileSystemFacts, own: Option<&Mount>) -> CheckResult {
    let name = own.map_or("an unknown kind", |mount| &mount.kind);
    let at = own.map_or(facts.home.as_str(), |mount| &mount.at);
    let mut checked = CheckResult::new(name.to_owned());
    find_dead(at, &mut checked);
    checked
}

fn find_dead(at: &str, checked: &mut CheckResult) {
    checked.problem(
        format!("the program that serves {at} has ended: nothing there can be read or written"),
        format!("sudo umount --lazy {}    # and mount it again", quoted(at)),
    );
}

fn judge_kind(
    facts: &FileSystemFacts,
    (name, own): (&str, Option<&Mount>),
    kind: Option<&FileSystemKind>,
    checked: &mut CheckResult,
) {
    let Some(kind) = kind else {
        let message = format!("{name} ({:#x}) is not known to Mosaic", facts.magic);
        return checked.note(message, ELSEWHERE);
    };
    for Remark {
        weight, message, ..
    } in remarks(kind, own)
    {
        checked.find(*weight, format!("{name} {message}"), ELSEWHERE);
    }
    if kind.remarks.is_empty() && !facts.takes_attributes {
        let message =
            format!("this {name} has no extended attributes: files cannot have access lists");
        checked.note(message, format!("findmnt -T {}", quoted(&facts.home)));
    }
}

fn remarks<'a>(kind: &'a FileSystemKind, own: Option<&Mount>) -> impl Iterator<Item = &'a Remark> {
    let by_options = own.and_then(kinds::remark_on_options);
    kind.remarks.iter().chain(by_options)
}

/// Tells whether permission bits stay as they are set: where they do not, no `chmod` mends anything.
pub(crate) fn keeps_bits(facts: &FileSystemFacts) -> bool {
    let own = mounts::of(&facts.home, &facts.mounts);
    let kind = kinds::kind(own, facts.magic);
    kind.is_none_or(|kind| !remarks(kind, own).any(Remark::is_of_lost_bits))
}

/// What limits the promises of a transaction there, each in a sentence: a first install says it, and its dry run.
pub(crate) fn limits(facts: &FileSystemFacts) -> Vec<String> {
    let own = mounts::of(&facts.home, &facts.mounts);
    let Some(kind) = kinds::kind(own, facts.magic) else {
        return Vec::new();
    };
    let name = own.map_or(kind.name(), |mount| mount.kind.as_str());
    remarks(kind, own)
        .filter(|remark| remark.is_of_ground)
        .map(|remark| format!("{name} {}", remark.message))
        .collect()
}

fn judge_options(facts: &FileSystemFacts, own: Option<&Mount>, checked: &mut CheckResult) {
    let at = quoted(own.map_or(facts.home.as_str(), |mount| &mount.at));
    let has = |option: &str| own.is_some_and(|mount| mount.has(option));
    if facts.is_read_only {
        checked.problem(
            "it is read-only: nothing can be updated",
            format!("sudo mount -o remount,rw {at}"),
        );
    }
    judge_refusal(facts, &at, has("emergency_ro"), checked);
    if facts.is_noexec {
        let weight = if facts.ships_executables {
            Weight::Problem
        } else {
            Weight::Note
        };
        checked.find(
            weight,
            "it is mounted noexec: tools there cannot be started",
            format!("sudo mount -o remount,exec {at}"),
        );
    }
    if has("volatile") || has("fsync=volatile") {
        let message =
            "it is mounted volatile: nothing is durable, and a power cut may leave anything behind";
        checked.problem(
            message,
            format!("findmnt -T {at}    # and mount it without volatile"),
        );
    }
    if has("nobarrier") || has("barrier=0") {
        let message = "it is mounted without barriers: a power cut may lose what was synced";
        checked.note(message, format!("sudo mount -o remount,barrier=1 {at}"));
    }
}

/// Judges what keeps from writing where the mount says that it can be written.
fn judge_refusal(facts: &FileSystemFacts, at: &str, has_failed: bool, checked: &mut CheckResult) {
    if has_failed {
        checked.problem(
            "it has met an error and writes nothing any more (emergency_ro): nothing can be updated",
            dmesg(at),
        );
    } else if facts.refuses_writes && !facts.is_read_only {
        let remedy = format!(
            "btrfs property set {} ro false",
            quoted(facts.subvolume.as_ref().unwrap_or(&facts.home))
        );
        checked.problem(
            "it refuses to be written, as a read-only subvolume does: nothing can be updated",
            remedy,
        );
    }
}

/// The remedy of a file system that has met an error.
fn dmesg(at: &str) -> String {
    format!("sudo dmesg | tail -n 50    # then unmount {at} and check it with fsck")
}

fn judge_room(facts: &FileSystemFacts, checked: &mut CheckResult) {
    let remedy = format!("df -h {}", quoted(&facts.home));
    if let Some(free) = facts.free_bytes.filter(|free| *free < ROOM_SCANT) {
        let weight = if free < ROOM_MIN {
            Weight::Problem
        } else {
            Weight::Note
        };
        checked.find(weight, format!("only {} are free", size(free)), remedy);
    }
    if let Some(inodes) = facts.free_inodes.filter(|inodes| *inodes < INODES_MIN) {
        checked.problem(
            format!("there is room for {inodes} more files only"),
            format!("df -i {}", quoted(&facts.home)),
        );
    }
}

fn judge_file(at: &str, checked: &mut CheckResult) {
    checked.note(
        format!("{at} is a mount of its own: it stays as it is, and what a release brings there is parked"),
        format!("sudo umount {}", quoted(at)),
    );
}

fn judge_inside(mount: &Mount, checked: &mut CheckResult) {
    let (at, kind) = (&mount.at, &mount.kind);
    let remedy = format!("findmnt {}", quoted(at));
    if mount.has("emergency_ro") {
        checked.problem(
            format!("{at} ({kind}) has met an error and writes nothing any more (emergency_ro): what ships there cannot be updated"),
            dmesg(&quoted(at)),
        );
    } else if mount.has("ro") {
        checked.problem(
            format!("{at} ({kind}) is a read-only mount inside the home: what ships there cannot be updated"),
            format!("sudo mount -o remount,rw {}", quoted(at)),
        );
    } else {
        checked.note(
            format!("{at} ({kind}) is a mount inside the home: its files are staged beside their targets"),
            remedy,
        );
    }
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    match bytes / MIB {
        mib if mib >= 10 * 1024 => format!("{} GiB", mib / 1024),
        mib => format!("{mib} MiB"),
    }
}

#[cfg(test)]
mod tests;
