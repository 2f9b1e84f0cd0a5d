//! A new unit could not run what an update may not put into the home: then the old ones stay, together, and it is said.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::Test;
use crate::manager::{Inside, said};
use crate::patience::eventually;
use crate::refresh::{json, old_fleet, panes};

tests! {
    Test:
    preserved_tools,
    tools_behind_a_link,
    something_else_in_a_tools_place,
    a_fleet_behind_a_link,
}

const AGENTS: usize = 2;

/// Makes `folder` of the home a link to one of the operator's.
fn link(home: &Path, folder: &str) {
    let elsewhere = home.parent().expect("a parent").join("dotfiles");
    fs::create_dir_all(&elsewhere).expect("made");
    fs::rename(home.join(folder), elsewhere.join(folder)).expect("moved");
    symlink(elsewhere.join(folder), home.join(folder)).expect("linked");
}

/// The fleet of a home that `prepare` changed goes on through an update, and its agents can be started again.
fn stays_whole(inside: &Inside, words: &str, prepare: impl Fn(&Path)) {
    let units = old_fleet(inside, AGENTS);
    prepare(&inside.home().join(".config/mosaic"));
    let files = || {
        let names = ["mosaic-agent@.service", "mosaic-tmux-holder.service"];
        names.map(|name| fs::read_to_string(inside.units().join(name)).expect("readable"))
    };
    let (before, lived) = (files(), panes(inside, "mosaic-factory"));
    let output = inside.mosaic(&["update"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let told = said(&output);
    assert!(
        told.contains("a new one could not run") && told.contains(words),
        "{told}"
    );
    assert_eq!(files(), before);
    assert_eq!(panes(inside, "mosaic-factory"), lived);
    json(inside, &["update"], 3);
    assert_eq!(files(), before);
    for unit in units {
        inside.systemctl(&["restart", &unit]);
    }
    eventually("each agent can be started again", || {
        panes(inside, "mosaic-factory").len() == AGENTS + 1
    });
}

fn preserved_tools(inside: &Inside) {
    stays_whole(inside, "preserve it no longer", |home| {
        fs::write(home.join(".mosaicpreserve"), "tools/**\n").expect("written");
    });
    fs::remove_file(inside.home().join(".config/mosaic/.mosaicpreserve")).expect("removed");
    let done = json(inside, &["update"], 0);
    assert_eq!(
        done["units"]["refreshed"].as_array().map(Vec::len),
        Some(2),
        "{done}"
    );
}

fn tools_behind_a_link(inside: &Inside) {
    stays_whole(inside, "behind the link tools", |home| link(home, "tools"));
}

fn something_else_in_a_tools_place(inside: &Inside) {
    stays_whole(inside, "move that away", |home| {
        symlink("nowhere", home.join("tools/fleet/tmux-holder.sh")).expect("linked");
    });
}

fn a_fleet_behind_a_link(inside: &Inside) {
    stays_whole(inside, "fleet/holder.env", |home| link(home, "fleet"));
}
