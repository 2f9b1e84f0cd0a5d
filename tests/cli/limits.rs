//! Machines that withhold what a program takes for granted: threads, random numbers, newer calls of the kernel.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::cli::scene::{is_root, utf8};
use crate::support::Sandbox;

#[test]
fn where_no_thread_can_be_made_the_work_goes_on_without() {
    let sandbox = Sandbox::new();
    if !is_root() {
        println!("skipped: needs root");
        return;
    }
    // Many files, for which there would be threads.
    let names: Vec<_> = (0..600).map(|number| format!("d/{number}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "x\n")).collect();
    let bundle = sandbox.bundle("many", "1.0.0", &files);
    fs::set_permissions(sandbox.path(""), Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::chown(sandbox.path("user"), Some(1999), Some(1999)).unwrap();
    let program = sandbox.path("program");
    fs::copy(env!("CARGO_BIN_EXE_mosaic"), &program).unwrap();
    for arguments in [
        &["install", "-q", "--from", utf8(&bundle)][..],
        &["update", "-q", "--from", utf8(&bundle)],
        &["doctor"],
        &["verify"],
    ] {
        let output = Command::new("prlimit")
            .args(["--nproc=1:1", "setpriv", "--reuid=1999", "--regid=1999"])
            .args(["--clear-groups", utf8(&program)])
            .args(arguments)
            .env_clear()
            .env("HOME", sandbox.path("user"))
            .env("PATH", "/usr/bin:/bin")
            .output()
            .expect("prlimit and setpriv");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        let is_well = output.status.code() == Some(0) || arguments == ["doctor"];
        assert!(is_well, "{arguments:?}: {:?} {said}", output.status);
        assert!(output.status.code().is_some_and(|status| status <= 5));
    }
    assert_eq!(sandbox.tree().len(), 601);
}

/// Runs the program with a call that always fails; `None` where that cannot be tried.
fn without(
    sandbox: &Sandbox,
    call: &str,
    error: &str,
    arguments: &[&str],
) -> Option<(i32, String)> {
    let can = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    if !can.is_ok_and(|output| output.status.success()) {
        println!("skipped: needs strace, and leave to trace");
        return None;
    }
    let inject = format!("inject={call}:error={error}");
    let words = ["-f", "-o", "/dev/null", "-e", &inject];
    let output = sandbox.traced(&words, arguments).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((output.status.code()?, said))
}

#[test]
fn a_kernel_that_withholds_a_call_is_named_with_what_is_needed() {
    let sandbox = Sandbox::new();
    sandbox.run(&["install", "-q"], 0);
    let before = sandbox.tree();
    for call in ["openat2", "renameat2", "statx"] {
        for error in ["ENOSYS", "EPERM"] {
            for arguments in [&["status"][..], &["update"], &["doctor"], &["recover"]] {
                let Some((status, said)) = without(&sandbox, call, error, arguments) else {
                    return;
                };
                let context = format!("{call}, {error}, {arguments:?}: {status} {said}");
                assert_eq!(status, 1, "{context}");
                assert!(
                    said.contains(call) && said.contains("Linux 5.6"),
                    "{context}"
                );
                assert!(!said.contains("help:"), "{context}");
            }
        }
    }
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn without_random_numbers_it_says_so_or_does_without() {
    let sandbox = Sandbox::new();
    for (error, expected) in [("EIO", 1), ("ENOSYS", 0), ("EPERM", 0)] {
        for arguments in [&["install", "-q"][..], &["status"]] {
            let Some((status, said)) = without(&sandbox, "getrandom", error, arguments) else {
                return;
            };
            assert_eq!(status, expected, "{error}, {arguments:?}: {said}");
            assert!(!said.contains("panicked"), "{said}");
        }
    }
}
