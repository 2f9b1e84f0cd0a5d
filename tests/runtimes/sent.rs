//! `agent send` to the real runtimes: delivered or queued whole and once, or refused with nothing typed.

use serde_json::Value;

use crate::Test;
use crate::fleet::Fleet;
use crate::manager::Inside;
use crate::patience::{awaited, eventually};
use crate::service::Logged;

tests! {
    Test:
    to_claude,
    to_codex,
    to_opencode,
    to_pi,
}

/// One agent of a runtime.
struct Talk<'a> {
    fleet: Fleet<'a>,
    runtime: &'static str,
}

impl<'a> Talk<'a> {
    fn begin(inside: &'a Inside, runtime: &'static str) -> Self {
        let fleet = Fleet::new(inside, &[(runtime, runtime)]);
        fleet.run(&["fleet", "start"], 0);
        let talk = Self { fleet, runtime };
        talk.is("idle");
        talk
    }

    fn is(&self, state: &str) {
        awaited(&format!("{} is {state}", self.runtime), || {
            let shown = self.fleet.shown(&["fleet", "ps"]);
            let agent = &shown["agents"][0];
            (agent["state"] == state)
                .then_some(())
                .ok_or(agent.to_string())
        });
    }

    fn send(&self, text: &str) -> Value {
        let words = [
            "agent",
            "send",
            self.runtime,
            "--message",
            text,
            "--verify",
            "--source",
            "h:t",
        ];
        self.fleet.shown(&words)
    }

    fn gives(&self, text: &str, outcome: &str) {
        let sent = self.send(text);
        assert_eq!(
            sent["outcome"],
            outcome,
            "{text}: {sent} {}",
            self.fleet.screen(self.runtime)
        );
    }

    /// Sends while it works, or just did: queued or delivered, as its state was.
    fn takes(&self, text: &str) {
        let sent = self.send(text);
        let outcome = sent["outcome"].as_str().expect("an outcome");
        assert!(["queued", "delivered"].contains(&outcome), "{sent}");
        assert!(outcome == "delivered" || sent["state"] == "busy", "{sent}");
        self.arrives_once(text);
    }

    /// Turns of the model that were asked for with exactly this message, signed.
    fn asked(&self, text: &str) -> usize {
        let signed = format!("[h:t] {text}");
        let turns = self.fleet.service.turns("[h:t]");
        let is_it = |turn: &&Logged| turn.last_text.trim_end() == signed;
        turns.iter().filter(is_it).count()
    }

    fn arrives_once(&self, text: &str) {
        eventually(&format!("{} asks for {text}", self.runtime), || {
            self.asked(text) > 0
        });
        self.is("idle");
        assert_eq!(self.asked(text), 1, "{}: {text}", self.runtime);
    }

    /// The next turn knows nothing of those before.
    fn is_reset(&self) {
        let reset = self
            .fleet
            .shown(&["agent", "reset", self.runtime, "--wait", "60"]);
        assert_eq!(reset["outcome"], "delivered", "{reset}");
        self.is("idle");
        let before = self
            .fleet
            .service
            .turns("[h:t]")
            .last()
            .map(|turn| turn.messages);
        self.gives("after the reset", "delivered");
        self.arrives_once("after the reset");
        let after = self
            .fleet
            .service
            .turns("[h:t]")
            .last()
            .map(|turn| turn.messages);
        assert!(
            after < before,
            "{before:?} messages before, {after:?} after"
        );
    }

    /// While it waits for an approval nothing is typed, and nothing is run.
    fn keeps_an_approval(&self) {
        self.gives("run=touch proof", "delivered");
        self.is("approval");
        self.gives("yes", "not-delivered");
        let shown = self.fleet.screen(self.runtime);
        assert!(!shown.contains("[h:t] yes"), "nothing was typed: {shown}");
        self.is("approval");
        let proof = self.fleet.folder(self.runtime).join("proof");
        assert!(!proof.exists(), "the command was not run");
        self.fleet.press(self.runtime, "Escape");
        self.is("idle");
    }
}

const LINES: &str = "one  'q' \"d\" $HOME\n\n  two; #{pid}";

fn to_claude(inside: &Inside) {
    let talk = Talk::begin(inside, "claude");
    for text in ["hello", "/clear", "exit", "!touch proof", LINES] {
        talk.gives(text, "delivered");
        talk.arrives_once(text);
    }
    talk.gives("slowly=12", "delivered");
    talk.is("busy");
    talk.takes("meanwhile");
    talk.gives(&"a long line\n".repeat(120), "delivered");
    talk.is("idle");
    // What an earlier try has left in the composer is sent as it is, once; another's draft stays.
    talk.fleet.paste("claude", "[h:t] left there");
    talk.gives("left there", "delivered");
    talk.arrives_once("left there");
    talk.fleet.paste("claude", "half a thought");
    talk.gives("mine", "not-delivered");
    assert!(talk.fleet.screen("claude").contains("half a thought"));
    talk.fleet.press("claude", "C-c");
    talk.keeps_an_approval();
    // A question in the conversation is none.
    for text in [
        "they ask: Do you want to proceed? Enter to confirm",
        "and now",
    ] {
        talk.gives(text, "delivered");
        eventually("it is asked once", || talk.asked(text) == 1);
    }
    talk.is_reset();
}

fn to_codex(inside: &Inside) {
    let talk = Talk::begin(inside, "codex");
    for text in ["hello", "/clear", "exit", "!touch proof", LINES] {
        talk.gives(text, "delivered");
        talk.arrives_once(text);
    }
    talk.gives("slowly=12", "delivered");
    talk.is("busy");
    // By its own queue, which takes a text of any kind, also past a draft; the answer is not cut.
    talk.fleet.paste("codex", "half a thought");
    talk.gives(LINES, "queued");
    talk.gives("-- meanwhile", "queued");
    assert_eq!(talk.asked("-- meanwhile"), 0, "it works still");
    talk.arrives_once("slowly=12");
    talk.arrives_once("-- meanwhile");
    assert_eq!(talk.asked(LINES), 2, "once before, and once from the queue");
    assert!(talk.fleet.screen("codex").contains("half a thought"));
    talk.fleet.press("codex", "C-u");
    talk.is_reset();
    talk.keeps_an_approval();
}

fn to_opencode(inside: &Inside) {
    let talk = Talk::begin(inside, "opencode");
    for text in ["hello", "/clear", "exit", LINES] {
        talk.gives(text, "delivered");
        talk.arrives_once(text);
    }
    talk.gives("slowly=12", "delivered");
    talk.is("busy");
    talk.takes("meanwhile");
    talk.is_reset();
    talk.keeps_an_approval();
    // What bounds the installation at its start is not for the programs that it runs.
    let seen = talk.fleet.folder("opencode").join("seen");
    talk.gives("run=env > seen", "delivered");
    talk.is("approval");
    talk.fleet.press("opencode", "Enter");
    let has_run = || {
        std::fs::read_to_string(&seen)
            .is_ok_and(|text| text.contains("MOSAIC_AGENT_NAME=opencode\n"))
    };
    eventually("the command has run", has_run);
    let environment = std::fs::read_to_string(&seen).expect("it is there");
    let is_ours =
        |line: &&str| line.starts_with("npm_config_fetch") || line.contains("UNTIL_PLUGIN");
    let left: Vec<_> = environment.lines().filter(is_ours).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn to_pi(inside: &Inside) {
    let talk = Talk::begin(inside, "pi");
    for text in ["hello", "/clear", "exit", "!touch proof", LINES] {
        talk.gives(text, "delivered");
        talk.arrives_once(text);
    }
    talk.gives("slowly=12", "delivered");
    talk.is("busy");
    talk.takes("meanwhile");
    talk.is_reset();
}
