//! `scripts/with-user-manager` itself, seen from outside.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, geteuid};

use crate::Outside;
use crate::manager::{said, signal, under_manager};
use crate::patience::eventually;

tests! {
    Outside:
    passes_the_status_on,
    takes_all_with_it_however_it_ends,
    hides_home_and_the_default_tmux_server,
    skips_where_namespaces_are_not_allowed,
}

fn passes_the_status_on() {
    for status in [0, 1, 5] {
        let output = under_manager(&["sh", "-c", &format!("exit {status}")])
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(status), "{}", said(&output));
    }
    let output = under_manager(&["sh", "-c", "kill -TERM $$"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(143));
    assert_eq!(
        under_manager(&["no-such-program"])
            .output()
            .expect("it runs")
            .status
            .code(),
        Some(127)
    );
    assert_eq!(
        under_manager(&[]).output().expect("it runs").status.code(),
        Some(2)
    );
}

fn takes_all_with_it_however_it_ends() {
    for (how, expected) in [
        (Signal::TERM, Some(143)),
        (Signal::INT, Some(130)),
        (Signal::HUP, Some(129)),
        (Signal::KILL, None),
    ] {
        let marked = format!("sleep 1000.{}{}", std::process::id(), how.as_raw());
        let unit = format!("systemd-run --user --quiet {marked}");
        let line =
            format!("{unit}; setsid {marked} & tmux new-session -d {marked}; echo up; {marked}");
        let mut script = under_manager(&["bash", "-c", &line])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut up = String::new();
        BufReader::new(script.stdout.take().expect("a pipe"))
            .read_line(&mut up)
            .expect("readable");
        let running = || {
            let output = Command::new("pgrep")
                .args(["-fxc", &format!("(/usr/bin/)?{marked}")])
                .output()
                .expect("pgrep runs");
            String::from_utf8(output.stdout)
                .expect("UTF-8")
                .trim()
                .to_owned()
        };
        eventually("all of it runs", || running() == "4");
        signal(
            Pid::from_raw(script.id().try_into().expect("a pid")).expect("a pid"),
            how,
        );
        let status = script.wait().expect("ended");
        assert_eq!(
            (status.code(), status.signal().is_some()),
            (expected, expected.is_none()),
            "{how:?}"
        );
        eventually("nothing of it is left", || running() == "0");
    }
}

fn hides_home_and_the_default_tmux_server() {
    let socket = format!("/tmp/tmux-{}/default", geteuid().as_raw());
    let outside = || {
        fs::metadata(&socket)
            .ok()
            .map(|found| (found.ino(), found.ctime(), found.ctime_nsec()))
    };
    let before = outside();
    let line = format!(
        "[ -z \"$(ls -A ~; ls -d /tmp/tmux-* 2>/dev/null)\" ] && ! tmux list-sessions 2>/dev/null && \
         tmux new-session -d -s inside && env -u TMUX_TMPDIR tmux list-sessions && [ -S {socket} ] && \
         echo mark >~/mark && env | sort"
    );
    let mut script = under_manager(&["bash", "-c", &line]);
    script
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env("MOSAIC_HOME", "/nowhere")
        .env("TMUX", "/nowhere,1,0");
    script.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let output = script.output().expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
    assert!(!said(&output).contains("/nowhere"), "{}", said(&output));
    assert_eq!(outside(), before);
}

fn skips_where_namespaces_are_not_allowed() {
    let bound = ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin"];
    let script = under_manager(&["true"]);
    let output = Command::new("setpriv")
        .args(bound)
        .arg(script.get_program())
        .arg("true")
        .output();
    let output = output.expect("setpriv runs");
    assert_eq!(output.status.code(), Some(77));
    assert!(
        said(&output).contains("namespaces are not allowed"),
        "{}",
        said(&output)
    );
}
