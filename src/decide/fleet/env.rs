//! The env files that `fleet install` writes: what the roster says on top, the operator's lines below.

use crate::decide::fleet::keys::{
    HEARTBEATS, HOLDER, MODEL, NAME, PROGRAM, RUNTIME, SOCKET, WORKDIR,
};
use crate::decide::text::in_place::EditRefusal;
use crate::decide::text::in_place::env_file::EnvFile;
use crate::model::fleet_name::SocketName;
use crate::model::roster::{Agent, Roster};

/// The text of `fleet/agents/NAME.env`. `found` is the text that is there; without one it is empty.
///
/// # Errors
///
/// Lines that not every systemd reads the same way.
pub(crate) fn agent_env(
    roster: &Roster,
    agent: &Agent,
    found: &str,
) -> Result<String, EditRefusal> {
    let socket = roster.socket_of(agent).map_or("", SocketName::as_str);
    let mut generated = vec![
        (NAME, agent.name.as_str()),
        (RUNTIME, agent.runtime.as_str()),
        (MODEL, agent.model_hint.as_deref().unwrap_or_default()),
        (WORKDIR, &agent.working_directory),
        (SOCKET, socket),
    ];
    let optional = [
        (PROGRAM, roster.command_of(&agent.runtime)),
        (HEARTBEATS, agent.heartbeats.then_some("1")),
    ];
    let said = |(key, value): (_, Option<_>)| Some((key, value?));
    generated.extend(optional.into_iter().filter_map(said));
    // Those that the roster said before.
    let gone = optional.into_iter().filter(|(_, value)| value.is_none());
    let gone: Vec<_> = gone.map(|(key, _)| key).collect();
    EnvFile::parse(found)?.refreshed(&generated, &gone)
}

/// The text of `fleet/holder.env`. `found` is the text that is there; without one it is empty.
///
/// # Errors
///
/// As with [`agent_env`].
pub(crate) fn holder_env(roster: &Roster, found: &str) -> Result<String, EditRefusal> {
    let socket = roster.socket.as_ref().map_or("", SocketName::as_str);
    let generated = [(SOCKET, socket), (HOLDER, roster.holder_session.as_str())];
    EnvFile::parse(found)?.refreshed(&generated, &[])
}

/// Tells whether an env file has nothing but generated keys.
pub(crate) fn is_generated_alone(text: &str) -> bool {
    let generated = [NAME, RUNTIME, MODEL, WORKDIR, SOCKET, PROGRAM, HEARTBEATS];
    let others = EnvFile::parse(text).and_then(|file| file.refreshed(&[], &generated));
    others.is_ok_and(|others| others.trim().is_empty())
}

/// The generated keys that had another value before: each with that and its new one, in words.
pub(crate) fn replaced(before: &str, after: &str) -> Vec<String> {
    let (Ok(before), Ok(after)) = (EnvFile::parse(before), EnvFile::parse(after)) else {
        return Vec::new();
    };
    let shown = |value: &str| {
        if value.is_empty() {
            "empty".to_owned()
        } else {
            value.to_owned()
        }
    };
    let keys = [
        NAME, RUNTIME, MODEL, WORKDIR, SOCKET, PROGRAM, HEARTBEATS, HOLDER,
    ];
    let changes = keys.into_iter().filter_map(|key| {
        let (was, is) = (before.value(key)?, after.value(key)?);
        (was != is).then(|| format!("{key} was {}, is {}", shown(was), shown(is)))
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::fleet::roster;

    const GENERATED: &str = "MOSAIC_AGENT_NAME=a\nMOSAIC_AGENT_RUNTIME=codex\nMOSAIC_AGENT_MODEL=\n\
                             MOSAIC_AGENT_WORKDIR=~/src\nMOSAIC_TMUX_SOCKET=s\n";

    const MINE: &str = "# mine\n\n  X = 1 \nMOSAIC_AGENT_COMMAND=mosaic yolo codex\n";

    fn fleet(agent: &str) -> Roster {
        let text =
            format!("version: 1\ntmux: {{ socket_name: s }}\nagents: [{{ name: a, {agent} }}]");
        roster::parse("r.yaml", &text).unwrap()
    }

    fn refreshed(agent: &str, found: &str) -> String {
        let roster = fleet(agent);
        let text = agent_env(&roster, &roster.agents[0], found)
            .unwrap_or_else(|why| panic!("{why}: {found:?}"));
        assert_eq!(
            agent_env(&roster, &roster.agents[0], &text).as_ref(),
            Ok(&text),
            "again: {found:?}"
        );
        text
    }

    #[test]
    fn other_lines_stay_byte_for_byte_below_the_generated_ones() {
        let crlf = GENERATED.replace('\n', "\r\n");
        let cr = GENERATED.replace('\n', "\r");
        for (found, kept) in [
            ("", ""),
            (GENERATED, ""),
            (&*crlf, ""),
            (MINE, MINE),
            (
                "MOSAIC_AGENT_NAME=b\n# x\nMOSAIC_AGENT_NAME=c\nX=1",
                "# x\nX=1",
            ),
            ("X=1\nMOSAIC_TMUX_SOCKET=old", "X=1\n"),
            ("X=1\n  MOSAIC_TMUX_SOCKET = 'old' \n\tY=2", "X=1\n\tY=2"),
            ("MOSAIC_AGENT_WORKDIR=$HOME/src\n", ""),
            ("MOSAIC_AGENT_WORKDIR=/a\\\n/b\nX=1\\\n2\n", "X=1\\\n2\n"),
            (
                "X='\nMOSAIC_AGENT_NAME=b\n'\n",
                "X='\nMOSAIC_AGENT_NAME=b\n'\n",
            ),
            (
                "#MOSAIC_AGENT_NAME=b\nexport MOSAIC_AGENT_NAME=b\n",
                "#MOSAIC_AGENT_NAME=b\nexport MOSAIC_AGENT_NAME=b\n",
            ),
            ("# x\\\nX=1\n", "# x\\\nX=1\n"),
            ("X='open\n", "X='open\n"),
            ("\u{feff}X=1\n", "X=1\n"),
            ("\u{feff}MOSAIC_AGENT_NAME=b\nX=1\n", "X=1\n"),
            ("no assignment", "no assignment"),
        ] {
            let generated = if found == crlf { &crlf } else { GENERATED };
            assert_eq!(
                refreshed("runtime: codex", found),
                format!("{generated}{kept}"),
                "{found:?}"
            );
        }
        assert_eq!(
            refreshed("runtime: codex", "X=1\r\nY=2"),
            format!("{crlf}X=1\r\nY=2")
        );
        assert_eq!(
            refreshed("runtime: codex", "X=1\rY=2"),
            format!("{cr}X=1\rY=2")
        );
    }

    #[test]
    fn lines_of_the_operator_are_told_from_generated_ones() {
        assert!(is_generated_alone(GENERATED) && is_generated_alone(""));
        let crlf = GENERATED.replace('\n', "\r\n");
        assert!(is_generated_alone(&format!(
            "\u{feff}{crlf}MOSAIC_AGENT_PROGRAM=x\r\n\r\n"
        )));
        for own in [
            "# mine\n",
            "X=1\n",
            "MOSAIC_AGENT_COMMAND=x\n",
            "\0",
            "word\n",
        ] {
            assert!(!is_generated_alone(&format!("{GENERATED}{own}")), "{own:?}");
        }
    }

    #[test]
    fn what_a_refreshed_key_replaces_is_told() {
        let found =
            "MOSAIC_AGENT_RUNTIME=pi\nMOSAIC_AGENT_MODEL=m\nX=secret\nMOSAIC_TMUX_SOCKET='s'\n";
        let told = replaced(found, &refreshed("runtime: codex", found));
        let expected = [
            "MOSAIC_AGENT_RUNTIME was pi, is codex",
            "MOSAIC_AGENT_MODEL was m, is empty",
        ];
        assert_eq!(told, expected);
        assert!(replaced("X=1\n", &refreshed("runtime: codex", "X=1\n")).is_empty());
    }

    #[test]
    fn a_runtime_of_the_roster_brings_its_command_and_takes_it_along() {
        let text = "version: 1\ntmux: { socket_name: s }\n\
                    runtimes: { bot: { command: 'bot --say \"a b\" $X' } }\n\
                    agents: [{ name: a, runtime: bot }]";
        let roster = roster::parse("r.yaml", text).unwrap();
        let line = "MOSAIC_AGENT_PROGRAM=bot --say \"a b\" $X\n";
        let of_bot = GENERATED.replace("=codex", "=bot") + line;
        for found in ["", GENERATED, MINE] {
            let written = agent_env(&roster, &roster.agents[0], found).unwrap();
            let mine = if found == MINE { MINE } else { "" };
            assert_eq!(written, format!("{of_bot}{mine}"), "{found:?}");
            let back = refreshed("runtime: codex", &written);
            assert_eq!(back, format!("{GENERATED}{mine}"), "{found:?}");
        }
        let only_that_is_left = format!("{GENERATED}{line}");
        assert_eq!(refreshed("runtime: codex", &only_that_is_left), GENERATED);
    }

    #[test]
    fn heartbeats_are_asked_for_where_the_roster_says_so() {
        let with = format!("{GENERATED}MOSAIC_AGENT_HEARTBEATS=1\n");
        let on = "runtime: codex, heartbeats: true";
        for (said, expected) in [(on, &*with), ("runtime: codex", GENERATED)] {
            for found in ["", GENERATED, &with] {
                assert_eq!(refreshed(said, found), expected, "{found:?}");
            }
        }
        let usual = "version: 1\ntmux: { socket_name: s }\ndefaults: { heartbeats: true }\n\
                     agents: [{ name: a, runtime: codex }, { name: b, heartbeats: false }]";
        let roster = roster::parse("r.yaml", usual).unwrap();
        let said = roster.agents.iter().map(|agent| agent.heartbeats);
        assert_eq!(said.collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn values_are_quoted_only_where_systemd_needs_it() {
        for (directory, written) in [
            ("/srv/a b", "/srv/a b"),
            ("$HOME/it's \"here\"", "$HOME/it's \"here\""),
            ("~/x#y", "~/x#y"),
            ("/a ", "\"/a \""),
            (r"/a\b$c", r#""/a\\b\$c""#),
        ] {
            let quoted = directory.replace('\'', "''");
            let text = refreshed(&format!("working_directory: '{quoted}'"), "");
            let line = format!("\nMOSAIC_AGENT_WORKDIR={written}\n");
            assert!(text.contains(&line), "{directory}: {text}");
            assert_eq!(
                EnvFile::parse(&text).unwrap().value(WORKDIR),
                Some(directory)
            );
        }
        assert!(refreshed("socket: ''", "").ends_with("\nMOSAIC_TMUX_SOCKET=\n"));
        assert!(
            refreshed("socket: t, model_hint: ' m'", "").contains("\nMOSAIC_AGENT_MODEL=\" m\"\n")
        );
    }

    #[test]
    fn the_holder_keeps_what_else_its_operator_set() {
        let conf = "# where\nMOSAIC_TMUX_CONF=/x\n";
        let found = format!("MOSAIC_TMUX_HOLDER=other\n{conf}MOSAIC_TMUX_SOCKET=''\n");
        let expected = format!("MOSAIC_TMUX_SOCKET=s\nMOSAIC_TMUX_HOLDER=_holder\n{conf}");
        assert_eq!(holder_env(&fleet(""), &found).as_ref(), Ok(&expected));
        let roster = roster::parse("r.yaml", "version: 1\nagents: []").unwrap();
        let expected = "MOSAIC_TMUX_SOCKET=\nMOSAIC_TMUX_HOLDER=_holder\n".to_owned();
        assert_eq!(holder_env(&roster, "").as_ref(), Ok(&expected));
    }

    #[test]
    fn what_could_cost_the_operator_a_line_is_refused() {
        let roster = fleet("");
        for (found, place) in [
            ("# x\\\nMOSAIC_AGENT_NAME=a\n", "2:1"),
            ("X=1\n\0", "2:1"),
            ("\u{feff}X=1\nMOSAIC_AGENT_NAME='a\nY=1\n", "2:1"),
            ("MOSAIC_AGENT_WORKDIR='/a\n/b'\nX=1\n", "1:1"),
        ] {
            let refusal = agent_env(&roster, &roster.agents[0], found).unwrap_err();
            let fault = refusal.in_file("a.env", found);
            assert!(
                fault.to_string().starts_with(&format!("a.env:{place}: ")),
                "{fault}"
            );
        }
    }
}
