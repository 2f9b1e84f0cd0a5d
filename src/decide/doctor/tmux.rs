//! tmux: whether it is there, which of its versions have what hazards, and whether its sockets can be reached.

use crate::decide::doctor::{CheckResult, Weight, quoted};
use crate::model::answer::Answer;

/// Facts of tmux.
#[derive(Debug, Clone)]
pub(crate) struct TmuxFacts {
    /// Answer of `tmux -V`.
    pub version: Answer,
    /// `TMUX_TMPDIR`, where it is set.
    pub variable: Option<String>,
    /// What the user manager gives its units as `TMUX_TMPDIR`, if that; `None` where it does not tell.
    pub managers: Option<Option<String>>,
    /// The directory of this user's sockets.
    pub sockets: String,
    /// True where this home declares a fleet, which cannot run without tmux.
    pub has_fleet: bool,
    /// The tmux that the fleet's server is, where it is another file than the one on the `PATH`.
    pub server: Option<ServersTmux>,
}

/// The tmux that a fleet's server is.
#[derive(Debug, Clone)]
pub(crate) struct ServersTmux {
    /// What it calls itself.
    pub version: String,
    /// Command that speaks to the server: its own program, and its socket.
    pub client: String,
    /// The folder of that program; `None` where it was replaced or removed since.
    pub folder: Option<String>,
    /// Command that starts the fleet anew.
    pub restart: String,
}

/// The first version with `-N` (never start a server) and `-D` (stay in the foreground).
const VERSION_MIN: (u32, u32) = (3, 2);
/// The versions that a dead pane can end.
const VERSION_DEAD_PANE: (u32, u32) = (3, 3);
/// The first version that speaks another language between client and server.
const VERSION_SPEECH: (u32, u32) = (3, 7);
/// The first version that a global option cannot end.
const VERSION_STURDY: (u32, u32) = (3, 7);
/// The kernel's bound for the path of a socket, without the final zero.
const SOCKET_MAX: usize = 107;
/// The longest name of a socket that is worth reckoning with.
const SOCKET_NAME: &str = "/mosaic-factory";

/// Judges it.
pub(crate) fn judge(facts: &TmuxFacts) -> CheckResult {
    let needed = if facts.has_fleet {
        Weight::Problem
    } else {
        Weight::Note
    };
    let mut checked = CheckResult::new(match facts.version.success() {
        Some(said) => said.to_owned(),
        None => "not there".to_owned(),
    });
    match &facts.version {
        Answer::Absent => {
            let message = "tmux is not on the PATH: a fleet cannot run without it";
            checked.find(needed, message, "sudo apt-get install tmux");
        }
        Answer::Said { .. } if facts.version.success().is_some() => {
            judge_version(facts, needed, &mut checked);
        }
        _ => checked.find(needed, "tmux is there and does not answer", "tmux -V"),
    }
    judge_sockets(facts, &mut checked);
    checked
}

fn judge_version(facts: &TmuxFacts, needed: Weight, checked: &mut CheckResult) {
    let said = facts.version.text();
    let Some(version) = parse_version(said) else {
        let message = format!("it calls itself {said:?}: whether it is new enough cannot be told");
        return checked.note(message, "tmux -V");
    };
    if version < VERSION_MIN {
        let message = format!("{said} is too old for a fleet: it needs 3.2 or later");
        checked.find(needed, message, "sudo apt-get install tmux");
    } else if version == VERSION_DEAD_PANE {
        let message = format!(
            "{said} ends, with all sessions, when text is pasted into a dead pane (remain-on-exit), or a session is made while window-size is manual globally; Mosaic guards against both, your own settings might not"
        );
        checked.note(message, search_settings("remain-on-exit|window-size"));
    } else if VERSION_DEAD_PANE < version && version < VERSION_STURDY {
        let message = format!(
            "{said} may end, with all sessions, when a session is made while window-size is manual globally; Mosaic guards against it, your own settings might not"
        );
        checked.note(message, search_settings("window-size"));
    }
    if let Some(server) = &facts.server {
        judge_server(said, version, server, checked);
    }
}

/// A client before 3.7 does nothing at a server since; the other way around it cannot attach.
fn judge_server(said: &str, version: (u32, u32), server: &ServersTmux, checked: &mut CheckResult) {
    let Some(servers) = parse_version(&server.version) else {
        return;
    };
    let fails = match (version < VERSION_SPEECH, servers < VERSION_SPEECH) {
        (true, false) => {
            "whatever you tell it fails with \"server exited unexpectedly\", which is not true"
        }
        (false, true) => "attach fails with \"open terminal failed: not a terminal\"",
        _ => return,
    };
    let (mend, remedy) = match &server.folder {
        Some(folder) => (
            "have this shell take the server's",
            format!("PATH={}:$PATH", quoted(folder)),
        ),
        None => (
            "the server's is no longer there; mending it ends every session of the fleet, and starts them again",
            server.restart.clone(),
        ),
    };
    let message = format!(
        "the fleet's server is {}, and the tmux on your PATH {said}: {fails}; meanwhile {} attach does it; {mend}",
        server.version, server.client
    );
    checked.note(message, remedy);
}

/// The command that finds options in the operator's settings.
fn search_settings(options: &str) -> String {
    format!("grep -nE '{options}' ~/.tmux.conf ~/.config/tmux/tmux.conf")
}

/// `tmux 3.3a`, `tmux next-3.5`, `tmux 3.4-rc2`; `None` for `tmux master` or `tmux openbsd-7.4`.
fn parse_version(said: &str) -> Option<(u32, u32)> {
    let number = said.strip_prefix("tmux ")?.trim_start_matches("next-");
    let (major, rest) = number.split_once('.')?;
    let digits = rest
        .find(|char: char| !char.is_ascii_digit())
        .unwrap_or(rest.len());
    Some((major.parse().ok()?, rest[..digits].parse().ok()?))
}

fn judge_sockets(facts: &TmuxFacts, checked: &mut CheckResult) {
    match (&facts.variable, &facts.managers) {
        (Some(variable), managers) if managers.as_ref() != Some(&facts.variable) => {
            let message = format!(
                "TMUX_TMPDIR is set to {variable}, and not so for units of systemd, which look for sockets elsewhere"
            );
            checked.note(message, "systemctl --user import-environment TMUX_TMPDIR");
        }
        (None, Some(Some(managers))) if managers != "/tmp" => {
            let message = format!(
                "units of systemd have TMUX_TMPDIR={managers}, and this shell has none: the tmux that you type looks for sockets elsewhere"
            );
            checked.note(message, "systemctl --user unset-environment TMUX_TMPDIR");
        }
        _ => {}
    }
    if facts.sockets.len() + SOCKET_NAME.len() > SOCKET_MAX {
        let message = format!("{} is too long for a socket", facts.sockets);
        checked.problem(message, "unset TMUX_TMPDIR");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Weight::{Note, Problem};

    fn said(text: &str) -> Answer {
        Answer::Said {
            status: Some(0),
            text: format!("{text}\n"),
            error: String::new(),
        }
    }

    fn good() -> TmuxFacts {
        TmuxFacts {
            version: said("tmux 3.7c"),
            variable: None,
            managers: None,
            sockets: "/tmp/tmux-7".to_owned(),
            has_fleet: false,
            server: None,
        }
    }

    fn found(facts: &TmuxFacts) -> Option<(Weight, String)> {
        let mut findings = judge(facts).findings;
        assert!(
            findings.len() <= 1 && findings.iter().all(|finding| !finding.remedy.is_empty()),
            "{findings:?}"
        );
        findings
            .pop()
            .map(|finding| (finding.weight, finding.message))
    }

    #[test]
    fn versions_are_judged_by_their_numbers() {
        let cases = [
            ("tmux 3.7c", None),
            ("tmux 3.10", None),
            ("tmux next-3.8", None),
            ("tmux 3.4", Some((Note, "window-size"))),
            ("tmux 3.5a", Some((Note, "window-size"))),
            ("tmux next-3.6", Some((Note, "window-size"))),
            ("tmux 3.2", None),
            ("tmux 3.3", Some((Note, "dead pane"))),
            ("tmux 3.3a", Some((Note, "dead pane"))),
            ("tmux 3.1c", Some((Note, "too old"))),
            ("tmux 2.9", Some((Note, "too old"))),
            ("tmux master", Some((Note, "cannot be told"))),
            ("tmux openbsd-7.4", Some((Note, "cannot be told"))),
            ("", Some((Note, "cannot be told"))),
        ];
        for (version, expected) in cases {
            let found = found(&TmuxFacts {
                version: said(version),
                ..good()
            });
            assert_eq!(found.is_some(), expected.is_some(), "{version}: {found:?}");
            if let (Some((weight, message)), Some((as_expected, part))) = (found, expected) {
                assert!(
                    weight == as_expected && message.contains(part),
                    "{version}: {message}"
                );
            }
        }
    }

    #[test]
    fn a_server_that_does_not_understand_is_told_with_the_way_out() {
        let cases = [
            ("tmux 3.3a", "tmux 3.8", Some("exited unexpectedly")),
            ("tmux 3.8", "tmux 3.3a", Some("not a terminal")),
            ("tmux 3.2", "tmux 3.3a", None),
            ("tmux 3.8", "tmux 3.7c", None),
            ("tmux 3.8", "tmux master", None),
        ];
        for (client, server, expected) in cases {
            for (folder, remedy) in [(Some("/my tmux"), "PATH='/my tmux':$PATH"), (None, "anew")] {
                let facts = TmuxFacts {
                    version: said(client),
                    server: Some(ServersTmux {
                        version: server.to_owned(),
                        client: "/proc/77/exe -S /s".to_owned(),
                        folder: folder.map(str::to_owned),
                        restart: "anew".to_owned(),
                    }),
                    ..good()
                };
                let findings = judge(&facts).findings.into_iter();
                let told: Vec<_> = findings
                    .filter(|finding| finding.message.contains("/proc/77/exe -S /s attach"))
                    .map(|finding| (finding.message, finding.remedy))
                    .collect();
                assert_eq!(
                    told.len(),
                    usize::from(expected.is_some()),
                    "{client} {server}"
                );
                if let (Some((message, typed)), Some(words)) = (told.first(), expected) {
                    assert!(message.contains(words), "{message}");
                    assert_eq!(typed, remedy);
                }
            }
        }
    }

    #[test]
    fn a_fleet_cannot_do_without_it() {
        for version in [
            Answer::Absent,
            Answer::Late { seconds: 5 },
            Answer::Broken(String::new()),
            said("tmux 1.8"),
        ] {
            let alone = found(&TmuxFacts {
                version: version.clone(),
                ..good()
            });
            let fleet = found(&TmuxFacts {
                version,
                has_fleet: true,
                ..good()
            });
            assert_eq!((alone.unwrap().0, fleet.unwrap().0), (Note, Problem));
        }
    }

    #[test]
    fn sockets_that_tmux_would_refuse_are_named() {
        let cases = [
            (
                TmuxFacts {
                    sockets: format!("/{}", "x".repeat(100)),
                    ..good()
                },
                Problem,
                "too long",
            ),
            (
                TmuxFacts {
                    variable: Some("/x".to_owned()),
                    ..good()
                },
                Note,
                "TMUX_TMPDIR",
            ),
        ];
        for (facts, weight, part) in cases {
            let (of, message) = found(&facts).expect("a finding");
            assert!(of == weight && message.contains(part), "{message}");
        }
    }
}
