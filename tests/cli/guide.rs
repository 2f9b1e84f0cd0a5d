//! The guide: its links lead somewhere, and its commands are ones that the program takes.

use std::fs;
use std::path::Path;

use mosaic::program::command_line;

/// The chapters, by path, each with its text, and the README.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chapters = fs::read_dir(root.join("docs/guide")).expect("readable");
    let chapters = chapters.map(|entry| entry.expect("readable").path());
    let read = |path: std::path::PathBuf| {
        let text = fs::read_to_string(&path).expect("UTF-8");
        (path.display().to_string(), text)
    };
    chapters.chain([root.join("README.md")]).map(read).collect()
}

#[test]
fn links_lead_somewhere() {
    for (path, text) in texts() {
        let above = Path::new(&path).parent().expect("a folder");
        for link in text.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap_or_default();
            let is_here = !link.is_empty() && !link.starts_with("http");
            assert!(
                !is_here || above.join(link).exists(),
                "{path} leads to {link}"
            );
        }
    }
}

#[test]
fn commands_in_the_guide_are_ones_that_the_program_takes() {
    let mut taken = 0;
    for (path, text) in texts()
        .iter()
        .filter(|(path, _)| path.contains("docs/guide"))
    {
        let joined = text.replace('\n', " ");
        let spans = joined.split('`').skip(1).step_by(2);
        let lines = text.lines().filter(|line| line.starts_with("mosaic "));
        for command in spans
            .chain(lines)
            .filter(|span| span.starts_with("mosaic "))
        {
            let words = command.split_whitespace().map(|word| match word {
                "N" => "1",
                word => word,
            });
            let parsed = command_line().try_get_matches_from(words);
            let problem = parsed.err().map(|error| error.to_string());
            assert_eq!(problem, None, "{path}: {command}");
            taken += 1;
        }
    }
    assert!(taken > 25, "{taken}");
}
