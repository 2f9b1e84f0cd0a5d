//! The manual: a page for each command, and one for what they have in common.

mod roff;

use clap::{Arg, Command};

use crate::edge::report::manual::roff::{Page, bold, italic};
use crate::edge::report::topics::{TOPICS, Topic};
use crate::effects::os::host;

/// The day on which the words of the manual were last gone through.
const REVISED: &str = "2026-11-29";

/// The chapters that every page has sections of.
const COMMON: [(&str, &str); 2] = [("exit-status", "Exit status"), ("surroundings", "")];

/// The pages, by file name.
pub(crate) fn pages(command: &Command) -> Vec<(String, Vec<u8>)> {
    let mut pages = below(command, None);
    pages.push(("mosaic.7".to_owned(), overview()));
    pages
}

/// The page of a command and those of its own commands.
fn below(command: &Command, above: Option<&Command>) -> Vec<(String, Vec<u8>)> {
    let page = (format!("{}.1", name(command)), page(command, above));
    let commands = own_commands(command).flat_map(|own| below(own, Some(command)));
    std::iter::once(page).chain(commands).collect()
}

fn own_commands(command: &Command) -> impl Iterator<Item = &Command> {
    let is_page = |own: &&Command| own.get_name() != "help" || name(own) == "mosaic-help";
    command.get_subcommands().filter(is_page)
}

fn name(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or(command.get_name());
    name.to_owned()
}

fn page(command: &Command, above: Option<&Command>) -> Vec<u8> {
    let name = name(command);
    let mut page = begin(&name, 1);
    let about = command.get_about().map(ToString::to_string);
    let about = about.unwrap_or_default();
    page.section("Name");
    page.paragraph(&format!("{name} - {}", about.trim_end_matches('.')));
    page.section("Synopsis");
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").split_whitespace();
    page.paragraph(&usage.collect::<Vec<_>>().join(" "));
    page.section("Description");
    page.paragraph(&format!("{}.", about.trim_end_matches('.')));
    let own: Vec<_> = own_commands(command).collect();
    if !own.is_empty() {
        page.section("Commands");
        for own in &own {
            let about = own.get_about().map(ToString::to_string).unwrap_or_default();
            page.term(&format!("{}(1)", bold(&self::name(own))), &about);
        }
    }
    arguments(&mut page, command);
    examples(&mut page, command);
    for topic in TOPICS {
        if let Some((_, heading)) = COMMON.iter().find(|(name, _)| *name == topic.name) {
            chapter(&mut page, topic, Some(heading));
        }
    }
    page.section("See also");
    let above = above.map(self::name);
    let pages = own.iter().map(|own| self::name(own)).chain(above);
    let pages = pages.map(|page| format!("{}(1)", bold(&page)));
    let pages: Vec<_> = pages.chain([format!("{}(7)", bold("mosaic"))]).collect();
    pages.iter().enumerate().for_each(|(at, entry)| {
        let end = if at + 1 == pages.len() { "" } else { "," };
        page.raw(&format!("{entry}{end}"));
    });
    page.into_bytes()
}

fn begin(name: &str, section: u8) -> Page {
    let source = format!("mosaic {}", host::program_version());
    Page::new(name, section, REVISED, &source)
}

fn arguments(page: &mut Page, command: &Command) {
    let shown = |arg: &&Arg| !arg.is_hide_set();
    let positionals: Vec<_> = command.get_positionals().filter(shown).collect();
    if !positionals.is_empty() {
        page.section("Arguments");
        positionals.iter().for_each(|arg| argument(page, arg));
    }
    let mut options: Vec<_> = command.get_opts().filter(shown).collect();
    options.extend(command.get_arguments().filter(|arg| {
        !arg.is_positional() && !arg.get_action().takes_values() && !arg.is_hide_set()
    }));
    let mut headings: Vec<_> = options.iter().map(|arg| arg.get_help_heading()).collect();
    headings.sort_unstable();
    headings.dedup();
    for heading in headings {
        page.section(heading.unwrap_or("Options"));
        let those = options.iter();
        those
            .filter(|arg| arg.get_help_heading() == heading)
            .for_each(|arg| argument(page, arg));
    }
}

fn argument(page: &mut Page, arg: &Arg) {
    let names = arg.get_value_names().unwrap_or_default().iter();
    let values: Vec<_> = names.map(|name| italic(name)).collect();
    let values = values.join(" ");
    let takes = arg.get_action().takes_values();
    let names = [
        arg.get_short().map(|short| format!("-{short}")),
        arg.get_long().map(|long| format!("--{long}")),
    ];
    let names: Vec<_> = names.iter().flatten().map(|name| bold(name)).collect();
    let term = match (names.join(", "), takes) {
        (names, _) if names.is_empty() => values,
        (names, true) => format!("{names} {values}"),
        (names, false) => names,
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    page.term(&term, &format!("{help}{}", choices(arg)));
}

/// The values to choose from, and the one that is taken where none is named.
fn choices(arg: &Arg) -> String {
    if !arg.get_action().takes_values() {
        return String::new();
    }
    let values = arg.get_possible_values();
    let shown = values.iter().filter(|value| !value.is_hide_set());
    let shown: Vec<_> = shown.map(|value| value.get_name().to_owned()).collect();
    let defaults = arg.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    let mut text = String::new();
    if !shown.is_empty() && !arg.is_hide_possible_values_set() {
        text += &format!(". One of: {}", shown.join(", "));
    }
    if !defaults.is_empty() {
        text += &format!(" [default: {}]", defaults.join(" "));
    }
    text
}

/// What stands below the help: prose is filled, commands stay as they are.
fn examples(page: &mut Page, command: &Command) {
    let Some(below) = command.get_after_help() else {
        return;
    };
    page.section("Examples");
    for block in below.to_string().split("\n\n") {
        let lines = block.lines().filter(|line| !line.starts_with("Example"));
        let lines: Vec<_> = lines.collect();
        if lines.iter().any(|line| line.starts_with("  ")) {
            page.typed(&lines);
        } else {
            page.paragraph(&lines.join(" "));
        }
    }
}

/// The page of all that the commands have in common.
fn overview() -> Vec<u8> {
    let mut page = begin("mosaic", 7);
    page.section("Name");
    page.paragraph("mosaic - homes, releases, generations and fleets");
    for topic in TOPICS {
        chapter(&mut page, topic, None);
    }
    page.section("See also");
    page.raw(&format!("{}(1)", bold("mosaic")));
    page.into_bytes()
}

/// A chapter of the guide: a section each for its parts, the first by `heading`; an empty one is left to the parts, whose
/// names end with a colon.
fn chapter(page: &mut Page, topic: Topic, heading: Option<&str>) {
    let heading = heading.unwrap_or(topic.title());
    if !heading.is_empty() {
        page.section(heading);
    }
    let mut lines = topic.text.lines().skip(1).peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        if line.starts_with("```") {
            let typed: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            page.typed(&typed);
            continue;
        }
        let mut text = line.trim_start_matches("- ").to_owned();
        while let Some(more) = lines.next_if(|next| !next.is_empty() && !next.starts_with("- ")) {
            text = format!("{text} {}", more.trim());
        }
        let term = text.split_once(": ").filter(|_| line.starts_with("- "));
        match (term, text.strip_suffix(':')) {
            (Some((term, said)), _) => page.term(&bold(&term.replace(['`', '*'], "")), said),
            (None, Some(name)) if heading.is_empty() => page.section(name),
            _ if line.starts_with("- ") => page.term("\\(bu", &text),
            _ => page.paragraph(&text),
        }
    }
}
