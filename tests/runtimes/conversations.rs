//! An agent that is started again goes on with its own conversation.

use crate::Test;
use crate::fleet::Fleet;
use crate::life::mark;
use crate::manager::Inside;
use crate::patience::{awaited, eventually};

tests! {
    Test:
    each_goes_on_with_its_own,
}

const AGENTS: [(&str, &str); 6] = [
    ("claude0", "claude"),
    ("claude1", "claude"),
    ("pi0", "pi"),
    ("pi1", "pi"),
    ("codex0", "codex"),
    ("codex1", "codex"),
];

/// Says a word to each agent; what the model was asked then: the messages before, and the conversation where that is told.
fn say(fleet: &Fleet, word: &str) -> Vec<(usize, Option<String>)> {
    for (name, runtime) in AGENTS {
        awaited(&format!("the composer of {name}"), || {
            let screen = fleet.screen(name);
            screen.contains(mark(runtime)).then_some(()).ok_or(screen)
        });
        let text = format!("[host:test] {word} for {name}");
        fleet.paste(name, &text);
        eventually(&format!("{name} shows it"), || {
            fleet.screen(name).contains(&text)
        });
        fleet.press(name, "Enter");
        eventually(&format!("{name} asks"), || {
            !fleet.service.turns(&text).is_empty()
        });
    }
    let turn = |(name, _): (&str, &str)| {
        let turns = fleet
            .service
            .turns(&format!("[host:test] {word} for {name}"));
        (turns[0].messages, turns[0].conversation.clone())
    };
    AGENTS.map(turn).to_vec()
}

fn each_goes_on_with_its_own(inside: &Inside) {
    let fleet = Fleet::new(inside, &AGENTS);
    fleet.run(&["fleet", "start"], 0);
    let first = say(&fleet, "one");
    fleet.run(&["fleet", "stop"], 0);
    fleet.run(&["fleet", "start"], 0);
    let second = say(&fleet, "two");
    for ((name, _), (first, second)) in AGENTS.iter().zip(first.iter().zip(&second)) {
        assert!(
            second.0 > first.0,
            "{name} remembers: {first:?}, {second:?}"
        );
        assert_eq!(first.1, second.1, "{name}");
    }
}
