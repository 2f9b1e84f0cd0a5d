//! Looks into the directory where systemd reads this user's units.

use crate::effects::outside::surroundings::Surroundings;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::decide::fleet::active::{LinkedUnit, Occupant};
use crate::decide::fleet::units::{AGENT, OURS, Owner, is_of, owner};
use crate::effects::os::disk::Root;
use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::bounded::read_at_most;
use crate::effects::os::disk::outside::{self, real_or_same};
use crate::model::change::{RootName, Spot};
use crate::model::folder::FolderPath;
use crate::model::path::RelPath;
use crate::model::record::{FormerPlace, Record};

const UNIT_MAX: u64 = 1 << 20;

/// The directory of units, as far as it is there.
pub(crate) struct UnitsDirectory {
    root: Option<Root>,
    folder: Option<FolderPath>,
    /// True if the home's fleet is installed: one of our units in the directory belongs to this
    /// home.
    pub is_installed: bool,
}

impl UnitsDirectory {
    /// Looks into the directory for the units of a home.
    pub(crate) fn look(home: &Root, surroundings: &Surroundings) -> Self {
        let place = surroundings
            .units
            .as_deref()
            .and_then(|units| outside::real(units).ok());
        let folder = place
            .as_deref()
            .and_then(Path::to_str)
            .and_then(|place| FolderPath::parse(place).ok());
        let root = folder
            .as_ref()
            .and_then(|folder| Root::open_plain(folder.as_path()).ok());
        // systemd follows links, too: one into dotfiles is a unit like any other.
        let is_installed = root.as_ref().is_some_and(|root| {
            let texts = OURS.iter().map(|unit| root.full(unit));
            let mut texts =
                texts.filter_map(|path| Some((read_at_most(&path, UNIT_MAX).ok()?, path)));
            texts.any(|(text, path)| other_owner(&path, &text, home.path(), surroundings).is_none())
        });
        Self {
            root,
            folder,
            is_installed,
        }
    }

    /// The directory, and those of drop-ins for our units, links resolved, if they are this home's.
    pub(crate) fn folders(&self) -> Vec<FolderPath> {
        let (true, Some(folder)) = (self.is_installed, &self.folder) else {
            return Vec::new();
        };
        let drop_ins = self.names("").into_iter().filter(|name| is_for_ours(name));
        let real = drop_ins.filter_map(|name| outside::real(&folder.as_path().join(name)).ok());
        let real = real.filter_map(|path| FolderPath::parse(path.to_str()?).ok());
        [folder.clone()].into_iter().chain(real).collect()
    }

    /// The operator's drop-ins for our units, if they are this home's: each by its spot, with its whole path.
    pub(crate) fn drop_ins(&self) -> Vec<(Spot, PathBuf)> {
        let (true, Some(folder)) = (self.is_installed, &self.folder) else {
            return Vec::new();
        };
        let directories = self.names("").into_iter().filter(|name| is_for_ours(name));
        directories
            .flat_map(|directory| drop_ins_of(folder, &directory))
            .collect()
    }

    /// The agents' units that something in the directory brings up: links in `*.wants` and `*.requires`.
    pub(crate) fn wanted_agents(&self) -> Vec<String> {
        let folders = self.names("").into_iter();
        let folders =
            folders.filter(|name| name.ends_with(".wants") || name.ends_with(".requires"));
        folders
            .flat_map(|folder| self.names(&folder))
            .filter(|name| name.starts_with(AGENT))
            .collect()
    }

    /// The agents' units that a manager which began at this moment was to start: they were enabled before.
    pub(crate) fn enabled_before(&self, began: Timestamp) -> BTreeSet<String> {
        let wants = "default.target.wants";
        let since = |name: &String| {
            let full = self.root.as_ref()?.full(&format!("{wants}/{name}"));
            let link = outside::stat_link(&full).ok()?;
            // Of the second in which it was made nobody knows whether that was before.
            Timestamp::from_second(link.ctime() + 1).ok()
        };
        let enabled = self.enabled().into_iter();
        let is_old = |name: &String| since(name).is_some_and(|since| since <= began);
        enabled
            .filter(|name| name.starts_with(AGENT) && is_old(name))
            .collect()
    }

    /// Names of our units that start with the manager: those that `systemctl enable` links for
    /// every release's `[Install]`.
    pub(crate) fn enabled(&self) -> BTreeSet<String> {
        let names = if self.is_installed {
            self.names("default.target.wants")
        } else {
            Vec::new()
        };
        names
            .into_iter()
            .filter(|name| OURS.iter().any(|file| is_of(name, file)))
            .collect()
    }

    /// The operator's own units and their drop-ins, by absolute path, as far as they are text.
    pub(crate) fn others(&self) -> Vec<(String, String)> {
        let (Some(root), Some(folder)) = (&self.root, &self.folder) else {
            return Vec::new();
        };
        let mut paths = Vec::new();
        for name in self.names("") {
            if name.ends_with(".d") && !is_for_ours(&name) {
                paths.extend(
                    self.names(&name)
                        .into_iter()
                        .map(|below| format!("{name}/{below}")),
                );
            } else if !OURS.contains(&name.as_str()) {
                paths.push(name);
            }
        }
        let text = |path: String| {
            Some((
                format!("{folder}/{path}"),
                String::from_utf8(root.read_at_most(&path, UNIT_MAX).ok()?).ok()?,
            ))
        };
        paths.into_iter().filter_map(text).collect()
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let children = self
            .root
            .as_ref()
            .and_then(|root| root.children(directory).ok())
            .unwrap_or_default();
        let mut names: Vec<_> = children
            .into_iter()
            .filter_map(|(name, _)| String::from_utf8(name).ok())
            .collect();
        names.sort();
        names
    }
}

/// Tells whether one of our units, whoever's, is in a directory.
pub(crate) fn holds_ours(units: &Path) -> bool {
    let mut ours = OURS.iter().map(|unit| units.join(unit));
    ours.any(|unit| outside::stat_link(&unit).is_ok())
}

/// The surroundings as a record knows them. Where a home's units are is not for the caller's environment to say, unless
/// they have moved to where that says.
pub(crate) fn as_recorded(seen: &Surroundings, record: &Record) -> Surroundings {
    let files = record.units.keys().map(|spot| PathBuf::from(&*spot.text()));
    let is_ours = |file: &PathBuf| OURS.iter().any(|unit| file.ends_with(unit));
    let folder = files
        .filter(is_ours)
        .find_map(|file| Some(file.parent()?.to_owned()));
    let Some(folder) = folder.filter(|_| !record.is_moved && !seen.is_named) else {
        return seen.clone();
    };
    let named = seen.units.as_deref().map(real_or_same);
    let below_home = folder.ends_with(".config/systemd/user");
    let user_home = folder.ancestors().nth(3).filter(|_| below_home);
    let users = seen.user_home.as_deref().map(real_or_same);
    let is_same_user = user_home.is_none() || users.as_deref() == user_home;
    let is_here = named.as_ref() == Some(&folder) && is_same_user;
    let has_moved = named.is_some_and(|units| holds_ours(&units)) && !holds_ours(&folder);
    if is_here || has_moved {
        return seen.clone();
    }
    let is_unmarked = |unit: &&str| {
        let text = read_at_most(&folder.join(unit), UNIT_MAX);
        text.is_ok_and(|text| matches!(owner_of(&text, seen), Owner::Unmarked))
    };
    let other_user = user_home.filter(|_| !is_same_user).map(Path::to_owned);
    Surroundings {
        user_home: other_user.or_else(|| seen.user_home.clone()),
        is_usual: seen.is_usual || OURS.iter().any(is_unmarked),
        units: Some(folder),
        ..seen.clone()
    }
}

/// The drop-ins of one directory, by name. A link to /dev/null switches one off.
fn drop_ins_of(folder: &FolderPath, directory: &str) -> Vec<(Spot, PathBuf)> {
    let full = folder.as_path().join(directory);
    let names = outside::names(&full)
        .into_iter()
        .filter_map(|name| name.into_string().ok());
    let is_drop_in = |name: &String| {
        // Systemd passes over hidden files: an editor's lock is one.
        name.ends_with(".conf")
            && !name.starts_with('.')
            && outside::stat(&full.join(name)).map_or(true, |meta| meta.is_file())
    };
    let mut names: Vec<_> = names.filter(is_drop_in).collect();
    names.sort();
    let spot = |name: String| {
        let path = RelPath::parse(&format!("{directory}/{name}")).ok()?;
        let root = RootName::Folder(folder.clone());
        Some((Spot { root, path }, full.join(name)))
    };
    names.into_iter().filter_map(spot).collect()
}

/// Tells whether a directory holds drop-ins for one of our units.
fn is_for_ours(name: &str) -> bool {
    let Some(unit) = name.strip_suffix(".d") else {
        return false;
    };
    OURS.contains(&unit) || (unit.starts_with(AGENT) && unit.ends_with(".service"))
}

/// Occupant of the place where systemd reads one of our units.
pub(crate) fn occupant(
    unit: &Path,
    home: &Path,
    surroundings: &Surroundings,
) -> std::io::Result<Occupant> {
    let stat = match outside::stat_link(unit) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Occupant::Nothing),
        stat => stat?,
    };
    let is_masked = outside::link_target(unit).is_ok_and(|leads| leads == Path::new("/dev/null"));
    if is_masked {
        return Ok(Occupant::Masked);
    }
    let text = match read_at_most(unit, UNIT_MAX) {
        Err(_) if !stat.is_file() => return Ok(Occupant::NoFile),
        text => text?,
    };
    Ok(match other_owner(unit, &text, home, surroundings) {
        Some(owner) => Occupant::Another(owner),
        None if stat.is_file() => Occupant::Ours,
        None => Occupant::Link(LinkedUnit {
            to: real_or_same(unit).display().to_string(),
            text: String::from_utf8_lossy(&text).into_owned(),
        }),
    })
}

fn owner_of(unit: &[u8], surroundings: &Surroundings) -> Owner {
    let user = surroundings.user_home.as_ref();
    let user = user
        .map(|user| user.display().to_string())
        .unwrap_or_default();
    owner(&String::from_utf8_lossy(unit), &user)
}

/// The home that an active unit belongs to, if it is not this one: by its mark; one without a mark is the usual home's.
/// Where this home was moved away, what it had is still its own.
fn other_owner(
    path: &Path,
    unit: &[u8],
    home: &Path,
    surroundings: &Surroundings,
) -> Option<String> {
    let owner = owner_of(unit, surroundings);
    let former = surroundings.former.as_ref();
    if former.is_some_and(|former| was_of(former, path, &owner, surroundings)) {
        return None;
    }
    match owner {
        Owner::Home(marked) if real_or_same(Path::new(&marked)) == real_or_same(home) => None,
        Owner::Home(marked) => Some(marked),
        Owner::Unmarked if surroundings.is_usual => None,
        Owner::Unmarked => Some("~/.config/mosaic".to_owned()),
    }
}

/// Tells whether a unit was this home's, at the place where it was before.
fn was_of(former: &FormerPlace, path: &Path, owner: &Owner, surroundings: &Surroundings) -> bool {
    let path = real_or_same(path);
    let mut units = former.units.keys();
    let is_recorded = units.any(|unit| real_or_same(Path::new(&*unit.text())) == path);
    let users = surroundings.user_home.as_ref();
    let marked = match owner {
        Owner::Home(marked) => Some(PathBuf::from(marked)),
        Owner::Unmarked => users.map(|user| user.join(".config/mosaic")),
    };
    let place = former.place.as_path();
    is_recorded && marked.is_some_and(|marked| resolved(&marked) == place)
}
