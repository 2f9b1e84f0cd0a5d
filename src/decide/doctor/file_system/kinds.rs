//! Kinds of file systems that people have, and what is to be known of each.

use crate::decide::doctor::Weight;
use crate::decide::doctor::mounts::Mount;
use crate::decide::home::magic;

/// A kind of file system.
pub(super) struct FileSystemKind {
    /// The kernel's number for it (statfs(2)), from `linux/magic.h` and the file systems' own sources.
    magic: u64,
    /// Names that it has in the kernel's list of mounts, ours first.
    names: &'static [&'static str],
    /// What is to be known of it.
    pub(super) remarks: &'static [Remark],
}

/// Something to be known of a kind of file system; its name comes first in the sentence.
#[derive(PartialEq, Eq)]
pub(super) struct Remark {
    /// Weight of the finding.
    pub(super) weight: Weight,
    /// The rest of the sentence.
    pub(super) message: &'static str,
    /// True where it limits what a transaction can promise: a first install says it, too.
    pub(super) is_of_ground: bool,
}

impl Remark {
    /// Tells whether permission bits are set there and do not stay.
    pub(super) fn is_of_lost_bits(&self) -> bool {
        *self == NO_BITS
    }
}

impl FileSystemKind {
    pub(super) fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

const NO_BITS: Remark = Remark {
    weight: Weight::Problem,
    message: "has neither owners nor permission bits: tools cannot be made executable, nor .mosaic private",
    is_of_ground: true,
};
const NO_EXCHANGE: Remark = limit(
    "cannot exchange two files in one step: a file that you save in just the moment of an update could be lost",
);
const NO_SPARING: Remark = limit(
    "has no move that spares what is there, nor second names: a file that you make in just the moment of an update could be lost",
);
const SOMETIMES_NO_EXCHANGE: Remark = note(
    "cannot always exchange two files in one step: a file that you save in just the moment of an update could be lost",
);
/// Many programs that serve a file system give it no name of its own.
const PERHAPS_NO_EXCHANGE: Remark = limit(
    "may be unable to exchange two files in one step: then a file that you save in just the moment of an update could be lost",
);
const NETWORK: Remark = note(
    "is on another machine: what happens when that one fails, or two machines update at once, is up to it",
);
const MEMORY: Remark = note("is in memory: it is gone when the machine stops");
const SERVED: Remark =
    note("is served by a program: whether a synced file outlives a power cut is up to it");
const UNSYNCED_NAMES: Remark = limit(
    "does not sync the names of new directories: after a power cut, what an update kept may be unreadable",
);
const LOWER_GHOSTS: Remark = note(
    "shows a file of a lower layer again when the one that had replaced it goes: Mosaic removes both",
);

/// A remark that a first install repeats.
const fn limit(message: &'static str) -> Remark {
    Remark {
        is_of_ground: true,
        ..note(message)
    }
}

const fn note(message: &'static str) -> Remark {
    Remark {
        weight: Weight::Note,
        message,
        is_of_ground: false,
    }
}

/// The kinds that people have. What each can do was measured (`decide/home/ways.rs` has the groups).
#[rustfmt::skip]
const KINDS: &[FileSystemKind] = &[
    FileSystemKind { magic: magic::EXT, names: &["ext4", "ext3", "ext2"], remarks: &[] },
    FileSystemKind { magic: magic::XFS, names: &["xfs"], remarks: &[] },
    FileSystemKind { magic: magic::BTRFS, names: &["btrfs"], remarks: &[] },
    FileSystemKind { magic: magic::F2FS, names: &["f2fs"], remarks: &[] },
    FileSystemKind { magic: 0x2FC1_2FC1, names: &["zfs"], remarks: &[] },
    FileSystemKind { magic: 0xCA45_1A4E, names: &["bcachefs"], remarks: &[] },
    FileSystemKind { magic: 0x5265_4973, names: &["reiserfs"], remarks: &[NO_EXCHANGE] },
    FileSystemKind { magic: 0x3153_464A, names: &["jfs"], remarks: &[NO_EXCHANGE] },
    FileSystemKind { magic: 0x1501_3346, names: &["udf"], remarks: &[NO_EXCHANGE] },
    FileSystemKind { magic: 0xF15F, names: &["ecryptfs"], remarks: &[NO_EXCHANGE] },
    FileSystemKind { magic: magic::TMPFS, names: &["tmpfs"], remarks: &[MEMORY] },
    FileSystemKind { magic: 0x8584_58F6, names: &["ramfs"], remarks: &[MEMORY] },
    FileSystemKind { magic: magic::OVERLAY, names: &["overlayfs", "overlay"], remarks: &[SOMETIMES_NO_EXCHANGE] },
    FileSystemKind { magic: 0x6969, names: &["nfs", "nfs4"], remarks: &[NETWORK, NO_EXCHANGE] },
    FileSystemKind { magic: magic::CIFS, names: &["cifs"], remarks: &[NETWORK, NO_BITS, NO_EXCHANGE] },
    FileSystemKind { magic: magic::SMB, names: &["smb3", "smb2"], remarks: &[NETWORK, NO_BITS, NO_EXCHANGE] },
    FileSystemKind { magic: 0x0102_1997, names: &["9p"], remarks: &[NETWORK, NO_EXCHANGE] },
    FileSystemKind { magic: 0x00C3_6400, names: &["ceph"], remarks: &[NETWORK] },
    FileSystemKind { magic: magic::VFAT, names: &["vfat", "msdos"], remarks: &[NO_BITS] },
    FileSystemKind { magic: magic::EXFAT, names: &["exfat"], remarks: &[NO_BITS, NO_EXCHANGE] },
    FileSystemKind { magic: 0x7366_746E, names: &["ntfs3"], remarks: &[NO_EXCHANGE] },
    FileSystemKind { magic: magic::FUSE, names: &["fuse"], remarks: &[SERVED, PERHAPS_NO_EXCHANGE] },
    FileSystemKind { magic: magic::FUSE, names: &["fuseblk"], remarks: &[NO_EXCHANGE] },
    FileSystemKind { magic: magic::FUSE, names: &["fuse.gocryptfs"], remarks: &[UNSYNCED_NAMES] },
    FileSystemKind { magic: magic::FUSE, names: &["fuse.fuse-overlayfs"], remarks: &[SERVED, LOWER_GHOSTS] },
    FileSystemKind { magic: magic::FUSE, names: &["fuse.sshfs"], remarks: &[NETWORK, NO_EXCHANGE] },
    FileSystemKind { magic: magic::FUSE, names: &["fuse.bindfs", "fuse.disorderfs", "fuse.encfs", "fuse.mergerfs", "fuse.securefs", "fuse.unionfs", "fuse.unionfs-fuse", "fuse.fuse-ext2"], remarks: &[SERVED, NO_EXCHANGE] },
    FileSystemKind { magic: magic::FUSE, names: &["fuse.cryfs"], remarks: &[SERVED, NO_EXCHANGE, NO_SPARING] },
    FileSystemKind { magic: magic::FUSE, names: &["fuse.rclone"], remarks: &[SERVED, NO_BITS, NO_EXCHANGE, NO_SPARING] },
];

/// The kind of a mount; where the kernel's list does not have it, of a number. The list goes first: 9p has the number
/// of the other side's disk, and FUSE one number for all.
pub(super) fn kind(mount: Option<&Mount>, magic: u64) -> Option<&'static FileSystemKind> {
    let named = |name: &str| KINDS.iter().find(|kind| kind.names.contains(&name));
    let by_name = mount.and_then(|mount| named(&mount.kind));
    by_name.or_else(|| KINDS.iter().find(|kind| kind.magic == magic))
}

/// The remark on a mount whose options tell more than its kind: ntfs-3g keeps modes where the kernel checks them.
pub(super) fn remark_on_options(mount: &Mount) -> Option<&'static Remark> {
    (mount.kind == "fuseblk" && !mount.has("default_permissions")).then_some(&NO_BITS)
}
