//! A home in the lower layer of an overlay, where a file can be changed only as a copy in the upper one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Sandbox, tree};

/// A mount that goes with the value.
struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(
            unmounted.is_ok_and(|status| status.success()),
            "{} is still mounted",
            self.0.display()
        );
    }
}

/// Lays an empty layer over the home of a sandbox; `None` where that is not allowed.
fn lay_over(sandbox: &Sandbox) -> Option<Mount> {
    let (lower, upper, work) = (
        sandbox.path("lower"),
        sandbox.path("upper"),
        sandbox.path("work"),
    );
    fs::rename(sandbox.home(), &lower).expect("the home becomes the lower layer");
    [&upper, &work, &sandbox.home()]
        .into_iter()
        .for_each(|path| fs::create_dir(path).expect("a directory"));
    let (lower, upper, work) = (lower.display(), upper.display(), work.display());
    let layers = format!("lowerdir={lower},upperdir={upper},workdir={work}");
    let mut mount = Command::new("mount");
    let mounted = mount
        .args(["-t", "overlay", "overlay", "-o", &layers])
        .arg(sandbox.home())
        .output();
    mounted
        .is_ok_and(|output| output.status.success())
        .then(|| Mount(sandbox.home()))
}

#[test]
fn an_overlay_is_installed_updated_and_rolled_back_like_any_home() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: needs root");
        return;
    }
    let sandbox = Sandbox::new();
    let files = [
        ("a.md", "one\ntwo\nthree\n"),
        ("tools/run.sh*", "echo 1\n"),
        ("d/gone.md", "gone\n"),
    ];
    let first = sandbox
        .bundle("first", "0.1.0", &files)
        .display()
        .to_string();
    let files = [
        ("a.md", "one\ntwo\nTHREE\n"),
        ("tools/run.sh", "echo 2\n"),
        ("d", "a file now\n"),
    ];
    let second = sandbox
        .bundle("second", "0.2.0", &files)
        .display()
        .to_string();
    sandbox.edit("notes.md", "mine\n");
    let bare = sandbox.tree();
    sandbox.run(&["install", "--from", &first], 0);
    sandbox.edit("a.md", "ONE\ntwo\nthree\n");
    let installed = sandbox.tree();

    let Some(_mount) = lay_over(&sandbox) else {
        println!("skipped: no overlay can be mounted here");
        return;
    };
    sandbox.run(&["update", "--from", &second], 0);
    assert_eq!(sandbox.read("a.md"), "ONE\ntwo\nTHREE\n");
    assert_eq!(sandbox.read("d"), "a file now\n");
    sandbox.run(&["rollback"], 0);
    assert_eq!(sandbox.tree(), installed);
    sandbox.edit("a.md", "one\ntwo\nthree\n");
    sandbox.run(&["rollback", "0"], 0);
    assert_eq!(sandbox.tree(), bare);
    assert_eq!(tree(&sandbox.path("lower")), installed);
}
