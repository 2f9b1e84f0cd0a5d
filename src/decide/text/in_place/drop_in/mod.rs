//! The environment that a drop-in gives to a service, and edits of single variables in it.

use super::unit_file::{Setting, Word, settings, words};
use super::{EditRefusal, Splice, spliced};

#[cfg(test)]
mod tests;

/// The text with every `Environment=` of a service that sets `key` to `from` set to `to`; nothing where there is none.
///
/// What else names `from` is for [`super::mentions::in_unit`], to be asked of the edited text: no line moves.
///
/// # Errors
///
/// A variable that is written with escapes, and a value that would need them.
pub(crate) fn renamed(
    text: &str,
    key: &str,
    from: &str,
    to: &str,
) -> Result<Option<String>, EditRefusal> {
    let settings = settings(text);
    let mut splices = Vec::new();
    for word in settings
        .iter()
        .filter(|setting| is_environment(setting))
        .flat_map(Setting::words)
    {
        match word.text.as_deref().map(|text| text.split_once('=')) {
            Some(Some((name, value))) if name == key && value == from => {
                splices.push(renaming(text, &word, key, from, to)?);
            }
            None if text[word.span.clone()]
                .trim_start_matches(['"', '\''])
                .starts_with(&format!("{key}=")) =>
            {
                return Err(
                    EditRefusal::at(word.span, "this variable is written with escapes")
                        .remedy("change it by hand"),
                );
            }
            _ => {}
        }
    }
    let Some(first) = splices.first().map(|splice| splice.span.clone()) else {
        return Ok(None);
    };
    let edited = spliced(text, splices);
    let from = format!("{key}={from}");
    let to = format!("{key}={to}");
    let expected = said(
        &settings,
        |word| if word == from { to.clone() } else { word },
    );
    let is_so = said(&self::settings(&edited), |word| word) == expected
        && edited.lines().count() == text.lines().count();
    if is_so {
        Ok(Some(edited))
    } else {
        Err(EditRefusal::at(first, "this variable cannot change alone"))
    }
}

/// Text of a setting: section, key, and the words of an environment, or the value as it is written.
type SettingText<'a> = (&'a str, &'a str, Result<Vec<Option<String>>, String>);

fn said(settings: &[Setting], word: impl Fn(String) -> String) -> Vec<SettingText<'_>> {
    let value = |setting: &Setting| {
        if is_environment(setting) {
            Ok(setting
                .words()
                .into_iter()
                .map(|said| said.text.map(&word))
                .collect())
        } else {
            Err(setting.text())
        }
    };
    settings
        .iter()
        .map(|setting| (&*setting.section, &*setting.key, value(setting)))
        .collect()
}

fn renaming(
    text: &str,
    word: &Word,
    key: &str,
    from: &str,
    to: &str,
) -> Result<Splice, EditRefusal> {
    let raw = &text[word.span.clone()];
    let value = raw.find('=').map_or(raw.len(), |offset| offset + 1);
    let kept = format!("{}{}", &raw[..value], raw[value..].replacen(from, to, 1));
    let wanted = format!("{key}={to}");
    let is_simple = to
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-./:@+".contains(c));
    let chars: Vec<_> = kept.char_indices().collect();
    let is_kept = matches!(&words(&chars)[..], [word] if word.text.as_ref() == Some(&wanted));
    match (is_simple, is_kept) {
        (false, _) => Err(EditRefusal::at(
            word.span.clone(),
            format!("`{to}` would have to be quoted here"),
        )),
        (true, true) => Ok(Splice {
            span: word.span.clone(),
            by: kept,
        }),
        (true, false) => Ok(Splice {
            span: word.span.clone(),
            by: wanted,
        }),
    }
}

fn is_environment(setting: &Setting) -> bool {
    setting.section == "Service" && setting.key == "Environment"
}
