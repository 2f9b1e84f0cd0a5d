//! Units as the manager tells of them itself, by its own socket: `systemctl show` takes a millisecond for each, as it is
//! told everything of a unit, whatever it was asked.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::bus::Bus;
use super::wire::{Argument, Call, Value};
use crate::model::unit::{ManagerView, UnitName, UnitState};

const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/systemd1";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// What is asked of each unit, in the order in which [`state`] takes it.
const OF_UNIT: [(&str, &str); 18] = [
    (UNIT, "LoadState"),
    (UNIT, "ActiveState"),
    (UNIT, "SubState"),
    (UNIT, "UnitFileState"),
    (SERVICE, "Type"),
    (UNIT, "FragmentPath"),
    (UNIT, "DropInPaths"),
    (UNIT, "NeedDaemonReload"),
    (SERVICE, "MainPID"),
    (UNIT, "InvocationID"),
    (SERVICE, "Result"),
    (SERVICE, "ExecMainStatus"),
    (UNIT, "InactiveExitTimestamp"),
    (UNIT, "ActiveEnterTimestamp"),
    (SERVICE, "ControlGroup"),
    (UNIT, "AssertResult"),
    (UNIT, "AssertTimestamp"),
    (UNIT, "Job"),
];

/// What is asked of the manager, in the order in which [`of_manager`] takes it.
const OF_MANAGER: [(&str, &str); 5] = [
    (MANAGER, "UnitPath"),
    (MANAGER, "Environment"),
    (MANAGER, "UnitsLoadTimestamp"),
    (MANAGER, "UnitsLoadFinishTimestamp"),
    (MANAGER, "UserspaceTimestamp"),
];

/// What the manager says of itself: where and when it read units, and the environment that it gives them.
pub(super) fn of_manager(bus: &mut Bus) -> io::Result<ManagerView> {
    let told = properties(bus, [MANAGER_PATH], &OF_MANAGER)?;
    let [unit_path, environment, loading, loaded, began] = &told[..] else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let directories: Vec<_> = unit_path.list().iter().map(Value::text).collect();
    let assignments = environment.list().iter().filter_map(|word| {
        let (name, value) = word.text().split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    Ok(ManagerView {
        unit_path: directories.join(" "),
        // The first is that of the last reload, if there was one.
        loaded_at: moment(loading).max(moment(loaded)),
        began_at: moment(began),
        environment: assignments.collect(),
        states: Vec::new(),
    })
}

/// Units by their names, in that order.
pub(super) fn of_names(bus: &mut Bus, names: &[UnitName]) -> io::Result<Vec<UnitState>> {
    let paths: Vec<_> = names.iter().map(|name| path_of(name.as_str())).collect();
    let told = properties(bus, paths.iter().map(String::as_str), &OF_UNIT)?;
    let states = names.iter().zip(told.chunks_exact(OF_UNIT.len()));
    let states = states.map(|(name, told)| state(name.clone(), told));
    states
        .collect::<Option<_>>()
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The manager, with units by their names, in that order, and after them those that are loaded and match a pattern; each
/// once.
pub(super) fn of_names_and_pattern(
    bus: &mut Bus,
    names: &[UnitName],
    pattern: &str,
) -> io::Result<ManagerView> {
    let view = of_manager(bus)?;
    let known: BTreeSet<_> = names.iter().collect();
    let others = names_like(bus, pattern)?.into_iter();
    let others = others.filter(|name| !known.contains(name));
    let names: Vec<_> = names.iter().cloned().chain(others).collect();
    let states = of_names(bus, &names)?;
    Ok(ManagerView { states, ..view })
}

/// Names of the units that are loaded and match a pattern, less those of which nothing is to be told: they are inactive,
/// or follow another one.
fn names_like(bus: &mut Bus, pattern: &str) -> io::Result<Vec<UnitName>> {
    let arguments = [Argument::Texts(&[]), Argument::Texts(&[pattern])];
    let call = Call {
        path: MANAGER_PATH,
        interface: MANAGER,
        member: "ListUnitsByPatterns",
        arguments: &arguments,
    };
    let told = bus.ask(&[call])?;
    let rows = told.iter().flat_map(Value::list).map(Value::list);
    let names = rows.filter_map(|row| {
        let [name, _, _, active, _, following, _, job, ..] = row else {
            return None;
        };
        let is_told_of = active.text() != "inactive" || job.number() != 0;
        let name = UnitName::new(name.text()).ok()?;
        (is_told_of && following.text().is_empty()).then_some(name)
    });
    Ok(names.collect())
}

/// The properties of each object, one object after the other.
fn properties<'a>(
    bus: &mut Bus,
    paths: impl IntoIterator<Item = &'a str>,
    asked: &[(&str, &str)],
) -> io::Result<Vec<Value>> {
    let arguments = asked
        .iter()
        .map(|(interface, name)| [Argument::Text(interface), Argument::Text(name)]);
    let arguments: Vec<_> = arguments.collect();
    let calls = paths.into_iter().flat_map(|path| {
        arguments.iter().map(move |arguments| Call {
            path,
            interface: "org.freedesktop.DBus.Properties",
            member: "Get",
            arguments,
        })
    });
    bus.ask(&calls.collect::<Vec<_>>())
}

/// The path of a unit's object: what is no letter, and no digit behind one, stands as its number.
fn path_of(name: &str) -> String {
    let mut path = format!("{MANAGER_PATH}/unit/");
    for (index, byte) in name.bytes().enumerate() {
        if byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit()) {
            path.push(byte.into());
        } else {
            path.push_str(&format!("_{byte:02x}"));
        }
    }
    path
}

fn state(name: UnitName, told: &[Value]) -> Option<UnitState> {
    let [
        load,
        active,
        sub,
        unit_file_state,
        kind,
        fragment_path,
        drop_in_paths,
        need_daemon_reload,
        main_pid,
        invocation_id,
        result,
        exec_main_status,
        started_at,
        active_at,
        control_group,
        assert_result,
        asserted_at,
        job,
    ] = told
    else {
        return None;
    };
    let text = |value: &Value| value.text().to_owned();
    let some = |value: &Value| Some(text(value)).filter(|text| !text.is_empty());
    let drop_ins = drop_in_paths.list().iter();
    let id = invocation_id.list().iter();
    let id: String = id.map(|byte| format!("{:02x}", byte.number())).collect();
    let pid = u32::try_from(main_pid.number()).ok();
    Some(UnitState {
        name,
        load: text(load),
        active: text(active),
        sub: text(sub),
        unit_file_state: text(unit_file_state),
        kind: text(kind),
        fragment_path: some(fragment_path).map(PathBuf::from),
        drop_in_paths: drop_ins.map(|path| path.text().into()).collect(),
        need_daemon_reload: need_daemon_reload.number() != 0,
        main_pid: pid.filter(|pid| *pid != 0),
        invocation_id: Some(id).filter(|id| !id.is_empty()),
        result: text(result),
        exec_main_status: i32::try_from(exec_main_status.number()).unwrap_or(0),
        started_at: moment(started_at),
        active_at: moment(active_at),
        control_group: some(control_group),
        is_refused: assert_result.number() == 0 && moment(asserted_at).is_some(),
        has_job: job.list().first().is_some_and(|id| id.number() != 0),
    })
}

/// A moment in microseconds; zero, or the end of all time, is never.
fn moment(value: &Value) -> Option<Timestamp> {
    let told = Some(value.number()).filter(|microseconds| *microseconds > 0);
    told.and_then(|microseconds| Timestamp::from_microsecond(microseconds).ok())
}
