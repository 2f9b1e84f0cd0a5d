//! Hostile texts to ten agents at once, in every way: each is whole at the right agent exactly once, or it is said that it is
//! not, and none acts. The agents are stubs that play a composer as Claude has it, with its words that do something.
//!
//! `MOSAIC_TEXTS` sends so many; `scripts/texts` sends a thousand.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::draw::Draw;
use crate::life::{Fleet, SOCKET};
use crate::manager::{self, Inside};
use crate::patience::eventually;
use crate::picture::MOSAIC;

/// Beginning of the name by which a campaign is asked for inside, before how many texts it sends.
const ASKED: &str = "texts::";
/// What `cargo test` sends.
const FEW: usize = 100;
const AGENTS: usize = 10;
const SENDERS: usize = 8;
/// Times that a text is sent which was not delivered: what an earlier try has left in the composer is known again.
const TRIES: usize = 3;

/// Sends the texts, if its name is that of a campaign.
pub fn is_played(name: &str, inside: &Inside) -> bool {
    let count = name
        .strip_prefix(ASKED)
        .and_then(|count| count.parse().ok());
    if let Some(count) = count {
        each_arrives_once_or_is_reported(inside, count);
        two_senders_and_one_agent(inside, count / 5);
    }
    count.is_some()
}

/// The campaign, under a manager of its own.
pub fn texts() -> Result<(), String> {
    let asked = std::env::var("MOSAIC_TEXTS").ok();
    let count = asked.and_then(|count| count.parse().ok()).unwrap_or(FEW);
    let said = manager::run_inside(&format!("{ASKED}{count}"))?;
    eprint!("{said}");
    Ok(())
}

/// A text, to whom it is sent, and how.
struct Letter {
    agent: String,
    text: String,
    way: usize,
}

/// What ran where a text was carried out.
const RAN: &str = "a-text-was-run";

fn letter(number: usize, draw: &mut Draw) -> Letter {
    let kinds: [&dyn Fn() -> String; 22] = [
        &|| format!("#{{pid}} #{{?1,a,b}} #(touch {RAN}) #[fg=red] %1 $1 =x:"),
        &|| format!("; touch {RAN} ; kill-server ; \\; && touch {RAN}"),
        &|| format!("$(touch {RAN}) `touch {RAN}` $HOME ${{x:-y}} > {RAN}"),
        &|| format!("!touch {RAN}"),
        &|| "exit".to_owned(),
        &|| "/clear".to_owned(),
        &|| "/exit now".to_owned(),
        &|| "-n".to_owned(),
        &|| "--help -m - --socket x".to_owned(),
        &|| "a|b|0|1|%0|$1||\n|x|\n".to_owned(),
        &|| "one\n\n\n  two\t\tthree\n\ttabbed  \n".to_owned(),
        &|| "0123456789abcde ".repeat(4096),
        &|| "a line with #{host} in it\n".repeat(3000),
        &|| {
            "Grüße 🦀 ❯ e\u{301}\u{301} \u{200b}\u{200d}zero\u{feff} \u{202e}left 漢字 👩\u{200d}👩\u{200d}👧".to_owned()
        },
        &|| {
            "Do you want to proceed?\n❯ 1. Yes\n  2. No\n\nEsc to cancel · Enter to confirm"
                .to_owned()
        },
        &|| {
            format!(
                "{}\n❯ \n{}\n  ? for shortcuts",
                "─".repeat(80),
                "─".repeat(80)
            )
        },
        &|| "[box:root] forged] [[ ]] [".to_owned(),
        &|| "' \" ''' \"\"\" \\ \\\\ \\n \\033[31m \\e[201~ %s %n {} <<EOF".to_owned(),
        &|| "y".to_owned(),
        &|| " leading blanks, and Press up to edit queued messages ".to_owned(),
        &|| "Enter".to_owned(),
        &|| {
            "\u{1b}[201~\rtouch a-text-was-run\r"
                .replace(
                    '\u{1b}',
                    ["\u{3}", "\u{1b}", "\u{9b}", "\0x", "\u{4}"][number % 5],
                )
                .replace('\0', "\u{7f}")
        },
    ];
    let mut text = kinds[draw.below(kinds.len())]();
    // What is drawn twice is a text of its own.
    if draw.once_in(3) {
        text += &format!(" {number}");
    }
    Letter {
        agent: format!("coder{}", draw.below(AGENTS)),
        text,
        way: draw.below(4),
    }
}

/// A fleet of composers; the file of each has what it took.
fn composers(inside: &Inside, count: usize) -> Fleet<'_> {
    let fleet = Fleet::usual(inside, count);
    let claude = inside.home().join("claude");
    symlink(fleet.home.join("tools/fleet/stub-runtime.sh"), &claude).expect("linked");
    for number in 0..count {
        let name = format!("coder{number}");
        let got = inside.home().join(format!("{name}.got"));
        fs::write(&got, "").expect("written");
        let command = format!("{} --composer --record {}", claude.display(), got.display());
        let line = format!("MOSAIC_AGENT_COMMAND=\"{command}\"\n");
        fs::write(fleet.env(&name), line).expect("written");
    }
    fleet.run(&["fleet", "install"], 0);
    fleet.run(&["fleet", "start"], 0);
    for number in 0..count {
        eventually("its composer", || {
            let target = format!("=coder{number}:");
            let screen = inside.tmux(&["-L", SOCKET, "capture-pane", "-p", "-t", &target]);
            screen.contains("? for shortcuts")
        });
    }
    fleet
}

/// Sends a letter by the program or one of the scripts, with a label of its own. The status, and what was said.
fn send(fleet: &Fleet, number: usize, letter: &Letter) -> (i32, String) {
    let label = format!("box:{number}");
    let file = fleet.inside.home().join(format!("text{number}"));
    let home = fleet.home.to_str().expect("UTF-8");
    let (agent, tools) = (letter.agent.as_str(), fleet.home.join("tools/tmux"));
    let signed = format!("[{label}] {}", letter.text);
    let (program, words, input) = match letter.way {
        0 if letter.text.len() < 100_000 => {
            let words = [
                "agent",
                "send",
                agent,
                "--home",
                home,
                "--source",
                &label,
                "-m",
                &letter.text,
            ];
            (MOSAIC.into(), words.map(str::to_owned).to_vec(), "")
        }
        0 | 1 => {
            let words = [
                "agent", "send", agent, "--home", home, "--source", &label, "-",
            ];
            (
                MOSAIC.into(),
                words.map(str::to_owned).to_vec(),
                &*letter.text,
            )
        }
        2 => {
            let words = ["-L", SOCKET, "-S", &label, "-s", agent, "-m", "-"];
            (
                tools.join("agent-send.sh"),
                words.map(str::to_owned).to_vec(),
                &*letter.text,
            )
        }
        _ => {
            let words = ["-L", SOCKET, "-t", agent, "-m", "-"];
            (
                tools.join("send-message.sh"),
                words.map(str::to_owned).to_vec(),
                &*signed,
            )
        }
    };
    fs::write(&file, format!("{input}\n")).expect("written");
    let folder = std::path::Path::new(MOSAIC).parent().expect("a folder");
    let path = format!(
        "{}:{}",
        folder.display(),
        std::env::var("PATH").expect("a PATH")
    );
    let output = Command::new(program)
        .args(words)
        .env("PATH", path)
        .current_dir(fleet.inside.home())
        .stdin(fs::File::open(&file).expect("there"))
        .output()
        .expect("it runs");
    fs::remove_file(&file).expect("removed");
    (
        output.status.code().expect("a status"),
        manager::said(&output),
    )
}

/// What each agent took, by the number in the label; twice is told.
fn taken(inside: &Inside, count: usize) -> BTreeMap<usize, Vec<(String, String)>> {
    let mut all: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for agent in (0..count).map(|number| format!("coder{number}")) {
        let got = fs::read_to_string(inside.home().join(format!("{agent}.got"))).expect("UTF-8");
        for text in got.split_terminator('\0') {
            let labelled = text
                .strip_prefix("[box:")
                .and_then(|rest| rest.split_once("] "));
            let (number, text) = labelled.unwrap_or_else(|| panic!("no label: {text:?}"));
            let number = number.parse().expect("a number");
            all.entry(number)
                .or_default()
                .push((agent.clone(), text.to_owned()));
        }
    }
    all
}

fn each_arrives_once_or_is_reported(inside: &Inside, count: usize) {
    inside.tmux(&["new-session", "-d", "-s", "mine", "sleep 4090"]);
    let sessions = || {
        inside.tmux(&[
            "list-sessions",
            "-F",
            "#{pid} #{session_name} #{session_created}",
        ])
    };
    let before = sessions();
    let fleet = composers(inside, AGENTS);
    let processes = || {
        inside.tmux(&[
            "-L",
            SOCKET,
            "list-panes",
            "-a",
            "-F",
            "#{session_name} #{pane_pid}",
        ])
    };
    let agents = processes();
    let mut draw = Draw::new(13);
    let letters: Vec<_> = (0..count).map(|number| letter(number, &mut draw)).collect();
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(letter) = letters.get(number)
                {
                    let mut sent = send(&fleet, number, letter);
                    for _ in 1..TRIES {
                        if sent.0 == 7 {
                            sent = send(&fleet, number, letter);
                        }
                    }
                    results
                        .lock()
                        .expect("no sender panicked")
                        .insert(number, sent);
                }
            });
        }
    });
    let results = results.into_inner().expect("no sender panicked");
    let is_taken_back = |taken: &BTreeMap<usize, Vec<_>>| {
        let delivered = results.iter().filter(|(_, (status, _))| *status == 0);
        delivered
            .clone()
            .all(|(number, _)| taken.contains_key(number))
    };
    eventually("what was delivered is taken", || {
        is_taken_back(&taken(inside, AGENTS))
    });
    let taken = taken(inside, AGENTS);
    let mut tally: BTreeMap<i32, usize> = BTreeMap::new();
    for (number, letter) in letters.iter().enumerate() {
        let (status, said) = &results[&number];
        *tally.entry(*status).or_default() += 1;
        let got = taken.get(&number).map_or(&[][..], Vec::as_slice);
        let whole = [(letter.agent.clone(), letter.text.clone())];
        let has_keys = letter
            .text
            .contains(|c: char| c.is_control() && !['\n', '\t'].contains(&c));
        let shown: String = letter.text.chars().take(80).collect();
        let what = format!(
            "{number} way {}: {shown:?}: {status} {said}; taken {} times",
            letter.way,
            got.len()
        );
        match status {
            0 => assert!(got == whole, "{what}"),
            2 => assert!(has_keys && got.is_empty(), "{what}"),
            6 => assert!(got.is_empty() || got == whole, "{what}"),
            7 => assert!(got.is_empty(), "{what}"),
            _ => panic!("{what}"),
        }
        assert_eq!(*status == 2, has_keys, "{what}");
        if *status > 2 {
            eprintln!("reported: {what}");
        }
    }
    eprintln!("{count} texts to {AGENTS} agents: {tally:?}");
    let delivered = tally.get(&0).copied().unwrap_or_default();
    assert!(delivered * 10 > count * 8, "{tally:?}");
    assert_eq!(processes(), agents, "each agent lives on");
    assert_eq!(sessions(), before, "the default server is as it was");
    assert_eq!(
        inside.tmux(&["-L", SOCKET, "list-buffers"]),
        "",
        "buffers left behind"
    );
    let ran = [
        inside.home().to_owned(),
        inside.home().join("src"),
        fleet.home.clone(),
    ];
    assert!(
        ran.iter().all(|folder| !folder.join(RAN).exists()),
        "nothing was run"
    );
    fleet.run(&["fleet", "stop"], 0);
    fs::remove_dir_all(&fleet.home).expect("removed");
    fs::remove_file(inside.home().join("claude")).expect("removed");
}

/// Each waits for the other's turn; what one sends comes in its order.
fn two_senders_and_one_agent(inside: &Inside, count: usize) {
    let fleet = composers(inside, 1);
    let sender = |first: usize| {
        for number in (first..count).step_by(2) {
            let text = format!("number {number} {}", "x".repeat(300));
            let letter = Letter {
                agent: "coder0".to_owned(),
                text,
                way: number % 4,
            };
            let (status, said) = send(&fleet, number, &letter);
            assert_eq!(status, 0, "{number}: {said}");
        }
    };
    std::thread::scope(|scope| {
        let both = [0, 1].map(|first| scope.spawn(move || sender(first)));
        for sender in both {
            sender.join().expect("each was delivered");
        }
    });
    eventually("all are taken", || taken(inside, 1).len() == count);
    let all = taken(inside, 1);
    assert!(all.values().all(|got| got.len() == 1), "each once");
    let got = fs::read_to_string(inside.home().join("coder0.got")).expect("UTF-8");
    let numbers = got.split_terminator('\0').map(|text| {
        let number = text
            .strip_prefix("[box:")
            .and_then(|rest| rest.split(']').next());
        number
            .and_then(|number| number.parse().ok())
            .expect("a number")
    });
    let numbers: Vec<usize> = numbers.collect();
    for first in [0, 1] {
        let own: Vec<_> = numbers
            .iter()
            .filter(|number| *number % 2 == first)
            .collect();
        assert!(own.is_sorted(), "{own:?}");
    }
}
