//! Barriers: what makes written data durable, by the file system that it was written to.
//!
//! No probe can tell: on FUSE `syncfs` answers that all went well and asks nobody for anything. So it is used only where
//! it is known to be kept, and wherever that is not known every file and every directory is synced on its own.

use crate::decide::doctor::mounts::Mount;
use crate::decide::home::magic;

/// Way to make what was written to a file system durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// One `syncfs` for all that was written there.
    WholeFileSystem,
    /// One `fsync` for each file, then one for each directory.
    EachFile,
}

/// Place that was asked which barrier it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ground<'a> {
    /// The kernel's number for the kind of file system (statfs(2)).
    pub magic: u64,
    /// Mount that the place is on; `None` where the kernel's list does not have it.
    pub mount: Option<&'a Mount>,
}

/// The file systems that keep `syncfs`: their numbers, and their names in the kernel's list of mounts.
const KEPT: &[(u64, &[&str])] = &[
    (magic::EXT, &["ext2", "ext3", "ext4"]),
    (magic::XFS, &["xfs"]),
    (magic::BTRFS, &["btrfs"]),
    (magic::F2FS, &["f2fs"]),
    (magic::TMPFS, &["tmpfs"]),
];
const OVERLAY: (u64, &str) = (magic::OVERLAY, "overlay");

/// Chooses the barrier of a place. Number and name must agree: 9p answers with the number of the other side's disk.
/// An overlay keeps what its upper directory keeps, which `upper` looks up by the path in the mount's options.
pub(crate) fn barrier<'a>(
    ground: Ground<'a>,
    upper: impl FnOnce(&str) -> Option<Ground<'a>>,
) -> Barrier {
    let Some(mount) = ground.mount else {
        return Barrier::EachFile;
    };
    let bears = if (ground.magic, mount.kind.as_str()) == OVERLAY {
        mount.value("upperdir").and_then(upper)
    } else {
        Some(ground)
    };
    if bears.is_some_and(keeps) {
        Barrier::WholeFileSystem
    } else {
        Barrier::EachFile
    }
}

fn keeps(ground: Ground) -> bool {
    let Some(mount) = ground.mount else {
        return false;
    };
    KEPT.iter()
        .any(|(magic, names)| *magic == ground.magic && names.contains(&mount.kind.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::mounts;

    fn mount(kind: &str, options: &str) -> Mount {
        let line = format!("30 1 0:7 / /m rw - {kind} source {options}");
        mounts::parse(&line).remove(0)
    }

    fn on(magic: u64, kind: &str) -> Barrier {
        let mount = mount(kind, "rw");
        let ground = Ground {
            magic,
            mount: Some(&mount),
        };
        barrier(ground, |_| None)
    }

    #[test]
    fn syncfs_is_a_barrier_only_where_it_is_known_to_be_kept() {
        use Barrier::{EachFile, WholeFileSystem};
        let table = [
            (0xEF53, "ext4", WholeFileSystem),
            (0xEF53, "ext3", WholeFileSystem),
            (0xEF53, "ext2", WholeFileSystem),
            (0x5846_5342, "xfs", WholeFileSystem),
            (0x9123_683E, "btrfs", WholeFileSystem),
            (0xF2F5_2010, "f2fs", WholeFileSystem),
            (0x0102_1994, "tmpfs", WholeFileSystem),
            (0x6573_5546, "fuse", EachFile),
            (0x6573_5546, "fuse.bindfs", EachFile),
            (0x6573_5546, "fuseblk", EachFile),
            (0x6573_5546, "virtiofs", EachFile),
            (0x6969, "nfs", EachFile),
            (0x6969, "nfs4", EachFile),
            (0xFF53_4D42, "cifs", EachFile),
            (0xFE53_4D42, "smb3", EachFile),
            (0x0102_1997, "9p", EachFile),
            (0x00C3_6400, "ceph", EachFile),
            (0xF15F, "ecryptfs", EachFile),
            (0x4D44, "vfat", EachFile),
            (0x2011_BAB0, "exfat", EachFile),
            (0x7, "of-tomorrow", EachFile),
            // 9p over a disk of ext4, and a name that is not the number's.
            (0xEF53, "9p", EachFile),
            (0x6573_5546, "ext4", EachFile),
            // An overlay whose upper directory cannot be seen from here.
            (0x794C_7630, "overlay", EachFile),
        ];
        for (magic, kind, expected) in table {
            assert_eq!(on(magic, kind), expected, "{magic:#x} {kind}");
        }
    }

    #[test]
    fn an_overlay_keeps_what_its_upper_directory_keeps() {
        let overlay = mount("overlay", "rw,lowerdir=/l,upperdir=/u,workdir=/w");
        let ground = Ground {
            magic: OVERLAY.0,
            mount: Some(&overlay),
        };
        for (magic, kind, expected) in [
            (0xEF53, "ext4", Barrier::WholeFileSystem),
            (0x5846_5342, "xfs", Barrier::WholeFileSystem),
            (0x6573_5546, "virtiofs", Barrier::EachFile),
            (OVERLAY.0, "overlay", Barrier::EachFile),
        ] {
            let upper = mount(kind, "rw");
            let look = |path: &str| {
                assert_eq!(path, "/u");
                Some(Ground {
                    magic,
                    mount: Some(&upper),
                })
            };
            assert_eq!(barrier(ground, look), expected, "{kind}");
        }
    }

    #[test]
    fn a_mount_that_is_not_listed_is_not_trusted() {
        let ground = Ground {
            magic: 0xEF53,
            mount: None,
        };
        assert_eq!(barrier(ground, |_| None), Barrier::EachFile);
    }
}
