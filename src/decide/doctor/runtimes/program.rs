//! A runtime's program: npm installs, without a word, the newest version that fits the Node which runs npm, and what is
//! installed may not fit the Node which is to run it.

use semver::{Version, VersionReq};

use crate::decide::doctor::CheckResult;
use crate::decide::fleet::runtimes::facts;
use crate::model::runtime::Runtime;

/// What a session of the fleet finds of a runtime.
#[derive(Debug, Clone, Default)]
pub(crate) enum Found {
    /// Its program.
    There(Program),
    /// Nothing, and where it looks, in words.
    Missing(String),
    /// That cannot be told.
    #[default]
    Unknown,
}

/// A program that a session of the fleet finds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    /// The version that its package says.
    pub version: Option<Version>,
    /// The Node that its package asks for (`engines`), where Node runs it.
    pub engines: Option<String>,
    /// The Node that a session finds.
    pub node: Option<Version>,
}

/// Judges what is found of one.
pub(super) fn judge(runtime: &Runtime, found: &Found, checked: &mut CheckResult) {
    let Some(known) = facts(runtime) else {
        return;
    };
    let install = format!("npm install -g {}@{}", known.package, known.version);
    let program = match found {
        Found::There(program) => program,
        Found::Missing(path) => {
            checked.problem(format!("{runtime} is not installed: it is {path}"), install);
            return;
        }
        Found::Unknown => return,
    };
    let node = program.node.as_ref();
    if let (Some(engines), Some(node)) = (&program.engines, node)
        && fits(engines, node) == Some(false)
    {
        let message = format!(
            "{runtime} asks for Node {engines}, and its sessions find Node {node}: it ends at once"
        );
        checked.problem(message, "npm install -g node@24");
        return;
    }
    let seen: Version = known.version.parse().unwrap_or(Version::new(0, 0, 0));
    if let Some(version) = &program.version
        && *version < seen
    {
        let npms = node.map_or_else(String::new, |node| format!(", which is Node {node} here"));
        let message = format!(
            "{runtime} {version} is older than {seen}, which Mosaic was made with: npm takes the newest that fits its own Node{npms}"
        );
        checked.note(message, install);
    }
}

/// Tells whether a version of Node is one of those that `engines` names; nothing where that is written in another way
/// than comparisons, with `||` between alternatives.
fn fits(engines: &str, node: &Version) -> Option<bool> {
    let alternatives = engines.split("||").map(|all| {
        let joined = all.split_whitespace().collect::<Vec<_>>().join(" ");
        let joined = [">= ", "<= ", "> ", "< ", "^ ", "~ ", "= "]
            .iter()
            .fold(joined, |text, spaced| {
                text.replace(spaced, spaced.trim_end())
            });
        VersionReq::parse(&joined.replace(' ', ", ")).ok()
    });
    let alternatives: Option<Vec<_>> = alternatives.collect();
    Some(alternatives?.iter().any(|one| one.matches(node)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_read_as_npm_writes_them() {
        let node = Version::new(20, 20, 2);
        for (engines, fit) in [
            (">=22.19.0", Some(false)),
            (">= 18", Some(true)),
            (">=18.0.0 <21", Some(true)),
            (">=14 <15 || >=20.10.0", Some(true)),
            ("^22 || 18.x", Some(false)),
            ("*", Some(true)),
            ("lts/hydrogen", None),
        ] {
            assert_eq!(fits(engines, &node), fit, "{engines}");
        }
    }

    #[test]
    fn a_version_that_npm_took_for_an_old_node_is_told() {
        let told = |program: Program| {
            let mut checked = CheckResult::default();
            judge(&Runtime::Pi, &Found::There(program), &mut checked);
            let found = checked.findings.into_iter();
            let found = found.map(|finding| format!("{}\n{}", finding.message, finding.remedy));
            found.collect::<Vec<_>>()
        };
        let program = |version: &str, engines: &str, node: &str| Program {
            version: version.parse().ok(),
            engines: Some(engines.to_owned()),
            node: node.parse().ok(),
        };
        assert!(told(program("1.6.0", ">=22.19.0", "24.21.0")).is_empty());
        assert!(told(program("1.7.0", ">=22.19.0", "24.21.0")).is_empty());
        assert!(told(Program::default()).is_empty());
        let fresh = told(program("1.6.0", ">=22.19.0", "20.20.2"));
        assert!(fresh[0].contains("asks for Node >=22.19.0"), "{fresh:?}");
        assert!(fresh[0].ends_with("\nnpm install -g node@24"), "{fresh:?}");
        let old = told(program("0.74.2", ">=20", "20.20.2"));
        assert!(old[0].contains("pi 0.74.2 is older than 1.6.0"), "{old:?}");
        assert!(old[0].ends_with("\nnpm install -g @earendil-works/pi-coding-agent@1.6.0"));
    }
}
