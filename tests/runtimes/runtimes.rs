//! What each runtime must find in a HOME so that it comes to its composer, offline, with the service as its provider.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::FOLDER;

/// All of them, by the roster's names.
pub const ALL: [&str; 4] = ["claude", "codex", "opencode", "pi"];

/// Programs of the runtimes, and the Node that they run on.
fn programs() -> PathBuf {
    let folder: PathBuf = std::env::var_os(FOLDER).expect("a folder").into();
    folder.join("node_modules/.bin")
}

/// What the environment of each agent must say.
pub fn environment(runtime: &str, port: u16) -> String {
    let programs = programs();
    let path = format!(
        "PATH={}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin\n",
        programs.display()
    );
    let own = match runtime {
        "claude" => format!(
            "ANTHROPIC_BASE_URL=http://127.0.0.1:{port}\nANTHROPIC_AUTH_TOKEN=dummy\nDISABLE_AUTOUPDATER=1\n"
        ),
        "codex" => "DUMMY_KEY=dummy\n".to_owned(),
        "opencode" => "OPENCODE_DISABLE_AUTOUPDATE=1\n".to_owned(),
        "pi" => "PI_OFFLINE=1\nPI_PROGRAM_STATUS=1\nPI_SKIP_VERSION_CHECK=1\n".to_owned(),
        other => panic!("no runtime: {other}"),
    };
    path + &own
}

/// Sets up a HOME for a runtime whose agents work in these folders. Approvals are on.
pub fn set_up(runtime: &str, home: &Path, port: u16, folders: &BTreeSet<PathBuf>) {
    let write = |path: &str, text: &str| {
        let path = home.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    let write_json = |path: &str, value: &Value| write(path, &value.to_string());
    match runtime {
        "claude" => {
            let trusted = json!({"hasTrustDialogAccepted": true});
            let trusted = folders.iter().map(|folder| (text(folder), trusted.clone()));
            let projects = Value::Object(trusted.collect());
            // Without the last one it asks whether auto mode is to be the default, and an Enter says yes.
            write_json(
                ".claude.json",
                &json!({
                    "hasCompletedOnboarding": true, "projects": projects, "hasSeenAutoDefaultNudge": true,
                }),
            );
            write_json(
                ".claude/settings.json",
                &json!({"permissions": {"defaultMode": "default"}}),
            );
        }
        "codex" => {
            let trusted = folders.iter().map(|folder| {
                format!(
                    "[projects.\"{}\"]\ntrust_level = \"trusted\"\n",
                    text(folder)
                )
            });
            let trusted: String = trusted.collect();
            write(
                ".codex/config.toml",
                &format!(
                    "model = \"mock\"\nmodel_provider = \"mock\"\napproval_policy = \"on-request\"\n\
                     sandbox_mode = \"read-only\"\ncheck_for_update_on_startup = false\n\
                     [model_providers.mock]\nname = \"mock\"\nbase_url = \"http://127.0.0.1:{port}/v1\"\n\
                     env_key = \"DUMMY_KEY\"\nwire_api = \"responses\"\n{trusted}"
                ),
            );
        }
        "opencode" => write_json(
            ".config/opencode/opencode.json",
            &json!({
                "model": "mock/mock", "small_model": "mock/mock", "autoupdate": false,
                "permission": {"bash": "ask"},
                "provider": {"mock": {
                    "npm": "@ai-sdk/openai-compatible", "name": "mock",
                    "options": {"baseURL": format!("http://127.0.0.1:{port}/v1"), "apiKey": "dummy"},
                    "models": {"mock": {"name": "mock"}},
                }},
            }),
        ),
        "pi" => {
            write_json(
                ".pi/agent/models.json",
                &json!({"providers": {"mock": {
                    "baseUrl": format!("http://127.0.0.1:{port}/v1"), "api": "openai-completions",
                    "apiKey": "dummy", "models": [{"id": "mock"}],
                }}}),
            );
            write_json(
                ".pi/agent/settings.json",
                &json!({"defaultProvider": "mock", "defaultModel": "mock"}),
            );
        }
        other => panic!("no runtime: {other}"),
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}
