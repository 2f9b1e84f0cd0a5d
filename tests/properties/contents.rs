//! Contents of files: text whose lines vary a little, so that edits meet, and all that is not so plain.

use proptest::prelude::*;

/// What a file holds. Its bytes name the path, so that no content turns up at another path by chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Lines in variants; 0 leaves the line out.
    Lines {
        variants: [u8; 5],
        crlf: bool,
        ends_in_newline: bool,
        mark: Option<u8>,
    },
    /// Not text.
    Binary(u8),
    /// No byte.
    Empty,
}

impl Content {
    /// The bytes at a path.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        match self {
            Self::Lines {
                variants,
                crlf,
                ends_in_newline,
                mark,
            } => {
                let end = if *crlf { "\r\n" } else { "\n" };
                let lines = variants
                    .iter()
                    .enumerate()
                    .filter(|(_, variant)| **variant > 0);
                let mut lines: Vec<_> = lines
                    .map(|(at, variant)| format!("{path} {at}.{variant}"))
                    .collect();
                lines.extend(mark.map(|mark| format!("{path} marked {mark}")));
                let last = if *ends_in_newline { end } else { "" };
                (lines.join(end) + last).into_bytes()
            }
            Self::Binary(variant) => [&[0, 255, *variant], path.as_bytes()].concat(),
            Self::Empty => Vec::new(),
        }
    }
}

/// What a release ships.
pub fn shipped() -> impl Strategy<Value = Content> {
    content(Just(None).boxed())
}

/// What an operator writes: mostly something that no release ships.
pub fn written() -> impl Strategy<Value = Content> {
    content(prop_oneof![3 => (0..20_u8).prop_map(Some), 1 => Just(None)].boxed())
}

fn content(mark: BoxedStrategy<Option<u8>>) -> impl Strategy<Value = Content> {
    let variant = prop_oneof![5 => Just(1_u8), 1 => 0..4_u8];
    let lines = (proptest::array::uniform5(variant), mark)
        .prop_flat_map(|(variants, mark)| {
            (Just(variants), proptest::bool::weighted(0.1), Just(mark))
        })
        .prop_flat_map(|(variants, crlf, mark)| {
            proptest::bool::weighted(0.9).prop_map(move |ends_in_newline| Content::Lines {
                variants,
                crlf,
                ends_in_newline,
                mark,
            })
        });
    prop_oneof![8 => lines, 1 => (0..3_u8).prop_map(Content::Binary), 1 => Just(Content::Empty)]
}
