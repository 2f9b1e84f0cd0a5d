//! Reads a path that a person types, who may stand inside the home.

use std::path::{Component, Path, PathBuf};

/// The path from the home that is meant by one that was typed at `here`, a place below the home; empty for the home
/// itself, and `None` where it leads out of it. What is printed of a home has its paths from there: such a one is meant,
/// too, where only that `is_there`.
pub(crate) fn from_home(
    typed: &Path,
    here: &Path,
    is_there: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let [from_here, from_top] = [here.join(typed), typed.to_owned()].map(|path| plain(&path));
    let is_told = |path: &&PathBuf| is_there(path);
    let told = from_top.as_ref().filter(is_told);
    match (&from_here, told) {
        (Some(path), Some(_)) if is_there(path) => from_here,
        (_, Some(_)) => from_top,
        _ => from_here,
    }
}

/// The path without `.` and `..`; `None` where it leads above its beginning.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::Normal(name) => plain.push(name),
            _ => return None,
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str, here: &str) -> Option<String> {
        let there = ["guides", "guides/qa.md", "guides/deep/qa.md", "SOUL.md"];
        let is_there = |path: &Path| there.iter().any(|known| Path::new(known) == path);
        let path = from_home(Path::new(typed), Path::new(here), is_there)?;
        path.to_str().map(str::to_owned)
    }

    #[test]
    fn a_path_is_read_from_where_one_stands() {
        for (typed, here, meant) in [
            ("guides/qa.md", "", Some("guides/qa.md")),
            ("./guides//qa.md", "", Some("guides/qa.md")),
            ("qa.md", "guides", Some("guides/qa.md")),
            ("../SOUL.md", "guides", Some("SOUL.md")),
            (".", "guides", Some("guides")),
            ("..", "guides", Some("")),
            ("new.md", "guides", Some("guides/new.md")),
            ("../..", "guides", None),
            ("../x", "", None),
        ] {
            assert_eq!(read(typed, here).as_deref(), meant, "{typed} at {here:?}");
        }
    }

    #[test]
    fn a_path_as_it_was_printed_is_meant_where_only_that_is_there() {
        assert_eq!(
            read("guides/qa.md", "guides/deep").as_deref(),
            Some("guides/qa.md")
        );
        assert_eq!(
            read("qa.md", "guides/deep").as_deref(),
            Some("guides/deep/qa.md")
        );
        assert_eq!(read("SOUL.md", "guides").as_deref(), Some("SOUL.md"));
    }
}
