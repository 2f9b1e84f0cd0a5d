//! What the README shows is what the program says.

use std::fs;

use crate::support::Sandbox;

#[test]
fn the_demo_says_what_the_readme_shows() {
    let sandbox = Sandbox::new();
    let said = sandbox.run(&["install", "--home", "target/demo-home"], 0);
    let said = said.replace(&sandbox.path("").display().to_string(), "/home/you/mosaic/");
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    assert!(
        readme.contains(said.trim_end()),
        "README.md does not show this:\n{said}"
    );
}
