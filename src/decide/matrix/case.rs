//! What a case of the matrix says, read and checked.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use globset::GlobSet;

use crate::decide::matrix::start::{Start, Starts};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::tree::Tree;

/// One state in which an operator may have left a home, and what must become of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// What is particular about it.
    pub title: String,
    /// What it starts from.
    pub starts: Vec<Start>,
    /// The command line; empty means `update`, and `install` where there was nothing.
    pub arguments: Vec<String>,
    /// The exit status.
    pub exit: PerStart<u8>,
    /// The outcome of migrations, by id.
    pub migrations: BTreeMap<String, PerStart<String>>,
    /// What people must read.
    pub messages: PerStart<Vec<String>>,
    /// The advisories that must be given: a path, or a path and a line.
    pub advisories: PerStart<Vec<String>>,
    /// What it makes of the start.
    pub state: Vec<CaseRule>,
    /// What must become of it.
    pub expect: Vec<CaseRule>,
    /// What lies in its folder.
    pub folder: Folder,
    /// The text of its `case.toml`.
    pub sheet: Arc<CaseSheet>,
}

/// What lies beside a `case.toml`.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// What is laid over a start, with the starts for which it is.
    pub laid_over: Vec<(Option<Starts>, Tree)>,
    /// What must be there in the end, with the starts for which it must.
    pub expected: Vec<(Option<Starts>, Tree)>,
    /// What a `crontab -l` prints.
    pub crontab: Option<Vec<u8>>,
}

/// A value that may differ from start to start.
#[derive(Debug, Clone)]
pub enum PerStart<T> {
    /// The same for all.
    Same(T),
    /// One for each of these.
    By(Vec<(Starts, T)>),
}

impl<T> PerStart<T> {
    /// The value for a start, if there is one.
    pub fn get(&self, start: &Start) -> Option<&T> {
        match self {
            Self::Same(value) => Some(value),
            Self::By(values) => values
                .iter()
                .find(|(starts, _)| starts.has(start))
                .map(|(_, value)| value),
        }
    }
}

/// A text that people wrote rules in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSheet {
    /// Its file.
    pub file: String,
    /// What is in it.
    pub text: String,
}

impl CaseSheet {
    /// Something that is wrong in it.
    pub fn fault(&self, span: Range<usize>, problem: impl Into<String>) -> TextFault {
        TextFault {
            file: self.file.clone(),
            text: self.text.clone(),
            span,
            problem: problem.into(),
            remedy: None,
        }
    }
}

/// One rule of a state, or of what is expected.
#[derive(Debug, Clone)]
pub struct CaseRule {
    /// The starts for which it holds; all, where none are named.
    pub starts: Option<Starts>,
    /// What it says.
    pub deed: Deed,
    /// Where it stands.
    pub sheet: Arc<CaseSheet>,
    /// Its bytes there.
    pub span: Range<usize>,
}

/// What a rule does to a tree.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A text in files becomes another.
    Substitute {
        files: GlobSet,
        from: String,
        to: String,
        times: Times,
    },
    /// Files get a text in front and at the end.
    Extend {
        files: GlobSet,
        prepend: String,
        append: String,
    },
    /// Files get these permission bits.
    SetMode { files: GlobSet, mode: Mode },
    /// Files come.
    Make {
        path: String,
        content: String,
        each: String,
        number: Option<usize>,
        mode: Option<Mode>,
    },
    /// Paths go, with all below them.
    Remove { paths: GlobSet },
    /// A file or directory comes a second time.
    Copy { from: RelPath, to: RelPath },
    /// A file or directory moves.
    Move { from: RelPath, to: RelPath },
    /// A link comes in the place of what is there.
    Link { path: RelPath, target: String },
    /// Paths are what they were before the command.
    Keep { paths: GlobSet },
    /// The rules of a set hold.
    Use { rules: Vec<CaseRule> },
}

/// How often a text must be found in each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Just so often.
    Exactly(usize),
    /// At least once.
    All,
}
