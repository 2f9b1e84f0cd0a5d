//! The roster that an operation is about.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::decide::fleet::roster::parse;
use crate::decide::text::in_place::{EditRefusal, as_text};
use crate::effects::home::is_home;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_at_most};
use crate::effects::os::disk::outside;
use crate::model::fleet_paths::ROSTER;
use crate::model::roster::Roster;
use crate::ops::context::Context;
use crate::ops::fleet::error::FleetError;

/// The path of a roster; without a name, the home's.
pub fn roster_path(context: &Context, named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| context.home.join(ROSTER), Path::to_owned)
}

/// Reads a roster.
///
/// # Errors
///
/// [`FleetError::NoRoster`], [`FleetError::NotAFile`] and [`FleetError::Unread`] where it cannot be read,
/// [`FleetError::Roster`] with the place of what is wrong in it.
pub fn read_roster(context: &Context, named: Option<&Path>) -> Result<Roster, FleetError> {
    let path = roster_path(context, named);
    let unread = |source| FleetError::Unread {
        path: path.clone(),
        source,
    };
    let stat = match outside::stat(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(FleetError::NoRoster {
                path,
                is_named: named.is_some(),
                has_home: is_home(&context.home),
            });
        }
        stat => stat.map_err(unread)?,
    };
    if !stat.is_file() {
        return Err(FleetError::NotAFile(path.display().to_string()));
    }
    let bytes = read_at_most(&path, TEXT_MAX).map_err(unread)?;
    let file = path.display().to_string();
    let fault = |refusal: EditRefusal| {
        FleetError::Roster(refusal.in_file(&file, &String::from_utf8_lossy(&bytes)))
    };
    parse(&file, as_text(&bytes).map_err(fault)?).map_err(FleetError::Roster)
}
