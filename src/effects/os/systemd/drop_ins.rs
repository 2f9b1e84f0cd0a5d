//! Drop-ins that are there, against those that the manager has read: before 257 it does not see the first one in a new
//! folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::effects::os::disk::outside;
use crate::model::unit::UnitState;

/// Tells whether the drop-ins beside a unit's file are others than those that the manager has read.
pub(crate) fn has_other_drop_ins(state: &UnitState) -> bool {
    let Some(directory) = state.fragment_path.as_deref().and_then(Path::parent) else {
        return false;
    };
    let names = [Some(state.name.to_string()), state.name.template()];
    let folders: BTreeSet<_> = names
        .into_iter()
        .flatten()
        .map(|name| directory.join(format!("{name}.d")))
        .collect();
    let there: BTreeSet<_> = folders
        .iter()
        .flat_map(|folder| drop_ins_in(folder))
        .collect();
    let read = state.drop_in_paths.iter();
    let read = read.filter(|path| path.parent().is_some_and(|folder| folders.contains(folder)));
    there != read.cloned().collect()
}

/// The drop-ins in a folder, as systemd takes them: a link to `/dev/null` switches one off.
fn drop_ins_in(folder: &Path) -> Vec<PathBuf> {
    let names = outside::names(folder).into_iter();
    let names = names.filter_map(|name| name.into_string().ok());
    let names = names.filter(|name| name.ends_with(".conf") && !name.starts_with('.'));
    let paths = names.map(|name| folder.join(name));
    paths.filter(|path| outside::is_file(path)).collect()
}
