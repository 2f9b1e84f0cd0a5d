//! The lines of a text that mention a name, for advisories.

/// The lines of a script that mention a name as a whole word, counted from 1. Comments do not count, `#!` does.
pub(crate) fn in_script(text: &str, word: &str) -> Vec<usize> {
    lines(text, word, |line| {
        line.starts_with('#') && !line.starts_with("#!")
    })
}

/// The lines of a unit or a drop-in that mention a name as a whole word, counted from 1. Comments do not count.
pub(crate) fn in_unit(text: &str, word: &str) -> Vec<usize> {
    lines(text, word, |line| line.starts_with(['#', ';']))
}

fn lines(text: &str, word: &str, is_comment: impl Fn(&str) -> bool) -> Vec<usize> {
    let lines = text.lines().enumerate();
    let mentions = lines.filter(|(_, line)| !is_comment(line.trim_start()) && has_word(line, word));
    mentions.map(|(index, _)| index + 1).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    line.match_indices(word).any(|(offset, _)| {
        !line[..offset].ends_with(is_of_word)
            && !line[offset + word.len()..].starts_with(is_of_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_a_whole_word_and_no_comment() {
        for (line, is_mention) in [
            ("tmux -L mosaic-factory ls", true),
            ("\ttmux -Lx -L\"mosaic-factory\"", true),
            ("mosaic-factory", true),
            ("S=mosaic-factory;tmux", true),
            ("é mosaic-factory é", true),
            ("#!/bin/mosaic-factory", true),
            ("echo x # mosaic-factory", true),
            ("mosaic-factory2 mosaic-factory", true),
            ("# mosaic-factory", false),
            ("  # mosaic-factory", false),
            ("mosaic-factory-2", false),
            ("my-mosaic-factory", false),
            ("mosaic-factory.service", false),
            ("mosaic-factory_x émosaic-factory mosaic-factoryé", false),
        ] {
            let text = format!("first\r\n{line}\r\nlast");
            let expected = if is_mention { vec![2] } else { vec![] };
            assert_eq!(in_script(&text, "mosaic-factory"), expected, "{line}");
        }
    }

    #[test]
    fn units_have_two_signs_for_comments() {
        let text =
            "; mosaic-factory\n#mosaic-factory\nExecStop=tmux -L mosaic-factory kill-server\n";
        assert_eq!(in_unit(text, "mosaic-factory"), [3]);
        assert_eq!(in_script(text, "mosaic-factory"), [1, 3]);
    }
}
