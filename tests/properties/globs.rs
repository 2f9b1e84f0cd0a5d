//! Whose a path is, worked out the long way: the matcher must agree with this reading of the rules.

use mosaic::decide::bundle::manifest;
use mosaic::decide::plan::classes;
use mosaic::decide::plan::classes::Classes;
use mosaic::model::path::RelPath;
use proptest::prelude::*;
use proptest::sample::select;

pub use classes::Class;

/// Whose a path is: the last matching rule of each list decides, `!` takes a path out again.
pub fn class_of(path: &str, seed: &[String], rules: &[String]) -> Class {
    let last = rules
        .iter()
        .rev()
        .find(|rule| covers(rule.strip_prefix('!').unwrap_or(rule), path));
    match last {
        Some(rule) if !rule.starts_with('!') => Class::Preserved,
        _ if seed.iter().any(|glob| covers(glob, path)) => Class::Seeded,
        _ => Class::Framework,
    }
}

/// A glob covers what it matches and all that is below it.
pub fn covers(glob: &str, path: &str) -> bool {
    let glob: Vec<_> = glob.trim_matches('/').split('/').collect();
    let path: Vec<_> = path.split('/').collect();
    (1..=path.len()).any(|length| matches_whole(&glob, &path[..length]))
}

fn matches_whole(glob: &[&str], path: &[&str]) -> bool {
    match (glob, path) {
        ([], []) => true,
        (["**"], path) => !path.is_empty(),
        (["**", rest @ ..], _) => {
            (0..=path.len()).any(|skipped| matches_whole(rest, &path[skipped..]))
        }
        ([part, glob @ ..], [name, path @ ..]) => {
            matches_part(part.as_bytes(), name.as_bytes()) && matches_whole(glob, path)
        }
        _ => false,
    }
}

/// Names are compared by bytes, as git does: two `?` stand for one `é`.
fn matches_part(part: &[u8], name: &[u8]) -> bool {
    match (part, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|eaten| matches_part(rest, &name[eaten..])),
        ([b'?', part @ ..], [_, name @ ..]) => matches_part(part, name),
        ([one, part @ ..], [other, name @ ..]) => one == other && matches_part(part, name),
        _ => false,
    }
}

fn glob() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        1 => Just("**".to_owned()),
        4 => proptest::collection::vec(select(&["a", "b", ".", "é", "?", "*", "a"][..]), 1..4)
            .prop_map(|parts| parts.concat())
            .prop_filter("no `.`, `..` or `**` in a part", |part| !part.trim_matches('.').is_empty() && !part.contains("**")),
    ];
    let around = (proptest::bool::weighted(0.2), proptest::bool::weighted(0.2));
    (proptest::collection::vec(part, 1..4), around).prop_map(|(parts, (anchored, directory))| {
        let (first, last) = (
            if anchored { "/" } else { "" },
            if directory { "/" } else { "" },
        );
        format!("{first}{}{last}", parts.join("/"))
    })
}

fn path() -> impl Strategy<Value = String> {
    let part = proptest::collection::vec(select(&["a", "b", "é", "."][..]), 1..4)
        .prop_map(|parts| parts.concat())
        .prop_filter("no `.` or `..`", |part| !part.trim_matches('.').is_empty());
    proptest::collection::vec(part, 1..5).prop_map(|parts| parts.join("/"))
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn the_matcher_agrees_with_the_rules_read_the_long_way(
        seed in proptest::collection::vec(glob(), 0..3),
        preserve in proptest::collection::vec(glob(), 0..3),
        operator in proptest::collection::vec((glob(), any::<bool>()), 0..4),
        paths in proptest::collection::vec(path(), 1..20),
    ) {
        let manifest = format!("name = \"m\"\nversion = \"1.0.0\"\nseed = {seed:?}\npreserve = {preserve:?}\n");
        let manifest = manifest::parse(&manifest).expect("a manifest");
        let operator: Vec<_> =
            operator.into_iter().map(|(glob, negated)| if negated { format!("!{glob}") } else { glob }).collect();
        let classes = Classes::new(&manifest, &operator.join("\n")).expect("globs");
        let rules: Vec<_> = preserve.iter().chain(&operator).cloned().collect();
        for path in paths {
            let judged = classes.judge(&RelPath::parse(&path).expect("a path")).class;
            prop_assert_eq!(judged, class_of(&path, &seed, &rules), "{}", path);
            let judged = classes.judge_by_bundle(&RelPath::parse(&path).expect("a path")).class;
            prop_assert_eq!(judged, class_of(&path, &seed, &preserve), "{} by the bundle", path);
        }
    }
}
