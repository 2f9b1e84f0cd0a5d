//! Which conversation an agent goes on with at its next start: what its file in the run folder says.

use std::path::Path;
use std::time::Duration;

use crate::decide::fleet::runtimes::state::claude_conversation;
use crate::effects::fleet::signs;
use crate::effects::os::disk::{DiskError, Root, Target};
use crate::effects::os::host;
use crate::model::fleet_paths::RUN;
use crate::model::mode::Mode;
use crate::model::process::Process;
use crate::model::runtime::Runtime;

/// What stands for a conversation that has no id yet.
const NONE_YET: &str = "-";
/// Time within which claude has written down its new conversation: a second was seen.
const WRITES_WITHIN: u32 = 50;
/// Time between two looks at that.
const LOOK_EACH: Duration = Duration::from_millis(100);

/// The conversation that claude has now; `None` for another runtime.
pub(crate) fn of_claude(process: &Process) -> Option<String> {
    claude_conversation(&signs::session_file(process)?)
}

/// Writes down that an agent has begun another conversation than `before`: the former one would come back with its next
/// start. Pi does so itself.
pub(crate) fn renewed(
    runtime: &Runtime,
    process: &Process,
    before: Option<&str>,
    wait: &dyn Fn(Duration) -> bool,
) -> Result<(), DiskError> {
    let (Some(agent), Some(home)) = (&process.environment.agent, &process.environment.home) else {
        return Ok(());
    };
    let now = match runtime {
        Runtime::Claude => {
            let looks =
                (0..WRITES_WITHIN).map_while(|_| (!wait(LOOK_EACH)).then(|| of_claude(process)));
            looks.flatten().find(|now| Some(now.as_str()) != before)
        }
        Runtime::Codex | Runtime::OpenCode => Some(NONE_YET.to_owned()),
        Runtime::Pi | Runtime::Defined(_) => None,
    };
    let Some(now) = now else { return Ok(()) };
    let run = Root::open(&Path::new(home).join(RUN))?;
    replace(
        &run,
        &format!("{agent}.session"),
        &format!("{runtime} {now}\n"),
    )
}

/// Writes a small file of an agent in the run folder, in the place of the one before.
pub(crate) fn replace(run: &Root, file: &str, text: &str) -> Result<(), DiskError> {
    let part = format!(".{file}.{}", host::pid());
    run.remove_here(&part)?; // of a process that had this number, and was killed
    let mode = Mode::of_new_file(false, host::umask());
    run.create(&part, text.as_bytes(), mode, None)?;
    run.rename(&part, (run, file), Target::Replaced)
}
