//! The list of those whom a tmux server lets in beside its owner.

use std::path::Path;

use crate::effects::os::tmux::PATIENCE;
use crate::effects::os::tmux::client::tell;

/// The users on the list of the server at a path, and whether each may type; nobody where it has no list, as before 3.3.
pub(crate) fn admitted(path: &Path) -> Vec<(String, bool)> {
    let answer = tell(path, &["server-access", "-l"], PATIENCE);
    let lines = answer.success().unwrap_or_default().lines();
    lines.filter_map(line).collect()
}

/// `mary (W)`, or `mary (R)` of one who may look only. The owner, and root, are no news.
fn line(line: &str) -> Option<(String, bool)> {
    let (user, rights) = line.trim().rsplit_once(" (")?;
    Some((user.to_owned(), rights.starts_with('W')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_user_and_what_he_may() {
        assert_eq!(line("mary (W)"), Some(("mary".to_owned(), true)));
        assert_eq!(line("a b (R)"), Some(("a b".to_owned(), false)));
        assert_eq!(line(""), None);
    }
}
