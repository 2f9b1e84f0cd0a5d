//! A program that does not keep what it promises is caught: each promise is broken by a program that stands in.

use mosaic::ops::Context;
use mosaic::ops::matrix::{Check, PlayRequest, cells, open, play};

use crate::matrix::world::World;
use crate::support::write;

/// Plays one cell with a program that does this first, and returns what was found.
fn caught(does: &str) -> Vec<(Check, String)> {
    let world = World::new().with("case", "title = 't'\nstarts = '0.0.31'\n");
    let liar = world.sandbox.path("liar");
    let script = format!(
        "#!/bin/sh\nhome=$HOME/.config/mosaic\nreal={}\n{does}\nexec $real \"$@\"\n",
        env!("CARGO_BIN_EXE_mosaic")
    );
    write(&liar, script.as_bytes(), 0o755);
    let bundle = world.bundle();
    let matrix = open(&world.sandbox.path("matrix"), Some(&bundle)).expect("a matrix");
    let cells = cells(&matrix, None).expect("a cell");
    let request = PlayRequest {
        program: Some(liar),
        from: Some(bundle),
        jobs: Some(1),
        quick: false,
    };
    let context = Context::nowhere();
    let outcomes = play(&context, &cells[..1], &request, &|| ()).expect("it runs");
    outcomes[0]
        .findings
        .iter()
        .map(|finding| (finding.check, finding.problem.clone()))
        .collect()
}

#[test]
fn an_honest_program_is_not_caught() {
    assert_eq!(caught(""), []);
}

#[test]
fn each_broken_promise_is_caught() {
    #[rustfmt::skip]
    let lies = [
        ("case \"$*\" in *--dry-run*) touch $home/notes.md;; esac", Check::DryRun, "a dry run changed home/notes.md"),
        ("case \"$*\" in *--dry-run*) mkdir -p $HOME/x; rmdir $HOME/x;; esac", Check::DryRun, "a dry run changed user"),
        ("case \"$*\" in *--dry-run*) $real \"$@\" | sed s/guide.md/guise.md/; exit 0;; esac", Check::Foretold, "the dry run tells other actions"),
        ("case \"$*\" in *--dry-run*) $real \"$@\"; exit 4;; esac", Check::Foretold, "the dry run ended with 4, not 0"),
        ("case \"$*\" in *--dry-run*) ;; update*) $real \"$@\" | sed s/guide.md/guise.md/; exit 0;; esac", Check::Foretold, "named by no action and no migration: guide.md"),
        ("case \"$*\" in update*) [ -e $home/.mosaic/generations/1 ] && touch $home/notes.md;; esac", Check::SecondRun, "a second run changed home/notes.md"),
        ("case \"$*\" in update*) [ -e $home/.mosaic/generations/1 ] && touch $home/.mosaic/x;; esac", Check::SecondRun, "a second run changed home/.mosaic/x"),
        ("case \"$*\" in update*) [ -e $home/.mosaic/generations/1 ] && exit 3;; esac", Check::SecondRun, "a second run ended with"),
        ("case \"$*\" in rollback*) $real \"$@\"; rm $home/same.md; exit 0;; esac", Check::Rollback, "the start is not back"),
        ("case \"$*\" in rollback*) exit 1;; esac", Check::Rollback, "rollback 0 ended with"),
        ("[ \"$MOSAIC_CRASH_AT\" = Any:3 ] && echo x > $home/notes.md && kill -9 $$", Check::Kill, "killed at checkpoint 3, before the commit point"),
        ("[ \"$1\" = recover ] && exit 0", Check::Kill, "the home is neither old nor new"),
        ("[ \"$1\" = recover ] && exit 3", Check::Kill, "recover does not end well"),
        ("[ \"$MOSAIC_CRASH_AT\" ] && [ \"$1\" = update ] && [ -e $home/.mosaic/tx ] && rm $home/same.md", Check::Kill, "killed at checkpoint"),
    ];
    for (does, check, problem) in lies {
        let found = caught(does);
        let is_caught = found
            .iter()
            .any(|(found, said)| *found == check && said.contains(problem));
        assert!(is_caught, "{does}: {found:#?}");
    }
}
