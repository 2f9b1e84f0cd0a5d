//! Who can type into an agent's pane, as doctor tells it: by the folder of the socket, the server's own list, and the pane's
//! terminal. After its remedy was typed there is nothing to find.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::Test;
use crate::doctor::{running, type_in};
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;
use crate::patience::{awaited, eventually};

tests! {
    Test:
    a_folder_of_sockets_is_its_owners_alone,
    a_server_that_lets_others_in_is_told,
    a_terminal_that_others_have_is_told,
}

/// A user that every Debian has, and who owns nothing here.
const OTHER: &str = "daemon";

/// What is found of tmux: messages and remedies.
fn found(fleet: &Fleet) -> Vec<(String, String)> {
    let output = fleet.inside.mosaic(&["doctor", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let findings = document["findings"].as_array().expect("findings").iter();
    let findings = findings.filter(|line| line["check"] == "tmux");
    let text = |line: &Value, field: &str| line[field].as_str().expect("text").to_owned();
    let findings = findings.map(|line| (text(line, "message"), text(line, "remedy")));
    // What any fleet on this version of tmux is told.
    findings
        .filter(|(message, _)| !message.contains("window-size"))
        .collect()
}

/// Finds one thing, with these words, types its remedy, and finds nothing more.
fn is_found_and_mended(fleet: &Fleet, words: &str) {
    let one = awaited(words, || match &*found(fleet) {
        [(message, remedy)] if message.contains(words) => Ok(remedy.clone()),
        found => Err(format!("{found:?}")),
    });
    type_in(fleet.inside, &one.replace("sudo ", ""));
    eventually("nothing is found", || found(fleet).is_empty());
}

fn a_folder_of_sockets_is_its_owners_alone(inside: &Inside) {
    let fleet = running(inside, 1);
    assert_eq!(found(&fleet), []);
    let folder = std::env::var("TMUX_TMPDIR").expect("a folder");
    let folder = Path::new(&folder).join("tmux-0");
    let opened = fs::Permissions::from_mode(0o770);
    fs::set_permissions(&folder, opened).expect("opened");
    is_found_and_mended(&fleet, "the group 0 may reach into");
}

fn a_server_that_lets_others_in_is_told(inside: &Inside) {
    let fleet = running(inside, 1);
    let server = ["-L", SOCKET, "server-access"];
    inside.tmux(&[&server[..], &["-a", OTHER]].concat());
    is_found_and_mended(&fleet, "lets daemon in, who may type into every pane");
    inside.tmux(&[&server[..], &["-a", "-r", OTHER]].concat());
    is_found_and_mended(&fleet, "lets daemon in, who may look at every pane");
}

fn a_terminal_that_others_have_is_told(inside: &Inside) {
    let fleet = running(inside, 1);
    let pane = ["-L", SOCKET, "display-message", "-p", "-t", "=coder0:"];
    let terminal = inside.tmux(&[&pane[..], &["#{pane_tty}"]].concat());
    let opened = fs::Permissions::from_mode(0o622);
    fs::set_permissions(terminal.trim(), opened).expect("opened");
    is_found_and_mended(&fleet, "everybody may write to /dev/pts/");

    let split = ["-L", SOCKET, "split-window", "-d", "-t", "=coder0:"];
    let foreign = format!("setpriv --reuid {OTHER} --clear-groups sleep 1000 & sleep 1000");
    inside.tmux(&[&split[..], &[&foreign]].concat());
    is_found_and_mended(&fleet, "of user 1 is on the terminal of coder0");
}
