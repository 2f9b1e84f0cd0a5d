//! Agents that a command means, and the order in which systemd is asked: the holder first up and last down.

use std::fmt;
use std::path::Path;

use crate::decide::doctor::quoted;
use crate::decide::text::nearest::nearest;
use crate::model::fleet_name::AgentName;
use crate::model::roster::{Agent, Roster};

/// A unit of the fleet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unit {
    /// The one that owns the tmux server.
    Holder,
    /// An agent's session.
    Agent(AgentName),
}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder => out.write_str("mosaic-tmux-holder.service"),
            Self::Agent(name) => write!(out, "mosaic-agent@{name}.service"),
        }
    }
}

/// An order to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Nothing where it is active.
    Start,
    /// Nothing where it is not.
    Stop,
    /// Started also where it is not active.
    Restart,
}

/// The agents that a command means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// The whole fleet of this host, and its holder.
    Fleet(Vec<AgentName>),
    /// These, in the roster's order; the holder only as far as they need it.
    Agents(Vec<AgentName>),
}

/// A name that means no agent of this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongName {
    /// The roster has none of that name.
    #[error("the roster has no agent {name:?}")]
    Unknown {
        /// As it was typed.
        name: String,
        /// The agent that may have been meant.
        meant: Option<AgentName>,
        /// All that could be.
        known: Vec<AgentName>,
    },
    /// The agent lives on another host, whose own roster starts it.
    #[error("the agent {name} is a peer on {host}: that host's own roster starts and stops it")]
    Peer {
        /// Which.
        name: AgentName,
        /// Where.
        host: String,
        /// How ssh reaches that.
        destination: String,
    },
}

impl WrongName {
    /// The remedy: what to type instead.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unknown {
                meant: Some(meant), ..
            } => format!("did you mean `{meant}`?"),
            Self::Unknown { known, .. } if known.is_empty() => {
                "add an agent of this host to the roster".to_owned()
            }
            Self::Unknown { known, .. } => {
                let known: Vec<_> = known.iter().map(AgentName::as_str).collect();
                format!("choose one of {}", known.join(", "))
            }
            Self::Peer { destination, .. } => format!("let that host do it: add -H {destination}"),
        }
    }
}

/// The agent of this name, wherever it lives.
///
/// # Errors
///
/// A name that means none, with the one that is most like it.
pub(crate) fn named<'a>(roster: &'a Roster, name: &str) -> Result<&'a Agent, WrongName> {
    let mut agents = roster.agents.iter();
    let found = agents.find(|agent| agent.name.as_str() == name);
    found.ok_or_else(|| {
        let known: Vec<_> = roster
            .agents
            .iter()
            .map(|agent| agent.name.clone())
            .collect();
        unknown(name, known)
    })
}

fn unknown(name: &str, known: Vec<AgentName>) -> WrongName {
    let meant = nearest(name, known.iter().map(AgentName::as_str));
    let mut all = known.iter();
    let meant = all.find(|known| Some(known.as_str()) == meant).cloned();
    WrongName::Unknown {
        name: name.to_owned(),
        meant,
        known,
    }
}

/// The agents that are meant by these names; by none of them, all of this host.
///
/// # Errors
///
/// The first name that means no agent of this host, before anything is run.
pub(crate) fn chosen<T: AsRef<str>>(roster: &Roster, names: &[T]) -> Result<Chosen, WrongName> {
    let agents_here = || roster.agents_here().map(|agent| agent.name.clone());
    if names.is_empty() {
        return Ok(Chosen::Fleet(agents_here().collect()));
    }
    for name in names.iter().map(AsRef::as_ref) {
        match roster
            .agents
            .iter()
            .find(|agent| agent.name.as_str() == name)
        {
            None => {
                return Err(unknown(name, agents_here().collect()));
            }
            Some(agent) => {
                if let (Some(host), Some(destination)) = (&agent.host, agent.destination()) {
                    return Err(WrongName::Peer {
                        name: agent.name.clone(),
                        host: host.clone(),
                        destination: destination.to_owned(),
                    });
                }
            }
        }
    }
    let is_named = |agent: &AgentName| names.iter().any(|name| name.as_ref() == agent.as_str());
    let agents = agents_here().filter(is_named).collect();
    Ok(Chosen::Agents(agents))
}

/// Steps of an order to systemd, one after the other. Orders of one list may be given at once.
///
/// A fleet is restarted by stopping it and starting it; single agents never touch a holder that runs.
pub(crate) fn steps(verb: Order, chosen: &Chosen) -> Vec<(Order, Vec<Unit>)> {
    let (agents, is_fleet) = match chosen {
        Chosen::Fleet(agents) => (agents, true),
        Chosen::Agents(agents) => (agents, false),
    };
    let holder = |verb| (verb, vec![Unit::Holder]);
    let agents = |verb| {
        (
            verb,
            agents.iter().cloned().map(Unit::Agent).collect::<Vec<_>>(),
        )
    };
    let mut steps = match (verb, is_fleet) {
        (Order::Start, _) => vec![holder(Order::Start), agents(Order::Start)],
        (Order::Stop, true) => vec![agents(Order::Stop), holder(Order::Stop)],
        (Order::Stop, false) => vec![agents(Order::Stop)],
        (Order::Restart, true) => {
            vec![
                agents(Order::Stop),
                holder(Order::Stop),
                holder(Order::Start),
                agents(Order::Start),
            ]
        }
        (Order::Restart, false) => vec![holder(Order::Start), agents(Order::Restart)],
    };
    steps.retain(|(_, units)| !units.is_empty());
    steps
}

/// The flag that makes a command be about a roster, with a blank before it.
pub(crate) fn roster_flag(path: &Path) -> String {
    format!(" --roster {}", quoted(&path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::fleet::roster;

    fn fleet(agents: &str) -> Roster {
        roster::parse("r.yaml", &format!("version: 1\nagents: [{agents}]")).unwrap()
    }

    fn told(verb: Order, chosen: &Chosen) -> String {
        let step = |(verb, units): (Order, Vec<Unit>)| {
            let units: Vec<_> = units.iter().map(Unit::to_string).collect();
            let units = units
                .join("+")
                .replace("mosaic-", "")
                .replace(".service", "");
            format!("{verb:?} {units}").to_lowercase()
        };
        steps(verb, chosen)
            .into_iter()
            .map(step)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn the_holder_is_first_up_and_last_down() {
        let roster = fleet("{name: b}, {name: a}, {name: p, host: h}");
        let (all, one) = (
            chosen::<&str>(&roster, &[]).unwrap(),
            chosen(&roster, &["a"]).unwrap(),
        );
        let none = chosen::<&str>(&fleet(""), &[]).unwrap();
        for (verb, chosen, expected) in [
            (
                Order::Start,
                &all,
                "start tmux-holder, start agent@b+agent@a",
            ),
            (Order::Stop, &all, "stop agent@b+agent@a, stop tmux-holder"),
            (
                Order::Restart,
                &all,
                "stop agent@b+agent@a, stop tmux-holder, start tmux-holder, start agent@b+agent@a",
            ),
            (Order::Start, &one, "start tmux-holder, start agent@a"),
            (Order::Stop, &one, "stop agent@a"),
            (Order::Restart, &one, "start tmux-holder, restart agent@a"),
            (Order::Start, &none, "start tmux-holder"),
            (Order::Stop, &none, "stop tmux-holder"),
        ] {
            assert_eq!(told(verb, chosen), expected, "{verb:?} {chosen:?}");
        }
    }

    #[test]
    fn names_are_checked_before_anything_runs() {
        let roster = fleet("{name: coder0}, {name: reviewer}, {name: far, host: h.example}");
        for (names, expected) in [
            (
                &["reviewer", "coder0", "reviewer"][..],
                Ok("coder0 reviewer"),
            ),
            (
                &["coder0", "codr0"],
                Err(("no agent \"codr0\"", "did you mean `coder0`?")),
            ),
            (
                &["nobody"],
                Err(("no agent \"nobody\"", "choose one of coder0, reviewer")),
            ),
            (&["CODER0 "], Err(("no agent \"CODER0 \"", "choose one of"))),
            (
                &["coder"],
                Err(("no agent \"coder\"", "did you mean `coder0`?")),
            ),
            (&["far"], Err(("is a peer on h.example", "-H h.example"))),
            (&[""], Err(("no agent \"\"", "choose one of"))),
        ] {
            match (chosen(&roster, names), expected) {
                (Ok(Chosen::Agents(agents)), Ok(expected)) => {
                    let agents: Vec<_> = agents.iter().map(AgentName::as_str).collect();
                    assert_eq!(agents.join(" "), expected);
                }
                (Err(wrong), Err((problem, remedy))) => {
                    assert!(wrong.to_string().contains(problem), "{wrong}");
                    assert!(
                        wrong.remedy().contains(remedy),
                        "{wrong}: {}",
                        wrong.remedy()
                    );
                }
                (other, _) => panic!("{names:?}: {other:?}"),
            }
        }
        let wrong = chosen(&fleet("{name: p, host: h}"), &["x"]).unwrap_err();
        assert!(wrong.remedy().contains("add an agent"));
    }
}
