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
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

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
const OF_MANAGER: [&str; 5] = [
    "UnitPath",
    "Environment",
    "UnitsLoadTimestamp",
    "UnitsLoadFinishTimestamp",
    "UserspaceTimestamp",
];

/// What the manager says of itself: where and when it read units, and the environment that it gives them.
pub(super) fn of_manager(bus: &mut Bus) -> io::Result<ManagerView> {
    let arguments = OF_MANAGER.map(|name| [Argument::Text(MANAGER), Argument::Text(name)]);
    let calls = arguments.iter().map(|arguments| Call {
        path: MANAGER_PATH,
        interface: PROPERTIES,
        member: "Get",
        arguments,
    });
    let told = bus.ask(&calls.collect::<Vec<_>>())?;
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
///
/// One that is inactive may not be loaded. The manager loads it for a question, and forgets it after the answer: it is
/// asked for everything at once. Of others single properties cost less.
pub(super) fn of_names(bus: &mut Bus, names: &[UnitName]) -> io::Result<Vec<UnitState>> {
    let paths: Vec<_> = names.iter().map(|name| path_of(name.as_str())).collect();
    let is_loaded = are_loaded(bus, names)?;
    let units = || paths.iter().zip(&is_loaded);
    let single = OF_UNIT.map(|(interface, name)| [Argument::Text(interface), Argument::Text(name)]);
    let calls = units().flat_map(|(path, is_loaded)| {
        let (member, arguments): (_, Vec<&[Argument]>) = if *is_loaded {
            ("Get", single.iter().map(<[_; 2]>::as_slice).collect())
        } else {
            ("GetAll", vec![&[Argument::Text("")]])
        };
        let call = move |arguments| Call {
            path,
            interface: PROPERTIES,
            member,
            arguments,
        };
        arguments.into_iter().map(call)
    });
    let mut told = bus.ask(&calls.collect::<Vec<_>>())?.into_iter();
    let mut properties = |is_loaded: bool| {
        if is_loaded {
            told.by_ref().take(OF_UNIT.len()).collect()
        } else {
            told.next().map_or_else(Vec::new, |all| chosen(&all))
        }
    };
    let states = names.iter().zip(is_loaded);
    let states = states.map(|(name, is_loaded)| state(name.clone(), &properties(is_loaded)));
    states
        .collect::<Option<_>>()
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Tells of each unit whether it is surely loaded.
fn are_loaded(bus: &mut Bus, names: &[UnitName]) -> io::Result<Vec<bool>> {
    let names: Vec<_> = names.iter().map(UnitName::as_str).collect();
    let call = Call {
        path: MANAGER_PATH,
        interface: MANAGER,
        member: "ListUnitsByNames",
        arguments: &[Argument::Texts(&names)],
    };
    let told = bus.ask(&[call])?;
    let rows: Vec<_> = told.iter().flat_map(Value::list).collect();
    let is_loaded = |row: &&Value| row.list().get(3).is_some_and(|it| it.text() != "inactive");
    if rows.len() == names.len() {
        Ok(rows.iter().map(is_loaded).collect())
    } else {
        Ok(vec![false; names.len()])
    }
}

/// Those of all properties of a unit that are asked for.
fn chosen(all: &Value) -> Vec<Value> {
    let property = |name: &str| {
        let mut pairs = all.list().iter().map(Value::list);
        let pair = pairs.find(|pair| pair.first().is_some_and(|key| key.text() == name));
        let value = pair.and_then(|pair| pair.get(1)).cloned();
        value.unwrap_or(Value::Number(0))
    };
    OF_UNIT.iter().map(|(_, name)| property(name)).collect()
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
