//! What a shell asks while a person types: commands, flags, and the values that there are just now.

mod values;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use clap_complete::{CompleteEnv, Shell};

use crate::edge::cli::completion::values::{
    Value, agents, generations, migrations, parked, paths, presets, subjects,
};
use crate::effects::os::host;

/// The variable by which a shell's script asks.
const ASKING: &str = "MOSAIC_COMPLETE";

/// The program, as a shell knows it.
const NAME: &str = "mosaic";

/// Gives the values that there are for what was typed of one.
type Ask = fn(&str) -> Vec<Value>;

/// Values that are known only where the program runs: the words of a command, the name of its argument, and what to ask.
const LIVE: [(&[&str], &str, Ask); 24] = [
    (&["agent", "attach"], "name", agents),
    (&["agent", "beat"], "name", agents),
    (&["agent", "peers"], "name", agents),
    (&["agent", "reset"], "name", agents),
    (&["agent", "send"], "name", agents),
    (&["agent", "status"], "name", agents),
    (&["agent", "stream"], "name", agents),
    (&["agent", "tail"], "name", agents),
    (&["agent", "watch"], "name", agents),
    (&["diff"], "paths", paths),
    (&["fleet", "init"], "preset", presets),
    (&["fleet", "ps"], "agents", agents),
    (&["fleet", "remove"], "name", agents),
    (&["fleet", "restart"], "agents", agents),
    (&["fleet", "start"], "agents", agents),
    (&["fleet", "status"], "agents", agents),
    (&["fleet", "stop"], "agents", agents),
    (&["fleet", "verify"], "agents", agents),
    (&["help"], "words", subjects),
    (&["history", "show"], "generation", generations),
    (&["migrate", "show"], "id", migrations),
    (&["resolve"], "paths", parked),
    (&["rollback"], "generation", generations),
    (&["why"], "paths", paths),
];

/// The script that lets a shell ask.
pub(crate) fn script(shell: Shell) -> io::Result<String> {
    let mut script = Vec::new();
    completer(shell)?.write_registration(ASKING, NAME, NAME, NAME, &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

fn completer(shell: Shell) -> io::Result<&'static dyn EnvCompleter> {
    Ok(match shell {
        Shell::Bash => &Bash,
        Shell::Elvish => &Elvish,
        Shell::Fish => &Fish,
        Shell::PowerShell => &Powershell,
        Shell::Zsh => &Zsh,
        shell => return Err(io::Error::other(format!("no completions for {shell}"))),
    })
}

/// Answers a shell that asks; tells whether one did.
pub(super) fn answer(command_line: fn() -> clap::Command) -> bool {
    const SHELLS: &[&dyn EnvCompleter] = &[
        &Plain(&Bash),
        &Plain(&Elvish),
        &Plain(&Fish),
        &Plain(&Powershell),
        &Plain(&Zsh),
    ];
    let factory = move || with_live_values(command_line());
    let asked = CompleteEnv::with_factory(factory)
        .var(ASKING)
        .shells(clap_complete::env::Shells(SHELLS));
    let folder = host::working_directory().ok();
    let arguments = std::iter::once(OsString::from(NAME)).chain(host::arguments());
    // A shell that cannot be answered offers nothing.
    asked
        .try_complete(arguments, folder.as_deref())
        .unwrap_or(true)
}

/// The command line with what is asked for the values of its arguments.
fn with_live_values(mut command: clap::Command) -> clap::Command {
    for (words, argument, ask) in LIVE {
        command = with_values(command, words, argument, ask);
    }
    command
}

fn with_values(
    command: clap::Command,
    words: &'static [&'static str],
    argument: &'static str,
    ask: Ask,
) -> clap::Command {
    match words {
        // In its place: the order of arguments says which is which.
        [] => command.mut_args(|arg| {
            if arg.get_id() != argument {
                return arg;
            }
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                let typed = typed.to_string_lossy();
                let values = ask(&typed).into_iter();
                let begun = values.filter(|value| value.text.starts_with(&*typed));
                begun.map(Value::candidate).collect::<Vec<_>>()
            }))
        }),
        [word, rest @ ..] => {
            command.mut_subcommand(*word, |below| with_values(below, rest, argument, ask))
        }
    }
}

/// A shell that is offered flags only where one was begun: a bare `-` is nothing that anybody meant.
struct Plain(&'static dyn EnvCompleter);

impl EnvCompleter for Plain {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn is(&self, name: &str) -> bool {
        self.0.is(name)
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        self.0.write_registration(var, name, bin, completer, buf)
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        let at = host::variable("_CLAP_COMPLETE_INDEX").and_then(|at| at.to_str()?.parse().ok());
        let at: usize = at.unwrap_or(words.len().saturating_sub(1));
        let is_begun = words.get(at).is_some_and(|word| !word.is_empty());
        let mut offered = Vec::new();
        self.0
            .write_complete(command, words, folder, &mut offered)?;
        let offered = String::from_utf8_lossy(&offered).into_owned();
        let between = host::variable("_CLAP_IFS").and_then(|it| it.into_string().ok());
        let between = between.unwrap_or_else(|| "\n".to_owned());
        let kept = offered.split(&between);
        let kept: Vec<_> = kept
            .filter(|line| is_begun || !line.starts_with('-'))
            .collect();
        write!(buf, "{}", kept.join(&between))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::cli::command_line;

    #[test]
    fn every_argument_that_is_asked_for_is_there_and_every_agent_is_asked_for() {
        with_live_values(command_line()).debug_assert();
        let mut named = Vec::new();
        for above in command_line().get_subcommands() {
            for command in above.get_subcommands() {
                for argument in command.get_arguments() {
                    let is_agents = argument.get_id() == "agents";
                    if is_agents || (above.get_name() == "agent" && argument.get_id() == "name") {
                        named.push([above.get_name().to_owned(), command.get_name().to_owned()]);
                    }
                }
            }
        }
        for words in named {
            assert!(LIVE.iter().any(|(known, ..)| **known == words), "{words:?}");
        }
    }
}
