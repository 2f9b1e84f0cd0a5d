//! The list of files that a release holds, and what holds of each.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::framework::{files_below, framework};

/// Every path of a release; `x` marks the executable ones.
const SHIPPED: &str = "
    AGENTS.md
    CHANGELOG.md
    SOUL.md
    STANDARDS.md
    TOOLS.md
    USER.md
    bundle.toml
    defaults/README.md
    defaults/agent.env.example
    defaults/holder-limits.conf.example
    defaults/holder.env.example
    defaults/mosaicpreserve.example
    defaults/tmux.conf.example
    fleet/README.md
    fleet/examples/delivery-team.yaml
    fleet/examples/local-canary.yaml
    fleet/examples/minimal.yaml
    fleet/examples/mixed-runtimes.yaml
    fleet/examples/pair.yaml
    fleet/examples/two-hosts.yaml
    fleet/roles/canary.md
    fleet/roles/enhancer.md
    fleet/roles/implementer.md
    fleet/roles/orchestrator.md
    fleet/roles/researcher.md
    fleet/roles/reviewer.md
    fleet/roster.schema.json
    guides/delivery.md
    guides/fleet-canary.md
    guides/fleet-rollback.md
    guides/heartbeat.md
    guides/orchestrator.md
    guides/qa.md
    guides/release-preflight.md
    guides/tmux-tools.md
    systemd/user/README.md
    systemd/user/mosaic-agent@.service
    systemd/user/mosaic-tmux-holder.service
    systemd/user/test-fleet-units.sh x
    tools/fleet/beat.sh x
    tools/fleet/hooks/claude-status.json
    tools/fleet/hooks/claude.json
    tools/fleet/hooks/codex.sh x
    tools/fleet/hooks/opencode.js
    tools/fleet/hooks/pi.js
    tools/fleet/start-agent-session.sh x
    tools/fleet/stub-runtime.sh x
    tools/fleet/tmux-holder.sh x
    tools/tmux/agent-send.sh x
    tools/tmux/send-message.sh x
";

#[test]
fn a_release_holds_exactly_these_files() {
    let mut found = BTreeSet::new();
    for path in files_below(&framework()) {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        let x = if mode & 0o111 == 0o111 { " x" } else { "" };
        let relative = path.strip_prefix(framework()).unwrap();
        found.insert(format!("{}{x}", relative.display()));
    }
    let want: BTreeSet<String> = SHIPPED
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(String::from)
        .collect();
    let missing: Vec<_> = want.difference(&found).collect();
    let extra: Vec<_> = found.difference(&want).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:?}, not listed {extra:?}"
    );
}

#[test]
fn the_retired_name_is_nowhere() {
    let retired = ["fac", "tory"].concat();
    for path in files_below(&framework()) {
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        assert!(!text.contains(&retired), "{}", path.display());
        assert!(!path.to_string_lossy()[framework().as_os_str().len()..].contains(&retired));
    }
}

#[test]
fn scripts_explain_themselves() {
    for script in SHIPPED
        .lines()
        .filter_map(|line| line.trim().strip_suffix(" x"))
    {
        let said = Command::new(framework().join(script))
            .arg("--help")
            .output()
            .unwrap();
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(said.status.success(), "{script}");
        for part in ["Usage:", "Exit status:", "Example:"] {
            assert!(text.contains(part), "{script} --help lacks {part}");
        }
    }
}
