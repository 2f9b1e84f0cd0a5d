//! What each runtime shows in each state: a play of some minutes, watched by `fleet ps`. `scripts/runtimes --record` keeps
//! its screens in `tests/runtimes/screens`, where the program's own tests read them.

use std::fs;
use std::path::Path;

use crate::Test;
use crate::fleet::Fleet;
use crate::manager::Inside;
use crate::patience::{awaited, eventually};

tests! {
    Test:
    of_claude,
    of_codex,
    of_opencode,
    of_pi,
    claude_at_an_untrusted_folder,
    claude_at_the_offer_of_auto_mode,
    claude_at_a_key_in_the_environment,
    codex_at_an_untrusted_repository,
    codex_at_a_distrusted_repository,
    codex_without_a_login,
}

/// Set where screens are to be kept.
pub const RECORD: &str = "RUNTIMES_RECORD";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/runtimes/screens");

/// One agent, in the middle of the play.
struct Play<'a> {
    fleet: Fleet<'a>,
    runtime: &'static str,
    version: &'static str,
}

impl<'a> Play<'a> {
    fn new(inside: &'a Inside, runtime: &'static str, version: &'static str) -> Self {
        Self::in_home(inside, runtime, version, |_| ())
    }

    /// One in a HOME that was changed after it was set up.
    fn in_home(
        inside: &'a Inside,
        runtime: &'static str,
        version: &'static str,
        change: impl FnOnce(&Fleet),
    ) -> Self {
        let fleet = Fleet::new(inside, &[(runtime, runtime)]);
        change(&fleet);
        fleet.run(&["fleet", "start"], 0);
        Self {
            fleet,
            runtime,
            version,
        }
    }

    /// Waits until the screen has all these words, and none of those behind a `!`; `SPINS` stands for a title that says so.
    /// Then `ps` must tell the state.
    fn shows(&self, name: &str, words: &[&str], state: &str) {
        awaited(&format!("{} {name}", self.runtime), || {
            let screen = self.fleet.screen(self.runtime);
            let spins = self
                .tmux("#{pane_title}")
                .starts_with(|c| ('\u{2800}'..='\u{28ff}').contains(&c));
            let is_there = |word: &str| {
                if word == SPINS {
                    spins
                } else {
                    screen.contains(word)
                }
            };
            let has = |word: &&str| match word.strip_prefix('!') {
                Some(word) => !is_there(word),
                None => is_there(word),
            };
            words.iter().all(has).then_some(()).ok_or(screen)
        });
        self.keep(name);
        awaited(&format!("{} {name}: ps says {state}", self.runtime), || {
            let shown = self.fleet.shown(&["fleet", "ps"]);
            let agent = &shown["agents"][0];
            if agent["state"] == state {
                Ok(())
            } else {
                Err(agent.to_string())
            }
        });
    }

    fn keep(&self, name: &str) {
        if std::env::var_os(RECORD).is_none() {
            return;
        }
        let screen = self.fleet.screen(self.runtime);
        let lines: Vec<_> = screen.lines().map(str::trim_end).collect();
        let text = format!(
            "title: {}\ncursor: {}\n\n{}\n",
            self.tmux("#{pane_title}"),
            self.tmux("#{cursor_x},#{cursor_y}"),
            lines.join("\n")
        );
        let file = format!("{}-{}-{name}.txt", self.runtime, self.version);
        fs::write(Path::new(FOLDER).join(file), text).expect("written");
    }

    /// What tmux says of the pane.
    fn tmux(&self, format: &str) -> String {
        let target = format!("={}:", self.runtime);
        self.fleet
            .tmux(&["list-panes", "-t", &target, "-F", format])
    }

    fn paste(&self, text: &str) {
        self.fleet.paste(self.runtime, text);
    }

    fn press(&self, key: &str) {
        self.fleet.press(self.runtime, key);
    }

    /// Pastes a text, and presses Enter once it is shown.
    fn say(&self, text: &str) {
        self.paste(text);
        awaited(text, || {
            let screen = self.fleet.screen(self.runtime);
            screen.contains(text).then_some(()).ok_or(screen)
        });
        self.press("Enter");
    }
}

/// Codex shows in its title alone that it works.
const SPINS: &str = "SPINS";
const DRAFT: &str = "[host:test] a first line\nand a second one";

fn of_claude(inside: &Inside) {
    // With this, which a start sets where the operator has not, it tries for hours.
    let play = Play::in_home(inside, "claude", "2.1.332", |fleet| {
        let path = ".config/mosaic/fleet/agents/claude.env";
        let text = fs::read_to_string(fleet.inside.home().join(path)).expect("readable");
        write(fleet, path, &(text + "CLAUDE_CODE_RETRY_WATCHDOG=0\n"));
    });
    play.shows("empty", &["? for shortcuts"], "idle");
    play.paste(DRAFT);
    play.shows("draft", &["and a second one"], "idle");
    play.press("Enter");
    play.shows(
        "answered",
        &["Answer number", "? for shortcuts", "!esc to interrupt"],
        "idle",
    );
    play.say("[host:test] slowly=12");
    play.shows("busy", &["esc to interrupt"], "busy");
    play.paste("[host:test] a word meanwhile");
    play.shows("busy-draft", &["a word meanwhile"], "busy");
    play.press("Enter");
    play.shows("queued", &["edit queued"], "busy");
    play.shows(
        "answered-both",
        &["? for shortcuts", "!esc to interrupt", "!edit queued"],
        "idle",
    );
    play.say("[host:test] run=touch proof");
    play.shows("approval", &["Do you want to proceed?"], "approval");
    play.paste("[host:test] lost");
    play.shows("approval-pasted", &["Do you want to proceed?"], "approval");
    play.press("Escape");
    play.shows("cancelled", &["Interrupted", "? for shortcuts"], "idle");
    play.paste(&"a long text\n".repeat(100));
    play.shows("pasted", &["[Pasted text #"], "idle");
    play.press("C-c");
    play.shows("cleared", &["!Pasted text"], "idle");
    play.say("[host:test] fail=529");
    play.shows("gave-up", &["Overloaded", "!esc to interrupt"], "gave-up");
    play.say("/help x");
    play.shows("modal", &["Esc to close"], "wall");
}

fn of_codex(inside: &Inside) {
    let play = Play::new(inside, "codex", "0.171.0");
    play.shows("empty", &["Ask Codex to do anything"], "idle");
    play.paste(DRAFT);
    play.shows("draft", &["and a second one"], "idle");
    play.press("Enter");
    play.shows("answered", &["Answer number", "Worked for"], "idle");
    play.say("[host:test] slowly=12");
    play.shows("busy", &[SPINS], "busy");
    play.paste("[host:test] a word meanwhile");
    play.shows("busy-draft", &["a word meanwhile", SPINS], "busy");
    play.press("Tab");
    play.shows("queued", &["a word meanwhile", SPINS], "busy");
    play.shows(
        "answered-both",
        &["Ask Codex to do anything", "!SPINS"],
        "idle",
    );
    play.say("[host:test] run=touch proof");
    play.shows("approval", &["Would you like to run"], "approval");
    play.paste("[host:test] lost");
    play.shows("approval-pasted", &["Would you like to run"], "approval");
    play.press("Escape");
    play.shows(
        "cancelled",
        &["interrupted", "Ask Codex to do anything"],
        "idle",
    );
    play.paste(&"a long text\n".repeat(100));
    play.shows("pasted", &["[Pasted Content"], "idle");
    play.press("C-c");
    play.shows("cleared", &["Ask Codex to do anything"], "idle");
    play.say("/nosuchword x");
    play.shows("refused", &["/nosuchword x"], "idle");
    play.press("C-c");
    play.say("[host:test] fail=400");
    play.shows("gave-up", &["failed on purpose"], "gave-up");
}

fn of_opencode(inside: &Inside) {
    let play = Play::new(inside, "opencode", "1.18.33");
    play.keep("blank");
    play.shows("empty", &["Ask anything"], "idle");
    play.paste(DRAFT);
    play.shows("draft", &["and a second one"], "idle");
    play.press("Enter");
    play.shows("answered", &["Answer number", "!esc interrupt"], "idle");
    play.say("[host:test] slowly=12");
    play.shows("busy", &["esc interrupt"], "busy");
    play.paste("[host:test] a word meanwhile");
    play.shows("busy-draft", &["a word meanwhile"], "busy");
    play.press("Enter");
    play.shows("queued", &["QUEUED"], "busy");
    play.shows("answered-both", &["!esc interrupt", "!QUEUED"], "idle");
    play.say("[host:test] run=touch proof");
    play.shows("approval", &["Permission required"], "approval");
    play.paste("[host:test] lost");
    play.shows("approval-pasted", &["Permission required"], "approval");
    play.press("Escape");
    play.shows(
        "cancelled",
        &["!Permission required", "!esc interrupt"],
        "idle",
    );
    play.paste(&"a long text\n".repeat(100));
    play.shows("pasted", &["[Pasted ~"], "idle");
    play.press("C-c");
    play.shows("cleared", &["!Pasted"], "idle");
    play.say("[host:test] fail=429,3600");
    play.shows("waits", &["esc interrupt", "retry"], "busy");
}

fn of_pi(inside: &Inside) {
    let play = Play::new(inside, "pi", "1.6.0");
    play.shows("empty", &["/128k"], "idle");
    play.paste(DRAFT);
    play.shows("draft", &["and a second one"], "idle");
    play.press("Enter");
    play.shows("answered", &["Answer number", "!Working"], "idle");
    play.say("[host:test] slowly=12");
    play.shows("busy", &["Working"], "busy");
    play.paste("[host:test] a word meanwhile");
    play.shows("busy-draft", &["a word meanwhile"], "busy");
    play.press("Enter");
    play.shows("queued", &["Steering:"], "busy");
    play.shows("answered-both", &["!Working", "!Steering:"], "idle");
    play.paste(&"a long text\n".repeat(100));
    play.shows("pasted", &["[paste #"], "idle");
    play.press("C-c");
    play.shows("cleared", &["![paste #"], "idle");
    play.say("[host:test] fail=529");
    play.shows("retries", &["Retrying"], "busy");
    eventually("the last try", || {
        play.fleet.screen("pi").matches("Error: 529").count() == 4
    });
    play.shows("gave-up", &["!Retrying", "!Working"], "gave-up");
}

fn write(fleet: &Fleet, path: &str, text: &str) {
    fs::write(fleet.inside.home().join(path), text).expect("written");
}

fn claude_at_an_untrusted_folder(inside: &Inside) {
    let change = |fleet: &Fleet| write(fleet, ".claude.json", "{\"hasCompletedOnboarding\":true}");
    let play = Play::in_home(inside, "claude", "2.1.332", change);
    play.shows("wall-trust", &["trust"], "wall");
}

/// Settings that say `default` are asked whether they are to say `auto`; an Enter says yes.
fn claude_at_the_offer_of_auto_mode(inside: &Inside) {
    let play = Play::in_home(inside, "claude", "2.1.332", |fleet| {
        let path = fleet.inside.home().join(".claude.json");
        let text = fs::read_to_string(path).expect("readable");
        let changed = text.replace("hasSeenAutoDefaultNudge", "hasSeenNothing");
        assert_ne!(changed, text);
        write(fleet, ".claude.json", &changed);
    });
    play.shows("wall-auto-mode", &["Make auto mode your default"], "wall");
}

fn claude_at_a_key_in_the_environment(inside: &Inside) {
    let play = Play::in_home(inside, "claude", "2.1.332", |fleet| {
        let path = ".config/mosaic/fleet/agents/claude.env";
        let text = fs::read_to_string(fleet.inside.home().join(path)).expect("readable");
        write(fleet, path, &(text + "ANTHROPIC_API_KEY=dummy\n"));
    });
    play.shows("wall-key", &["API key"], "wall");
}

fn codex_at_an_untrusted_repository(inside: &Inside) {
    let play = Play::in_home(inside, "codex", "0.171.0", |fleet| {
        let mut git = inside.program("git");
        assert!(
            git.args(["init", "-q"])
                .arg(fleet.folder("codex"))
                .status()
                .expect("git")
                .success()
        );
        let path = fleet.inside.home().join(".codex/config.toml");
        let text = fs::read_to_string(path).expect("readable");
        let (kept, _) = text.split_once("[projects").expect("a trusted folder");
        write(fleet, ".codex/config.toml", kept);
    });
    play.shows("wall-trust", &["trust"], "wall");
}

/// It asks at each start, though it was told.
fn codex_at_a_distrusted_repository(inside: &Inside) {
    let play = Play::in_home(inside, "codex", "0.171.0", |fleet| {
        let mut git = inside.program("git");
        let made = git.args(["init", "-q"]).arg(fleet.folder("codex")).status();
        assert!(made.expect("git").success());
        let path = fleet.inside.home().join(".codex/config.toml");
        let text = fs::read_to_string(path).expect("readable");
        write(
            fleet,
            ".codex/config.toml",
            &text.replace("\"trusted\"", "\"untrusted\""),
        );
    });
    play.shows("wall-distrusted", &["Open restricted"], "wall");
}

fn codex_without_a_login(inside: &Inside) {
    let change = |fleet: &Fleet| {
        write(
            fleet,
            ".codex/config.toml",
            "check_for_update_on_startup = false\n",
        )
    };
    let play = Play::in_home(inside, "codex", "0.171.0", change);
    play.shows("wall-sign-in", &["Sign in"], "wall");
}
