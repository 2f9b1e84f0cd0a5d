//! What came of a kind, counted, and the table of all.

use std::fmt;

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
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by_key(|counts| counts.kind);
    let rows = all.into_iter().map(|counts| format!("{counts}\n"));
    let rows: String = rows.collect();
    format!("\nkind of file system      old    new  refused  violations\n{rows}")
}

/// A row of the table.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            old,
            new,
            refused,
            not_tried,
            broken,
        } = self;
        match not_tried {
            Some(why) => write!(f, "{kind:20}  not tried: {why}"),
            None => {
                let violations = usize::from(broken.is_some());
                write!(
                    f,
                    "{kind:20}  {old:6} {new:6}   {refused:6}  {violations:10}"
                )
            }
        }
    }
}
