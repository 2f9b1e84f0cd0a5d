//! Bundles made to do harm, archives and directories: each is refused by name, and nothing is touched.
//!
//! `MOSAIC_HOSTILE_DIR=DIR` keeps what is made there (`scripts/hostile-corpus DIR`).

mod archives;
mod forge;
mod mutations;
mod snapshot;
mod trees;

use std::path::Path;

use crate::hostile::snapshot::snapshot;
use crate::support::Sandbox;
use crate::support::run::stopped_at;

/// One bundle that must be refused, and what the message must say: the entry, and what is wrong with it.
struct Hostile {
    name: &'static str,
    says: &'static [&'static str],
}

/// A home with a release, and a place for bad ones; nothing in it may change.
struct Target(Sandbox);

impl Target {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let files = [("anchor/1", "1\n"), ("anchor/2", "2\n"), ("mine", "m\n")];
        let good = sandbox.bundle("good", "1.0.0", &files);
        sandbox.run(&["install", "--from", good.to_str().unwrap()], 0);
        sandbox.edit("mine", "edited\n");
        Self(sandbox)
    }

    /// Offers a bad bundle in every way, and takes it away; says what went wrong.
    fn offer(&self, hostile: &Hostile, bad: &Path) -> Vec<String> {
        let path = bad.to_str().expect("a plain path");
        let fresh = self.0.path("fresh/below/home");
        let fresh = fresh.to_str().expect("a plain path");
        let offers: [&[&str]; 4] = [
            &["install", "--home", fresh, "--from", path],
            &["update", "--from", path],
            &["update", "--dry-run", "--from", path],
            &["bundle", "check", path],
        ];
        let before = snapshot(&self.0.path(""));
        let mut wrong = Vec::new();
        for offer in offers {
            let output = self.0.mosaic(offer).output().expect("the program runs");
            let said = String::from_utf8_lossy(&output.stderr);
            let is_refused = output.status.code() == Some(1);
            let is_named = hostile.says.iter().all(|part| said.contains(part));
            let is_calm = !said.contains("panicked") && !said.contains('\u{1b}');
            let is_untouched = snapshot(&self.0.path("")) == before;
            if !(is_refused && is_named && is_calm && is_untouched) {
                let verdict =
                    format!("refused {is_refused}, calm {is_calm}, untouched {is_untouched}");
                wrong.push(format!(
                    "{}: {offer:?}: {verdict}: wanted {:?}: {said}",
                    hostile.name, hostile.says
                ));
            }
        }
        keep(hostile.name, bad);
        wrong
    }
}

/// Moves a bad bundle to where somebody wants to look at it, or away.
fn keep(name: &str, bad: &Path) {
    let (folder, ending) = if bad.is_dir() {
        ("directories", "")
    } else {
        ("archives", ".tar.zst")
    };
    if let Some(corpus) = std::env::var_os("MOSAIC_HOSTILE_DIR") {
        let folder = Path::new(&corpus).join(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let kept = folder.join(format!("{}{ending}", name.replace(' ', "-")));
        let copied = std::process::Command::new("cp")
            .arg("-aT")
            .args([bad, &kept])
            .status();
        assert!(
            copied.is_ok_and(|status| status.success()),
            "{name} is not kept"
        );
    }
    let removed = if bad.is_dir() {
        std::fs::remove_dir_all(bad)
    } else {
        std::fs::remove_file(bad)
    };
    removed.expect("it goes");
}

#[test]
fn archives_are_refused_and_nothing_is_touched() {
    let target = Target::new();
    let mut wrong = Vec::new();
    for (hostile, forge) in archives::CASES {
        let bad = target.0.path("bad.tar.zst");
        std::fs::write(&bad, forge()).expect("it is written");
        wrong.extend(target.offer(hostile, &bad));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn directories_are_refused_and_nothing_is_touched() {
    let target = Target::new();
    let mut wrong = Vec::new();
    for (hostile, spoil) in trees::CASES {
        let files = [("anchor/1", "1\n"), ("anchor/2", "2\n"), ("mine", "M\n")];
        let bad = target.0.bundle("bad", "1.1.0", &files);
        spoil(&bad);
        wrong.extend(target.offer(hostile, &bad));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The forger is honest where nothing is forged: otherwise every refusal above would prove nothing.
#[test]
fn what_is_not_forged_is_taken() {
    let target = Target::new();
    let Target(sandbox) = target;
    std::fs::write(sandbox.path("good.tar.zst"), archives::honest().bytes())
        .expect("it is written");
    sandbox.edit("mine", "m\n");
    sandbox.run(&["bundle", "check", "good.tar.zst"], 0);
    sandbox.run(&["update", "--from", "good.tar.zst"], 0);
    assert_eq!(sandbox.read("tools/x.sh"), "#!/bin/sh\n");
}

/// An archive that was sound when it was opened, and then got other contents under the same list.
#[test]
fn contents_are_compared_each_time_they_are_read() {
    let Target(sandbox) = Target::new();
    let archive = sandbox.path("a.tar.zst");
    std::fs::write(&archive, archives::honest().bytes()).expect("it is written");
    let before = sandbox.tree();
    let run = stopped_at(&sandbox, &["update", "--from", "a.tar.zst"], "Started:1");
    let spoiled = archives::honest()
        .spoil("tools/x.sh", |entry| entry.body[0] = b'!')
        .bytes();
    std::fs::write(&archive, spoiled).expect("it is written");
    let (status, said) = run.go_on();
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("tools/x.sh") && said.contains("changed"),
        "{said}"
    );
    assert_eq!(sandbox.tree(), before);
}
