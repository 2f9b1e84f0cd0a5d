//! Reads `case.toml` and `matrix.toml`; a fault tells the line and the column.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Spanned, Value};

use crate::decide::matrix::case::{Case, CaseRule, CaseSheet, Deed, Folder, PerStart, Times};
use crate::decide::matrix::start::{Start, Starts};
use crate::decide::text::nearest::nearest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
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

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    starts: Option<Value>,
    files: Option<Value>,
    from: Option<String>,
    to: Option<String>,
    count: Option<Value>,
    append: Option<String>,
    prepend: Option<String>,
    mode: Option<String>,
    new: Option<String>,
    content: Option<String>,
    each: Option<String>,
    times: Option<usize>,
    remove: Option<Value>,
    gone: Option<Value>,
    copy: Option<String>,
    #[serde(rename = "move")]
    moves: Option<String>,
    link: Option<String>,
    keep: Option<Value>,
    #[serde(rename = "use")]
    uses: Option<String>,
}

/// The rules that cases share, by name.
pub type RuleSets = BTreeMap<String, Vec<CaseRule>>;

/// The outcomes that a migration may have.
const OUTCOMES: [&str; 4] = ["applied", "not-applicable", "already-done", "refused"];
/// What a path in a rule begins with.
const ROOTS: [&str; 3] = ["home", "units", "user"];

/// Reads the rules that cases share.
pub fn rule_sets(sheet: &Arc<CaseSheet>, known: &[Start]) -> Result<RuleSets, TextFault> {
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
pub fn case(
    name: &str,
    sheet: Arc<CaseSheet>,
    folder: Folder,
    known: &[Start],
    sets: &RuleSets,
) -> Result<Case, TextFault> {
    let raw: RawCase = parse(&sheet)?;
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
        sheet: &sheet,
        known,
        span: value.span(),
    };
    let texts = |value: Option<Spanned<Value>>| match value {
        None => Ok(PerStart::By(Vec::new())),
        Some(value) => per(&value).per_start(value.get_ref(), texts),
    };
    let rules = |raw: Vec<Spanned<RawRule>>| -> Result<Vec<CaseRule>, TextFault> {
        raw.into_iter()
            .map(|raw| rule(raw, &sheet, known, sets))
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
        sheet: Arc::clone(&sheet),
    })
}

fn parse<T: DeserializeOwned>(sheet: &CaseSheet) -> Result<T, TextFault> {
    toml::from_str(&sheet.text).map_err(|error| {
        let mut fault = sheet.fault(error.span().unwrap_or(0..0), error.message());
        fault.remedy = meant(error.message()).map(|meant| format!("did you mean `{meant}`?"));
        fault
    })
}

/// The key that somebody meant who wrote an unknown one, as far as the message about it tells.
fn meant(message: &str) -> Option<&str> {
    let mut quoted = message
        .strip_prefix("unknown field ")?
        .split('`')
        .skip(1)
        .step_by(2);
    nearest(quoted.next()?, quoted)
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
    match OUTCOMES.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "the outcome of a migration is one of {}",
            OUTCOMES.join(", ")
        )),
    }
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    let problem = || "it must be a text or a list of texts".to_owned();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned).ok_or_else(problem);
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
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

fn deed(raw: &RawRule, sets: &RuleSets) -> Result<Deed, String> {
    let deed = one_deed(raw, sets)?;
    match unused(raw, &deed) {
        None => Ok(deed),
        Some(key) => Err(format!("`{key}` does not go with the rest of this rule")),
    }
}

fn one_deed(raw: &RawRule, sets: &RuleSets) -> Result<Deed, String> {
    let to = || raw.to.clone().ok_or_else(|| "`to` is missing".to_owned());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(match raw {
        RawRule {
            files: Some(files),
            from: Some(from),
            ..
        } if !from.is_empty() => Deed::Substitute {
            files: globs(files)?,
            from: from.clone(),
            to: to()?,
            times: times(raw)?,
        },
        RawRule {
            files: Some(files),
            mode: Some(bits),
            ..
        } => Deed::SetMode {
            files: globs(files)?,
            mode: mode(bits)?,
        },
        RawRule {
            files: Some(files), ..
        } if raw.append.is_some() || raw.prepend.is_some() => Deed::Extend {
            files: globs(files)?,
            prepend: text(&raw.prepend),
            append: text(&raw.append),
        },
        RawRule { files: Some(_), .. } => {
            return Err(
                "say what becomes of the files: `from` and `to`, `append`, `prepend` or `mode`"
                    .to_owned(),
            );
        }
        RawRule { new: Some(new), .. } => {
            path(&new.replace("{n}", "0"))?;
            let mode = raw.mode.as_deref().map(mode).transpose()?;
            let (content, each) = (text(&raw.content), text(&raw.each));
            Deed::Make {
                path: new.clone(),
                content,
                each,
                number: raw.times,
                mode,
            }
        }
        RawRule {
            remove: Some(paths),
            ..
        }
        | RawRule {
            gone: Some(paths), ..
        } => Deed::Remove {
            paths: globs(paths)?,
        },
        RawRule {
            keep: Some(paths), ..
        } => Deed::Keep {
            paths: globs(paths)?,
        },
        RawRule {
            copy: Some(from), ..
        } => Deed::Copy {
            from: path(from)?,
            to: path(&to()?)?,
        },
        RawRule {
            moves: Some(from), ..
        } => Deed::Move {
            from: path(from)?,
            to: path(&to()?)?,
        },
        RawRule { link: Some(at), .. } => Deed::Link {
            path: path(at)?,
            target: to()?,
        },
        RawRule {
            uses: Some(name), ..
        } => Deed::Use {
            rules: set(name, sets)?,
        },
        _ => {
            return Err(
                "a rule says one of files, new, gone, remove, keep, copy, move, link, use"
                    .to_owned(),
            );
        }
    })
}

/// A key that is given and has no part in the deed.
fn unused(raw: &RawRule, deed: &Deed) -> Option<&'static str> {
    let own: &[&str] = match deed {
        Deed::Substitute { .. } => &["files", "from", "to", "count"],
        Deed::Extend { .. } => &["files", "append", "prepend"],
        Deed::SetMode { .. } => &["files", "mode"],
        Deed::Make { .. } => &["new", "content", "each", "times", "mode"],
        Deed::Remove { .. } if raw.remove.is_some() => &["remove"],
        Deed::Remove { .. } => &["gone"],
        Deed::Copy { .. } => &["copy", "to"],
        Deed::Move { .. } => &["move", "to"],
        Deed::Link { .. } => &["link", "to"],
        Deed::Keep { .. } => &["keep"],
        Deed::Use { .. } => &["use"],
    };
    let given = [
        ("files", raw.files.is_some()),
        ("from", raw.from.is_some()),
        ("to", raw.to.is_some()),
        ("count", raw.count.is_some()),
        ("append", raw.append.is_some()),
        ("prepend", raw.prepend.is_some()),
        ("mode", raw.mode.is_some()),
        ("new", raw.new.is_some()),
        ("content", raw.content.is_some()),
        ("each", raw.each.is_some()),
        ("times", raw.times.is_some()),
        ("remove", raw.remove.is_some()),
        ("gone", raw.gone.is_some()),
        ("keep", raw.keep.is_some()),
        ("copy", raw.copy.is_some()),
        ("move", raw.moves.is_some()),
        ("link", raw.link.is_some()),
        ("use", raw.uses.is_some()),
    ];
    given
        .into_iter()
        .find(|(key, is_given)| *is_given && !own.contains(key))
        .map(|(key, _)| key)
}

fn times(raw: &RawRule) -> Result<Times, String> {
    match &raw.count {
        None => Ok(Times::Exactly(1)),
        Some(Value::Integer(number)) if *number > 0 => Ok(Times::Exactly(*number as usize)),
        Some(Value::String(text)) if text == "all" => Ok(Times::All),
        Some(_) => Err("`count` is a number of times, or \"all\"".to_owned()),
    }
}

fn set(name: &str, sets: &RuleSets) -> Result<Vec<CaseRule>, String> {
    sets.get(name).cloned().ok_or_else(|| {
        let meant = nearest(name, sets.keys()).map(|meant| format!("; did you mean `{meant}`?"));
        format!(
            "matrix.toml has no rules `{name}`{}",
            meant.unwrap_or_default()
        )
    })
}

fn globs(value: &Value) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for text in texts(value)? {
        check_root(&text)?;
        let glob = GlobBuilder::new(&text).literal_separator(true).build();
        set.add(glob.map_err(|error| format!("`{text}`: {}", error.kind()))?);
    }
    set.build().map_err(|error| error.kind().to_string())
}

/// A path that begins with one of the roots.
pub fn path(text: &str) -> Result<RelPath, String> {
    check_root(text)?;
    RelPath::parse(text).map_err(|why| format!("`{text}` {why}"))
}

fn check_root(text: &str) -> Result<(), String> {
    let root = text.split('/').next().unwrap_or_default();
    match ROOTS.contains(&root) {
        true => Ok(()),
        false => Err(format!("`{text}` must begin with home/, units/ or user/")),
    }
}

fn mode(text: &str) -> Result<Mode, String> {
    let bits = u32::from_str_radix(text, 8)
        .ok()
        .filter(|bits| *bits <= 0o7777);
    bits.map(Mode::from_st_mode)
        .ok_or_else(|| format!("`{text}` is no mode such as \"0644\""))
}
