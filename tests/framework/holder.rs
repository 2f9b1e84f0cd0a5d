//! The holder of a tmux server: its own server, or the default one.

use std::fs;
use std::process::Stdio;

use crate::framework::tmux::{Tmux, assert_ok, terminate};
use crate::support::patience::eventually;

#[test]
fn the_holder_keeps_a_server_of_its_own() {
    let tmux = Tmux::without_server("mosaic-fleet");
    let mut holder = tmux
        .tool_command("fleet/tmux-holder.sh", &["run"])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    assert_ok(&tmux.tool("fleet/tmux-holder.sh", &["ready"]));
    assert_ok(&tmux.run(&["has-session", "-t", "=_holder"]));
    let second = tmux.tool("fleet/tmux-holder.sh", &["run"]);
    assert_eq!(second.status.code(), Some(78), "{second:?}");
    assert_ok(&tmux.run(&["kill-session", "-t", "=_holder"]));
    assert_ok(&tmux.tool("fleet/tmux-holder.sh", &["ready"])); // the server outlived its last session
    terminate(holder.id());
    holder.wait().unwrap();
    assert!(!tmux.run(&["list-sessions"]).status.success());
}

#[test]
fn the_holder_leaves_the_default_server_alone() {
    let tmux = Tmux::on_default();
    let mut holder = tmux
        .tool_command("fleet/tmux-holder.sh", &["run"])
        .spawn()
        .unwrap();
    eventually("the holder session", || tmux.panes("_holder").len() == 1);
    terminate(holder.id());
    assert!(holder.wait().unwrap().success());
    assert_eq!(
        (tmux.panes("_holder").len(), tmux.panes("base").len()),
        (0, 1)
    );
}

#[test]
fn the_holder_refuses_what_cannot_be_right() {
    let tmux = Tmux::without_server("mosaic-fleet");
    for (variable, value) in [
        ("MOSAIC_TMUX_SOCKET", "../x"),
        ("MOSAIC_TMUX_HOLDER", "a:b"),
    ] {
        let mut run = tmux.tool_command("fleet/tmux-holder.sh", &["ready"]);
        let said = run.env(variable, value).output().unwrap();
        assert_eq!(said.status.code(), Some(78), "{variable}: {said:?}");
    }
}

#[test]
fn the_holders_server_is_as_configured_and_no_others() {
    let tmux = Tmux::without_server("mosaic-fleet");
    fs::write(tmux.path("conf"), "set -g status-left mine\n").unwrap();
    let mut run = tmux.tool_command("fleet/tmux-holder.sh", &["run"]);
    run.env("MOSAIC_TMUX_CONF", tmux.path("conf"))
        .env("INVOCATION_ID", "x")
        .stdin(Stdio::null());
    let mut holder = run.spawn().unwrap();
    assert_ok(&tmux.tool("fleet/tmux-holder.sh", &["ready"]));
    let shown = |words: &[&str]| String::from_utf8(tmux.run(words).stdout).unwrap();
    assert_eq!(
        shown(&["show-options", "-gv", "status-left"]).trim(),
        "mine"
    );
    let environment = shown(&["show-environment", "-g"]);
    assert!(
        !environment.contains("INVOCATION_ID") && !environment.contains("MOSAIC_TMUX_"),
        "{environment}"
    );
    let mut ready = tmux.tool_command("fleet/tmux-holder.sh", &["ready"]);
    assert_eq!(
        ready.env("MAINPID", "1").output().unwrap().status.code(),
        Some(78),
        "another's server"
    );
    terminate(holder.id());
    holder.wait().unwrap();
}

#[test]
fn the_holder_of_the_default_server_keeps_its_own_session_only() {
    let tmux = Tmux::on_default();
    for name in ["my_holder", "_holder-2"] {
        assert_ok(&tmux.run(&["new-session", "-d", "-s", name, "sleep", "600"]));
    }
    let run = || {
        let mut run = tmux.tool_command("fleet/tmux-holder.sh", &["run"]);
        run.env("TMUX", "/nonexistent/other,1,0").spawn().unwrap()
    };
    let mut holder = run();
    eventually("the holder session", || tmux.panes("_holder").len() == 1);
    assert_ok(&tmux.run(&["kill-session", "-t", "=_holder"]));
    eventually("it comes back", || tmux.panes("_holder").len() == 1);
    assert_ok(&tmux.run(&["kill-session", "-t", "=_holder"]));
    terminate(holder.id());
    assert!(holder.wait().unwrap().success());
    assert_eq!(
        (tmux.panes("my_holder").len(), tmux.panes("_holder-2").len()),
        (1, 1)
    );
    let holder = run();
    eventually("the holder session", || tmux.panes("_holder").len() == 1);
    assert_ok(&tmux.run(&["kill-server"]));
    // Another server in its place is another's.
    let another = || {
        tmux.client()
            .args(["-f", "/dev/null", "new-session", "-d", "sleep", "600"])
            .output()
            .unwrap()
    };
    eventually("another server", || another().status.success()); // not while the former one ends
    let holder = std::cell::RefCell::new(holder);
    let ended = || {
        holder
            .borrow_mut()
            .try_wait()
            .unwrap()
            .and_then(|status| status.code())
    };
    eventually("the holder's end", || ended().is_some());
    assert_eq!(ended(), Some(1));
}
