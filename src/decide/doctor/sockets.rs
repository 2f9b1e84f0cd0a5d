//! The second name of a live tmux server: whether both names still lead to it.

use crate::decide::doctor::{CheckResult, quoted};
use crate::model::tmux::{Adoption, Occupancy, Server};

/// Facts of a renamed socket.
#[derive(Debug, Clone)]
pub(crate) struct SocketFacts {
    /// The home.
    pub home: String,
    /// The recorded adoption.
    pub adoption: Adoption,
    /// Who is behind the former name.
    pub former: Occupancy,
    /// Who is behind the second name.
    pub name: Occupancy,
    /// True where a tmux server still has the recorded process number.
    pub lives: bool,
}

/// Health of the two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// Both lead to the server.
    Sound,
    /// The server is gone, and its names mean nothing any more.
    Gone,
    /// The server has bound its former name anew (SIGUSR1); the second one is dead.
    NameDead,
    /// The former name is missing or dead, and the panes of the server cannot reach it.
    FormerMissing,
    /// Another server took the former name.
    Impostor(Server),
    /// Another server took the second name.
    NameTaken(Server),
    /// The server lives and no name leads to it.
    Lost,
    /// Nobody can look behind one of the names.
    Untold,
}

impl Health {
    /// Judges what was found.
    pub(crate) fn of(
        adoption: &Adoption,
        former: &Occupancy,
        name: &Occupancy,
        lives: bool,
    ) -> Self {
        use Occupancy::{Foreign, Served, Unknown};
        let ours = Served(adoption.server);
        let is_reused = |found: &Occupancy| matches!(found, Served(server) if server.pid == adoption.server.pid && *found != ours);
        let is_gone = !lives || is_reused(former) || is_reused(name);
        match (former, name) {
            (former, name) if *former == ours && *name == ours => Self::Sound,
            (former, name) if *former != ours && *name != ours && is_gone => Self::Gone,
            (Foreign { .. } | Unknown(_), _) | (_, Foreign { .. } | Unknown(_)) => Self::Untold,
            (Served(other), name) if *name == ours => Self::Impostor(*other),
            (_, name) if *name == ours => Self::FormerMissing,
            (former, Served(other)) if *former == ours => Self::NameTaken(*other),
            (former, _) if *former == ours => Self::NameDead,
            _ => Self::Lost,
        }
    }
}

/// Judges it.
pub(crate) fn judge(facts: &SocketFacts, checked: &mut CheckResult) {
    let SocketFacts {
        home,
        adoption,
        former: at_former,
        name: at_name,
        ..
    } = facts;
    let Adoption {
        directory,
        former,
        name,
        server,
    } = adoption;
    let mend = format!("mosaic doctor --mend --home {}", quoted(home));
    match Health::of(adoption, at_former, at_name, facts.lives) {
        Health::Sound | Health::Gone => {}
        Health::NameDead => {
            let message = format!(
                "{server} has made its socket {former} anew and is not reachable as {name} any more; its sessions go on"
            );
            checked.problem(message, mend);
        }
        Health::FormerMissing => {
            let message = format!(
                "the socket {former} does not lead to {server} any more: tmux does not work inside its panes; its sessions go on"
            );
            checked.problem(message, mend);
        }
        Health::Impostor(other) => {
            let message = format!(
                "{other} has taken the socket {former} of {server}, whose panes now reach the wrong server; mending keeps both, with all their sessions"
            );
            checked.problem(message, mend);
        }
        Health::NameTaken(other) => {
            let message = format!(
                "{other} has taken the socket {name}, and {server} is reachable as {former} only; once the sessions of one of them are not needed any more, end it and run {mend}"
            );
            checked.problem(
                message,
                format!(
                    "tmux -S {} list-sessions",
                    quoted(&format!("{directory}/{name}"))
                ),
            );
        }
        Health::Lost => {
            let (pid, socket) = (server.pid, quoted(&format!("{directory}/{former}")));
            // To bind its name anew, it removes what is there.
            let remedy = match at_former {
                Occupancy::Served(other) => {
                    format!(
                        "mv -n {socket} {socket}.impostor-{} && kill -USR1 {pid} && sleep 1 && {mend}",
                        other.pid
                    )
                }
                _ => format!("kill -USR1 {pid} && sleep 1 && {mend}"),
            };
            checked.problem(format!("{server} lives, and no socket leads to it"), remedy);
        }
        Health::Untold => {
            let message =
                format!("{server} had two sockets; as {former}: {at_former}; as {name}: {at_name}");
            checked.problem(message, format!("ls -ln {}", quoted(directory)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Occupancy::{Foreign, Free, Served, Stale, Unknown};

    fn facts(former: &Occupancy, name: &Occupancy, lives: bool) -> SocketFacts {
        let server = Server { pid: 7, started: 1 };
        let [a, b] = ["a", "b"].map(str::to_owned);
        let adoption = Adoption {
            directory: "/s".to_owned(),
            former: a,
            name: b,
            server,
        };
        SocketFacts {
            home: "/h".to_owned(),
            adoption,
            former: former.clone(),
            name: name.clone(),
            lives,
        }
    }

    #[test]
    fn every_pair_of_names_is_judged() {
        let server = |pid, started| Served(Server { pid, started });
        let (ours, other, reused) = (server(7, 1), server(8, 1), server(7, 2));
        let (foreign, untold) = (Foreign { owner: 9 }, Unknown("late".to_owned()));
        let is = Server { pid: 8, started: 1 };
        let cases = [
            (&ours, &ours, true, Health::Sound),
            (&ours, &Free, true, Health::NameDead),
            (&ours, &Stale, true, Health::NameDead),
            (&ours, &other, true, Health::NameTaken(is)),
            (&Free, &ours, true, Health::FormerMissing),
            (&Stale, &ours, true, Health::FormerMissing),
            (&other, &ours, true, Health::Impostor(is)),
            (&Free, &Free, true, Health::Lost),
            (&Stale, &Stale, true, Health::Lost),
            (&other, &Stale, true, Health::Lost),
            (&Stale, &other, true, Health::Lost),
            (&other, &other, true, Health::Lost),
            (&Free, &Free, false, Health::Gone),
            (&Stale, &other, false, Health::Gone),
            (&other, &Stale, false, Health::Gone),
            (&other, &other, false, Health::Gone),
            (&reused, &Stale, true, Health::Gone),
            (&Stale, &reused, true, Health::Gone),
            (&foreign, &ours, true, Health::Untold),
            (&ours, &foreign, true, Health::Untold),
            (&untold, &ours, true, Health::Untold),
            (&ours, &untold, true, Health::Untold),
            (&untold, &untold, true, Health::Untold),
            (&untold, &foreign, false, Health::Gone),
        ];
        for (former, name, lives, expected) in cases {
            let facts = facts(former, name, lives);
            let health = Health::of(&facts.adoption, former, name, lives);
            assert_eq!(health, expected, "{former:?}, {name:?}, {lives}");
            let mut checked = CheckResult::default();
            judge(&facts, &mut checked);
            let is_fine = matches!(health, Health::Sound | Health::Gone);
            assert_eq!(
                checked.findings.is_empty(),
                is_fine,
                "{former:?}, {name:?}, {lives}"
            );
            assert!(
                checked
                    .findings
                    .iter()
                    .all(|finding| !finding.remedy.is_empty())
            );
        }
    }

    #[test]
    fn what_can_be_mended_says_how() {
        let ours = Served(Server { pid: 7, started: 1 });
        let other = Served(Server { pid: 8, started: 1 });
        let mend = "mosaic doctor --mend --home /h";
        let usr1 = format!("kill -USR1 7 && sleep 1 && {mend}");
        let cases = [
            (&ours, &Stale, "not reachable as b", mend.to_owned()),
            (
                &Free,
                &ours,
                "does not work inside its panes",
                mend.to_owned(),
            ),
            (
                &other,
                &ours,
                "tmux server 8 has taken the socket a",
                mend.to_owned(),
            ),
            (&Free, &Stale, "no socket leads to it", usr1.clone()),
            (
                &other,
                &Stale,
                "no socket leads to it",
                format!("mv -n /s/a /s/a.impostor-8 && {usr1}"),
            ),
        ];
        for (former, name, part, remedy) in cases {
            let mut checked = CheckResult::default();
            judge(&facts(former, name, true), &mut checked);
            let [finding] = &*checked.findings else {
                panic!("{checked:?}")
            };
            assert!(finding.message.contains(part), "{}", finding.message);
            assert_eq!(finding.remedy, remedy);
        }
    }
}
