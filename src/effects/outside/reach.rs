//! Reach of a home outside of it: what its journals reached, the files that its links lead to, and systemd's directory
//! where its fleet is installed.
//!
//! A journal that was written where the home is now says where the files are. Of a home that was moved, or copied, it
//! says where the original's are: there only what the home itself leads to counts.

use crate::effects::os::disk::above::resolved;
use crate::effects::outside::surroundings::Surroundings;
use crate::model::fleet_paths::{AGENTS, FLEET};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::decide::fleet::active::Occupant;
use crate::decide::fleet::units::OURS;
use crate::effects::os::disk::{Root, outside};
use crate::effects::outside::units::{UnitsDirectory, occupant};
use crate::model::change::{RootName, Spot};
use crate::model::folder::FolderPath;
use crate::model::path::RelPath;

/// Spots outside of a home that it may change.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    home: PathBuf,
    surroundings: Surroundings,
    files: BTreeSet<Spot>,
    folders: BTreeSet<FolderPath>,
    /// Directory where systemd reads units.
    units: Option<PathBuf>,
    /// Our units there, as far as they are this home's or not there.
    own: BTreeSet<PathBuf>,
}

impl Reach {
    /// Looks where the links of a home lead, and whether its units are installed.
    pub(crate) fn look(home: &Root, surroundings: &Surroundings) -> Self {
        let mut files = BTreeSet::new();
        for folder in [FLEET, AGENTS] {
            let folder = home.full(folder);
            let entries = outside::names(&folder).into_iter();
            let entries = entries.map(|name| folder.join(name));
            let links =
                entries.filter(|path| outside::stat_link(path).is_ok_and(|stat| stat.is_symlink()));
            files.extend(links.filter_map(|link| spot_of(&outside::real(&link).ok()?)));
        }
        let there = UnitsDirectory::look(home, surroundings);
        let drop_ins = there.drop_ins().into_iter();
        files.extend(drop_ins.filter_map(|(_, path)| spot_of(&outside::real(&path).ok()?)));
        let folders = there.folders().into_iter().collect();
        let units = surroundings.units.as_deref().map(resolved);
        let own = units
            .iter()
            .flat_map(|units| OURS.map(|unit| units.join(unit)));
        let is_own = |unit: &PathBuf| {
            let occupant = occupant(unit, home.path(), surroundings);
            matches!(occupant, Ok(Occupant::Nothing | Occupant::Ours))
        };
        let own = own.filter(is_own).collect();
        Self {
            home: home.path().to_owned(),
            surroundings: surroundings.clone(),
            files,
            folders,
            units,
            own,
        }
    }

    /// Adds spots that the home reached, unless units of another home are there by now.
    pub(crate) fn and<'a>(mut self, spots: impl Iterator<Item = &'a Spot>) -> Self {
        for spot in spots {
            if !self.is_of_another(Path::new(&*spot.text())) {
                self.files.extend(spot.above());
                self.files.insert(spot.clone());
            }
        }
        self
    }

    /// Tells whether a path lies among another home's units, or in a folder of drop-ins for them.
    fn is_of_another(&self, path: &Path) -> bool {
        let beside = path.ancestors().skip(1).take(2);
        let mut units = beside.flat_map(|directory| OURS.map(|unit| directory.join(unit)));
        units.any(|unit| {
            let occupant = occupant(&unit, &self.home, &self.surroundings);
            matches!(occupant, Ok(Occupant::Another(_)))
        })
    }

    /// Tells whether a spot may be changed; a spot in the home always may.
    pub(crate) fn covers(&self, spot: &Spot) -> bool {
        match &spot.root {
            RootName::Folder(folder) => {
                self.folders.contains(folder)
                    || self.files.contains(spot)
                    || self.covers_unit(folder, &spot.path)
            }
            _ => true,
        }
    }

    /// Tells whether a path is one of our units, or a directory on the way to them.
    fn covers_unit(&self, folder: &FolderPath, path: &RelPath) -> bool {
        let full = folder.as_path().join(path);
        self.own.contains(&full)
            || self
                .units
                .as_ref()
                .is_some_and(|units| units.starts_with(&full))
    }
}

fn spot_of(real: &Path) -> Option<Spot> {
    let folder = FolderPath::parse(real.parent()?.to_str()?).ok()?;
    let path = RelPath::parse(real.file_name()?.to_str()?).ok()?;
    Some(Spot {
        root: RootName::Folder(folder),
        path,
    })
}
