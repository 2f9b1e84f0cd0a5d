//! Reads `case.toml` and `matrix.toml`; a fault tells the line and the column.

pub(crate) mod rule;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Spanned, Value};

use crate::decide::matrix::case::{Case, CaseRule, CaseSheet, Folder, PerStart};
use crate::decide::matrix::read::rule::{RawRule, RuleSets, deed, texts};
use crate::decide::matrix::start::{Start, Starts};
use crate::decide::text::nearest::meant_key;
use crate::model::place::TextFault;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    title: String,
    starts: Option<Spanned<Value>>,
    #[serde(default)]
    arguments: Vec<String>,
    exit: Option<Spanned<Value>>,
    #[serde(default)]
    migrations: BTreeMap<String, Spanned<Value>>,
    messages: Option<Spanned<Value>>,
    advisories: Option<Spanned<Value>>,
    #[serde(default)]
    state: Vec<Spanned<RawRule>>,
    #[serde(default)]
    expect: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMatrix {
    #[serde(default)]
    rules: BTreeMap<String, Vec<Spanned<RawRule>>>,
}

/// The outcomes that a migration may have.
const OUTCOMES: [&str; 4] = ["applied", "not-applicable", "already-done", "refused"];

/// Reads the rules that cases share.
pub(crate) fn rule_sets(sheet: &Arc<CaseSheet>, known: &[Start]) -> Result<RuleSets, TextFault> {
    let raw: RawMatrix = parse(sheet)?;
    let mut sets = RuleSets::new();
    for (name, rules) in raw.rules {
        let rules = rules
            .into_iter()
            .map(|raw| rule(raw, sheet, known, &RuleSets::new()));
        sets.insert(name, rules.collect::<Result<_, _>>()?);
    }
    Ok(sets)
}

/// Reads a case; what lies in its folder is given.
pub(crate) fn case(
    name: &str,
    sheet: &Arc<CaseSheet>,
    folder: Folder,
    known: &[Start],
    sets: &RuleSets,
) -> Result<Case, TextFault> {
    let raw: RawCase = parse(sheet)?;
    let starts = match &raw.starts {
        None => known.to_vec(),
        Some(value) => {
            let starts = starts(value.get_ref(), known)
                .map_err(|problem| sheet.fault(value.span(), problem))?;
            known
                .iter()
                .filter(|start| starts.has(start))
                .cloned()
                .collect()
        }
    };
    let per = |value: &Spanned<Value>| CaseReader {
        sheet,
        known,
        span: value.span(),
    };
    let texts = |value: Option<Spanned<Value>>| match value {
        None => Ok(PerStart::By(Vec::new())),
        Some(value) => per(&value).per_start(value.get_ref(), texts),
    };
    let rules = |raw: Vec<Spanned<RawRule>>| -> Result<Vec<CaseRule>, TextFault> {
        raw.into_iter()
            .map(|raw| rule(raw, sheet, known, sets))
            .collect()
    };
    let exit = raw
        .exit
        .map(|value| per(&value).per_start(value.get_ref(), exit))
        .transpose()?;
    let migrations = raw.migrations.into_iter().map(|(id, value)| {
        per(&value)
            .per_start(value.get_ref(), outcome)
            .map(|outcome| (id, outcome))
    });
    Ok(Case {
        name: name.to_owned(),
        title: raw.title,
        starts,
        arguments: raw.arguments,
        exit: exit.unwrap_or(PerStart::Same(0)),
        migrations: migrations.collect::<Result<_, _>>()?,
        messages: texts(raw.messages)?,
        advisories: texts(raw.advisories)?,
        state: rules(raw.state)?,
        expect: rules(raw.expect)?,
        folder,
        sheet: Arc::clone(sheet),
    })
}

fn parse<T: DeserializeOwned>(sheet: &CaseSheet) -> Result<T, TextFault> {
    toml::from_str(&sheet.text).map_err(|error| {
        let mut fault = sheet.fault(error.span().unwrap_or(0..0), error.message());
        fault.remedy = meant_key(error.message()).map(|meant| format!("did you mean `{meant}`?"));
        fault
    })
}

/// Reads values that may differ from start to start.
struct CaseReader<'a> {
    sheet: &'a CaseSheet,
    known: &'a [Start],
    span: Range<usize>,
}

impl CaseReader<'_> {
    fn per_start<T>(
        &self,
        value: &Value,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<PerStart<T>, TextFault> {
        let fault = |problem: String| self.sheet.fault(self.span.clone(), problem);
        let Value::Table(table) = value else {
            return read(value).map(PerStart::Same).map_err(fault);
        };
        let mut values: Vec<(Starts, T)> = Vec::new();
        for (text, value) in table {
            let starts = Starts::parse(text, self.known).map_err(fault)?;
            let is_twice = |start: &&Start| {
                starts.has(start) && values.iter().any(|(other, _)| other.has(start))
            };
            if let Some(start) = self.known.iter().find(is_twice) {
                return Err(fault(format!("two values for the start {start}")));
            }
            values.push((starts, read(value).map_err(fault)?));
        }
        Ok(PerStart::By(values))
    }
}

fn exit(value: &Value) -> Result<u8, String> {
    let number = value
        .as_integer()
        .and_then(|number| u8::try_from(number).ok());
    number.ok_or_else(|| "an exit status is a number from 0 to 255".to_owned())
}

fn outcome(value: &Value) -> Result<String, String> {
    let text = value.as_str().unwrap_or_default();
    if OUTCOMES.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "the outcome of a migration is one of {}",
        OUTCOMES.join(", ")
    ))
}

fn starts(value: &Value, known: &[Start]) -> Result<Starts, String> {
    let parsed = texts(value)?
        .iter()
        .map(|text| Starts::parse(text, known))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Starts::joined(parsed))
}

fn rule(
    raw: Spanned<RawRule>,
    sheet: &Arc<CaseSheet>,
    known: &[Start],
    sets: &RuleSets,
) -> Result<CaseRule, TextFault> {
    let span = raw.span();
    let raw = raw.into_inner();
    let fault = |problem: String| sheet.fault(span.clone(), problem);
    let starts = raw
        .starts
        .as_ref()
        .map(|value| starts(value, known))
        .transpose()
        .map_err(fault)?;
    let deed = deed(&raw, sets).map_err(fault)?;
    Ok(CaseRule {
        starts,
        deed,
        sheet: Arc::clone(sheet),
        span,
    })
}
