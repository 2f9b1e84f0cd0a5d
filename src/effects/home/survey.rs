//! Looks at a bundle and a home side by side: all that the decision about an update rests on.

use crate::decide::home::situation::{other_paths_in_question, retired_paths};
use std::collections::BTreeMap;

use crate::decide::home::respelled::{Respelled, found_once, in_question, missing_in};
use crate::decide::home::source_version::{Traces, judge};
use crate::decide::plan::classes::{Class, Classes};
use crate::effects::apply::Fresh;
use crate::effects::bundle::{self, Bundle, BundleError, Source};
use crate::effects::home::Home;
use crate::effects::home::traces::traces;
use crate::effects::os::disk::{DiskError, Root};
use crate::effects::os::thread::Task;
use crate::effects::scan::horizon::{Horizon, Noted, Written};
use crate::effects::scan::stat_cache::{Key, Stamp, StatCache};
use crate::effects::scan::{CacheUpdate, scan};
use crate::effects::state::{State, StateError};
use crate::model::bundle::Earlier;
use crate::model::digest::Digest;
use crate::model::found::Found;
use crate::model::path::RelPath;
use crate::model::source_version::SourceVersion;

/// Bundle and home, seen side by side: all that the plan of an update rests on.
pub(crate) struct Survey {
    /// The bundle, opened and checked.
    pub bundle: Bundle,
    /// Classes of paths: whose each of them is.
    pub classes: Classes,
    /// Contents that earlier releases shipped.
    pub earlier: Earlier,
    /// Traces that earlier releases left in the home besides their files.
    pub traces: Traces,
    /// The files that the release spells otherwise than they are recorded, and that are one with it on disk.
    pub respelled: Vec<Respelled>,
    /// Found: what is on disk at the framework paths that are shipped, now or before, or recorded.
    pub found: BTreeMap<RelPath, Found>,
    began_new: bool,
    horizon: Option<Horizon>,
    cache: StatCache,
    seen: CacheUpdate,
}

impl Survey {
    /// Reads bundle and home side by side. Files that the stat cache vouches for are not read.
    pub(crate) fn make(home: &Home, source: &Source) -> Result<Self, BundleError> {
        let horizon = home.state.as_ref().map(State::horizon);
        let cache = home.state.as_ref().map(State::cache).unwrap_or_default();
        let manifest = source.manifest()?;
        let classes = Classes::new(&manifest, &home.preserve_text)?;
        let earlier = bundle::earlier(&manifest.release.bundle)?;
        let traces = traces(&home.root, home.record.release.is_some());
        let is_framework = |path: &&RelPath| classes.judge(path).class == Class::Framework;
        let recorded: Vec<_> = home
            .record
            .entries
            .keys()
            .filter(is_framework)
            .cloned()
            .collect();
        // The home is looked at while the bundle is: where nothing changed, both know the same paths.
        let (bundle, scanned) = std::thread::scope(|scope| {
            let twin = home.root.twin();
            let recorded = &recorded;
            let known = cache.of_home();
            let scanning = Task::start(scope, move || scan(&Root::from(twin), recorded, known));
            let bundle = Bundle::open(source, manifest, &cache);
            (bundle, scanning.join())
        });
        let mut bundle = bundle?;
        let scanned = scanned?;
        let mut seen = std::mem::take(&mut bundle.seen);
        let mut found: BTreeMap<_, _> = recorded.into_iter().zip(scanned.found).collect();
        seen.extend(scanned.seen);
        let others = other_paths_in_question(&found, &bundle.wanted, &classes, &earlier);
        let scanned = scan(&home.root, &others, cache.of_home())?;
        let others = others.into_iter().zip(scanned.found);
        if found.is_empty() {
            found = others.collect();
        } else {
            found.extend(others);
        }
        seen.extend(scanned.seen);
        let respelled = respelled(home, &bundle, (&classes, &earlier), &found)?;
        found_once(&mut found, &respelled);
        Ok(Self {
            respelled,
            bundle,
            classes,
            earlier,
            traces,
            found,
            began_new: began_new(home),
            horizon,
            cache,
            seen,
        })
    }

    /// The release that wrote the home, as far as it can be told; `None` where nothing of any release is in it, or all of
    /// it is younger.
    pub(crate) fn written_by(&self) -> Option<SourceVersion> {
        judge(&self.traces, &self.found, &self.earlier).filter(|_| !self.began_new)
    }

    /// Tells whether some release ships this path, or has shipped it.
    pub(crate) fn is_shipped(&self, path: &RelPath) -> bool {
        self.bundle.wanted.contains_key(path) || self.found.contains_key(path)
    }

    /// Tells whether a path is the operator's once it was written.
    pub(crate) fn is_seeded(&self, path: &RelPath) -> bool {
        self.classes.judge(path).class == Class::Seeded
    }

    /// Writes the stat cache anew if this survey had to read what the next one need not.
    pub(crate) fn refresh_cache(&self, state: &State) -> Result<(), StateError> {
        match self.seen.read {
            0 => Ok(()),
            _ => state.write_cache(&self.cache.renewed(&self.seen.vouched, self.settled())),
        }
    }

    /// The files that were read and need not be read again. The lock was taken for another look, where there was no
    /// state yet.
    fn settled(&self) -> Vec<(Key, Digest)> {
        let horizon = self.horizon.iter();
        horizon
            .flat_map(|horizon| horizon.settled(&self.seen.noted))
            .collect()
    }

    /// Writes the stat cache after a commit that put these files in place.
    pub(crate) fn refresh_cache_after(
        &self,
        home: &Root,
        state: &State,
        fresh: &[Fresh],
    ) -> Result<(), StateError> {
        let moved = moved_into_place(home, state, fresh);
        let known = self.settled().into_iter().chain(moved);
        state.write_cache(&self.cache.renewed(&self.seen.vouched, known))
    }
}

/// Asks the disk which of the paths that ship are files that it, the record or an earlier release knows by another
/// spelling.
/// Tells whether a generation of the home knows that it began with none of a release's files: what is left of it since a
/// rollback to 0 tells of no earlier release.
fn began_new(home: &Home) -> bool {
    let Some(state) = home
        .state
        .as_ref()
        .filter(|_| home.record.release.is_none())
    else {
        return false;
    };
    let records = state.generations().unwrap_or_default().into_iter();
    let mut records = records.filter_map(|number| state.record(number).ok());
    let first = records.find(|record| record.release.is_some());
    first.is_some_and(|record| record.adopted.is_none())
}

fn respelled(
    home: &Home,
    bundle: &Bundle,
    (classes, earlier): (&Classes, &Earlier),
    found: &BTreeMap<RelPath, Found>,
) -> Result<Vec<Respelled>, DiskError> {
    let record = &home.record;
    let spelled = |path: &RelPath| -> Result<Option<RelPath>, DiskError> {
        let spelled = match home.root.look(path.as_str()) {
            Ok(_) => home.root.spelled(path.as_str())?,
            Err(_) => None,
        };
        Ok(spelled.and_then(|path| RelPath::parse(&path).ok()))
    };
    let mut respelled: Vec<Respelled> = Vec::new();
    for (to, from) in in_question(&bundle.wanted, record, earlier) {
        if let Some(on_disk) = spelled(&to)?
            && spelled(&from)?.as_ref() == Some(&on_disk)
        {
            let is_known = record.entries.contains_key(&from) || record.seeded.contains(&from);
            respelled.push(Respelled {
                goes_on: is_known && !classes.judge(&from).is_by_operator(),
                to,
                from,
                on_disk,
            });
        }
    }
    let is_there = |path: &&RelPath| matches!(found.get(*path), Some(Found::File(_)));
    let unrecorded = missing_in(bundle.wanted.keys(), record.entries.keys());
    for to in unrecorded.filter(is_there) {
        if let Some(on_disk) = spelled(to)?.filter(|on_disk| on_disk != to) {
            respelled.push(Respelled {
                to: to.clone(),
                from: on_disk.clone(),
                on_disk,
                goes_on: false,
            });
        }
    }
    Ok(respelled)
}

/// Files that were staged and are now in their places, as far as their stamps are settled. The last that Mosaic changed
/// in its state was the end of the transaction. A rename gives a file a new change time; one whose other stamps
/// differ was changed by somebody since, and is left out.
fn moved_into_place(home: &Root, state: &State, fresh: &[Fresh]) -> Vec<(Key, Digest)> {
    let written = state.root.stat_self().ok();
    let horizon = Horizon::now(written.as_ref().map(Written::from));
    let cache = StatCache::default();
    let noted = |file: &Fresh| {
        let stat = home.look(file.path.as_str()).ok()?;
        let is_untouched = Stamp::from(&stat).is_same_file_content(file.stamp.as_ref()?);
        is_untouched.then(|| Noted::put_in_place(cache.of_home(), &file.path, &stat, file.digest))
    };
    let noted: Vec<_> = fresh.iter().filter_map(noted).collect();
    horizon.settled(&noted)
}

/// Adds files that were put in place to the stat cache.
pub(crate) fn extend_cache(home: &Root, state: &State, fresh: &[Fresh]) -> Result<(), StateError> {
    let cache = state.cache();
    state.write_cache(&cache.renewed(&cache.places(), moved_into_place(home, state, fresh)))
}

/// Writes the stat cache anew from nothing but the home: after a recovery.
pub(crate) fn rebuild_cache(home: &Home) -> Result<(), StateError> {
    let Some(state) = &home.state else {
        return Ok(());
    };
    let horizon = state.horizon();
    let paths: Vec<_> = home.record.entries.keys().cloned().collect();
    let scanned = scan(&home.root, &paths, StatCache::default().of_home())?;
    let settled = horizon.settled(&scanned.seen.noted);
    state.write_cache(&settled.into_iter().collect())
}

/// Paths that earlier releases shipped in a home and this program does not, where the file is still
/// as it was shipped.
pub(crate) fn leftovers(home: &Home, cache: &StatCache) -> Result<Vec<RelPath>, BundleError> {
    let manifest = Source::Embedded.manifest()?;
    let classes = Classes::new(&manifest, &home.preserve_text)?;
    let owner = home.record.release.as_ref().unwrap_or(&manifest.release);
    let earlier = bundle::earlier(&owner.bundle)?;
    let bundle = Bundle::open(&Source::Embedded, manifest, cache)?;
    let mut retired = retired_paths(&bundle.wanted, &home.record, &classes, &earlier);
    let respelled = respelled(home, &bundle, (&classes, &earlier), &BTreeMap::new())?;
    retired.retain(|path| respelled.iter().all(|known| known.from != *path));
    let found = scan(&home.root, &retired, cache.of_home())?.found;
    let is_as_shipped = |found: &Found, path: &RelPath| {
        found
            .digest()
            .is_some_and(|digest| earlier.shipped(path, digest))
    };
    let leftovers = retired
        .into_iter()
        .zip(found)
        .filter(|(path, found)| is_as_shipped(found, path));
    Ok(leftovers.map(|(path, _)| path).collect())
}
