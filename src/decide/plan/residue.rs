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
}

use Name::{Begins, Between, Ends, Is, IsExactly};

const KEEPS_IN_STEP: &str = "a tool that keeps folders in step";

#[rustfmt::skip]
const LEFT: &[(&str, &[Name])] = &[
    ("version control", &[
        Is(".git"), Is(".hg"), Is(".svn"), Is(".jj"), Is(".bzr"), Is("_darcs"), Is(".pijul"), Is(".fslckout"), IsExactly("CVS"),
    ]),
    // Syncthing, rsync. Before the editors, of which a `~` at the end is enough.
    (KEEPS_IN_STEP, &[
        Between(".syncthing.", ".tmp"), Begins("~syncthing~"), Is(".stfolder"), Is(".stversions"), Is(".~tmp~"),
        Is(".rsync-partial"),
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
    ("a run of mosaic", &[Begins(".mosaic-draft-")]),
];
/// What the same tools put anywhere into a name: Syncthing, rclone, Dropbox.
const WITHIN: &[&str] = &[".sync-conflict-", "..path1", "..path2", "conflicted copy"];

impl Name {
    fn matches(&self, name: &str) -> bool {
        match self {
            Is(whole) => name.eq_ignore_ascii_case(whole),
            IsExactly(whole) => name == *whole,
            Begins(start) => name.len() > start.len() && name.starts_with(start),
            Ends(end) => name.len() > end.len() && name.ends_with(end),
            Between(start, end) => {
                name.len() > start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end)
            }
        }
    }
}

/// Lengths of names, a bit each; the last bit is for all from 63 on.
type Lengths = u64;

/// By the byte that begins a name, how long such names may be; and the bytes that end them where the ending is all that is
/// known. Every name there is gets asked: first byte, length and last byte say no to nearly all.
static EDGES: ([Lengths; 256], [bool; 256]) = {
    let (mut first, mut last) = ([0; 256], [false; 256]);
    let mut kind = 0;
    while kind < LEFT.len() {
        let names = LEFT[kind].1;
        let mut name = 0;
        while name < names.len() {
            let (text, lengths) = match &names[name] {
                Is(text) | IsExactly(text) => (text.as_bytes(), length(text.len())),
                Begins(text) | Between(text, _) => (text.as_bytes(), Lengths::MAX),
                Ends(text) => {
                    last[text.as_bytes()[text.len() - 1] as usize] = true;
                    name += 1;
                    continue;
                }
            };
            first[text[0].to_ascii_lowercase() as usize] |= lengths;
            first[text[0].to_ascii_uppercase() as usize] |= lengths;
            name += 1;
        }
        kind += 1;
    }
    (first, last)
};

const fn length(bytes: usize) -> Lengths {
    1 << if bytes < 63 { bytes } else { 63 }
}

/// The kind of tool that leaves what has this name, if one does.
pub(crate) fn left_by(name: &str) -> Option<&'static str> {
    let (first, last) = (name.bytes().next()?, name.bytes().next_back()?);
    if EDGES.0[usize::from(first)] & length(name.len()) != 0 || EDGES.1[usize::from(last)] {
        let mut kinds = LEFT.iter();
        let kind = kinds.find(|(_, names)| names.iter().any(|left| left.matches(name)));
        if let Some((tool, _)) = kind {
            return Some(tool);
        }
    }
    has_within(name.as_bytes()).then_some(KEEPS_IN_STEP)
}

/// One walk for all of [`WITHIN`], by the bytes that they begin with. Names are short: a search that prepares itself takes
/// longer.
fn has_within(name: &[u8]) -> bool {
    let mut places = (0..name.len()).filter(|place| matches!(name[*place], b'.' | b'c'));
    places.any(|place| {
        WITHIN
            .iter()
            .any(|part| name[place..].starts_with(part.as_bytes()))
    })
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
                KEEPS_IN_STEP,
            ),
            ("fleet/roster.yaml..path1", KEEPS_IN_STEP),
            ("THUMBS.DB", "a desktop"),
            ("a (conflicted copy).md", KEEPS_IN_STEP),
            (".mosaic-draft-12", "a run of mosaic"),
        ];
        for (path, tool) in cases {
            assert_eq!(residue_of(path), Some(tool), "{path}");
        }
    }

    #[test]
    fn each_name_there_is_gets_past_what_says_no() {
        for (tool, names) in LEFT {
            for name in *names {
                let examples = match name {
                    Is(whole) => vec![(*whole).to_owned(), whole.to_uppercase()],
                    IsExactly(whole) => vec![(*whole).to_owned()],
                    Begins(start) => vec![format!("{start}x")],
                    Ends(end) => vec![format!("x{end}")],
                    Between(start, end) => vec![format!("{start}x{end}")],
                };
                for example in examples {
                    assert_eq!(left_by(&example), Some(*tool), "{example}");
                }
            }
        }
        for part in WITHIN {
            assert_eq!(left_by(&format!("x{part}x")), Some(KEEPS_IN_STEP), "{part}");
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
