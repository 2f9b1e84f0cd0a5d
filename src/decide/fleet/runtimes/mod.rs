//! What is known of each runtime, as data. Each figure and mark was seen with the version named beside it; how one that
//! was never seen behaves is unknown, and it is treated as carefully.

pub(crate) mod start;
pub(crate) mod state;

use std::path::{Path, PathBuf};

use crate::model::process::{Processes, Surrounding};
use crate::model::runtime::Runtime;

/// What is known of a runtime.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The version that all of this was seen with.
    pub version: &'static str,
    /// The npm package that it comes in.
    pub package: &'static str,
    /// The folder that it keeps its files in: the variable that names it, and where it is else, below `HOME`; none where one
    /// folder is not enough.
    pub folder: Option<(&'static str, &'static str)>,
    /// Names that the kernel has for its process.
    pub processes: &'static [&'static str],
    /// Words that it is always started with.
    pub always: &'static [&'static str],
    /// Words that let it work without asking for approvals; none where it never asks.
    pub unasked: &'static [&'static str],
    /// False if it does not start so as root.
    pub root_unasked: bool,
    /// Variables that it is always started with.
    pub cap: &'static [(&'static str, &'static str)],
    /// Variables that let it run for weeks, where the operator has not set them.
    pub environment: &'static [(&'static str, &'static str)],
    /// What its screen shows in each state.
    pub marks: Marks,
}

/// Texts on a screen that tell a runtime's state. They stand in the last lines, and any of them is enough.
#[derive(Debug)]
pub(crate) struct Marks {
    /// It asks for an approval.
    pub approval: &'static [&'static str],
    /// It asks something else before it goes on.
    pub wall: &'static [&'static str],
    /// It works.
    pub busy: &'static [&'static str],
    /// It waits for a message: its composer is there.
    pub idle: &'static [&'static str],
    /// It may have given up on its provider. A conversation may have these as well: the whole screen tells.
    pub failure: &'static [&'static str],
}

impl Marks {
    /// All of them.
    fn all(&self) -> Vec<&'static str> {
        [self.approval, self.wall, self.busy, self.idle, self.failure].concat()
    }
}

/// Claude Code 2.1.332.
const CLAUDE: Facts = Facts {
    version: "2.1.332",
    package: "@anthropic-ai/claude-code",
    folder: Some(("CLAUDE_CONFIG_DIR", ".claude")),
    processes: &["claude"],
    always: &[],
    unasked: &["--dangerously-skip-permissions"],
    root_unasked: false,
    cap: &[
        ("CLAUDE_CODE_DISABLE_1M_CONTEXT", "1"),
        ("CLAUDE_CODE_AUTO_COMPACT_WINDOW", "200000"),
    ],
    environment: &[
        ("CLAUDE_CODE_RETRY_WATCHDOG", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
    ],
    marks: Marks {
        approval: &[
            "Do you want to proceed?",
            "Do you want to make this edit",
            "Do you want to create",
        ],
        wall: &["Enter to confirm"],
        busy: &["esc to interrupt"],
        idle: &["? for shortcuts"],
        failure: &["API Error"],
    },
};

/// Codex 0.171.0. Without `--no-daemon` agents of one `HOME` share a process, and one another's environment.
const CODEX: Facts = Facts {
    version: "0.171.0",
    package: "@openai/codex",
    folder: Some(("CODEX_HOME", ".codex")),
    processes: &["codex"],
    always: &["--no-daemon", "-c", "check_for_update_on_startup=false"],
    unasked: &["--dangerously-bypass-approvals-and-sandbox"],
    root_unasked: true,
    cap: &[],
    environment: &[],
    marks: Marks {
        approval: &["Would you like to run"],
        wall: &[
            "Press enter to continue",
            "Trust this folder?",
            "Open restricted",
            "open in another app",
        ],
        busy: &["esc to interrupt"],
        // The second and the third stand before its folder, also below a draft.
        idle: &["Ask Codex to do anything", "· ~", "· /"],
        failure: &["■"],
    },
};

/// OpenCode 1.18.33.
const OPENCODE: Facts = Facts {
    version: "1.18.33",
    package: "opencode-ai",
    folder: None,
    processes: &["opencode"],
    always: &[],
    unasked: &["--auto"],
    root_unasked: true,
    cap: &[],
    environment: &[("OPENCODE_DISABLE_AUTOUPDATE", "1")],
    marks: Marks {
        approval: &["Permission required"],
        wall: &[],
        busy: &["esc interrupt"],
        idle: &["ctrl+p commands"],
        failure: &[],
    },
};

/// Pi 1.6.0: it never asks. `/clear` is a message there.
const PI: Facts = Facts {
    version: "1.6.0",
    package: "@earendil-works/pi-coding-agent",
    folder: Some(("PI_CODING_AGENT_DIR", ".pi/agent")),
    processes: &["pi"],
    always: &[],
    unasked: &[],
    root_unasked: true,
    cap: &[],
    environment: &[("PI_SKIP_VERSION_CHECK", "1"), ("PI_PROGRAM_STATUS", "1")],
    marks: Marks {
        approval: &[],
        wall: &[],
        busy: &["Working ─", "Retrying ("],
        // Between the share of the context that is used and its size.
        idle: &["%/"],
        failure: &["Error"],
    },
};

/// What is known of a runtime; nothing of one that a roster defines.
pub(crate) fn facts(runtime: &Runtime) -> Option<&'static Facts> {
    match runtime {
        Runtime::Claude => Some(&CLAUDE),
        Runtime::Codex => Some(&CODEX),
        Runtime::OpenCode => Some(&OPENCODE),
        Runtime::Pi => Some(&PI),
        Runtime::Defined(_) => None,
    }
}

/// Tells whether a variable names the folder of a runtime's files.
pub(crate) fn names_a_folder(variable: &str) -> bool {
    let mut known = Runtime::KNOWN.iter().filter_map(facts);
    known.any(|facts| facts.folder.is_some_and(|(name, _)| name == variable))
}

/// The folder in which a process of a runtime keeps its files; nothing where that is not told.
pub(crate) fn folder(runtime: &Runtime, surrounding: &Surrounding) -> Option<PathBuf> {
    let (variable, usual) = facts(runtime)?.folder?;
    let named = surrounding.runtime_folders.get(variable);
    let usual = || Some(Path::new(surrounding.user_home.as_ref()?).join(usual));
    named.map(PathBuf::from).or_else(usual)
}

/// What empties a runtime's context: `/clear` is a message to pi.
pub(crate) fn reset_word(runtime: &Runtime) -> Option<&'static str> {
    match runtime {
        Runtime::Claude => Some("/clear"),
        Runtime::Codex | Runtime::OpenCode | Runtime::Pi => Some("/new"),
        Runtime::Defined(_) => None,
    }
}

/// What a runtime shows of a message that waits for the end of its turn. Pi has it nowhere else until then; codex has none,
/// as an Enter cuts its answer.
pub(crate) fn queue_mark(runtime: &Runtime) -> Option<&'static str> {
    match runtime {
        Runtime::Claude => Some("edit queued"),
        Runtime::OpenCode => Some("QUEUED"),
        Runtime::Pi => Some("Steering: "),
        Runtime::Codex | Runtime::Defined(_) => None,
    }
}

/// What the screens of some panes are searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    /// Process numbers of what the panes run.
    pub panes: Vec<u32>,
    /// The marks.
    pub marks: Vec<&'static str>,
}

/// What the screens of a tmux server are searched for: each pane's for the marks of the runtime that it runs. A search is
/// what a look costs most, and other panes have nothing to tell. Nothing, where screens are not to be read.
pub(crate) fn sought(processes: &Processes, server: u32, reads_screens: bool) -> Vec<Sought> {
    let mut sought = Vec::new();
    let panes = processes.below(server).filter(|_| reads_screens);
    let runtimes: Vec<_> = panes
        .filter_map(|pane| {
            let mut tree = processes.tree(pane.pid).into_iter();
            Some((
                pane.pid,
                tree.find_map(|process| of_process(&process.name))?,
            ))
        })
        .collect();
    for runtime in Runtime::KNOWN {
        let panes = runtimes.iter().filter(|(_, is)| *is == runtime);
        let panes: Vec<_> = panes.map(|(pid, _)| *pid).collect();
        if let Some(facts) = facts(&runtime).filter(|_| !panes.is_empty()) {
            let marks = facts.marks.all();
            sought.push(Sought { panes, marks });
        }
    }
    sought
}

/// The runtime whose process has this name, of those that are known.
pub(crate) fn of_process(name: &str) -> Option<Runtime> {
    let mut known = Runtime::KNOWN.into_iter();
    known.find(|runtime| facts(runtime).is_some_and(|facts| facts.processes.contains(&name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::process::Process;

    #[test]
    fn a_screen_is_searched_for_what_its_own_runtime_shows() {
        let of = |(pid, parent, name): (u32, u32, &str)| {
            let name = name.to_owned();
            let process = Process {
                pid,
                parent,
                name,
                ..Process::default()
            };
            (pid, process)
        };
        let all = [
            (9, 1, "tmux: server"),
            (10, 9, "bash"),
            (11, 10, "codex"),
            (12, 9, "sleep"),
            (13, 1, "pi"),
        ];
        let processes = Processes {
            all: all.map(of).into(),
            ..Processes::default()
        };
        assert!(super::sought(&processes, 9, false).is_empty());
        let sought = sought(&processes, 9, true);
        assert_eq!(
            sought.len(),
            1,
            "of a sleep there is nothing to tell: {sought:?}"
        );
        assert_eq!(sought[0].panes, [10], "through its shell");
        assert!(sought[0].marks.contains(&"Ask Codex to do anything"));
        assert!(!sought[0].marks.contains(&"esc interrupt"));
    }

    #[test]
    fn a_runtime_keeps_its_files_where_it_was_told_to() {
        let mut here = Surrounding {
            user_home: Some("/h".to_owned()),
            ..Surrounding::default()
        };
        let of = |here: &Surrounding| folder(&Runtime::Codex, here);
        assert_eq!(of(&here), Some(PathBuf::from("/h/.codex")));
        let moved = [("CODEX_HOME".to_owned(), "/c".to_owned())];
        here.runtime_folders = moved.into();
        assert_eq!(of(&here), Some(PathBuf::from("/c")));
        assert_eq!(
            folder(&Runtime::Claude, &here),
            Some(PathBuf::from("/h/.claude"))
        );
        assert_eq!(folder(&Runtime::OpenCode, &here), None);
        assert!(names_a_folder("CODEX_HOME") && !names_a_folder("HOME"));
    }

    #[test]
    fn marks_have_no_character_that_tmux_would_read_as_more_than_itself() {
        let marks = [&CLAUDE, &CODEX, &OPENCODE, &PI].map(|facts| &facts.marks);
        let all = marks.map(Marks::all);
        for mark in all.concat() {
            assert!(
                !mark.contains([',', '}', '#', ':', '[', '*', '\\']),
                "{mark}"
            );
        }
    }
}
