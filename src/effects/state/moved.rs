//! Homes that are somewhere else than they were: moved, or copied.

use std::collections::BTreeSet;
use std::path::Path;

use super::{State, StateError, folder_of};
use crate::decide::bundle::check::STATE_DIRECTORY;
use crate::effects::os::disk::outside;
use crate::model::folder::FolderPath;
use crate::model::generation::Journal;
use crate::model::record::{FormerPlace, Record};

/// The record with the units that are the home's: those of the original are not a copy's, and those of a home that was
/// moved away stayed where they were.
pub(super) fn with_its_units(record: Record) -> Record {
    let is_moved = |former: &FormerPlace| {
        let units = former.units.keys();
        let mut units = units.map(|unit| outside::is_there(Path::new(&*unit.text())));
        is_left(former.place.as_path()) && units.any(|is_there| is_there)
    };
    match &record.former {
        Some(former) if is_moved(former) => record.moved_away(),
        _ => Record {
            former: None,
            ..record
        },
    }
}

/// Tells whether there is no home at a place.
pub(crate) fn is_left(place: &Path) -> bool {
    !outside::is_there(&place.join(STATE_DIRECTORY))
}

impl State {
    /// The places that the home was at before.
    pub(crate) fn former_places(&self) -> Result<BTreeSet<FolderPath>, StateError> {
        let mut places = BTreeSet::new();
        for number in self.generations()? {
            let path = format!("{}/journal", folder_of(number));
            places.extend(self.read::<Journal>("journal", &path)?.place);
        }
        places.retain(|place| Some(place) != self.place.as_ref());
        Ok(places)
    }
}
