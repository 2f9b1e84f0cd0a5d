//! Who can type into the panes of a fleet: by its sockets, the lists of its tmux servers, and the terminals of its panes.

use crate::decide::doctor::{CheckResult, quoted};

/// Facts of the ways into panes. What root may is not told: it may everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccessFacts {
    /// The effective user id.
    pub you: u32,
    /// The folders of sockets, those that are there.
    pub folders: Vec<SocketFolder>,
    /// Who is on the list of a server.
    pub admitted: Vec<Admitted>,
    /// The terminals of panes.
    pub terminals: Vec<Terminal>,
}

/// A folder of sockets.
#[derive(Debug, Clone)]
pub(crate) struct SocketFolder {
    /// Its path.
    pub path: String,
    /// User id of its owner.
    pub owner: u32,
    /// Group id.
    pub group: u32,
    /// Permission bits.
    pub mode: u32,
}

/// A user whom a server's list (`tmux server-access`) lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// Path of the server's socket.
    pub socket: String,
    /// The user's name.
    pub user: String,
    /// False if the user may look only.
    pub may_type: bool,
}

/// The terminal of a pane.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    /// The session that it is in.
    pub session: String,
    /// Its path.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Processes of other users on it.
    pub foreign: Vec<Foreign>,
}

/// A process of another user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// Process number.
    pub pid: u32,
    /// User id.
    pub user: u32,
    /// The name that the kernel has for its program.
    pub name: String,
}

const GROUP: u32 = 0o070;
const OTHERS: u32 = 0o007;
const OTHERS_WRITE: u32 = 0o002;

/// Judges it.
pub(crate) fn judge(facts: &AccessFacts, checked: &mut CheckResult) {
    for folder in &facts.folders {
        judge_folder(folder, facts.you, checked);
    }
    for Admitted {
        socket,
        user,
        may_type,
    } in &facts.admitted
    {
        let may = if *may_type {
            "type into every pane"
        } else {
            "look at every pane"
        };
        let message = format!("the tmux server at {socket} lets {user} in, who may {may}");
        let remedy = format!(
            "tmux -S {} server-access -d {}",
            quoted(socket),
            quoted(user)
        );
        checked.note(message, remedy);
    }
    for terminal in &facts.terminals {
        judge_terminal(terminal, checked);
    }
}

fn judge_folder(folder: &SocketFolder, you: u32, checked: &mut CheckResult) {
    let SocketFolder {
        path,
        owner,
        group,
        mode,
    } = folder;
    let close = format!("chmod 700 {}", quoted(path));
    if *owner != you {
        let message = format!("user {owner} owns {path}: tmux will not use it");
        // What is in it may be the sockets of servers that live.
        checked.problem(message, format!("sudo chown {you} {}", quoted(path)));
    } else if mode & OTHERS != 0 {
        let message = format!("others may reach into {path}: tmux will not use it");
        checked.problem(message, close);
    } else if mode & GROUP != 0 {
        let message = format!(
            "the group {group} may reach into {path}: its members can type into every pane of a tmux before 3.3, and later of one whose list has them"
        );
        checked.problem(message, close);
    }
}

fn judge_terminal(terminal: &Terminal, checked: &mut CheckResult) {
    let Terminal {
        session,
        path,
        mode,
        foreign,
    } = terminal;
    if mode & OTHERS_WRITE != 0 {
        let message = format!(
            "everybody may write to {path}, the terminal of {session}, and so have it answer as if its keys were pressed"
        );
        checked.problem(message, format!("chmod o-rwx {path}"));
    }
    for Foreign { pid, user, name } in foreign {
        let message = format!(
            "process {pid} ({name}) of user {user} is on the terminal of {session}: it can read what is typed there"
        );
        checked.note(message, format!("sudo kill {pid}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::Weight::{self, Note, Problem};

    fn found(facts: &AccessFacts) -> Vec<(Weight, String, String)> {
        let mut checked = CheckResult::default();
        judge(facts, &mut checked);
        let findings = checked.findings.into_iter();
        findings
            .map(|finding| (finding.weight, finding.message, finding.remedy))
            .collect()
    }

    #[test]
    fn a_folder_of_sockets_is_its_owners_alone() {
        let cases = [
            (7, 0o700, None),
            (7, 0o755, Some(("others may reach", "chmod 700 /t/tmux-7"))),
            (7, 0o750, Some(("the group 50", "chmod 700 /t/tmux-7"))),
            (8, 0o700, Some(("user 8 owns", "sudo chown 7 /t/tmux-7"))),
        ];
        for (owner, mode, expected) in cases {
            let folder = SocketFolder {
                path: "/t/tmux-7".to_owned(),
                owner,
                group: 50,
                mode,
            };
            let facts = AccessFacts {
                you: 7,
                folders: vec![folder],
                ..AccessFacts::default()
            };
            let found = found(&facts);
            assert_eq!(found.len(), usize::from(expected.is_some()), "{found:?}");
            for ((weight, message, remedy), (part, typed)) in found.iter().zip(expected) {
                assert_eq!((*weight, remedy.as_str()), (Problem, typed));
                assert!(message.contains(part), "{message}");
            }
        }
    }

    #[test]
    fn who_is_let_in_and_who_is_on_a_terminal_is_told() {
        let admit = |user: &str, may_type| Admitted {
            socket: "/t/s".to_owned(),
            user: user.to_owned(),
            may_type,
        };
        let intruder = Foreign {
            pid: 9,
            user: 8,
            name: "cat".to_owned(),
        };
        let terminal = Terminal {
            session: "a".to_owned(),
            path: "/dev/pts/3".to_owned(),
            mode: 0o622,
            foreign: vec![intruder],
        };
        let facts = AccessFacts {
            you: 7,
            admitted: vec![admit("mary", true), admit("joe", false)],
            terminals: vec![terminal],
            ..AccessFacts::default()
        };
        let found = found(&facts);
        let lines = found
            .iter()
            .map(|(weight, message, remedy)| (*weight, message.as_str(), remedy.as_str()));
        let expected = [
            (
                Note,
                "the tmux server at /t/s lets mary in, who may type into every pane",
                "tmux -S /t/s server-access -d mary",
            ),
            (
                Note,
                "the tmux server at /t/s lets joe in, who may look at every pane",
                "tmux -S /t/s server-access -d joe",
            ),
            (
                Problem,
                "everybody may write to /dev/pts/3, the terminal of a, and so have it answer as if its keys were pressed",
                "chmod o-rwx /dev/pts/3",
            ),
            (
                Note,
                "process 9 (cat) of user 8 is on the terminal of a: it can read what is typed there",
                "sudo kill 9",
            ),
        ];
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }
}
