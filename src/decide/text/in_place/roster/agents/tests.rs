//! Agents join and leave rosters of every shape, and nothing else changes.

use super::*;

/// What a roster says, by its name and with an agent called `new` of the runtime codex.
type Joined = (&'static str, &'static str, &'static str);

/// Rosters to which an agent comes; they are as before when it goes.
const JOINED: &[Joined] = &[
    (
        "lines",
        "version: 1\nagents:\n  - name: a\n    runtime: pi\n",
        "version: 1\nagents:\n  - name: a\n    runtime: pi\n  - name: new\n    runtime: codex\n",
    ),
    (
        "no indentation, wide dashes, comments of all kinds",
        "# Fleet.\nagents: # all\n# first\n-   name: a # is a\n    # model_hint: m\n# below\nversion: 1\n",
        "# Fleet.\nagents: # all\n# first\n-   name: a # is a\n    # model_hint: m\n-   name: new\n    runtime: codex\n# below\nversion: 1\n",
    ),
    (
        "blank lines between, CRLF, byte order mark",
        "\u{feff}agents:\r\n\r\n  - name: a\r\n\r\n  - name: b\r\n\r\nversion: 1\r\n",
        "\u{feff}agents:\r\n\r\n  - name: a\r\n\r\n  - name: b\r\n\r\n  - name: new\r\n    runtime: codex\r\n\r\nversion: 1\r\n",
    ),
    (
        "no end of the last line",
        "agents:\n- name: a\n  class: c",
        "agents:\n- name: a\n  class: c\n- name: new\n  runtime: codex",
    ),
    (
        "quoted keys",
        "agents:\n  - \"name\": 'a'\n",
        "agents:\n  - \"name\": 'a'\n  - \"name\": \"new\"\n    \"runtime\": \"codex\"\n",
    ),
    (
        "dash in a line of its own, anchor, tag",
        "agents:\n  -\n    name: a\n  - &b !!map\n    name: b\nversion: 1\n",
        "agents:\n  -\n    name: a\n  - &b !!map\n    name: b\n  - name: new\n    runtime: codex\nversion: 1\n",
    ),
    (
        "alias as the last",
        "agents:\n  - &a {name: a}\n  - *a\n",
        "agents:\n  - &a {name: a}\n  - *a\n  - name: new\n    runtime: codex\n",
    ),
    (
        "block scalar as the last, blank line behind",
        "agents:\n  - name: a\n    class: |-\n      text\n\nversion: 1\n",
        "agents:\n  - name: a\n    class: |-\n      text\n\n  - name: new\n    runtime: codex\nversion: 1\n",
    ),
    (
        "key without a value",
        "agents:\n  - name: a\n    socket:\nversion: 1\n",
        "agents:\n  - name: a\n    socket:\n  - name: new\n    runtime: codex\nversion: 1\n",
    ),
    (
        "braces in lines",
        "agents:\n  - { name: a, runtime: pi } # a\n  # - { name: b }\n",
        "agents:\n  - { name: a, runtime: pi } # a\n  - { name: new, runtime: codex }\n  # - { name: b }\n",
    ),
    (
        "none, and more below",
        "version: 1\nagents: [] # none yet\ntransport: tmux\n",
        "version: 1\nagents: # none yet\n  - name: new\n    runtime: codex\ntransport: tmux\n",
    ),
    (
        "none, with the step of this file, no end of line",
        "tmux:\n    socket_name: s\nagents: []",
        "tmux:\n    socket_name: s\nagents:\n    - name: new\n      runtime: codex",
    ),
    (
        "none, over lines",
        "agents: [\n  # none\n]\n",
        "agents: [{name: new, runtime: codex}\n  # none\n]\n",
    ),
    (
        "brackets",
        "agents: [{name: a}, { name: b }]\n",
        "agents: [{name: a}, { name: b }, { name: new, runtime: codex }]\n",
    ),
    (
        "brackets over lines, comma at the end",
        "agents: [\n  {name: a},\n  {name: b}, # b\n]\n",
        "agents: [\n  {name: a},\n  {name: b},\n  {name: new, runtime: codex}, # b\n]\n",
    ),
    (
        "JSON in a line",
        r#"{"version":1,"agents":[{"name":"a"}]}"#,
        r#"{"version":1,"agents":[{"name":"a"},{"name":"new","runtime":"codex"}]}"#,
    ),
    (
        "JSON, none",
        r#"{"version": 1, "agents": []}"#,
        r#"{"version": 1, "agents": [{"name": "new", "runtime": "codex"}]}"#,
    ),
    (
        "JSON over lines",
        "{\n  \"agents\": [\n    {\n      \"name\": \"a\"\n    }\n  ],\n  \"version\": 1\n}\n",
        "{\n  \"agents\": [\n    {\n      \"name\": \"a\"\n    },\n    {\n      \"name\": \"new\",\n      \"runtime\": \"codex\"\n    }\n  ],\n  \"version\": 1\n}\n",
    ),
];

const NEW: &[(&str, &str)] = &[("name", "new"), ("runtime", "codex")];

fn roster(text: &str) -> RosterText<'_> {
    RosterText::parse(text).unwrap_or_else(|refusal| panic!("{}", refusal.in_file("roster", text)))
}

fn without(text: &str, name: &str) -> WithoutAgent {
    let left = roster(text).without_agent(name);
    let left = left.unwrap_or_else(|refusal| panic!("{}", refusal.in_file("roster", text)));
    left.unwrap_or_else(|| panic!("no {name}: {text}"))
}

#[test]
fn an_agent_joins_every_shape_and_leaves_it_as_it_was() {
    for (shape, text, expected) in JOINED {
        let joined = roster(text).with_agent(NEW);
        let joined = joined.map_err(|refusal| refusal.in_file("", text).to_string());
        assert_eq!(joined.as_deref(), Ok(*expected), "{shape}");
        let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
        assert!(is_json(expected) || !is_json(text), "{shape}");
        // A list that becomes lines stays lines, and a comment in brackets is not cut off.
        if !shape.starts_with("none") {
            assert_eq!(without(expected, "new").text, *text, "{shape}, and back");
        }
    }
}

#[test]
fn the_last_agent_leaves_an_empty_list() {
    for (text, expected) in [
        ("agents:\n  - name: a\n    x: {y: z}\n", "agents: []\n"),
        (
            "agents: # all\n# of us\n- name: a",
            "agents: [] # all\n# of us",
        ),
        (
            "'agents':\r\n- name: a\r\n\r\nversion: 1\r\n",
            "'agents': []\r\n\r\nversion: 1\r\n",
        ),
        ("agents: [ {name: a} ]\n", "agents: []\n"),
        ("{\"agents\":[{\"name\":\"a\"}]}", "{\"agents\":[]}"),
    ] {
        assert_eq!(without(text, "a").text, expected);
    }
}

#[test]
fn who_leaves_takes_its_own_lines_and_no_word_of_others() {
    let text = "agents:\n  # about a\n  - name: a\n    # inside\n    class: x # too\n    # and this\n  # about b\n  - name: b\n\n  # about c\n  - {name: c}\n# the end\n";
    let a = without(text, "a");
    assert_eq!(
        a.text,
        "agents:\n  # about a\n  # about b\n  - name: b\n\n  # about c\n  - {name: c}\n# the end\n"
    );
    assert_eq!(a.comment, Some(2));
    let b = without(text, "b");
    assert!(
        b.text.contains("  # about b\n\n  # about c\n"),
        "{}",
        b.text
    );
    assert_eq!(b.comment, Some(7));
    let c = without(text, "c");
    assert!(
        c.text.ends_with("  - name: b\n\n  # about c\n# the end\n"),
        "{}",
        c.text
    );
    let text = "agents: [{name: a}, {name: b}, {name: c}]\n";
    assert_eq!(without(text, "a").text, "agents: [{name: b}, {name: c}]\n");
    assert_eq!(without(text, "b").text, "agents: [{name: a}, {name: c}]\n");
    assert_eq!(without(text, "c").text, "agents: [{name: a}, {name: b}]\n");
    assert_eq!(roster(text).without_agent("d"), Ok(None));
}

#[test]
fn texts_are_quoted_as_they_need_it() {
    let entries = &[
        ("name", "no"),
        ("class", "a: b # c"),
        ("working_directory", "~/x"),
        ("ssh", "u@h.example"),
        ("host", "10.0.0.7"),
        ("model_hint", "4.5"),
        ("socket", ""),
        ("tenant_id", "it's"),
    ];
    let joined = roster("agents:\n- name: a\n").with_agent(entries).unwrap();
    let expected = "agents:\n- name: a\n- name: \"no\"\n  class: \"a: b # c\"\n  working_directory: ~/x\n  ssh: u@h.example\n  host: \"10.0.0.7\"\n  model_hint: \"4.5\"\n  socket: \"\"\n  tenant_id: \"it's\"\n";
    assert_eq!(joined, expected);
}

#[test]
fn what_would_change_something_else_is_refused_with_its_place() {
    let place = |refusal: EditRefusal, text: &str| refusal.in_file("", text).to_string();
    for (text, expected) in [
        (
            "x: &x [{name: a}]\nagents: *x\n",
            ":2:9: the list of agents is written elsewhere",
        ),
        (
            "agents: &x [{name: a}]\ny: *x\n",
            ":1:12: this list of agents cannot get another",
        ),
        ("agents: {a: b}\n", ""),
    ] {
        let Ok(roster) = RosterText::parse(text) else {
            assert!(expected.is_empty(), "{text}");
            continue;
        };
        let refusal = place(roster.with_agent(NEW).unwrap_err(), text);
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    for (text, expected) in [
        (
            "agents:\n- &a {name: a}\n- *a\n",
            ":2:6: this agent cannot leave",
        ),
        (
            "agents:\n- name: &n a\n- name: b\n  class: *n\n",
            ":2:3: this agent cannot leave",
        ),
        (
            "agents: [{name: a}, # of a\n {name: b}]\n",
            ":1:10: this agent cannot leave",
        ),
        (
            "agents: [{name: a} # of a\n]\n",
            ":1:10: this agent cannot leave",
        ),
    ] {
        let refusal = place(roster(text).without_agent("a").unwrap_err(), text);
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}
