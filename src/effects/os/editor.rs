//! The one door to an editor: the program with which a person makes a merge.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door to the editor's process"
)]

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::Command;

use crate::effects::os::host;

/// The editor where nobody names another.
const DEFAULT: &str = "vi";

/// Opens a file in the editor that the user wants, `$MERGE_TOOL`, `$VISUAL` or `$EDITOR`, and waits until that has ended.
/// Tells whether it ended well; `None` where nobody named one and no terminal is there for the usual one.
pub(crate) fn edit(file: &Path) -> io::Result<Option<bool>> {
    let mut named = ["MERGE_TOOL", "VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(host::given);
    let usual = || io::stdin().is_terminal().then(|| DEFAULT.into());
    let named = named.find(|editor| !editor.is_empty());
    let Some(mut line) = named.or_else(usual) else {
        return Ok(None);
    };
    line.push(" \"$1\"");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(line).arg("sh").arg(file);
    Ok(Some(shell.status()?.success()))
}
