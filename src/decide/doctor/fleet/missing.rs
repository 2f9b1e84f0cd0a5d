//! What starts would be refused for: what is advised puts it in place first.

use std::collections::BTreeMap;

use crate::decide::doctor::fleet::FleetFacts;
use crate::model::fleet_units::Missing;

/// What no install has put in place.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllMissing {
    /// Of the start of the whole fleet.
    pub fleet: Option<Missing>,
    /// Of those of single agents.
    pub agents: BTreeMap<String, Missing>,
}

impl FleetFacts {
    /// The command that starts or restarts agents of a roster; without any, the whole fleet. What it would be refused for
    /// comes before it.
    pub(super) fn order(&self, verb: &str, agents: &[&str], roster: &str) -> String {
        let mut named = agents.iter();
        let missing = match agents {
            [] => self.missing.fleet.as_ref(),
            _ => named.find_map(|agent| self.missing.agents.get(*agent)),
        };
        let named: String = agents.iter().map(|agent| format!(" {agent}")).collect();
        Missing::before(missing, &format!("fleet {verb}{named}"), roster, &self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::fleet::Sight;
    use crate::decide::doctor::fleet::tests::{agent, failed, found, good, with};
    use crate::model::unit::UnitState;

    fn missing(can_be_installed: bool) -> Option<Missing> {
        let what = "it".to_owned();
        Some(Missing {
            what,
            can_be_installed,
            roster: String::new(),
        })
    }

    fn remedies(facts: FleetFacts) -> Vec<String> {
        let found = found(facts).into_iter();
        found.map(|(_, _, remedy)| remedy).collect()
    }

    #[test]
    fn what_is_not_installed_is_installed_before_a_start() {
        let broken = |can_be| FleetFacts {
            holder: failed(good().holder, 203),
            missing: AllMissing {
                fleet: missing(can_be),
                agents: BTreeMap::new(),
            },
            ..good()
        };
        let start = "mosaic fleet install --home /h && mosaic fleet start --home /h";
        assert_eq!(remedies(broken(true)), [start]);
        let update = format!("mosaic update --home /h; {start}");
        assert_eq!(remedies(broken(false)), [update]);
    }

    #[test]
    fn what_an_agent_lacks_is_installed_by_its_own_roster() {
        let lacking = missing(true).map(|missing| ("c".to_owned(), missing));
        let up = || agent("c", "active", "enabled");
        let gone = Sight::Gone { moves: false };
        for (unit, sight, verb) in [
            (failed(up(), 1), None, "start"),
            (up(), Some(gone), "restart"),
            (up(), Some(Sight::LeftOut), "start"),
        ] {
            let facts = FleetFacts {
                missing: AllMissing {
                    fleet: None,
                    agents: lacking.clone().into_iter().collect(),
                },
                agents_seen: sight
                    .map(|sight| ("c".to_owned(), sight))
                    .into_iter()
                    .collect(),
                ..with(&[unit])
            };
            let at = "--roster /r --home /h";
            let remedy = format!("mosaic fleet install {at} && mosaic fleet {verb} c {at}");
            assert_eq!(remedies(facts), [remedy]);
        }
    }

    #[test]
    fn a_holder_that_is_started_again_and_again_has_failed() {
        let holder = UnitState {
            active: "activating".to_owned(),
            sub: "auto-restart".to_owned(),
            result: "exit-code".to_owned(),
            exec_main_status: 127,
            ..good().holder
        };
        let facts = FleetFacts { holder, ..good() };
        let found = found(facts);
        let (_, message, remedy) = &found[0];
        let part = "holder.service (exit-code, status 127; systemd tries again and again)";
        assert!(message.contains(part), "{message}");
        assert_eq!(remedy, "mosaic fleet start --home /h");
        assert_eq!(found.len(), 1);
    }
}
