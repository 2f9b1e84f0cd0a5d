//! Globs of a list, made into matchers, however many they are.

use std::ops::Range;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::bundle::DeclaredGlob;
use crate::model::place::TextFault;

/// Longest glob in bytes: four times the longest path. Longer ones could cost a matcher seconds, and match nothing more.
const GLOB_MAX: usize = 4096;

/// Matchers of one list of patterns, in its order: one for all, or, where they are too many or too intricate for that,
/// one for each part of the list that is not.
#[derive(Debug, Clone)]
pub(crate) struct Globs(Vec<(usize, GlobSet)>);

impl Globs {
    /// Makes the matchers; fails with the index of the first pattern that is too intricate even by itself.
    fn build(patterns: &[Glob]) -> Result<Self, (usize, globset::Error)> {
        let mut parts = Vec::new();
        build_parts(patterns, 0, &mut parts)?;
        Ok(Self(parts))
    }

    /// The indexes of the patterns that match, ascending.
    pub(crate) fn matches(&self, path: &str) -> Vec<usize> {
        let parts = self.0.iter();
        let matches = parts.flat_map(|(first, part)| {
            let matched = part.matches(path).into_iter();
            matched.map(move |index| first + index)
        });
        matches.collect()
    }

    /// Tells whether a pattern matches.
    pub(crate) fn is_match(&self, path: &str) -> bool {
        self.0.iter().any(|(_, part)| part.is_match(path))
    }
}

fn build_parts(
    patterns: &[Glob],
    first: usize,
    parts: &mut Vec<(usize, GlobSet)>,
) -> Result<(), (usize, globset::Error)> {
    // Without patterns there is nothing to prepare a path for.
    if patterns.is_empty() {
        return Ok(());
    }
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(pattern.clone());
    }
    match builder.build() {
        Ok(part) => parts.push((first, part)),
        Err(error) if patterns.len() < 2 => return Err((first, error)),
        Err(_) => {
            let (left, right) = patterns.split_at(patterns.len() / 2);
            build_parts(left, first, parts)?;
            build_parts(right, first + left.len(), parts)?;
        }
    }
    Ok(())
}

/// Patterns of lists, collected with the place of each: every glob makes two.
#[derive(Default)]
pub(crate) struct Collected<'a> {
    patterns: Vec<Glob>,
    places: Vec<(&'static str, &'a str, Range<usize>)>,
}

impl<'a> Collected<'a> {
    /// Adds a glob twice: for the path itself, and for all that is below it.
    pub(crate) fn add(
        &mut self,
        declared: &DeclaredGlob,
        file: &'static str,
        text: &'a str,
    ) -> Result<(), TextFault> {
        let fault = |problem: String, remedy: &str| TextFault {
            file: file.to_owned(),
            text: text.to_owned(),
            span: declared.span.clone(),
            problem,
            remedy: Some(remedy.to_owned()),
        };
        if declared.glob.len() > GLOB_MAX {
            let problem = format!("a glob longer than {GLOB_MAX} bytes");
            return Err(fault(problem, "say it in several shorter globs"));
        }
        let anchored = declared.glob.trim_start_matches('/').trim_end_matches('/');
        if anchored.is_empty() {
            return Err(fault(
                "an empty glob".to_owned(),
                "write a path below the home, or remove the line",
            ));
        }
        if anchored
            .split('/')
            .any(|part| matches!(part, "." | ".." | ""))
        {
            let remedy = "globs start at the home: write `fleet/*.yaml`, not `./fleet/*.yaml`";
            return Err(fault(
                "a glob with an empty, `.` or `..` part matches nothing".to_owned(),
                remedy,
            ));
        }
        for pattern in [anchored.to_owned(), format!("{anchored}/**")] {
            let glob = GlobBuilder::new(&pattern)
                .literal_separator(true)
                .backslash_escape(true)
                .build();
            let remedy = "see `mosaic why --help` for what a glob may say";
            let glob = glob.map_err(|error| fault(format!("not a glob: {}", error.kind()), remedy));
            self.patterns.push(glob?);
        }
        self.places.push((file, text, declared.span.clone()));
        Ok(())
    }

    /// Makes the matchers of all that was collected.
    pub(crate) fn build(self) -> Result<Globs, TextFault> {
        Globs::build(&self.patterns).map_err(|(index, error)| {
            let (file, text, span) = &self.places[index / 2];
            TextFault {
                file: (*file).to_owned(),
                text: (*text).to_owned(),
                span: span.clone(),
                problem: format!("a glob that is too intricate: {}", error.kind()),
                remedy: Some("say it in several shorter globs".to_owned()),
            }
        })
    }
}
