//! Reads a folder of cases, the homes that they start from, and the release that they are to arrive at.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::decide::matrix::case::{Case, CaseSheet, Folder};
use crate::decide::matrix::expected::Framework;
use crate::decide::matrix::read;
use crate::decide::matrix::read::rule::RuleSets;
use crate::decide::matrix::rules::{EXECUTABLE, PLAIN, put};
use crate::decide::matrix::start::{Start, Starts};
use crate::decide::matrix::trees::bare;
use crate::decide::text::nearest::nearest;
use crate::effects::bundle::{Bundle, Source};
use crate::effects::matrix::MatrixError;
use crate::effects::os::disk::bounded::TEXT_MAX;
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::scan::stat_cache::StatCache;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::tree::{Node, Tree};

/// Name of the file that describes a case.
const CASE: &str = "case.toml";
/// Name of the file with the rules that cases share.
const SHARED: &str = "matrix.toml";
/// Name of the file that a fake `crontab -l` prints.
const CRONTAB: &str = "crontab";
/// The folders of a case.
const FOLDERS: [&str; 4] = ["home", "units", "user", "expected"];

/// Cases, and what they start from.
pub struct Matrix {
    /// The cases, by name.
    pub cases: Vec<Case>,
    /// Tree of each start: that of none first, then by release.
    pub starts: BTreeMap<Start, Tree>,
    /// The release that all starts are to arrive at.
    pub framework: Framework,
}

/// Reads the cases in a folder, and the homes beside it.
pub(crate) fn load(folder: &Path, source: &Source) -> Result<Matrix, MatrixError> {
    let not_a_matrix = |problem: String| MatrixError::NotAMatrix {
        path: folder.to_owned(),
        problem,
    };
    let root = Root::open(folder).map_err(|error| not_a_matrix(error.source.to_string()))?;
    let starts = starts(&folder.join("../homes"))?;
    let known: Vec<_> = starts.keys().cloned().collect();
    let sets = match root.stat_if_there(SHARED)? {
        Some(_) => read::rule_sets(&sheet(&root, folder, SHARED)?, &known)?,
        None => RuleSets::new(),
    };
    let mut names: Vec<_> = root
        .children("")?
        .into_iter()
        .filter(|(_, is_directory)| *is_directory)
        .map(|(name, _)| name)
        .collect();
    names.sort();
    let mut cases = Vec::new();
    for name in names {
        let name = String::from_utf8_lossy(&name).into_owned();
        let sheet = sheet(&root, folder, &format!("{name}/{CASE}"))?;
        let beside = beside(&root, &name, &sheet, &known)?;
        cases.push(read::case(&name, &sheet, beside, &known, &sets)?);
    }
    if cases.is_empty() {
        return Err(not_a_matrix(format!(
            "there is no folder with a {CASE} in it"
        )));
    }
    Ok(Matrix {
        cases,
        starts,
        framework: framework(source)?,
    })
}

fn framework(source: &Source) -> Result<Framework, MatrixError> {
    let bundle = Bundle::open(source, source.manifest()?, &StatCache::default())?;
    let mut files = BTreeMap::new();
    for (path, shipped) in &bundle.wanted {
        files.insert(path.clone(), (bundle.read(path)?, shipped.executable));
    }
    Ok(Framework {
        manifest: bundle.manifest,
        files,
    })
}

fn starts(homes: &Path) -> Result<BTreeMap<Start, Tree>, MatrixError> {
    let not_homes = |problem: String| MatrixError::NotAMatrix {
        path: homes.to_owned(),
        problem,
    };
    let root = Root::open(homes).map_err(|error| not_homes(error.source.to_string()))?;
    let mut starts = BTreeMap::from([(Start::Nothing, bare())]);
    for (name, _) in root.children("")? {
        let name = String::from_utf8_lossy(&name).into_owned();
        let start =
            Start::named(&name).ok_or_else(|| not_homes(format!("{name} is no release")))?;
        let mut tree = bare();
        for folder in ["home", "units"] {
            if root.stat_if_there(&format!("{name}/{folder}"))?.is_some() {
                read_into(&mut tree, &root, &format!("{name}/{folder}"), folder)?;
            }
        }
        starts.insert(start, tree);
    }
    Ok(starts)
}

/// Reads a folder as people check it in: git keeps whether a file is executable, and nothing else of its mode.
fn read_into(tree: &mut Tree, root: &Root, folder: &str, named: &str) -> Result<(), DiskError> {
    let mode = |is_executable| Mode::from_st_mode(if is_executable { EXECUTABLE } else { PLAIN });
    if let Ok(path) = RelPath::parse(named) {
        put(tree, &path, Node::Directory { mode: mode(true) });
    }
    root.walk(folder, &|_| false, &mut |place| {
        let Ok(path) = RelPath::parse(&format!("{named}{}", &place[folder.len()..])) else {
            return Ok(());
        };
        let node = match root.node(place)?.0 {
            Node::File {
                content,
                mode: there,
            } => Node::File {
                content,
                mode: mode(there.is_executable()),
            },
            Node::Directory { .. } => Node::Directory { mode: mode(true) },
            node => node,
        };
        put(tree, &path, node);
        Ok(())
    })
}

fn sheet(root: &Root, folder: &Path, path: &str) -> Result<Arc<CaseSheet>, MatrixError> {
    let file = folder.join(path).display().to_string();
    let text = String::from_utf8(root.read_at_most(path, TEXT_MAX)?).map_err(|_| {
        MatrixError::NotAMatrix {
            path: folder.join(path),
            problem: "it is not UTF-8".to_owned(),
        }
    })?;
    Ok(Arc::new(CaseSheet { file, text }))
}

/// Reads the folders beside a `case.toml`: `home`, `units` and `user` are laid over the start,
/// `expected` over the result; `home@0.0.31+0.0.34` only for these starts.
fn beside(
    root: &Root,
    case: &str,
    sheet: &CaseSheet,
    known: &[Start],
) -> Result<Folder, MatrixError> {
    let mut folder = Folder::default();
    let mut names = root.children(case)?;
    names.sort();
    for (name, is_directory) in names {
        let name = String::from_utf8_lossy(&name).into_owned();
        let place = format!("{case}/{name}");
        let (kind, starts) = name
            .split_once('@')
            .map_or((name.as_str(), None), |(kind, starts)| (kind, Some(starts)));
        let starts = starts.map(|starts| Starts::parse(&starts.replace('+', " || "), known));
        let starts = starts
            .transpose()
            .map_err(|problem| sheet.fault(0..0, format!("{name}: {problem}")))?;
        let mut tree = Tree::new();
        match kind {
            CASE => {}
            CRONTAB if !is_directory => folder.crontab = Some(root.read_at_most(&place, TEXT_MAX)?),
            "expected" if is_directory => {
                for (root_name, _) in root.children(&place)? {
                    let root_name = String::from_utf8_lossy(&root_name).into_owned();
                    read::rule::path(&root_name)
                        .map_err(|problem| sheet.fault(0..0, format!("{name}: {problem}")))?;
                    read_into(&mut tree, root, &format!("{place}/{root_name}"), &root_name)?;
                }
                folder.expected.push((starts, tree));
            }
            _ if is_directory && FOLDERS.contains(&kind) => {
                read_into(&mut tree, root, &place, kind)?;
                folder.laid_over.push((starts, tree));
            }
            _ => {
                let meant = nearest(kind, FOLDERS.into_iter().chain([CRONTAB, CASE]));
                let mut fault = sheet.fault(0..0, format!("{name} beside it means nothing"));
                fault.remedy = meant.map(|meant| format!("did you mean `{meant}`?"));
                return Err(fault.into());
            }
        }
    }
    // What is for all starts comes before what is for some.
    folder.laid_over.sort_by_key(|(starts, _)| starts.is_some());
    folder.expected.sort_by_key(|(starts, _)| starts.is_some());
    Ok(folder)
}
