//! `fleet top` in a real terminal, which is a pane of another tmux server: what it shows, what its keys do, and that the
//! terminal is given back.

use crate::Test;
use crate::life::{Fleet, SOCKET};
use crate::manager::Inside;
use crate::patience::{awaited, eventually};
use crate::picture::{MOSAIC, running, sessions};

tests! {
    Test:
    sorts_filters_and_shows_the_last_lines,
    acts_only_by_a_key_and_a_yes,
    gives_the_terminal_back,
    needs_a_terminal,
}

const LINE: &str = "\"echo hello of ${MOSAIC_AGENT_NAME}; sleep 4090\"";

/// A terminal of the operator's, with a shell in it.
pub struct Terminal<'a> {
    inside: &'a Inside,
}

impl<'a> Terminal<'a> {
    pub fn new(inside: &'a Inside) -> Self {
        let shell = "PS1='ready> ' exec bash --norc --noprofile";
        let words = "-L mine -f /dev/null new-session -d -x 100 -y 24 -s own".split(' ');
        let words: Vec<_> = words.chain([shell]).collect();
        inside.tmux(&words);
        let terminal = Self { inside };
        terminal.shows("ready>");
        terminal
    }

    pub fn ask(&self, words: &[&str]) -> String {
        self.inside.tmux(&[&["-L", "mine"], words].concat())
    }

    pub fn keys(&self, keys: &[&str]) {
        self.ask(&[&["send-keys", "-t", "=own:"], keys].concat());
    }

    fn text(&self) -> String {
        self.ask(&["capture-pane", "-p", "-t", "=own:"])
    }

    pub fn shows(&self, text: &str) {
        awaited(text, || {
            let shown = self.text();
            if shown.contains(text) {
                Ok(())
            } else {
                Err(shown)
            }
        });
    }

    fn shows_no_more(&self, text: &str) {
        eventually(text, || !self.text().contains(text));
    }

    /// Whether a full screen is shown.
    fn is_taken(&self) -> bool {
        self.format("#{alternate_on}") == "1"
    }

    fn format(&self, format: &str) -> String {
        self.ask(&["display-message", "-p", "-t", "=own:", format])
    }

    /// Starts it, as a person does.
    fn top(&self, fleet: &Fleet) {
        let home = fleet.home.to_str().expect("UTF-8");
        let line = format!("clear; {MOSAIC} fleet top --home {home}; echo ended $?");
        self.keys(&[&line, "Enter"]);
        self.shows("NAME");
        assert!(self.is_taken());
    }

    /// The terminal is as the shell had it.
    fn is_given_back(&self) {
        eventually("the shell's screen", || !self.is_taken());
        self.keys(&["stty -a | tr ';' '\\n' | grep -E 'icanon|echo'", "Enter"]);
        eventually("what the shell set", || {
            let text = self.text();
            [" icanon", " isig", " echo ", " iexten"]
                .iter()
                .all(|word| format!("{text} ").replace('\n', " ").contains(word))
        });
        assert_eq!(self.format("#{cursor_flag}"), "1", "the cursor is seen");
    }

    /// Process number of the program in front of the shell.
    fn program(&self) -> String {
        let shell = self.format("#{pane_pid}");
        let found = self
            .inside
            .program("pgrep")
            .args(["-P", &shell, "-x", "mosaic"])
            .output();
        let found = String::from_utf8(found.expect("pgrep runs").stdout).expect("UTF-8");
        found.trim().to_owned()
    }

    fn signal(&self, signal: &str) {
        let pid = self.program();
        let sent = self.inside.program("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Places of agents' rows, from above.
    fn places(&self, names: &[&str]) -> Vec<Option<usize>> {
        let text = self.text();
        let place = |name: &&str| {
            let mut lines = text.lines();
            lines.position(|line| line.trim_start_matches(['>', ' ']).starts_with(name))
        };
        names.iter().map(place).collect()
    }
}

fn sorts_filters_and_shows_the_last_lines(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    inside.tmux(&["-L", SOCKET, "new-session", "-d", "-s", "a|b", "sleep 4091"]);
    let terminal = Terminal::new(inside);
    terminal.top(&fleet);
    terminal.shows("a|b");
    let names = ["coder0", "coder1", "a|b"];
    assert_eq!(terminal.places(&names), [Some(2), Some(3), Some(4)]);
    terminal.keys(&["N"]);
    eventually("by name", || {
        terminal.places(&names) == [Some(3), Some(4), Some(2)]
    });
    terminal.keys(&["N"]);
    eventually("reversed", || {
        terminal.places(&names) == [Some(3), Some(2), Some(4)]
    });
    terminal.keys(&["/", "coder1", "Enter"]);
    terminal.shows_no_more("a|b");
    terminal.keys(&["Enter"]);
    terminal.shows("hello of coder1");
    terminal.keys(&["w"]);
    terminal.shows_no_more("HEART");
    terminal.shows("hello of coder1");
    terminal.keys(&["Escape"]);
    terminal.shows("HEART");
    // What changes is shown without a key.
    terminal.keys(&["Escape"]);
    terminal.shows("a|b");
    inside.tmux(&["-L", SOCKET, "kill-session", "-t", "=a|b"]);
    terminal.shows_no_more("a|b");
    inside.tmux(&[
        "-L",
        "mine",
        "resize-window",
        "-t",
        "=own:",
        "-x",
        "20",
        "-y",
        "5",
    ]);
    terminal.keys(&["Escape"]);
    eventually("all that there is room for", || {
        let text = terminal.text();
        text.lines().count() <= 5 && text.contains("> coder1")
    });
    terminal.keys(&["q"]);
    terminal.shows("ended 0");
}

fn acts_only_by_a_key_and_a_yes(inside: &Inside) {
    let fleet = running(inside, &["coder0", "coder1"], LINE);
    let terminal = Terminal::new(inside);
    terminal.top(&fleet);
    let all = sessions(inside, SOCKET);
    for answer in ["n", "Enter", "Escape", "s"] {
        terminal.keys(&["s"]);
        terminal.shows("mosaic fleet stop coder0");
        terminal.keys(&[answer]);
        terminal.shows_no_more("mosaic fleet stop");
    }
    // Typed in one go it is no answer: nobody has read the question.
    terminal.keys(&["-l", "sy"]);
    terminal.shows("mosaic fleet stop coder0");
    assert_eq!(sessions(inside, SOCKET), all);
    terminal.keys(&["y"]);
    terminal.shows("Enter goes back");
    assert!(!terminal.is_taken(), "it runs in the open");
    assert!(terminal.text().contains("$ mosaic fleet stop coder0"));
    assert!(!sessions(inside, SOCKET).contains(&"coder0".to_owned()));
    terminal.keys(&["Enter"]);
    terminal.shows("no session");
    terminal.keys(&["j", "r"]);
    terminal.shows("mosaic fleet restart coder1");
    let pid = |name: &str| {
        let target = format!("={name}:");
        inside.tmux(&[
            "-L",
            SOCKET,
            "display-message",
            "-p",
            "-t",
            &target,
            "#{pane_pid}",
        ])
    };
    let before = pid("coder1");
    terminal.keys(&["y"]);
    terminal.shows("Enter goes back");
    terminal.keys(&["Enter"]);
    terminal.shows("NAME");
    assert_ne!(pid("coder1"), before);
    assert!(!sessions(inside, SOCKET).contains(&"coder0".to_owned()));
    // To take a terminal over is asked once.
    terminal.keys(&["a"]);
    terminal.shows("mosaic agent attach coder1 --yes");
    terminal.keys(&["y"]);
    let attached = || {
        let words = [
            "display-message",
            "-p",
            "-t",
            "=coder1:",
            "#{session_attached}",
        ];
        inside.tmux(&[&["-L", SOCKET], &words[..]].concat())
    };
    eventually("a client", || attached() == "1");
    terminal.keys(&["C-b", "d"]);
    terminal.shows("Enter goes back");
    terminal.keys(&["Enter"]);
    terminal.shows("NAME");
    terminal.keys(&["q"]);
    terminal.shows("ended 0");
}

fn gives_the_terminal_back(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    let terminal = Terminal::new(inside);
    terminal.is_given_back();
    for end in ["q", "C-c"] {
        terminal.top(&fleet);
        terminal.keys(&[end]);
        terminal.shows("ended 0");
        terminal.is_given_back();
    }
    terminal.top(&fleet);
    terminal.signal("-TERM");
    terminal.shows("ended 0");
    terminal.is_given_back();
    // Stopped, the shell has its terminal; let go on, the table is back.
    for stop in ["by a key", "-TSTP"] {
        terminal.top(&fleet);
        match stop {
            "by a key" => terminal.keys(&["C-z"]),
            signal => terminal.signal(signal),
        }
        terminal.shows("Stopped");
        terminal.is_given_back();
        terminal.keys(&["fg", "Enter"]);
        eventually("the table", || {
            terminal.is_taken() && terminal.text().contains("coder0")
        });
        terminal.keys(&["q"]);
        eventually("its end", || !terminal.is_taken());
        terminal.is_given_back();
    }
    // A terminal that goes away ends it.
    terminal.top(&fleet);
    let pid = terminal.program();
    terminal.ask(&["kill-server"]);
    eventually("its end", || {
        let alive = inside.program("kill").args(["-0", &pid]).output();
        !alive.expect("kill runs").status.success()
    });
}

fn needs_a_terminal(inside: &Inside) {
    let fleet = running(inside, &["coder0"], LINE);
    let refused = fleet.run(&["fleet", "top"], 2);
    assert!(refused.contains("mosaic fleet ps"), "{refused}");
    let refused = fleet.run(&["fleet", "top", "--json"], 2);
    assert!(refused.contains("mosaic fleet ps"), "{refused}");
}
