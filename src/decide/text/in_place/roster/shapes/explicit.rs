//! Rosters to which the socket name is added.

use super::Shape;

pub(crate) const EXPLICIT: &[Shape] = &[
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
        "no tmux, anchor on the first key",
        "&v version: 1\ntransport: tmux\nagents: []\n",
        Ok("&v version: 1\ntransport: tmux\ntmux:\n  socket_name: mosaic-fleet\nagents: []\n"),
    ),
    (
        "no tmux, tag on the first key, which is the agents'",
        "!!str agents: []\nversion: 1\n",
        Ok("tmux:\n  socket_name: mosaic-fleet\n!!str agents: []\nversion: 1\n"),
    ),
    (
        "no tmux, explicit first key",
        "? version\n: 1\nagents: []\n",
        Ok("? version\n: 1\ntmux:\n  socket_name: mosaic-fleet\nagents: []\n"),
    ),
    (
        "no tmux, indented root with an anchor",
        "  &v version: 1\n  agents: []\n",
        Ok("  &v version: 1\n  tmux:\n    socket_name: mosaic-fleet\n  agents: []\n"),
    ),
    (
        "tmux block, anchor on its first key",
        "tmux:\n  &h holder_session: _holder\n",
        Ok("tmux:\n  socket_name: mosaic-fleet\n  &h holder_session: _holder\n"),
    ),
    (
        "tmux without value, anchor on its key",
        "&t tmux:\nversion: 1\n",
        Ok("&t tmux:\n  socket_name: mosaic-fleet\nversion: 1\n"),
    ),
    (
        "explicit key",
        "tmux:\n  ? holder_session\n  : _holder\n",
        Ok("tmux:\n  socket_name: mosaic-fleet\n  ? holder_session\n  : _holder\n"),
    ),
];
