//! The door to the user's service manager, on a real one.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::time::Duration;

use mosaic::effects::os::systemd::{Manager, ManagerError, Unreachable, verify};
use mosaic::model::unit::{Failure, JobOutcome, UnitName};
use rustix::process::Signal;

use crate::inside::patience::{PATIENCE, eventually};
use crate::inside::systemd::in_manager;
use crate::inside::systemd::manager::{Inside, is_stopped, name, names, signal};

/// Long enough for what is done at once, on a busy machine, too.
const BRIEFLY: Duration = Duration::from_secs(5);
const AGENT: &str = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=default.target\n";
const BROKEN: &str = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'exit 3'\n";

/// A manager that knows an agent's template, and one that fails.
fn reach(inside: &Inside) -> Manager {
    inside.write_unit("agent@.service", AGENT);
    inside.write_unit("broken@.service", BROKEN);
    let manager = Manager::reach().expect("a manager");
    manager.daemon_reload().expect("reloaded");
    manager
}

fn failure(outcome: &JobOutcome) -> &Failure {
    match outcome {
        JobOutcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn shows_what_is_loaded_absent_masked_and_failed() {
    in_manager("shows_what_is_loaded_absent_masked_and_failed", |inside| {
        symlink("/dev/null", {
            inside.write_unit("x", "");
            inside.units().join("masked@.service")
        })
        .expect("linked");
        inside.write_unit(
            "agent@a.service.d/mine.conf",
            "[Service]\nEnvironment=A=b\n",
        );
        let manager = reach(inside);
        let asked = names(&[
            "agent@a.service",
            "gone@a.service",
            "masked@a.service",
            "broken@a.service",
            "agent@b.service",
        ]);
        let before = jiff::Timestamp::now();
        manager.start(&asked[..1], PATIENCE).expect("started");
        manager.start(&asked[3..4], PATIENCE).expect("told");
        inside.write_unit(
            "agent@a.service.d/late.conf",
            "[Service]\nEnvironment=A=c\n",
        );
        let shown = manager.show(&asked).expect("shown");
        assert_eq!(
            shown.iter().map(|it| it.name.clone()).collect::<Vec<_>>(),
            asked
        );
        let loads: Vec<_> = shown
            .iter()
            .map(|it| (it.load.as_str(), it.active.as_str()))
            .collect();
        assert_eq!(
            loads,
            [
                ("loaded", "active"),
                ("not-found", "inactive"),
                ("masked", "inactive"),
                ("loaded", "failed"),
                ("loaded", "inactive")
            ]
        );
        let agent = &shown[0];
        assert_eq!(
            (agent.sub.as_str(), agent.unit_file_state.as_str()),
            ("running", "disabled")
        );
        assert_eq!(
            agent.fragment_path,
            Some(inside.units().join("agent@.service"))
        );
        assert_eq!(
            agent.drop_in_paths,
            [inside.units().join("agent@a.service.d/mine.conf")]
        );
        assert!(agent.need_daemon_reload && agent.is_up() && !shown[4].need_daemon_reload);
        assert_eq!(
            agent.main_pid.map(|pid| pid.to_string()),
            Some(inside.property("agent@a.service", "MainPID"))
        );
        assert_eq!(agent.invocation_id.as_deref().map(str::len), Some(32));
        let entered = agent.started_at.expect("a time");
        assert!(
            before <= entered && entered <= jiff::Timestamp::now(),
            "{before} {entered}"
        );
        assert!(
            agent
                .control_group
                .as_deref()
                .is_some_and(|it| it.ends_with("/agent@a.service")),
            "{agent:?}"
        );
        let broken = &shown[3];
        assert_eq!(
            (
                broken.result.as_str(),
                broken.exec_main_status,
                broken.main_pid
            ),
            ("exit-code", 3, None)
        );
        assert!(broken.is_failed());
        assert_eq!(shown[2].unit_file_state, "masked");
    });
}

fn restarted(manager: &Manager, name: &UnitName) -> JobOutcome {
    let outcomes = manager.restart(std::slice::from_ref(name), PATIENCE);
    outcomes.expect("told").remove(0).1
}

#[test]
fn lists_what_is_loaded() {
    in_manager("lists_what_is_loaded", |inside| {
        let manager = reach(inside);
        let named = names(&["hasty.service"]);
        let listed = || {
            let (_, view) = Manager::look(&named, "agent@*.service").expect("looked");
            view.states
        };
        assert_eq!(listed().len(), 1);
        manager
            .start(&names(&["agent@a.service", "agent@b-c.service"]), PATIENCE)
            .expect("started");
        let listed = listed();
        let listed: BTreeSet<_> = listed.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(
            listed,
            BTreeSet::from(["agent@a.service", "agent@b-c.service", "hasty.service"])
        );
    });
}

#[test]
fn enables_and_disables() {
    in_manager("enables_and_disables", |inside| {
        let manager = reach(inside);
        let asked = names(&["agent@a.service", "gone@a.service", "agent@b.service"]);
        let state = || {
            manager.daemon_reload().expect("reloaded");
            let shown = manager.show(&asked).expect("shown");
            shown
                .into_iter()
                .map(|it| it.unit_file_state)
                .collect::<Vec<_>>()
        };
        let outcomes = manager.enable(&asked).expect("told");
        assert_eq!(
            (&outcomes[0].1, &outcomes[2].1),
            (&JobOutcome::Done, &JobOutcome::Done)
        );
        assert!(
            failure(&outcomes[1].1)
                .words
                .contains("gone@a.service does not exist"),
            "{outcomes:?}"
        );
        assert_eq!(state(), ["enabled", "", "enabled"]);
        let outcomes = manager.disable(&asked[..1]).expect("told");
        assert_eq!(outcomes[0].1, JobOutcome::Done);
        assert_eq!(state(), ["disabled", "", "enabled"]);
    });
}

#[test]
fn starts_stops_and_restarts() {
    in_manager("starts_stops_and_restarts", |inside| {
        let manager = reach(inside);
        let asked = names(&["agent@a.service", "agent@b.service"]);
        let pids = || {
            manager
                .show(&asked)
                .expect("shown")
                .iter()
                .map(|it| it.main_pid)
                .collect::<Vec<_>>()
        };
        for _ in 0..2 {
            let outcomes = manager.start(&asked, PATIENCE).expect("told");
            assert!(
                outcomes
                    .iter()
                    .all(|(_, outcome)| *outcome == JobOutcome::Done),
                "{outcomes:?}"
            );
        }
        let before = pids();
        assert!(before.iter().all(Option::is_some));
        assert_eq!(restarted(&manager, &asked[0]), JobOutcome::Done);
        let after = pids();
        assert!(after[0].is_some() && after[0] != before[0] && after[1] == before[1]);
        let outcomes = manager.stop(&asked, PATIENCE, |_| ()).expect("told");
        assert!(
            outcomes
                .iter()
                .all(|(_, outcome)| *outcome == JobOutcome::Done),
            "{outcomes:?}"
        );
        assert_eq!(pids(), [None, None]);
    });
}

#[test]
fn says_why_a_unit_failed() {
    in_manager("says_why_a_unit_failed", |inside| {
        let manager = reach(inside);
        let asked = names(&[
            "broken@a.service",
            "agent@a.service",
            "gone@a.service",
            "broken@aa.service",
        ]);
        let outcomes = manager.start(&asked[..3], PATIENCE).expect("told");
        let broken = failure(&outcomes[0].1);
        assert_eq!(
            broken.to_string(),
            "Job for broken@a.service failed because the control process exited with error code.\nresult: exit-code, status 3"
        );
        assert_eq!(outcomes[1].1, JobOutcome::Done);
        assert_eq!(
            failure(&outcomes[2].1).words,
            "Failed to start gone@a.service: Unit gone@a.service not found."
        );
        let outcomes = manager.stop(&asked[1..3], PATIENCE, |_| ()).expect("told");
        assert_eq!(outcomes[0].1, JobOutcome::Done);
        assert!(
            failure(&outcomes[1].1).words.contains("not loaded"),
            "{outcomes:?}"
        );
        assert!(
            failure(&restarted(&manager, &asked[3]))
                .words
                .contains("broken@aa.service")
        );
    });
}

#[test]
fn starts_again_what_failed_too_often() {
    in_manager("starts_again_what_failed_too_often", |inside| {
        let limit = "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1000\n";
        let text = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'test -e %h/mended'\nRemainAfterExit=yes\n";
        inside.write_unit("hasty.service", &format!("{limit}{text}"));
        let manager = reach(inside);
        let asked = names(&["hasty.service", "broken@a.service"]);
        manager.start(&asked[1..], PATIENCE).expect("told");
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            outcomes = manager.start(&asked[..1], PATIENCE).expect("told");
            failure(&outcomes[0].1);
        }
        assert!(
            manager.show(&asked).expect("shown")[0].is_failed(),
            "{outcomes:?}"
        );
        std::fs::write(inside.home().join("mended"), "").expect("written");
        assert_eq!(
            manager.start(&asked[..1], PATIENCE).expect("told")[0].1,
            JobOutcome::Done
        );
        assert!(
            manager.show(&asked).expect("shown")[1].is_failed(),
            "its failure was forgotten"
        );
    });
}

#[test]
fn waits_no_longer_than_asked() {
    in_manager("waits_no_longer_than_asked", |inside| {
        let slow = "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n";
        inside.write_unit("slow.service", slow);
        let manager = reach(inside);
        let asked = names(&["slow.service", "agent@a.service"]);
        let outcomes = manager.start(&asked, BRIEFLY).expect("told");
        assert_eq!(outcomes[0].1, JobOutcome::Unfinished { seconds: 5 });
        assert_eq!(outcomes[1].1, JobOutcome::Done);
        assert_eq!(inside.property("slow.service", "ActiveState"), "activating");
    });
}

#[test]
fn says_when_nobody_is_there() {
    in_manager("says_when_nobody_is_there", |inside| {
        let manager = reach(inside);
        inside.stop_manager();
        let nobody = Manager::reach().expect_err("nobody");
        assert!(matches!(&nobody, Unreachable::Nobody(_)), "{nobody:?}");
        assert!(
            nobody
                .to_string()
                .starts_with("no user manager can be reached: Failed to connect to "),
            "{nobody}"
        );
        let asked = [name("agent@a.service")];
        for gone in [
            manager.show(&asked).map(drop),
            manager.daemon_reload(),
            manager.start(&asked, PATIENCE).map(drop),
            manager.stop(&asked, PATIENCE, |_| ()).map(drop),
        ] {
            assert!(
                matches!(
                    &gone,
                    Err(ManagerError::Unreachable(Unreachable::Nobody(_)))
                ),
                "{gone:?}"
            );
        }
        inside.start_manager();
        assert_eq!(manager.show(&asked).expect("shown")[0].load, "loaded");
    });
}

/// Units in all states that there are here, one with a drop-in whose name has a blank, and one that is still starting.
#[test]
fn tells_the_same_by_its_socket_and_by_systemctl() {
    in_manager("tells_the_same_by_its_socket_and_by_systemctl", |inside| {
        inside.write_unit(
            "agent@a.service.d/my own.conf",
            "[Service]\nEnvironment=A=b\n",
        );
        inside.write_unit("bad.service", "[Service]\n");
        symlink("/dev/null", inside.units().join("masked@.service")).expect("linked");
        inside.write_unit(
            "refused.service",
            "[Unit]\nAssertPathExists=/nowhere\n[Service]\nExecStart=/bin/true\n",
        );
        inside.write_unit(
            "slow.service",
            "[Unit]\nWants=refused.service\n[Service]\nType=notify\nExecStart=/bin/sleep 1000\n",
        );
        let manager = reach(inside);
        let asked = names(&[
            "agent@a.service",
            "agent@b.service",
            "gone@a.service",
            "masked@a.service",
            "broken@a.service",
            "bad.service",
            "refused.service",
            "slow.service",
        ]);
        manager
            .start(
                &[asked[0].clone(), asked[4].clone(), asked[6].clone()],
                PATIENCE,
            )
            .expect("told");
        inside.systemctl(&["start", "--no-block", "slow.service"]);
        eventually("it is being started", || {
            manager.show(&asked[7..]).expect("shown")[0].has_job
        });
        inside.write_unit(
            "agent@a.service.d/late.conf",
            "[Service]\nEnvironment=A=c\n",
        );
        let look = |manager: &Manager| {
            let view = manager.view(&asked[2..], "agent@*").expect("seen");
            (manager.show(&asked).expect("shown"), view)
        };
        let (told, calls) = inside.counted(|| look(&manager));
        assert_eq!(calls, [""; 0], "a program was asked");
        let (shown, calls) = inside.counted(|| look(&manager.clone().without_its_socket()));
        assert_eq!(calls.len(), 3, "{calls:?}");
        assert_eq!(told, shown);
        let seen: Vec<_> = told
            .1
            .states
            .iter()
            .map(|state| state.name.as_str())
            .collect();
        assert_eq!(seen[6..], ["agent@a.service"]);
        assert!(told.0[0].drop_in_paths[0].ends_with("my own.conf") && told.0[6].is_refused);
    });
}

#[test]
fn finds_the_usual_place() {
    in_manager("finds_the_usual_place", |inside| {
        if inside.is_without("XDG_RUNTIME_DIR") {
            reach(inside)
                .show(&[name("agent@a.service")])
                .expect("shown");
        }
    });
}

#[test]
fn is_not_held_by_a_hung_manager() {
    in_manager("is_not_held_by_a_hung_manager", |inside| {
        let manager = Manager::reach_within(BRIEFLY).expect("a manager");
        let hung = inside.manager();
        signal(hung, Signal::STOP);
        assert_eq!(
            Manager::reach_within(BRIEFLY).map(drop),
            Err(Unreachable::Late { seconds: 5 })
        );
        let late = manager.show(&[name("agent@a.service")]).expect_err("late");
        assert_eq!(late, Unreachable::Late { seconds: 5 }.into());
        assert!(is_stopped(hung));
        signal(hung, Signal::CONT);
        eventually("it answers again", || Manager::reach().is_ok());
    });
}

#[test]
fn shows_200_agents_at_once() {
    in_manager("shows_200_agents_at_once", |inside| {
        let manager = reach(inside);
        let asked: Vec<_> = (0..200)
            .map(|number| name(&format!("agent@a{number}.service")))
            .collect();
        let outcomes = manager.start(&asked, PATIENCE).expect("told");
        assert!(
            outcomes
                .iter()
                .all(|(_, outcome)| *outcome == JobOutcome::Done),
            "{outcomes:?}"
        );
        let (shown, calls) = inside.counted(|| manager.show(&asked).expect("shown"));
        let pids: BTreeSet<_> = shown.iter().filter_map(|it| it.main_pid).collect();
        assert_eq!((shown.len(), pids.len()), (200, 200));
        assert_eq!(calls, [""; 0], "a program was asked");
    });
}

#[test]
fn reloads_only_when_asked() {
    in_manager("reloads_only_when_asked", |inside| {
        let manager = reach(inside);
        let before = inside.loads();
        let asked = names(&["agent@a.service"]);
        // Since 257 systemd wants to be reloaded after what was enabled, and a start looks to it.
        manager.start(&asked, PATIENCE).expect("told");
        manager.enable(&asked).expect("told");
        manager.show(&asked).expect("shown");
        manager.disable(&asked).expect("told");
        assert_eq!(inside.loads(), before);
        manager.daemon_reload().expect("reloaded");
        assert_eq!(inside.loads(), before + 1);
    });
}

#[test]
fn verifies_unit_files() {
    in_manager("verifies_unit_files", |inside| {
        inside.write_unit("good@.service", AGENT);
        inside.write_unit(
            "bad.service",
            "[Service]\nExecStart=/no/such/program\nTypo=1\n",
        );
        let (good, bad) = (
            inside.units().join("good@.service"),
            inside.units().join("bad.service"),
        );
        assert_eq!(verify(&[&good]), Ok(Vec::new()));
        let said = verify(&[&good, &bad]).expect("verified").join("\n");
        assert!(
            said.contains("Unknown key") && said.contains("/no/such/program is not executable"),
            "{said}"
        );
    });
}

#[test]
fn restarts_what_failed_too_often() {
    in_manager("restarts_what_failed_too_often", |inside| {
        let limit = "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1000\n";
        let text = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'test -e %h/mended'\nRemainAfterExit=yes\n";
        inside.write_unit("hasty.service", &format!("{limit}{text}"));
        let manager = reach(inside);
        let hasty = name("hasty.service");
        for _ in 0..3 {
            failure(&restarted(&manager, &hasty));
        }
        std::fs::write(inside.home().join("mended"), "").expect("written");
        assert_eq!(restarted(&manager, &hasty), JobOutcome::Done);
    });
}

#[test]
fn tells_alike_names_apart() {
    in_manager("tells_alike_names_apart", |inside| {
        inside.write_unit("a.service", AGENT);
        let manager = reach(inside);
        let outcomes = manager
            .start(&names(&["a.service", "broken@a.service"]), PATIENCE)
            .expect("told");
        assert_eq!(outcomes[0].1, JobOutcome::Done);
        failure(&outcomes[1].1);
    });
}

#[test]
fn says_what_failed_while_others_are_late() {
    in_manager("says_what_failed_while_others_are_late", |inside| {
        inside.write_unit(
            "slow.service",
            "[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n",
        );
        inside.write_unit(
            "stubborn.service",
            "[Service]\nExecStart=/bin/sleep 1000\nExecStop=/bin/sleep 1000\n",
        );
        let manager = reach(inside);
        let asked = names(&["slow.service", "broken@a.service"]);
        let outcomes = manager.start(&asked, BRIEFLY).expect("told");
        assert_eq!(outcomes[0].1, JobOutcome::Unfinished { seconds: 5 });
        assert_eq!(
            failure(&outcomes[1].1).result,
            "result: exit-code, status 3"
        );
        let asked = names(&["stubborn.service", "broken@a.service"]);
        manager.start(&asked[..1], PATIENCE).expect("told");
        let outcomes = manager.stop(&asked, BRIEFLY, |_| ()).expect("told");
        assert_eq!(outcomes[0].1, JobOutcome::Unfinished { seconds: 5 });
        assert_eq!(
            outcomes[1].1,
            JobOutcome::Done,
            "it failed before, and it does not run"
        );
    });
}
