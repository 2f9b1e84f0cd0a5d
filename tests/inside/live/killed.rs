//! Killed at any call that changes or asks something, the next run ends what was begun; nothing is left over.

use std::fs;
use std::os::unix::fs::MetadataExt;

use mosaic::effects::os::tmux::{Adopted, Released};
use mosaic::model::tmux::Adoption;

use crate::inside::live::child::{disturbed, has_strace, perform};
use crate::inside::live::fleet::{FORMER, Fleet, NAME};

const CALLS: [&str; 4] = ["linkat", "renameat2", "unlinkat", "connect"];

/// One thing to do, from what start.
struct Scenario {
    verb: &'static str,
    prepare: fn(&Fleet, &Adoption),
    /// How many calls a run that is not disturbed can be killed at, at least.
    points: usize,
}

const SCENARIOS: [Scenario; 6] = [
    Scenario {
        verb: "adopt",
        prepare: |_, _| {},
        points: 3,
    },
    Scenario {
        verb: "adopt",
        prepare: |fleet, _| fleet.leave_dead(NAME),
        points: 6,
    },
    Scenario {
        verb: "release",
        prepare: adopted,
        points: 4,
    },
    Scenario {
        verb: "mend",
        prepare: |fleet, adoption| {
            adopted(fleet, adoption);
            fleet.rebind(adoption.server);
        },
        points: 6,
    },
    Scenario {
        verb: "mend",
        prepare: without_former,
        points: 3,
    },
    Scenario {
        verb: "mend",
        prepare: |fleet, adoption| {
            without_former(fleet, adoption);
            fleet.start(FORMER, 1);
        },
        points: 4,
    },
];

fn adopted(fleet: &Fleet, adoption: &Adoption) {
    assert_eq!(fleet.sockets().adopt(adoption).unwrap(), Adopted::Linked);
}

fn without_former(fleet: &Fleet, adoption: &Adoption) {
    adopted(fleet, adoption);
    fs::remove_file(fleet.directory().join(FORMER)).unwrap();
}

#[test]
fn a_run_that_was_killed_is_ended_by_the_next() {
    if !has_strace() {
        return;
    }
    for (number, scenario) in SCENARIOS.iter().enumerate() {
        let mut points = 0;
        for call in CALLS {
            for when in 1.. {
                let (fleet, adoption) = Fleet::of(2);
                let panes = fleet.panes(FORMER);
                (scenario.prepare)(&fleet, &adoption);
                let fault = format!("{call}:signal=KILL:when={when}");
                let has_fired = disturbed(&fleet, (scenario.verb, &adoption), &fault);
                perform(scenario.verb, &adoption);
                let context = format!("scenario {number}, {fault}");
                if scenario.verb == "release" {
                    assert_eq!(fleet.names(), [FORMER], "{context}");
                    assert_eq!(
                        (fleet.server(FORMER), fleet.panes(FORMER)),
                        (adoption.server, panes)
                    );
                } else {
                    fleet.assert_both_names(adoption.server, &panes);
                    let names = fleet.names();
                    let is_own = |name: &String| name == FORMER || name == NAME;
                    let others: Vec<_> = names.iter().filter(|name| !is_own(name)).collect();
                    assert!(
                        names.len() == 2 || others[0].contains(".impostor-"),
                        "{context}: {names:?}"
                    );
                    assert_eq!(
                        names.len(),
                        2 + usize::from(number == 5),
                        "{context}: {names:?}"
                    );
                    others
                        .iter()
                        .for_each(|name| assert_ne!(fleet.server(name), adoption.server));
                }
                if !has_fired {
                    break;
                }
                points += 1;
            }
        }
        println!(
            "scenario {number}, {}: killed at {points} points",
            scenario.verb
        );
        assert!(
            points >= scenario.points,
            "scenario {number}: only {points}"
        );
    }
}

#[test]
fn where_there_are_no_hard_links_a_symbolic_one_does() {
    if !has_strace() {
        return;
    }
    for errno in ["EPERM", "EOPNOTSUPP", "EMLINK"] {
        for is_dead in [false, true] {
            let (fleet, adoption) = Fleet::of(2);
            let (server, panes) = (adoption.server, fleet.panes(FORMER));
            if is_dead {
                fleet.leave_dead(NAME);
            }
            assert!(disturbed(
                &fleet,
                ("adopt", &adoption),
                &format!("linkat:error={errno}")
            ));
            assert!(
                fs::symlink_metadata(fleet.directory().join(NAME))
                    .unwrap()
                    .is_symlink()
            );
            fleet.assert_both_names(server, &panes);
            assert_eq!(fleet.typed("s1", "tmux list-sessions").lines().count(), 2);
            fleet.rebind(server);
            fleet.assert_both_names(server, &panes);
            assert_eq!(
                fleet.sockets().release(&adoption).unwrap(),
                Released::Removed
            );
            assert_eq!(
                (fleet.server(FORMER), fleet.names()),
                (server, vec![FORMER.to_owned()])
            );
        }
    }
    // Every other error is one, and leaves all as it was.
    let (fleet, adoption) = Fleet::of(1);
    let inode = || fs::metadata(fleet.directory().join(FORMER)).unwrap().ino();
    let before = inode();
    assert!(disturbed(
        &fleet,
        ("adopt", &adoption),
        "linkat:error=EACCES"
    ));
    assert_eq!((fleet.names(), inode()), (vec![FORMER.to_owned()], before));
}
