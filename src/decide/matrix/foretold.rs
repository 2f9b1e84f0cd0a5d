//! The truth of a dry run: all that it told, compared with the run that follows it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::decide::matrix::expected::VERSION_FILE;
use crate::decide::matrix::trees::{differing, is_state};
use crate::decide::matrix::verdict::{Check, Discrepancy, Heard};
use crate::model::tree::{Node, Tree};

/// Fields that only a run knows that did something, and the time.
const OF_THE_RUN: [&str; 6] = [
    "at",
    "dry_run",
    "committed",
    "generation",
    "recovered_generation",
    "pending",
];

/// Compares what a dry run said with what the real one did and said.
pub(crate) fn judge(dry: &Heard, real: &Heard) -> Vec<Discrepancy> {
    let mut findings = Vec::new();
    // What waits for a person makes a dry run no failure.
    let expected = if real.exit == Some(3) {
        Some(0)
    } else {
        real.exit
    };
    if dry.exit != expected {
        let told = |exit: Option<i32>| exit.map_or("a signal".to_owned(), |exit| exit.to_string());
        let problem = format!(
            "the dry run ended with {}, not {}",
            told(dry.exit),
            told(expected)
        );
        findings.push(Discrepancy::new(Check::Foretold, problem));
    }
    let empty = serde_json::Map::new();
    let [foretold, done] = [dry, real].map(|heard| heard.document.as_object().unwrap_or(&empty));
    let keys: BTreeSet<_> = foretold.keys().chain(done.keys()).collect();
    for key in keys
        .into_iter()
        .filter(|key| !OF_THE_RUN.contains(&key.as_str()))
    {
        let [foretold, done] =
            [foretold, done].map(|document| document.get(key).unwrap_or(&Value::Null));
        // Whether there is a user manager to hear of it, is seen when it is told.
        let [foretold, done] = match key.as_str() {
            "units" => [&foretold["refreshed"], &done["refreshed"]],
            _ => [foretold, done],
        };
        if foretold != done {
            let problem = format!(
                "the dry run tells other {key}: {}",
                difference(foretold, done)
            );
            findings.push(Discrepancy::new(Check::Foretold, problem));
        }
    }
    findings
}

fn difference(foretold: &Value, done: &Value) -> String {
    let (Some(foretold), Some(done)) = (foretold.as_array(), done.as_array()) else {
        return format!("{foretold}, not {done}");
    };
    let only = |these: &[Value], those: &[Value]| {
        let only: Vec<_> = these
            .iter()
            .filter(|value| !those.contains(value))
            .map(ToString::to_string)
            .collect();
        only.join(", ")
    };
    format!(
        "foretold only [{}], done only [{}]",
        only(foretold, done),
        only(done, foretold)
    )
}

/// Every path of the home that changed must be named by an action or by a migration's edit.
pub(crate) fn accounted_for(real: &Heard, before: &Tree, after: &Tree) -> Option<Discrepancy> {
    let lines = |field: &str| real.document[field].as_array().cloned().unwrap_or_default();
    let actions = lines("actions")
        .into_iter()
        .map(|line| line["path"].clone());
    let edits = lines("migrations")
        .into_iter()
        .flat_map(|line| line["edits"].as_array().cloned().unwrap_or_default());
    let named: BTreeSet<String> = actions
        .chain(edits)
        .filter_map(|path| path.as_str().map(ToOwned::to_owned))
        .collect();
    let is_directory = |node: Option<&Node>| matches!(node, None | Some(Node::Directory { .. }));
    let unnamed = differing(before, after).into_iter().filter_map(|path| {
        let below = path.as_str().strip_prefix("home/")?;
        let is_file = !is_directory(before.get(path)) || !is_directory(after.get(path));
        (is_file && !is_state(path) && below != VERSION_FILE && !named.contains(below))
            .then_some(below)
    });
    let unnamed: Vec<_> = unnamed.collect();
    let problem = || {
        format!(
            "changed, but named by no action and no migration: {}",
            unnamed.join(", ")
        )
    };
    (!unnamed.is_empty()).then(|| Discrepancy::new(Check::Foretold, problem()))
}
