//! The kinds of file system that homes are played on.

/// One kind; `grounds.sh` builds it.
#[derive(Clone, Copy)]
pub struct Kind {
    /// What it is called.
    pub name: &'static str,
    /// Whether the short form plays it.
    pub is_short: bool,
    /// Whether permission bits stay as they were set.
    pub keeps_modes: bool,
    /// Whether it knows symbolic links.
    pub keeps_links: bool,
    /// Whether a folder of the home is there before the first install.
    pub is_furnished: bool,
    /// Whether it can be filled up.
    pub is_scarce: bool,
    /// Whether homes can be there; otherwise all is refused beforehand.
    pub is_home: bool,
    /// A name that no file there can have, as is known beforehand.
    pub refuses: Option<&'static str>,
}

const PLAIN: Kind = Kind {
    name: "",
    is_short: false,
    keeps_modes: true,
    keeps_links: true,
    is_furnished: false,
    is_scarce: false,
    is_home: true,
    refuses: None,
};

const fn plain(name: &'static str) -> Kind {
    Kind { name, ..PLAIN }
}

const fn short(kind: Kind) -> Kind {
    Kind {
        is_short: true,
        ..kind
    }
}

const fn furnished(name: &'static str) -> Kind {
    Kind {
        name,
        is_furnished: true,
        ..PLAIN
    }
}

const fn scarce(name: &'static str) -> Kind {
    Kind {
        name,
        is_scarce: true,
        ..PLAIN
    }
}

const fn bare(name: &'static str) -> Kind {
    Kind {
        name,
        keeps_modes: false,
        keeps_links: false,
        ..PLAIN
    }
}

const fn refusing(kind: Kind, name: &'static str) -> Kind {
    Kind {
        refuses: Some(name),
        ..kind
    }
}

/// Of 160 letters.
const LONG: &str = "a-name-that-is-longer-than-an-encrypted-one-can-be-a-name-that-is-longer-than-an-encrypted-one-can-be-a-name-that-is-longer-than-an-encrypted-one-can-be-at-all";

/// Every kind.
pub const KINDS: &[Kind] = &[
    plain("ext4"),
    short(plain("ext4-128")),
    plain("ext4-sync"),
    scarce("ext4-room"),
    scarce("ext4-inodes"),
    short(furnished("xfs-project")),
    short(furnished("btrfs-subvolume")),
    scarce("btrfs-quota"),
    plain("tmpfs"),
    short(plain("overlayfs")),
    plain("overlayfs-image"),
    short(plain("bindfs")),
    furnished("bindfs-inside"),
    plain("mergerfs"),
    plain("sshfs"),
    plain("gocryptfs"),
    plain("fuse-overlayfs"),
    Kind {
        keeps_modes: false,
        ..plain("ntfs-3g")
    },
    bare("exfat-fuse"),
    plain("nfs"),
    plain("nfs-3"),
    refusing(bare("cifs"), "back\\slash.md"),
    plain("9p"),
    refusing(plain("ecryptfs"), LONG),
    refusing(bare("vfat"), "co:lon.md"),
    refusing(bare("exfat"), "end."),
    plain("ntfs3"),
    plain("ext4-casefold"),
    furnished("ext4-project"),
    plain("f2fs"),
    plain("jfs"),
    plain("udf"),
    plain("reiserfs"),
];
