//! Rosters in which the former socket name is renamed.

use super::Shape;

pub(crate) const RENAMED: &[Shape] = &[
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
pub(crate) const WITHOUT_THE_NAME: &[(&str, &str)] = &[
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
