//! Ways in which a file system lets files take their places, by what it can do.
//!
//! | can: not overwrite, exchange, second name | seen on | a new file | a replaced one |
//! |---|---|---|---|
//! | y y y | local disks, tmpfs, overlayfs, gocryptfs | moved, never over another | the two change places |
//! | y y - | vfat | the same | the same |
//! | y - y | jfs, reiserfs, udf, ntfs3, cifs | the same | gets a second name, then is moved over |
//! | - - y | NFS, 9p, ecryptfs, most FUSE | gets its name as a second one, loses the first | the same |
//! | y - - | exfat | moved, never over another | is copied, then moved over |
//! | - - - | cryfs, rclone, exfat by FUSE | looked for, then moved | the same |

/// Abilities of a file system, as files of the probe found them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// A move that fails where its target is taken (`RENAME_NOREPLACE`).
    pub spares: bool,
    /// An exchange of two files in one step (`RENAME_EXCHANGE`).
    pub exchanges: bool,
    /// A second name for a file (a hard link).
    pub links: bool,
}

/// Way to put a file at a name that must be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntoFree {
    /// One move that fails where the name is taken.
    Move,
    /// The name as a second one, which fails where it is taken; then the first goes.
    SecondName,
    /// A look whether the name is free, then a move: what comes in between is lost.
    Look,
}

/// Way to let two files change places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swap {
    /// One exchange.
    Exchange,
    /// The old file gets a second name, then the new one is moved over it.
    SecondName,
    /// The old file is copied, then the new one is moved over it.
    Copy,
}

/// Ways of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Way to put a file at a free name.
    pub into_free: IntoFree,
    /// Way to let two files change places.
    pub swap: Swap,
}

impl Ways {
    /// Ways of a file system that can do all.
    pub(crate) const BEST: Self = Self {
        into_free: IntoFree::Move,
        swap: Swap::Exchange,
    };
}

impl Abilities {
    /// The best ways that they allow.
    pub(crate) fn ways(self) -> Ways {
        Ways {
            into_free: match self {
                Self { spares: true, .. } => IntoFree::Move,
                Self { links: true, .. } => IntoFree::SecondName,
                _ => IntoFree::Look,
            },
            swap: match self {
                Self {
                    exchanges: true, ..
                } => Swap::Exchange,
                Self { links: true, .. } => Swap::SecondName,
                _ => Swap::Copy,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_kept() {
        let table = [
            ((true, true, true), (IntoFree::Move, Swap::Exchange)),
            ((true, true, false), (IntoFree::Move, Swap::Exchange)),
            ((true, false, true), (IntoFree::Move, Swap::SecondName)),
            (
                (false, false, true),
                (IntoFree::SecondName, Swap::SecondName),
            ),
            ((true, false, false), (IntoFree::Move, Swap::Copy)),
            ((false, false, false), (IntoFree::Look, Swap::Copy)),
        ];
        for ((spares, exchanges, links), (into_free, swap)) in table {
            let abilities = Abilities {
                spares,
                exchanges,
                links,
            };
            assert_eq!(abilities.ways(), Ways { into_free, swap }, "{abilities:?}");
        }
    }
}
