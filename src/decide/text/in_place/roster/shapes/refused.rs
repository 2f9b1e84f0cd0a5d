//! Rosters that no edit is tried on.

/// Shapes that no edit is tried on, and why.
pub(crate) const REFUSED: &[(&str, &str, &str)] = &[
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
