//! Paths that turn into something else between releases: of another kind, mode or class.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::cli::scene::{action, changes, conflicts};
use crate::support::{Sandbox, write};

type Files = &'static [(&'static str, &'static str)];

struct Turn {
    from: Files,
    to: Files,
    /// What the operator puts there in between.
    edits: Files,
    changes: &'static [(&'static str, &'static str)],
    live: Files,
}

#[rustfmt::skip]
const TURNS: &[Turn] = &[
    Turn {
        from: &[("x", "file\n")], to: &[("x/y", "below\n"), ("x/z/u", "deep\n")], edits: &[],
        changes: &[("x", "remove"), ("x/y", "write"), ("x/z/u", "write")],
        live: &[("x/y", "below\n"), ("x/z/u", "deep\n")],
    },
    Turn {
        from: &[("x/y", "below\n"), ("x/z/u", "deep\n")], to: &[("x", "file\n")], edits: &[],
        changes: &[("x", "write"), ("x/y", "remove"), ("x/z/u", "remove")],
        live: &[("x", "file\n")],
    },
    Turn {
        from: &[("x", "file\n")], to: &[("x/y", "below\n")], edits: &[("x", "edited\n")],
        changes: &[("x", "release"), ("x/y", "conflict")],
        live: &[("x", "edited\n")],
    },
    Turn {
        from: &[("x/y", "below\n")], to: &[("x", "file\n")], edits: &[("x/mine", "mine\n")],
        changes: &[("x", "conflict"), ("x/y", "remove")],
        live: &[("x/mine", "mine\n")],
    },
    Turn {
        from: &[("x/y", "below\n")], to: &[("x", "file\n")], edits: &[("x/y", "edited\n")],
        changes: &[("x", "conflict"), ("x/y", "release")],
        live: &[("x/y", "edited\n")],
    },
];

#[test]
fn a_path_turns_from_file_to_directory_and_back_where_every_occupant_goes() {
    for turn in TURNS {
        let sandbox = Sandbox::new();
        let (from, to) = (
            sandbox.release("from", "1.0.0", turn.from),
            sandbox.release("to", "1.1.0", turn.to),
        );
        sandbox.install(&from);
        turn.edits
            .iter()
            .for_each(|(path, content)| sandbox.edit(path, content));
        let before = sandbox.tree();
        let document = sandbox.json(&["update", "--from", to.to_str().unwrap()], exit(turn));
        let done = changes(&document);
        let done: Vec<_> = done
            .iter()
            .map(|(path, action)| (path.as_str(), action.as_str()))
            .collect();
        assert_eq!(done, turn.changes, "{:?} to {:?}", turn.from, turn.to);
        turn.live
            .iter()
            .for_each(|(path, content)| assert_eq!(sandbox.read(path), *content));
        let files = sandbox
            .tree()
            .into_iter()
            .filter(|(_, (kind, ..))| *kind == "file")
            .count();
        assert_eq!(files, 3 + turn.live.len(), "{:?}", sandbox.tree().keys());
        sandbox.run(&["rollback"], 0);
        assert_eq!(
            sandbox.tree(),
            before,
            "rollback of {:?} to {:?}",
            turn.from,
            turn.to
        );
    }
}

fn exit(turn: &Turn) -> i32 {
    if turn.changes.iter().any(|(_, action)| *action == "conflict") {
        3
    } else {
        0
    }
}

struct Bits {
    promise: &'static str,
    /// Recorded, wanted: content and mode.
    ships: [(&'static str, u32); 2],
    /// What the operator makes of it: content, if he edits it, and mode.
    found: (Option<&'static str>, u32),
    action: &'static str,
    mode: u32,
}

#[rustfmt::skip]
const BITS: &[Bits] = &[
    Bits { promise: "stays", ships: [("a", 0o755), ("a", 0o755)], found: (None, 0o755), action: "keep", mode: 0o755 },
    Bits { promise: "is given again", ships: [("a", 0o755), ("a", 0o755)], found: (None, 0o644), action: "chmod", mode: 0o755 },
    Bits { promise: "is given to an edited file", ships: [("a", 0o755), ("a", 0o755)], found: (Some("mine"), 0o600), action: "chmod", mode: 0o700 },
    Bits { promise: "comes with a release", ships: [("a", 0o644), ("a", 0o755)], found: (None, 0o640), action: "chmod", mode: 0o750 },
    Bits { promise: "comes with a content", ships: [("a", 0o644), ("b", 0o755)], found: (None, 0o644), action: "replace", mode: 0o755 },
    Bits { promise: "goes where it was shipped", ships: [("a", 0o755), ("a", 0o644)], found: (None, 0o755), action: "chmod", mode: 0o644 },
    Bits { promise: "goes with a content", ships: [("a", 0o755), ("b", 0o644)], found: (None, 0o755), action: "replace", mode: 0o644 },
    Bits { promise: "an operator's own stays", ships: [("a", 0o644), ("a", 0o644)], found: (None, 0o755), action: "keep", mode: 0o755 },
    Bits { promise: "an operator's own stays under a new content", ships: [("a", 0o644), ("b", 0o644)], found: (None, 0o711), action: "replace", mode: 0o711 },
    Bits { promise: "other bits stay", ships: [("a", 0o644), ("b", 0o644)], found: (None, 0o600), action: "replace", mode: 0o600 },
    Bits { promise: "a merge keeps the bits", ships: [("1\n2\n3\n4\n", 0o644), ("1\n2\n3\nX\n", 0o644)], found: (Some("Y\n2\n3\n4\n"), 0o750), action: "merge", mode: 0o750 },
    Bits { promise: "a merge gives x", ships: [("1\n2\n3\n4\n", 0o644), ("1\n2\n3\nX\n", 0o755)], found: (Some("Y\n2\n3\n4\n"), 0o640), action: "merge", mode: 0o750 },
    Bits { promise: "adopting gives x", ships: [("a", 0o644), ("b", 0o755)], found: (Some("b"), 0o644), action: "adopt", mode: 0o755 },
];

#[test]
fn only_the_executable_bits_are_managed_and_only_those_that_shipped() {
    for bits in BITS {
        let sandbox = Sandbox::new();
        let [from, to] = [
            ("from", "1.0.0", bits.ships[0]),
            ("to", "1.1.0", bits.ships[1]),
        ]
        .map(|(name, version, (content, mode))| {
            let bundle = sandbox.release(name, version, &[]);
            sandbox.ship(&bundle, "tool", content.as_bytes(), mode);
            bundle
        });
        sandbox.install(&from);
        let live = sandbox.home().join("tool");
        write(
            &live,
            bits.found.0.unwrap_or(bits.ships[0].0).as_bytes(),
            bits.found.1,
        );
        let before = sandbox.tree();
        let document = sandbox.update(&to, 0);
        assert_eq!(action(&document, "tool"), bits.action, "{}", bits.promise);
        assert_eq!(mode(&live), bits.mode, "{}", bits.promise);
        assert!(
            changes(&sandbox.update(&to, 0)).is_empty(),
            "{}: not at rest",
            bits.promise
        );
        sandbox.run(&["rollback"], 0);
        assert_eq!(sandbox.tree(), before, "rollback: {}", bits.promise);
    }
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o7777
}

const MANIFEST: &str = "name = \"mosaic\"\nversion = \"1.0.0\"\n";

/// A home whose releases differ in what they declare; the file `mine` is shipped by both unless `!`.
fn reclassed(
    first: &str,
    second: &str,
    wants: [Option<&str>; 2],
    edit: Option<&str>,
) -> (Sandbox, serde_json::Value) {
    let sandbox = Sandbox::new();
    let mut bundles = Vec::new();
    for (name, declares, want) in [("first", first, wants[0]), ("second", second, wants[1])] {
        let bundle = sandbox.release(name, "1.0.0", &[]);
        sandbox.ship(
            &bundle,
            "bundle.toml",
            format!("{MANIFEST}{declares}\n").as_bytes(),
            0o644,
        );
        if let Some(want) = want {
            sandbox.ship(&bundle, "mine", want.as_bytes(), 0o644);
        }
        bundles.push(bundle);
    }
    sandbox.install(&bundles[0]);
    if let Some(edit) = edit {
        sandbox.edit("mine", edit);
    }
    let output = sandbox
        .mosaic(&[
            "update",
            "-v",
            "--json",
            "--from",
            bundles[1].to_str().unwrap(),
        ])
        .output();
    let document = serde_json::from_slice(&output.expect("it runs").stdout).expect("a document");
    (sandbox, document)
}

const SEED: &str = "seed = [\"mine\"]";
const PRESERVE: &str = "preserve = [\"mine\"]";

#[test]
fn a_seeded_file_is_written_once_and_never_again() {
    let (sandbox, document) = reclassed(SEED, SEED, [Some("seed"), Some("other")], None);
    assert_eq!(
        (action(&document, "mine"), sandbox.read("mine").as_str()),
        ("preserve", "seed")
    );
    fs::remove_file(sandbox.home().join("mine")).unwrap();
    let document = sandbox.update(&sandbox.path("second"), 0);
    assert_eq!(action(&document, "mine"), "preserve");
    assert!(
        !sandbox.home().join("mine").exists(),
        "seeded a second time"
    );
}

#[test]
fn a_seed_never_covers_what_is_there() {
    let (sandbox, document) = reclassed(SEED, SEED, [None, Some("seed")], Some("mine"));
    assert_eq!(
        (action(&document, "mine"), sandbox.read("mine").as_str()),
        ("preserve", "mine")
    );
}

#[test]
fn a_path_that_becomes_seeded_or_preserved_is_released_to_the_operator() {
    for (declares, want) in [(SEED, Some("w")), (SEED, None), (PRESERVE, None)] {
        for edit in [None, Some("edited")] {
            let (sandbox, document) = reclassed("", declares, [Some("s"), want], edit);
            assert_eq!(
                action(&document, "mine"),
                "release",
                "{declares} {want:?} {edit:?}"
            );
            assert_eq!(sandbox.read("mine"), edit.unwrap_or("s"));
            assert!(changes(&sandbox.update(&sandbox.path("second"), 0)).is_empty());
        }
    }
}

#[test]
fn a_path_that_becomes_framework_counts_as_one_without_a_record() {
    let cases = [
        (Some("w"), "adopt"),
        (Some("f"), "conflict"),
        (None, "conflict"),
    ];
    for (edit, expected) in cases {
        let (sandbox, document) = reclassed(SEED, "", [Some("seed"), Some("w")], edit);
        assert_eq!(action(&document, "mine"), expected, "{edit:?}");
        assert_eq!(sandbox.read("mine"), edit.unwrap_or("seed"));
        assert_eq!(
            conflicts(&document).len(),
            usize::from(expected == "conflict")
        );
    }
}

#[test]
fn what_no_longer_ships_executable_is_not_missed_where_the_operator_took_the_bits() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.release("r1", "1.0.0", &[("tool*", "tool\n")]));
    fs::set_permissions(
        sandbox.home().join("tool"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    sandbox.update(&sandbox.release("r2", "1.1.0", &[("tool", "tool\n")]), 0);
    sandbox.run(&["status", "--exit-code"], 0);
    sandbox.run(&["verify"], 0);
}
