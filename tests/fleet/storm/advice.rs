//! Commands that the program's texts advise, as a person reads them there.

const VERBS: [&str; 6] = [
    "fleet", "update", "rollback", "recover", "install", "resolve",
];
const FLEET_VERBS: [&str; 6] = ["init", "install", "start", "stop", "restart", "status"];

/// The commands in a text, each once, in their order; the words of a sentence around them are left out.
pub fn advised(text: &str, agents: &[String]) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    // A heading is no command, and an undo is offered, not advised.
    let is_advice = |line: &&str| !line.starts_with("mosaic ") && !line.contains("To undo it");
    for line in text.lines().filter(is_advice) {
        let mut words = line.split_whitespace().peekable();
        let mut command: Vec<&str> = Vec::new();
        while let Some(word) = words.next() {
            let bare = word.trim_end_matches(['.', ',', ';', ':', ')', '?']);
            let is_start = bare == "mosaic" && words.peek().is_some_and(|verb| is_in(&VERBS, verb));
            let is_word = match command.last() {
                None => is_start,
                Some(&"mosaic") => is_in(&VERBS, bare),
                Some(&"fleet") => is_in(&FLEET_VERBS, bare),
                Some(&("&&" | ";")) => is_start,
                Some(_) => {
                    bare == "&&"
                        || bare.starts_with("--")
                        || bare.starts_with('/')
                        || agents.iter().any(|agent| agent == bare)
                        || bare.parse::<u32>().is_ok()
                }
            };
            if is_word {
                command.push(bare);
            }
            // Another one is to follow, whatever comes of this.
            let is_joined = is_word && word.ends_with(';') && words.peek() == Some(&"mosaic");
            if is_joined {
                command.push(";");
            }
            // What a person has to fill in.
            let is_blank = bare.len() > 1 && bare.chars().all(|c| c.is_ascii_uppercase());
            if is_blank {
                command.clear();
            }
            let is_end = !command.is_empty() && !is_joined && (!is_word || bare != word);
            if is_end {
                add(&mut commands, &std::mem::take(&mut command));
            }
        }
        add(&mut commands, &command);
    }
    commands
}

fn is_in(all: &[&str], word: &str) -> bool {
    all.contains(&word.trim_end_matches(['.', ',', ';', ':', ')', '?']))
}

fn add(commands: &mut Vec<String>, words: &[&str]) {
    let command = words.join(" ");
    if words.len() > 1 && words != ["mosaic", "fleet"] && !commands.contains(&command) {
        commands.push(command);
    }
}
