//! Carries the rules of a case out on a tree in memory. A rule that finds nothing to do is a mistake of the case.

use std::sync::Arc;

use globset::GlobSet;

use crate::decide::matrix::case::{CaseRule, Deed, Times};
use crate::decide::matrix::read::rule;
use crate::decide::matrix::start::Start;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::tree::{Node, Tree};

/// Permission bits of files of which nothing else is said.
pub(crate) const PLAIN: u32 = 0o644;
/// Permission bits of directories and programs.
pub(crate) const EXECUTABLE: u32 = 0o755;

/// Carries out all rules that hold for a start; `before` is what `keep` goes back to.
pub(crate) fn apply(
    rules: &[CaseRule],
    start: &Start,
    tree: &mut Tree,
    before: &Tree,
) -> Result<(), TextFault> {
    for rule in rules
        .iter()
        .filter(|rule| rule.starts.as_ref().is_none_or(|starts| starts.has(start)))
    {
        if let Deed::Use { rules } = &rule.deed {
            apply(rules, start, tree, before)?;
            continue;
        }
        let problem = |problem| {
            rule.sheet.fault(
                rule.span.clone(),
                format!("{problem}, from the start {start}"),
            )
        };
        carry_out(&rule.deed, tree, before).map_err(problem)?;
    }
    Ok(())
}

/// Puts a node into a tree, and the directories above it that are missing.
pub(crate) fn put(tree: &mut Tree, path: &RelPath, node: Node) {
    for above in path.ancestors() {
        tree.entry(above).or_insert(Node::Directory {
            mode: Mode::from_st_mode(EXECUTABLE),
        });
    }
    tree.insert(path.clone(), node);
}

fn carry_out(deed: &Deed, tree: &mut Tree, before: &Tree) -> Result<(), String> {
    match deed {
        Deed::Substitute {
            files,
            from,
            to,
            times,
        } => edit(files, tree, |path, text| {
            substitute(path, text, (from, to), *times)
        }),
        Deed::Extend {
            files,
            prepend,
            append,
        } => edit(files, tree, |_, text| {
            Ok(format!("{prepend}{text}{append}"))
        }),
        Deed::SetMode { files, mode } => set_mode(files, tree, *mode),
        Deed::Make {
            path,
            content,
            each,
            number,
            mode,
        } => {
            let mode = mode.unwrap_or(Mode::from_st_mode(PLAIN));
            make(tree, (path, content, each), *number, mode)
        }
        Deed::Remove { paths } => {
            let gone = covered(paths, tree.keys());
            tree.retain(|path, _| !gone.contains(path));
            some(&gone)
        }
        Deed::Keep { paths } => {
            let kept = covered(paths, before.keys().chain(tree.keys()));
            for path in &kept {
                match before.get(path) {
                    Some(node) => put(tree, path, node.clone()),
                    None => tree.retain(|known, _| known != path),
                }
            }
            some(&kept)
        }
        Deed::Copy { from, to } => duplicate(tree, from, to),
        Deed::Move { from, to } => {
            duplicate(tree, from, to)?;
            tree.retain(|path, _| path != from && !path.is_below(from));
            Ok(())
        }
        Deed::Link { path, target } => {
            tree.retain(|other, _| !other.is_below(path));
            put(
                tree,
                path,
                Node::Link {
                    target: target.clone(),
                },
            );
            Ok(())
        }
        Deed::Use { .. } => Ok(()),
    }
}

fn some(paths: &[RelPath]) -> Result<(), String> {
    if paths.is_empty() {
        Err("the rule matches nothing".to_owned())
    } else {
        Ok(())
    }
}

/// The paths that globs cover: a glob on a directory covers what is below it.
fn covered<'a>(globs: &GlobSet, paths: impl Iterator<Item = &'a RelPath>) -> Vec<RelPath> {
    let is_covered = |path: &&RelPath| {
        globs.is_match(path) || path.ancestors().any(|above| globs.is_match(above))
    };
    paths.filter(is_covered).cloned().collect()
}

fn edit(
    files: &GlobSet,
    tree: &mut Tree,
    edit: impl Fn(&RelPath, &str) -> Result<String, String>,
) -> Result<(), String> {
    let mut edited = Vec::new();
    for (path, node) in tree.iter_mut().filter(|(path, _)| files.is_match(path)) {
        let Node::File { content, .. } = node else {
            continue;
        };
        let text = std::str::from_utf8(content).map_err(|_| format!("{path} is no text"))?;
        *content = Arc::from(edit(path, text)?.into_bytes());
        edited.push(path.clone());
    }
    some(&edited).map_err(|_| "the rule matches no file".to_owned())
}

fn substitute(
    path: &RelPath,
    text: &str,
    (from, to): (&str, &str),
    times: Times,
) -> Result<String, String> {
    let found = text.matches(from).count();
    match times {
        Times::Exactly(number) if number != found => {
            Err(format!("{path} has {from:?} {found} times, not {number}"))
        }
        Times::All if found == 0 => Err(format!("{path} does not have {from:?}")),
        _ => Ok(text.replace(from, to)),
    }
}

fn set_mode(files: &GlobSet, tree: &mut Tree, wanted: Mode) -> Result<(), String> {
    let mut found = false;
    for (_, node) in tree.iter_mut().filter(|(path, _)| files.is_match(path)) {
        if let Node::File { mode, .. } | Node::Directory { mode } = node {
            (*mode, found) = (wanted, true);
        }
    }
    if found {
        Ok(())
    } else {
        Err("the rule matches no file".to_owned())
    }
}

/// With a number, a path with `{n}` in it makes as many files, and one without makes one in which `each` stands
/// so often.
fn make(
    tree: &mut Tree,
    (path, content, each): (&str, &str, &str),
    number: Option<usize>,
    mode: Mode,
) -> Result<(), String> {
    let numbered = |text: &str, n: usize| text.replace("{n}", &n.to_string());
    let mut come = |path: &str, content: String| {
        let path = rule::path(path)?;
        match tree.get(&path) {
            Some(there) => Err(format!("{path} is there already: {}", there.kind())),
            None => {
                put(tree, &path, Node::file(content.as_bytes(), mode));
                Ok(())
            }
        }
    };
    match number {
        Some(number) if path.contains("{n}") => {
            (0..number).try_for_each(|n| come(&numbered(path, n), numbered(content, n)))
        }
        number => {
            let repeated: String = (0..number.unwrap_or(0))
                .map(|n| numbered(each, n))
                .collect();
            come(path, format!("{content}{repeated}"))
        }
    }
}

fn duplicate(tree: &mut Tree, from: &RelPath, to: &RelPath) -> Result<(), String> {
    let nodes: Vec<_> = tree
        .iter()
        .filter(|(path, _)| *path == from || path.is_below(from))
        .map(|(path, node)| {
            (
                format!("{to}{}", &path.as_str()[from.as_str().len()..]),
                node.clone(),
            )
        })
        .collect();
    if nodes.is_empty() {
        return Err(format!("{from} is not there"));
    }
    for (path, node) in nodes {
        put(tree, &rule::path(&path)?, node);
    }
    Ok(())
}
