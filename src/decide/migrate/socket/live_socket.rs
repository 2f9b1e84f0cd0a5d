//! The verdict on a live tmux server when the name of its socket changes: it is taken along, or not.

use crate::decide::migrate::fleet_files::{Fleet, SocketOccupancy};
use crate::model::socket_names::{FORMER, PRESENT};
use crate::model::tmux::{Adoption, Occupancy};

/// The verdict on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SocketVerdict {
    /// No server lives under the former name: there is none to take along.
    Nothing,
    /// Adopt it: the new name is a second one.
    Adopt(Adoption),
    /// Nothing to do: the server answers by both names.
    Already,
    /// Leave all names as they are: the server cannot be taken along, for the reason of this sentence.
    Refused(String),
}

/// Decides for the server behind the fleet's former socket.
pub(crate) fn verdict(fleet: &Fleet) -> SocketVerdict {
    if let Some(held) = &fleet.held {
        return SocketVerdict::Refused(held.why.clone());
    }
    match &fleet.sockets {
        Some(SocketOccupancy {
            directory,
            at_former,
            at_name,
        }) => decide(directory, (FORMER, at_former), (PRESENT, at_name)),
        None => SocketVerdict::Nothing,
    }
}

/// Decides from who is behind the two names in a directory of sockets.
pub(crate) fn decide(
    directory: &str,
    (former, at_former): (&str, &Occupancy),
    (name, at_name): (&str, &Occupancy),
) -> SocketVerdict {
    use Occupancy::{Foreign, Free, Served, Stale, Unknown};
    let refused = |which: &str, found: &Occupancy| {
        SocketVerdict::Refused(format!("tmux socket {which}: {found}"))
    };
    match (at_former, at_name) {
        (Foreign { .. } | Unknown(_), _) => refused(former, at_former),
        (_, Foreign { .. } | Unknown(_)) => refused(name, at_name),
        (Free | Stale, Free | Stale | Served(_)) => SocketVerdict::Nothing,
        (Served(server), Free | Stale) => SocketVerdict::Adopt(Adoption {
            directory: directory.to_owned(),
            former: former.to_owned(),
            name: name.to_owned(),
            server: *server,
        }),
        (Served(server), Served(other)) if server == other => SocketVerdict::Already,
        (Served(server), Served(other)) => SocketVerdict::Refused(format!(
            "{server} lives on the socket {former}, and {other} already answers on {name}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tmux::Server;
    use Occupancy::{Foreign, Free, Served, Stale, Unknown};

    /// Verdicts for every pair; the columns are the new name as in `found()`.
    const TABLE: [(&str, [&str; 6]); 6] = [
        //             free       stale      ours       another's  foreign    unknown
        (
            "free",
            [
                "nothing", "nothing", "nothing", "nothing", "refused", "refused",
            ],
        ),
        (
            "stale",
            [
                "nothing", "nothing", "nothing", "nothing", "refused", "refused",
            ],
        ),
        (
            "ours",
            ["adopt", "adopt", "already", "refused", "refused", "refused"],
        ),
        (
            "another's",
            ["adopt", "adopt", "refused", "already", "refused", "refused"],
        ),
        ("foreign", ["refused"; 6]),
        ("unknown", ["refused"; 6]),
    ];

    fn found() -> [Occupancy; 6] {
        let server = |pid| Served(Server { pid, started: 1 });
        [
            Free,
            Stale,
            server(7),
            server(8),
            Foreign { owner: 9 },
            Unknown("it is late".to_owned()),
        ]
    }

    #[test]
    fn every_pair_of_names_has_its_verdict() {
        for (former, (row, verdicts)) in found().iter().zip(TABLE) {
            for (name, expected) in found().iter().zip(verdicts) {
                let verdict = decide("/s", ("a", former), ("b", name));
                let word = match &verdict {
                    SocketVerdict::Nothing => "nothing",
                    SocketVerdict::Adopt(adoption) => {
                        assert_eq!(
                            (&*adoption.directory, &*adoption.former, &*adoption.name),
                            ("/s", "a", "b")
                        );
                        assert_eq!(*former, Served(adoption.server));
                        "adopt"
                    }
                    SocketVerdict::Already => "already",
                    SocketVerdict::Refused(_) => "refused",
                };
                assert_eq!(word, expected, "{row}, {name:?}: {verdict:?}");
            }
        }
    }

    #[test]
    fn the_same_number_is_not_the_same_server() {
        let [before, after] = [1, 2].map(|started| Served(Server { pid: 7, started }));
        assert!(matches!(
            decide("/s", ("a", &before), ("b", &after)),
            SocketVerdict::Refused(_)
        ));
    }

    #[test]
    fn a_refusal_names_the_socket_that_is_in_the_way() {
        let why = |former: usize, name: usize| match decide(
            "/s",
            ("a", &found()[former]),
            ("b", &found()[name]),
        ) {
            SocketVerdict::Refused(why) => why,
            verdict => panic!("{verdict:?}"),
        };
        assert_eq!(why(2, 4), "tmux socket b: it belongs to user 9");
        assert_eq!(
            why(5, 0),
            "tmux socket a: who answers there cannot be told: it is late"
        );
        assert_eq!(
            why(2, 3),
            "tmux server 7 lives on the socket a, and tmux server 8 already answers on b"
        );
    }
}
