//! The reports: a table, a document as its schema says, JUnit XML that parses, one page.

use std::fs;

use crate::matrix::world::World;
use crate::support::schema;

/// A green cell, and a red one with a secret in its difference.
pub fn mixed() -> World {
    World::new().with("good", "title = 'all <is> well'\n").with(
        "wrong",
        "title = 'the token'\nstarts = '0.0.31'\nexpect = [\n  { files = 'home/fleet/agents/*.env', from = '=hunter2', to = '=hunter3' },\n  { files = 'home/fleet/agents/*.env', from = 'mosaic-factory', to = 'mosaic-fleet' },\n]\n",
    )
}

#[test]
fn the_table_has_one_mark_a_cell_and_says_what_differs_without_secrets() {
    let world = mixed();
    let output = world.run(&[]);
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<_> = text.lines().take(3).collect();
    assert_eq!(
        rows,
        [
            "       none  0.0.31",
            "good     ✓      ✓",
            "wrong    ·      ✗"
        ]
    );
    for line in [
        "wrong/0.0.31  the token",
        "-MOSAIC_TMUX_SOCKET=mosaic-fleet",
        "+MOSAIC_TMUX_SOCKET=mosaic-factory",
        "•••• (changed)",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("hunter"), "{text}");
    assert!(text.contains("3 cells, 1 red; killed at "), "{text}");
    let mut plain = world
        .sandbox
        .mosaic(&["matrix", "run", "matrix", "--from", "bundle"]);
    let text = String::from_utf8(plain.env("LC_ALL", "C").output().unwrap().stdout).unwrap();
    let rows: Vec<_> = text.lines().take(3).collect();
    assert_eq!(
        rows,
        [
            "       none  0.0.31",
            "good     +      +",
            "wrong    .      X"
        ]
    );
}

#[test]
fn the_document_is_as_its_schema_says_and_is_the_same_each_time_but_for_times() {
    let world = mixed();
    let documents = ["1", "2"].map(|jobs| {
        let mut document = world.judged(&["--jobs", jobs], 4);
        let errors = schema::faults("matrix.run", &document);
        assert_eq!(
            (errors, &document["schema"]),
            (Vec::new(), &"mosaic.matrix.run/1".into())
        );
        let times = document["cells"].as_array().unwrap().len();
        (0..times).for_each(|at| document["cells"][at]["milliseconds"] = 0.into());
        document["milliseconds"] = 0.into();
        document["at"] = 0.into();
        document
    });
    assert_eq!(documents[0], documents[1]);
    assert!(!documents[0].to_string().contains("hunter"));
}

#[test]
fn the_reports_are_written_and_programs_read_them() {
    let world = mixed();
    let said = world.run(&["--report", "a/b", "--quiet"]);
    assert_eq!(said.status.code(), Some(4));
    let read = |name: &str| fs::read_to_string(world.sandbox.path("a/b").join(name)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&read("matrix.json")).unwrap();
    assert_eq!(
        (&document["green"], &document["red"]),
        (&2.into(), &1.into())
    );
    let junit = read("junit.xml");
    let tree = roxmltree::Document::parse(&junit).expect("XML");
    let named = |name: &'static str| {
        tree.descendants()
            .filter(move |node| node.has_tag_name(name))
    };
    assert_eq!(named("testsuite").count(), 2);
    let tests: Vec<_> = named("testcase")
        .map(|test| {
            (
                test.attribute("classname").unwrap(),
                test.attribute("name").unwrap(),
                test.children().any(|child| child.has_tag_name("failure")),
            )
        })
        .collect();
    assert_eq!(
        tests,
        [
            ("good", "none", false),
            ("good", "0.0.31", false),
            ("wrong", "0.0.31", true)
        ]
    );
    let failure = named("failure").next().unwrap();
    assert!(
        failure
            .text()
            .unwrap()
            .contains("-MOSAIC_TMUX_SOCKET=mosaic-fleet")
    );
    let page = read("index.html");
    assert!(
        page.contains("all &lt;is&gt; well") && !page.contains("all <is> well"),
        "a title is not markup"
    );
    for report in [&junit, &page, &read("matrix.json")] {
        assert!(!report.contains("hunter"), "a report shows a secret");
    }
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "the page needs {outside}");
    }
}
