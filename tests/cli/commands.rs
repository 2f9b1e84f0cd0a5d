//! The tree of commands, as the program's own help lists it.

use crate::support::Sandbox;

/// Every command by its words, those that hold others included: the program itself is the one without words.
pub fn commands() -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut at = 0;
    while let Some(command) = found.get(at).cloned() {
        let below = listed(&help(&command));
        found.extend(
            below
                .into_iter()
                .map(|name| [command.clone(), vec![name]].concat()),
        );
        at += 1;
    }
    found
}

/// The help of a command.
pub fn help(command: &[String]) -> String {
    let words = command.iter().map(String::as_str).chain(["--help"]);
    Sandbox::new().run(&words.collect::<Vec<_>>(), 0)
}

/// The commands that a help lists, but for `help`.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
