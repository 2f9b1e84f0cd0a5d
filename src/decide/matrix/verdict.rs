//! The judgement of one case from one start.

use serde_json::Value;

use crate::decide::matrix::case::Case;
use crate::decide::matrix::start::Start;
use crate::decide::matrix::trees::deltas;
use crate::model::delta::Delta;
use crate::model::tree::Tree;

/// The subject of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// A dry run changes nothing at all.
    DryRun,
    /// A dry run foretells exactly what the real run does.
    Foretold,
    /// The exit status.
    Exit,
    /// The tree is what must come of it, byte for byte.
    Result,
    /// People read what they must.
    Messages,
    /// The advisories are given.
    Advisories,
    /// The migrations end as they must.
    Migrations,
    /// A second run does nothing.
    SecondRun,
    /// A rollback brings the start back.
    Rollback,
    /// A kill leaves the home of before or the new one, and the next run ends at the result.
    Kill,
}

/// A discrepancy: something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// The check that found it.
    pub check: Check,
    /// The problem, in a sentence.
    pub problem: String,
    /// Differences; before is what must be, after what was found.
    pub deltas: Vec<Delta>,
}

impl Discrepancy {
    /// Something without a diff.
    pub fn new(check: Check, problem: impl Into<String>) -> Self {
        Self {
            check,
            problem: problem.into(),
            deltas: Vec::new(),
        }
    }

    /// A tree that is not what it must be; `None` if it is.
    pub fn on_tree(
        check: Check,
        problem: impl Into<String>,
        expected: &Tree,
        found: &Tree,
    ) -> Option<Self> {
        let deltas = if expected == found {
            return None;
        } else {
            deltas(expected, found)
        };
        Some(Self {
            check,
            problem: problem.into(),
            deltas,
        })
    }
}

/// The words and the end of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Exit status; `None` where a signal ended it.
    pub exit: Option<i32>,
    /// Document that it printed.
    pub document: Value,
    /// Words that people read.
    pub people: String,
}

/// Judges how a command ended, and what it said.
pub(crate) fn judge_words(case: &Case, start: &Start, heard: &Heard) -> Vec<Discrepancy> {
    let mut findings = Vec::new();
    let expected = i32::from(case.exit.get(start).copied().unwrap_or(0));
    if heard.exit != Some(expected) {
        let found = heard
            .exit
            .map_or("a signal".to_owned(), |exit| format!("exit status {exit}"));
        let problem = format!(
            "it ended with {found}, not {expected}: {}",
            last_line(&heard.people)
        );
        findings.push(Discrepancy::new(Check::Exit, problem));
    }
    for text in case.messages.get(start).into_iter().flatten() {
        if !heard.people.contains(text.as_str()) {
            findings.push(Discrepancy::new(
                Check::Messages,
                format!("people are not told {text:?}"),
            ));
        }
    }
    judge_advisories(case, start, heard, &mut findings);
    for (id, outcomes) in &case.migrations {
        let Some(expected) = outcomes.get(start) else {
            continue;
        };
        let found = outcome(&heard.document, id);
        if found != Some(expected) {
            let found = found.unwrap_or("not listed");
            findings.push(Discrepancy::new(
                Check::Migrations,
                format!("{id} is {found}, not {expected}"),
            ));
        }
    }
    findings
}

fn judge_advisories(case: &Case, start: &Start, heard: &Heard, findings: &mut Vec<Discrepancy>) {
    let given = advisories(&heard.document);
    let expected = case
        .advisories
        .get(start)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let path = |given: &str| {
        given
            .rsplit_once(':')
            .map_or(given.to_owned(), |(path, _)| path.to_owned())
    };
    for stray in given.iter().filter(|given| given.contains(':')) {
        if !expected
            .iter()
            .any(|advisory| advisory == stray || *advisory == path(stray))
        {
            let problem = format!("an advisory on {stray}, which the case does not list");
            findings.push(Discrepancy::new(Check::Advisories, problem));
        }
    }
    for advisory in expected {
        if !given
            .iter()
            .any(|given| given == advisory || path(given) == *advisory)
        {
            let given = if given.is_empty() {
                "none are given".to_owned()
            } else {
                format!("given are {}", given.join(", "))
            };
            findings.push(Discrepancy::new(
                Check::Advisories,
                format!("no advisory on {advisory}; {given}"),
            ));
        }
    }
}

fn last_line(text: &str) -> &str {
    text.trim_end()
        .lines()
        .next_back()
        .unwrap_or("it said nothing")
}

/// The advisories of a document, as cases name them.
fn advisories(document: &Value) -> Vec<String> {
    let lines = document["advisories"].as_array().into_iter().flatten();
    let name = |line: &Value| {
        let path = line["path"].as_str()?;
        Some(
            line["line"]
                .as_u64()
                .map_or(path.to_owned(), |number| format!("{path}:{number}")),
        )
    };
    lines.filter_map(name).collect()
}

fn outcome<'a>(document: &'a Value, id: &str) -> Option<&'a str> {
    let lines = document["migrations"].as_array()?;
    lines.iter().find(|line| line["id"] == id)?["outcome"].as_str()
}
