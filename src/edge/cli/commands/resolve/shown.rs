//! `resolve PATH`: a conflict shown from both sides, and settled as its reader says.

use std::path::Path;

use crate::decide::bundle::check::FILE_SIZE_MAX;
use crate::decide::doctor::quoted;
use crate::edge::cli::commands::change::describe;
use crate::edge::cli::commands::resolve::settle;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::delta_text;
use crate::edge::report::output::{style, styled};
use crate::edge::report::question::{can_be_asked, choose};
use crate::effects::os::disk::bounded::read_named_at_most;
use crate::effects::os::editor;
use crate::model::path::RelPath;
use crate::ops::resolve::{Conflict, Settlement, Which, conflict, parked};

const QUESTION: &str = "[m]ine, [s]hipped, [e]dit the merge, or [l]ater?";

/// Shows a conflict, and settles it as a person says; where nobody can be asked, tells what to type.
pub(super) fn show(session: &Session, path: &RelPath, edits: bool) -> Result<Exit, CommandError> {
    let conflict = conflict(&session.context, path)?;
    let which = Which::Paths(vec![path.clone()]);
    if edits {
        return settle(session, &which, &edited(&conflict, path)?);
    }
    let output = session.output;
    output.print(&text(session, path, &conflict));
    if !can_be_asked() || output.is_json() {
        output.print(&commands(session, path, &conflict));
        output.document(&describe(session, &parked(&session.context)?, "resolve"));
        return Ok(Exit::NeedsPerson);
    }
    loop {
        let answer = choose(output, &session.context, QUESTION)?;
        let settlement = match answer.as_str() {
            "m" | "mine" => Settlement::Mine,
            "s" | "shipped" => Settlement::Shipped,
            "e" | "edit" => edited(&conflict, path)?,
            "l" | "later" | "" => return Ok(Exit::NeedsPerson),
            _ => continue,
        };
        return settle(session, &which, &settlement);
    }
}

/// Both sides, each as a change of what shipped before.
fn text(session: &Session, path: &RelPath, conflict: &Conflict) -> String {
    let screen = session.output.screen();
    let heading = styled(style::STRONG, path.to_string());
    let mut text = format!("{heading}  {}\n", conflict.reason);
    for (name, delta) in [("mine", &conflict.mine), ("shipped", &conflict.shipped)] {
        let name = styled(style::STRONG, name);
        let diff = delta_text::text(std::slice::from_ref(delta), &screen);
        text += &format!(
            "\n{name}\n{}",
            if diff.is_empty() {
                "as shipped before\n"
            } else {
                &diff
            }
        );
    }
    text
}

/// What to type, one line an end.
fn commands(session: &Session, path: &RelPath, conflict: &Conflict) -> String {
    let path = quoted(path.as_str());
    let ends = ["--mine", "--shipped", "--edit"];
    let shown = if conflict.merge.is_some() { 3 } else { 2 };
    let line = |how: &&str| {
        let command = session.command(&format!("resolve {path} {how}"));
        format!("  {command}\n")
    };
    let lines: String = ends.iter().take(shown).map(line).collect();
    format!("To settle it:\n{lines}")
}

/// What a person makes of the failed merge. It stays where it is parked: what was done is there also when it is left.
fn edited(conflict: &Conflict, path: &RelPath) -> Result<Settlement, CommandError> {
    let Some(merge) = &conflict.merge else {
        let problem = format!("{path} has no merge to edit: give your own with --merged FILE");
        return Err(CommandError::Usage(problem));
    };
    let failed =
        |error: std::io::Error| CommandError::Usage(format!("the editor did not run: {error}"));
    let problem = match editor::edit(merge).map_err(failed)? {
        Some(true) => return read(merge).map(Settlement::Merged),
        Some(false) => "the editor ended with an error; nothing was settled",
        None => "there is no terminal: name an editor that needs none in VISUAL",
    };
    Err(CommandError::Usage(problem.to_owned()))
}

fn read(merge: &Path) -> Result<Vec<u8>, CommandError> {
    read_named_at_most(merge, FILE_SIZE_MAX)
        .map_err(|error| CommandError::Usage(format!("cannot read {}: {error}", merge.display())))
}
