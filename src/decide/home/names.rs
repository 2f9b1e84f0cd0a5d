//! Names that a file system takes, as far as its kind tells before anything is tried.

use crate::decide::home::magic;

/// Longest name that every file system takes.
const PLAIN_MAX: usize = 64;
/// The file systems that take no file with one of these characters in its name: vfat, exfat; SMB in both its numbers.
const REFUSED: &[(u64, &str)] = &[
    (magic::VFAT, FORBIDDEN),
    (magic::EXFAT, FORBIDDEN),
    (magic::CIFS, "\\"),
    (magic::SMB, "\\"),
];
const FORBIDDEN: &str = "\"*:<>?\\|";
/// Those that take no file whose name ends so, or list it without.
const REFUSED_ENDS: &[(u64, &str)] = &[(magic::VFAT, ". "), (magic::EXFAT, ".")];

/// What a directory says of the names that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Naming {
    /// The kernel's number for the kind of file system (statfs(2)).
    pub magic: u64,
    /// Longest name, in bytes; 0 where that is not told.
    pub longest: u64,
}

impl Naming {
    /// Tells whether it is known that no file of this name can be there.
    pub(crate) fn refuses(&self, name: &str) -> bool {
        let is_too_long = self.longest > 0 && name.len() as u64 > self.longest;
        let has_refused = |(magic, refused): &(u64, &str)| {
            *magic == self.magic && name.contains(|letter| refused.contains(letter))
        };
        let ends_refused = |(magic, refused): &(u64, &str)| {
            *magic == self.magic && name.ends_with(|letter| refused.contains(letter))
        };
        is_too_long || REFUSED.iter().any(has_refused) || REFUSED_ENDS.iter().any(ends_refused)
    }
}

/// Tells whether a name is of the kind that every file system takes as it is, so that nothing need be tried.
pub(crate) fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+ ".contains(&byte);
    name.len() <= PLAIN_MAX && name.bytes().all(is_plain) && !name.ends_with(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_known_by_the_kind() {
        let long = "n".repeat(150);
        let table = [
            (0x4D44, 1530, "a:b.md", true),
            (0x2011_BAB0, 1020, "why?.md", true),
            (0x2011_BAB0, 1530, "end.", true),
            (0x2011_BAB0, 1530, "end ", false),
            (0x4D44, 1530, "end ", true),
            (0x4D44, 1530, &long, false),
            (0x4D44, 1530, "guide (2).md", false),
            (0xFE53_4D42, 255, "a\\b", true),
            (0xFE53_4D42, 255, "a:b", false),
            (0xF15F, 143, &long, true),
            (0xEF53, 255, "a:b\\c*.", false),
            (0x6573_5546, 0, &long, false),
        ];
        for (magic, longest, name, is_refused) in table {
            let naming = Naming { magic, longest };
            assert_eq!(naming.refuses(name), is_refused, "{name} on {magic:#x}");
            assert!(!is_refused || !is_plain(name), "{name}");
        }
    }

    #[test]
    fn names_that_every_file_system_takes_are_plain() {
        for name in ["AGENTS.md", "a b.md", ".gitignore", "x-1_2+3.tar.zst"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["a:b", "é.md", "end.", "end ", &"n".repeat(65)] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
