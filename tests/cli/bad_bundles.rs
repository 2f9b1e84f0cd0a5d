//! Bundles that are wrong: refused, named, and the home is as it was.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::cli::scene::utf8;
use crate::support::run::stopped_while_staging;
use crate::support::{Sandbox, write};

struct Bad {
    spoil: fn(&Path),
    /// What the message must contain: the entry, at least.
    says: &'static [&'static str],
}

fn put(bundle: &Path, path: &str) {
    write(&bundle.join(path), b"x", 0o644);
}

fn declare(bundle: &Path, text: &str) {
    write(&bundle.join("bundle.toml"), text.as_bytes(), 0o644);
}

#[rustfmt::skip]
const BAD: &[Bad] = &[
    Bad { spoil: |b| symlink("anchor/1", b.join("link")).unwrap(), says: &["link", "symbolic link"] },
    Bad { spoil: |b| symlink("anchor", b.join("linked")).unwrap(), says: &["linked", "symbolic link"] },
    Bad { spoil: |b| mknodat(CWD, b.join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap(), says: &["pipe", "fifo"] },
    Bad { spoil: |b| put(b, "line\nbreak"), says: &["line\\nbreak", "control character"] },
    Bad { spoil: |b| put(b, "esc\u{1b}[31m"), says: &["control character"] },
    Bad { spoil: |b| write(&b.join(OsStr::from_bytes(b"caf\xe9")), b"x", 0o644), says: &["caf", "UTF-8"] },
    Bad { spoil: |b| ["guides/A.md", "guides/a.md"].iter().for_each(|p| put(b, p)), says: &["guides/A.md", "guides/a.md", "case"] },
    Bad { spoil: |b| ["Guides/x", "guides/y"].iter().for_each(|p| put(b, p)), says: &["Guides", "guides", "case"] },
    Bad { spoil: |b| put(b, &"n".repeat(250)), says: &["nnnn", "240"] },
    Bad { spoil: |b| put(b, &vec!["d".repeat(200); 6].join("/")), says: &["dddd", "1024"] },
    Bad { spoil: |b| put(b, ".mosaic/record"), says: &[".mosaic/record"] },
    Bad { spoil: |b| put(b, ".Mosaic"), says: &[".Mosaic"] },
    Bad { spoil: |b| put(b, ".mosaicpreserve"), says: &[".mosaicpreserve"] },
    Bad { spoil: |b| put(b, "fleet/mine.yaml"), says: &["fleet/mine.yaml", "fleet/*.yaml", "bundle.toml:3"] },
    Bad { spoil: |b| put(b, "memory/a/b"), says: &["memory/a/b", "memory"] },
    Bad { spoil: |b| fs::remove_file(b.join("bundle.toml")).unwrap(), says: &["bundle.toml"] },
    Bad { spoil: |b| fs::remove_dir_all(b).unwrap(), says: &["bad", "not a bundle"] },
    Bad { spoil: |b| { fs::remove_dir_all(b).unwrap(); fs::write(b, "a file").unwrap() }, says: &["bad", "not a bundle"] },
    Bad { spoil: |b| declare(b, "name = \"mosaic\"\nversion = \n"), says: &["bundle.toml:2:"] },
    Bad { spoil: |b| declare(b, "name = \"mosaic\"\nversion = \"one\"\n"), says: &["bundle.toml:2:11", "semantic version"] },
    Bad { spoil: |b| declare(b, "name = \"mosaic\"\nversion = \"1.1.0\"\npreserved = []\n"), says: &["bundle.toml:3:1", "preserved"] },
    Bad { spoil: |b| declare(b, "name = \"Mo/saic\"\nversion = \"1.1.0\"\n"), says: &["bundle.toml:1:8"] },
    Bad { spoil: |b| declare(b, "name = \"mosaic\"\nversion = \"1.1.0\"\nseed = [\"a\", \"[z\"]\n"), says: &["bundle.toml:3:14"] },
    Bad { spoil: |b| write(&b.join("bundle.toml"), b"\xff", 0o644), says: &["bundle.toml", "UTF-8"] },
];

#[test]
fn are_refused_and_the_message_names_the_entry() {
    for Bad { spoil, says } in BAD {
        let sandbox = Sandbox::new();
        let good = sandbox.release("good", "1.0.0", &[("a", "a\n")]);
        sandbox.install(&good);
        let bad = sandbox.release("bad", "1.1.0", &[("a", "b\n")]);
        spoil(&bad);
        let generation = sandbox.generation();
        for command in ["update", "install"] {
            let said = sandbox.refused(&[command, "--from", utf8(&bad)], 1);
            assert!(
                says.iter().all(|part| said.contains(part)),
                "{says:?}: {said}"
            );
            assert!(
                !said.contains('\u{1b}'),
                "a name speaks to the terminal: {said:?}"
            );
        }
        sandbox.refused(&["update", "-n", "--from", utf8(&bad)], 1);
        assert_eq!(sandbox.generation(), generation);
        sandbox.run(&["status", "--exit-code"], 0);
    }
}

#[test]
fn a_broken_declaration_gives_programs_file_line_and_column() {
    let sandbox = Sandbox::new();
    let bad = sandbox.release("bad", "1.1.0", &[]);
    declare(&bad, "name = \"mosaic\"\nversion = \"one\"\n");
    let error = sandbox.json(&["install", "--from", utf8(&bad)], 1);
    assert_eq!(error["schema"], "mosaic.error/1");
    assert_eq!(
        (error["line"].as_u64(), error["column"].as_u64()),
        (Some(2), Some(11))
    );
    assert!(error["file"].as_str().unwrap().ends_with("bundle.toml"));
}

#[test]
fn a_bundle_that_changes_underfoot_is_refused() {
    let sandbox = Sandbox::new();
    let files: Vec<_> = (0..300).map(|n| format!("many/{n:03}")).collect();
    let first = sandbox.release("first", "1.0.0", &[]);
    let second = sandbox.release("second", "1.1.0", &[]);
    files
        .iter()
        .for_each(|file| sandbox.ship(&second, file, file.as_bytes(), 0o644));
    // Small files are kept in memory between the plan and its carrying out; this one is read again.
    sandbox.ship(&second, "many/299", &vec![b'a'; 2 << 20], 0o644);
    sandbox.install(&first);
    let before = sandbox.tree();
    let changed = second.join("many/299");
    let run = stopped_while_staging(&sandbox, &["update", "--from", utf8(&second)]);
    fs::write(&changed, "something else").unwrap();
    let (status, said) = run.go_on();
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("many/299") && said.contains("changed"),
        "{said}"
    );
    assert_eq!(sandbox.tree(), before);
    sandbox.run(&["update", "--from", utf8(&second)], 0);
}

#[test]
fn a_bundle_that_holds_a_home_is_refused() {
    let sandbox = Sandbox::new();
    let bundle = sandbox.release("bundle", "1.0.0", &[]);
    let home = bundle.join("home");
    sandbox.run(
        &["install", "--home", utf8(&home), "--from", utf8(&bundle)],
        1,
    );
    assert!(!home.exists());
}
