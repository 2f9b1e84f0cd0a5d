//! Reads the operator's fleet files for migrations: rosters, env files, drop-ins, and what else names a socket.

pub(crate) mod conversation;
pub(crate) mod handover;
pub(crate) mod install;
mod lacks;
pub(crate) mod lives;
pub(crate) mod named;
pub(crate) mod not_installed;
mod others;
pub(crate) mod picture;
pub(crate) mod queue;
mod reader;
pub(crate) mod ready;
pub(crate) mod relaunch;
pub(crate) mod running;
pub(crate) mod session;
mod shared_files;
pub(crate) mod signs;
mod sockets;
pub(crate) mod stream;
pub(crate) mod transcript;
pub(crate) mod turn;
pub(crate) mod unread;
mod unreadable;

use std::collections::BTreeSet;

use crate::decide::fleet::active::Occupant;
use crate::decide::fleet::refresh::{is_left, move_edit};
use crate::decide::fleet::units::OURS;
use crate::decide::migrate::fleet_files::{Fleet, FleetFile, Held, Other, PartialText, Unread};
use crate::decide::migrate::socket::live_socket::{self, SocketVerdict};
use crate::decide::text::in_place::roster::RosterText;
use crate::effects::fleet::reader::FleetReader;
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::home::survey::Survey;
use crate::effects::os::disk::DiskError;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_text_at_most};
use crate::effects::outside::surroundings::Surroundings;
use crate::effects::outside::units::{UnitsDirectory, occupant};
use crate::model::change::{RootName, Spot};
use crate::model::fleet_paths::{AGENTS, FLEET, HOLDER_ENV, ROSTER, RUN};
use crate::model::path::RelPath;
use crate::model::socket_names::{FORMER, PRESENT};

/// Reads all files of a home's fleet that migrations may edit or must know of, for an update that may leave the units as
/// they are.
pub(crate) fn read(
    home: &Home,
    survey: &Survey,
    surroundings: &Surroundings,
    leaves_units: bool,
) -> Result<Fleet, DiskError> {
    let reader = FleetReader::new(home, survey);
    let mut fleet = Fleet::default();
    let yaml = reader.files(FLEET, ".yaml", &mut fleet)?;
    let (rosters, foreign): (Vec<_>, Vec<_>) = yaml.into_iter().partition(is_roster);
    fleet.rosters = rosters;
    fleet.env_files = reader.files(AGENTS, ".env", &mut fleet)?;
    fleet.holder_env = paper_if_there(&reader, home, HOLDER_ENV);
    fleet.has_run_directory = home.root.look(RUN).is_ok();
    let units = UnitsDirectory::look(&home.root, surroundings);
    fleet.drop_ins = units
        .drop_ins()
        .into_iter()
        .map(|(spot, full)| reader.file(spot, &full))
        .collect();
    fleet.others = others::read(home, survey, &units, surroundings);
    fleet
        .others
        .extend(foreign.into_iter().filter_map(|file: FleetFile| {
            let name = file.name.to_string();
            Some(Other {
                name,
                text: file.content.ok()?.text,
            })
        }));
    let read = places(&fleet);
    fleet.others.retain(|other| !read.contains(&other.name));
    let held_by_copy = || {
        if leaves_units {
            held_as_it_is(home, surroundings)
        } else {
            held_by_edit(home, survey, surroundings)
        }
    };
    fleet.held = held_by_link(home, surroundings).or_else(held_by_copy);
    fleet.sockets = sockets::at_names(home, &units, surroundings, (FORMER, PRESENT));
    Ok(fleet)
}

/// The files that migrations read, where they really are: one behind a link is not another one besides.
fn places(fleet: &Fleet) -> BTreeSet<String> {
    let files = fleet.rosters.iter().chain(&fleet.env_files);
    let files = files.chain(&fleet.holder_env).chain(&fleet.drop_ins);
    let spots = files.filter_map(|file| Some(&file.content.as_ref().ok()?.at));
    let places = spots.map(|spot| match &spot.root {
        RootName::Folder(folder) => format!("{folder}/{}", spot.path),
        _ => spot.path.to_string(),
    });
    places.collect()
}

/// Other YAML may lie beside the rosters. One that cannot be read may be a roster.
fn is_roster(file: &FleetFile) -> bool {
    let is_meant = match &file.content {
        Ok(body) => RosterText::is_meant(&body.text),
        Err(Unread {
            partial: PartialText::Text(text),
            ..
        }) => RosterText::looks_meant(text),
        Err(_) => true,
    };
    is_meant || file.name.path.as_str() == ROSTER
}

fn paper_if_there(reader: &FleetReader, home: &Home, path: &str) -> Option<FleetFile> {
    let path = RelPath::parse(path)
        .ok()
        .filter(|path| home.root.look(path.as_str()).is_ok())?;
    Some(reader.file(Spot::in_home(&path), &home.root.full(path.as_str())))
}

/// Why the socket keeps its former name: one of the fleet's units is a link, which is left as it is, and names it.
fn held_by_link(home: &Home, surroundings: &Surroundings) -> Option<Held> {
    let units = surroundings.units.as_ref()?;
    let linked = OURS.into_iter().find_map(|name| {
        let unit = units.join(name);
        match occupant(&unit, home.root.path(), surroundings) {
            Ok(Occupant::Link(linked)) if linked.text.contains(FORMER) => Some((unit, linked)),
            _ => None,
        }
    });
    linked.map(|(unit, linked)| Held {
        why: format!(
            "the unit {} is a link to {}, which stays as it is and names {FORMER}",
            unit.display(),
            linked.to
        ),
        remedy: "put the release's unit behind the link; then update again".to_owned(),
    })
}

/// The same of the holder's unit, where no unit is refreshed.
fn held_as_it_is(home: &Home, surroundings: &Surroundings) -> Option<Held> {
    let unit = surroundings.units.as_ref()?.join(OURS[0]);
    let occupant = occupant(&unit, home.root.path(), surroundings).ok()?;
    let text = read_text_at_most(&unit, TEXT_MAX).ok()?;
    (occupant == Occupant::Ours && text.contains(FORMER)).then(|| Held {
        why: format!(
            "the unit {} stays as it is and names {FORMER}",
            unit.display()
        ),
        remedy: "update without --no-units".to_owned(),
    })
}

/// The same of the holder's unit, where it stays as it was edited, or because a new one could not run: its server has the
/// socket that it names.
fn held_by_edit(home: &Home, survey: &Survey, surroundings: &Surroundings) -> Option<Held> {
    let active = install::active(home, survey, surroundings).ok()?;
    let mut targets = active.targets.iter();
    let holder = targets.find(|unit| unit.name == OURS[0] && unit.occupant == Occupant::Ours)?;
    let entry = home.record.units.get(&holder.at).copied();
    let evidence = DiskEvidence::new(home, Some(&survey.bundle));
    let lacks = active.lacks.as_ref();
    if !is_left(holder, entry, lacks, &survey.earlier, &evidence).ok()? {
        return None;
    }
    let unit = surroundings.units.as_ref()?.join(OURS[0]);
    let text = read_text_at_most(&unit, TEXT_MAX).ok()?;
    let unit = unit.display().to_string();
    let first = lacks.map_or_else(|| move_edit(&unit), ToString::to_string);
    text.contains(FORMER).then(|| Held {
        why: format!("the unit {unit} stays as it is and names {FORMER}"),
        remedy: format!("{first}; then update again"),
    })
}

/// Verdict on the server that answers at the socket's former name, if the home is to use the new one.
pub(crate) fn live_verdict(home: &Home, surroundings: &Surroundings) -> SocketVerdict {
    let units = UnitsDirectory::look(&home.root, surroundings);
    live_socket::verdict(&Fleet {
        sockets: sockets::at_names(home, &units, surroundings, (FORMER, PRESENT)),
        ..Fleet::default()
    })
}

/// Verdict on the server that was started by the socket's new name, if the home is to use the former one again.
pub(crate) fn verdict_on_return(home: &Home, surroundings: &Surroundings) -> SocketVerdict {
    let units = UnitsDirectory::look(&home.root, surroundings);
    match sockets::at_names(home, &units, surroundings, (PRESENT, FORMER)) {
        Some(seen) => live_socket::decide(
            &seen.directory,
            (PRESENT, &seen.at_former),
            (FORMER, &seen.at_name),
        ),
        None => SocketVerdict::Nothing,
    }
}
