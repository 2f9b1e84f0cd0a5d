//! `man`: the manual, one page a command, for packagers.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Command};
use schemars::JsonSchema;
use serde::Serialize;

use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::voice::Output;
use crate::effects::os::disk::{Root, Target, make_directories};
use crate::effects::os::host;
use crate::model::mode::Mode;

/// Shown below the help.
pub const EXAMPLE: &str = "\
Examples:
  mosaic man ./man1
  man -l ./man1/mosaic-update.1";

/// Arguments of `man`.
#[derive(Debug, ClapArgs)]
pub struct ManArgs {
    /// Where the pages go; made if it is not there
    pub dir: PathBuf,
}

/// `man`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ManDocument {
    /// `mosaic.man/1`.
    pub schema: String,
    /// Where the pages are.
    pub directory: String,
    /// The pages, by file name.
    pub pages: Vec<String>,
}

/// Writes the pages of a command line.
pub fn run(
    voice: &mut Output,
    mut command: Command,
    asked: &ManArgs,
) -> Result<Exit, CommandError> {
    make_directories(&asked.dir)?;
    let root = Root::open(&asked.dir)?;
    command.build();
    let mut pages = Vec::new();
    for (name, text) in pages_of(&command) {
        write(&root, &name, &text)?;
        voice.say(&asked.dir.join(&name).display().to_string());
        pages.push(name);
    }
    let directory = asked.dir.display().to_string();
    voice.document(&ManDocument {
        schema: schema_name("man"),
        directory,
        pages,
    });
    Ok(Exit::Done)
}

/// The page of a command and those of its own commands.
fn pages_of(command: &Command) -> Vec<(String, Vec<u8>)> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let below = command
        .get_subcommands()
        .filter(|below| below.get_name() != "help");
    std::iter::once((format!("{name}.1"), page(command)))
        .chain(below.flat_map(pages_of))
        .collect()
}

/// One page.
fn page(command: &Command) -> Vec<u8> {
    let mut text = Vec::new();
    let examples = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let source = format!("mosaic {}", host::program_version());
    // Writing to a Vec cannot fail.
    let _ = clap_mangen::Man::new(command.clone().after_help(None))
        .source(source)
        .render(&mut text);
    text.extend_from_slice(b".SH EXAMPLES\n");
    examples
        .split("\n\n")
        .for_each(|block| text.extend_from_slice(set(block).as_bytes()));
    text
}

/// A block of what stands below the help: prose is filled, lists and commands stay as they are.
fn set(block: &str) -> String {
    let escaped = |line: &str| format!("\\&{}\n", line.replace('\\', "\\e").replace('-', "\\-"));
    let lines: String = block
        .lines()
        .filter(|line| !line.starts_with("Example"))
        .map(escaped)
        .collect();
    match block.contains("\n  ") {
        true => format!(".PP\n.nf\n{lines}.fi\n"),
        false => format!(".PP\n{lines}"),
    }
}

/// A reader sees the former page or this one, whole.
fn write(root: &Root, name: &str, text: &[u8]) -> Result<(), CommandError> {
    const READABLE: u32 = 0o644;
    let fresh = format!(".{name}.new");
    root.remove_all(&fresh)?;
    root.create(&fresh, text, Mode::from_st_mode(READABLE), None)?;
    Ok(root.rename(&fresh, (root, name), Target::Replaced)?)
}
