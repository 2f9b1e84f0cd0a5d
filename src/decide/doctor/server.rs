//! The tmux server of a fleet: whether it answers, and whether it ends with something that it should outlive.

use crate::decide::doctor::CheckResult;
use crate::decide::fleet::units::{AGENT, OURS};
use crate::model::fleet_name::SocketName;
use crate::model::tmux::Occupancy;
use crate::model::unit::UnitState;

/// Facts of the server.
#[derive(Debug, Clone)]
pub(crate) struct ServerFacts {
    /// The socket that the roster names; without one the fleet lives on the operator's default server.
    pub socket: Option<SocketName>,
    /// Who is behind it.
    pub occupancy: Occupancy,
    /// The unit that the server runs in, the innermost of its cgroup.
    pub group: Option<String>,
    /// The holder's own server: its process, and the socket that it was started for.
    pub own: Option<(u32, String)>,
}

/// Whose a server's cgroup is: with that it ends.
#[derive(Debug, PartialEq, Eq)]
enum ServerPlace<'a> {
    Holder,
    Agent(&'a str),
    Login(&'a str),
    Elsewhere(&'a str),
}

impl ServerPlace<'_> {
    fn unit(&self) -> &str {
        match self {
            Self::Holder => OURS[0],
            Self::Agent(unit) | Self::Login(unit) | Self::Elsewhere(unit) => unit,
        }
    }
}

const COST: &str = "mending it ends every session there, and starts the agents again";

/// Judges it; `home_flags` is what commands need to be about this home. Whether something was found keeps the holder
/// from work.
pub(crate) fn judge(
    facts: &ServerFacts,
    holder: &UnitState,
    home_flags: &str,
    checked: &mut CheckResult,
) -> bool {
    let place = facts.group.as_deref().and_then(place);
    match (&facts.socket, &facts.occupancy) {
        (Some(socket), Occupancy::Served(server)) => match (&facts.own, place) {
            (_, None | Some(ServerPlace::Holder)) => judge_age(holder, home_flags, checked),
            (Some((own, named)), _) if named == socket.as_str() => {
                let message = format!(
                    "{server} has taken the socket {socket} of the holder's tmux server {own}, whose sessions go on; mending it ends those of the former"
                );
                let remedy = format!("tmux -L {socket} kill-server && kill -USR1 {own}");
                checked.problem(message, remedy);
                return true;
            }
            (_, Some(place)) => {
                let what = format!("{server} of the socket {socket}");
                let remedy =
                    format!("tmux -L {socket} kill-server && mosaic fleet restart{home_flags}");
                judge_place(&what, &place, remedy, checked);
                return true;
            }
        },
        (None, Occupancy::Served(server)) => match place {
            Some(place @ (ServerPlace::Holder | ServerPlace::Agent(_))) => {
                judge_default(&place, &server.to_string(), home_flags, checked);
            }
            _ => judge_age(holder, home_flags, checked),
        },
        (Some(socket), found)
            if found.is_dead() && holder.active == "active" && !holder.has_job =>
        {
            judge_silence(facts, socket, home_flags, checked);
        }
        _ => {}
    }
    false
}

fn judge_place(what: &str, place: &ServerPlace, remedy: String, checked: &mut CheckResult) {
    let unit = place.unit();
    match place {
        ServerPlace::Agent(_) => checked.problem(
            format!(
                "{what} runs inside {unit}: stopping that one agent may end the whole fleet; {COST}"
            ),
            remedy,
        ),
        ServerPlace::Login(_) => checked.problem(
            format!("{what} runs inside the login {unit}, and may end with it; {COST}"),
            remedy,
        ),
        _ => checked.note(
            format!("{what} runs inside {unit}, not under the holder, and ends with that; {COST}"),
            remedy,
        ),
    }
}

/// The operator's own sessions are there too, so nothing that ends them is there to be copied.
fn judge_default(place: &ServerPlace, server: &str, home_flags: &str, checked: &mut CheckResult) {
    let unit = place.unit();
    let message = format!(
        "your default {server} runs inside {unit}, and may end with it, your own sessions too; once they are not needed, end it with tmux -L default kill-server and type mosaic fleet restart{home_flags}: the next one is started outside"
    );
    checked.problem(message, "tmux -L default list-sessions");
}

/// A unit that is `active (exited)` was started when the holder was no service yet.
pub(crate) fn judge_age(holder: &UnitState, home_flags: &str, checked: &mut CheckResult) {
    if holder.active != "active" || holder.sub != "exited" {
        return;
    }
    let restart = format!("mosaic fleet restart{home_flags}");
    let remedy = match holder.kind.as_str() {
        "oneshot" => format!("mosaic update{home_flags} && {restart}"),
        _ => restart,
    };
    let message = "the holder runs as an earlier release started it: a server that dies does not come back; mending it ends every agent's session, and starts them again";
    checked.note(message, remedy);
}

fn judge_silence(
    facts: &ServerFacts,
    socket: &SocketName,
    home_flags: &str,
    checked: &mut CheckResult,
) {
    match &facts.own {
        Some((own, named)) if named == socket.as_str() => {
            let message = format!(
                "the socket {socket} is gone, and tmux server {own} cannot be reached; its sessions go on, and none ends by mending it"
            );
            checked.problem(message, format!("kill -USR1 {own}"));
        }
        _ => {
            let message = format!(
                "the holder is active and no server answers on the socket {socket}: no agent can work; {COST}"
            );
            checked.problem(message, format!("mosaic fleet restart{home_flags}"));
        }
    }
}

/// The unit that a cgroup belongs to; `None` where systemd has no hand in it.
fn place(group: &str) -> Option<ServerPlace<'_>> {
    let unit = group
        .rsplit('/')
        .find(|part| part.ends_with(".service") || part.ends_with(".scope"))?;
    Some(match unit {
        unit if unit == OURS[0] => ServerPlace::Holder,
        unit if unit.starts_with(AGENT) => ServerPlace::Agent(unit),
        unit if unit.starts_with("session-") && unit.ends_with(".scope") => {
            ServerPlace::Login(unit)
        }
        unit => ServerPlace::Elsewhere(unit),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::Weight::{self, Note, Problem};
    use crate::decide::doctor::fleet::tests::unit;
    use crate::model::tmux::Server;

    const USER: &str = "/user.slice/user-7.slice";

    fn in_unit(unit: &str) -> ServerFacts {
        let group = if unit.starts_with("session-") {
            format!("{USER}/{unit}")
        } else {
            format!("{USER}/user@7.service/app.slice/{unit}")
        };
        let occupancy = Occupancy::Served(Server { pid: 9, started: 1 });
        ServerFacts {
            socket: SocketName::parse("s").ok(),
            occupancy,
            group: Some(group),
            own: None,
        }
    }

    fn found(facts: &ServerFacts, holder: &UnitState) -> (bool, Option<(Weight, String, String)>) {
        let mut checked = CheckResult::default();
        let is_kept = judge(facts, holder, " --home /h", &mut checked);
        assert!(checked.findings.len() <= 1, "{checked:?}");
        (
            is_kept,
            checked
                .findings
                .pop()
                .map(|finding| (finding.weight, finding.message, finding.remedy)),
        )
    }

    #[test]
    fn every_place_of_a_server_is_judged() {
        let restart = "mosaic fleet restart --home /h";
        let end = format!("tmux -L s kill-server && {restart}");
        let (holder, agent) = (OURS[0], "mosaic-agent@a.service");
        let dead = |own: Option<(u32, &str)>| {
            let own = own.map(|(pid, name)| (pid, name.to_owned()));
            ServerFacts {
                occupancy: Occupancy::Stale,
                group: None,
                own,
                ..in_unit(holder)
            }
        };
        let rival = |named: &str| ServerFacts {
            own: Some((8, named.to_owned())),
            ..in_unit("session-1.scope")
        };
        let lost = ServerFacts {
            group: Some("/".to_owned()),
            ..in_unit(holder)
        };
        let unknown = ServerFacts {
            occupancy: Occupancy::Unknown("late".to_owned()),
            ..in_unit(holder)
        };
        let cases = [
            (in_unit(holder), None),
            (in_unit(&format!("{holder}/below")), None),
            (lost, None),
            (unknown, None),
            (in_unit(agent), Some((Problem, agent, &*end))),
            (
                in_unit("session-c3.scope"),
                Some((Problem, "login session-c3.scope", &end)),
            ),
            (in_unit("run-x.scope"), Some((Note, "run-x.scope", &end))),
            (rival("other"), Some((Problem, "session-1.scope", &end))),
            (
                rival("s"),
                Some((
                    Problem,
                    "taken the socket s",
                    "tmux -L s kill-server && kill -USR1 8",
                )),
            ),
            (dead(None), Some((Problem, "no server answers", restart))),
            (
                dead(Some((8, "other"))),
                Some((Problem, "no server answers", restart)),
            ),
            (
                dead(Some((8, "s"))),
                Some((Problem, "none ends", "kill -USR1 8")),
            ),
        ];
        for (facts, expected) in cases {
            assert_judged(&facts, expected);
        }
    }

    #[test]
    fn the_default_server_is_the_operators() {
        let on_default = |unit| ServerFacts {
            socket: None,
            ..in_unit(unit)
        };
        let dead = ServerFacts {
            occupancy: Occupancy::Stale,
            group: None,
            own: None,
            ..on_default(OURS[0])
        };
        let (holder, agent) = (OURS[0], "mosaic-agent@a.service");
        let default = "tmux -L default list-sessions";
        for (facts, expected) in [
            (on_default("session-1.scope"), None),
            (on_default("run-x.scope"), None),
            (on_default(agent), Some((Problem, agent, default))),
            (on_default(holder), Some((Problem, holder, default))),
            (dead, None),
        ] {
            assert_judged(&facts, expected);
        }
    }

    fn assert_judged(facts: &ServerFacts, expected: Option<(Weight, &str, &str)>) {
        let (is_kept, found) = found(facts, &unit(OURS[0], "active", "enabled"));
        assert_eq!(found.is_some(), expected.is_some(), "{facts:?}: {found:?}");
        let Some(((weight, message, remedy), expected)) = found.zip(expected) else {
            return;
        };
        assert_eq!((weight, &*remedy), (expected.0, expected.2), "{facts:?}");
        assert!(message.contains(expected.1), "{message}");
        assert_eq!(is_kept, remedy.starts_with("tmux -L s"), "{facts:?}");
    }

    #[test]
    fn a_holder_that_is_not_active_owes_no_server() {
        for (active, has_job) in [
            ("inactive", false),
            ("failed", false),
            ("activating", true),
            ("active", true),
        ] {
            let holder = UnitState {
                has_job,
                ..unit(OURS[0], active, "enabled")
            };
            let dead = ServerFacts {
                occupancy: Occupancy::Free,
                group: None,
                ..in_unit(OURS[0])
            };
            assert_eq!(found(&dead, &holder).1, None, "{active}");
        }
    }

    #[test]
    fn a_holder_of_an_earlier_release_is_told_by_its_state() {
        let restart = "mosaic fleet restart --home /h".to_owned();
        for (sub, kind, socket, expected) in [
            ("running", "exec", true, None),
            ("exited", "exec", true, Some(restart.clone())),
            ("exited", "exec", false, Some(restart.clone())),
            (
                "exited",
                "oneshot",
                true,
                Some(format!("mosaic update --home /h && {restart}")),
            ),
        ] {
            let [sub, kind] = [sub, kind].map(str::to_owned);
            let holder = UnitState {
                sub,
                kind,
                ..unit(OURS[0], "active", "enabled")
            };
            let facts = if socket {
                in_unit(OURS[0])
            } else {
                ServerFacts {
                    socket: None,
                    ..in_unit("session-1.scope")
                }
            };
            let found = found(&facts, &holder).1;
            assert_eq!(
                found.map(|(weight, _, remedy)| (weight, remedy)),
                expected.map(|remedy| (Note, remedy))
            );
        }
    }
}
