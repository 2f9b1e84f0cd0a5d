//! Who may do what in a home.

use crate::decide::doctor::{CheckResult, arguments, quoted, some};

/// Facts of owners and bits. Paths are from the home.
#[derive(Debug, Clone, Default)]
pub(crate) struct PermissionFacts {
    /// The home's path.
    pub home: String,
    /// The effective user id.
    pub you: u32,
    /// Who owns the home.
    pub owner: u32,
    /// Permission bits of the home.
    pub mode: u32,
    /// The permission bits of `.mosaic`, where there is one.
    pub state_mode: Option<u32>,
    /// True where permission bits do not stay as they are set: the file system is to blame, and says so.
    pub loses_bits: bool,
    /// True where another user owns what is in the state of a home of yours.
    pub has_foreign_state: bool,
    /// Recorded files that another user owns.
    pub foreign: Vec<String>,
    /// Directories with recorded files that this user may not change.
    pub unwritable: Vec<String>,
    /// Directories with recorded files or active units that the kernel refuses to write, though the mount that they are on
    /// can be written; the outermost of each.
    pub refusing: Vec<Refusing>,
    /// Recorded files, their directories, the state and active units that are marked as not to be changed; those outside
    /// of the home with their whole paths.
    pub immutable: Vec<String>,
    /// Recorded files that ship executable and are not.
    pub not_executable: Vec<String>,
}

/// A directory that refuses to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusing {
    /// Its path.
    pub path: String,
    /// The subvolume that it is in, where the file system has such.
    pub subvolume: Option<String>,
}

const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITES: u32 = 0o020;
const NOT_PRIVATE: u32 = 0o077;

/// Judges it.
pub(crate) fn judge(facts: &PermissionFacts) -> CheckResult {
    let (home, you) = (quoted(&facts.home), facts.you);
    let mut checked = CheckResult::new(format!("{:04o}, yours", facts.mode));
    if facts.owner != you {
        checked.summary = format!("{:04o}, user {}'s", facts.mode, facts.owner);
        let message = format!(
            "the home belongs to user {}, and you are user {you}",
            facts.owner
        );
        checked.problem(
            message,
            format!("sudo -u '#{}' mosaic doctor --home {home}", facts.owner),
        );
    }
    if !facts.loses_bits {
        judge_bits(facts, &mut checked);
    }
    if facts.has_foreign_state {
        let state = arguments(&facts.home, &[".mosaic".to_owned()]);
        checked.problem(
            "another user owns what is in .mosaic: a restore or a copy gave it away",
            format!("sudo chown -R {you} {state}"),
        );
    }
    judge_files(facts, &mut checked);
    checked
}

fn judge_bits(facts: &PermissionFacts, checked: &mut CheckResult) {
    let home = quoted(&facts.home);
    if facts.mode & OTHERS_WRITE != 0 {
        checked.problem(
            "everybody may change the home, tools that you start included",
            format!("chmod o-w {home}"),
        );
    }
    if facts.mode & GROUP_WRITES != 0 {
        checked.note(
            "its group may change the home, tools that you start included",
            format!("chmod g-w {home}"),
        );
    }
    if facts.state_mode.is_some_and(|mode| mode & NOT_PRIVATE != 0) {
        let message = "others may look into .mosaic, where former contents are kept";
        checked.problem(
            message,
            format!(
                "chmod 700 {}",
                arguments(&facts.home, &[".mosaic".to_owned()])
            ),
        );
    }
    if !facts.not_executable.is_empty() {
        let files = &facts.not_executable;
        let message = format!("no longer executable: {}", some(files));
        let remedy = format!("chmod +x {}", arguments(&facts.home, files));
        checked.problem(message, remedy);
    }
}

fn judge_files(facts: &PermissionFacts, checked: &mut CheckResult) {
    let PermissionFacts {
        home,
        you,
        foreign,
        unwritable,
        refusing,
        immutable,
        ..
    } = facts;
    let on = |command: &str, paths: &[String]| format!("{command} {}", arguments(home, paths));
    if !foreign.is_empty() {
        let message = format!("another user owns {}: an update is refused", some(foreign));
        checked.problem(message, on(&format!("sudo chown {you}"), foreign));
    }
    if !unwritable.is_empty() {
        let message = format!("you may not change what is in {}", some(unwritable));
        checked.problem(message, on("chmod u+rwx", unwritable));
    }
    for Refusing { path, subvolume } in refusing {
        let message =
            format!("{path} is read-only, though its mount is not: nothing there can be updated");
        let remedy = match subvolume {
            Some(subvolume) => format!("btrfs property set {} ro false", quoted(subvolume)),
            None => format!("findmnt -T {}", arguments(home, std::slice::from_ref(path))),
        };
        checked.problem(message, remedy);
    }
    if !immutable.is_empty() {
        let message = format!("marked as not to be changed: {}", some(immutable));
        checked.problem(message, on("sudo chattr -i -a", immutable));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::Weight;

    fn good() -> PermissionFacts {
        let (home, mode, state_mode) = ("/h".to_owned(), 0o755, Some(0o700));
        PermissionFacts {
            home,
            you: 7,
            owner: 7,
            mode,
            state_mode,
            ..PermissionFacts::default()
        }
    }

    fn with(change: impl FnOnce(&mut PermissionFacts)) -> PermissionFacts {
        let mut facts = good();
        change(&mut facts);
        facts
    }

    /// There a command that sets bits would change nothing, and be offered again.
    #[test]
    fn where_bits_do_not_stay_none_are_asked_for() {
        let facts = with(|facts| {
            facts.loses_bits = true;
            facts.mode = 0o777;
            facts.state_mode = Some(0o755);
            facts.not_executable = vec!["a".to_owned()];
        });
        assert_eq!(judge(&facts).findings.len(), 0);
        let facts = PermissionFacts {
            loses_bits: false,
            ..facts
        };
        assert_eq!(judge(&facts).findings.len(), 4);
    }

    #[test]
    fn every_fault_has_a_command_that_mends_it() {
        let paths = || vec!["a b".to_owned(), "c".to_owned()];
        let cases = [
            (
                with(|facts| facts.owner = 8),
                Weight::Problem,
                "sudo -u '#8' mosaic doctor --home /h",
            ),
            (
                with(|facts| facts.mode = 0o757),
                Weight::Problem,
                "chmod o-w /h",
            ),
            (
                with(|facts| facts.mode = 0o775),
                Weight::Note,
                "chmod g-w /h",
            ),
            (
                with(|facts| facts.state_mode = Some(0o755)),
                Weight::Problem,
                "chmod 700 /h/.mosaic",
            ),
            (
                with(|facts| facts.has_foreign_state = true),
                Weight::Problem,
                "sudo chown -R 7 /h/.mosaic",
            ),
            (
                with(|facts| facts.foreign = paths()),
                Weight::Problem,
                "sudo chown 7 '/h/a b' /h/c",
            ),
            (
                with(|facts| facts.unwritable = paths()),
                Weight::Problem,
                "chmod u+rwx '/h/a b' /h/c",
            ),
            (
                with(|facts| facts.immutable = paths()),
                Weight::Problem,
                "sudo chattr -i -a '/h/a b' /h/c",
            ),
            (
                with(|facts| facts.not_executable = paths()),
                Weight::Problem,
                "chmod +x '/h/a b' /h/c",
            ),
        ];
        for (facts, weight, remedy) in cases {
            let findings = judge(&facts).findings;
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(
                (findings[0].weight, findings[0].remedy.as_str()),
                (weight, remedy)
            );
        }
        assert_eq!(judge(&good()).findings, []);
    }

    #[test]
    fn a_subvolume_that_refuses_is_made_writable_where_it_begins() {
        let remedy = |subvolume: Option<&str>| {
            let refusing = Refusing {
                path: "a b/c".to_owned(),
                subvolume: subvolume.map(str::to_owned),
            };
            let judged = judge(&with(|facts| facts.refusing = vec![refusing]));
            judged.findings.into_iter().next().map(|found| found.remedy)
        };
        let there = remedy(Some("/h/a b"));
        assert_eq!(there.unwrap(), "btrfs property set '/h/a b' ro false");
        assert_eq!(remedy(None).unwrap(), "findmnt -T '/h/a b/c'");
    }
}
