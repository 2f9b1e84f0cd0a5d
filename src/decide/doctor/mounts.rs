//! The kernel's list of mounts (`/proc/self/mountinfo`), and those that matter to a home.

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// The kernel's number for it, which statx(2) tells, too.
    pub id: u64,
    /// The folder of the file system that is seen there; `/` for all of it.
    pub root: String,
    /// Where.
    pub at: String,
    /// The kind of file system, as the kernel names it: `ext4`, `overlay`, `fuse.sshfs`.
    pub kind: String,
    /// The options, those of the mount and those of the file system.
    pub options: Vec<String>,
}

impl Mount {
    /// The value of an option that has one.
    pub(crate) fn value(&self, option: &str) -> Option<&str> {
        self.options
            .iter()
            .find_map(|known| known.strip_prefix(option)?.strip_prefix('='))
    }

    /// Tells whether it has an option.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|known| known == option)
    }
}

/// Reads the list. A line that is not one of a mount is left out.
pub(crate) fn parse(mountinfo: &str) -> Vec<Mount> {
    mountinfo.lines().filter_map(parse_line).collect()
}

/// `ID PARENT MAJOR:MINOR ROOT AT OPTIONS [TAG...] - KIND SOURCE OPTIONS` (proc_pid_mountinfo(5)).
fn parse_line(line: &str) -> Option<Mount> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ');
    let id = mount.next()?.parse().ok()?;
    let mut mount = mount.skip(2);
    let (root, at, own) = (mount.next()?, mount.next()?, mount.next()?);
    let mut file_system = file_system.split(' ');
    let kind = file_system.next()?.to_owned();
    let shared = file_system.nth(1).unwrap_or_default();
    let options = own.split(',').chain(shared.split(','));
    Some(Mount {
        id,
        root: unescaped(root),
        at: unescaped(at),
        kind,
        options: options.map(unescaped).collect(),
    })
}

/// Space, tab, newline and backslash are written in octal.
fn unescaped(text: &str) -> String {
    let escapes = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    escapes
        .iter()
        .fold(text.to_owned(), |text, (escape, character)| {
            text.replace(escape, character)
        })
}

/// The mount that a path is on: the last one that covers it most closely.
pub(crate) fn of<'a>(path: &str, mounts: &'a [Mount]) -> Option<&'a Mount> {
    mounts
        .iter()
        .filter(|mount| mount.at == path || is_below(path, &mount.at))
        .max_by_key(|mount| mount.at.len())
}

/// The mounts that begin inside a directory.
pub(crate) fn inside<'a>(path: &'a str, mounts: &'a [Mount]) -> impl Iterator<Item = &'a Mount> {
    mounts.iter().filter(move |mount| is_below(&mount.at, path))
}

fn is_below(path: &str, above: &str) -> bool {
    path != above
        && path
            .strip_prefix(above.trim_end_matches('/'))
            .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
22 28 0:21 / /proc rw,nosuid - proc proc rw
28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 28 0:26 / /home/you/my\\040home rw master:2 - overlay overlay rw,lowerdir=/l,volatile
31 30 0:27 / /home/you/my\\040home/tools ro,noexec - tmpfs tmpfs rw,size=4k
not a mount
";

    #[test]
    fn finds_the_mount_of_a_path_and_those_inside_it() {
        let mounts = parse(LIST);
        assert_eq!(mounts.len(), 4);
        let kind = |path| of(path, &mounts).map(|mount| mount.kind.as_str());
        assert_eq!(kind("/home/you/my home/guides"), Some("overlay"));
        assert_eq!(kind("/home/you/my home"), Some("overlay"));
        assert_eq!(kind("/home/you/my home 2"), Some("ext4"));
        let inside: Vec<_> = inside("/home/you/my home", &mounts).collect();
        assert_eq!(inside.len(), 1);
        assert!(inside[0].has("noexec") && inside[0].has("ro") && inside[0].at.ends_with("/tools"));
        assert!(of("/home/you/my home", &mounts).is_some_and(|mount| mount.has("volatile")));
    }
}
