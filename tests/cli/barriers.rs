//! What makes a change durable: on a disk one `syncfs` for all; on FUSE each file and each folder, because there `syncfs`
//! answers that all went well, and does nothing.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::support::Sandbox;

/// Mounts what `$1` names at `$2`, runs the other commands under strace, whose log is `log`, and unmounts it. 77: there is
/// none here.
const SCENE: &str = r#"
mkdir -p disk/lower disk/upper disk/work top
case $1 in
  tmpfs) mount -t tmpfs tmpfs "$2" ;;
  bindfs) bindfs disk/upper "$2" ;;
  *) fuse-overlayfs -o lowerdir=disk/lower,upperdir=disk/upper,workdir=disk/work "$2" ;;
esac || exit 77
trap 'umount --lazy "$2"' EXIT
at=$2
shift 2
for words; do
  strace -f -y -s 200 -o log -e trace=fsync,fdatasync,syncfs,renameat2 "$m" $words --home "$h"
  echo "status $?"
done
"#;

const FILES: usize = 40;

/// Log of the last command and what all told, or `None` where this kind is not to be had.
fn play(sandbox: &Sandbox, kind: &str, at: &str, commands: &[&str]) -> Option<(String, String)> {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: needs root");
        return None;
    }
    let is_there = || Command::new(kind).arg("--version").output().is_ok();
    if kind != "tmpfs" && (!is_there() || fs::metadata("/dev/fuse").is_err()) {
        println!("skipped: no {kind}, or no FUSE here");
        return None;
    }
    let mut command = sandbox.among_mounts(&["-c", SCENE, "sh", kind, at]);
    command.args(commands).process_group(0);
    let home = if at == "top" { "top/mosaic" } else { "home" };
    command.env("h", home);
    let output = command.output().expect("unshare runs");
    if output.status.code() == Some(77) {
        println!("skipped: {kind} cannot mount here");
        return None;
    }
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    let log = fs::read_to_string(sandbox.path("log")).expect("strace wrote it");
    Some((log, told))
}

fn releases(sandbox: &Sandbox) {
    for (name, version) in [("old", "1.0.0"), ("new", "1.1.0")] {
        let names: Vec<_> = (0..FILES)
            .map(|number| format!("g/{}/{number}", number % 4))
            .collect();
        let gone = format!("gone/{name}");
        let mut files: Vec<_> = names.iter().map(|path| (path.as_str(), version)).collect();
        files.push((&gone, "x\n"));
        sandbox.release(name, version, &files);
    }
}

/// A run's log, cut at the commit point.
fn cut(log: &str) -> (Vec<&str>, Vec<&str>) {
    let is_commit = |line: &&str| line.contains("renameat2(") && line.contains("\"tx\"");
    let at = log.lines().position(|line| is_commit(&line));
    let at = at.unwrap_or_else(|| panic!("it commits: {log}"));
    let lines: Vec<_> = log.lines().collect();
    (fsyncs(&lines[..at]), fsyncs(&lines[at..]))
}

/// Paths that were synced, below the folder of the test.
fn fsyncs<'l>(log: &[&'l str]) -> Vec<&'l str> {
    let succeeded = log
        .iter()
        .filter(|line| line.contains("fsync(") && line.ends_with("= 0"));
    succeeded
        .filter_map(|line| Some(line.split_once('<')?.1.rsplit_once('>')?.0))
        .collect()
}

fn count(synced: &[&str], part: &str) -> usize {
    let below = |path: &&&str| path.contains(part);
    synced.iter().filter(below).count()
}

fn all_at(synced: &[&str], ends: &[&str], log: &str) {
    for end in ends {
        assert!(
            synced.iter().any(|path| path.ends_with(end)),
            "{end} is not synced: {log}"
        );
    }
}

#[test]
fn on_a_disk_one_barrier_covers_all_that_was_made_and_set_however_much() {
    let sandbox = Sandbox::new();
    for (name, version, mark) in [("old", "1.0.0", ""), ("new", "1.1.0", "*")] {
        let paths: Vec<_> = (0..FILES)
            .map(|number| format!("made-{name}/{number}/a"))
            .chain((0..FILES).map(|number| format!("g/{number}{mark}")))
            .collect();
        let files: Vec<_> = paths.iter().map(|path| (path.as_str(), "x\n")).collect();
        sandbox.release(name, version, &files);
    }
    let commands = ["install --from old", "update --from new"];
    for number in 1..=commands.len() {
        let Some((log, told)) = play(&sandbox, "tmpfs", "top", &commands[..number]) else {
            return;
        };
        assert_eq!(told.matches("status 0").count(), number, "{told}");
        let (before, after) = cut(&log);
        assert!(before.is_empty(), "{log}");
        assert_eq!(after.len(), 1, "the commit point alone: {log}");
        assert_eq!(log.matches("syncfs(").count(), 2, "{log}");
    }
}

#[test]
fn on_fuse_each_file_and_each_folder_is_synced_and_nothing_rests_on_syncfs() {
    for (commands, number) in [
        (&["install --from old"][..], 1),
        (&["install --from old", "update --from new"], 2),
    ] {
        let sandbox = Sandbox::new();
        releases(&sandbox);
        let Some((log, told)) = play(&sandbox, "fuse-overlayfs", "top", commands) else {
            return;
        };
        assert_eq!(told.matches("status 0").count(), number, "{told}");
        assert!(!log.contains("syncfs("), "{log}");
        let (before, after) = cut(&log);
        assert!(count(&before, "/.mosaic/tx/files/") >= FILES, "{log}");
        let staged = [
            "/tx/journal",
            "/tx/record",
            "/tx/pending",
            "/tx/files",
            "/.mosaic/tx",
            "/.mosaic",
            "/generations",
            "/conflicts",
        ];
        all_at(&before, &staged, &log);
        let above = ["top/mosaic", "/top"];
        all_at(&before, if number == 1 { &above } else { &[] }, &log);
        let live = [
            "/g/0",
            "/g/1",
            "/g/2",
            "/g/3",
            "/gone",
            "/commit/files",
            "/commit",
        ];
        all_at(&after, &live, &log);
        assert!(
            count(&after, "/.mosaic") >= 3,
            "the commit point itself: {log}"
        );
    }
}

#[test]
fn on_a_mere_pass_through_the_commit_point_rests_on_the_syncing_of_no_folder() {
    let sandbox = Sandbox::new();
    releases(&sandbox);
    let Some((log, told)) = play(&sandbox, "bindfs", "top", &["install --from old"]) else {
        return;
    };
    assert_eq!(told.matches("status 0").count(), 1, "{told}");
    assert!(!log.contains("syncfs("), "{log}");
    let (before, after) = cut(&log);
    assert!(count(&before, "/.mosaic/tx/files/") >= FILES, "{log}");
    all_at(&after, &["/commit/mark"], &log);
}

#[test]
fn a_fuse_mount_in_a_home_on_a_disk_has_barriers_of_its_own() {
    let sandbox = Sandbox::new();
    releases(&sandbox);
    fs::create_dir_all(sandbox.path("home/g")).unwrap();
    let commands = ["install --from old", "update --from new"];
    let Some((log, told)) = play(&sandbox, "fuse-overlayfs", "home/g", &commands) else {
        return;
    };
    assert_eq!(told.matches("status 0").count(), 2, "{told}");
    let is_wrong = |line: &str| line.contains("syncfs(") && line.contains("home/g");
    assert!(!log.lines().any(is_wrong), "{log}");
    let (before, after) = cut(&log);
    assert_eq!(count(&before, "/.mosaic-2-"), FILES, "{log}");
    let folders = ["/g/0", "/g/1", "/g/2", "/g/3"];
    all_at(&before, &folders, &log);
    all_at(&after, &folders, &log);
}
