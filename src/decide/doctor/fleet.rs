//! The units of an installed fleet: whether they come back, are what their files say, and do what they are for.

use std::collections::BTreeMap;

use crate::decide::doctor::{CheckResult, quoted, server, some};
use crate::decide::fleet::units::{AGENT, OURS};
use crate::model::unit::UnitState;

/// What is known of it.
#[derive(Debug, Clone)]
pub struct FleetFacts {
    /// What commands need to be about this home: empty, or a flag with a blank before it.
    pub at: String,
    /// The unit that owns the tmux server.
    pub holder: UnitState,
    /// The agents that are loaded, enabled or declared.
    pub agents: Vec<UnitState>,
    /// Every declared agent, with what commands need to be about its roster; `None` where a roster cannot be read.
    pub declared: Option<BTreeMap<String, String>>,
    /// The tmux server; `None` where it cannot be told which one is meant.
    pub server: Option<server::ServerFacts>,
    /// What systemd has to say against unit files, ours and others.
    pub said: Vec<String>,
}

/// Why it was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// No unit of this home is where systemd reads units.
    NotInstalled,
    /// Nobody can be asked; the checks of the user manager say why.
    NoManager,
    /// The manager knows other units by the same names.
    ReadsElsewhere,
}

/// What becomes of a failed unit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy<'a> {
    /// It is started again, by the roster that this flag names.
    Start(&'a str),
    /// Nobody wants it.
    Forget,
    /// It cannot be told who wants it.
    Look,
}

/// Judges it.
pub fn judge(looked: &Result<FleetFacts, Unseen>) -> CheckResult {
    let facts = match looked {
        Ok(facts) => facts,
        Err(Unseen::NotInstalled) => return CheckResult::new("not installed"),
        Err(Unseen::NoManager) => return CheckResult::new("no user manager to ask"),
        Err(Unseen::ReadsElsewhere) => {
            return CheckResult::new("installed where the user manager reads no units");
        }
    };
    let up = facts.agents.iter().filter(|agent| agent.is_up()).count();
    let (holder, all) = (&facts.holder.active, facts.agents.len());
    let mut checked = CheckResult::new(format!("holder {holder}, {up} of {all} agents active"));
    let is_kept_out = match &facts.server {
        Some(server) => server::judge(server, &facts.holder, &facts.at, &mut checked),
        None => {
            server::judge_age(&facts.holder, &facts.at, &mut checked);
            false
        }
    };
    judge_failed(facts, is_kept_out, &mut checked);
    judge_verified(&facts.said, &mut checked);
    judge_reload(facts, &mut checked);
    judge_gaps(facts, &mut checked);
    judge_undeclared(facts, &mut checked);
    checked
}

impl FleetFacts {
    fn units(&self) -> impl Iterator<Item = &UnitState> {
        [&self.holder].into_iter().chain(&self.agents)
    }

    /// Whether all rosters are known, and none has it.
    fn is_undeclared(&self, unit: &UnitState) -> bool {
        let instance = unit.name.instance();
        self.declared
            .as_ref()
            .zip(instance)
            .is_some_and(|(declared, agent)| !declared.contains_key(agent))
    }

    fn remedy(&self, unit: &UnitState) -> Remedy<'_> {
        let Some(declared) = &self.declared else {
            return Remedy::Look;
        };
        match unit.name.instance().map(|agent| declared.get(agent)) {
            None => Remedy::Start(""),
            Some(Some(roster)) => Remedy::Start(roster),
            Some(None) => Remedy::Forget,
        }
    }
}

/// A holder that somebody else's server keeps out has been told of.
fn judge_failed(facts: &FleetFacts, is_kept_out: bool, checked: &mut CheckResult) {
    let mut failed: BTreeMap<Remedy, Vec<&UnitState>> = BTreeMap::new();
    for unit in facts.units().filter(|unit| unit.is_failed()) {
        if unit.name != facts.holder.name || !is_kept_out {
            failed.entry(facts.remedy(unit)).or_default().push(unit);
        }
    }
    for (remedy, units) in failed {
        let told = units.iter().map(|unit| match unit.exec_main_status {
            0 => format!("{} ({})", unit.name, unit.result),
            status => format!("{} ({}, status {status})", unit.name, unit.result),
        });
        let remedy = match remedy {
            Remedy::Start(roster) => {
                format!("mosaic fleet start{}{roster}{}", agents(&units), facts.at)
            }
            Remedy::Forget => format!("systemctl --user reset-failed {}", names(&units)),
            Remedy::Look => format!("systemctl --user status {}", names(&units)),
        };
        checked.problem(
            format!("failed: {}", some(&told.collect::<Vec<_>>())),
            remedy,
        );
    }
}

/// Agents as arguments; none of them where the holder is among them, and with it the whole fleet is down.
fn agents(units: &[&UnitState]) -> String {
    let named: Option<Vec<_>> = units.iter().map(|unit| unit.name.instance()).collect();
    named
        .unwrap_or_default()
        .into_iter()
        .map(|agent| format!(" {agent}"))
        .collect()
}

fn judge_verified(said: &[String], checked: &mut CheckResult) {
    for unit in OURS {
        let mut lines: Vec<_> = said
            .iter()
            .filter(|line| subject(line) == Some(unit))
            .cloned()
            .collect();
        lines.dedup();
        if !lines.is_empty() {
            let message = format!("systemd says of {unit}: {}", some(&lines));
            checked.problem(message, format!("systemctl --user edit --full {unit}"));
        }
    }
}

/// Which of our unit files a line is about: `PATH:LINE: WORDS`, with drop-ins, or `UNIT: WORDS`.
fn subject(line: &str) -> Option<&'static str> {
    let (what, _) = line.split_once(": ")?;
    let path = what
        .rsplit_once(':')
        .filter(|(_, line)| line.parse::<u32>().is_ok());
    let mut parts = path.map_or(what, |(path, _)| path).split('/');
    parts.find_map(|part| {
        let unit = part.strip_suffix(".d").unwrap_or(part);
        let is_agent = unit.starts_with(AGENT) && unit.ends_with(".service");
        OURS.into_iter()
            .find(|ours| *ours == unit || (is_agent && ours.starts_with(AGENT)))
    })
}

fn judge_reload(facts: &FleetFacts, checked: &mut CheckResult) {
    let changed: Vec<_> = facts
        .units()
        .filter(|unit| unit.need_daemon_reload)
        .collect();
    if !changed.is_empty() {
        let message = format!(
            "changed since systemd read it, and not in effect: {}",
            few(&changed)
        );
        checked.problem(message, "systemctl --user daemon-reload");
    }
}

fn judge_gaps(facts: &FleetFacts, checked: &mut CheckResult) {
    let gaps = facts
        .units()
        .filter(|unit| unit.is_boot_gap() && !facts.is_undeclared(unit));
    let gaps: Vec<_> = gaps.collect();
    if !gaps.is_empty() {
        let message = format!(
            "active, and would not come back after a reboot: {}",
            few(&gaps)
        );
        checked.problem(message, format!("systemctl --user enable {}", names(&gaps)));
    }
}

fn judge_undeclared(facts: &FleetFacts, checked: &mut CheckResult) {
    let is_wanted = |unit: &&UnitState| {
        let state = unit.unit_file_state.as_str();
        state.starts_with("enabled") || (unit.is_up() && !state.starts_with("masked"))
    };
    let all = facts
        .agents
        .iter()
        .filter(is_wanted)
        .filter(|unit| facts.is_undeclared(unit));
    let all: Vec<_> = all.collect();
    if !all.is_empty() {
        let cost = if all.iter().any(|unit| unit.is_up()) {
            "; mending it ends their sessions"
        } else {
            ""
        };
        let message = format!("no roster of this home declares {}{cost}", few(&all));
        checked.note(
            message,
            format!("systemctl --user disable --now {}", names(&all)),
        );
    }
}

fn few(units: &[&UnitState]) -> String {
    some(
        &units
            .iter()
            .map(|unit| unit.name.to_string())
            .collect::<Vec<_>>(),
    )
}

fn names(units: &[&UnitState]) -> String {
    units
        .iter()
        .map(|unit| quoted(unit.name.as_str()))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::decide::doctor::Weight::{self, Note, Problem};
    use crate::model::unit::UnitName;

    /// A unit of which all else is well.
    pub fn unit(name: &str, active: &str, unit_file_state: &str) -> UnitState {
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
            control_group: None,
            has_job: false,
        }
    }

    fn agent(name: &str, active: &str, unit_file_state: &str) -> UnitState {
        unit(
            &format!("mosaic-agent@{name}.service"),
            active,
            unit_file_state,
        )
    }

    fn good() -> FleetFacts {
        let declared = [("a", ""), ("b", ""), ("c", " --roster /r")];
        FleetFacts {
            at: " --home /h".to_owned(),
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
        }
    }

    fn with(more: &[UnitState]) -> FleetFacts {
        FleetFacts {
            agents: [good().agents, more.to_vec()].concat(),
            ..good()
        }
    }

    fn failed(unit: UnitState, status: i32) -> UnitState {
        let (active, result) = ("failed".to_owned(), "exit-code".to_owned());
        UnitState {
            active,
            result,
            exec_main_status: status,
            ..unit
        }
    }

    fn found(facts: FleetFacts) -> Vec<(Weight, String, String)> {
        let findings = judge(&Ok(facts)).findings;
        findings
            .into_iter()
            .map(|finding| (finding.weight, finding.message, finding.remedy))
            .collect()
    }

    #[test]
    fn a_sound_fleet_is_nothing_to_speak_of() {
        assert_eq!(
            judge(&Ok(good())),
            CheckResult::new("holder active, 1 of 2 agents active")
        );
        for (unseen, summary) in [
            (Unseen::NotInstalled, "not installed"),
            (Unseen::NoManager, "no user manager to ask"),
            (
                Unseen::ReadsElsewhere,
                "installed where the user manager reads no units",
            ),
        ] {
            assert_eq!(judge(&Err(unseen)), CheckResult::new(summary));
        }
    }

    #[test]
    fn every_state_of_a_unit_has_its_finding() {
        let unread = |facts: FleetFacts| FleetFacts {
            declared: None,
            ..facts
        };
        let changed = UnitState {
            need_daemon_reload: true,
            ..good().holder
        };
        let holder = |holder: UnitState| FleetFacts { holder, ..good() };
        let gap = "systemctl --user enable";
        let cases = [
            (with(&[agent("c", "inactive", "disabled")]), None),
            (with(&[agent("c", "active", "masked")]), None),
            (with(&[agent("c", "active", "static")]), None),
            (with(&[agent("x", "inactive", "disabled")]), None),
            (with(&[agent("x", "active", "masked-runtime")]), None),
            (unread(with(&[agent("x", "inactive", "enabled")])), None),
            (
                with(&[agent("c", "active", "disabled")]),
                Some((Problem, format!("{gap} mosaic-agent@c.service"))),
            ),
            (
                with(&[agent("c", "activating", "enabled-runtime")]),
                Some((Problem, format!("{gap} mosaic-agent@c.service"))),
            ),
            (
                unread(with(&[agent("x", "active", "linked")])),
                Some((Problem, format!("{gap} mosaic-agent@x.service"))),
            ),
            (
                holder(unit(OURS[0], "active", "disabled")),
                Some((Problem, format!("{gap} mosaic-tmux-holder.service"))),
            ),
            (
                with(&[agent("x", "inactive", "enabled")]),
                Some((
                    Note,
                    "systemctl --user disable --now mosaic-agent@x.service".to_owned(),
                )),
            ),
            (
                with(&[agent("x", "active", "disabled")]),
                Some((
                    Note,
                    "systemctl --user disable --now mosaic-agent@x.service".to_owned(),
                )),
            ),
            (
                holder(changed),
                Some((Problem, "systemctl --user daemon-reload".to_owned())),
            ),
            (
                with(&[failed(agent("c", "", "enabled"), 3)]),
                Some((
                    Problem,
                    "mosaic fleet start c --roster /r --home /h".to_owned(),
                )),
            ),
            (
                with(&[failed(agent("x", "", "disabled"), 3)]),
                Some((
                    Problem,
                    "systemctl --user reset-failed mosaic-agent@x.service".to_owned(),
                )),
            ),
            (
                unread(with(&[failed(agent("c", "", "enabled"), 3)])),
                Some((
                    Problem,
                    "systemctl --user status mosaic-agent@c.service".to_owned(),
                )),
            ),
            (
                holder(failed(unit(OURS[0], "", "enabled"), 78)),
                Some((Problem, "mosaic fleet start --home /h".to_owned())),
            ),
        ];
        for (facts, expected) in cases {
            let told = format!("{:?}", facts.agents.last());
            let found = found(facts)
                .into_iter()
                .map(|(weight, _, remedy)| (weight, remedy));
            assert_eq!(
                found.collect::<Vec<_>>(),
                expected.into_iter().collect::<Vec<_>>(),
                "{told}"
            );
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
        let expected =
            "systemd says of mosaic-tmux-holder.service: mosaic-tmux-holder.service: bad";
        let remedy = "systemctl --user edit --full mosaic-tmux-holder.service";
        assert_eq!(
            found(facts),
            [(Problem, expected.to_owned(), remedy.to_owned())]
        );
    }
}
