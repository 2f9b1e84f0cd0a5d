//! What came of an order is told unit by unit, as it happens.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::Test;
use crate::life::Fleet;
use crate::manager::Inside;
use crate::picture::MOSAIC;

tests! {
    Test:
    who_ends_at_once_is_told_while_another_takes_its_time,
}

/// The lines that a command says, as they come.
fn lines(fleet: &Fleet, words: &[&str]) -> impl Iterator<Item = String> {
    let mut mosaic = fleet.inside.program(MOSAIC);
    let piped = mosaic.args(words).stdout(Stdio::piped());
    let mut child = piped.stderr(Stdio::null()).spawn().expect("it starts");
    let said = BufReader::new(child.stdout.take().expect("piped"));
    let mut lines = said.lines();
    std::iter::from_fn(move || match lines.next() {
        Some(line) => Some(line.expect("UTF-8").trim().to_owned()),
        None => {
            child.wait().expect("it ends");
            None
        }
    })
}

fn who_ends_at_once_is_told_while_another_takes_its_time(inside: &Inside) {
    let fleet = Fleet::usual(inside, 3);
    let gate = inside.home().join("gate");
    let slow = format!(
        "[Service]\nExecStop=/bin/sh -c 'until test -e {}; do sleep 0.1; done'\n",
        gate.display()
    );
    inside.write_unit("mosaic-agent@coder0.service.d/slow.conf", &slow);
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    let mut told = lines(&fleet, &["fleet", "stop"]);
    let mut first: Vec<_> = told.by_ref().take(2).collect();
    first.sort();
    assert_eq!(first, ["stopped     coder1", "stopped     coder2"]);
    fs::write(gate, "").expect("written");
    let rest: Vec<_> = told.collect();
    assert_eq!(rest[..2], ["stopped     coder0", "stopped     the holder"]);
}
