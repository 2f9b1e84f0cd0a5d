//! What a fleet needs before its units can do anything: a roster that can be read, and programs for the user manager.

use crate::decide::doctor::{CheckResult, quoted};

/// What is needed and is not there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    /// The flags that commands need to be about this home, with a blank before them; or empty.
    pub at: String,
    /// The rosters that cannot be read: the path of each, and what is wrong with it, and where.
    pub broken_rosters: Vec<(String, String)>,
    /// A program that units need and the user manager does not find, and its `PATH`.
    pub missing_program: Option<(&'static str, String)>,
}

/// Judges it.
pub(super) fn judge(needs: &Needs, checked: &mut CheckResult) {
    for (path, fault) in &needs.broken_rosters {
        let message = format!("the roster cannot be read: {fault}");
        checked.problem(message, format!("${{EDITOR:-vi}} {}", quoted(path)));
    }
    if let Some((program, path)) = &needs.missing_program {
        let message = format!(
            "the user manager finds no {program} on its PATH ({path}): no unit of the fleet can start; where this shell finds it, give the manager its PATH"
        );
        checked.problem(message, "systemctl --user import-environment PATH");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_to_type() {
        let mut checked = CheckResult::default();
        judge(&Needs::default(), &mut checked);
        assert_eq!(checked.findings, []);
        let needs = Needs {
            at: String::new(),
            broken_rosters: vec![("/h/my r.yaml".to_owned(), "r.yaml:3:1: wrong".to_owned())],
            missing_program: Some(("tmux", "/few".to_owned())),
        };
        judge(&needs, &mut checked);
        let found: Vec<_> = checked
            .findings
            .iter()
            .map(|finding| (finding.message.as_str(), finding.remedy.as_str()))
            .collect();
        assert!(found[0].0.ends_with("r.yaml:3:1: wrong"), "{found:?}");
        assert_eq!(found[0].1, "${EDITOR:-vi} '/h/my r.yaml'");
        assert!(found[1].0.contains("finds no tmux on its PATH (/few)"));
        assert_eq!(found[1].1, "systemctl --user import-environment PATH");
    }
}
