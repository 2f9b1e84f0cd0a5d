//! Findings of a file system, hazard by hazard.

use super::*;

fn good() -> FileSystemFacts {
    let mounts = mounts::parse("28 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n");
    let home = "/home/you/.config/mosaic".to_owned();
    let (free_bytes, free_inodes) = (Some(20 << 30), Some(1 << 20));
    FileSystemFacts {
        home,
        magic: 0xEF53,
        free_bytes,
        free_inodes,
        takes_attributes: true,
        mounts,
        ..FileSystemFacts::default()
    }
}

fn found(facts: &FileSystemFacts) -> Vec<(Weight, String)> {
    let findings = judge(facts).findings;
    assert!(findings.iter().all(|finding| !finding.remedy.is_empty()));
    findings
        .into_iter()
        .map(|finding| (finding.weight, finding.message))
        .collect()
}

fn with(change: impl FnOnce(&mut FileSystemFacts)) -> FileSystemFacts {
    let mut facts = good();
    change(&mut facts);
    facts
}

#[test]
fn a_good_disk_is_nothing_to_speak_of() {
    assert_eq!(found(&good()), []);
    assert_eq!(judge(&good()).summary, "ext4, 20 GiB free");
}

#[test]
fn every_hazard_has_its_finding() {
    use Weight::{Note, Problem};
    let cases = [
        (
            with(|facts| facts.is_read_only = true),
            Problem,
            "read-only",
        ),
        (
            with(|facts| facts.refuses_writes = true),
            Problem,
            "subvolume",
        ),
        (
            with(|facts| {
                facts.is_read_only = true;
                facts.refuses_writes = true;
            }),
            Problem,
            "it is read-only",
        ),
        (with(|facts| facts.is_dead = true), Problem, "has ended"),
        (with(|facts| facts.is_noexec = true), Note, "noexec"),
        (
            with(|facts| {
                facts.is_noexec = true;
                facts.ships_executables = true;
            }),
            Problem,
            "noexec",
        ),
        (
            with(|facts| facts.free_bytes = Some(100 * MIB)),
            Note,
            "only 100 MiB",
        ),
        (
            with(|facts| facts.free_bytes = Some(MIB)),
            Problem,
            "only 1 MiB",
        ),
        (
            with(|facts| facts.free_inodes = Some(3)),
            Problem,
            "3 more files",
        ),
        (
            with(|facts| facts.takes_attributes = false),
            Note,
            "attributes",
        ),
        (on("new", 7), Note, "0x7"),
    ];
    for (facts, weight, expected) in cases {
        assert_found(&facts, weight, expected);
    }
}

/// A home on a mount of this kind, of which the kernel tells this number.
fn on(kind: &str, magic: u64) -> FileSystemFacts {
    with(|facts| {
        facts.magic = magic;
        facts.mounts = mounts::parse(&format!("28 1 0:9 / / rw - {kind} source rw\n"));
    })
}

/// What is said of a kind of file system, and, marked with `!`, what a first install says as well.
#[test]
fn what_is_to_be_known_of_a_kind_is_said_of_all_its_names() {
    const FUSE: u64 = 0x6573_5546;
    #[rustfmt::skip]
    let table: &[(&str, u64, &[&str])] = &[
        ("ext3", 0xEF53, &[]),
        ("xfs", 0x5846_5342, &[]),
        ("tmpfs", 0x0102_1994, &["is in memory"]),
        ("overlay", 0x794C_7630, &["cannot always exchange"]),
        ("nfs4", 0x6969, &["on another machine", "!cannot exchange"]),
        ("cifs", 0xFF53_4D42, &["on another machine", "!permission bits", "!cannot exchange"]),
        ("vfat", 0x4D44, &["!permission bits"]),
        ("exfat", 0x2011_BAB0, &["!permission bits", "!cannot exchange"]),
        ("ntfs3", 0x7366_746E, &["!cannot exchange"]),
        // 9p tells the number of the other side's disk, and FUSE one for all.
        ("9p", 0xEF53, &["on another machine", "!cannot exchange"]),
        ("fuse.sshfs", FUSE, &["on another machine", "!cannot exchange"]),
        ("fuse.bindfs", FUSE, &["served by a program", "!cannot exchange"]),
        ("fuse.gocryptfs", FUSE, &["!does not sync the names"]),
        ("fuse.fuse-overlayfs", FUSE, &["served by a program", "shows a file of a lower layer again"]),
        ("fuse.rclone", FUSE, &["served by a program", "!permission bits", "!cannot exchange", "!no move that spares"]),
        ("fuse.of-tomorrow", FUSE, &["served by a program", "!may be unable to exchange"]),
        ("fuse", FUSE, &["served by a program", "!may be unable to exchange"]),
        ("fuseblk", FUSE, &["!cannot exchange", "!permission bits"]),
    ];
    for (kind, magic, expected) in table {
        let facts = on(kind, *magic);
        let (found, limits) = (found(&facts), limits(&facts));
        let messages: Vec<_> = found.iter().map(|(_, message)| message).collect();
        assert_eq!(messages.len(), expected.len(), "{kind}: {messages:?}");
        for (part, message) in expected.iter().zip(&messages) {
            assert!(
                message.contains(part.trim_start_matches('!')),
                "{kind}: {messages:?}"
            );
            let is_limit = limits.contains(message);
            assert_eq!(is_limit, part.starts_with('!'), "{kind}: {limits:?}");
        }
    }
    let checked = with(|facts| {
        facts.magic = FUSE;
        let line = "28 1 0:9 / / rw - fuseblk source rw,default_permissions\n";
        facts.mounts = mounts::parse(line);
    });
    assert_eq!(limits(&checked).len(), 1, "ntfs-3g keeps modes so");
    assert!(keeps_bits(&checked) && keeps_bits(&good()));
    assert!(!keeps_bits(&on("vfat", 0x4D44)) && !keeps_bits(&on("fuseblk", FUSE)));
}

#[test]
fn every_hazard_of_a_mount_has_its_finding() {
    use Weight::{Note, Problem};
    for (line, weight, expected) in [
        ("/home rw - ext4 /dev/b rw,nobarrier", Note, "barriers"),
        ("/home rw - ext4 /dev/b rw,emergency_ro", Problem, "error"),
        (
            "/home/you/.config/mosaic/g rw - tmpfs t rw",
            Note,
            "inside the home",
        ),
        (
            "/home/you/.config/mosaic/g ro - tmpfs t rw",
            Problem,
            "read-only mount",
        ),
        (
            "/home/you/.config/mosaic/g rw - ext4 /dev/b rw,emergency_ro",
            Problem,
            "(emergency_ro): what ships there",
        ),
        (
            "/home/you/.config/mosaic/dead rw - fuse f rw",
            Problem,
            "has ended",
        ),
    ] {
        let root = "28 1 254:0 / / rw - ext4 /dev/vda rw";
        let facts = with(|facts| {
            facts.mounts = mounts::parse(&format!("{root}\n30 28 0:1 / {line}\n"));
            facts.dead_mounts = vec!["/home/you/.config/mosaic/dead".to_owned()];
        });
        assert_found(&facts, weight, expected);
    }
}

#[test]
fn a_volatile_overlay_keeps_nothing() {
    for option in ["volatile", "fsync=volatile"] {
        let facts = with(|facts| {
            let line = format!("28 1 0:9 / / rw - overlay overlay rw,{option}");
            facts.mounts = mounts::parse(&line);
        });
        let found = found(&facts);
        let weights: Vec<_> = found.iter().map(|(weight, _)| *weight).collect();
        assert_eq!(weights, [Weight::Note, Weight::Problem], "{found:?}");
        assert!(found[1].1.contains("volatile"), "{found:?}");
    }
}

fn assert_found(facts: &FileSystemFacts, weight: Weight, expected: &str) {
    let found = found(facts);
    let [(of, message)] = found.as_slice() else {
        panic!("{expected}: {found:?}")
    };
    let is_so = *of == weight && message.contains(expected);
    assert!(is_so, "{expected}: {found:?}");
}
