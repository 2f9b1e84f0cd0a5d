//! Compares two trees, and where the roots that cases name lie on disk.

use crate::decide::matrix::rules::EXECUTABLE;
use crate::decide::text::diff::body;
use crate::model::change::Spot;
use crate::model::delta::{Body, Delta, Side};
use crate::model::digest::Digest;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::tree::{Node, Tree};

/// The roots that cases name, with where they lie below the scratch folder; the last is the user's HOME.
pub(crate) const ROOTS: [(&str, &str); 3] = [
    ("home", "user/.config/mosaic"),
    ("units", "user/.config/systemd/user"),
    ("user", "user"),
];
/// The directories that every tree has: those that lead to the home, and the units'.
const LEADING: [&str; 4] = ["units", "user", "user/.config", "user/.config/systemd"];
/// Mosaic's state in the home.
pub(crate) const STATE: &str = "home/.mosaic";

/// A tree with nothing in it but what leads to the home.
pub(crate) fn bare() -> Tree {
    let paths = LEADING.iter().filter_map(|path| RelPath::parse(path).ok());
    paths
        .map(|path| {
            (
                path,
                Node::Directory {
                    mode: Mode::from_st_mode(EXECUTABLE),
                },
            )
        })
        .collect()
}

/// The place of a tree's path below the scratch folder.
pub(crate) fn on_disk(path: &RelPath) -> String {
    let (root, below) = path.as_str().split_once('/').unwrap_or((path.as_str(), ""));
    let place = ROOTS
        .iter()
        .find(|(name, _)| *name == root)
        .map_or(root, |(_, place)| place);
    format!("{place}/{below}").trim_end_matches('/').to_owned()
}

/// The path in a tree of something below the scratch folder.
pub(crate) fn named(place: &str) -> Option<RelPath> {
    let (root, below) = ROOTS.iter().find_map(|(root, at)| {
        let below = place.strip_prefix(at)?;
        (below.is_empty() || below.starts_with('/')).then_some((root, below))
    })?;
    RelPath::parse(&format!("{root}{below}")).ok()
}

/// Tells whether a path is Mosaic's state or in it.
pub(crate) fn is_state(path: &RelPath) -> bool {
    path.as_str()
        .strip_prefix(STATE)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All paths at which two trees differ.
pub(crate) fn differing<'a>(left: &'a Tree, right: &'a Tree) -> Vec<&'a RelPath> {
    let mut paths: Vec<_> = left
        .iter()
        .filter(|(path, node)| right.get(*path) != Some(*node))
        .collect();
    paths.extend(right.iter().filter(|(path, _)| !left.contains_key(*path)));
    let mut paths: Vec<_> = paths.into_iter().map(|(path, _)| path).collect();
    paths.sort();
    paths
}

/// The differences between two trees, to show them.
pub(crate) fn deltas(before: &Tree, after: &Tree) -> Vec<Delta> {
    let delta = |path: &RelPath| {
        let [was, is] = [before, after].map(|tree| tree.get(path));
        Delta {
            at: Spot::in_home(path),
            before: was.map(side),
            after: is.map(side),
            note: note(was, is),
            is_operators: false,
        }
    };
    differing(before, after).into_iter().map(delta).collect()
}

fn side(node: &Node) -> Side {
    let (content, executable) = match node {
        Node::File { content, mode } => (content.to_vec(), mode.is_executable()),
        Node::Link { target } => (target.clone().into_bytes(), false),
        Node::Directory { .. } | Node::Other => (Vec::new(), false),
    };
    let digest = Digest::of(&content);
    let body = if *node == Node::Other {
        Body::Binary
    } else {
        body(content)
    };
    Side {
        digest,
        executable,
        body,
    }
}

/// A note on what a diff of contents does not show.
fn note(before: Option<&Node>, after: Option<&Node>) -> Option<String> {
    let kind = |node: Option<&Node>| node.map_or("nothing", Node::kind);
    let is_plain = |node: Option<&Node>| matches!(node, None | Some(Node::File { .. }));
    if kind(before) != kind(after) && !(is_plain(before) && is_plain(after)) {
        return Some(format!("{} before, {} after", kind(before), kind(after)));
    }
    match (before.and_then(Node::mode), after.and_then(Node::mode)) {
        (Some(was), Some(is)) if was != is => Some(format!("mode {was} before, {is} after")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_found_on_disk_and_back() {
        for (path, place) in [
            ("home", "user/.config/mosaic"),
            (
                "home/fleet/roster.yaml",
                "user/.config/mosaic/fleet/roster.yaml",
            ),
            ("units/a.service", "user/.config/systemd/user/a.service"),
            ("user/dotfiles/x", "user/dotfiles/x"),
            ("user/.config/mosaic2", "user/.config/mosaic2"),
        ] {
            let parsed = RelPath::parse(path).unwrap();
            assert_eq!(on_disk(&parsed), place);
            assert_eq!(named(place), Some(parsed));
        }
    }

    #[test]
    fn content_mode_target_and_kind_all_count() {
        let path = RelPath::parse("home/a").unwrap();
        let file = |text: &str, mode| Node::file(text.as_bytes(), Mode::from_st_mode(mode));
        let all = [
            file("a", 0o644),
            file("b", 0o644),
            file("a", 0o600),
            Node::Link {
                target: "a".to_owned(),
            },
            Node::Link {
                target: "b".to_owned(),
            },
            Node::Directory {
                mode: Mode::from_st_mode(0o755),
            },
            Node::Other,
        ];
        for (at, left) in all.iter().enumerate() {
            for (other, right) in all.iter().enumerate() {
                let [left, right] =
                    [left, right].map(|node| Tree::from([(path.clone(), node.clone())]));
                assert_eq!(differing(&left, &right).is_empty(), at == other);
                assert_eq!(deltas(&left, &right).is_empty(), at == other);
            }
            let tree = Tree::from([(path.clone(), left.clone())]);
            assert_eq!(differing(&tree, &Tree::new()).len(), 1);
            assert_eq!(differing(&Tree::new(), &tree).len(), 1);
        }
    }
}
