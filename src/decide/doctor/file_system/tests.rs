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
        (with(|facts| facts.magic = 0x0102_1994), Note, "in memory"),
        (with(|facts| facts.magic = 0x794C_7630), Note, "exchange"),
        (with(|facts| facts.magic = 0x6969), Note, "another machine"),
        (
            with(|facts| facts.magic = 0x4D44),
            Problem,
            "permission bits",
        ),
        (with(|facts| facts.magic = 7), Note, "0x7"),
    ];
    for (facts, weight, expected) in cases {
        assert_found(&facts, weight, expected);
    }
}

#[test]
fn every_hazard_of_a_mount_has_its_finding() {
    use Weight::{Note, Problem};
    for (line, weight, expected) in [
        (
            "/home rw - overlay overlay rw,fsync=volatile",
            Problem,
            "volatile",
        ),
        (
            "/home rw - overlay overlay rw,volatile",
            Problem,
            "volatile",
        ),
        ("/home rw - ext4 /dev/b rw,nobarrier", Note, "barriers"),
        ("/home rw - ext4 /dev/b rw,emergency_ro", Problem, "error"),
        ("/home rw - fuse.gocryptfs g rw", Note, "gocryptfs"),
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
    ] {
        let root = "28 1 254:0 / / rw - ext4 /dev/vda rw";
        let facts = with(|facts| {
            facts.mounts = mounts::parse(&format!("{root}\n30 28 0:1 / {line}\n"));
        });
        assert_found(&facts, weight, expected);
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
