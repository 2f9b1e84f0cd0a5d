//! `fleet ps`: every agent with what systemd, tmux, the kernel, its runtime and its heartbeat tell of it, one row each.

use std::collections::BTreeSet;
use std::path::Path;

use crate::decide::fleet::heartbeat::{Beat, Heartbeat};
use crate::decide::fleet::order::{Chosen, chosen};
use crate::decide::fleet::picture::{FleetServer, Life, Whereabouts};
use crate::decide::fleet::runtimes::facts;
use crate::decide::fleet::runtimes::state::{Signs, StateSource, state};
use crate::decide::fleet::screen::{Screen, read};
use crate::effects::fleet::signs;
use crate::effects::os::host;
use crate::effects::os::tmux::{DEFAULT, panes};
use crate::model::roster::{Agent, Roster};
use crate::model::runtime::{Runtime, RuntimeState};
use crate::model::tmux::Pane;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::fleet::line::{SessionState, UnitLine};
use crate::ops::fleet::peers;
use crate::ops::fleet::roster::read_roster;
use crate::ops::fleet::row::{AgentRow, RowFlag};
use crate::ops::fleet::view::FleetView;

/// The agents of a fleet, and what else is on its sockets.
#[derive(Debug)]
pub struct FleetRows {
    /// The reason why systemd was not asked; `None` where it was.
    pub manager_problem: Option<String>,
    /// Why a tmux server of the fleet does not tell of itself, in a sentence each.
    pub silent_servers: Vec<String>,
    /// The holder's unit.
    pub holder: UnitLine,
    /// The chosen agents of this host in the roster's order, then sessions that no roster knows, then agents of other hosts.
    pub rows: Vec<AgentRow>,
}

/// Looks at agents of a roster; without names, at all of this host and what else is on their sockets. `with_peers` asks
/// other hosts for theirs.
///
/// # Errors
///
/// As with [`fleet_status`](super::status::fleet_status).
pub fn fleet_ps(
    context: &Context,
    roster: Option<&Path>,
    agents: &[String],
    with_peers: bool,
) -> Result<FleetRows, Error> {
    let roster = read_roster(context, roster)?;
    let (Chosen::Fleet(names) | Chosen::Agents(names)) = chosen(&roster, agents)?;
    let view = FleetView::with_screens(context, &roster)?;
    let mut rows = FleetRows::all(&view, &roster);
    if !agents.is_empty() {
        rows.rows.retain(|row| {
            let is_chosen = || names.iter().any(|name| name.as_str() == row.name);
            row.runtime.is_some() && is_chosen()
        });
    }
    if with_peers {
        rows.rows.extend(peers::rows(&roster));
    }
    Ok(rows)
}

impl FleetRows {
    /// The rows of a whole fleet, as it was seen.
    pub(crate) fn all(view: &FleetView, roster: &Roster) -> Self {
        let managed = roster.agents_here();
        let managed = managed.map(|agent| managed_row(view, roster, agent));
        Self {
            manager_problem: view.manager_problem(),
            silent_servers: view.silent_servers(),
            holder: view.holder(roster),
            rows: managed.chain(unmanaged(view, roster)).collect(),
        }
    }
}

fn managed_row(view: &FleetView, roster: &Roster, agent: &Agent) -> AgentRow {
    let line = view.agent(roster, agent);
    let life = match view.picture.whereabouts(agent.name.as_str()) {
        Whereabouts::Lives(lives) => lives.into_iter().next(),
        _ => None,
    };
    let home = view.home.as_ref();
    let beat = home.map(|home| signs::last_beat(home, agent.name.as_str()));
    let beat = beat.unwrap_or_default();
    let pane_pid = life.as_ref().and_then(first_process);
    let pane = life.as_ref().and_then(|life| life.pane.as_ref());
    let server = life.as_ref().and_then(|life| life.reach.as_deref());
    let seen = Observed::of(view, pane_pid, (server, pane), &beat);
    let is_drift = seen
        .program
        .as_ref()
        .is_some_and(|it| it != agent.runtime.as_str());
    let is_dead = beat.health == Heartbeat::Dead;
    let flags = [
        (is_drift, RowFlag::Drift),
        (is_dead, RowFlag::Dead),
        (beat.health == Heartbeat::Stale, RowFlag::Stale),
        (line.unit.unit_state == "failed", RowFlag::Failed),
    ];
    let mut all: Vec<_> = line
        .unit
        .flags
        .iter()
        .map(|flag| RowFlag::from(*flag))
        .collect();
    for (_, flag) in flags.into_iter().filter(|(is_so, _)| *is_so) {
        if !all.contains(&flag) {
            all.push(flag);
        }
    }
    AgentRow {
        tenant_id: line.tenant_id,
        host: line.host,
        name: line.name,
        class: line.class,
        runtime: Some(line.runtime),
        observed_runtime: seen.program,
        unit_state: Some(line.unit.unit_state),
        enabled: line.unit.enabled,
        socket: line.unit.socket,
        session: line.unit.session,
        pane_pid,
        idle_seconds: seen.idle_seconds,
        state: seen.state,
        state_from: seen.state_from,
        heartbeat: beat.health,
        flags: all,
        reason: line.unit.whereabouts.and_then(|place| place.reason),
    }
}

/// Sessions on the fleet's sockets that no roster knows. On the default server are the operator's own, which are nobody's
/// business.
fn unmanaged(view: &FleetView, roster: &Roster) -> Vec<AgentRow> {
    let known: BTreeSet<_> = roster
        .agents
        .iter()
        .map(|agent| agent.name.as_str())
        .collect();
    let is_known = |name: &str| known.contains(name) || name == roster.holder_session.as_str();
    let mut rows = Vec::new();
    for server in view
        .picture
        .servers
        .iter()
        .filter(|server| !is_default(server))
    {
        let mut told = BTreeSet::new();
        for pane in server.panes.iter().flatten() {
            let is_agents = view.picture.agent_in(server, pane).is_some();
            let is_taken = || view.picture.taken(server, &pane.session).is_some();
            let is_known = is_known(&pane.session) && !is_taken();
            if is_known || is_agents || !told.insert(&pane.session_id) {
                continue;
            }
            rows.push(unmanaged_row(view, server, pane));
        }
    }
    rows
}

fn is_default(server: &FleetServer) -> bool {
    let mut paths = server.bound.iter().chain(&server.reach);
    paths.any(|path| path.file_name().is_some_and(|name| name == DEFAULT))
}

fn unmanaged_row(view: &FleetView, server: &FleetServer, pane: &Pane) -> AgentRow {
    let beat = Beat::default();
    let pane_pid = pane.pid.filter(|_| !pane.is_dead);
    let at = (server.reach.as_deref(), Some(pane));
    let seen = Observed::of(view, pane_pid, at, &beat);
    let socket = server.reach.as_ref().and_then(|path| path.file_name());
    AgentRow {
        tenant_id: FleetView::own_tenant(),
        host: FleetView::host(),
        name: pane.session.clone(),
        class: None,
        runtime: None,
        observed_runtime: seen.program,
        unit_state: None,
        enabled: None,
        socket: socket.map(|name| name.to_string_lossy().into_owned()),
        session: if pane.is_dead {
            SessionState::Dead
        } else {
            SessionState::Alive
        },
        pane_pid,
        idle_seconds: seen.idle_seconds,
        state: seen.state,
        state_from: seen.state_from,
        heartbeat: beat.health,
        flags: vec![RowFlag::Unmanaged],
        reason: None,
    }
}

/// The process that tmux, or what is left of a session, names first.
fn first_process(life: &Life) -> Option<u32> {
    let pane = life.pane.as_ref().and_then(|pane| pane.pid);
    pane.or_else(|| life.processes.first().map(|(pid, _)| *pid))
}

/// What runs in a pane, and what it does.
struct Observed {
    program: Option<String>,
    idle_seconds: Option<u64>,
    state: RuntimeState,
    state_from: Option<StateSource>,
}

impl Observed {
    /// What is told of a process, by the path of the server that has its pane, where both are known.
    fn of(
        view: &FleetView,
        pid: Option<u32>,
        (server, pane): (Option<&Path>, Option<&Pane>),
        beat: &Beat,
    ) -> Self {
        let found = pid.and_then(|pid| view.program(pid));
        let runtime = found.and_then(|process| view.runtime_of(process));
        let is_claude = runtime == Some(Runtime::Claude);
        let file = found.filter(|_| is_claude).and_then(signs::session_file);
        let seconds = |started| {
            let processes = view.picture.processes.as_ref();
            processes.map_or(0, |processes| processes.seconds_since(started))
        };
        let (mut state, mut state_from) = state(&Signs {
            runtime: runtime.as_ref(),
            is_stopped: found.is_some_and(|process| process.is_stopped),
            age: found.map_or(0, |process| seconds(process.started)),
            session_file: file.as_deref(),
            pane,
            beat,
        });
        let looked_at = (runtime.as_ref(), server, pane);
        if state_from == Some(StateSource::Screen) && state.asks() {
            state = by_whole_screen(looked_at).unwrap_or(state);
        } else if state == RuntimeState::Idle
            && may_have_given_up(runtime.as_ref(), pane)
            && by_whole_screen(looked_at) == Some(RuntimeState::GaveUp)
        {
            (state, state_from) = (RuntimeState::GaveUp, Some(StateSource::Screen));
        }
        let now = host::now().as_second();
        let active_at = pane.and_then(|pane| pane.active_at);
        Self {
            program: runtime
                .map(|it| it.to_string())
                .or_else(|| found.map(signs::name)),
            idle_seconds: active_at.map(|then| u64::try_from(now - then).unwrap_or(0)),
            state,
            state_from,
        }
    }
}

/// Tells whether a pane shows what its runtime shows where it has given up on its provider.
fn may_have_given_up(runtime: Option<&Runtime>, pane: Option<&Pane>) -> bool {
    let marks = runtime
        .and_then(facts)
        .map_or(&[][..], |facts| facts.marks.failure);
    pane.is_some_and(|pane| marks.iter().any(|mark| pane.marks.contains(mark)))
}

/// The state by the whole screen, where a composer can be seen: what has the mark of a question, or of a failure, may be a
/// text of the conversation.
fn by_whole_screen(
    (runtime, server, pane): (Option<&Runtime>, Option<&Path>, Option<&Pane>),
) -> Option<RuntimeState> {
    let screen = panes::screen(server?, &pane?.id).ok()?;
    let reading = read(runtime?, &Screen::from(&screen));
    reading.composer.map(|_| reading.state)
}
