//! What others do just then, and what they answer: another server that is faster, a tmux that is not understood.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Output, Stdio};

use mosaic::effects::os::tmux::Adopted;
use mosaic::model::tmux::{Adoption, Occupancy};
use rustix::process::geteuid;

use crate::inside::live::child::{child, has_strace, stracing};
use crate::inside::live::fleet::{FORMER, Fleet, NAME};
use crate::inside::patience::eventually;

/// Runs the child, held up for a while before (`delay_enter`) or after (`delay_exit`) a call; `meanwhile` happens
/// once it is called, or this name is there.
fn held_up(
    fleet: &Fleet,
    verb: &str,
    adoption: &Adoption,
    (call, name): (&str, Option<&str>),
    meanwhile: impl FnOnce(),
) -> Output {
    let strace = stracing(fleet, &format!("{call}=1500000"));
    let strace: Vec<_> = strace.iter().map(String::as_str).collect();
    let mut child = child(fleet, (verb, adoption), &strace);
    let child = child
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace runs");
    let called = format!(" {}(", call.split(':').next().expect("a call"));
    let trace = || fs::read_to_string(fleet.path("trace")).unwrap_or_default();
    eventually("it is held up", || match name {
        Some(name) => fleet.names().iter().any(|there| there == name),
        None => trace().contains(&called),
    });
    meanwhile();
    child.wait_with_output().expect("it ends")
}

/// It fails and says so.
fn failed(output: &Output, part: &str) {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(part), "{said}");
}

#[test]
fn a_server_that_ends_just_then_leaves_the_names_as_they_were() {
    if !has_strace() {
        return;
    }
    let (fleet, adoption) = Fleet::of(1);
    let at = ("linkat:delay_exit", Some(NAME));
    let output = held_up(&fleet, "adopt", &adoption, at, || {
        fleet.kill(adoption.server)
    });
    failed(&output, "Unreached");
    assert_eq!(fleet.names(), [FORMER]);

    let (fleet, adoption) = Fleet::of(1);
    fleet.leave_dead(NAME);
    let inode = || {
        fs::metadata(fleet.directory().join(NAME))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = inode();
    let aside = format!("{NAME}.mosaic-aside");
    let at = ("linkat:delay_exit", Some(&*aside));
    let output = held_up(&fleet, "adopt", &adoption, at, || {
        fleet.kill(adoption.server)
    });
    failed(&output, "Unreached");
    assert_eq!(
        (fleet.names(), inode()),
        (vec![FORMER.to_owned(), NAME.to_owned()], before)
    );
}

#[test]
fn another_server_that_is_faster_keeps_the_name() {
    if !has_strace() {
        return;
    }
    for is_dead in [false, true] {
        let (fleet, adoption) = Fleet::of(1);
        if is_dead {
            fleet.leave_dead(NAME);
        }
        let other = std::cell::Cell::new(None);
        let output = held_up(
            &fleet,
            "adopt",
            &adoption,
            ("linkat:delay_enter", None),
            || {
                other.set(Some(fleet.start(NAME, 1)));
            },
        );
        failed(&output, if is_dead { "Taken" } else { "Exist" });
        assert_eq!(
            (Some(fleet.server(NAME)), fleet.server(FORMER)),
            (other.get(), adoption.server)
        );
        assert_eq!(fleet.names(), [FORMER, NAME]);
    }
    // It ends after the link was made, and a server that somebody starts then binds the name.
    for (is_dead, call) in [(false, "linkat:delay_exit"), (true, "renameat2:delay_exit")] {
        let (fleet, adoption) = Fleet::of(1);
        if is_dead {
            fleet.leave_dead(NAME);
        }
        let other = std::cell::Cell::new(None);
        let is_linked = || fleet.occupancy(NAME) == Occupancy::Served(adoption.server);
        let output = held_up(&fleet, "adopt", &adoption, (call, Some(NAME)), || {
            eventually("it is linked", is_linked);
            fleet.kill(adoption.server);
            other.set(Some(fleet.start(NAME, 1)));
        });
        failed(&output, "Unreached");
        assert_eq!(Some(fleet.server(NAME)), other.get());
    }
    // The second name is to be taken back, and is another's just then.
    let (fleet, adoption) = Fleet::of(1);
    assert_eq!(fleet.sockets().adopt(&adoption).unwrap(), Adopted::Linked);
    let other = std::cell::Cell::new(None);
    let output = held_up(
        &fleet,
        "release",
        &adoption,
        ("renameat2:delay_enter", None),
        || {
            fs::remove_file(fleet.directory().join(NAME)).unwrap();
            other.set(Some(fleet.start(NAME, 1)));
        },
    );
    failed(&output, "Taken");
    assert_eq!(
        (Some(fleet.server(NAME)), fleet.server(FORMER)),
        (other.get(), adoption.server)
    );
    assert_eq!(fleet.names(), [FORMER, NAME]);
}

#[test]
fn what_is_not_understood_is_unknown() {
    let (fleet, adoption) = Fleet::of(1);
    let stand_in = fleet.path("bin/tmux");
    fs::create_dir(fleet.path("bin")).unwrap();
    let path = format!("PATH={}", fleet.path("bin").display());
    let cases = [
        (None, "tmux is not on the PATH"),
        (
            Some("echo protocol version mismatch >&2; exit 1"),
            "protocol version mismatch",
        ),
        (Some("echo hello"), "it answered"),
        (Some("exit 0"), "it answered"),
    ];
    for (script, part) in cases {
        if let Some(script) = script {
            fs::write(fleet.path("script"), format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(fleet.path("script"), fs::Permissions::from_mode(0o755)).unwrap();
            // Not by this process: a child of another test could hold the copy open for writing.
            let copied = fleet
                .program("cp")
                .arg(fleet.path("script"))
                .arg(&stand_in)
                .status();
            assert!(copied.unwrap().success());
        }
        let output = child(&fleet, ("adopt", &adoption), &["env", &path])
            .output()
            .unwrap();
        failed(&output, part);
        assert_eq!(fleet.names(), [FORMER]);
    }
}

#[test]
fn the_sockets_are_sought_where_tmux_has_them() {
    let (fleet, adoption) = Fleet::of(1);
    let link = fleet.path("link");
    symlink(fleet.path(""), &link).unwrap();
    let usual = Adoption {
        directory: format!("/tmp/tmux-{}", geteuid().as_raw()),
        ..adoption.clone()
    };
    for (variable, expected) in [
        (fleet.path(""), &adoption),
        (link, &adoption),
        (fleet.path("missing"), &usual),
        ("".into(), &usual),
    ] {
        let mut child = child(&fleet, ("find", expected), &[]);
        let output = child
            .env("TMUX_TMPDIR", &variable)
            .output()
            .expect("it runs");
        assert!(
            output.status.success(),
            "{variable:?}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}
