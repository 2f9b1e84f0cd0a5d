//! Bundles in one file: packed to the same bytes, read by other programs, and taken as a directory is.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::scene::{action, is_root, utf8};
use crate::support::patience::eventually;
use crate::support::run::{Run, stopped_while_staging};
use crate::support::{Sandbox, write};

/// Names that need every way in which a tar can say them.
fn long_names() -> Vec<String> {
    vec![
        "n".repeat(100),
        "n".repeat(101),
        "n".repeat(240),
        format!("{}/{}", "p".repeat(155), "n".repeat(100)),
        format!("{}/{}", "p".repeat(156), "n".repeat(100)),
        format!("{}/{}/{}", "p".repeat(99), "q".repeat(55), "n".repeat(100)),
        [
            "d".repeat(240),
            "e".repeat(240),
            "f".repeat(240),
            "g".repeat(240),
            "h".repeat(60),
        ]
        .join("/"),
        "größe/überschrift/中文".to_owned(),
        "ü".repeat(120),
        "with space/ and more ".to_owned(),
    ]
}

fn release(sandbox: &Sandbox, name: &str, version: &str) -> PathBuf {
    let bundle = sandbox.release(
        name,
        version,
        &[
            ("tools/x.sh*", "#!/bin/sh\n"),
            ("empty", ""),
            ("SOUL.md", "s\n"),
        ],
    );
    for path in long_names() {
        write(&bundle.join(&path), path.as_bytes(), 0o644);
    }
    sandbox.ship(&bundle, "large", &vec![b'x'; 1_500_000], 0o755);
    sandbox.ship(&bundle, "of/one/block", &[7; 512], 0o644);
    bundle
}

fn pack(sandbox: &Sandbox, bundle: &Path, name: &str) -> PathBuf {
    let archive = sandbox.path(name);
    sandbox.run(&["bundle", "pack", utf8(bundle), "-o", utf8(&archive)], 0);
    archive
}

#[test]
fn install_and_update_take_an_archive_as_they_take_its_directory() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[("a", "1\n2\n3\n"), ("gone", "g\n")]);
    let second = release(&sandbox, "second", "1.1.0");
    sandbox.ship(&second, "a", b"1\n2\nthree\n", 0o644);
    let (first_archive, second_archive) = (
        pack(&sandbox, &first, "first.tar.zst"),
        pack(&sandbox, &second, "second.tar.zst"),
    );
    let other = sandbox.path("other");
    let run = |arguments: &[&str]| sandbox.run(&[arguments, &["--home", utf8(&other)]].concat(), 0);
    run(&["install", "--from", utf8(&first)]);
    sandbox.install(&first_archive);
    sandbox.edit("a", "one\n2\n3\n");
    write(&other.join("a"), b"one\n2\n3\n", 0o644);
    let planned = sandbox.json(&["update", "-n", "--from", utf8(&second_archive)], 0);
    let mut foretold = sandbox.json(&["update", "-n", "--from", utf8(&second)], 0);
    foretold["at"] = planned["at"].clone();
    assert_eq!(
        planned, foretold,
        "an archive makes another plan than its directory"
    );
    run(&["update", "--from", utf8(&second)]);
    sandbox.update(&second_archive, 0);
    assert_eq!(sandbox.tree(), crate::support::tree(&other));
    assert_eq!(sandbox.read("a"), "one\n2\nthree\n");
    assert_eq!(sandbox.why("large", &second_archive)["action"], "keep");
    sandbox.run(
        &["update", "--exit-code", "--from", utf8(&second_archive)],
        0,
    );
    sandbox.run(&["verify"], 0);
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.read("gone"), "g\n");
}

#[test]
fn the_same_bundle_is_packed_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    let bundle = release(&sandbox, "bundle", "1.0.0");
    let once = fs::read(pack(&sandbox, &bundle, "once.tar.zst")).unwrap();
    // The same files, made in another order, at another time, with other bits for group and others.
    let copy = sandbox.path("copy");
    let mut paths: Vec<_> = crate::support::tree(&bundle).into_iter().collect();
    paths.reverse();
    for (path, (kind, mode, content)) in paths.iter().filter(|(_, (kind, ..))| *kind == "file") {
        assert_eq!(*kind, "file");
        write(
            &copy.join(path),
            content,
            if mode & 0o100 != 0 { 0o700 } else { 0o600 },
        );
        let file = fs::File::options()
            .write(true)
            .open(copy.join(path))
            .unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
    }
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o700)).unwrap();
    let line = format!(
        "umask 077; exec '{}' bundle pack copy -o twice.tar.zst",
        env!("CARGO_BIN_EXE_mosaic")
    );
    let packed = Command::new("sh")
        .args(["-c", &line])
        .current_dir(sandbox.path(""))
        .status()
        .unwrap();
    assert!(packed.success());
    assert!(
        fs::read(sandbox.path("twice.tar.zst")).unwrap() == once,
        "packed again, it is another"
    );
    assert_eq!(
        fs::metadata(sandbox.path("twice.tar.zst"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    // Unpacked by another program and packed again, it is the same, too.
    let unpacked = sandbox.path("unpacked");
    untar(&sandbox.path("once.tar.zst"), &unpacked);
    assert!(fs::read(pack(&sandbox, &unpacked, "thrice.tar.zst")).unwrap() == once);
}

fn untar(archive: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let line = format!(
        "zstd -dc '{}' | tar -x -C '{}'",
        archive.display(),
        to.display()
    );
    let output = Command::new("sh").args(["-ec", &line]).output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn other_programs_read_what_is_packed() {
    let sandbox = Sandbox::new();
    let bundle = release(&sandbox, "bundle", "1.0.0");
    let archive = pack(&sandbox, &bundle, "bundle.tar.zst");
    let unpacked = sandbox.path("unpacked");
    untar(&archive, &unpacked);
    let mut tree = crate::support::tree(&unpacked);
    assert!(tree.remove("bundle.sha256").is_some());
    assert_eq!(tree, crate::support::tree(&bundle), "as GNU tar unpacks it");
    let listed = Command::new("tar")
        .args(["--zstd", "--quoting-style=literal", "-tf", utf8(&archive)])
        .output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    assert!(
        listed.starts_with("bundle.toml\nbundle.sha256\n"),
        "{listed}"
    );
    for path in long_names() {
        assert!(listed.lines().any(|line| line == path), "{path}: {listed}");
    }
    let bytes = zstd::stream::decode_all(fs::File::open(&archive).unwrap()).unwrap();
    for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let owner = (
            header.uid().unwrap(),
            header.gid().unwrap(),
            header.username(),
            header.groupname(),
        );
        assert_eq!(owner, (0, 0, Ok(Some("")), Ok(Some(""))));
        assert_eq!(header.mtime().unwrap(), 0);
        assert!([0o644, 0o755].contains(&header.mode().unwrap()));
    }
    // The first frame alone is a tar that holds what describes the bundle.
    let frames = Command::new("zstd")
        .args(["-lv", utf8(&archive)])
        .output()
        .unwrap()
        .stdout;
    let frames = String::from_utf8_lossy(&frames).into_owned();
    assert!(
        !frames.contains("Frames: 1\n") && frames.contains("XXH64"),
        "{frames}"
    );
    // A directory beside its list of hashes is checked against it.
    sandbox.run(&["bundle", "check", utf8(&unpacked)], 0);
    fs::write(unpacked.join("empty"), "not").unwrap();
    let said = sandbox.refused(&["bundle", "check", utf8(&unpacked)], 1);
    assert!(said.contains("\"empty\""), "{said}");
}

#[test]
fn no_network_is_needed() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let (first, second) = (
        release(&sandbox, "first", "1.0.0"),
        release(&sandbox, "second", "1.1.0"),
    );
    sandbox.ship(&second, "new", b"n\n", 0o644);
    let offline = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .args(["-n", env!("CARGO_BIN_EXE_mosaic")])
            .args(arguments)
            .env("HOME", sandbox.path("user"));
        command
            .env_remove("MOSAIC_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .current_dir(sandbox.path(""));
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    offline(&["bundle", "pack", utf8(&first), "-o", "first.tar.zst"]);
    offline(&["bundle", "pack", utf8(&second), "-o", "second.tar.zst"]);
    offline(&["install", "--from", "first.tar.zst"]);
    offline(&["update", "--from", "second.tar.zst"]);
    assert_eq!(sandbox.read("new"), "n\n");
}

#[test]
fn pack_replaces_files_only_and_leaves_no_half_ones() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("bundle", "1.0.0", &[]);
    let (bundle, target) = (utf8(&bundle).to_owned(), sandbox.path("out/a.tar.zst"));
    let refused = |target: &Path, says: &str| {
        let said = sandbox.refused(&["bundle", "pack", &bundle, "-o", utf8(target)], 1);
        assert!(said.contains(says), "{says}: {said}");
    };
    refused(&target, "out");
    fs::create_dir_all(&target).unwrap();
    refused(&target, "not a regular file");
    fs::remove_dir(&target).unwrap();
    symlink("elsewhere", &target).unwrap();
    refused(&target, "not a regular file");
    assert!(!sandbox.path("out/elsewhere").exists());
    fs::remove_file(&target).unwrap();
    refused(&Path::new(&bundle).join("a.tar.zst"), "lie in the bundle");
    refused(Path::new("/dev/null"), "not a regular file");
    fs::write(&target, "kept where the bundle is refused").unwrap();
    write(&Path::new(&bundle).join(".mosaic/x"), b"x", 0o644);
    refused(&target, ".mosaic/x");
    assert_eq!(
        fs::read_to_string(&target).unwrap(),
        "kept where the bundle is refused"
    );
    fs::remove_dir_all(Path::new(&bundle).join(".mosaic")).unwrap();
    let limited = format!(
        "ulimit -f 1; exec '{}' bundle pack bundle -o out/a.tar.zst",
        env!("CARGO_BIN_EXE_mosaic")
    );
    write(&Path::new(&bundle).join("noise"), &noise(200_000), 0o644);
    let full = Command::new("sh")
        .args(["-c", &limited])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    assert_eq!(
        full.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&full.stderr)
    );
    assert_eq!(
        fs::read_to_string(&target).unwrap(),
        "kept where the bundle is refused"
    );
    let names: Vec<_> = fs::read_dir(sandbox.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["a.tar.zst"], "something half was left behind");
    pack(&sandbox, Path::new(&bundle), "out/a.tar.zst");
    sandbox.run(&["bundle", "check", utf8(&target)], 0);
}

#[test]
fn pack_that_is_interrupted_leaves_nothing() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("bundle", "1.0.0", &[]);
    (0..60)
        .for_each(|n| sandbox.ship(&bundle, &format!("noise/{n}"), &noise(1_000_000 + n), 0o644));
    fs::create_dir(sandbox.path("out")).unwrap();
    let is_empty = || fs::read_dir(sandbox.path("out")).unwrap().next().is_none();
    let run = Run::start(
        &sandbox,
        &["bundle", "pack", "bundle", "-o", "out/a.tar.zst"],
    );
    eventually("it has begun", || !is_empty());
    run.signal(rustix::process::Signal::INT);
    let (status, said) = run.go_on();
    assert!(
        status == Some(1) && said.contains("interrupted"),
        "{status:?} {said}"
    );
    assert!(is_empty(), "something half was left behind");
}

/// Bytes that do not compress, by a 64-bit linear congruential generator (Knuth's MMIX constants).
fn noise(length: usize) -> Vec<u8> {
    let step = |state: &u64| {
        Some(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    };
    std::iter::successors(Some(1_u64), step)
        .map(|state| (state >> 56) as u8)
        .take(length)
        .collect()
}

#[test]
fn what_no_reader_would_take_is_not_packed() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("bundle", "1.0.0", &[]);
    fs::File::create(bundle.join("zeros"))
        .unwrap()
        .set_len(64 << 20)
        .unwrap();
    let said = sandbox.refused(&["bundle", "pack", utf8(&bundle), "-o", "a.tar.zst"], 1);
    assert!(said.contains("1000 times"), "{said}");
    assert!(!sandbox.path("a.tar.zst").exists());
}

/// The bytes of an archive that a dry run reads. Each thread has a trace of its own: in a common one a call that is
/// interrupted by another thread's stands on two lines, the second without the file.
fn read(sandbox: &Sandbox, archive: &Path) -> u64 {
    let traces = tempfile::tempdir_in(sandbox.path("")).expect("a folder");
    let trace = traces.path().join("trace");
    let words = [
        "-ff",
        "-y",
        "-qq",
        "-e",
        "trace=read,pread64",
        "-o",
        utf8(&trace),
    ];
    let mut strace = sandbox.traced(&words, &["update", "-n", "--from", utf8(archive)]);
    assert!(strace.output().expect("strace runs").status.success());
    let of_archive = format!("<{}>", archive.display());
    let traces = fs::read_dir(traces.path()).expect("traces");
    let threads = traces.map(|trace| fs::read_to_string(trace.unwrap().path()).expect("a trace"));
    let bytes_of = |thread: String| -> u64 {
        let calls = thread.lines().filter(|call| call.contains(&of_archive));
        let bytes = calls.filter_map(|call| call.rsplit_once("= ")?.1.trim().parse::<u64>().ok());
        bytes.sum()
    };
    threads.map(bytes_of).sum()
}

/// Whether a dry run reads as much of an archive as of a copy that nobody has read.
fn is_read_whole(sandbox: &Sandbox, archive: &Path) -> bool {
    let copy = sandbox.path("unread.tar.zst");
    fs::copy(archive, &copy).expect("a copy");
    read(sandbox, archive) >= read(sandbox, &copy)
}

#[test]
fn an_archive_that_was_read_whole_is_vouched_for_until_it_changes() {
    let sandbox = Sandbox::new();
    let archive = pack(&sandbox, &release(&sandbox, "bundle", "1.0.0"), "a.tar.zst");
    // The clock that files are stamped with must have gone on.
    std::thread::sleep(std::time::Duration::from_millis(50));
    sandbox.install(&archive);
    assert!(!is_read_whole(&sandbox, &archive));
    sandbox.run(&["update", "--exit-code", "--from", utf8(&archive)], 0);
    let copy = sandbox.path("copy.tar.zst");
    fs::copy(&archive, &copy).unwrap();
    assert!(
        is_read_whole(&sandbox, &copy),
        "nobody has read the copy yet"
    );
    // As long as before, with the time that it had: only the kernel's own stamp tells.
    let modified = fs::metadata(&archive).unwrap().modified().unwrap();
    let mut bytes = fs::read(&archive).unwrap();
    let last = bytes.len() - 100;
    bytes[last] ^= 1;
    fs::write(&archive, &bytes).unwrap();
    fs::File::options()
        .write(true)
        .open(&archive)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let said = sandbox.refused(&["update", "--from", utf8(&archive)], 1);
    assert!(said.contains("a.tar.zst is refused"), "{said}");
}

#[test]
fn contents_are_read_from_a_vouched_archive_too() {
    let sandbox = Sandbox::new();
    let archive = pack(&sandbox, &release(&sandbox, "bundle", "1.0.0"), "a.tar.zst");
    std::thread::sleep(std::time::Duration::from_millis(50));
    sandbox.install(&archive);
    let before = sandbox.tree();
    for path in ["tools/x.sh", "large", "anchor/2", "größe/überschrift/中文"] {
        fs::remove_file(sandbox.home().join(path)).unwrap();
    }
    assert!(!is_read_whole(&sandbox, &archive));
    sandbox.run(&["update", "--from", utf8(&archive)], 0);
    assert_eq!(sandbox.tree(), before);
}

#[test]
fn an_archive_that_changes_underfoot_is_refused() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[]);
    let second = sandbox.release("second", "1.1.0", &[]);
    (0..300).for_each(|n| sandbox.ship(&second, &format!("many/{n:03}"), &noise(4000 + n), 0o644));
    let archive = pack(&sandbox, &second, "second.tar.zst");
    sandbox.install(&first);
    let before = sandbox.tree();
    let run = stopped_while_staging(&sandbox, &["update", "--from", utf8(&archive)]);
    let honest = fs::read(&archive).unwrap();
    let mut spoiled = honest.clone();
    let half = spoiled.len() / 2;
    spoiled[half..].fill(0x55);
    fs::write(&archive, &spoiled).unwrap();
    let (status, said) = run.go_on();
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("many/") && said.contains("changed"), "{said}");
    assert_eq!(sandbox.tree(), before);
    fs::write(&archive, &honest).unwrap();
    sandbox.run(&["update", "--from", utf8(&archive)], 0);
}

/// A hard link of the archive in the home has the archive's stamp: what vouches for the archive as a whole must not
/// pass for the digest of its bytes.
#[test]
fn an_archive_in_the_home_is_a_file_like_others() {
    let sandbox = Sandbox::new();
    let first = sandbox.release("first", "1.0.0", &[]);
    let archive = pack(&sandbox, &first, "a.tar.zst");
    sandbox.install(&archive);
    fs::hard_link(&archive, sandbox.home().join("a.tar.zst")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    sandbox.run(&["update", "--from", utf8(&archive)], 0);
    assert!(!is_read_whole(&sandbox, &archive));
    let second = sandbox.release("second", "1.1.0", &[]);
    fs::copy(&archive, second.join("a.tar.zst")).unwrap();
    let document = sandbox.update(&second, 0);
    assert_eq!(action(&document, "a.tar.zst"), "adopt");
}

#[test]
fn show_tells_what_a_bundle_declares_and_ships() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release(
        "bundle",
        "1.0.0",
        &[("tools/x.sh*", "x\n"), ("SOUL.md", "soul\n")],
    );
    let units =
        b"name = \"mosaic\"\nversion = \"1.0.0\"\nseed = [\"SOUL.md\"]\nunits = [\"tools\"]\n";
    write(&bundle.join("bundle.toml"), units, 0o644);
    let archive = pack(&sandbox, &bundle, "a.tar.zst");
    let mut of_directory = sandbox.json(&["bundle", "show", "-v", utf8(&bundle)], 0);
    let of_archive = sandbox.json(&["bundle", "show", "-v", utf8(&archive)], 0);
    assert_eq!(
        of_archive["classes"],
        serde_json::json!({ "framework": 4, "seeded": 1 })
    );
    assert_eq!(of_archive["units"], serde_json::json!(["tools/x.sh"]));
    assert_eq!(
        (
            of_archive["files"].as_u64(),
            of_archive["executable"].as_u64()
        ),
        (Some(5), Some(1))
    );
    assert_eq!(of_archive["contents"].as_array().unwrap().len(), 5);
    for other in ["bundle", "at"] {
        of_directory[other] = of_archive[other].clone();
    }
    assert_eq!(of_directory, of_archive);
    assert!(sandbox.json(&["bundle", "show", utf8(&archive)], 0)["contents"].is_null());
    assert!(
        sandbox
            .run(&["bundle", "show"], 0)
            .contains("the release in this program")
    );
    let (checked, packed) = (
        sandbox.json(&["bundle", "check", utf8(&bundle)], 0),
        sandbox.json(&["bundle", "pack", utf8(&bundle), "-o", utf8(&archive)], 0),
    );
    assert_eq!(checked["digest"], packed["digest"]);
}

#[test]
fn a_file_larger_than_any_bundle_is_refused_at_once() {
    let sandbox = Sandbox::new();
    let archive = pack(
        &sandbox,
        &sandbox.release("bundle", "1.0.0", &[]),
        "a.tar.zst",
    );
    fs::File::options()
        .write(true)
        .open(&archive)
        .unwrap()
        .set_len(5 << 30)
        .unwrap();
    let said = sandbox.refused(&["install", "--from", utf8(&archive)], 1);
    assert!(said.contains("more than 4 GiB"), "{said}");
}

#[test]
fn a_bundle_needs_no_home_and_is_no_fifo() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("bundle", "1.0.0", &[]);
    let mut command = sandbox.mosaic(&["bundle", "check", utf8(&bundle)]);
    assert!(
        command
            .env_remove("HOME")
            .output()
            .unwrap()
            .status
            .success()
    );
    let fifo = sandbox.path("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for from in [utf8(&fifo), "/dev/null", "/dev/zero"] {
        let said = sandbox.refused(&["install", "--from", from], 1);
        assert!(
            said.contains(from) && said.contains("not a regular file"),
            "{said}"
        );
    }
}

#[test]
fn an_archive_of_tar_is_refused_and_what_is_advised_makes_a_right_one() {
    let sandbox = Sandbox::new();
    sandbox.release("one", "1.0.0", &[("a", "1\n")]);
    let tar = |line: &str| {
        let programs = std::path::Path::new(env!("CARGO_BIN_EXE_mosaic"))
            .parent()
            .expect("a folder");
        let mut shell = sandbox.beside("sh");
        shell.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
        assert!(
            shell
                .args(["-c", line])
                .status()
                .expect("a shell")
                .success(),
            "{line}"
        );
    };
    tar("tar --zstd -cf b.tar.zst -C one .");
    let said = sandbox.refused(&["install", "--from", "b.tar.zst"], 1);
    let advice = said.split_once("pack it anew: ").expect("an advice").1;
    assert!(said.contains("another program packed it"), "{said}");
    tar(advice.trim());
    sandbox.run(&["install", "--from", "b-unpacked.tar.zst"], 0);
}

#[test]
fn a_bundle_is_begun_and_compared() {
    let sandbox = Sandbox::new();
    sandbox.run(&["bundle", "new", "tiles", "--name", "tiles"], 0);
    sandbox.refused(&["bundle", "new", "tiles", "--name", "tiles"], 2);
    sandbox.refused(&["bundle", "new", "other", "--name", "Ti les"], 2);
    sandbox.run(&["bundle", "check", "tiles"], 0);
    let one = sandbox.release("one", "1.0.0", &[("a", "1\n"), ("b", "1\n")]);
    let two = sandbox.release("two", "2.0.0", &[("a", "2\n"), ("c", "1\n")]);
    let [one, two] = [utf8(&one), utf8(&two)];
    let document = sandbox.json(&["bundle", "diff", one, two, "--exit-code"], 4);
    let changes: Vec<_> = document["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change["change"].as_str().unwrap_or_default(),
                change["path"].as_str().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(changes, ["updated a", "gone b", "new c"]);
    sandbox.run(&["bundle", "diff", one, one, "--exit-code"], 0);
}
