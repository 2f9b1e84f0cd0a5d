//! Reads what may name a socket besides the fleet's own files: scripts of the operator's, units, the crontab.

use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_paths::{AGENTS, FLEET, HOLDER_ENV, RUN};
use crate::model::socket_names::FORMER;
use std::time::Duration;

use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::decide::migrate::fleet_files::Other;
use crate::decide::plan::residue::residue_of;
use crate::effects::home::Home;
use crate::effects::home::survey::Survey;
use crate::effects::os::process;
use crate::effects::outside::units::UnitsDirectory;
use crate::model::digest::Digest;
use crate::model::path::RelPath;

/// Folders that are not looked into: private, or not the kind of thing that is run.
const PASSED_OVER: [&str; 5] = [STATE_DIRECTORY, "memory", "sources", "credentials", RUN];
/// Bounds of the search in a home: names, and bytes of a file.
const NAMES_MAX: usize = 20_000;
const FILE_MAX: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the operator's scripts, units and crontab, as far as they name the former socket.
pub(super) fn read(
    home: &Home,
    survey: &Survey,
    units: &UnitsDirectory,
    surroundings: &Surroundings,
) -> Vec<Other> {
    let mut others = in_home(home, survey);
    if units.is_installed || surroundings.is_usual {
        others.extend(
            units
                .others()
                .into_iter()
                .map(|(name, text)| Other { name, text }),
        );
    }
    if surroundings.is_usual {
        let crontab = process::ask("crontab", &["-l"], PATIENCE);
        let text = crontab.success().unwrap_or_default().to_owned();
        others.push(Other {
            name: "crontab".to_owned(),
            text,
        });
    }
    others.retain(|other| other.text.contains(FORMER));
    others
}

fn in_home(home: &Home, survey: &Survey) -> Vec<Other> {
    let mut others = Vec::new();
    let mut directories = vec![String::new()];
    let mut remaining = NAMES_MAX;
    while let Some(directory) = directories.pop() {
        let mut names: Vec<_> = home.root.children(&directory).unwrap_or_default();
        names.sort();
        for (name, is_directory) in names {
            remaining = remaining.saturating_sub(1);
            let Ok(name) = String::from_utf8(name) else {
                continue;
            };
            let path = if directory.is_empty() {
                name
            } else {
                format!("{directory}/{name}")
            };
            let Ok(path) = RelPath::parse(&path) else {
                continue;
            };
            if remaining == 0 {
                return others;
            }
            if is_directory {
                if !PASSED_OVER.contains(&path.as_str()) && !is_backup(&path) {
                    directories.push(path.to_string());
                }
            } else if !is_known(&path, survey) && !is_backup(&path) {
                let text = text(home, &path).filter(|text| !was_shipped(&path, text, survey));
                others.extend(text.map(|text| Other {
                    name: path.to_string(),
                    text,
                }));
            }
        }
    }
    others.sort_by(|one, next| one.name.cmp(&next.name));
    others
}

/// Tells whether an earlier release shipped just this text there: whatever it says, it is not the
/// operator's word.
fn was_shipped(path: &RelPath, text: &str, survey: &Survey) -> bool {
    survey.earlier.shipped(path, Digest::of(text.as_bytes()))
}

/// Tells whether an editor, or version control, left the file.
fn is_backup(path: &RelPath) -> bool {
    residue_of(path.as_str()).is_some()
        || [".bak", ".orig"]
            .iter()
            .any(|ending| path.as_str().ends_with(ending))
}

/// Tells whether releases ship the file, or the migrations themselves read it.
fn is_known(path: &RelPath, survey: &Survey) -> bool {
    let (directory, name) = path.split();
    let is_paper = matches!(directory, FLEET if name.ends_with(".yaml"))
        || directory == AGENTS && name.ends_with(".env");
    is_paper
        || path.as_str() == HOLDER_ENV
        || survey.bundle.wanted.contains_key(path) && !survey.is_seeded(path)
        || survey.found.contains_key(path)
}

fn text(home: &Home, path: &RelPath) -> Option<String> {
    let content = home.root.read_at_most(path.as_str(), FILE_MAX).ok()?;
    String::from_utf8(content).ok()
}
