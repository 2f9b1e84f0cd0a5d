//! Findings of a fleet, state by state.

use super::*;
use crate::decide::doctor::Weight::{self, Note, Problem};
use crate::model::unit::UnitName;

/// A unit of which all else is well.
pub(crate) fn unit(name: &str, active: &str, unit_file_state: &str) -> UnitState {
    UnitState {
        name: UnitName::new(name).expect("a name"),
        load: "loaded".to_owned(),
        active: active.to_owned(),
        sub: "running".to_owned(),
        unit_file_state: unit_file_state.to_owned(),
        kind: "exec".to_owned(),
        fragment_path: None,
        drop_in_paths: Vec::new(),
        need_daemon_reload: false,
        main_pid: None,
        invocation_id: None,
        result: "success".to_owned(),
        exec_main_status: 0,
        started_at: None,
        active_at: None,
        control_group: None,
        is_refused: false,
        has_job: false,
    }
}

pub(super) fn agent(name: &str, active: &str, unit_file_state: &str) -> UnitState {
    unit(
        &format!("mosaic-agent@{name}.service"),
        active,
        unit_file_state,
    )
}

pub(super) fn good() -> FleetFacts {
    let declared = [("a", ""), ("b", ""), ("c", " --roster /r")];
    FleetFacts {
        at: " --home /h".to_owned(),
        former: None,
        without_env: Vec::new(),
        missing: AllMissing::default(),
        holder: unit(OURS[0], "active", "enabled"),
        agents: vec![
            agent("a", "active", "enabled"),
            agent("b", "inactive", "enabled"),
        ],
        declared: Some(
            declared
                .map(|(name, roster)| (name.to_owned(), roster.to_owned()))
                .into(),
        ),
        server: None,
        said: Vec::new(),
        agents_seen: BTreeMap::new(),
        shared_daemons: Vec::new(),
    }
}

pub(super) fn with(more: &[UnitState]) -> FleetFacts {
    FleetFacts {
        agents: [good().agents, more.to_vec()].concat(),
        ..good()
    }
}

pub(super) fn failed(unit: UnitState, status: i32) -> UnitState {
    let (active, result) = ("failed".to_owned(), "exit-code".to_owned());
    UnitState {
        active,
        result,
        exec_main_status: status,
        ..unit
    }
}

pub(super) fn found(facts: FleetFacts) -> Vec<(Weight, String, String)> {
    let findings = judge(&Ok(facts), &Needs::default()).findings;
    findings
        .into_iter()
        .map(|finding| (finding.weight, finding.message, finding.remedy))
        .collect()
}

#[test]
fn a_sound_fleet_is_nothing_to_speak_of() {
    assert_eq!(
        judge(&Ok(good()), &Needs::default()),
        CheckResult::new("holder active, 1 of 2 agents active")
    );
    for (unseen, summary) in [
        (
            Unseen::NotInstalled {
                alive: Vec::new(),
                can_be: true,
            },
            "not installed",
        ),
        (Unseen::NoManager, "no user manager to ask"),
        (
            Unseen::ReadsElsewhere,
            "installed where the user manager reads no units",
        ),
    ] {
        assert_eq!(
            judge(&Err(unseen), &Needs::default()),
            CheckResult::new(summary)
        );
    }
}

fn unread(facts: FleetFacts) -> FleetFacts {
    FleetFacts {
        declared: None,
        ..facts
    }
}

#[test]
fn what_is_as_it_should_be_has_no_finding() {
    for facts in [
        with(&[agent("c", "inactive", "disabled")]),
        with(&[agent("c", "active", "masked")]),
        with(&[agent("c", "active", "static")]),
        with(&[agent("x", "inactive", "disabled")]),
        with(&[agent("x", "active", "masked-runtime")]),
        unread(with(&[agent("x", "inactive", "enabled")])),
    ] {
        assert_eq!(found(facts), []);
    }
}

#[test]
fn every_state_of_a_unit_has_its_finding() {
    let changed = UnitState {
        need_daemon_reload: true,
        ..good().holder
    };
    let holder = |holder: UnitState| FleetFacts { holder, ..good() };
    let (gap, other) = (
        "enable mosaic-agent@c.service",
        "enable mosaic-agent@x.service",
    );
    let disable = "disable --now mosaic-agent@x.service";
    let failed_c = || failed(agent("c", "", "enabled"), 3);
    let cases = [
        (with(&[agent("c", "active", "disabled")]), Problem, gap),
        (
            with(&[agent("c", "activating", "enabled-runtime")]),
            Problem,
            gap,
        ),
        (
            unread(with(&[agent("x", "active", "linked")])),
            Problem,
            other,
        ),
        (
            holder(unit(OURS[0], "active", "disabled")),
            Problem,
            "enable mosaic-tmux-holder.service",
        ),
        (with(&[agent("x", "inactive", "enabled")]), Note, disable),
        (with(&[agent("x", "active", "disabled")]), Note, disable),
        (holder(changed), Problem, "daemon-reload"),
        (
            with(&[failed_c()]),
            Problem,
            "mosaic fleet start c --roster /r --home /h",
        ),
        (
            with(&[failed(agent("x", "", "disabled"), 3)]),
            Problem,
            "reset-failed mosaic-agent@x.service",
        ),
        (
            unread(with(&[failed_c()])),
            Problem,
            "status mosaic-agent@c.service",
        ),
        (
            holder(failed(unit(OURS[0], "", "enabled"), 78)),
            Problem,
            "mosaic fleet start --home /h",
        ),
    ];
    for (facts, weight, remedy) in cases {
        let told = format!("{:?}", facts.agents.last());
        let remedy = match remedy.strip_prefix("mosaic ") {
            Some(_) => remedy.to_owned(),
            None => format!("systemctl --user {remedy}"),
        };
        let found = found(facts).into_iter();
        let found: Vec<_> = found.map(|(weight, _, remedy)| (weight, remedy)).collect();
        assert_eq!(found, [(weight, remedy)], "{told}");
    }
}

#[test]
fn many_units_are_one_finding() {
    let many: Vec<_> = (0..5)
        .map(|number| agent(&format!("x{number}"), "active", "disabled"))
        .collect();
    let facts = FleetFacts {
        declared: None,
        ..with(&many)
    };
    let [(_, message, remedy)] = &*found(facts) else {
        panic!("one")
    };
    assert!(
        message.ends_with("mosaic-agent@x2.service and 2 more"),
        "{message}"
    );
    assert!(
        remedy.ends_with("mosaic-agent@x3.service mosaic-agent@x4.service"),
        "{remedy}"
    );
    let broken = ["a", "b"].map(|name| failed(agent(name, "", "enabled"), 1));
    let facts = FleetFacts {
        agents: broken.to_vec(),
        ..good()
    };
    let [(_, message, remedy)] = &*found(facts) else {
        panic!("one")
    };
    assert!(
        message.contains("mosaic-agent@b.service (exit-code, status 1)"),
        "{message}"
    );
    assert_eq!(remedy, "mosaic fleet start a b --home /h");
}

#[test]
fn only_what_systemd_says_of_our_files_counts() {
    for (line, expected) in [
        (
            "/u/mosaic-tmux-holder.service:15: Unknown key",
            Some(OURS[0]),
        ),
        ("/u: v/mosaic-agent@.service.d/x.conf:2: Unknown key", None),
        (
            "/u/mosaic-agent@.service.d/x.conf:2: Unknown key",
            Some(OURS[1]),
        ),
        (
            "mosaic-agent@i.service: Command /x is not executable: No such file",
            Some(OURS[1]),
        ),
        (
            "mosaic-tmux-holder.service: Service has no ExecStart=",
            Some(OURS[0]),
        ),
        (
            "/u/mine.service:3: Unknown key 'x' in mosaic-agent@.service: y",
            None,
        ),
        (
            "mine.service: Requires mosaic-tmux-holder.service: not found",
            None,
        ),
        ("second-mosaic-tmux-holder.service: Unknown", None),
        ("Unit mosaic-agent@i.service not found.", None),
    ] {
        assert_eq!(subject(line), expected, "{line}");
    }
    let said = [
        "mosaic-tmux-holder.service: bad",
        "mosaic-tmux-holder.service: bad",
        "other.service: bad",
    ];
    let facts = FleetFacts {
        said: said.map(str::to_owned).to_vec(),
        ..good()
    };
    let expected = "systemd says of mosaic-tmux-holder.service: mosaic-tmux-holder.service: bad";
    let remedy = "systemctl --user edit --full mosaic-tmux-holder.service";
    assert_eq!(
        found(facts),
        [(Problem, expected.to_owned(), remedy.to_owned())]
    );
}

fn seen(sights: &[(&str, Sight)]) -> FleetFacts {
    let sights = sights.iter().cloned();
    FleetFacts {
        agents_seen: sights
            .map(|(agent, sight)| (agent.to_owned(), sight))
            .collect(),
        ..with(&[agent("c", "active", "enabled")])
    }
}

#[test]
fn an_agent_that_is_not_where_its_unit_says_is_a_problem() {
    let lives = || Sight::Lives { elsewhere: None };
    let moved = || Sight::Lives {
        elsewhere: Some("nine".to_owned()),
    };
    let unknown = || Sight::Unknown("late".to_owned());
    let restart = "mosaic fleet restart a --home /h";
    for (sights, expected) in [
        (
            vec![("a", lives()), ("b", Sight::Gone { moves: false })],
            None,
        ),
        (vec![("b", unknown())], None),
        (
            vec![("a", Sight::Gone { moves: false })],
            Some(("no session of it lives: a", restart)),
        ),
        (
            vec![("a", Sight::Doubled)],
            Some(("more than once: a", restart)),
        ),
        (
            vec![("b", lives())],
            Some(("its unit is not active", "mosaic fleet start b --home /h")),
        ),
        (
            vec![("a", moved()), ("b", moved())],
            Some((
                "another socket than its env file names: a, b",
                "mosaic fleet restart --home /h",
            )),
        ),
        (
            vec![("a", unknown()), ("c", unknown())],
            Some((
                "cannot be told: a, c (late)",
                "mosaic fleet status --home /h",
            )),
        ),
        (
            vec![("c", Sight::Gone { moves: false })],
            Some((
                "no session of it lives: c",
                "mosaic fleet restart c --roster /r --home /h",
            )),
        ),
    ] {
        let found = found(seen(&sights));
        assert_eq!(
            found.len(),
            usize::from(expected.is_some()),
            "{sights:?}: {found:?}"
        );
        for ((weight, message, remedy), (part, as_expected)) in found.iter().zip(expected) {
            assert_eq!(
                (*weight, remedy.as_str()),
                (Problem, as_expected),
                "{sights:?}"
            );
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn agents_without_units_are_a_problem() {
    let alive = Err(Unseen::NotInstalled {
        alive: vec!["a".to_owned(), "b".to_owned()],
        can_be: true,
    });
    let needs = Needs {
        at: " --home /h".to_owned(),
        ..Needs::default()
    };
    let checked = judge(&alive, &needs);
    assert_eq!(
        checked.summary,
        "2 agents live, their units are not installed"
    );
    assert_eq!(checked.findings[0].remedy, "mosaic fleet install --home /h");
}
