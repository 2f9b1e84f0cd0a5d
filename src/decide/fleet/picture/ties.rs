//! Ties between a home and the tmux servers of its user: which of them are its fleet's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::decide::fleet::units::{AGENT, OURS};
use crate::model::process::{Process, Processes};
use crate::model::tmux::Adoption;

/// What ties a tmux server to a home.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ties {
    /// Names of the agents that the fleet's files name.
    pub agents: BTreeSet<String>,
    /// Names of the sockets that they name.
    pub sockets: BTreeSet<String>,
    /// Directory in which this process's own tmux looks for sockets.
    pub directory: PathBuf,
    /// The home, links resolved.
    pub home: PathBuf,
    /// The user's `HOME`, if the home is that of commands that name none.
    pub usual_of: Option<String>,
    /// True if the user manager's units of a fleet are this home's.
    pub owns_units: bool,
    /// Process of the holder's unit, if that is this home's.
    pub holder: Option<u32>,
    /// The server that a migration gave a second name.
    pub adopted: Option<Adoption>,
}

impl Ties {
    /// The tmux servers of the fleet.
    ///
    /// A server that an agent started for itself is its tool, and none of the fleet's.
    pub(crate) fn servers<'a>(&self, seen: &'a Processes) -> Vec<&'a Process> {
        let servers = seen.tmux_servers();
        servers.filter(|server| self.binds(seen, server)).collect()
    }

    fn binds(&self, seen: &Processes, server: &Process) -> bool {
        let is_adopted = |it: &Adoption| it.server.pid == server.pid;
        if self.holder == Some(server.pid) || self.adopted.as_ref().is_some_and(is_adopted) {
            return true;
        }
        let is_own = self.is_of_home(server);
        let bound = seen.bound.get(&server.pid).into_iter().flatten();
        let is_named = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str());
            // Another's may have the same path in a mount namespace of its own.
            let is_ours = is_own.unwrap_or_else(|| path.parent() == Some(&self.directory));
            is_ours && name.is_some_and(|name| self.sockets.contains(name))
        };
        if bound.map(PathBuf::as_path).any(is_named) {
            return true;
        }
        let is_tool = server.environment.agent.is_some() && server.environment.pane_of.is_some();
        let is_marked = server.environment.home.is_some() && is_own == Some(true);
        // Another manager's, in a container, has units of the same names.
        let is_in_units = is_own != Some(false) && self.is_in_units(server);
        !is_tool && (is_marked || is_in_units || self.has_agents(seen, server))
    }

    fn is_in_units(&self, server: &Process) -> bool {
        let is_ours = |unit: &str| unit == OURS[0] || unit.starts_with(AGENT);
        self.owns_units && server.unit.as_deref().is_some_and(is_ours)
    }

    /// Tells whether a process is of this home: it says so, or it runs under the `HOME` whose usual home this is. `None`
    /// where it does not say, and nothing can be told by its `HOME`.
    pub(crate) fn is_of_home(&self, process: &Process) -> Option<bool> {
        let environment = &process.environment;
        if let Some(home) = &environment.home {
            return Some(Path::new(home) == self.home);
        }
        let usual_of = self.usual_of.as_ref()?;
        Some(environment.user_home.as_ref()? == usual_of)
    }

    /// Tells whether agents of this home's run in a server's panes: they say so, or their server is the user's and they
    /// were started when agents did not say.
    fn has_agents(&self, seen: &Processes, server: &Process) -> bool {
        seen.below(server.pid).any(|process| {
            let agent = process.environment.agent.as_ref();
            let is_own = self.is_of_home(process) == Some(true);
            is_own && agent.is_some_and(|agent| self.agents.contains(agent))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::process::{PaneOf, Surrounding};
    use crate::model::tmux::Server;

    const SERVER: u32 = 7;

    fn server(unit: Option<&str>, environment: Surrounding) -> Process {
        Process {
            pid: SERVER,
            is_tmux_server: true,
            unit: unit.map(str::to_owned),
            environment,
            ..Process::default()
        }
    }

    fn of(user_home: &str) -> Surrounding {
        Surrounding {
            user_home: Some(user_home.to_owned()),
            ..Surrounding::default()
        }
    }

    fn marked(home: &str) -> Surrounding {
        Surrounding {
            home: Some(home.to_owned()),
            ..of("/x")
        }
    }

    fn tool() -> Surrounding {
        Surrounding {
            agent: Some("a".to_owned()),
            pane_of: PaneOf::parse("/t/s,5,0"),
            ..of("/h")
        }
    }

    fn pane(agent: &str, home: Option<&str>) -> Process {
        Process {
            pid: 8,
            parent: SERVER,
            environment: Surrounding {
                agent: Some(agent.to_owned()),
                home: home.map(str::to_owned),
                ..of("/h")
            },
            ..Process::default()
        }
    }

    fn binds(ties: &Ties, server: Process, bound: &str, pane: Option<Process>) -> bool {
        let all = [Some(server), pane].into_iter().flatten();
        let seen = Processes {
            all: all.map(|process| (process.pid, process)).collect(),
            bound: [(SERVER, vec![PathBuf::from(bound)])].into(),
            ..Processes::default()
        };
        !ties.servers(&seen).is_empty()
    }

    fn usual() -> Ties {
        Ties {
            agents: ["a".to_owned()].into(),
            sockets: ["s".to_owned()].into(),
            directory: "/t".into(),
            home: "/h/m".into(),
            usual_of: Some("/h".to_owned()),
            owns_units: true,
            ..Ties::default()
        }
    }

    type Row<'a> = (Ties, Process, &'a str, Option<Process>, bool);

    fn assert_binds(rows: Vec<Row>) {
        for (ties, server, bound, pane, expected) in rows {
            let said = format!("{server:?} {bound} {pane:?}");
            assert_eq!(binds(&ties, server, bound, pane), expected, "{said}");
        }
    }

    #[test]
    fn a_server_is_the_fleets_by_what_runs_and_not_by_the_callers_shell() {
        let holder = Some(OURS[0]);
        let rows = vec![
            (usual(), server(None, of("/x")), "/t/s", None, false),
            (usual(), server(None, marked("/h/n")), "/t/s", None, false),
            (
                usual(),
                server(None, Surrounding::default()),
                "/t/s",
                None,
                true,
            ),
            (usual(), server(None, of("/x")), "/t/other", None, false),
            (usual(), server(None, of("/x")), "/u/s", None, false),
            (usual(), server(None, of("/h")), "/u/s", None, true),
            (usual(), server(holder, of("/h")), "/u/other", None, true),
            (usual(), server(holder, of("/x")), "/u/other", None, false),
            (usual(), server(holder, tool()), "/u/other", None, false),
            (
                usual(),
                server(None, of("/h")),
                "/u/other",
                Some(pane("a", None)),
                true,
            ),
            (
                usual(),
                server(None, of("/h")),
                "/u/other",
                Some(pane("b", None)),
                false,
            ),
            (
                usual(),
                server(None, of("/h")),
                "/u/other",
                Some(pane("a", Some("/other"))),
                false,
            ),
        ];
        assert_binds(rows);
    }

    #[test]
    fn the_server_of_a_home_that_is_named_must_say_so_or_be_where_it_looks() {
        let elsewhere = Ties {
            usual_of: None,
            owns_units: false,
            ..usual()
        };
        let holder = Some(OURS[0]);
        assert_binds(vec![
            (
                elsewhere.clone(),
                server(holder, of("/h")),
                "/u/s",
                None,
                false,
            ),
            (
                elsewhere.clone(),
                server(None, marked("/h/m")),
                "/u/other",
                None,
                true,
            ),
            (
                elsewhere.clone(),
                server(None, marked("/h/n")),
                "/u/other",
                None,
                false,
            ),
            (
                elsewhere.clone(),
                server(None, of("/x")),
                "/u/other",
                Some(pane("a", Some("/h/m"))),
                true,
            ),
            (elsewhere, server(None, of("/x")), "/t/s", None, true),
        ]);
    }

    #[test]
    fn the_holders_process_and_the_one_that_was_taken_along_need_no_other_tie() {
        let adopted = Adoption {
            directory: "/u".to_owned(),
            former: "f".to_owned(),
            name: "s".to_owned(),
            server: Server {
                pid: SERVER,
                started: 1,
            },
        };
        for ties in [
            Ties {
                holder: Some(SERVER),
                ..Ties::default()
            },
            Ties {
                adopted: Some(adopted),
                ..Ties::default()
            },
        ] {
            assert!(binds(&ties, server(None, of("/x")), "/u/f", None));
        }
    }
}
