//! How agents of a roster reach each other: the command line for each.

use crate::decide::doctor::quoted;
use crate::model::fleet_name::SocketName;
use crate::model::roster::{Agent, Roster};

/// The destination for ssh from where `asker` lives to where an agent lives; nothing where that is one host. Without an
/// asker it is asked from this host, whose name is `own_host`.
pub(crate) fn destination(asker: Option<&Agent>, agent: &Agent, own_host: &str) -> Option<String> {
    if asker.and_then(|asker| asker.host.as_ref()) == agent.host.as_ref() {
        return None;
    }
    Some(agent.destination().unwrap_or(own_host).to_owned())
}

/// The command line that says something to an agent.
pub(crate) fn line(roster: &Roster, agent: &Agent, destination: Option<&str>) -> String {
    let socket = roster.socket_of(agent).map(SocketName::as_str);
    let socket = socket.map(|socket| format!(" -L {socket}"));
    let destination = destination.map(|host| format!(" -H {}", quoted(host)));
    format!(
        "agent-send.sh{}{} -s {} -m \"...\"",
        socket.unwrap_or_default(),
        destination.unwrap_or_default(),
        agent.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::fleet::roster;

    const AGENTS: &str = "agents:\n- {name: a}\n- {name: b, socket: own}\n- {name: c, socket: ''}\n\
                          - {name: far, host: 10.0.0.7, ssh: me@10.0.0.7}\n- {name: near, host: h, socket: s}\n\
                          - {name: far2, host: 10.0.0.7}\n";

    fn lines(tmux: &str, asker: Option<&str>) -> Vec<String> {
        let roster = roster::parse("r", &format!("version: 1\n{tmux}{AGENTS}")).unwrap();
        let mut agents = roster.agents.iter();
        let asker = asker.and_then(|name| agents.find(|agent| agent.name.as_str() == name));
        let line =
            |agent: &Agent| line(&roster, agent, destination(asker, agent, "here").as_deref());
        roster.agents.iter().map(line).collect()
    }

    #[test]
    fn a_line_names_socket_and_host_only_where_they_are_others() {
        let fleet = "tmux: {socket_name: mosaic-fleet}\n";
        let expected = [
            "agent-send.sh -L mosaic-fleet -s a -m \"...\"",
            "agent-send.sh -L own -s b -m \"...\"",
            "agent-send.sh -s c -m \"...\"",
            "agent-send.sh -L mosaic-fleet -H me@10.0.0.7 -s far -m \"...\"",
            "agent-send.sh -L s -H h -s near -m \"...\"",
            "agent-send.sh -L mosaic-fleet -H 10.0.0.7 -s far2 -m \"...\"",
        ];
        assert_eq!(lines(fleet, None), expected);
        assert_eq!(lines(fleet, Some("b")), expected);
        assert_eq!(lines("", None)[0], "agent-send.sh -s a -m \"...\"");
        let from_far = lines(fleet, Some("far2"));
        assert_eq!(
            from_far[0],
            "agent-send.sh -L mosaic-fleet -H here -s a -m \"...\""
        );
        assert_eq!(
            from_far[3],
            "agent-send.sh -L mosaic-fleet -s far -m \"...\""
        );
    }
}
