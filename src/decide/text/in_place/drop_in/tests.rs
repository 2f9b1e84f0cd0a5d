//! Drop-ins in which one variable is renamed.

use super::super::mentions;
use super::*;

fn edited(text: &str) -> Result<Option<String>, String> {
    let told = |refusal: EditRefusal| {
        refusal
            .in_file("", text)
            .to_string()
            .trim_start_matches(':')
            .to_owned()
    };
    renamed(text, "MOSAIC_TMUX_SOCKET", "mosaic-factory", "mosaic-fleet").map_err(told)
}

/// Bodies of a service section: `OLD` stands for `MOSAIC_TMUX_SOCKET=mosaic-factory`, `NEW` for what becomes of it.
/// `systemctl show -p Environment` of systemd 252 has `OLD` in the first of each pair and `NEW` in the second.
const EDITED: &[(&str, &str)] = &[
    ("Environment=OLD\n", "Environment=NEW\n"),
    ("Environment=OLD", "Environment=NEW"),
    ("Environment=\"OLD\"\n", "Environment=\"NEW\"\n"),
    ("Environment='OLD'\r\n", "Environment='NEW'\r\n"),
    (
        " Environment = A=1 OLD B=2 \n",
        " Environment = A=1 NEW B=2 \n",
    ),
    (
        "Environment=\"A=ü OLD\" 'OLD' OLD\n",
        "Environment=\"A=ü OLD\" 'NEW' NEW\n",
    ),
    (
        "Environment=A=1 \\\n  OLD \\\n  B=2\n",
        "Environment=A=1 \\\n  NEW \\\n  B=2\n",
    ),
    (
        "Environment=A=1\\\r\nOLD\r\n",
        "Environment=A=1\\\r\nNEW\r\n",
    ),
    (
        "Environment=A=1 \\\n# OLD \\\n; OLD\nOLD\n",
        "Environment=A=1 \\\n# OLD \\\n; OLD\nNEW\n",
    ),
    (
        "#Environment=OLD\n;OLD\nEnvironment=OLD\n",
        "#Environment=OLD\n;OLD\nEnvironment=NEW\n",
    ),
    (
        "Environment=MOSAIC_TMUX_SOCKET=\"mosaic-factory\"\n",
        "Environment=MOSAIC_TMUX_SOCKET=\"mosaic-fleet\"\n",
    ),
    (
        "Environment=MOSAIC_TMUX_SOCKET=\"mosaic\"'-factory'\n",
        "Environment=NEW\n",
    ),
    (
        "Environment=A=\\x20 B=\\\\ OLD\n",
        "Environment=A=\\x20 B=\\\\ NEW\n",
    ),
    (
        "Environment=\nEnvironment=OLD\nExecStop=tmux -L mosaic-factory\n",
        "Environment=\nEnvironment=NEW\nExecStop=tmux -L mosaic-factory\n",
    ),
    (
        "[X-Notes]\nEnvironment=OLD\n[Service]\nEnvironment=OLD\n",
        "[X-Notes]\nEnvironment=OLD\n[Service]\nEnvironment=NEW\n",
    ),
    (
        "ExecStart=x \\\nEnvironment=OLD\nEnvironment=OLD\n",
        "ExecStart=x \\\nEnvironment=OLD\nEnvironment=NEW\n",
    ),
    ("Environment=OLD A='1 OLD\n", "Environment=NEW A='1 OLD\n"),
    (
        "Environment=A=1\\\\\nEnvironment=OLD\n",
        "Environment=A=1\\\\\nEnvironment=NEW\n",
    ),
];

/// Texts without that variable with that value; `systemctl show` says the same.
const KEPT: &[&str] = &[
    "",
    "# Environment=OLD\n",
    "Environment=X_OLD OLD-2 OLD.service\n",
    "Environment=\"A=1 OLD\"\n",
    "Environment=MOSAIC_TMUX_SOCKET=x A=mosaic-factory\n",
    "Environment=\"OLD A='1'\n",
    "Environment=A=1 'OLD\n",
    "Environment=A=\\x20\n",
    "PassEnvironment=OLD\nExecStart=OLD\n",
    "[Unit]\nEnvironment=OLD\n",
    "# c \\\n#Environment=OLD\n",
];

fn service(body: &str) -> String {
    let body = body.replace("OLD", "MOSAIC_TMUX_SOCKET=mosaic-factory");
    format!(
        "[Service]\n{}",
        body.replace("NEW", "MOSAIC_TMUX_SOCKET=mosaic-fleet")
    )
}

#[test]
fn exactly_that_variable_changes() {
    for (text, expected) in EDITED {
        let (text, expected) = (service(text), service(expected));
        assert_eq!(edited(&text), Ok(Some(expected.clone())), "{text}");
        assert_eq!(edited(&expected), Ok(None), "{text}, again");
        let (text, expected) = (format!("\u{feff}{text}"), format!("\u{feff}{expected}"));
        assert_eq!(edited(&text), Ok(Some(expected)), "{text}");
    }
}

#[test]
fn what_is_something_else_stays() {
    for text in KEPT {
        assert_eq!(edited(&service(text)), Ok(None), "{text}");
    }
    assert_eq!(
        edited("Environment=MOSAIC_TMUX_SOCKET=mosaic-factory\n"),
        Ok(None)
    );
}

#[test]
fn what_cannot_be_edited_is_refused_with_its_place() {
    let text = "[Service]\nEnvironment=A=1 \"MOSAIC_TMUX_SOCKET=mosaic\\x2dfactory\"\n";
    assert_eq!(
        edited(text),
        Err("2:17: this variable is written with escapes".to_owned())
    );
    let text = "[Service]\nEnvironment=S=x\n";
    let refusal =
        renamed(text, "S", "x", "a b").map_err(|refusal| refusal.in_file("f", text).to_string());
    assert_eq!(
        refusal,
        Err("f:2:13: `a b` would have to be quoted here".to_owned())
    );
    let text = "[Service]\nEnvironment=\"MOSAIC_TMUX_SOCKET=mosaic\\\n\"-factory\n";
    assert_eq!(edited(text), Ok(None), "the backslash is a blank");
}

#[test]
fn what_else_has_the_name_is_mentioned() {
    let text = service(
        "Environment=OLD\n# OLD\nEnvironment=OLD A=mosaic-factory\nExecStop=tmux -L mosaic-factory kill-server\n",
    );
    let edited = edited(&text).unwrap().unwrap();
    assert_eq!(mentions::in_unit(&edited, "mosaic-factory"), [4, 5]);
}
