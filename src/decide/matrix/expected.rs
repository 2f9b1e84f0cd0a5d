//! The tree that a case starts from and the tree that must come of it, as people wrote it down: a second, small
//! reading of what an update does with a release, which asks nothing of the code that does it.

use std::collections::BTreeMap;

use semver::Version;

use crate::decide::matrix::case::{Case, CaseSheet};
use crate::decide::matrix::rules::{EXECUTABLE, PLAIN, apply, put};
use crate::decide::matrix::start::{Start, Starts};
use crate::decide::plan::classes::{Class, Classes, PRESERVE_FILE};
use crate::model::bundle::Manifest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::tree::{Node, Tree};

/// The version file of homes from before there was a record: it goes with every release.
pub(crate) const VERSION_FILE: &str = ".framework-version";

/// A release in memory.
pub struct Framework {
    /// The release's manifest.
    pub manifest: Manifest,
    /// Files: content, and whether it is executable.
    pub files: BTreeMap<RelPath, (Vec<u8>, bool)>,
}

/// The two trees of one case from one start.
#[derive(Debug, Clone)]
pub struct Trees {
    /// Before.
    pub before: Tree,
    /// After, if all is well.
    pub after: Tree,
}

/// Makes both trees. `left` is what the start's release left on disk.
pub(crate) fn trees(
    case: &Case,
    start: &Start,
    left: &Tree,
    framework: &Framework,
) -> Result<Trees, TextFault> {
    let mut before = left.clone();
    lay_over(&mut before, &case.folder.laid_over, start);
    apply(&case.state, start, &mut before, left)?;
    let mut after = before.clone();
    // A command that is refused changes nothing.
    if matches!(case.exit.get(start), None | Some(0 | 3)) {
        update(&mut after, framework, &case.sheet)?;
        if !case
            .arguments
            .iter()
            .any(|argument| argument == "--no-units")
        {
            refresh_units(&mut after, left, framework);
        }
    }
    apply(&case.expect, start, &mut after, &before)?;
    lay_over(&mut after, &case.folder.expected, start);
    Ok(Trees { before, after })
}

/// Files come as they are; one that is there keeps its permission bits, but for the executable ones.
fn lay_over(tree: &mut Tree, laid: &[(Option<Starts>, Tree)], start: &Start) {
    let holds = |starts: &Option<Starts>| starts.as_ref().is_none_or(|starts| starts.has(start));
    for (path, node) in laid
        .iter()
        .filter(|(starts, _)| holds(starts))
        .flat_map(|(_, tree)| tree)
    {
        let node = match (node, tree.get(path)) {
            (Node::File { content, mode }, Some(Node::File { mode: there, .. }))
                if there.is_executable() == mode.is_executable() =>
            {
                Node::File {
                    content: content.clone(),
                    mode: *there,
                }
            }
            (Node::Directory { .. }, Some(Node::Directory { .. })) => continue,
            (node, _) => node.clone(),
        };
        put(tree, path, node);
    }
}

/// Updates a home that nobody touched.
fn update(tree: &mut Tree, framework: &Framework, sheet: &CaseSheet) -> Result<(), TextFault> {
    let preserve =
        in_home(PRESERVE_FILE).and_then(|path| Some(tree.get(&path)?.content()?.to_vec()));
    let preserve = String::from_utf8(preserve.unwrap_or_default()).unwrap_or_default();
    let classes = Classes::new(&framework.manifest, &preserve)
        .map_err(|fault| sheet.fault(0..0, format!("its .mosaicpreserve is wrong: {fault}")))?;
    for (path, (content, executable)) in &framework.files {
        let Some(place) = in_home(path.as_str()) else {
            continue;
        };
        let there = tree.get(&place);
        let is_wanted = match classes.judge(path).class {
            Class::Framework => true,
            Class::Seeded => there.is_none(),
            Class::Preserved => false,
        };
        let mode = match (there.and_then(Node::mode), executable) {
            (None, true) => Mode::from_st_mode(EXECUTABLE),
            (None, false) => Mode::from_st_mode(PLAIN),
            (Some(mode), true) if !mode.is_executable() => mode.made_executable(),
            (Some(mode), _) => mode,
        };
        if is_wanted {
            put(tree, &place, Node::file(content, mode));
        }
    }
    let stamped = in_home(VERSION_FILE).and_then(|path| tree.get_mut(&path));
    if let Some(Node::File { content, .. }) = stamped
        && is_stamp(content)
    {
        *content = format!("{}\n", framework.manifest.version())
            .into_bytes()
            .into();
    }
    Ok(())
}

/// Refreshes the units where one of ours is active: they are those of the release, but for copies that are not as the
/// start left them.
fn refresh_units(tree: &mut Tree, left: &Tree, framework: &Framework) {
    const UNITS: [&str; 2] = ["mosaic-agent@.service", "mosaic-tmux-holder.service"];
    let place = |folder: &str, name: &str| RelPath::parse(&format!("{folder}/{name}")).ok();
    let is_file = |tree: &Tree, name: &&str| {
        place("units", name).is_some_and(|path| tree.get(&path).and_then(Node::content).is_some())
    };
    if !UNITS.iter().any(|name| is_file(tree, name)) {
        return;
    }
    for name in UNITS {
        let (Some(active), Some(shipped)) = (place("units", name), place("systemd/user", name))
        else {
            continue;
        };
        let Some((content, _)) = framework.files.get(&shipped) else {
            continue;
        };
        let was = left.get(&active).and_then(Node::content);
        match tree.get(&active) {
            None => put(
                tree,
                &active,
                Node::file(content, Mode::from_st_mode(PLAIN)),
            ),
            Some(Node::File {
                content: found,
                mode,
            }) if was.is_some_and(|was| was[..] == found[..]) => {
                let mode = *mode;
                put(tree, &active, Node::file(content, mode));
            }
            Some(_) => {}
        }
    }
}

/// Tells whether it is one version on one line.
fn is_stamp(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok_and(|text| Version::parse(text.trim_end()).is_ok())
}

fn in_home(path: &str) -> Option<RelPath> {
    RelPath::parse(&format!("home/{path}")).ok()
}
