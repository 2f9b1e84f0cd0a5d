//! Stamps of files, and when each later change is sure to leave others.
//!
//! File systems round their stamps down, to whole seconds and more, by clocks of their own: a server's, for one. So a
//! stamp is compared with one that the same file system gave to what Mosaic wrote there before it looked. What is
//! changed after the look is stamped like that or later: only a stamp that is older cannot come again. An equal one can.

/// Seconds and nanoseconds of a clock.
pub(crate) type Moment = (i64, u32);

/// Seconds after which a stamp counts as old. A page that a program has mapped may be written again without another
/// stamp until the kernel has brought it to the disk, which it does within half a minute. No rounding is as coarse.
const OLD: i64 = 60;

/// The kinds of file systems that stamp by the clock of this machine, and keep the time of the last change as their own.
const DISKS: &[&str] = &[
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "overlay", "squashfs", "erofs",
];
/// The same, but no page is ever brought to a disk.
const MEMORY: &[&str] = &["tmpfs", "ramfs"];

/// A look at a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    /// Time of the last change, of whatever it was.
    pub changed: Moment,
    /// Time of the last change of the content.
    pub modified: Moment,
    /// Name of the kind of file system; `None` where that is not known.
    pub kind: Option<&'a str>,
    /// Stamp that the same file system gave, before the look, to what Mosaic wrote there; `None` where it wrote nothing.
    pub written: Option<Moment>,
    /// This machine's clock before the look.
    pub clock: Moment,
    /// True of a file that somebody may have had open before the look, to change it.
    pub may_be_open: bool,
}

/// Tells whether each change after the look is sure to leave other stamps.
pub(crate) fn is_settled(look: &Look) -> bool {
    let is_one_of = |kinds: &[&str]| look.kind.is_some_and(|kind| kinds.contains(&kind));
    let is_memory = is_one_of(MEMORY);
    if is_memory && look.may_be_open {
        return false;
    }
    match look.written {
        Some(written) if is_memory || is_one_of(DISKS) => {
            let age = if look.may_be_open { OLD } else { 0 };
            look.is_older(written, age)
        }
        // Where the one time is always the other, who puts the other back has changed nothing.
        Some(written) => look.changed != look.modified && look.is_older(written, OLD),
        None => (is_memory || is_one_of(DISKS)) && look.is_older(look.clock, OLD),
    }
}

impl Look<'_> {
    fn is_older(&self, than: Moment, seconds: i64) -> bool {
        let is_older = |(at, rest): Moment| (at.saturating_add(seconds), rest) < than;
        is_older(self.changed) && is_older(self.modified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: Moment = (1000, 500);

    fn look(kind: &str, changed: Moment) -> Look<'_> {
        Look {
            changed,
            modified: (changed.0 - 1, 0),
            kind: Some(kind),
            written: Some(WRITTEN),
            clock: (5000, 0),
            may_be_open: false,
        }
    }

    #[test]
    fn only_a_stamp_older_than_one_given_before_the_look_counts() {
        for kind in ["ext4", "xfs", "btrfs", "overlay", "tmpfs"] {
            assert!(is_settled(&look(kind, (1000, 499))), "{kind}");
            assert!(!is_settled(&look(kind, WRITTEN)), "{kind}");
            assert!(!is_settled(&look(kind, (1000, 501))), "{kind}");
            let modified = Look {
                modified: WRITTEN,
                ..look(kind, (999, 0))
            };
            assert!(!is_settled(&modified), "{kind}");
        }
        // Whole seconds: what was written in the same one looks the same.
        let rounded = |second| Look {
            written: Some((1000, 0)),
            ..look("ext3", (second, 0))
        };
        assert!(is_settled(&rounded(999)));
        assert!(!is_settled(&rounded(1000)));
    }

    #[test]
    fn what_somebody_may_have_open_counts_once_its_pages_are_on_the_disk() {
        let open = |kind, second| Look {
            may_be_open: true,
            ..look(kind, (second, 0))
        };
        assert!(!is_settled(&open("ext4", 941)));
        assert!(is_settled(&open("ext4", 940)));
        // They never are.
        assert!(!is_settled(&open("tmpfs", 1)));
    }

    #[test]
    fn where_the_two_times_are_one_only_reading_tells() {
        for kind in ["vfat", "exfat", "fuse.sshfs", "fuse", "nfs4", "of-tomorrow"] {
            assert!(is_settled(&look(kind, (900, 0))), "{kind}");
            assert!(!is_settled(&look(kind, (999, 0))), "{kind}: rounded");
            let one = Look {
                modified: (900, 0),
                ..look(kind, (900, 0))
            };
            assert!(!is_settled(&one), "{kind}");
        }
    }

    #[test]
    fn where_nothing_was_written_only_what_is_old_on_a_disk_of_this_machine_counts() {
        let elsewhere = |kind, second| Look {
            written: None,
            ..look(kind, (second, 0))
        };
        for kind in ["ext4", "tmpfs", "squashfs"] {
            assert!(is_settled(&elsewhere(kind, 4939)), "{kind}");
            assert!(!is_settled(&elsewhere(kind, 4941)), "{kind}");
        }
        assert!(!is_settled(&elsewhere("nfs4", 1)));
        let unknown = Look {
            kind: None,
            ..elsewhere("ext4", 1)
        };
        assert!(!is_settled(&unknown));
    }
}
