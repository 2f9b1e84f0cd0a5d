//! systemd's user manager: whether it can be reached, and whether it outlives a login.

use crate::decide::doctor::CheckResult;
use crate::model::answer::Answer;

/// Facts of the user manager.
#[derive(Debug, Clone)]
pub(crate) struct UserManagerFacts {
    /// Answer of `systemctl --user is-system-running`.
    pub manager: Answer,
    /// Answer of `loginctl show-user UID --property=Linger --value`.
    pub linger: Answer,
    /// `XDG_RUNTIME_DIR`, where it is set, and whether it is a directory of this user.
    pub runtime: Option<(String, bool)>,
    /// True where `/run/user/UID`, the usual place, is there.
    pub has_usual_runtime: bool,
    /// The effective user id.
    pub you: u32,
}

/// Words of a manager that can be spoken to (systemctl(1), is-system-running).
pub(crate) const REACHED: [&str; 6] = [
    "initializing",
    "starting",
    "running",
    "degraded",
    "maintenance",
    "stopping",
];
const WAITS: &str = "updates work, and the refresh of units waits until one can be reached";

/// Judges it. That there is none, as in a container, is no problem: nothing but the fleet needs it.
pub(crate) fn judge(facts: &UserManagerFacts) -> CheckResult {
    let said = facts.manager.text();
    let mut checked = CheckResult::new(match said {
        "" => "not reachable",
        said => said,
    });
    match &facts.manager {
        Answer::Absent => checked.note(
            format!("there is no systemd here: {WAITS}"),
            "command -v systemctl",
        ),
        Answer::Late { seconds } => {
            let message =
                format!("the user manager did not answer within {seconds} seconds: {WAITS}");
            checked.note(message, "systemctl --user is-system-running");
        }
        Answer::Said { .. } if REACHED.contains(&said) => judge_reached(facts, said, &mut checked),
        _ => judge_unreachable(facts, &mut checked),
    }
    checked
}

fn judge_reached(facts: &UserManagerFacts, said: &str, checked: &mut CheckResult) {
    if said == "degraded" {
        checked.note(
            "units of yours have failed, Mosaic's or others",
            "systemctl --user --failed",
        );
    } else if said != "running" {
        checked.note(
            format!("the user manager is {said}"),
            "systemctl --user is-system-running --wait",
        );
    }
    if let Some(message) = stray(facts) {
        let message = format!("{message}: Mosaic finds your user manager, systemctl does not");
        checked.note(
            message,
            format!("export XDG_RUNTIME_DIR=/run/user/{}", facts.you),
        );
    }
    match facts.linger.success() {
        Some("yes") => {}
        Some("no") => {
            let message = "you do not linger: a fleet ends with your last login and does not start with the machine";
            checked.note(message, format!("loginctl enable-linger {}", facts.you));
        }
        _ => {
            let message = "whether you linger cannot be told: a fleet may end with your last login";
            checked.note(
                message,
                format!("loginctl show-user {} --property=Linger", facts.you),
            );
        }
    }
}

fn judge_unreachable(facts: &UserManagerFacts, checked: &mut CheckResult) {
    let UserManagerFacts {
        you,
        has_usual_runtime,
        ..
    } = facts;
    let make = format!("sudo loginctl enable-linger {you}");
    let (message, remedy) = match (stray(facts), has_usual_runtime) {
        (Some(message), true) => (message, format!("export XDG_RUNTIME_DIR=/run/user/{you}")),
        (Some(message), false) if facts.runtime.is_some() => (message, make),
        (Some(_), false) => (
            "you have no user manager, as in a container".to_owned(),
            make,
        ),
        (None, _) => (
            "no user manager answers".to_owned(),
            format!("sudo systemctl start user@{you}.service"),
        ),
    };
    checked.note(format!("{message}: {WAITS}"), remedy);
}

/// The reason why `systemctl --user` finds no manager, if the environment is to blame.
fn stray(facts: &UserManagerFacts) -> Option<String> {
    match &facts.runtime {
        None => Some("XDG_RUNTIME_DIR is not set, as over ssh or in cron".to_owned()),
        Some((directory, false)) => Some(format!(
            "XDG_RUNTIME_DIR is {directory}, which is not a directory of yours"
        )),
        Some((_, true)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::Weight;

    fn said(status: i32, text: &str) -> Answer {
        Answer::Said {
            status: Some(status),
            text: format!("{text}\n"),
            error: String::new(),
        }
    }

    fn good() -> UserManagerFacts {
        let runtime = Some(("/run/user/7".to_owned(), true));
        let (manager, linger) = (said(0, "running"), said(0, "yes"));
        UserManagerFacts {
            manager,
            linger,
            runtime,
            has_usual_runtime: true,
            you: 7,
        }
    }

    fn with(change: impl FnOnce(&mut UserManagerFacts)) -> UserManagerFacts {
        let mut facts = good();
        change(&mut facts);
        facts
    }

    #[test]
    fn whatever_is_missing_is_a_note_with_what_to_type() {
        let elsewhere = || Some(("/elsewhere".to_owned(), false));
        let cases = [
            (
                with(|facts| facts.manager = Answer::Absent),
                "command -v systemctl",
            ),
            (
                with(|facts| facts.manager = Answer::Late { seconds: 5 }),
                "systemctl --user is-system-running",
            ),
            (
                with(|facts| facts.manager = said(1, "degraded")),
                "systemctl --user --failed",
            ),
            (
                with(|facts| facts.manager = said(1, "starting")),
                "systemctl --user is-system-running --wait",
            ),
            (
                with(|facts| facts.linger = said(0, "no")),
                "loginctl enable-linger 7",
            ),
            (
                with(|facts| facts.runtime = None),
                "export XDG_RUNTIME_DIR=/run/user/7",
            ),
            (
                with(|facts| facts.runtime = elsewhere()),
                "export XDG_RUNTIME_DIR=/run/user/7",
            ),
            (
                with(|facts| facts.linger = Answer::Absent),
                "loginctl show-user 7 --property=Linger",
            ),
        ];
        assert_notes(cases);
        assert_eq!(judge(&good()), CheckResult::new("running"));
    }

    #[test]
    fn a_manager_that_cannot_be_reached_is_a_note_with_what_to_type() {
        let unreachable = || with(|facts| facts.manager = said(1, ""));
        let elsewhere = || Some(("/elsewhere".to_owned(), false));
        let cases = [
            (unreachable(), "sudo systemctl start user@7.service"),
            (
                with(|facts| facts.manager = said(1, "offline")),
                "sudo systemctl start user@7.service",
            ),
            (
                UserManagerFacts {
                    runtime: None,
                    ..unreachable()
                },
                "export XDG_RUNTIME_DIR=/run/user/7",
            ),
            (
                UserManagerFacts {
                    runtime: elsewhere(),
                    ..unreachable()
                },
                "export XDG_RUNTIME_DIR=/run/user/7",
            ),
            (
                UserManagerFacts {
                    runtime: None,
                    has_usual_runtime: false,
                    ..unreachable()
                },
                "sudo loginctl enable-linger 7",
            ),
            (
                UserManagerFacts {
                    runtime: elsewhere(),
                    has_usual_runtime: false,
                    ..unreachable()
                },
                "sudo loginctl enable-linger 7",
            ),
        ];
        assert_notes(cases);
    }

    fn assert_notes<const N: usize>(cases: [(UserManagerFacts, &str); N]) {
        for (facts, remedy) in cases {
            let findings = judge(&facts).findings;
            assert_eq!(findings.len(), 1, "{findings:?}");
            let found = (findings[0].weight, findings[0].remedy.as_str());
            assert_eq!(found, (Weight::Note, remedy));
        }
    }
}
