//! What runtimes write down of what they were told: the evidence of a delivery that is not on the screen.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::decide::fleet::runtimes::folder;
use crate::decide::fleet::runtimes::state::codex_thread;
use crate::effects::os::disk::outside;
use crate::effects::os::processes;
use crate::model::process::Process;
use crate::model::runtime::Runtime;

/// Levels of folders below which a runtime keeps its files: codex has one for each year, month and day.
const DEPTH: usize = 4;
/// Most that is read of what was appended, in bytes: the longest message, with every character escaped, and what else
/// came meanwhile.
const APPENDED_MAX: u64 = 16 << 20;

/// The files in which a runtime writes what it was told, and how long each was.
#[derive(Debug)]
pub(crate) struct Transcripts {
    folder: PathBuf,
    lengths: BTreeMap<PathBuf, u64>,
}

/// Most that is read of the first line of a codex's transcript, in bytes: it has the instructions of the model in it, 42 KB.
const FIRST_LINE_MAX: u64 = 1 << 20;

impl Transcripts {
    /// The transcripts of a process of a runtime, as long as they are now; none of a runtime that keeps no such files.
    pub(crate) fn of(runtime: &Runtime, process: &Process) -> Option<Self> {
        let below = match runtime {
            Runtime::Claude => "projects",
            Runtime::Codex | Runtime::Pi => "sessions",
            Runtime::OpenCode | Runtime::Defined(_) => return None,
        };
        let folder = folder(runtime, &process.environment)?.join(below);
        let lengths = files_below(&folder, DEPTH);
        let lengths = lengths.into_iter().filter_map(|path| {
            let length = outside::stat(&path).ok()?.len();
            Some((path, length))
        });
        Some(Self {
            lengths: lengths.collect(),
            folder,
        })
    }

    /// The lines that were written since.
    pub(crate) fn appended(&self) -> Vec<String> {
        let files = files_below(&self.folder, DEPTH);
        let texts = files.iter().filter_map(|path| {
            let from = self.lengths.get(path).copied().unwrap_or(0);
            text_from(path, from, APPENDED_MAX).ok()
        });
        texts
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }
}

/// The conversation that a codex has on its screen: of those that are open, as the ones before a `/new` are, the one that was
/// written last. Those of its helpers are none.
pub(crate) fn codex_conversation(process: &Process) -> Option<String> {
    let files = processes::open_files(process.pid).into_iter();
    let transcripts = files.filter(|path| has_ending(path));
    let conversations = transcripts.filter_map(|path| {
        let id = codex_thread(&text_from(&path, 0, FIRST_LINE_MAX).ok()?)?;
        let written = outside::stat(&path).ok()?.modified().ok()?;
        Some((written, id))
    });
    conversations.max().map(|(_, id)| id)
}

fn files_below(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let names = outside::names(folder).into_iter();
    let paths = names.map(|name| folder.join(name));
    paths
        .flat_map(|path| {
            if has_ending(&path) {
                vec![path]
            } else if depth > 0 && outside::is_directory(&path) {
                files_below(&path, depth - 1)
            } else {
                Vec::new()
            }
        })
        .collect()
}

fn has_ending(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "jsonl")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a foreign file is read from where it was before"
)]
fn text_from(path: &Path, from: u64, limit: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
