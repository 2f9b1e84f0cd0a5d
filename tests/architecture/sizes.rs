//! Files and functions stay small.

use std::ops::Range;

use crate::architecture::source::{Source, block, places};

/// The most lines of a file.
const FILE: usize = 400;
/// The most lines of a function between its braces, as clippy counts: without comments and empty lines.
const FUNCTION: usize = 70;

/// The files that are too long.
pub fn long_files(sources: &[Source]) -> Vec<String> {
    let lines = |source: &Source| source.text.lines().count();
    let long = sources.iter().filter(|source| lines(source) > FILE);
    long.map(|source| format!("{}: {} lines", source.path, lines(source)))
        .collect()
}

/// The functions that are too long.
pub fn long_functions(sources: &[Source]) -> Vec<String> {
    let mut long = Vec::new();
    for source in sources {
        for at in places(&source.code, "fn") {
            let body = body(&source.code[at..]);
            let lines = source.text[at..][body]
                .lines()
                .filter(|line| is_code(line))
                .count();
            if lines > FUNCTION {
                let name = source.code[at..]
                    .split(['(', '<'])
                    .next()
                    .unwrap_or_default();
                long.push(format!("{}: {name}: {lines} lines", source.line(at)));
            }
        }
    }
    long
}

/// What stands between the braces of the function that begins here; nothing of a type or a declaration.
fn body(code: &str) -> Range<usize> {
    let is_named = code["fn".len()..]
        .trim_start()
        .starts_with(char::is_alphabetic);
    match code.find([';', '{']) {
        Some(brace) if is_named && code[brace..].starts_with('{') => {
            let block = block(&code[brace..]);
            brace + 1..brace + block.len() - 1
        }
        _ => 0..0,
    }
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

#[test]
fn a_long_file_is_found() {
    let files = [FILE, FILE + 1].map(|lines| Source::new("src/x.rs", &"//!\n".repeat(lines)));
    assert_eq!(long_files(&files), ["src/x.rs: 401 lines"]);
}

#[test]
fn a_long_function_is_found() {
    let function =
        |lines: usize| format!("fn f() {{\n{}}}\n", "    // x\n\n    {}\n".repeat(lines));
    let text = format!(
        "trait T {{ fn g(); }}\n{}{}type A = fn(u8);\nstruct S {{ {} }}\n",
        function(FUNCTION),
        function(FUNCTION + 1),
        "{}\n".repeat(100)
    );
    let found = long_functions(&[Source::new("src/x.rs", &text)]);
    assert_eq!(found, ["src/x.rs:214: fn f: 71 lines"]);
}
