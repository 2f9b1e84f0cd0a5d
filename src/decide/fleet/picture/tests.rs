//! What goes on without its server is an agent's life, if it is surely this home's.

use super::*;
use crate::model::process::{PaneOf, Surrounding};

/// A process that an agent left behind, whose server has ended.
fn left_behind(home: Option<&str>, user_home: &str) -> Picture {
    let process = Process {
        pid: 8,
        environment: Surrounding {
            agent: Some("a".to_owned()),
            home: home.map(str::to_owned),
            user_home: Some(user_home.to_owned()),
            pane_of: PaneOf::parse("/t/s,7,0"),
            ..Surrounding::default()
        },
        ..Process::default()
    };
    Picture {
        processes: Ok(Processes {
            all: [(8, process)].into(),
            ..Processes::default()
        }),
        servers: Vec::new(),
        manager: Err("there is none".to_owned()),
        signs: Vec::new(),
        due: BTreeSet::new(),
        ties: Ties {
            sockets: ["s".to_owned()].into(),
            home: "/h/m".into(),
            usual_of: Some("/h".to_owned()),
            ..Ties::default()
        },
        own: 1,
    }
}

#[test]
fn what_another_homes_agent_of_the_same_name_left_is_none_of_this_ones_lives() {
    for (home, user_home, lives) in [
        (Some("/h/m"), "/x", true),
        (None, "/h", true),
        (Some("/h/n"), "/h", false),
        (None, "/x", false),
    ] {
        let picture = left_behind(home, user_home);
        let found = picture.whereabouts("a");
        assert_eq!(matches!(found, Whereabouts::Lives(_)), lives, "{home:?}");
        assert!(lives || found == Whereabouts::Gone, "{found:?}");
        assert_eq!(picture.whereabouts("b"), Whereabouts::Gone);
    }
    let nameless = left_behind(None, "/h");
    let nameless = Picture {
        ties: Ties {
            usual_of: None,
            ..nameless.ties
        },
        ..nameless
    };
    assert_eq!(nameless.whereabouts("a"), Whereabouts::Gone);
}

/// A server that is only stopped says nothing; its agents' processes say whose they are, and the holder's does not.
#[test]
fn who_has_no_name_in_a_silent_server_is_unknown() {
    let silent = FleetServer {
        pid: 7,
        server: None,
        bound: vec!["/t/s".into()],
        reach: None,
        unit: None,
        names_agents: true,
        panes: Err(Silence::Late),
    };
    let empty = left_behind(None, "/x");
    let picture = Picture {
        servers: vec![silent],
        ties: Ties {
            agents: ["b".to_owned()].into(),
            ..empty.ties
        },
        ..empty
    };
    assert_eq!(picture.whereabouts("b"), Whereabouts::Gone);
    let holder = picture.whereabouts("_holder");
    assert!(matches!(holder, Whereabouts::Unknown(_)), "{holder:?}");
}

/// A server, with or without the mark that its agents say who they are, and one pane of it in the session `a`.
fn with_pane(names_agents: bool, socket: &str, agent: Option<&str>, home: &str) -> Picture {
    let process = Process {
        pid: 8,
        parent: 7,
        environment: Surrounding {
            agent: agent.map(str::to_owned),
            home: Some(home.to_owned()),
            ..Surrounding::default()
        },
        ..Process::default()
    };
    let pane = Pane {
        session: "a".to_owned(),
        session_id: "$1".to_owned(),
        id: "%1".to_owned(),
        active_at: None,
        title: String::new(),
        marks: Vec::new(),
        agent: agent.map(str::to_owned),
        pid: Some(8),
        is_dead: false,
    };
    let server = FleetServer {
        pid: 7,
        server: None,
        bound: vec![Path::new("/t").join(socket)],
        reach: None,
        unit: None,
        names_agents,
        panes: Ok(vec![pane]),
    };
    let empty = left_behind(None, "/x");
    Picture {
        processes: Ok(Processes {
            all: [(8, process)].into(),
            ..Processes::default()
        }),
        servers: vec![server],
        ties: Ties {
            agents: ["a".to_owned(), "b".to_owned()].into(),
            ..empty.ties
        },
        ..empty
    }
}

#[test]
fn a_session_is_an_agents_by_what_it_says_and_not_by_its_name() {
    for (names_agents, socket, agent, home, lives) in [
        (true, "s", Some("a"), "/h/m", true),
        (true, "s", Some("a"), "/other", false),
        (true, "s", Some("b"), "/h/m", false),
        (true, "s", None, "/h/m", false),
        (false, "s", None, "/h/m", true),
        (false, "default", None, "/h/m", false),
        (false, "default", Some("a"), "/h/m", true),
    ] {
        let picture = with_pane(names_agents, socket, agent, home);
        let told = picture.whereabouts("a");
        let said = format!("{names_agents} {socket} {agent:?} {home}: {told:?}");
        assert_eq!(matches!(told, Whereabouts::Lives(_)), lives, "{said}");
        let taken = picture.taken(&picture.servers[0], "a");
        assert_eq!(taken.is_some(), !lives, "{said}");
        assert!(lives || told == Whereabouts::Gone, "{said}");
    }
}
