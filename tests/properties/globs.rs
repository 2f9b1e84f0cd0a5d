//! Whose a path is, worked out the long way.

/// Whose a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Framework,
    Seeded,
    Preserved,
}

/// Whose a path is: the last matching rule of each list decides, `!` takes a path out again.
pub fn class_of(path: &str, seed: &[String], rules: &[String]) -> Class {
    let last = rules
        .iter()
        .rev()
        .find(|rule| covers(rule.strip_prefix('!').unwrap_or(rule), path));
    match last {
        Some(rule) if !rule.starts_with('!') => Class::Preserved,
        _ if seed.iter().any(|glob| covers(glob, path)) => Class::Seeded,
        _ => Class::Framework,
    }
}

/// A glob covers what it matches and all that is below it.
pub fn covers(glob: &str, path: &str) -> bool {
    let glob: Vec<_> = glob.trim_matches('/').split('/').collect();
    let path: Vec<_> = path.split('/').collect();
    (1..=path.len()).any(|length| matches_whole(&glob, &path[..length]))
}

fn matches_whole(glob: &[&str], path: &[&str]) -> bool {
    match (glob, path) {
        ([], []) => true,
        (["**"], path) => !path.is_empty(),
        (["**", rest @ ..], _) => {
            (0..=path.len()).any(|skipped| matches_whole(rest, &path[skipped..]))
        }
        ([part, glob @ ..], [name, path @ ..]) => {
            matches_part(part.as_bytes(), name.as_bytes()) && matches_whole(glob, path)
        }
        _ => false,
    }
}

/// Names are compared by bytes, as git does: two `?` stand for one `é`.
fn matches_part(part: &[u8], name: &[u8]) -> bool {
    match (part, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|eaten| matches_part(rest, &name[eaten..])),
        ([b'?', part @ ..], [_, name @ ..]) => matches_part(part, name),
        ([one, part @ ..], [other, name @ ..]) => one == other && matches_part(part, name),
        _ => false,
    }
}
