//! The place of a home: a good one or not, and the encoding of text there.

use crate::decide::doctor::{CheckResult, quoted};

/// Facts of the place.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlaceFacts {
    /// The home's path, links resolved as far as it exists.
    pub home: String,
    /// True where the path is UTF-8.
    pub is_utf8: bool,
    /// The user's own directory.
    pub user_home: Option<String>,
    /// `MOSAIC_HOME` as it is set.
    pub variable: Option<String>,
    /// Another home that this one is inside of.
    pub outer: Option<String>,
    /// The locale that `LC_ALL`, `LC_CTYPE` and `LANG` come to.
    pub locale: Option<String>,
}

/// Directories that are emptied when the machine starts, or by a timer.
const SHORT_LIVED: [&str; 4] = ["/tmp", "/var/tmp", "/dev/shm", "/run"];

/// Judges it.
pub(crate) fn judge(facts: &PlaceFacts) -> CheckResult {
    let home = facts.home.as_str();
    let mut checked = CheckResult::new(home);
    if !facts.is_utf8
        || home
            .chars()
            .any(|char| char.is_whitespace() || "%$\\'\"".contains(char))
    {
        let message =
            "its path has characters that systemd units and shells take for something else";
        checked.note(message, "mosaic install --home ~/.config/mosaic");
    }
    let is_below = |above: &&str| {
        home.strip_prefix(*above)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    if let Some(above) = SHORT_LIVED.iter().find(|above| is_below(above)) {
        let message = format!("{above} is emptied when the machine starts, or by a timer");
        checked.note(message, "mosaic install --home ~/.config/mosaic");
    }
    if home == "/" || facts.user_home.as_deref() == Some(home) {
        let message = "everything that you have is inside this home";
        checked.note(message, "mosaic install --home ~/.config/mosaic");
    }
    if let Some(outer) = &facts.outer {
        let message =
            format!("it lies inside another home, {outer}, which takes its files for yours");
        checked.problem(message, format!("mosaic uninstall --home {}", quoted(home)));
    }
    if facts
        .variable
        .as_ref()
        .is_some_and(|variable| !variable.starts_with('/'))
    {
        let message = "MOSAIC_HOME is a relative path: it means another home in every directory";
        checked.note(message, format!("export MOSAIC_HOME={}", quoted(home)));
    }
    judge_locale(facts, &mut checked);
    checked
}

fn judge_locale(facts: &PlaceFacts, checked: &mut CheckResult) {
    let locale = facts.locale.as_deref().unwrap_or("C");
    let folded = locale.to_lowercase().replace('-', "");
    if !folded.contains("utf8") {
        let message = format!(
            "the locale is {locale}, not UTF-8: tmux and some runtimes garble what is not English"
        );
        checked.note(message, "export LC_ALL=C.UTF-8");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::doctor::Weight;

    fn at(home: &str) -> PlaceFacts {
        let (home, locale) = (home.to_owned(), Some("en_GB.UTF-8".to_owned()));
        PlaceFacts {
            home,
            is_utf8: true,
            user_home: Some("/home/you".to_owned()),
            locale,
            ..PlaceFacts::default()
        }
    }

    fn said(facts: &PlaceFacts) -> String {
        judge(facts)
            .findings
            .into_iter()
            .map(|finding| finding.message + "\n")
            .collect()
    }

    #[test]
    fn a_good_place_is_nothing_to_speak_of() {
        assert_eq!(said(&at("/home/you/.config/mosaic")), "");
        assert_eq!(said(&at("/tmpfiles/mosaic")), "");
    }

    #[test]
    fn odd_places_are_named() {
        let cases = [
            (at("/home/you/my home"), "systemd units"),
            (
                PlaceFacts {
                    is_utf8: false,
                    ..at("/x")
                },
                "systemd units",
            ),
            (at("/tmp/mosaic"), "/tmp is emptied"),
            (at("/run/user/7/mosaic"), "/run is emptied"),
            (at("/home/you"), "everything that you have"),
            (
                PlaceFacts {
                    variable: Some("mosaic".to_owned()),
                    ..at("/x")
                },
                "relative path",
            ),
            (
                PlaceFacts {
                    locale: None,
                    ..at("/x")
                },
                "the locale is C",
            ),
            (
                PlaceFacts {
                    locale: Some("de_DE@euro".to_owned()),
                    ..at("/x")
                },
                "de_DE@euro",
            ),
        ];
        for (facts, expected) in cases {
            let found = judge(&facts).findings;
            assert!(said(&facts).contains(expected), "{facts:?}");
            assert!(
                found
                    .iter()
                    .all(|finding| finding.weight == Weight::Note && !finding.remedy.is_empty())
            );
        }
        let inside = judge(&PlaceFacts {
            outer: Some("/home/you/a".to_owned()),
            ..at("/home/you/a/b")
        });
        assert_eq!(inside.findings[0].weight, Weight::Problem);
        assert_eq!(
            inside.findings[0].remedy,
            "mosaic uninstall --home /home/you/a/b"
        );
    }
}
