//! Reads `bundle.toml`.

use semver::Version;
use serde::Deserialize;
use toml::Spanned;

use crate::decide::text::nearest::meant_key;
use crate::model::bundle::{DeclaredGlob, MANIFEST, Manifest};
use crate::model::place::{TextFault, line_at};
use crate::model::record::Release;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: Spanned<String>,
    version: Spanned<String>,
    #[serde(default)]
    preserve: Vec<Spanned<String>>,
    #[serde(default)]
    seed: Vec<Spanned<String>>,
    #[serde(default)]
    units: Vec<Spanned<String>>,
}

/// Parses the text of a `bundle.toml`; a fault tells the line and the column.
pub(crate) fn parse(text: &str) -> Result<Manifest, TextFault> {
    let raw: Raw = toml::from_str(text).map_err(|error| TextFault {
        remedy: meant_key(error.message()).map(|meant| format!("did you mean `{meant}`?")),
        ..fault(text, error.span(), error.message())
    })?;
    let version = Version::parse(raw.version.get_ref()).map_err(|error| {
        fault(
            text,
            Some(raw.version.span()),
            &format!("not a semantic version: {error}"),
        )
    })?;
    if !is_name(raw.name.get_ref()) {
        let problem = "a bundle's name is 1 to 64 of a-z, 0-9 and `-`";
        return Err(fault(text, Some(raw.name.span()), problem));
    }
    let globs =
        |list: Vec<Spanned<String>>| list.into_iter().map(|glob| declared(text, glob)).collect();
    Ok(Manifest {
        release: Release {
            bundle: raw.name.into_inner(),
            version,
        },
        preserve: globs(raw.preserve),
        seed: globs(raw.seed),
        units: globs(raw.units),
        text: text.to_owned(),
    })
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

fn declared(text: &str, glob: Spanned<String>) -> DeclaredGlob {
    let span = glob.span();
    DeclaredGlob {
        line: line_at(text, span.start),
        glob: glob.into_inner(),
        span,
    }
}

fn fault(text: &str, span: Option<std::ops::Range<usize>>, problem: &str) -> TextFault {
    TextFault {
        file: MANIFEST.to_owned(),
        text: text.to_owned(),
        span: span.unwrap_or(0..0),
        problem: problem.to_owned(),
        remedy: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_line_of_every_glob() {
        let text = "name = \"mosaic\"\nversion = \"0.1.0\"\npreserve = [\n  \"fleet/*.yaml\",\n  \"memory\",\n]\n";
        let manifest = parse(text).unwrap();
        let lines: Vec<_> = manifest
            .preserve
            .iter()
            .map(|g| (g.glob.as_str(), g.line))
            .collect();
        assert_eq!(lines, [("fleet/*.yaml", 4), ("memory", 5)]);
    }

    #[test]
    fn says_where_it_is_wrong() {
        let cases = [
            (
                "name = \"mosaic\"\nversion = \"1\"\n",
                (2, 11),
                "not a semantic version",
            ),
            (
                "name = \"Mo saic\"\nversion = \"1.0.0\"\n",
                (1, 8),
                "a bundle's name",
            ),
            (
                "name = \"m\"\nversion = \"1.0.0\"\npreserved = []\n",
                (3, 1),
                "unknown field",
            ),
            ("name = \"m\nversion = \"1.0.0\"\n", (1, 10), "invalid"),
            ("version = \"1.0.0\"\n", (1, 1), "missing field `name`"),
        ];
        for (text, place, problem) in cases {
            let fault = parse(text).unwrap_err();
            assert!(
                fault.problem.contains(problem),
                "{text:?}: {}",
                fault.problem
            );
            assert_eq!(
                (fault.line(), fault.column()),
                place,
                "{text:?}: {}",
                fault.problem
            );
        }
    }
}
