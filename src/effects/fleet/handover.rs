//! Hands a command over to the user manager, where it goes on when the session that it was typed in ends.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::effects::os::disk::above::make_directories;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_text_at_most};
use crate::effects::os::disk::{Root, outside};
use crate::effects::os::host;
use crate::effects::os::process;
use crate::effects::os::systemd::runtime_directory;
use crate::model::answer::Answer;
use crate::model::ignore::Ignore;

/// Variables of the terminal and of the agent that a command was typed in, which are not its own.
const OF_THE_PANE: [&str; 6] = [
    "TMUX",
    "TMUX_PANE",
    "TERM",
    "MOSAIC_AGENT_NAME",
    "MOSAIC_AGENT_HOME",
    "MOSAIC_TMUX_SOCKET",
];
/// Time that the command may take; it goes on when it takes longer.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Seconds for which a report is kept: a day.
const KEPT: i64 = 24 * 60 * 60;

/// Reason why nothing was handed over, and nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum HandoverError {
    /// There is no place for the report.
    #[error("there is no directory for the report: XDG_RUNTIME_DIR leads nowhere")]
    NoPlace,
    /// The manager did not take it.
    #[error("systemd-run: {0}")]
    Refused(String),
}

/// The report of a command that the manager carries out.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// The file of what it says.
    pub path: PathBuf,
    /// The file of its errors and warnings.
    pub errors: PathBuf,
}

impl Report {
    /// The report that this process's command will have.
    pub(crate) fn new() -> Result<Self, HandoverError> {
        let folder = runtime_directory().ok_or(HandoverError::NoPlace)?;
        let folder = folder.join("mosaic");
        make_directories(&folder).map_err(|_| HandoverError::NoPlace)?;
        sweep(&folder);
        let path = folder.join(format!("report-{}", host::pid()));
        Ok(Self {
            errors: path.with_extension("errors"),
            path,
        })
    }

    /// What it says, and its errors and warnings.
    pub(crate) fn texts(&self) -> [String; 2] {
        let text = |path| read_text_at_most(path, TEXT_MAX).unwrap_or_default();
        [text(&self.path), text(&self.errors)]
    }
}

/// Removes reports that had their time to be read.
fn sweep(folder: &Path) {
    let Ok(root) = Root::open_plain(folder) else {
        return;
    };
    let names = outside::names(folder).into_iter();
    let names = names.filter_map(|name| name.into_string().ok());
    for report in names.filter(|name| name.starts_with("report-")) {
        let changed = outside::stat_link(&folder.join(&report)).map(|stat| stat.mtime());
        if changed.is_ok_and(|changed| changed + KEPT < host::now().as_second()) {
            root.remove_file(&report)
                .ignore("it is swept the next time");
        }
    }
}

/// Lets the manager run this very command, and waits until it has ended. Its exit status.
pub(crate) fn run(report: &Report) -> Result<i32, HandoverError> {
    let refused = |why: &dyn ToString| HandoverError::Refused(why.to_string());
    let program = host::own_program().map_err(|error| refused(&error))?;
    let folder = host::working_directory().map_err(|error| refused(&error))?;
    let mut words: Vec<String> = ["--user", "--quiet", "--collect", "--wait"]
        .map(str::to_owned)
        .into();
    words.extend([
        "--service-type=exec".to_owned(),
        format!("--unit=mosaic-command-{}", host::pid()),
        format!("--working-directory={}", folder.display()),
        format!(
            "--property=StandardOutput=truncate:{}",
            report.path.display()
        ),
        format!(
            "--property=StandardError=truncate:{}",
            report.errors.display()
        ),
    ]);
    let variables = host::variables().into_iter();
    let variables = variables.filter(|(name, _)| !OF_THE_PANE.contains(&name.as_str()));
    words.extend(variables.map(|(name, value)| format!("--setenv={name}={value}")));
    words.extend(["--".to_owned(), program.display().to_string()]);
    words.extend(
        host::arguments()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned()),
    );
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match process::ask("systemd-run", &words, PATIENCE) {
        Answer::Said {
            status: Some(status),
            error,
            ..
        } if error.trim().is_empty() => Ok(status),
        Answer::Said { error, .. } => Err(refused(&error.trim())),
        Answer::Late { .. } => Err(refused(&"the command goes on")),
        Answer::Absent => Err(refused(&"it is not on the PATH")),
        Answer::Broken(why) => Err(refused(&why)),
    }
}
