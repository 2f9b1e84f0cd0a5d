//! Env files that systemd drops for one wrong byte.

use crate::decide::doctor::quoted;
use crate::decide::fleet::install::env_path;
use crate::effects::home::Home;
use crate::effects::os::disk::bounded::{TEXT_MAX, read_at_most};
use crate::model::fleet_paths::HOLDER_ENV;

/// An env file of which systemd reads nothing, for one wrong byte: the agent would start without its socket and its runtime. It
/// does not mind a comment.
pub(super) fn unreadable_env(home: &Home, agent: &str) -> Option<String> {
    let own = env_path(agent)?;
    [own.as_str(), HOLDER_ENV].into_iter().find_map(|path| {
        let text = read_at_most(&home.root.full(path), TEXT_MAX).ok()?;
        let is_comment = |line: &[u8]| line.trim_ascii_start().starts_with(b"#") || line.trim_ascii_start().starts_with(b";");
        let mut lines = text.split(|byte| *byte == b'\n');
        let wrong = lines.position(|line| !is_comment(line) && str::from_utf8(line).is_err())?;
        let path = home.root.full(path).display().to_string();
        Some(format!(
            "line {} of {path} is not UTF-8, and systemd would read nothing of that file; to mend the line: ${{EDITOR:-vi}} {}",
            wrong + 1,
            quoted(&path)
        ))
    })
}
