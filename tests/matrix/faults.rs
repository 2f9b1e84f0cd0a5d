//! What is wrong in a case is said with file, line and column, before anything is played.

use crate::matrix::world::World;

#[test]
fn a_mistake_in_a_case_is_said_with_its_place() {
    #[rustfmt::skip]
    let cases = [
        ("titel = 't'", "matrix/case/case.toml:1:1", "unknown field `titel`", "did you mean `title`?"),
        ("title = 't'\nexits = 1", "case.toml:2:1", "unknown field `exits`", "did you mean `exit`?"),
        ("title = 't'\nstate = [\n  { flies = 'home/x' },\n]", "case.toml:3:5", "unknown field `flies`", "did you mean `files`?"),
        ("", "case.toml:1:1", "missing field `title`", ""),
        ("title = 't'\nstarts = '0.0.32'", "case.toml:2:10", "`0.0.32` is no start; there are none, 0.0.31", ""),
        ("title = 't'\nexit = { '0.0.31' = 1, '*' = 2 }", "case.toml:2:8", "two values for the start 0.0.31", ""),
        ("title = 't'\nexit = 'well'", "case.toml:2:8", "an exit status is a number", ""),
        ("title = 't'\nmigrations.x = 'done'", "case.toml:2:16", "the outcome of a migration is one of", ""),
        ("title = 't'\nexpect = [{ files = 'fleet/x', from = 'a', to = 'b' }]", "case.toml:2:11", "`fleet/x` must begin with home/", ""),
        ("title = 't'\nexpect = [{ files = 'home/x' }]", "case.toml:2:11", "say what becomes of the files", ""),
        ("title = 't'\nexpect = [{ gone = 'home/x', to = 'y' }]", "case.toml:2:11", "`to` does not go with the rest", ""),
        ("title = 't'\nexpect = [{ use = 'quotet' }]", "case.toml:2:11", "no rules `quotet`; did you mean `quoted`?", ""),
        ("title = 't'\nexpect = [{ keep = 'home/nothing.md' }]", "case.toml:2:11", "the rule matches nothing, from the start none", ""),
        ("title = 't'\nstarts = '0.0.31'\nexpect = [\n  { files = 'home/*.yaml', from = 'a', to = 'b' },\n]", "case.toml:4:3", "the rule matches no file, from the start 0.0.31", ""),
        ("title = 't'\nstarts = '0.0.31'\nstate = [{ files = 'home/notes.md', from = 'n', to = 'b', count = 2 }]", "case.toml:3:10", "home/notes.md has \"n\" 1 times, not 2", ""),
        ("title = 't'\nstarts = '0.0.31'\nstate = [{ new = 'home/notes.md' }]", "case.toml:3:10", "home/notes.md is there already: a file", ""),
        ("title = 't'\nexpect = [{ new = 'home/../x' }]", "case.toml:2:11", "has a `.` or `..` component", ""),
    ];
    for (text, place, problem, help) in cases {
        let world = World::new().with("case", text);
        world.put("matrix.toml", "[rules]\nquoted = [{ gone = 'home/x' }]\n");
        let said = world.refused(&[], 1);
        assert!(
            said.contains(place) && said.contains(problem) && said.contains(help),
            "{text}\n{said}"
        );
    }
}

#[test]
fn a_rule_that_cases_share_is_blamed_where_it_stands() {
    let world = World::new().with("case", "title = 't'\nexpect = [{ use = 'x' }]\n");
    world.put(
        "matrix.toml",
        "[rules]\nx = [\n  { gone = 'home/nothing' },\n]\n",
    );
    let said = world.refused(&[], 1);
    assert!(
        said.contains("matrix/matrix.toml:3:3") && said.contains("matches nothing"),
        "{said}"
    );
}

#[test]
fn what_lies_beside_a_case_and_means_nothing_is_a_mistake() {
    for (beside, help) in [
        ("homes/x", "did you mean `home`?"),
        ("expect/home/x", "did you mean `expected`?"),
        ("notes.txt", "means nothing"),
    ] {
        let world = World::new().with("case", "title = 't'\n");
        world.put(&format!("case/{beside}"), "");
        let said = world.refused(&[], 1);
        assert!(
            said.contains("means nothing") && said.contains(help),
            "{beside}: {said}"
        );
    }
    let world = World::new().with("case", "title = 't'\n");
    world.put("case/home@0.0.99/x", "");
    assert!(world.refused(&[], 1).contains("`0.0.99` is no start"));
}

#[test]
fn a_folder_that_is_no_matrix_is_not_taken_for_a_green_one() {
    let said = World::new().refused(&[], 1);
    assert!(
        said.contains("matrix is not a matrix") && said.contains("case.toml"),
        "{said}"
    );
    let world = World::new().with("case", "title = 't'\n");
    std::fs::remove_dir_all(world.sandbox.path("homes")).unwrap();
    assert!(world.refused(&[], 1).contains("homes is not a matrix"));
}

#[test]
fn a_filter_takes_cases_or_cells_and_one_that_takes_none_is_an_error() {
    let world = World::new()
        .with("one", "title = 't'\n")
        .with("other", "title = 't'\n");
    let played = |filter: &str| {
        let document = world.judged(&["--filter", filter], 0);
        let cells = document["cells"].as_array().unwrap().clone();
        let name = |cell: serde_json::Value| {
            format!(
                "{}/{}",
                cell["case"].as_str().unwrap(),
                cell["start"].as_str().unwrap()
            )
        };
        cells.into_iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(played("one"), "one/none one/0.0.31");
    assert_eq!(played("*/none"), "one/none other/none");
    assert_eq!(played("oth*/0.0.31"), "other/0.0.31");
    let said = world.refused(&["--filter", "three"], 2);
    assert!(said.contains("no cell matches three"), "{said}");
}
