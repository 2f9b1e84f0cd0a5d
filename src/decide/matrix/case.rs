//! A case of the matrix, read and checked.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use globset::GlobSet;

use crate::decide::matrix::start::{Start, Starts};
use crate::model::mode::Mode;
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::tree::Tree;

/// A case: one state in which an operator may have left a home, and the outcome that it must have.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// The particulars, in a few words.
    pub title: String,
    /// Starts that it is played from.
    pub starts: Vec<Start>,
    /// The command line; empty means `update`, and `install` where there was nothing.
    pub arguments: Vec<String>,
    /// The exit status.
    pub exit: PerStart<u8>,
    /// The outcome of migrations, by id.
    pub migrations: BTreeMap<String, PerStart<String>>,
    /// Words that people must read.
    pub messages: PerStart<Vec<String>>,
    /// The advisories that must be given: a path, or a path and a line.
    pub advisories: PerStart<Vec<String>>,
    /// Rules that make the state out of a start.
    pub state: Vec<CaseRule>,
    /// Rules that make the outcome out of an update's.
    pub expect: Vec<CaseRule>,
    /// Files in its folder.
    pub folder: Folder,
    /// The text of its `case.toml`.
    pub sheet: Arc<CaseSheet>,
}

/// Files beside a `case.toml`.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// Trees laid over a start, with the starts for which they are.
    pub laid_over: Vec<(Option<Starts>, Tree)>,
    /// Trees that must be there in the end, with the starts for which they must.
    pub expected: Vec<(Option<Starts>, Tree)>,
    /// Output of `crontab -l`.
    pub crontab: Option<Vec<u8>>,
}

/// A value that may differ from start to start.
#[derive(Debug, Clone)]
pub enum PerStart<T> {
    /// The same for all.
    Same(T),
    /// A value for each of these.
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
    /// Name of the file.
    pub file: String,
    /// Content of the file.
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

/// A rule of a state, or of what is expected.
#[derive(Debug, Clone)]
pub struct CaseRule {
    /// The starts for which it holds; all, where none are named.
    pub starts: Option<Starts>,
    /// The rule's deed.
    pub deed: Deed,
    /// The file that it stands in.
    pub sheet: Arc<CaseSheet>,
    /// Bytes of the rule there.
    pub span: Range<usize>,
}

/// The deed of a rule: a change of a tree.
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

/// Number of times that a text must be found in each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Just so often.
    Exactly(usize),
    /// At least once.
    All,
}
