//! Rosters that the schema refuses, and what is said of each.

/// A text, the place of what is wrong, a part of the problem, and one of the remedy.
pub(super) type Refused = (&'static str, &'static str, &'static str, &'static str);

/// Whole rosters.
pub(super) const REFUSED: &[Refused] = &[
    ("", "1:1", "says nothing", "version: 1"),
    ("agents: []", "1:1", "needs `version`", "version: 1"),
    ("version: 1", "1:1", "needs `agents`", "agents: []"),
    (
        "version: 2\nagents: []",
        "1:10",
        "only version",
        "version: 1",
    ),
    (
        "version: '1'\nagents: []",
        "1:10",
        "only version",
        "without quotes",
    ),
    (
        "version: 1\nagents:",
        "2:7",
        "must be a list, and this is nothing",
        "[]",
    ),
    (
        "version: 1\nagents: {}",
        "2:9",
        "must be a list, and this is a mapping",
        "[]",
    ),
    (
        "version: 1\nagents: [a]",
        "2:10",
        "an agent must be a mapping, and this is a text",
        "name",
    ),
    ("- a", "1:1", "a roster must be a mapping", "agents"),
    (
        "version: 1\nagents: []\nsocket: x",
        "3:1",
        "no key `socket`",
        "known here",
    ),
    (
        "version: 1\nagent: []",
        "2:1",
        "no key `agent`",
        "did you mean `agents`?",
    ),
    (
        "version: 1\nagents: []\n1: x",
        "3:1",
        "no key `1`",
        "known here",
    ),
    (
        "version: 1\ntransport: screen\nagents: []",
        "2:12",
        "only transport",
        "transport: tmux",
    ),
    (
        "version: 1\ntmux:\nagents: []",
        "2:5",
        "`tmux` must be a mapping",
        "socket_name",
    ),
    (
        "version: 1\ntmux: {socketname: x}\nagents: []",
        "2:8",
        "socketname",
        "did you mean `socket_name`?",
    ),
    (
        "version: 1\ntmux: {socket_name: a/b}\nagents: []",
        "2:21",
        "character '/'",
        "letters",
    ),
    (
        "version: 1\ntmux: {socket_name: 1}\nagents: []",
        "2:21",
        "this is a number",
        "quotes",
    ),
    (
        "version: 1\ntmux: {socket_name: a, socketName: a}\nagents: []",
        "2:24",
        "both",
        "keep one",
    ),
    (
        "version: 1\ntmux: {holder_session: a, holderSession: b}\nagents: []",
        "2:27",
        "both",
        "keep one",
    ),
    (
        "version: 1\ntmux: {holder_session: a.b}\nagents: []",
        "2:24",
        "tmux would make the '.'",
        "letters",
    ),
    (
        "version: 1\ntmux: {holder_session: }\nagents: []",
        "2:22",
        "this is nothing",
        "leave the key out",
    ),
    (
        "version: 1\ndefaults: {working_directory: src}\nagents: []",
        "2:31",
        "neither absolute",
        "`~/`",
    ),
    (
        "version: 1\nruntimes: {vim: {}}\nagents: []",
        "2:12",
        "no key `vim`",
        "claude, codex, pi, opencode",
    ),
    (
        "version: 1\nruntimes: {pi: }\nagents: []",
        "2:14",
        "must be a mapping",
        "reset_command",
    ),
    (
        "version: 1\nruntimes: {pi: {reset_command: ''}}\nagents: []",
        "2:32",
        "is empty",
        "/clear",
    ),
    (
        "version: 1\nruntimes: {pi: {reset_command: \"a\\n\"}}\nagents: []",
        "2:32",
        "'\\n'",
        "one line",
    ),
    (
        "version: 1\nagents: [{runtime: pi}]",
        "2:10",
        "an agent needs `name`",
        "session",
    ),
    (
        "version: 1\nagents: [{name: a.b}]",
        "2:17",
        "tmux would make the '.'",
        "letters",
    ),
    (
        "version: 1\nagents: [{name: 'a:b'}]",
        "2:17",
        "tmux would make the ':'",
        "letters",
    ),
    (
        "version: 1\nagents: [{name: -a}]",
        "2:17",
        "begins with '-'",
        "letters",
    ),
    (
        "version: 1\nagents: [{name: 7}]",
        "2:17",
        "this is a number",
        "quotes",
    ),
    (
        "version: 1\nagents: [{name: true}]",
        "2:17",
        "this is true or false",
        "quotes",
    ),
];

/// Fields of an agent besides its name.
pub(super) const REFUSED_OF_AGENTS: &[Refused] = &[
    (
        "runtime: cladue",
        "3:25",
        "no runtime `cladue`",
        "did you mean `claude`?",
    ),
    (
        "runtime: vim",
        "3:25",
        "no runtime `vim`",
        "known here: claude, codex, pi, opencode",
    ),
    (
        "modle_hint: x",
        "3:16",
        "no key `modle_hint`",
        "did you mean `model_hint`?",
    ),
    ("class: ''", "3:23", "`class` is empty", "leave `class` out"),
    ("class: [x]", "3:23", "this is a list", "plain text"),
    ("model_hint: 4.5", "3:28", "this is a number", "quotes"),
    ("model_hint: \"a\\tb\"", "3:28", "'\\t'", "one line"),
    ("working_directory: ~x", "3:35", "neither absolute", "`/`"),
    (
        "working_directory: $HOMEx",
        "3:35",
        "neither absolute",
        "`/`",
    ),
    ("working_directory: \"/a\\nb\"", "3:35", "'\\n'", "one line"),
    ("socket: a b", "3:24", "character ' '", "letters"),
    ("host: a/b", "3:22", "no address", "192.0.2.10"),
    ("ssh: -oProxyCommand=x", "3:21", "no address", "user@host"),
    ("tenant_id: 1.5", "3:27", "this is a number", "quotes"),
    ("tenant_id: ''", "3:27", "is empty", "leave"),
];
