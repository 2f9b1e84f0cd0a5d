//! The guide's chapters, as `help` shows them, and its words.

use crate::edge::report::output::{style, styled};

/// A chapter of the guide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Topic {
    /// The word that it is asked for by.
    pub name: &'static str,
    /// The chapter, in Markdown.
    pub text: &'static str,
}

macro_rules! topics {
    ($($name:literal),*) => {
        [$(Topic {
            name: $name,
            text: include_str!(concat!("../../../docs/guide/", $name, ".md")),
        }),*]
    };
}

/// The chapters, in the order in which they are listed.
pub(crate) const TOPICS: [Topic; 7] = topics![
    "ownership",
    "conflicts",
    "generations",
    "fleets",
    "surroundings",
    "exit-status",
    "words"
];

/// The begin of a word in the chapter of words.
const WORD: &str = "- **";

impl Topic {
    /// The chapter's title.
    pub(crate) fn title(self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches("# ")
    }

    /// The chapter for a terminal: headings are strong, and marks of code are left out.
    pub(crate) fn shown(self) -> String {
        self.text.lines().map(shown_line).collect()
    }
}

/// The chapter of this name, or the word of it; `None` where it is neither.
pub(crate) fn find(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let topic = TOPICS.iter().find(|topic| topic.name == name);
    topic.map(|topic| topic.shown()).or_else(|| {
        words()
            .find(|(word, _)| *word == name)
            .map(|(_, text)| text)
    })
}

/// Every name that is known: of chapters and of words.
pub(crate) fn names() -> Vec<&'static str> {
    let topics = TOPICS.iter().map(|topic| topic.name);
    topics.chain(words().map(|(word, _)| word)).collect()
}

/// The words, each with what is said of it.
fn words() -> impl Iterator<Item = (&'static str, String)> {
    let chapter = TOPICS.iter().find(|topic| topic.name == "words");
    let entries = chapter.map_or("", |topic| topic.text).split(WORD).skip(1);
    entries.filter_map(|entry| {
        let (word, _) = entry.split_once("**")?;
        let lines = format!("{WORD}{entry}");
        Some((word, lines.trim_end().lines().map(shown_line).collect()))
    })
}

fn shown_line(line: &str) -> String {
    let plain = line.replace("**", "").replace('`', "");
    match plain.trim_start_matches('#') {
        _ if line.starts_with("```") => String::new(),
        heading if heading.len() < plain.len() => {
            format!("{}\n", styled(style::STRONG, heading.trim()))
        }
        _ => format!("{plain}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chapter_has_a_title_and_every_word_is_found() {
        for topic in TOPICS {
            assert!(topic.text.starts_with("# ") && !topic.title().is_empty());
            assert!(find(topic.name).is_some(), "{}", topic.name);
        }
        for word in [
            "generation",
            "parked",
            "seeded",
            "released",
            "stale",
            "holder",
            "relaunch",
        ] {
            let text = find(word).unwrap();
            assert!(text.contains(word) && !text.contains("**"), "{text}");
        }
        assert!(find("nonsense").is_none());
    }
}
