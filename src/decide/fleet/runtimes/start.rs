//! How a runtime is started without its approval prompts.

use std::ffi::{OsStr, OsString};

use crate::decide::fleet::runtimes::Facts;

/// A start of a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    /// Arguments of the program.
    pub arguments: Vec<OsString>,
    /// Variables that it is to see, whatever they are now.
    pub set: Vec<(&'static str, &'static str)>,
    /// Variables that it is to see where they are not set.
    pub set_if_absent: Vec<(&'static str, &'static str)>,
}

/// The start of a runtime without approvals. `hooks` are words that let it write heartbeats. `conversation` goes on with its
/// own, unless the caller names one. `arguments` are the caller's own, and come last; a model that they name counts, else
/// `model`. Nothing where the runtime refuses to work so as root.
pub(crate) fn unasked(
    facts: &Facts,
    hooks: &[OsString],
    conversation: &[OsString],
    arguments: &[OsString],
    model: Option<OsString>,
    is_root: bool,
) -> Option<Start> {
    if is_root && !facts.root_unasked {
        return None;
    }
    let named = arguments.iter().any(|word| names_model(word));
    let model = model.filter(|_| !named);
    let model = model.map(|model| [OsString::from("--model"), model]);
    let named = arguments.iter().any(|word| names_conversation(word));
    let conversation = if named { &[] } else { conversation };
    let own = facts.always.iter().chain(facts.unasked).map(OsString::from);
    Some(Start {
        arguments: own
            .chain(hooks.iter().cloned())
            .chain(model.into_iter().flatten())
            .chain(conversation.iter().cloned())
            .chain(arguments.iter().cloned())
            .collect(),
        set: facts.cap.to_vec(),
        set_if_absent: facts.environment.to_vec(),
    })
}

fn names_model(word: &OsStr) -> bool {
    word == "--model" || word == "-m" || word.as_encoded_bytes().starts_with(b"--model=")
}

fn names_conversation(word: &OsStr) -> bool {
    const NAMES: [&str; 9] = [
        "--resume",
        "-r",
        "--continue",
        "-c",
        "--session",
        "-s",
        "--session-id",
        "resume",
        "fork",
    ];
    let text = word.to_str().unwrap_or_default();
    NAMES.contains(&text.split('=').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::fleet::runtimes::facts;
    use crate::model::runtime::Runtime;

    fn told(runtime: &Runtime, arguments: &[&str], model: Option<&str>, is_root: bool) -> String {
        let facts = facts(runtime).unwrap();
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        let model = model.map(OsString::from);
        let Some(start) = unasked(facts, &[], &[], &arguments, model, is_root) else {
            return "refused".to_owned();
        };
        let words = start.arguments.iter().map(|word| word.to_str().unwrap());
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_runtime_has_its_own_words() {
        const CODEX: &str = "--no-daemon -c check_for_update_on_startup=false --dangerously-bypass-approvals-and-sandbox";
        let yes = "--dangerously-skip-permissions";
        assert_eq!(told(&Runtime::Claude, &[], None, false), yes);
        assert_eq!(told(&Runtime::Claude, &[], None, true), "refused");
        for is_root in [false, true] {
            assert_eq!(told(&Runtime::Codex, &[], None, is_root), CODEX);
            assert_eq!(told(&Runtime::OpenCode, &[], None, is_root), "--auto");
            assert_eq!(told(&Runtime::Pi, &[], None, is_root), "");
        }
    }

    #[test]
    fn a_conversation_that_the_caller_names_counts() {
        let words = |arguments: &[&str]| -> Vec<OsString> {
            arguments.iter().map(OsString::from).collect()
        };
        let own = words(&["--session-id", "a", "-n", "a"]);
        let told = |arguments: &[&str]| {
            let start = unasked(
                facts(&Runtime::Pi).unwrap(),
                &words(&["-e", "x y"]),
                &own,
                &words(arguments),
                None,
                true,
            );
            start.unwrap().arguments
        };
        let hooks = words(&["-e", "x y"]);
        let with = |rest: &[&str]| [hooks.clone(), words(rest)].concat();
        assert_eq!(told(&["x"]), with(&["--session-id", "a", "-n", "a", "x"]));
        for other in [&["--resume=b"][..], &["-c"], &["resume", "b"]] {
            assert_eq!(told(other), with(other));
        }
    }

    #[test]
    fn a_model_that_the_caller_names_counts() {
        let told = |arguments: &[&str]| told(&Runtime::Pi, arguments, Some("a b"), false);
        assert_eq!(told(&["x"]), "--model a b x");
        for own in [&["--model", "y"][..], &["--model=y"], &["-m", "y"]] {
            assert_eq!(told(own), own.join(" "));
        }
    }
}
