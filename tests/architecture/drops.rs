//! A result is dropped by `.ignore("why")` only.

use std::collections::BTreeSet;

use crate::architecture::source::{Source, places};

/// The places where a result goes unseen: `let _ =`, `drop` of what a call returns, and an `.ok()` that nobody takes.
pub fn unseen(sources: &[Source]) -> Vec<String> {
    let mut unseen = Vec::new();
    for source in sources {
        let is_unseen = |code: &str| is_let(code) || is_drop(code);
        let at = places(&source.code, "let").chain(places(&source.code, "drop("));
        let found = at.filter(|at| is_unseen(&source.code[*at..]));
        let found = found.chain(untaken(&source.code));
        let found = found.collect::<BTreeSet<_>>().into_iter();
        unseen.extend(found.map(|at| format!("{}: say .ignore(\"why\")", source.line(at))));
    }
    unseen
}

fn is_let(code: &str) -> bool {
    let pattern = code.strip_prefix("let").map(str::trim_start);
    let after = pattern.and_then(|pattern| pattern.strip_prefix('_'));
    after.is_some_and(|after| after.trim_start().starts_with(['=', ':']))
}

/// `drop(guard)` ends a guard; `drop(f(x))` drops what `f` returned. `fn drop(&mut self)` is neither.
fn is_drop(code: &str) -> bool {
    let argument = code.strip_prefix("drop(").unwrap_or_default();
    argument
        .split(')')
        .next()
        .is_some_and(|argument| argument.contains(['(', '!']))
}

/// Statements that end with `.ok();` and give it to nobody.
fn untaken(code: &str) -> impl Iterator<Item = usize> {
    let ends = code.match_indices(".ok();").map(|(at, _)| at);
    ends.filter(|at| {
        let begins = code[..*at]
            .rfind([';', '{', '}'])
            .map_or(0, |before| before + 1);
        let statement = code[begins..*at].trim_start();
        !statement.contains('=') && !statement.starts_with("return")
    })
}

#[test]
fn a_result_that_goes_unseen_is_found() {
    let text = "fn f() {\n    let _ = g();\n    drop(g());\n    drop(self.lock.g(1));\n    let _: T = x;\n    g()?.h(1)\n        .ok();\n}\n";
    let found = unseen(&[Source::new("src/x.rs", text)]).join("\n");
    for line in [2, 3, 4, 5, 7] {
        assert!(
            found.contains(&format!("src/x.rs:{line}:")),
            "{line}: {found}"
        );
    }
    let text = "fn f() {\n    drop(guard);\n    let _guard = g();\n    g().ignore(\"no\");\n    h.map(drop);\n    let x = g().ok();\n    return g().ok();\n}\n\
        impl Drop for X {\n    fn drop(&mut self) {}\n}\n// let _ = x\n";
    assert_eq!(unseen(&[Source::new("src/x.rs", text)]), [""; 0]);
}
