//! A file of the sources: its text, and its code without comments and without what stands in quotes.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// From the ground up.
pub const FLOORS: [&str; 5] = ["model", "decide", "effects", "ops", "edge"];

/// One file below `src/`.
pub struct Source {
    /// From the root of the checkout: `src/decide/mod.rs`.
    pub path: String,
    pub text: String,
    /// As long as the text, with blanks for comments and for what stands in quotes.
    pub code: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: masked(text),
        }
    }

    /// The path below `src/`.
    pub fn below(&self) -> &str {
        self.path.trim_start_matches("src/")
    }

    /// The place of the floor in `FLOORS`; none for the roots of the crates.
    pub fn floor(&self) -> Option<usize> {
        let (floor, _) = self.below().split_once('/')?;
        FLOORS.iter().position(|known| *known == floor)
    }

    /// The code without the items that are for tests only.
    pub fn shipped(&self) -> String {
        let mut code = self.code.clone();
        while let Some(at) = code.find("#[cfg(test)]") {
            let item = &code[at..];
            let semicolon = item.find(';').unwrap_or(item.len());
            let end = match item.find('{') {
                Some(brace) if brace < semicolon => brace + block(&item[brace..]).len(),
                _ => (semicolon + 1).min(item.len()),
            };
            let blank = blank(&item[..end]);
            code.replace_range(at..at + end, &blank);
        }
        code
    }

    /// `PATH:LINE` of a place in the code.
    pub fn line(&self, at: usize) -> String {
        format!(
            "{}:{}",
            self.path,
            self.code[..at].matches('\n').count() + 1
        )
    }
}

/// Every file below `src/`, read once for all tests.
pub fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read);
    &SOURCES
}

fn read() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources: Vec<_> = walkdir::WalkDir::new(root.join("src"))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("readable").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let below = path.strip_prefix(root).expect("below the root");
            let text = fs::read_to_string(&path).expect("readable");
            Source::new(below.to_str().expect("UTF-8"), &text)
        })
        .collect();
    assert!(sources.len() > 20, "the sources were not found");
    sources
}

/// The block that begins with this text's first brace.
pub fn block(text: &str) -> &str {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && letter == '}' {
            return &text[..=at];
        }
    }
    text
}

/// The places of a word that is not a part of a longer one.
pub fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).filter_map(move |(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        let is_whole =
            !before.ends_with(is_word) && (!word.ends_with(is_word) || !after.starts_with(is_word));
        is_whole.then_some(at)
    })
}

/// The text with blanks for comments and for what stands in quotes.
fn masked(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let hidden = hidden(rest, code.chars().last());
        let length = if hidden == 0 {
            first.len_utf8()
        } else {
            hidden
        };
        let piece = &rest[..length];
        code.push_str(&if hidden == 0 {
            piece.to_owned()
        } else {
            blank(piece)
        });
        rest = &rest[length..];
    }
    code
}

/// The length of the comment or literal that a text begins with, or 0.
fn hidden(text: &str, before: Option<char>) -> usize {
    let is_in_word = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    if text.starts_with("//") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        text.find("*/").map_or(text.len(), |end| end + 2)
    } else if text.starts_with('"') {
        quoted(text, '"')
    } else if text.starts_with('\'') {
        letter(text)
    } else if !is_in_word {
        raw(text)
    } else {
        0
    }
}

/// The length of what stands in quotes, the quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    text.len()
}

/// The length of a letter in quotes; 0 of a lifetime.
fn letter(text: &str) -> usize {
    let mut letters = text.chars().skip(1);
    let is_letter = match letters.next() {
        Some('\\') => true,
        Some(_) => letters.next() == Some('\''),
        None => false,
    };
    if is_letter { quoted(text, '\'') } else { 0 }
}

/// The length of a raw string, or 0.
fn raw(text: &str) -> usize {
    let opened = text.strip_prefix("br").or_else(|| text.strip_prefix('r'));
    let Some(opened) = opened else { return 0 };
    let body = opened.trim_start_matches('#');
    if !body.starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(opened.len() - body.len()));
    let begins = text.len() - body.len() + 1;
    let ends = body[1..].find(&end).map(|at| begins + at + end.len());
    ends.unwrap_or(text.len())
}

/// Blanks in the place of a text, as many bytes and as many lines.
fn blank(text: &str) -> String {
    let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
    text.bytes().map(blank).collect()
}

#[test]
fn what_stands_in_comments_and_quotes_is_no_code() {
    let source = Source::new(
        "src/x.rs",
        "a(\"// \\\" b\"); // c \"\nd('\\'', b'\"', r#\"e \" f\"#); /* g\n h */ fn i<'j>() {}\n",
    );
    let words: Vec<_> = source.code.split_whitespace().collect();
    assert_eq!(
        words,
        ["a(", ");", "d(", ",", "b", ",", ");", "fn", "i<'j>()", "{}"]
    );
    assert_eq!(source.code.len(), source.text.len());
    assert_eq!(source.line(source.code.find("i<").unwrap()), "src/x.rs:3");
}

#[test]
fn what_is_for_tests_is_not_shipped() {
    let source = Source::new(
        "src/x.rs",
        "#[cfg(test)]\nmod tests;\nfn a() {}\n#[cfg(test)]\nmod more {\n fn b() {}\n}\nfn c() {}\n",
    );
    let words = source.shipped();
    let words: Vec<_> = words.split_whitespace().collect();
    assert_eq!(words, ["fn", "a()", "{}", "fn", "c()", "{}"]);
}
