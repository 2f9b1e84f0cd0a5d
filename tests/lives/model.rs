//! What an update promises, once more and small: the decision table and the rules of rollbacks, read from the promises
//! and sharing no code with the program.

use std::collections::{BTreeMap, BTreeSet};

use crate::join::join;
use crate::tree::{Node, Tree, above};

/// The seeded path; all others are the framework's.
pub const SEEDED: &str = "SOUL.md";
/// The version file of homes from before there was a record.
pub const VERSION: &str = ".framework-version";
const FORMER: &str = "mosaic-factory";
const SOCKET: &str = "mosaic-fleet";
const FLEET: [&str; 2] = ["fleet/roster.yaml", "fleet/agents/a.env"];
const RUN: &str = "fleet/run";

/// One release: content and whether it is executable, by path.
pub struct Release {
    /// Its version.
    pub version: String,
    /// What it ships.
    pub files: BTreeMap<String, (Vec<u8>, bool)>,
}

/// What was taken in at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    shipped: Vec<u8>,
    left: Vec<u8>,
    executable: bool,
}

/// What waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parked {
    want: Vec<u8>,
    ships: bool,
    executable: bool,
}

/// What is known of a home.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Record {
    release: Option<String>,
    entries: BTreeMap<String, Entry>,
    seeded: BTreeSet<String>,
    made: BTreeSet<String>,
    parked: BTreeMap<String, Parked>,
    declined: BTreeMap<String, Vec<u8>>,
    has_migrated: bool,
    /// The release that wrote the home before there was a record.
    adopted: Option<String>,
    /// The release that the home began with, where none was there before.
    origin: Option<String>,
}

/// What a generation changed, and what is known after it.
#[derive(Debug, Clone)]
struct Generation {
    changes: BTreeMap<String, (Option<Node>, Option<Node>)>,
    record: Record,
}

/// A home, and all that can still be undone.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// What is there.
    pub tree: Tree,
    record: Record,
    generations: Vec<Generation>,
    /// The oldest generation that can be gone back to.
    way_back: usize,
    /// Whether the last rollback left something that it could not take back.
    has_left: bool,
}

/// How a conflict is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The live file stays.
    Mine,
    /// What was parked is taken.
    Shipped,
    /// The person's own.
    Merged(Vec<u8>),
}

/// Where a path's way back ends.
enum End {
    To(Option<Node>),
    Stays,
    /// Whether the two could not be joined.
    Parked(bool),
}

impl Model {
    /// The number of the last generation.
    pub fn generation(&self) -> usize {
        self.generations.len()
    }

    /// The oldest generation that can be gone back to.
    pub fn way_back(&self) -> usize {
        self.way_back
    }

    /// Whether a release is installed.
    pub fn is_installed(&self) -> bool {
        self.record.release.is_some()
    }

    /// The paths that wait for a person.
    pub fn parked(&self) -> Vec<String> {
        self.record.parked.keys().cloned().collect()
    }

    /// Whether the last command leaves something for a person.
    pub fn waits(&self) -> bool {
        self.has_left || !self.record.parked.is_empty()
    }

    /// Whether a settlement is refused: something that is no file is in the way.
    pub fn is_in_the_way(&self, path: &str) -> bool {
        let is_other = matches!(self.tree.at(path), Some(Node::Folder | Node::Link));
        is_other || self.tree.is_blocked(path)
    }

    /// Lets go of what only the way back to old generations needs.
    pub fn gc(&mut self, keep: usize) {
        self.way_back = self.way_back.max(self.generation().saturating_sub(keep));
    }

    fn commit(&mut self, tree: Tree, record: Record, is_due: bool) {
        if !is_due && tree == self.tree && record == self.record {
            return;
        }
        let paths = self.tree.0.keys().chain(tree.0.keys());
        let changed = paths.filter(|path| self.tree.at(path) != tree.at(path));
        let changes = changed
            .map(|path| {
                let change = (self.tree.at(path).cloned(), tree.at(path).cloned());
                (path.clone(), change)
            })
            .collect();
        self.tree = tree;
        self.record = record.clone();
        self.generations.push(Generation { changes, record });
    }

    /// Whether a generation that is still kept took this content in here.
    fn is_earlier(&self, path: &str, content: &[u8]) -> bool {
        let kept = self
            .generations
            .iter()
            .skip(self.way_back.saturating_sub(1));
        let mut entries = kept.filter_map(|generation| generation.record.entries.get(path));
        entries.any(|entry| entry.shipped == content)
    }

    /// Takes a release in.
    pub fn update(&mut self, release: &Release) {
        self.has_left = false;
        let mut next = Next {
            tree: self.tree.clone(),
            record: self.record.clone(),
            gone: BTreeSet::new(),
            come: Vec::new(),
        };
        let mut waits = BTreeSet::new();
        for (path, entry) in &self.record.entries {
            if !release.files.contains_key(path) {
                match self.tree.file(path) {
                    Some((found, _)) if found == entry.shipped => next.remove(path),
                    _ => {}
                }
                next.record.entries.remove(path);
            }
        }
        for (path, (want, executable)) in &release.files {
            if path == SEEDED {
                let is_free = next.frees(path).is_none() && !next.record.seeded.contains(path);
                if is_free {
                    next.write(path, want, *executable);
                    next.record.seeded.insert(path.clone());
                }
            } else if self.meet(&mut next, path, want, *executable) {
                waits.insert(path.clone());
                let parked = Parked {
                    want: want.clone(),
                    ships: true,
                    executable: *executable,
                };
                let known = next.record.parked.get(path).map(|parked| &parked.want);
                if known != Some(want) {
                    next.record.parked.insert(path.clone(), parked);
                }
            }
        }
        if let Some((_, mode)) = next.tree.file(VERSION) {
            let line = format!("{}\n", release.version).into_bytes();
            next.tree.put(VERSION, Node::File(line, mode));
        }
        self.adopt(&mut next);
        if self.record.release.is_none() && next.record.adopted.is_none() {
            next.record.origin = Some(release.version.clone());
        }
        self.migrate(&mut next);
        let parked = &mut next.record.parked;
        parked.retain(|path, parked| !parked.ships || waits.contains(path));
        next.record.release = Some(release.version.clone());
        next.settle_folders(&self.record.made);
        self.commit(next.tree, next.record, false);
    }

    /// One path that ships, against what is recorded and what is found; whether it waits for a person.
    fn meet(&self, next: &mut Next, path: &str, want: &Vec<u8>, executable: bool) -> bool {
        let entry = self.record.entries.get(path);
        let declined = self.record.declined.get(path);
        let is_declined = declined == Some(want);
        let (found, mode) = match next.frees(path) {
            None => {
                next.write(path, want, executable);
                next.take_in(path, want, want, executable);
                return false;
            }
            Some(Node::File(found, mode)) => (found, mode),
            Some(_) => return !is_declined,
        };
        let shipped = entry.map(|entry| &entry.shipped);
        let had_bits = entry.is_some_and(|entry| entry.executable);
        if shipped == Some(want) && found == *want {
            next.chmod(path, bits(mode, executable, had_bits));
            next.bits_are(path, executable);
            return false;
        }
        if found == *want {
            next.chmod(path, bits(mode, executable, false));
            next.take_in(path, want, want, executable);
            return false;
        }
        let may_be_outdated = match entry {
            Some(entry) => declined.is_none() && entry.left != found,
            None => !is_declined,
        };
        let is_recorded = shipped == Some(&found);
        if is_recorded || may_be_outdated && self.is_earlier(path, &found) {
            let mode = bits(mode, executable, had_bits);
            next.tree.put(path, Node::File(want.clone(), mode));
            next.take_in(path, want, want, executable);
            return false;
        }
        if shipped == Some(want) {
            next.chmod(path, bits(mode, executable, false));
            next.bits_are(path, executable);
            return false;
        }
        if is_declined {
            return false;
        }
        match shipped.and_then(|shipped| join(shipped, &found, want)) {
            Some(joined) => {
                let mode = bits(mode, executable, false);
                next.tree.put(path, Node::File(joined.clone(), mode));
                next.take_in(path, want, &joined, executable);
                false
            }
            None => true,
        }
    }

    /// A home that had no record is of the release that its version file says.
    fn adopt(&self, next: &mut Next) {
        if let (None, Some((line, _))) = (&self.record.release, self.tree.file(VERSION)) {
            let line = String::from_utf8_lossy(line).trim_end().to_owned();
            next.record.adopted.get_or_insert(line);
        }
    }

    /// The socket of a fleet from before is renamed, in all of its files, once.
    fn migrate(&self, next: &mut Next) {
        let is_former = next.tree.file(VERSION).is_some();
        if !is_former || self.record.has_migrated {
            return;
        }
        for path in FLEET {
            let Some((content, mode)) = next.tree.file(path) else {
                continue;
            };
            let text = String::from_utf8_lossy(content).replace(FORMER, SOCKET);
            next.tree.put(path, Node::File(text.into_bytes(), mode));
        }
        if next.tree.at(RUN).is_none() {
            next.tree.put(RUN, Node::Folder);
            next.record.made.insert(RUN.to_owned());
        }
        next.record.has_migrated = true;
    }

    /// Settles what waits at a path.
    pub fn resolve(&mut self, path: &str, how: &How) {
        self.has_left = false;
        let mut next = Next::of(self);
        let parked = next.record.parked.remove(path).expect("it waits");
        let content = match how {
            How::Mine => {
                if parked.ships {
                    next.record.declined.insert(path.to_owned(), parked.want);
                }
                self.commit(next.tree, next.record, true);
                return;
            }
            How::Shipped => &parked.want,
            How::Merged(content) => content,
        };
        match next.tree.file(path).map(|(_, mode)| mode) {
            Some(mode) => {
                let mode = bits(mode, parked.executable, false);
                next.tree.put(path, Node::File(content.clone(), mode));
            }
            None => next.write(path, content, parked.executable),
        }
        if parked.ships {
            next.take_in(path, &parked.want, content, parked.executable);
        } else if let Some(entry) = next.record.entries.get_mut(path) {
            entry.left.clone_from(content);
        }
        next.settle_folders(&BTreeSet::new());
        self.commit(next.tree, next.record, true);
    }

    /// Takes away what is as it was shipped.
    pub fn uninstall(&mut self) {
        let mut next = Next::of(self);
        for (path, entry) in &self.record.entries {
            if self
                .tree
                .file(path)
                .is_some_and(|(found, _)| found == entry.shipped)
            {
                next.remove(path);
            }
        }
        next.gone
            .extend(self.record.made.iter().map(|folder| format!("{folder}/.")));
        next.settle_folders(&self.record.made);
        next.record = Record {
            seeded: self.record.seeded.clone(),
            has_migrated: self.record.has_migrated,
            adopted: self.record.adopted.clone().or(self.record.release.clone()),
            origin: self.record.origin.clone(),
            ..Record::default()
        };
        self.commit(next.tree, next.record, false);
    }

    /// Goes back to a generation.
    pub fn rollback(&mut self, number: usize) {
        let back = match number.checked_sub(1) {
            Some(at) => self.generations[at].record.clone(),
            None => Record::default(),
        };
        let later = &self.generations[number..];
        let paths = later.iter().flat_map(|later| later.changes.keys());
        let paths: BTreeSet<&String> = paths.collect();
        let mut next = Next {
            record: back.clone(),
            ..Next::of(self)
        };
        let was = |path: &str| {
            let mut changes = later.iter().filter_map(|later| later.changes.get(path));
            changes.next().and_then(|(before, _)| before.clone())
        };
        let (mut made_here, mut has_left) = (BTreeSet::new(), false);
        // Files that become folders again make room; then bottom-up.
        let is_folder = |path: &&String| was(path) == Some(Node::Folder);
        let folders = paths.iter().copied().filter(is_folder);
        let others = paths.iter().copied().rev().filter(|path| !is_folder(path));
        for path in folders.chain(others) {
            let was = was(path);
            if was.is_none() {
                made_here.insert(path.clone());
            }
            let found = match self.tree.at(path) {
                None if self.tree.is_blocked(path) && next.tree.is_blocked(path) => {
                    Some(Node::Link)
                }
                found => found.cloned(),
            };
            let is_as_it_was = match (&found, &was) {
                (Some(Node::File(found, _)), Some(Node::File(was, _))) => found == was,
                _ => false,
            };
            let mut changes = later.iter().filter_map(|later| later.changes.get(path));
            let is_left = changes.next_back().map(|(_, after)| after) == Some(&found);
            if matches!(found, Some(Node::Folder)) && was.is_none() && !is_left {
                continue;
            }
            match unwind(later, path, found.clone()) {
                End::To(to) => next.bring_about(path, found, to, was.as_ref()),
                End::Stays => {}
                End::Parked(_) if is_as_it_was => {}
                End::Parked(unjoined) => {
                    has_left |= unjoined && !matches!(was, Some(Node::File(..)));
                    next.park(path, was.as_ref());
                }
            }
        }
        next.settle_folders(&made_here);
        next.record.made = back.made;
        self.has_left = has_left;
        self.commit(next.tree, next.record, false);
    }
}

/// Takes the changes of later generations to a path back, one by one, the last first.
fn unwind(later: &[Generation], path: &str, found: Option<Node>) -> End {
    let mut held = found;
    let changes = later
        .iter()
        .rev()
        .filter_map(|later| later.changes.get(path));
    for (before, after) in changes {
        held = match (held, before, after) {
            (None, before, _) => before.clone(),
            (Some(Node::Folder), before, Some(Node::Folder)) => before.clone(),
            (Some(Node::Folder | Node::Link), Some(Node::File(..)), _) => {
                return End::Parked(false);
            }
            (
                Some(Node::File(now, mode)),
                Some(Node::File(was, bits)),
                Some(Node::File(left, set)),
            ) => {
                let mode = if mode == *set { *bits } else { mode };
                if now == *was || now == *left {
                    Some(Node::File(was.clone(), mode))
                } else {
                    match join(left, &now, was) {
                        Some(joined) => Some(Node::File(joined, mode)),
                        None => return End::Parked(true),
                    }
                }
            }
            (Some(Node::File(now, _)), before, Some(Node::File(left, _))) => {
                if now != *left {
                    return End::Stays;
                }
                before.clone()
            }
            (Some(Node::File(now, mode)), Some(Node::File(was, _)), _) if now == *was => {
                Some(Node::File(now, mode))
            }
            (Some(Node::File(..)), Some(Node::File(..)), _) => return End::Parked(false),
            (held, ..) => held,
        };
    }
    End::To(held)
}

/// A home in the making.
struct Next {
    tree: Tree,
    record: Record,
    /// Files that went.
    gone: BTreeSet<String>,
    /// Folders that came.
    come: Vec<String>,
}

impl Next {
    fn of(model: &Model) -> Self {
        Self {
            tree: model.tree.clone(),
            record: model.record.clone(),
            gone: BTreeSet::new(),
            come: Vec::new(),
        }
    }

    fn remove(&mut self, path: &str) {
        self.tree.take(path);
        self.gone.insert(path.to_owned());
    }

    /// What is at a path once a folder is gone whose files all went; a link for what is blocked.
    fn frees(&mut self, path: &str) -> Option<Node> {
        let below = format!("{path}/");
        let has_emptied = self.gone.iter().any(|gone| gone.starts_with(&below));
        if has_emptied && self.holds_only_folders(path) {
            self.tree.take(path);
            self.record
                .made
                .retain(|folder| folder != path && !folder.starts_with(&below));
        }
        if self.tree.is_blocked(path) {
            return Some(Node::Link);
        }
        self.tree.at(path).cloned()
    }

    /// Whether all that is left at a path are folders that removed files had been in.
    fn holds_only_folders(&self, path: &str) -> bool {
        let is_emptied = |folder: &str| {
            let below = format!("{folder}/");
            self.gone.iter().any(|gone| gone.starts_with(&below))
        };
        let below = format!("{path}/");
        let inside = self
            .tree
            .0
            .iter()
            .filter(|(other, _)| *other == path || other.starts_with(&below));
        inside
            .into_iter()
            .all(|(other, node)| *node == Node::Folder && is_emptied(other))
            && self.tree.at(path) == Some(&Node::Folder)
    }

    fn write(&mut self, path: &str, content: &[u8], executable: bool) {
        let mode = if executable { 0o755 } else { 0o644 };
        let made = self.tree.put(path, Node::File(content.to_vec(), mode));
        self.come.extend(made);
    }

    fn chmod(&mut self, path: &str, mode: u32) {
        if let Some(Node::File(_, now)) = self.tree.0.get_mut(path) {
            *now = mode;
        }
    }

    fn bits_are(&mut self, path: &str, executable: bool) {
        if let Some(entry) = self.record.entries.get_mut(path) {
            entry.executable = executable;
        }
    }

    fn take_in(&mut self, path: &str, want: &[u8], left: &[u8], executable: bool) {
        let entry = Entry {
            shipped: want.to_vec(),
            left: left.to_vec(),
            executable,
        };
        self.record.entries.insert(path.to_owned(), entry);
        self.record.declined.remove(path);
    }

    fn bring_about(
        &mut self,
        path: &str,
        found: Option<Node>,
        to: Option<Node>,
        was: Option<&Node>,
    ) {
        match (found, to) {
            (Some(Node::File(..)), None) => self.remove(path),
            (Some(Node::File(now, _)), Some(Node::File(content, mode))) => {
                let is_merge =
                    now != content && !matches!(was, Some(Node::File(was, _)) if *was == content);
                if let Some(entry) = self.record.entries.get_mut(path).filter(|_| is_merge) {
                    entry.left.clone_from(&content);
                }
                self.tree.put(path, Node::File(content, mode));
            }
            (Some(Node::File(..)), Some(Node::Folder)) => {
                self.remove(path);
                self.tree.put(path, Node::Folder);
            }
            (None, Some(node)) => {
                self.tree.put(path, node);
            }
            (Some(Node::Folder), Some(Node::File(content, mode))) => {
                let is_gone = self.tree.at(path).is_none();
                match is_gone || self.holds_only_folders(path) {
                    true => {
                        self.tree.take(path);
                        self.tree.put(path, Node::File(content, mode));
                    }
                    false => self.park(path, was),
                }
            }
            (Some(Node::Folder), None) => {
                self.gone.insert(format!("{path}/."));
            }
            _ => {}
        }
    }

    fn park(&mut self, path: &str, was: Option<&Node>) {
        if let Some(Node::File(content, mode)) = was {
            let parked = Parked {
                want: content.clone(),
                ships: false,
                executable: mode & 0o111 != 0,
            };
            self.record.parked.insert(path.to_owned(), parked);
        }
    }

    /// Folders that files left empty go, if they may; those that came are known.
    fn settle_folders(&mut self, removable: &BTreeSet<String>) {
        let emptied: BTreeSet<_> = self.gone.iter().flat_map(|path| above(path)).collect();
        for folder in emptied.iter().rev() {
            if removable.contains(folder) && self.tree.is_empty_folder(folder) {
                self.tree.take(folder);
                self.record.made.remove(folder);
            }
        }
        let there = &self.tree;
        let come = self
            .come
            .drain(..)
            .filter(|folder| there.at(folder).is_some());
        self.record.made.extend(come);
    }
}

/// Permission bits once the executable ones are given or taken.
fn bits(mode: u32, executable: bool, had_bits: bool) -> u32 {
    match (executable, mode & 0o111 != 0) {
        (true, false) => mode | (mode & 0o444) >> 2,
        (false, _) if had_bits => mode & !0o111,
        _ => mode,
    }
}
