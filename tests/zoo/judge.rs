//! What came of a kind, counted, and the table of all.

use std::fmt::Write as _;

/// A promise that was broken.
pub type Broken = String;

/// What came of the commands on one kind.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    kind: &'static str,
    /// Ended as before the command.
    pub old: usize,
    /// Ended as after it.
    pub new: usize,
    /// Refused before anything changed.
    pub refused: usize,
    /// Why nothing was tried.
    pub not_tried: Option<String>,
    /// What ended the life on this kind.
    pub broken: Option<Broken>,
}

impl Counts {
    /// None yet.
    pub fn of(kind: &'static str) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }
}

/// The table of all kinds.
pub fn table(all: &[Counts]) -> String {
    let mut all = all.to_vec();
    all.sort_by_key(|counts| counts.kind);
    let mut text = "\nkind of file system      old    new  refused  violations\n".to_owned();
    for counts in all {
        let Counts {
            kind,
            old,
            new,
            refused,
            not_tried,
            broken,
        } = counts;
        let _ = match not_tried {
            Some(why) => writeln!(text, "{kind:20}  not tried: {why}"),
            None => {
                let violations = usize::from(broken.is_some());
                writeln!(
                    text,
                    "{kind:20}  {old:6} {new:6}   {refused:6}  {violations:10}"
                )
            }
        };
    }
    text
}
