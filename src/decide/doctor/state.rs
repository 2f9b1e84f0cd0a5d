//! Soundness of the folder `.mosaic`, and what interrupted runs left.

use crate::decide::doctor::{CheckResult, arguments, quoted, some};

/// Facts of the state.
#[derive(Debug, Clone, Default)]
pub(crate) struct StateFacts {
    /// The home's path.
    pub home: String,
    /// True where there is a directory at that path.
    pub is_there: bool,
    /// The current generation; 0 where nothing was committed.
    pub generation: u64,
    /// The release that is installed.
    pub release: Option<String>,
    /// The reason why it cannot be read, and what to do about it.
    pub damage: Option<(String, Option<String>)>,
    /// True while another run is at work.
    pub is_locked: bool,
    /// True where a committed transaction waits to be finished.
    pub recovery_pending: bool,
    /// True where something was prepared and never committed.
    pub prepared: bool,
    /// Folders of what was put aside.
    pub abandoned: Vec<String>,
    /// Paths, from the home, of what was staged beside its target and never used.
    pub beside: Vec<String>,
}

/// Judges it.
pub(crate) fn judge(facts: &StateFacts) -> CheckResult {
    let at = format!("--home {}", quoted(&facts.home));
    let mut checked = CheckResult::new(match &facts.release {
        Some(release) => format!("{release}, generation {}", facts.generation),
        None => "nothing is installed".to_owned(),
    });
    if let Some((problem, advice)) = &facts.damage {
        if facts.release.is_none() {
            "cannot be read".clone_into(&mut checked.summary);
        }
        checked.problem(
            problem,
            advice
                .clone()
                .unwrap_or_else(|| format!("mosaic status {at}")),
        );
    } else if !facts.is_there {
        checked.note("there is no home there", format!("mosaic install {at}"));
    } else if facts.release.is_none() && !facts.recovery_pending {
        checked.note("nothing is installed in it", format!("mosaic install {at}"));
    }
    if facts.is_locked {
        checked.note("another run is at work just now", "mosaic status");
        return checked;
    }
    if facts.recovery_pending {
        checked.problem(
            "an interrupted run waits to be finished",
            format!("mosaic recover {at}"),
        );
    }
    if facts.prepared {
        let message =
            "a run was interrupted before it changed anything; what it prepared is of no use";
        checked.note(message, format!("mosaic recover {at}"));
    }
    judge_leftovers(facts, &mut checked);
    checked
}

fn judge_leftovers(facts: &StateFacts, checked: &mut CheckResult) {
    if !facts.abandoned.is_empty() {
        let message = format!(
            "could not be used, and was put aside in .mosaic with what it had displaced: {}",
            some(&facts.abandoned)
        );
        let folders: Vec<_> = facts
            .abandoned
            .iter()
            .map(|name| format!(".mosaic/{name}"))
            .collect();
        checked.note(
            message,
            format!("rm -r {}", arguments(&facts.home, &folders)),
        );
    }
    if !facts.beside.is_empty() && !facts.recovery_pending && !facts.prepared {
        let message = format!(
            "left beside their targets by a run that is over: {}",
            some(&facts.beside)
        );
        checked.note(
            message,
            format!("rm {}", arguments(&facts.home, &facts.beside)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::Weight;

    fn good() -> StateFacts {
        let (home, release) = ("/h".to_owned(), Some("mosaic 1.0.0".to_owned()));
        StateFacts {
            home,
            is_there: true,
            generation: 3,
            release,
            ..StateFacts::default()
        }
    }

    fn with(change: impl FnOnce(&mut StateFacts)) -> StateFacts {
        let mut facts = good();
        change(&mut facts);
        facts
    }

    #[test]
    fn every_state_has_its_finding() {
        use Weight::{Note, Problem};
        let cases = [
            (
                with(|facts| {
                    facts.is_there = false;
                    facts.release = None;
                }),
                Note,
                "mosaic install --home /h",
            ),
            (
                with(|facts| {
                    facts.release = None;
                    facts.generation = 0;
                }),
                Note,
                "mosaic install --home /h",
            ),
            (
                with(|facts| facts.damage = Some(("it is cut".to_owned(), None))),
                Problem,
                "mosaic status --home /h",
            ),
            (
                with(|facts| facts.damage = Some(("x".to_owned(), Some("y".to_owned())))),
                Problem,
                "y",
            ),
            (
                with(|facts| {
                    facts.is_locked = true;
                    facts.recovery_pending = true;
                    facts.prepared = true;
                }),
                Note,
                "mosaic status",
            ),
            (
                with(|facts| facts.recovery_pending = true),
                Problem,
                "mosaic recover --home /h",
            ),
            (
                with(|facts| facts.prepared = true),
                Note,
                "mosaic recover --home /h",
            ),
            (
                with(|facts| facts.abandoned = vec!["abandoned-1".to_owned()]),
                Note,
                "rm -r /h/.mosaic/abandoned-1",
            ),
            (
                with(|facts| facts.beside = vec!["g/.mosaic-3-1".to_owned()]),
                Note,
                "rm /h/g/.mosaic-3-1",
            ),
        ];
        for (facts, weight, remedy) in cases {
            let findings = judge(&facts).findings;
            assert_eq!(findings.len(), 1, "{findings:?}");
            let found = (findings[0].weight, findings[0].remedy.as_str());
            assert_eq!(found, (weight, remedy));
        }
        let sound = CheckResult::new("mosaic 1.0.0, generation 3");
        assert_eq!(judge(&good()), sound);
    }
}
