//! The matcher agrees with a reading of the rules that is worked out the long way.

use mosaic::decide::bundle::manifest;
use mosaic::decide::plan::classes::Classes;
use mosaic::model::path::RelPath;
use proptest::prelude::*;
use proptest::sample::select;

#[path = "../../properties/globs.rs"]
mod model;

use self::model::class_of;

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
    #![proptest_config(crate::inside::properties::config())]

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
            prop_assert_eq!(word(judged), word(class_of(&path, &seed, &rules)), "{}", path);
            let judged = classes.judge_by_bundle(&RelPath::parse(&path).expect("a path")).class;
            prop_assert_eq!(word(judged), word(class_of(&path, &seed, &preserve)), "{} by the bundle", path);
        }
    }
}

/// A class by its name, which the program's and ours share.
fn word(class: impl std::fmt::Debug) -> String {
    format!("{class:?}")
}
