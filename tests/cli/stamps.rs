//! The stat cache spares reading, and hides no change.

use std::fs;
use std::path::Path;

use crate::cli::scene::{is_root, utf8};
use crate::support::Sandbox;

const SCENE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/stamps.sh");

/// Plays the rounds of `stamps.sh` on a file system of this kind.
fn edits_within_a_second_are_seen(kind: &[&str]) {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.release("old", "1.0.0", &[("g/a", "1\n2\n3\n4\n5\n6\n7\n")]);
    sandbox.release("new", "1.1.0", &[("g/a", "1\n2\n3\n4\n5\n6\ntwo\n")]);
    let mut command = sandbox.among_mounts(&["-x", SCENE]);
    let output = command.args(kind).output().expect("unshare runs");
    let told = [output.stdout, output.stderr].concat();
    match output.status.code() {
        Some(77) => println!("skipped: no {kind:?} here, or not one edit within a second"),
        status => assert_eq!(status, Some(0), "{}", String::from_utf8_lossy(&told)),
    }
}

#[test]
fn an_edit_within_the_second_is_seen_on_ext4_with_small_inodes() {
    edits_within_a_second_are_seen(&["ext4", "-I", "128"]);
}

#[test]
fn an_edit_within_the_second_is_seen_on_ext3() {
    edits_within_a_second_are_seen(&["ext3", "-I", "128"]);
}

/// Writes into a file by way of a mapping, runs the program, and writes back what was there: the second time, the kernel
/// gives no stamp.
const MAPPED: &str = "
import mmap, os, subprocess, sys
path, *update = sys.argv[1:]
with open(path, 'r+b') as file, mmap.mmap(file.fileno(), 0) as mapped:
    mapped[0:1] = b'X'
    before = os.stat(path)
    subprocess.run(update, check=True)
    mapped[0:1] = b'1'
    assert os.stat(path).st_mtime_ns == before.st_mtime_ns
";

#[test]
fn what_a_program_writes_by_a_mapping_is_seen_though_no_stamp_tells() {
    let sandbox = Sandbox::new();
    let old = sandbox.release("old", "1.0.0", &[("g/a", "1\n2\n")]);
    sandbox.install(&old);
    let file = sandbox.home().join("g/a");
    let mut python = sandbox.beside("python3");
    python.args(["-c", MAPPED, utf8(&file), env!("CARGO_BIN_EXE_mosaic")]);
    let output = python.args(["update", "--from", "old"]).output();
    let output = output.expect("python3 runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let status = sandbox.json(&["status"], 0);
    assert_eq!(status["edited"], serde_json::json!([]), "{status}");
}

const MANY: usize = 2000;

/// A home of many files that was just installed, with its bundle.
fn large(sandbox: &Sandbox) -> std::path::PathBuf {
    let bundle = sandbox.release("large", "1.0.0", &[]);
    for number in 0..MANY {
        let path = format!("g/{}/{number}", number % 20);
        sandbox.ship(&bundle, &path, path.as_bytes(), 0o644);
    }
    // The clock that files are stamped with must have gone on.
    std::thread::sleep(std::time::Duration::from_millis(50));
    sandbox.install(&bundle);
    bundle
}

/// The number of files below a folder that an update opens; `None` where nothing may be traced.
fn opened(sandbox: &Sandbox, folder: &Path) -> Option<usize> {
    let traces = tempfile::tempdir_in(sandbox.path("")).expect("a folder");
    let trace = traces.path().join("trace");
    let words = ["-ff", "-y", "-qq", "-e", "trace=openat", "-o", utf8(&trace)];
    let mut strace = sandbox.traced(&words, &["update", "-n", "--from", "large"]);
    if !strace.output().is_ok_and(|output| output.status.success()) {
        println!("skipped: needs strace, and leave to trace");
        return None;
    }
    let files = format!("<{}/g/", folder.display());
    let is_file = |call: &&str| {
        let opened = call.rsplit_once("= ").map_or("", |(_, opened)| opened);
        opened.contains(&files) && !call.contains("O_DIRECTORY")
    };
    let threads = fs::read_dir(traces.path()).expect("traces");
    let threads = threads.map(|trace| fs::read_to_string(trace.unwrap().path()).expect("a trace"));
    Some(
        threads
            .map(|calls| calls.lines().filter(is_file).count())
            .sum(),
    )
}

#[test]
fn what_an_install_wrote_is_hardly_read_again_and_its_bundle_not_at_all() {
    let sandbox = Sandbox::new();
    let bundle = large(&sandbox);
    let (Some(home), Some(bundle)) = (opened(&sandbox, &sandbox.home()), opened(&sandbox, &bundle))
    else {
        return;
    };
    // On kernels that stamp by their ticks, those of the last tick are read.
    assert!(home < MANY / 2, "{home} files of the home are read");
    assert_eq!(bundle, 0);
}

#[test]
fn a_cache_of_the_earlier_format_is_not_believed() {
    let sandbox = Sandbox::new();
    let bundle = large(&sandbox);
    let cache = sandbox.home().join(".mosaic/cache");
    let written = fs::read(&cache).expect("the cache");
    let kind = b"mosaic-stamps ";
    assert!(written.starts_with(kind));
    fs::write(
        &cache,
        [b"mosaic-stat-cache ", &written[kind.len()..]].concat(),
    )
    .unwrap();
    let Some(home) = opened(&sandbox, &sandbox.home()) else {
        return;
    };
    assert_eq!((home, opened(&sandbox, &bundle)), (MANY, Some(MANY)));
}
