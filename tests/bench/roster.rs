//! A roster of many agents: a migration that edits each takes hardly longer than their number says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::COLD_ROUNDS;
use crate::contenders::mosaic;
use crate::contest::{Contest, run};
use crate::table::Row;

const FEW: &str = "roster of 300 agents";
const MANY: &str = "roster of 3,000 agents";

/// Renames the socket of every agent, on paper.
pub fn growth(scratch: &Path) -> Option<Row> {
    fs::create_dir_all(scratch).expect("a scratch folder");
    let homes = [("few", 300), ("many", 3000)].map(|(name, agents)| {
        let home = scratch.join(name);
        let mut copy = Command::new("cp");
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/homes/0.0.36/home");
        copy.args(["-r", fixture]).arg(&home);
        run(copy);
        let agent = |number| format!("  - name: coder{number}\n    socket: mosaic-factory\n");
        let agents: String = (0..agents).map(agent).collect();
        let text =
            format!("version: 1\ntmux: {{ socket_name: mosaic-factory }}\nagents:\n{agents}");
        fs::write(home.join("fleet/roster.yaml"), text).expect("written");
        home
    });
    // Nothing of the machine's own fleet is asked or shown.
    let plan = |home: &Path| {
        let mut command = mosaic(&["update", "--dry-run", "--quiet", "--home"]);
        command.arg(home).env_clear().env("HOME", scratch);
        command
    };
    Contest::new("planned", 0, COLD_ROUNDS)
        .enter(FEW, |_| plan(&homes[0]))
        .enter(MANY, |_| plan(&homes[1]))
        .run()
        .row(MANY, FEW, Some(11.0))
}
