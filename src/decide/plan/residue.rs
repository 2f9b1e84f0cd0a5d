//! What other tools leave in folders: version control, editors, desktops, file systems, tools that keep folders in step.
//! It is never a release's to ship, never a file of the fleet, and always stays where it is.

/// A name, or the ends of one, that a kind of tool gives to what it leaves.
enum Name {
    /// The name itself, in any case: a file system may take `.Git` for `.git`.
    Is(&'static str),
    /// The name itself, in this case only: a word that people use in another.
    IsExactly(&'static str),
    /// The beginning, followed by something.
    Begins(&'static str),
    /// The ending, with something before it.
    Ends(&'static str),
    /// Beginning and ending, with something between them.
    Between(&'static str, &'static str),
    /// A part anywhere in it.
    Has(&'static str),
}

use Name::{Begins, Between, Ends, Has, Is, IsExactly};

#[rustfmt::skip]
const LEFT: &[(&str, &[Name])] = &[
    ("version control", &[
        Is(".git"), Is(".hg"), Is(".svn"), Is(".jj"), Is(".bzr"), Is("_darcs"), Is(".pijul"), Is(".fslckout"), IsExactly("CVS"),
    ]),
    // Emacs (backup, lock, what it saves by itself), Vim, LibreOffice, Kate, GNOME.
    ("an editor", &[
        Ends("~"), Begins(".#"), Between("#", "#"), Ends(".swp"), Ends(".swo"), Ends(".swn"), Ends(".un~"),
        Between(".~lock.", "#"), Ends(".kate-swp"), Begins(".goutputstream-"),
    ]),
    ("a desktop", &[
        Is(".DS_Store"), Is(".AppleDouble"), Begins("._"), Is(".Spotlight-V100"), Is(".Trashes"), Is(".fseventsd"),
        Begins(".Trash-"), Is("Thumbs.db"), Is("desktop.ini"),
    ]),
    // Files that were removed while they were open.
    ("a file system", &[Begins(".nfs0"), Begins(".fuse_hidden"), Begins(".ghost-ntfs-")]),
    // Syncthing, rclone, Dropbox, rsync.
    ("a tool that keeps folders in step", &[
        Has(".sync-conflict-"), Between(".syncthing.", ".tmp"), Begins("~syncthing~"), Is(".stfolder"), Is(".stversions"),
        Has("..path1"), Has("..path2"), Has("conflicted copy"), Is(".~tmp~"), Is(".rsync-partial"),
    ]),
    ("a run of mosaic", &[Begins(".mosaic-draft-")]),
];

impl Name {
    /// Asks of every path there is: one byte says no to nearly all of them.
    fn matches(&self, name: &str) -> bool {
        let has_first = |start: &str| name.as_bytes().first() == start.as_bytes().first();
        let has_last = |end: &str| name.as_bytes().last() == end.as_bytes().last();
        match self {
            Is(whole) => name.eq_ignore_ascii_case(whole),
            IsExactly(whole) => name == *whole,
            Begins(start) => {
                has_first(start) && name.len() > start.len() && name.starts_with(start)
            }
            Ends(end) => has_last(end) && name.len() > end.len() && name.ends_with(end),
            Between(start, end) => {
                has_first(start)
                    && has_last(end)
                    && name.len() > start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end)
            }
            // Names are short: a search that prepares itself takes longer.
            Has(part) => {
                let mut parts = name.as_bytes().windows(part.len());
                parts.any(|seen| seen.first() == part.as_bytes().first() && seen == part.as_bytes())
            }
        }
    }
}

/// The kind of tool that leaves what has this name, if one does.
pub(crate) fn left_by(name: &str) -> Option<&'static str> {
    let mut kinds = LEFT.iter();
    let kind = kinds.find(|(_, names)| names.iter().any(|left| left.matches(name)));
    kind.map(|(tool, _)| *tool)
}

/// The kind of tool that leaves what is at this path: by a name in it, the last one or one above.
pub(crate) fn residue_of(path: &str) -> Option<&'static str> {
    path.split('/').find_map(left_by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_leave_is_told_by_the_name_of_it_or_of_a_folder_above() {
        let cases = [
            (".git/HEAD", "version control"),
            ("sub/.git", "version control"),
            (".Git/config", "version control"),
            (".hg/store/a", "version control"),
            (".svn/entries", "version control"),
            (".jj/repo", "version control"),
            ("guides/CVS/Entries", "version control"),
            ("guides/.DS_Store", "a desktop"),
            ("guides/._a.md", "a desktop"),
            ("a b~", "an editor"),
            ("fleet/.#roster.yaml", "an editor"),
            ("#a.md#", "an editor"),
            ("guides/.a.md.swp", "an editor"),
            (".nfs000000000012ab", "a file system"),
            (".fuse_hidden0000000100000002", "a file system"),
            (
                "fleet/roster.sync-conflict-20260101-120000-ABCDEFG.yaml",
                "a tool that keeps folders in step",
            ),
            (
                "fleet/roster.yaml..path1",
                "a tool that keeps folders in step",
            ),
            (".mosaic-draft-12", "a run of mosaic"),
        ];
        for (path, tool) in cases {
            assert_eq!(residue_of(path), Some(tool), "{path}");
        }
    }

    #[test]
    fn what_people_write_is_not_taken_for_it() {
        let cases = [
            ".gitignore",
            ".gitattributes",
            ".github/workflows/a.yml",
            "git",
            "guides/cvs/a.md",
            "~",
            "#",
            "a#b",
            "# a",
            "swp",
            ".swp.md",
            "a.b",
            ".",
            "._",
            ".#",
            ".nfs",
            "guides/git.md",
            "paths/path1",
            "a~b",
            "##",
        ];
        for path in cases {
            assert_eq!(residue_of(path), None, "{path}");
        }
    }
}
