//! Looks at all that an install of a fleet goes by.

use crate::effects::os::disk::above::resolved;
use crate::effects::os::disk::bounded::TEXT_MAX;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_paths::HOLDER_ENV;
use std::collections::BTreeSet;
use std::path::Path;

use crate::decide::fleet::active::{ActiveUnits, UnitTarget};
use crate::decide::fleet::install::{InstallInputs, env_path};
use crate::decide::fleet::units::{OURS, Unnameable, rendered};
use crate::decide::home::situation::PlanRefusal;
use crate::decide::text::in_place::as_text;
use crate::effects::bundle::BundleError;
use crate::effects::fleet::lacks::{TOOLS, lacks};
use crate::effects::home::Home;
use crate::effects::home::survey::Survey;
use crate::effects::os::disk::{DiskError, outside};
use crate::effects::os::host;
use crate::effects::outside::units::{UnitsDirectory, occupant};
use crate::model::bundle::Earlier;
use crate::model::change::{RootName, Spot};
use crate::model::folder::FolderPath;
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::roster::Roster;

/// Reason why an install has not all that it needs.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// A file of the release is not there, or not as it must be.
    #[error("{path} {problem}")]
    NotAsShipped {
        /// Path of the file.
        path: String,
        /// Problem with the file.
        problem: &'static str,
    },
    /// No unit can name the home.
    #[error(transparent)]
    Unnameable(#[from] Unnameable),
    /// No place for units: it cannot be told where systemd reads them, or Mosaic cannot write that
    /// path down.
    #[error("{0}")]
    NoPlace(String),
    /// Another user owns the place.
    #[error(transparent)]
    Refused(#[from] PlanRefusal),
    /// The bundle could not be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The file system failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Gathers the inputs of an install: the roster, the shipped units, and what is where they go.
pub(crate) fn look<'a>(
    home: &'a Home,
    surroundings: &Surroundings,
    roster: &'a Roster,
    earlier: &'a Earlier,
) -> Result<InstallInputs<'a>, LookError> {
    check_tools(home)?;
    let Some(units) = surroundings.units.as_deref().map(resolved) else {
        return Err(LookError::NoPlace(
            "it cannot be told where systemd reads your units".to_owned(),
        ));
    };
    let targets = OURS.into_iter().map(|name| {
        let path = shipped_path(name);
        if home.root.stat_if_there(&path)?.is_none() {
            return Err(LookError::NotAsShipped {
                path,
                problem: "is not there",
            });
        }
        target(
            home,
            surroundings,
            &units,
            name,
            &home.root.read_at_most(&path, TEXT_MAX)?,
        )
    });
    Ok(InstallInputs {
        roster,
        record: &home.record,
        targets: targets.collect::<Result<_, _>>()?,
        earlier,
        masked: masked(&units),
        enabled: UnitsDirectory::look(&home.root, surroundings).enabled(),
        links: links(home, roster),
        behind: behind(home, roster),
        umask: host::umask(),
    })
}

/// The active units, against what a release ships; none where no fleet of this home is installed.
pub(crate) fn active(
    home: &Home,
    survey: &Survey,
    surroundings: &Surroundings,
) -> Result<ActiveUnits, LookError> {
    let Some(units) = surroundings.units.as_deref().map(resolved) else {
        return Ok(ActiveUnits::default());
    };
    let there = UnitsDirectory::look(&home.root, surroundings);
    if !there.is_installed {
        return Ok(ActiveUnits::default());
    }
    let shipped = OURS
        .into_iter()
        .filter_map(|name| Some((name, RelPath::parse(&shipped_path(name)).ok()?)));
    let shipped = shipped.filter(|(_, path)| survey.bundle.wanted.contains_key(path));
    let targets = shipped.map(|(name, path)| {
        let content = survey.bundle.read(&path)?;
        target(home, surroundings, &units, name, &content)
    });
    Ok(ActiveUnits {
        targets: targets.collect::<Result<_, LookError>>()?,
        enabled: there.enabled(),
        lacks: lacks(home, survey),
    })
}

fn shipped_path(name: &str) -> String {
    format!("systemd/user/{name}")
}

/// Tells whether a home has the release's files that an install needs.
pub(crate) fn can_be_installed(home: &Home) -> bool {
    let mut units = OURS.into_iter().map(shipped_path);
    let is_there = |path: String| matches!(home.root.stat_if_there(&path), Ok(Some(_)));
    check_tools(home).is_ok() && units.all(is_there)
}

fn check_tools(home: &Home) -> Result<(), LookError> {
    for path in TOOLS {
        let problem = match home.root.stat_if_there(path)? {
            None => "is not there",
            Some(stat) if !Mode::from_st_mode(stat.stx_mode.into()).is_executable() => {
                "is not executable"
            }
            Some(_) => continue,
        };
        return Err(LookError::NotAsShipped {
            path: path.to_owned(),
            problem,
        });
    }
    Ok(())
}

fn target(
    home: &Home,
    surroundings: &Surroundings,
    units: &Path,
    name: &'static str,
    shipped: &[u8],
) -> Result<UnitTarget, LookError> {
    let path = shipped_path(name);
    let text = as_text(shipped).map_err(|_| LookError::NotAsShipped {
        path: path.clone(),
        problem: "is not text",
    })?;
    let user = surroundings.user_home.as_ref();
    let user = user
        .map(|user| resolved(user).display().to_string())
        .unwrap_or_default();
    let want = rendered(text, &folder(&resolved(home.root.path()))?, &user)?.into_owned();
    let full = units.join(name);
    let at = spot(home, &full)?;
    let seen = |source| DiskError {
        verb: "read",
        path: full.clone(),
        source,
    };
    let occupant = occupant(&full, home.root.path(), surroundings).map_err(seen)?;
    let shipped_at =
        RelPath::parse(&path).map_err(|error| LookError::NoPlace(error.to_string()))?;
    Ok(UnitTarget {
        name,
        at,
        want,
        occupant,
        shipped_at,
    })
}

/// The spot of a unit: as it is recorded; else from what is there above `systemd/user`, so that the
/// same path is always called the same.
fn spot(home: &Home, unit: &Path) -> Result<Spot, LookError> {
    let known = home
        .record
        .units
        .keys()
        .find(|at| Path::new(&*at.text()) == unit);
    if let Some(known) = known {
        return Ok(known.clone());
    }
    let above = unit
        .ancestors()
        .skip(3)
        .find(|above| outside::is_directory(above))
        .unwrap_or(Path::new("/"));
    let below = unit.strip_prefix(above).ok().and_then(Path::to_str);
    let path = below
        .and_then(|below| RelPath::parse(below).ok())
        .ok_or_else(|| nameless(unit))?;
    let at = Spot {
        root: RootName::Folder(folder(above)?),
        path,
    };
    let nearest = unit
        .ancestors()
        .skip(1)
        .find_map(|above| outside::stat(above).ok());
    match nearest.map(|found| std::os::unix::fs::MetadataExt::uid(&found)) {
        Some(owner) if owner != host::effective_uid() => {
            let ships = false;
            Err(PlanRefusal::ForeignOwner { at, owner, ships }.into())
        }
        _ => Ok(at),
    }
}

fn folder(path: &Path) -> Result<FolderPath, LookError> {
    path.to_str()
        .and_then(|path| FolderPath::parse(path).ok())
        .ok_or_else(|| nameless(path))
}

fn nameless(path: &Path) -> LookError {
    LookError::NoPlace(format!(
        "{} is no path that Mosaic can write down",
        path.display()
    ))
}

/// The units that are links to `/dev/null`.
fn masked(units: &Path) -> BTreeSet<String> {
    let is_masked = |name: &String| {
        let target = outside::link_target(&units.join(name));
        target.is_ok_and(|target| target == Path::new("/dev/null"))
    };
    let names = outside::names(units).into_iter();
    names
        .filter_map(|name| name.into_string().ok())
        .filter(is_masked)
        .collect()
}

fn env_files(roster: &Roster) -> impl Iterator<Item = RelPath> {
    let agents = roster
        .agents_here()
        .filter_map(|agent| env_path(agent.name.as_str()));
    RelPath::parse(HOLDER_ENV).into_iter().chain(agents)
}

/// The env files behind a link to a directory that leads out of the home, or nowhere, and that link.
fn behind(home: &Home, roster: &Roster) -> Vec<(RelPath, RelPath)> {
    let paths = env_files(roster);
    paths
        .filter_map(|path| Some((path.clone(), link_above(home, &path)?)))
        .collect()
}

/// The link to a directory, above a path, that leads out of the home or nowhere.
pub(crate) fn link_above(home: &Home, path: &RelPath) -> Option<RelPath> {
    let place = resolved(home.root.path());
    let leads_out = |directory: &RelPath| {
        let full = home.root.full(directory.as_str());
        outside::stat_link(&full).is_ok_and(|stat| stat.is_symlink())
            && !outside::real(&full).is_ok_and(|real| real.starts_with(&place))
    };
    path.ancestors().find(leads_out)
}

/// The env files that are links to a file, and where that is.
fn links(home: &Home, roster: &Roster) -> Vec<(RelPath, Spot)> {
    let paths = env_files(roster);
    paths
        .filter_map(|path| Some((path.clone(), behind_link(home, &path)?)))
        .collect()
}

/// The place of the file that a name in the home leads to; nothing where it is the file itself, or leads nowhere.
pub(crate) fn behind_link(home: &Home, path: &RelPath) -> Option<Spot> {
    let place = resolved(home.root.path());
    let full = home.root.full(path.as_str());
    let real = outside::real(&full)
        .ok()
        .filter(|real| *real != place.join(path))?;
    Some(match real.strip_prefix(&place) {
        Ok(below) => Spot::in_home(&RelPath::parse(below.to_str()?).ok()?),
        Err(_) => Spot {
            root: RootName::Folder(folder(real.parent()?).ok()?),
            path: RelPath::parse(real.file_name()?.to_str()?).ok()?,
        },
    })
}
