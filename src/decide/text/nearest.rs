//! The name that a person may have meant who named something that is not there.

/// Less alike than this, a suggestion would only puzzle.
const ALIKE_MIN: f64 = 0.75;

/// The candidate that is most like a text, if one is like it at all; of equals the first.
pub(crate) fn nearest<T: AsRef<str>>(
    meant: &str,
    candidates: impl IntoIterator<Item = T>,
) -> Option<T> {
    let alike = |candidate: &T| strsim::normalized_damerau_levenshtein(meant, candidate.as_ref());
    let rated = candidates
        .into_iter()
        .map(|candidate| (alike(&candidate), candidate));
    let best = rated.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(alike, _)| *alike >= ALIKE_MIN)
        .map(|(_, candidate)| candidate)
}

/// The key that somebody meant who wrote an unknown one, as far as the message about it tells.
pub(crate) fn meant_key(message: &str) -> Option<&str> {
    let mut quoted = message
        .strip_prefix("unknown field ")?
        .split('`')
        .skip(1)
        .step_by(2);
    nearest(quoted.next()?, quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        let known = [
            "guides/qa.md",
            "guides/delivery.md",
            "tools/tmux/agent-send.sh",
        ];
        let cases = [
            ("guides/qa.mb", Some("guides/qa.md")),
            ("guide/delivery.md", Some("guides/delivery.md")),
            ("tools/tmux/agnet-send.sh", Some("tools/tmux/agent-send.sh")),
            ("notes.txt", None),
            ("", None),
        ];
        for (meant, expected) in cases {
            assert_eq!(nearest(meant, known), expected, "{meant}");
        }
    }
}
