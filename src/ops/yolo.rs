//! `yolo`: a runtime without its approval prompts, in place of this program.

use std::ffi::OsString;

use crate::decide::fleet::keys::{CONVERSATION, HOOKS, MODEL, RUNTIME};
use crate::decide::fleet::runtimes::facts;
use crate::decide::fleet::runtimes::start::unasked;
use crate::decide::text::nearest::nearest;
use crate::effects::os::host;
use crate::effects::os::process::become_program;
use crate::model::runtime::Runtime;

/// The reason why a runtime is not started.
#[derive(Debug, thiserror::Error)]
pub enum YoloError {
    /// No runtime has that name, or how it works without approvals is not known.
    #[error("there is no runtime {name:?} whose approvals can be switched off")]
    Unknown {
        /// The name.
        name: String,
        /// The runtime that is most like it.
        meant: Option<String>,
    },
    /// It refuses to work so as root.
    #[error("{0} does not start without approvals as root")]
    Root(Runtime),
    /// It is nowhere.
    #[error("{0} is not on the PATH")]
    Absent(Runtime),
    /// The system does not start it.
    #[error("{runtime} cannot be started")]
    Failed {
        /// The runtime.
        runtime: Runtime,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
}

/// A start without approvals, ready to be carried out.
#[derive(Debug)]
pub struct Yolo {
    runtime: Runtime,
    /// Arguments of the program.
    pub arguments: Vec<OsString>,
    /// Variables that it sees besides those of this process.
    pub environment: Vec<(&'static str, &'static str)>,
}

impl Yolo {
    /// Prepares the start of a runtime with arguments of the caller's.
    ///
    /// # Errors
    ///
    /// [`YoloError::Unknown`] and [`YoloError::Root`].
    pub fn prepare(name: &str, arguments: &[OsString]) -> Result<Self, YoloError> {
        let known = Runtime::known(name);
        let Some((runtime, facts)) = known.and_then(|known| Some((known.clone(), facts(&known)?)))
        else {
            let all = Runtime::KNOWN.map(|runtime| runtime.to_string());
            return Err(YoloError::Unknown {
                name: name.to_owned(),
                meant: nearest(name, all),
            });
        };
        let is_root = host::effective_uid() == 0;
        let model = host::variable(MODEL);
        let conversation = given(CONVERSATION, name);
        let conversation = words(conversation.split_whitespace());
        let hooks = words(given(HOOKS, name).lines());
        let start = unasked(facts, &hooks, &conversation, arguments, model, is_root);
        let Some(start) = start else {
            return Err(YoloError::Root(runtime));
        };
        let is_absent = |(name, _): &(&str, &str)| host::given(name).is_none();
        let absent = start.set_if_absent.into_iter().filter(is_absent);
        Ok(Self {
            runtime,
            arguments: start.arguments,
            environment: start.set.into_iter().chain(absent).collect(),
        })
    }

    /// Becomes the runtime, whose own programs take neither its conversation up a second time nor its hooks. Returns only
    /// where that is not possible, with the reason.
    pub fn go(self) -> YoloError {
        let name = self.runtime.as_str();
        let source = become_program(
            name,
            &self.arguments,
            &self.environment,
            &[CONVERSATION, HOOKS],
        );
        let runtime = self.runtime;
        match source.kind() {
            std::io::ErrorKind::NotFound => YoloError::Absent(runtime),
            _ => YoloError::Failed { runtime, source },
        }
    }
}

/// What the start script gives the agent's own runtime; nothing for another one.
fn given(key: &str, name: &str) -> String {
    let given = host::variable(key).and_then(|words| words.into_string().ok());
    let is_its_own = host::variable(RUNTIME).is_none_or(|runtime| runtime == name);
    given.filter(|_| is_its_own).unwrap_or_default()
}

fn words<'a>(all: impl Iterator<Item = &'a str>) -> Vec<OsString> {
    all.map(OsString::from).collect()
}
