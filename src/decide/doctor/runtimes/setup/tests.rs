//! What is found of each setup.

use super::*;

fn key(tail: &str, is_managers: bool) -> Key {
    Key {
        tail: tail.to_owned(),
        is_managers,
    }
}

/// What is found of one agent in `/w/a`; each a message and its remedy.
fn told(
    runtime: Runtime,
    text: Option<&str>,
    also: impl Fn(&mut RuntimesFacts),
) -> Vec<(String, String)> {
    let setup = Setup {
        path: "/u/settings".to_owned(),
        text: text.map(str::to_owned),
        has_login: true,
    };
    let agent = AgentFacts {
        name: "a".to_owned(),
        runtime: runtime.clone(),
        folder: Some("/w/a".to_owned()),
        env_file: "/h/a.env".to_owned(),
        ..AgentFacts::default()
    };
    let mut facts = RuntimesFacts {
        agents: vec![agent],
        setups: BTreeMap::from([(runtime, setup)]),
        ..RuntimesFacts::default()
    };
    also(&mut facts);
    let mut checked = CheckResult::default();
    judge(&facts, &mut checked);
    let found = checked.findings.into_iter();
    found
        .map(|finding| (finding.message, finding.remedy))
        .collect()
}

const SET_UP: &str = r#"{ "hasCompletedOnboarding": true, "oauthAccount": {}, "projects": { "/w": { "hasTrustDialogAccepted": true } },
    "customApiKeyResponses": { "approved": ["known-key"] } }"#;

#[test]
fn what_claude_would_ask_is_told() {
    let told = |text, also: fn(&mut RuntimesFacts)| told(Runtime::Claude, text, also);
    assert_eq!(told(Some(SET_UP), |_| {}), []);
    for (text, problem, remedy) in [
        (None, "is not set up", "(cd /w/a && claude)"),
        (Some("{}"), "is not set up", "(cd /w/a && claude)"),
        (Some("{"), "is no JSON", "${EDITOR:-vi} /u/settings"),
        (
            Some(
                r#"{ "hasCompletedOnboarding": true, "projects": { "/w/b": { "hasTrustDialogAccepted": true } } }"#,
            ),
            "does not trust /w/a",
            "(cd /w/a && claude)",
        ),
    ] {
        let found = told(text, |_| {});
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0.contains(problem), "{found:?}");
        assert_eq!(found[0].1, remedy);
    }
}

#[test]
fn a_key_that_claude_was_not_allowed_is_told() {
    let told = |key: Key| {
        told(Runtime::Claude, Some(SET_UP), |facts| {
            let keys = [(ASKED_ABOUT.to_owned(), key.clone())];
            facts.agents[0].keys = keys.into_iter().collect();
        })
    };
    assert_eq!(told(key("a-known-key", false)), []);
    assert_eq!(told(key("another", false))[0].1, "${EDITOR:-vi} /h/a.env");
    let managers = told(key("another", true));
    assert_eq!(
        managers[0].1,
        "systemctl --user unset-environment ANTHROPIC_API_KEY"
    );
}

#[test]
fn claude_without_approvals_does_not_run_as_root() {
    let told = |is_root, is_unasked| {
        let found = told(Runtime::Claude, Some(SET_UP), |facts| {
            facts.is_root = is_root;
            facts.agents[0].is_unasked = is_unasked;
        });
        found.len()
    };
    assert_eq!(
        [told(true, true), told(true, false), told(false, true)],
        [1, 0, 0]
    );
}

#[test]
fn codex_asks_about_a_repository_that_it_does_not_trust() {
    let told = |text: &str, repository: Option<&str>| {
        let found = told(Runtime::Codex, Some(text), |facts| {
            facts.agents[0].repository = repository.map(str::to_owned);
        });
        found
            .into_iter()
            .map(|(_, remedy)| remedy)
            .collect::<Vec<_>>()
    };
    let level = |level: &str| format!("[projects.\"/w\"]\ntrust_level = \"{level}\"\n");
    let nothing: [&str; 0] = [];
    assert_eq!(told("", None), nothing);
    assert_eq!(told("", Some("/w")), ["(cd /w/a && codex)"]);
    assert_eq!(told(&level("trusted"), Some("/w")), nothing);
    for asked in [&*level("untrusted"), "sandbox_mode = \"read-only\""] {
        assert_eq!(told(asked, Some("/w")), ["(cd /w/a && codex)"], "{asked}");
    }
    assert_eq!(told("x = ", Some("/w")), ["${EDITOR:-vi} /u/settings"]);
}

#[test]
fn who_has_neither_login_nor_key_cannot_answer() {
    let without = |runtime: Runtime, text: &str, has_key: bool| {
        let found = told(runtime, Some(text), |facts| {
            facts
                .setups
                .values_mut()
                .for_each(|setup| setup.has_login = false);
            if has_key {
                let keys = [("OPENAI_API_KEY".to_owned(), key("x", true))];
                facts.agents[0].keys = keys.into_iter().collect();
            }
        });
        found
            .into_iter()
            .map(|(_, remedy)| remedy)
            .collect::<Vec<_>>()
    };
    let tries = r#"{ "retry": { "maxRetries": 9 } }"#;
    let claude = SET_UP.replace("\"oauthAccount\": {}, ", "");
    for (runtime, text, remedy) in [
        (Runtime::Claude, &*claude, "claude"),
        (Runtime::Codex, "", "codex login"),
        (Runtime::OpenCode, "{}", "opencode auth login"),
        (Runtime::Pi, tries, "pi"),
    ] {
        assert_eq!(without(runtime.clone(), text, false), [remedy], "{runtime}");
        let nothing: [&str; 0] = [];
        assert_eq!(without(runtime.clone(), text, true), nothing, "{runtime}");
    }
    assert!(without(Runtime::Codex, "model_provider = \"own\"", false).is_empty());
    assert!(without(Runtime::Claude, SET_UP, false).is_empty());
}

#[test]
fn pis_few_tries_are_told() {
    let told = |text| told(Runtime::Pi, text, |_| {}).len();
    let of = |tries: u64| format!("{{ \"retry\": {{ \"maxRetries\": {tries} }} }}");
    assert_eq!(
        [told(None), told(Some(&of(3))), told(Some(&of(4)))],
        [1, 1, 0]
    );
}
