//! Env files as systemd reads them, and edits of them.

use super::*;

const KEY: &str = "MOSAIC_TMUX_SOCKET";

fn env(text: &str) -> EnvFile<'_> {
    EnvFile::parse(text).unwrap_or_else(|refusal| panic!("{}", refusal.in_file("env", text)))
}

fn in_words(refusal: EditRefusal, text: &str) -> String {
    refusal
        .in_file("", text)
        .to_string()
        .trim_start_matches(':')
        .to_owned()
}

/// Texts, and what systemd makes of them: 252 was asked, with `systemd-run -p EnvironmentFile=`.
const READ: &[(&str, &[(&str, &str)])] = &[
    ("", &[]),
    ("A=1", &[("A", "1")]),
    ("A=1\nB=2\n", &[("A", "1"), ("B", "2")]),
    ("A=1\r\nB=2\rC=3", &[("A", "1"), ("B", "2"), ("C", "3")]),
    ("  A = 1 \n\t\n", &[("A", "1")]),
    ("A=\nB=  \n", &[("A", ""), ("B", "")]),
    ("A=1  2  \nB=3\t \t", &[("A", "1  2"), ("B", "3")]),
    ("A='1'\nB=\"2\"\n", &[("A", "1"), ("B", "2")]),
    ("A=''\nB=\"\"", &[("A", ""), ("B", "")]),
    ("A='1'\"2\" 3 \n", &[("A", "123")]),
    ("A=1'2'\"3\"\n", &[("A", "1'2'\"3\"")]),
    ("A=' 1 \n 2 ' \nB=3", &[("A", " 1 \n 2 "), ("B", "3")]),
    ("A=\"1\n2\"\n", &[("A", "1\n2")]),
    ("A=1\\\n2\nB=\\\n3", &[("A", "12"), ("B", "3")]),
    ("A=1\\\r\n2\n", &[("A", "1")]),
    ("A=\\1\\ \\\\\\'\n", &[("A", "1 \\'")]),
    ("A=1\\ \nB=1 \\\n\n", &[("A", "1 "), ("B", "1 ")]),
    ("A=\"\\\"\\\\\\`\\$\\n\\\n1\"\n", &[("A", "\"\\`$\\n1")]),
    ("A=\"\\\r\n1\"\n", &[("A", "\\\r\n1")]),
    ("A='\\'\nB=1\n", &[("A", "\\"), ("B", "1")]),
    ("A=$HOME/`x` #y\n", &[("A", "$HOME/`x` #y")]),
    ("# A=1\n;B=2\n #C=3\nD=#4\n", &[("D", "#4")]),
    ("export A=1\nB\nC=2\n", &[("export A", "1"), ("C", "2")]),
    ("=1\nA==2\n", &[("A", "=2")]),
    ("A='1\nB=2\n", &[("A", "1\nB=2\n")]),
    (
        "A=é\u{a0}\n\u{feff}B=🦀 \n",
        &[("A", "é\u{a0}"), ("\u{feff}B", "🦀")],
    ),
    ("A=1\nA=2\n", &[("A", "1"), ("A", "2")]),
];

#[test]
fn texts_are_read_as_systemd_reads_them() {
    for (text, expected) in READ {
        let env = env(text);
        let read = |assignments: &[Assignment]| {
            let pairs = assignments
                .iter()
                .map(|assignment| (assignment.key.clone(), assignment.value.clone()));
            pairs.collect::<Vec<_>>()
        };
        let expected: Vec<_> = expected
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect();
        assert_eq!(read(env.assignments()), expected, "{text:?}");
        assert_eq!(read(&env.before_254), expected, "{text:?} before 254");
    }
    assert_eq!(env("A=1\nB=3\nA=2\n").value("A"), Some("2"));
    assert_eq!(env("A=1").value("B"), None);
}

/// Texts, before and after.
const RENAMED: [(&str, &str); 15] = [
    (
        "MOSAIC_TMUX_SOCKET=mosaic-factory\n",
        "MOSAIC_TMUX_SOCKET=mosaic-fleet\n",
    ),
    (
        "MOSAIC_TMUX_SOCKET=mosaic-factory",
        "MOSAIC_TMUX_SOCKET=mosaic-fleet",
    ),
    (
        "A=1\r\nMOSAIC_TMUX_SOCKET=mosaic-factory\r\n# x",
        "A=1\r\nMOSAIC_TMUX_SOCKET=mosaic-fleet\r\n# x",
    ),
    (
        " MOSAIC_TMUX_SOCKET = mosaic-factory \n",
        " MOSAIC_TMUX_SOCKET = mosaic-fleet \n",
    ),
    (
        "MOSAIC_TMUX_SOCKET='mosaic-factory'\n",
        "MOSAIC_TMUX_SOCKET='mosaic-fleet'\n",
    ),
    (
        "MOSAIC_TMUX_SOCKET= \"mosaic-factory\" \n",
        "MOSAIC_TMUX_SOCKET= \"mosaic-fleet\" \n",
    ),
    (
        "MOSAIC_TMUX_SOCKET=''mosaic-factory\n",
        "MOSAIC_TMUX_SOCKET=''mosaic-fleet\n",
    ),
    (
        "MOSAIC_TMUX_SOCKET='mosaic'\"-factory\"\n",
        "MOSAIC_TMUX_SOCKET=mosaic-fleet\n",
    ),
    (
        "MOSAIC_TMUX_SOCKET=mosaic-\\\nfactory\nA=1\n",
        "MOSAIC_TMUX_SOCKET=mosaic-fleet\nA=1\n",
    ),
    (
        "MOSAIC_TMUX_SOCKET=\\\nmosaic-factory\n",
        "MOSAIC_TMUX_SOCKET=\\\nmosaic-fleet\n",
    ),
    (
        "MOSAIC_TMUX_SOCKET=mosaic-factory\nMOSAIC_TMUX_SOCKET='mosaic-factory'",
        "MOSAIC_TMUX_SOCKET=mosaic-fleet\nMOSAIC_TMUX_SOCKET='mosaic-fleet'",
    ),
    (
        "\u{feff}# ü mosaic-factory\nNOTE='MOSAIC_TMUX_SOCKET=mosaic-factory\n'\nMOSAIC_TMUX_SOCKET=mosaic-factory\n",
        "\u{feff}# ü mosaic-factory\nNOTE='MOSAIC_TMUX_SOCKET=mosaic-factory\n'\nMOSAIC_TMUX_SOCKET=mosaic-fleet\n",
    ),
    (
        "# C:\\\\ \nMOSAIC_TMUX_SOCKET=mosaic-factory\n",
        "# C:\\\\ \nMOSAIC_TMUX_SOCKET=mosaic-fleet\n",
    ),
    (
        "# x\\\r\nMOSAIC_TMUX_SOCKET=mosaic-factory\n",
        "# x\\\r\nMOSAIC_TMUX_SOCKET=mosaic-fleet\n",
    ),
    (
        "# x\\\nA=1\nMOSAIC_TMUX_SOCKET=mosaic-factory\n",
        "# x\\\nA=1\nMOSAIC_TMUX_SOCKET=mosaic-fleet\n",
    ),
];

#[test]
fn values_are_renamed_byte_for_byte() {
    for (text, expected) in RENAMED {
        let renamed = env(text).renamed(KEY, "mosaic-factory", "mosaic-fleet");
        assert_eq!(renamed, Ok(Some(expected.to_owned())), "{text:?}");
        assert_eq!(
            env(expected).renamed(KEY, "mosaic-factory", "mosaic-fleet"),
            Ok(None),
            "{text:?}, again"
        );
    }
}

#[test]
fn other_values_are_left_alone() {
    for text in [
        "",
        "# MOSAIC_TMUX_SOCKET=mosaic-factory\n",
        "MOSAIC_TMUX_SOCKET=mosaic-factory-2\n",
        "MOSAIC_TMUX_SOCKET=mosaic-factory # x\n",
        "OTHER=mosaic-factory\n",
        "export MOSAIC_TMUX_SOCKET=mosaic-factory\n",
        "A='\nMOSAIC_TMUX_SOCKET=mosaic-factory\n'\n",
        "\u{feff}MOSAIC_TMUX_SOCKET=mosaic-factory\n",
    ] {
        assert_eq!(
            env(text).renamed(KEY, "mosaic-factory", "mosaic-fleet"),
            Ok(None),
            "{text:?}"
        );
    }
}

#[test]
fn what_systemds_do_not_agree_on_is_refused() {
    const UNSURE: &str =
        "systemd before 254 takes this for a part of the comment above it, later versions do not";
    for (text, place) in [
        ("# x\\\nMOSAIC_TMUX_SOCKET=mosaic-factory\n", "2:1"),
        ("A=1\n;\\\n  MOSAIC_TMUX_SOCKET=mosaic-factory", "3:3"),
        ("# x\\\nA='\nMOSAIC_TMUX_SOCKET=mosaic-factory\n'", "3:1"),
    ] {
        let renamed = env(text).renamed(KEY, "mosaic-factory", "mosaic-fleet");
        assert_eq!(
            renamed.map_err(|refusal| in_words(refusal, text)),
            Err(format!("{place}: {UNSURE}")),
            "{text:?}"
        );
    }
    let text = "# x\\\nMOSAIC_TMUX_SOCKET=''\n";
    assert_eq!(
        env(text)
            .bare(KEY)
            .map_err(|refusal| in_words(refusal, text)),
        Err(format!("2:1: {UNSURE}"))
    );
    assert_eq!(
        env(text)
            .added(KEY, "", &[])
            .map_err(|refusal| in_words(refusal, text)),
        Err(format!("2:1: {UNSURE}"))
    );
    let text = "A=1\n# x\\\nB=2\n";
    assert_eq!(
        env(text).added("C", "3", &["A"]),
        Ok(Some("A=1\nC=3\n# x\\\nB=2\n".to_owned()))
    );
    assert_eq!(
        env(text).added("C", "3", &["B"]),
        Ok(Some("A=1\n# x\\\nB=2\nC=3\n".to_owned()))
    );
    assert_eq!(EnvFile::parse("A=\0").unwrap_err().span, 2..3);
}

#[test]
fn values_are_quoted_so_that_systemd_reads_them_back() {
    for value in [
        "", "a", "a b", " a", "a ", "#a", "'a'", "\"", "\\", "a\\", "$HOME/x", "`x`", "~/é",
        "a\tb", "%h;", "a=b",
    ] {
        let text = env("A=1\n").added(KEY, value, &["A"]).unwrap().unwrap();
        assert_eq!(env(&text).value(KEY), Some(value), "{text:?}");
        let text = env("A='1'\n").renamed("A", "1", value).unwrap().unwrap();
        assert_eq!(env(&text).value("A"), Some(value), "{text:?}");
    }
    assert_eq!(
        env("").added("A", "~/src/x-1.2", &[]),
        Ok(Some("A=~/src/x-1.2\n".to_owned()))
    );
    assert_eq!(
        env("").added("A", "$a b", &[]),
        Ok(Some("A=\"\\$a b\"\n".to_owned()))
    );
    for value in ["a\nb", "a\r", "\0"] {
        assert!(
            env("A=1\n").renamed("A", "1", value).is_err()
                && env("").added("A", value, &[]).is_err()
        );
    }
    assert!(env("").added("1A", "", &[]).is_err() && env("").added("A B", "", &[]).is_err());
}

#[test]
fn new_lines_go_where_they_belong() {
    for (text, expected) in [
        ("", "M=x\n"),
        ("A=1\nR=2\nD=3\n", "A=1\nR=2\nM=x\nD=3\n"),
        ("A=1\nD=3\n", "A=1\nM=x\nD=3\n"),
        ("D=3\n", "M=x\nD=3\n"),
        ("# c\nD=3", "M=x\n# c\nD=3"),
        ("A=1\r\nR=2\r\nD=3", "A=1\r\nR=2\r\nM=x\r\nD=3"),
        ("A=1\r\nR=2", "A=1\r\nR=2\r\nM=x"),
        ("R=2", "R=2\nM=x"),
        ("R='2\n3'\nD=3\n", "R='2\n3'\nM=x\nD=3\n"),
        ("R=2\\\n3\nD=3\n", "R=2\\\n3\nM=x\nD=3\n"),
        ("R=2\nD=1\nR=3\nE=\n", "R=2\nD=1\nR=3\nM=x\nE=\n"),
        ("\u{feff}# c\nD=3\n", "\u{feff}# c\nM=x\nD=3\n"),
        ("\u{feff}# c", "\u{feff}# c\nM=x"),
    ] {
        assert_eq!(
            env(text).added("M", "x", &["R", "A"]),
            Ok(Some(expected.to_owned())),
            "{text:?}"
        );
        assert_eq!(
            env(expected).added("M", "y", &["R", "A"]),
            Ok(None),
            "{text:?}, again"
        );
    }
    for text in ["R='2", "R=2\\", "R=\"2\n"] {
        assert!(env(text).added("M", "x", &["R"]).is_err(), "{text:?}");
    }
}

#[test]
fn empty_quotes_go() {
    for (text, expected) in [
        ("MOSAIC_TMUX_SOCKET=''\n", Some("MOSAIC_TMUX_SOCKET=\n")),
        ("MOSAIC_TMUX_SOCKET=\"\"", Some("MOSAIC_TMUX_SOCKET=")),
        (
            "A=''\r\n MOSAIC_TMUX_SOCKET= ''\"\" \r\n",
            Some("A=''\r\n MOSAIC_TMUX_SOCKET=\r\n"),
        ),
        (
            "MOSAIC_TMUX_SOCKET=\nMOSAIC_TMUX_SOCKET=''\n",
            Some("MOSAIC_TMUX_SOCKET=\nMOSAIC_TMUX_SOCKET=\n"),
        ),
        ("MOSAIC_TMUX_SOCKET='\n", None),
        ("MOSAIC_TMUX_SOCKET=' '\n", None),
        ("MOSAIC_TMUX_SOCKET=\n", None),
        ("MOSAIC_TMUX_SOCKET=x''\n", None),
        ("#MOSAIC_TMUX_SOCKET=''\n", None),
    ] {
        assert_eq!(
            env(text).bare(KEY),
            Ok(expected.map(str::to_owned)),
            "{text:?}"
        );
    }
}
