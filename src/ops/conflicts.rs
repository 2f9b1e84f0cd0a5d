//! Conflicts that wait for a person, as far as can be told without a bundle.

use crate::decide::plan::classes::{Class, Classes};
use crate::decide::plan::parking::outside_spot;
use crate::effects::bundle::BundleError;
use crate::effects::home::Home;
use crate::effects::scan::scan;
use crate::effects::scan::stat_cache::StatCache;
use crate::model::change::Spot;
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::record::Parked;
use crate::ops::change::conflicts_of;
use crate::ops::error::Error;

/// Drops conflicts at paths that the operator has preserved since.
pub(crate) fn drop_preserved(home: &Home, conflicts: &mut Vec<RelPath>) -> Result<(), Error> {
    let classes = Classes::of_operator(&home.preserve_text).map_err(BundleError::from)?;
    conflicts.retain(|path| classes.judge(path).class != Class::Preserved);
    Ok(())
}

/// The conflicts that still wait: not those whose path the operator has preserved since, nor those that he settled by
/// hand.
pub(crate) fn standing_conflicts(home: &Home) -> Result<Vec<(RelPath, Parked)>, Error> {
    let mut paths: Vec<_> = home.record.parked.keys().cloned().collect();
    drop_preserved(home, &mut paths)?;
    let found = scan(&home.root, &paths, StatCache::default().of_home())?.found;
    let mut found = found.iter();
    paths.retain(|path| {
        let digest = found.next().and_then(Found::digest);
        digest != Some(home.record.parked[path].want)
    });
    Ok(conflicts_of(&home.record, &paths))
}

/// The active units that the release's could not be joined to, `UNIT: what ships`.
pub(crate) fn standing_stays(home: &Home) -> Vec<String> {
    let parked = |unit: &Spot| {
        let place = outside_spot(unit)?.to_string();
        let stat = home.root.look(&place).ok();
        stat.map(|_| format!("{unit}: {place}"))
    };
    home.record.units.keys().filter_map(parked).collect()
}
