//! `why`: whose a path is, by which rule, what is wanted, recorded and found, and what an update would do.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use schemars::JsonSchema;
use schemars::{Schema, schema_for};
use serde::Serialize;

use crate::decide::home::situation::Objection;
use crate::edge::cli::command::Command;
use crate::edge::cli::session::Session;
use crate::edge::error::{CommandError, Exit};
use crate::edge::report::document::schema_name;
use crate::edge::report::output::{style, styled};
use crate::edge::report::plan_text::refusal_text;
use crate::model::digest::Digest;
use crate::ops::why::{Explanation, explain};

/// Shown below the help.
pub(crate) const EXAMPLE: &str = "\
Examples:
  mosaic why fleet/roster.yaml
  mosaic why guides/qa.md \\
    --from ./mosaic-0.2.0

Paths that you want to keep to yourself go into .mosaicpreserve at the top of the home: one glob a line, # for comments, ! takes a path out again, the last match wins. * and ? stop at a slash, ** does not; a glob on a directory covers all below it.";

/// Arguments of `why`.
#[derive(Debug, ClapArgs)]
pub(crate) struct WhyArgs {
    /// Paths in the home
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// The bundle that an update would come from [default: the release in this program]
    #[arg(long, value_name = "BUNDLE")]
    pub from: Option<PathBuf>,
}

/// `why`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct WhyDocument {
    /// `mosaic.why/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// The path in the home.
    pub path: String,
    /// Whose the path is: its class, `framework`, `seeded` or `preserved`; `yours` where no rule names it and no release
    /// ships it; `mosaic` for Mosaic's own state.
    pub class: String,
    /// The rule that decided; null for the default.
    pub rule: Option<RuleLine>,
    /// The digest of what the bundle ships there; null where it ships nothing.
    pub want: Option<Digest>,
    /// The digest of the shipped content that was taken in last; null where none is recorded.
    pub record: Option<Digest>,
    /// The digest of the file on disk; null where there is none, and for the operator's own, which is not read.
    pub found: Option<Digest>,
    /// The kind of what is on disk: `absent`, `file`, `directory`, `symbolic link`...
    pub found_kind: String,
    /// The release that an update would come to.
    pub release: String,
    /// The reason why that update would be refused as a whole; null where it would not.
    pub refusal: Option<String>,
    /// The action that an update would take; `none` where it has nothing to do with the path, or would be refused.
    pub action: String,
    /// The reason of that action.
    pub reason: String,
    /// The fleet's units that run or read the path.
    pub units: Vec<DependentLine>,
    /// The known path that resembles this one most; null where something is known of this one.
    pub nearest: Option<String>,
}

/// `why` of several paths.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct WhyListDocument {
    /// `mosaic.why.list/1`.
    pub schema: String,
    /// The home.
    pub home: String,
    /// What is known of each path, in the order in which they were named.
    pub paths: Vec<WhyDocument>,
}

/// A unit that runs or reads a path.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct DependentLine {
    /// The unit's name.
    pub unit: String,
    /// Set where the unit runs; null where no user manager can be asked.
    pub runs: Option<bool>,
    /// The reason why the unit is stale, a file that changed since it started; null where it is not.
    pub stale: Option<String>,
}

/// The rule that decides a path's class.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct RuleLine {
    /// The glob as written.
    pub glob: String,
    /// The file that the rule stands in.
    pub file: String,
    /// The rule's line in that file, counted from 1.
    pub line: usize,
}

impl Command for WhyArgs {
    fn only_looks(&self) -> bool {
        true
    }

    fn documents() -> Vec<(&'static str, Schema)> {
        vec![
            ("why", schema_for!(WhyDocument)),
            ("why.list", schema_for!(WhyListDocument)),
        ]
    }

    fn run(&self, session: &Session) -> Result<Exit, CommandError> {
        let output = session.output;
        let mut documents = Vec::new();
        let mut objection = None;
        for path in &self.paths {
            let path = session.path_in_home(path)?;
            let mut explanation = explain(&session.context, &path, self.from.as_ref())?;
            objection = explanation.objection.take();
            let document = describe(session, path.to_string(), explanation, objection.as_ref());
            output.info(&text(&document));
            documents.push(document);
        }
        if let Some(objection) = &objection {
            output.print(&refusal_text(objection, self.from.is_some()));
        }
        match documents.as_slice() {
            [document] => output.document(document),
            _ => output.document(&WhyListDocument {
                schema: schema_name("why.list"),
                home: session.home_text(),
                paths: documents,
            }),
        }
        Ok(Exit::Done)
    }
}

fn describe(
    session: &Session,
    path: String,
    explanation: Explanation,
    objection: Option<&Objection>,
) -> WhyDocument {
    let units = explanation.units.into_iter();
    WhyDocument {
        schema: schema_name("why"),
        home: session.home_text(),
        path,
        class: explanation.whose.to_string(),
        rule: explanation.rule.map(|rule| RuleLine {
            glob: rule.text,
            file: rule.file.to_owned(),
            line: rule.line,
        }),
        want: explanation.want,
        record: explanation.record,
        found: explanation.found,
        found_kind: explanation.found_kind,
        release: explanation.release.to_string(),
        refusal: objection.map(ToString::to_string),
        action: explanation.action,
        reason: explanation.reason,
        units: units
            .map(|unit| DependentLine {
                unit: unit.name.to_string(),
                runs: unit.runs,
                stale: unit.stale.map(|reason| reason.to_string()),
            })
            .collect(),
        nearest: explanation.nearest,
    }
}

fn text(document: &WhyDocument) -> String {
    let mut text = String::new();
    let rule = match &document.rule {
        Some(rule) => format!("by `{}` ({}:{})", rule.glob, rule.file, rule.line),
        None => "by default: no rule names it".to_owned(),
    };
    let class = match document.class.as_str() {
        "yours" => "yours: no rule names it, and no release ships it".to_owned(),
        "mosaic" => "Mosaic's own".to_owned(),
        class => format!("{class}, {rule}"),
    };
    let content = |digest: Option<Digest>, otherwise: &str| {
        digest.map_or(otherwise.to_owned(), |digest| digest.short())
    };
    let lines = [
        ("class", class),
        ("want", content(document.want, "not shipped")),
        ("record", content(document.record, "not recorded")),
        ("found", content(document.found, &document.found_kind)),
        (
            "update",
            format!("{}: {}", document.action, document.reason),
        ),
    ];
    text += &format!("{}\n", styled(style::STRONG, &document.path));
    for (name, line) in lines {
        text += &format!("  {name:7} {line}\n");
    }
    for (index, line) in document.units.iter().enumerate() {
        let name = if index == 0 { "units" } else { "" };
        let life = match (line.runs, &line.stale) {
            (_, Some(reason)) => format!(" is stale: {reason}"),
            (Some(true), None) => " runs on what is there".to_owned(),
            (Some(false), None) => " does not run".to_owned(),
            (None, None) => String::new(),
        };
        text += &format!("  {name:7} {}{life}\n", line.unit);
    }
    if let Some(nearest) = &document.nearest {
        text += &format!("Did you mean {nearest}?\n");
    }
    text
}
