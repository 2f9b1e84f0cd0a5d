//! Rosters that are right and wrong; the shipped schema is asked about each, too.

mod refused;

use self::refused::{REFUSED, REFUSED_OF_AGENTS};
use super::*;

/// A roster around one agent.
fn agent(fields: &str) -> String {
    format!("version: 1\nagents:\n  - {{ name: a, {fields} }}\n")
}

fn is_valid(text: &str) -> bool {
    let schema = include_str!("../../../../../framework/fleet/roster.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    serde_saphyr::from_str::<serde_json::Value>(text).is_ok_and(|roster| schema.is_valid(&roster))
}

fn refused(text: &str) -> TextFault {
    match parse("r.yaml", text) {
        Ok(roster) => panic!("accepted: {text}\n{roster:?}"),
        Err(fault) => fault,
    }
}

#[test]
fn presets_are_read() {
    for (text, all, here) in [
        (
            include_str!("../../../../../framework/fleet/examples/delivery-team.yaml"),
            6,
            6,
        ),
        (
            include_str!("../../../../../framework/fleet/examples/minimal.yaml"),
            1,
            1,
        ),
        (
            include_str!("../../../../../framework/fleet/examples/two-hosts.yaml"),
            3,
            1,
        ),
    ] {
        let roster = parse("preset", text).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(roster.socket, SocketName::parse("mosaic-fleet").ok());
        assert_eq!(
            (roster.agents.len(), roster.agents_here().count()),
            (all, here),
            "{text}"
        );
    }
}

#[test]
fn everything_that_a_roster_can_say_is_read() {
    let text = "\u{feff}version: 1\r\ntransport: tmux\r\ntmux: { socketName: s, holderSession: _h }\r\n\
                defaults: { working_directory: /srv }\r\nruntimes: { pi: { reset_command: /new }, codex: {} }\r\n\
                agents:\r\n- { name: a }\r\n- name: b\r\n  runtime: opencode\r\n  class: c\r\n  model_hint: m\r\n  \
                working_directory: $HOME/x\r\n  socket: other\r\n  heartbeats: true\r\n  host: h\r\n  ssh: u@h\r\n  tenant_id: 1000\r\n\
                - { name: c, socket: '', model_hint: '' }\r\n";
    let roster = parse("r.yaml", text).unwrap();
    let socket = |name| SocketName::parse(name).unwrap();
    assert_eq!(roster.socket, Some(socket("s")));
    assert_eq!(roster.holder_session.as_str(), "_h");
    assert_eq!(
        roster.runtimes,
        BTreeMap::from([
            (
                Runtime::Pi,
                RuntimeSettings {
                    reset_command: Some("/new".to_owned()),
                    ..RuntimeSettings::default()
                }
            ),
            (Runtime::Codex, RuntimeSettings::default()),
        ])
    );
    let plain = Agent {
        name: AgentName::parse("a").unwrap(),
        runtime: Runtime::Pi,
        class: None,
        model_hint: None,
        working_directory: "/srv".to_owned(),
        socket: SocketOfAgent::Inherited,
        heartbeats: false,
        host: None,
        ssh: None,
        tenant_id: None,
    };
    let full = Agent {
        name: AgentName::parse("b").unwrap(),
        runtime: Runtime::OpenCode,
        class: Some("c".to_owned()),
        model_hint: Some("m".to_owned()),
        working_directory: "$HOME/x".to_owned(),
        socket: SocketOfAgent::Named(socket("other")),
        heartbeats: true,
        host: Some("h".to_owned()),
        ssh: Some("u@h".to_owned()),
        tenant_id: Some("1000".to_owned()),
    };
    let third = Agent {
        name: AgentName::parse("c").unwrap(),
        socket: SocketOfAgent::Default,
        ..plain.clone()
    };
    assert_eq!(roster.agents, [plain, full, third]);
    let sockets: Vec<_> = roster
        .agents
        .iter()
        .map(|agent| roster.socket_of(agent))
        .collect();
    assert_eq!(sockets, [Some(&socket("s")), Some(&socket("other")), None]);
    assert_eq!(roster.agents_here().count(), 2);
}

#[test]
fn a_roster_defines_runtimes_of_its_own() {
    let text = "version: 1\nruntimes:\n  mybot: { command: 'mybot --chat', processes: [mybot] }\n\
                agents: [{ name: a, runtime: mybot }, { name: b }]\n";
    let roster = parse("r.yaml", text).unwrap();
    let mybot = Runtime::Defined(AgentName::parse("mybot").unwrap());
    assert_eq!(roster.agents[0].runtime, mybot);
    assert_eq!(roster.command_of(&mybot), Some("mybot --chat"));
    assert_eq!(roster.runtimes[&mybot].processes, ["mybot"]);
    assert_eq!(roster.command_of(&roster.agents[1].runtime), None);
}

#[test]
fn schema_and_reader_take_the_same_rosters() {
    let rosters = [
        "version: 1\nagents: []".to_owned(),
        "version: 1.0\nagents: []".to_owned(),
        "{\"version\": 1, \"agents\": [{\"name\": \"a\", \"socket\": null}]}".to_owned(),
        "version: 1\ntmux: {}\ndefaults: {}\nruntimes: {}\nagents: []".to_owned(),
        "version: 1\ntmux: { socket_name: }\nagents: []".to_owned(),
        "version: 1\ntmux: { socket_name: '' }\nagents: []".to_owned(),
        "version: 1\ntmux: { socket_name: _a.b-c }\nagents: []".to_owned(),
        agent("runtime: claude"),
        agent("model_hint: '4.5'"),
        agent("model_hint: !!str 4.5"),
        agent("class: é"),
        agent("tenant_id: -1"),
        agent("tenant_id: ops"),
        agent("working_directory: '~'"),
        agent("working_directory: '${HOME}/a b'"),
        agent("host: 'fe80::1%eth0'"),
        agent("ssh: 'u@[fe80::1]'"),
        "version: 1\nruntimes: { bot: { command: bot --chat, processes: [bot, python3], reset_command: /new } }\n\
         agents: [{ name: a, runtime: bot }]"
            .to_owned(),
        "version: 1\nruntimes: { 7: { command: '# x', processes: [] } }\nagents: [{ name: a, runtime: '7' }]"
            .to_owned(),
        "version: 1\ndefaults: &d { working_directory: /x }\nagents: [&a { name: a }]".to_owned(),
    ];
    for text in rosters {
        assert!(is_valid(&text), "by the schema: {text}");
        parse("r.yaml", &text).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
    }
}

#[test]
fn what_the_schema_refuses_is_refused_with_place_and_remedy() {
    let long = format!("version: 1\nagents: [{{ name: {} }}]", "x".repeat(201));
    let too_long = (long.as_str(), "2:18", "longer than 200", "letters");
    let of_agents: Vec<_> = REFUSED_OF_AGENTS
        .iter()
        .map(|(text, place, problem, remedy)| (agent(text), *place, *problem, *remedy))
        .collect();
    let of_agents = of_agents
        .iter()
        .map(|(text, place, problem, remedy)| (text.as_str(), *place, *problem, *remedy));
    let cases: Vec<_> = REFUSED
        .iter()
        .copied()
        .chain(of_agents)
        .chain([too_long])
        .collect();
    for (text, ..) in &cases {
        assert!(!is_valid(text), "the schema takes it: {text}");
    }
    let mistold: Vec<_> = cases.into_iter().filter_map(mistold).collect();
    assert!(mistold.is_empty(), "{mistold:#?}");
}

#[test]
fn what_no_schema_can_say_is_refused_too() {
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            "version: 1\nagents:\n- name: a\n- name: b\n- name: a\n  class: x",
            "5:9",
            "a second agent is called `a`; the first is in line 3",
            "a name of its own",
        ),
        (
            "version: 1\nversion: 1\nagents: []",
            "2:1",
            "`version` is there twice",
            "keep one",
        ),
        (
            "version: 1\nagents: []\n---\nversion: 1",
            "3:1",
            "second document",
            "one document",
        ),
        ("version: 1\nagents: [", "2:9", "not YAML", "mend"),
        (
            "version: 1\nx: &x {}\nagents: [{<<: *x, name: a}]",
            "2:1",
            "no key `x`",
            "known here",
        ),
        (
            "version: 1\nagents: [&x {name: a}, {<<: *x, name: b}]",
            "2:25",
            "with `<<`",
            "write these keys out",
        ),
        (
            "version: 1\nagents: [{name: a, runtime: cladue}]",
            "2:29",
            "no runtime `cladue`",
            "did you mean `claude`?",
        ),
        (
            "version: 1\nagents: [{name: a, runtime: vim}]",
            "2:29",
            "no runtime `vim`",
            "known here: claude, codex, pi, opencode",
        ),
        (
            "version: 1\nruntimes: {mybot: {command: x}}\nagents: [{name: a, runtime: mybto}]",
            "3:29",
            "no runtime `mybto`",
            "did you mean `mybot`?",
        ),
        (
            "version: 1\nagents: [{name: !other a}]",
            "2:24",
            "of a type that a roster does not know",
            "plain text",
        ),
    ];
    let mistold: Vec<_> = cases.iter().filter_map(|case| mistold(*case)).collect();
    assert!(mistold.is_empty(), "{mistold:#?}");
}

/// The message about a roster, where that is not the expected one.
fn mistold((text, place, problem, remedy): (&str, &str, &str, &str)) -> Option<String> {
    let fault = refused(text);
    let (told, given) = (fault.to_string(), fault.remedy.clone().unwrap_or_default());
    let is_so = told.starts_with(&format!("r.yaml:{place}: "))
        && fault.problem.contains(problem)
        && given.contains(remedy);
    (!is_so).then(|| format!("{told} ({given}), not {place}: {problem} ({remedy})"))
}
