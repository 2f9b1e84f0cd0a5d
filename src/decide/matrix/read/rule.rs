//! Reads one rule of a case: the deed, out of the keys that it is written with.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use toml::Value;

use crate::decide::matrix::case::{CaseRule, Deed, Times};
use crate::decide::text::nearest::nearest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;

/// Beginnings of the paths in rules.
const ROOTS: [&str; 3] = ["home", "units", "user"];

/// The rules that cases share, by name.
pub(crate) type RuleSets = BTreeMap<String, Vec<CaseRule>>;

/// A rule as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRule {
    /// The starts that it is for.
    pub starts: Option<Value>,
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

/// The deed of a rule; every key must have a part in it.
pub(crate) fn deed(raw: &RawRule, sets: &RuleSets) -> Result<Deed, String> {
    let deed = one_deed(raw, sets)?;
    match unused(raw, &deed) {
        None => Ok(deed),
        Some(key) => Err(format!("`{key}` does not go with the rest of this rule")),
    }
}

fn one_deed(raw: &RawRule, sets: &RuleSets) -> Result<Deed, String> {
    let to = || raw.to.clone().ok_or_else(|| "`to` is missing".to_owned());
    if let Some(files) = &raw.files {
        return deed_on_files(raw, globs(files)?);
    }
    if let Some(new) = &raw.new {
        path(&new.replace("{n}", "0"))?;
        return Ok(Deed::Make {
            path: new.clone(),
            content: raw.content.clone().unwrap_or_default(),
            each: raw.each.clone().unwrap_or_default(),
            number: raw.times,
            mode: raw.mode.as_deref().map(mode).transpose()?,
        });
    }
    if let Some(paths) = raw.remove.as_ref().or(raw.gone.as_ref()) {
        let paths = globs(paths)?;
        return Ok(Deed::Remove { paths });
    }
    if let Some(paths) = &raw.keep {
        let paths = globs(paths)?;
        return Ok(Deed::Keep { paths });
    }
    if let Some(from) = &raw.copy {
        let (from, to) = (path(from)?, path(&to()?)?);
        return Ok(Deed::Copy { from, to });
    }
    if let Some(from) = &raw.moves {
        let (from, to) = (path(from)?, path(&to()?)?);
        return Ok(Deed::Move { from, to });
    }
    if let Some(link) = &raw.link {
        return Ok(Deed::Link {
            path: path(link)?,
            target: to()?,
        });
    }
    match &raw.uses {
        Some(name) => set(name, sets).map(|rules| Deed::Use { rules }),
        None => Err(
            "a rule says one of files, new, gone, remove, keep, copy, move, link, use".to_owned(),
        ),
    }
}

fn deed_on_files(raw: &RawRule, files: GlobSet) -> Result<Deed, String> {
    if let Some(from) = raw.from.as_ref().filter(|from| !from.is_empty()) {
        return Ok(Deed::Substitute {
            files,
            from: from.clone(),
            to: raw.to.clone().ok_or("`to` is missing")?,
            times: times(raw)?,
        });
    }
    if let Some(bits) = &raw.mode {
        let mode = mode(bits)?;
        return Ok(Deed::SetMode { files, mode });
    }
    if raw.append.is_none() && raw.prepend.is_none() {
        return Err(
            "say what becomes of the files: `from` and `to`, `append`, `prepend` or `mode`"
                .to_owned(),
        );
    }
    Ok(Deed::Extend {
        files,
        prepend: raw.prepend.clone().unwrap_or_default(),
        append: raw.append.clone().unwrap_or_default(),
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
pub(crate) fn path(text: &str) -> Result<RelPath, String> {
    check_root(text)?;
    RelPath::parse(text).map_err(|why| format!("`{text}` {why}"))
}

fn check_root(text: &str) -> Result<(), String> {
    let root = text.split('/').next().unwrap_or_default();
    if ROOTS.contains(&root) {
        return Ok(());
    }
    Err(format!("`{text}` must begin with home/, units/ or user/"))
}

fn mode(text: &str) -> Result<Mode, String> {
    let bits = u32::from_str_radix(text, 8)
        .ok()
        .filter(|bits| *bits <= 0o7777);
    bits.map(Mode::from_st_mode)
        .ok_or_else(|| format!("`{text}` is no mode such as \"0644\""))
}

/// A text, or a list of texts.
pub(crate) fn texts(value: &Value) -> Result<Vec<String>, String> {
    let problem = || "it must be a text or a list of texts".to_owned();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned).ok_or_else(problem);
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}
