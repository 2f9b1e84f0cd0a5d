//! The kernel's numbers for kinds of file systems (statfs(2)), from `linux/magic.h` and the file systems' own sources.
//!
//! FUSE has one for all that it serves, and 9p answers with the number of the other side's disk: where that matters, the
//! name in the kernel's list of mounts decides.

/// Number of ext2, ext3 and ext4.
pub(crate) const EXT: u64 = 0xEF53;
/// Number of XFS.
pub(crate) const XFS: u64 = 0x5846_5342;
/// Number of btrfs.
pub(crate) const BTRFS: u64 = 0x9123_683E;
/// Number of f2fs.
pub(crate) const F2FS: u64 = 0xF2F5_2010;
/// Number of tmpfs.
pub(crate) const TMPFS: u64 = 0x0102_1994;
/// Number of overlayfs.
pub(crate) const OVERLAY: u64 = 0x794C_7630;
/// Number of all that FUSE serves.
pub(crate) const FUSE: u64 = 0x6573_5546;
/// Number of vfat.
pub(crate) const VFAT: u64 = 0x4D44;
/// Number of exfat.
pub(crate) const EXFAT: u64 = 0x2011_BAB0;
/// Number of SMB 1, which the kernel calls cifs.
pub(crate) const CIFS: u64 = 0xFF53_4D42;
/// Number of SMB 2 and 3.
pub(crate) const SMB: u64 = 0xFE53_4D42;
