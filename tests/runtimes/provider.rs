//! A provider that refuses for a while: each runtime waits, is shown as busy meanwhile, and goes on by itself.

use crate::Test;
use crate::fleet::Fleet;
use crate::life::mark;
use crate::manager::Inside;
use crate::patience::{awaited, eventually};
use crate::runtimes;
use crate::service::End;

tests! {
    Test:
    each_waits_for_it_and_goes_on,
}

/// The state of each agent, as `fleet ps` has it.
fn states(fleet: &Fleet) -> Vec<String> {
    let shown = fleet.shown(&["fleet", "ps"]);
    let agents = shown["agents"].as_array().expect("agents").iter();
    agents
        .map(|agent| agent["state"].as_str().expect("text").to_owned())
        .collect()
}

fn each_waits_for_it_and_goes_on(inside: &Inside) {
    let fleet = Fleet::new(inside, &runtimes::ALL.map(|runtime| (runtime, runtime)));
    fleet.run(&["fleet", "start"], 0);
    for runtime in runtimes::ALL {
        fleet.await_composer(runtime, mark(runtime));
    }
    let text = |runtime: &str| format!("[host:test] fail=429,4 times=1 for {runtime}");
    for runtime in runtimes::ALL {
        fleet.paste(runtime, &text(runtime));
        eventually(&format!("{runtime} shows it"), || {
            fleet.screen(runtime).contains("times=1 for")
        });
        fleet.press(runtime, "Enter");
        let has_come_to = |end: End| {
            let mut turns = fleet.service.turns(&text(runtime)).into_iter();
            turns.any(|turn| turn.end == end)
        };
        eventually(&format!("{runtime} is refused"), || {
            has_come_to(End::Failed(429))
        });
        let place = runtimes::ALL
            .iter()
            .position(|one| *one == runtime)
            .expect("known");
        assert_eq!(states(&fleet)[place], "busy", "{runtime} waits");
        eventually(&format!("{runtime} is answered"), || {
            has_come_to(End::Answered)
        });
    }
    awaited("all are idle", || {
        let states = states(&fleet);
        let is_so = states.iter().all(|state| state == "idle");
        is_so.then_some(()).ok_or(states.join(" "))
    });
}
