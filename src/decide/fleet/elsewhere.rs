//! Commands for another host: the words that ssh is given, and the line that a shell there is.

use crate::decide::doctor::quoted;

/// Seconds that a connection may take to come about.
const CONNECT: u32 = 5;
/// Seconds without a sign of the other host after which it counts as gone, in parts of a third.
const SILENCE: u32 = 15;

/// The environment variable by which a program knows that it was started from another host, and by whom.
pub(crate) const CALLER: &str = "MOSAIC_CALLER";

/// The words for ssh. It asks nothing, and gives up on a host that does not answer. `has_terminal` gives the command one.
pub(crate) fn words(destination: &str, line: &str, has_terminal: bool) -> Vec<String> {
    let options = [
        "BatchMode=yes".to_owned(),
        format!("ConnectTimeout={CONNECT}"),
        format!("ServerAliveInterval={}", SILENCE / 3),
        "ServerAliveCountMax=3".to_owned(),
    ];
    let mut words: Vec<_> = options
        .into_iter()
        .flat_map(|option| ["-o".to_owned(), option])
        .collect();
    words.push(if has_terminal { "-t" } else { "-T" }.to_owned());
    words.extend(["--", destination, line].map(str::to_owned));
    words
}

/// The line by which a shell of another host runs `mosaic` with these arguments, as a login shell there finds it. `caller` is
/// who asks, as messages are signed.
pub(crate) fn line(caller: &str, arguments: &[String]) -> String {
    const RUN: &str = "export MOSAIC_CALLER=$1; shift; exec mosaic \"$@\"";
    let words = ["exec", "bash", "-lc", RUN, "mosaic", caller];
    let words = words
        .into_iter()
        .chain(arguments.iter().map(String::as_str));
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_never_asks_and_never_takes_a_destination_for_an_option() {
        let words = words("u@h", "exec x", false);
        assert_eq!(words[..2], ["-o", "BatchMode=yes"]);
        assert_eq!(words[words.len() - 4..], ["-T", "--", "u@h", "exec x"]);
    }

    #[test]
    fn each_word_is_one_word_there_too() {
        let arguments = ["agent", "send", "a", "-m", "it's $HOME `x`\n; rm"].map(str::to_owned);
        let line = line("here:lead", &arguments);
        let expected = "exec bash -lc 'export MOSAIC_CALLER=$1; shift; exec mosaic \"$@\"' mosaic here:lead \
                        agent send a -m 'it'\\''s $HOME `x`\n; rm'";
        assert_eq!(line, expected);
    }
}
