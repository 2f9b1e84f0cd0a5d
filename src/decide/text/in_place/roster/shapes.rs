//! Rosters in every shape that operators leave them in, and what becomes of each, byte for byte.

/// A shape, its text, and the text with `mosaic-factory` renamed to `mosaic-fleet` or why it is refused.
type Shape = (
    &'static str,
    &'static str,
    Result<&'static str, &'static str>,
);

pub const RENAMED: &[Shape] = &[
    (
        "plain",
        "tmux:\n  socket_name: mosaic-factory\n",
        Ok("tmux:\n  socket_name: mosaic-fleet\n"),
    ),
    (
        "single-quoted",
        "tmux:\n  socket_name: 'mosaic-factory'\n",
        Ok("tmux:\n  socket_name: 'mosaic-fleet'\n"),
    ),
    (
        "quoted",
        "tmux:\n  socket_name: \"mosaic-factory\"\n",
        Ok("tmux:\n  socket_name: \"mosaic-fleet\"\n"),
    ),
    (
        "quoted key",
        "\"tmux\":\n  'socket_name': mosaic-factory\n",
        Ok("\"tmux\":\n  'socket_name': mosaic-fleet\n"),
    ),
    (
        "escapes",
        "tmux: {socket_name: \"mosaic\\x2dfactory\"}\n",
        Ok("tmux: {socket_name: \"mosaic-fleet\"}\n"),
    ),
    (
        "escaped line break",
        "tmux:\n  socket_name: \"mosaic-\\\n    factory\" # c\n",
        Ok("tmux:\n  socket_name: \"mosaic-fleet\" # c\n"),
    ),
    (
        "camelCase",
        "tmux:\n  socketName: mosaic-factory\n",
        Ok("tmux:\n  socketName: mosaic-fleet\n"),
    ),
    (
        "both spellings",
        "tmux:\n  socketName: mosaic-factory\n  socket_name: 'mosaic-factory'\n",
        Ok("tmux:\n  socketName: mosaic-fleet\n  socket_name: 'mosaic-fleet'\n"),
    ),
    (
        "flow",
        "tmux: { socket_name: mosaic-factory }\n",
        Ok("tmux: { socket_name: mosaic-fleet }\n"),
    ),
    (
        "flow over lines",
        "tmux: {\n  socket_name: # here\n    mosaic-factory,\n  }\n",
        Ok("tmux: {\n  socket_name: # here\n    mosaic-fleet,\n  }\n"),
    ),
    (
        "JSON in a line",
        "{\"tmux\":{\"socket_name\":\"mosaic-factory\"}}",
        Ok("{\"tmux\":{\"socket_name\":\"mosaic-fleet\"}}"),
    ),
    (
        "JSON over lines",
        "{\n\t\"tmux\": {\n\t\t\"socket_name\": \"mosaic-factory\"\n\t},\n\t\"agents\": [{\"socket\": \"mosaic-factory\"}]\n}\n",
        Ok(
            "{\n\t\"tmux\": {\n\t\t\"socket_name\": \"mosaic-fleet\"\n\t},\n\t\"agents\": [{\"socket\": \"mosaic-fleet\"}]\n}\n",
        ),
    ),
    (
        "anchored",
        "tmux:\n  socket_name: &s mosaic-factory\nagents:\n- socket: *s\n",
        Ok("tmux:\n  socket_name: &s mosaic-fleet\nagents:\n- socket: *s\n"),
    ),
    (
        "alias of what is elsewhere",
        "defaults: {working_directory: &s mosaic-factory}\ntmux: {socket_name: *s }\nagents: [{socket: *s}]\n",
        Ok(
            "defaults: {working_directory: &s mosaic-factory}\ntmux: {socket_name: mosaic-fleet }\nagents: [{socket: mosaic-fleet}]\n",
        ),
    ),
    (
        "alias of what is elsewhere, quoted and tagged",
        "transport: &s !!str 'mosaic-factory'\ntmux:\n  socket_name: *s # c\n",
        Ok("transport: &s !!str 'mosaic-factory'\ntmux:\n  socket_name: mosaic-fleet # c\n"),
    ),
    (
        "anchored, and something else follows it",
        "tmux:\n  socket_name: &s mosaic-factory\nagents:\n- name: *s\n",
        Err("2:19: the socket's name cannot change here without something else changing along"),
    ),
    (
        "anchored mapping",
        "tmux: &t\n  socket_name: mosaic-factory\nagents:\n- &a {name: x, socket: mosaic-factory}\n- *a\n",
        Ok(
            "tmux: &t\n  socket_name: mosaic-fleet\nagents:\n- &a {name: x, socket: mosaic-fleet}\n- *a\n",
        ),
    ),
    (
        "mapping that stands elsewhere",
        "x: &t\n  socket_name: mosaic-factory\ntmux: *t\n",
        Err("2:16: the socket's name cannot change here without something else changing along"),
    ),
    (
        "tagged",
        "tmux:\n  socket_name: !!str mosaic-factory\n",
        Ok("tmux:\n  socket_name: !!str mosaic-fleet\n"),
    ),
    (
        "tagged and anchored",
        "tmux: !!map\n  socket_name: !!str &s   'mosaic-factory'\n",
        Ok("tmux: !!map\n  socket_name: !!str &s   'mosaic-fleet'\n"),
    ),
    (
        "own tag",
        "tmux:\n  socket_name: !fleet mosaic-factory\n",
        Ok("tmux:\n  socket_name: !fleet mosaic-fleet\n"),
    ),
    (
        "commented",
        "# mosaic-factory\ntmux: # mosaic-factory\n  # mosaic-factory\n  socket_name: mosaic-factory # mosaic-factory\n# mosaic-factory\n",
        Ok(
            "# mosaic-factory\ntmux: # mosaic-factory\n  # mosaic-factory\n  socket_name: mosaic-fleet # mosaic-factory\n# mosaic-factory\n",
        ),
    ),
    (
        "CRLF",
        "tmux:\r\n  socket_name: mosaic-factory\r\n",
        Ok("tmux:\r\n  socket_name: mosaic-fleet\r\n"),
    ),
    (
        "mixed line endings",
        "version: 1\r\ntmux:\n  socket_name: mosaic-factory\r\n",
        Ok("version: 1\r\ntmux:\n  socket_name: mosaic-fleet\r\n"),
    ),
    (
        "BOM",
        "\u{feff}tmux:\n  socket_name: mosaic-factory\n",
        Ok("\u{feff}tmux:\n  socket_name: mosaic-fleet\n"),
    ),
    (
        "no final newline",
        "tmux:\n  socket_name: mosaic-factory",
        Ok("tmux:\n  socket_name: mosaic-fleet"),
    ),
    (
        "BOM, CRLF, no final newline, quoted",
        "\u{feff}tmux:\r\n  socket_name: 'mosaic-factory'",
        Ok("\u{feff}tmux:\r\n  socket_name: 'mosaic-fleet'"),
    ),
    (
        "characters of many bytes before it",
        "# größer 🦀\n\"ключ\": 'é🦀'\ntmux: {holder_session: 🦀é, socket_name: mosaic-factory}\n",
        Ok(
            "# größer 🦀\n\"ключ\": 'é🦀'\ntmux: {holder_session: 🦀é, socket_name: mosaic-fleet}\n",
        ),
    ),
    (
        "document start and end",
        "%YAML 1.2\n---\ntmux:\n  socket_name: mosaic-factory\n...\n",
        Ok("%YAML 1.2\n---\ntmux:\n  socket_name: mosaic-fleet\n...\n"),
    ),
    (
        "literal",
        "tmux:\n  socket_name: |-\n    mosaic-factory\n",
        Ok("tmux:\n  socket_name: |-\n    mosaic-fleet\n"),
    ),
    (
        "folded",
        "tmux:\n  socket_name: >-\n    mosaic-factory\n\nversion: 1\n",
        Ok("tmux:\n  socket_name: >-\n    mosaic-fleet\n\nversion: 1\n"),
    ),
    (
        "tabs",
        "tmux:\t\n  socket_name:\tmosaic-factory\t# c\n",
        Ok("tmux:\t\n  socket_name:\tmosaic-fleet\t# c\n"),
    ),
    (
        "value in the next line",
        "tmux:\n  socket_name:\n    mosaic-factory\n",
        Ok("tmux:\n  socket_name:\n    mosaic-fleet\n"),
    ),
    (
        "explicit keys",
        "? tmux\n: ? socket_name\n  : mosaic-factory\n",
        Ok("? tmux\n: ? socket_name\n  : mosaic-fleet\n"),
    ),
    (
        "indented",
        "  tmux:\n       socket_name: mosaic-factory\n",
        Ok("  tmux:\n       socket_name: mosaic-fleet\n"),
    ),
    (
        "agents",
        "agents:\n- name: mosaic-factory\n  socket: mosaic-factory\n- {socket: other}\n- socket: 'mosaic-factory'\n- socket:\n",
        Ok(
            "agents:\n- name: mosaic-factory\n  socket: mosaic-fleet\n- {socket: other}\n- socket: 'mosaic-fleet'\n- socket:\n",
        ),
    ),
    (
        "socket keys elsewhere",
        "defaults: {socket_name: mosaic-factory, socket: mosaic-factory}\ntmux: {socket_name: mosaic-factory, socket: mosaic-factory}\n",
        Ok(
            "defaults: {socket_name: mosaic-factory, socket: mosaic-factory}\ntmux: {socket_name: mosaic-fleet, socket: mosaic-factory}\n",
        ),
    ),
];

/// Shapes that the renaming has nothing to do in.
pub const WITHOUT_THE_NAME: &[(&str, &str)] = &[
    ("empty", ""),
    ("comments only", "# mosaic-factory\n"),
    ("empty document", "---\n# nothing\n...\n"),
    ("no socket", "tmux:\n  holder_session: mosaic-factory\n"),
    (
        "another socket",
        "tmux:\n  socket_name: mosaic-factory-2\nagents:\n- socket: my-mosaic-factory\n",
    ),
    (
        "another line",
        "tmux:\n  socket_name: |\n    mosaic-factory\n",
    ),
    ("prose", "tmux:\n  socket_name: the mosaic-factory\n"),
];

pub const EXPLICIT: &[Shape] = &[
    (
        "no tmux",
        "version: 1\ntransport: tmux\nagents:\n- name: a\n",
        Ok("version: 1\ntransport: tmux\ntmux:\n  socket_name: mosaic-fleet\nagents:\n- name: a\n"),
    ),
    (
        "no tmux, comments above the agents, another indentation",
        "version: 1\ndefaults:\n    working_directory: ~\n\n# ours\n# theirs\nagents: []\n",
        Ok(
            "version: 1\ndefaults:\n    working_directory: ~\n\ntmux:\n    socket_name: mosaic-fleet\n# ours\n# theirs\nagents: []\n",
        ),
    ),
    (
        "no tmux, agents first below a title",
        "# The fleet.\nagents: []\n",
        Ok("# The fleet.\ntmux:\n  socket_name: mosaic-fleet\nagents: []\n"),
    ),
    (
        "no tmux, no agents",
        "version: 1 # one\ntransport: tmux # two\ndefaults: {}\n",
        Ok(
            "version: 1 # one\ntransport: tmux # two\ntmux:\n  socket_name: mosaic-fleet\ndefaults: {}\n",
        ),
    ),
    (
        "no tmux, no agents, block scalar",
        "version: |-\n  1\ndefaults: {}\n",
        Ok("version: |-\n  1\ntmux:\n  socket_name: mosaic-fleet\ndefaults: {}\n"),
    ),
    (
        "no tmux, no final newline",
        "version: 1",
        Ok("version: 1\ntmux:\n  socket_name: mosaic-fleet"),
    ),
    (
        "no tmux, CRLF",
        "version: 1\r\nagents: []\r\n",
        Ok("version: 1\r\ntmux:\r\n  socket_name: mosaic-fleet\r\nagents: []\r\n"),
    ),
    (
        "no tmux, BOM, agents first",
        "\u{feff}agents: []\nversion: 1\n",
        Ok("\u{feff}tmux:\n  socket_name: mosaic-fleet\nagents: []\nversion: 1\n"),
    ),
    (
        "no tmux, document start and end",
        "---\nagents: []\n...\n",
        Ok("---\ntmux:\n  socket_name: mosaic-fleet\nagents: []\n...\n"),
    ),
    (
        "no tmux, indented root",
        "  version: 1\n  agents: []\n",
        Ok("  version: 1\n  tmux:\n    socket_name: mosaic-fleet\n  agents: []\n"),
    ),
    (
        "no tmux, comment that is none",
        "version: 1\nnote: |\n  x\n  # no comment\nagents: []\n",
        Ok(
            "version: 1\nnote: |\n  x\n  # no comment\ntmux:\n  socket_name: mosaic-fleet\nagents: []\n",
        ),
    ),
    (
        "no tmux, JSON in a line",
        "{\"version\":1,\"agents\":[]}",
        Ok("{\"tmux\":{\"socket_name\":\"mosaic-fleet\"},\"version\":1,\"agents\":[]}"),
    ),
    (
        "no tmux, JSON over lines",
        "{\r\n  \"version\": 1,\r\n  \"agents\": []\r\n}\r\n",
        Ok(
            "{\r\n  \"tmux\": {\"socket_name\": \"mosaic-fleet\"},\r\n  \"version\": 1,\r\n  \"agents\": []\r\n}\r\n",
        ),
    ),
    (
        "no tmux, flow",
        "{version: 1}\n",
        Ok("{tmux: {socket_name: mosaic-fleet}, version: 1}\n"),
    ),
    (
        "no tmux, nothing at all",
        "{}\n",
        Ok("{\"tmux\": {\"socket_name\": \"mosaic-fleet\"}}\n"),
    ),
    (
        "tmux empty in JSON",
        "{\"tmux\":{}}",
        Ok("{\"tmux\":{\"socket_name\":\"mosaic-fleet\"}}"),
    ),
    (
        "null in JSON",
        "{\"tmux\": {\"socketName\": null}}",
        Ok("{\"tmux\": {\"socketName\": \"mosaic-fleet\"}}"),
    ),
    (
        "null below a quoted key",
        "tmux:\n  'socket_name': ~\n",
        Ok("tmux:\n  'socket_name': 'mosaic-fleet'\n"),
    ),
    (
        "tmux without value",
        "tmux: # none\nversion: 1\n",
        Ok("tmux: # none\n  socket_name: mosaic-fleet\nversion: 1\n"),
    ),
    (
        "tmux without value, no final newline",
        "tmux:",
        Ok("tmux:\n  socket_name: mosaic-fleet"),
    ),
    (
        "tmux null",
        "tmux: ~ # none\n",
        Ok("tmux: {socket_name: mosaic-fleet} # none\n"),
    ),
    (
        "tmux null in JSON",
        "{\"tmux\":null}",
        Ok("{\"tmux\":{\"socket_name\":\"mosaic-fleet\"}}"),
    ),
    (
        "tmux without value in flow",
        "{tmux: , version: 1}",
        Ok("{tmux: {socket_name: mosaic-fleet} , version: 1}"),
    ),
    (
        "tmux empty",
        "tmux: {}\n",
        Ok("tmux: {socket_name: mosaic-fleet}\n"),
    ),
    (
        "tmux flow",
        "tmux: {holder_session: _holder}\n",
        Ok("tmux: {socket_name: mosaic-fleet, holder_session: _holder}\n"),
    ),
    (
        "tmux flow with blanks, camelCase",
        "tmux: { holderSession: _holder }\n",
        Ok("tmux: { socketName: mosaic-fleet, holderSession: _holder }\n"),
    ),
    (
        "tmux block",
        "tmux:\n    # ours\n    holder_session: _holder\n",
        Ok("tmux:\n    # ours\n    socket_name: mosaic-fleet\n    holder_session: _holder\n"),
    ),
    (
        "tmux block, quoted, CRLF",
        "tmux:\r\n  \"holder_session\": _holder",
        Ok("tmux:\r\n  \"socket_name\": \"mosaic-fleet\"\r\n  \"holder_session\": _holder"),
    ),
    (
        "no value",
        "tmux:\n  socket_name: # none\n",
        Ok("tmux:\n  socket_name: mosaic-fleet # none\n"),
    ),
    (
        "no value, at the end",
        "tmux:\n  socketName:",
        Ok("tmux:\n  socketName: mosaic-fleet"),
    ),
    (
        "null",
        "tmux:\n  socket_name: null # none\n",
        Ok("tmux:\n  socket_name: mosaic-fleet # none\n"),
    ),
    (
        "tilde",
        "tmux: {socket_name: ~}\n",
        Ok("tmux: {socket_name: mosaic-fleet}\n"),
    ),
    (
        "empty string",
        "tmux:\n  socket_name: ''\n",
        Ok("tmux:\n  socket_name: 'mosaic-fleet'\n"),
    ),
    (
        "empty string, quoted",
        "tmux:\n  socket_name: \"\"\n",
        Ok("tmux:\n  socket_name: \"mosaic-fleet\"\n"),
    ),
    (
        "tagged null",
        "tmux:\n  socket_name: !!null ~\n",
        Ok("tmux:\n  socket_name: mosaic-fleet\n"),
    ),
    (
        "tagged nothing",
        "tmux:\n  socket_name: !!str\n",
        Ok("tmux:\n  socket_name: !!str mosaic-fleet\n"),
    ),
    (
        "anchored null",
        "tmux:\n  socket_name: &s\n",
        Ok("tmux:\n  socket_name: &s mosaic-fleet\n"),
    ),
    (
        "anchored null that something else follows",
        "tmux:\n  socket_name: &s ~\n  holder_session: *s\n",
        Err("2:19: the socket's name cannot change here without something else changing along"),
    ),
    (
        "alias of null",
        "version: &n ~\ntmux: {socket_name: *n }\n",
        Ok("version: &n ~\ntmux: {socket_name: mosaic-fleet }\n"),
    ),
    (
        "explicit key",
        "tmux:\n  ? holder_session\n  : _holder\n",
        Ok("tmux:\n  socket_name: mosaic-fleet\n  ? holder_session\n  : _holder\n"),
    ),
];

/// Shapes that no edit is tried on, and why.
pub const REFUSED: &[(&str, &str, &str)] = &[
    (
        "broken",
        "tmux:\n  socket_name: [a\nagents: []\n",
        "3:7: this is not YAML",
    ),
    (
        "two spellings that differ",
        "tmux:\n  socket_name: a\n  socketName: b\n",
        "3:3: `socket_name` and `socketName` are one key, and say different things",
    ),
    (
        "tab as indentation",
        "tmux:\n\tsocket_name: a\n",
        "2:2: this is not YAML",
    ),
    (
        "duplicate key",
        "tmux:\n  socket_name: a\n  socket_name: b\n",
        "3:3: the key `socket_name` is there twice",
    ),
    (
        "duplicate key, quoted, far away",
        "x: {y: [{a: 1, 'a': 2}]}\n",
        "1:16: the key `a` is there twice",
    ),
    (
        "duplicate collection as key",
        "x:\n  ? [a, b]\n  : 1\n  ? [a, 'b']\n  : 2\n",
        "4:5: this key is there twice",
    ),
    (
        "second document",
        "version: 1\n---\nversion: 2\n",
        "2:1: a second document begins here",
    ),
    (
        "merge key in the root",
        "x: &x {version: 1}\n<<: *x\n",
        "2:1: the roster takes keys from elsewhere",
    ),
    (
        "merge key in tmux",
        "x: &x {a: 1}\ntmux:\n  <<: *x\n",
        "3:3: `tmux` takes keys from elsewhere",
    ),
    (
        "merge key in an agent",
        "agents:\n- &a {name: x}\n- <<: *a\n",
        "3:3: an agent takes keys from elsewhere",
    ),
    ("list as root", "- a\n", "1:1: the roster is not a mapping"),
    (
        "text as root",
        "é roster\n",
        "1:1: the roster is not a mapping",
    ),
    (
        "tmux that is none",
        "tmux: mosaic-factory\n",
        "1:7: `tmux` is not a mapping",
    ),
    (
        "agents that are none",
        "agents: {a: b}\n",
        "1:9: `agents` is not a list",
    ),
    (
        "agent that is none",
        "agents: [é, a]\n",
        "1:10: an agent is not a mapping",
    ),
    (
        "socket that is none",
        "tmux: {é: 1, socket_name: [a]}\n",
        "1:27: this is not a name",
    ),
    (
        "alias of nothing",
        "tmux: {socket_name: *s}\n",
        "1:21: this is not YAML",
    ),
    (
        "alias of what it is in",
        "x: &x [*x]\n",
        "1:8: this alias stands for what it is in",
    ),
];
