//! `fleet init`: a roster from a preset.

use crate::decide::fleet::preset;
use crate::decide::plan::residue::left_by;
use crate::decide::text::nearest::nearest;
use crate::effects::bundle::{Bundle, Source};
use crate::effects::home::Home;
use crate::effects::home::evidence::DiskEvidence;
use crate::effects::os::disk::bounded::TEXT_MAX;
use crate::effects::os::host;
use crate::effects::scan::stat_cache::StatCache;
use crate::model::path::RelPath;
use crate::ops::change::{HomeChange, carry_out, vet_files};
use crate::ops::context::{Context, Run};
use crate::ops::error::Error;
use crate::ops::fleet::error::FleetError;

/// The folder of presets, in a home and in a bundle.
const EXAMPLES: &str = "fleet/examples";

/// The roster that is to be written.
#[derive(Debug, Clone)]
pub struct InitRequest {
    /// The roster's path in the home.
    pub roster: RelPath,
    /// The preset's name.
    pub preset: String,
    /// Set to replace a roster that is there.
    pub force: bool,
}

/// A roster from a preset, and what was done.
#[derive(Debug)]
pub struct Initialized {
    /// The change of the home.
    pub change: HomeChange,
    /// The presets to choose from, by name.
    pub presets: Vec<Preset>,
}

/// A roster to begin with.
#[derive(Debug, Clone)]
pub struct Preset {
    /// The name.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Preset {
    /// The first comment line of the text.
    pub fn title(&self) -> &str {
        preset::title(&self.text)
    }
}

/// Writes a roster from a preset.
///
/// # Errors
///
/// [`FleetError::NoPreset`], [`FleetError::RosterThere`] and [`FleetError::NotAFile`] as an [`Error::Fleet`],
/// [`Error::Transaction`] where it could not be written.
pub fn init(context: &Context, request: &InitRequest) -> Result<Initialized, Error> {
    let mut run = context.enter_recorded()?;
    let outcome = write(context, &mut run, request);
    run.end(outcome)
}

/// The names of the presets that a home has, or that ship where it has none.
///
/// # Errors
///
/// Whatever keeps the home or the bundle in the program from being read.
pub fn preset_names(context: &Context) -> Result<Vec<String>, Error> {
    let presets = presets(&context.look_to_tell()?)?;
    Ok(presets.into_iter().map(|preset| preset.name).collect())
}

fn write(context: &Context, run: &mut Run, request: &InitRequest) -> Result<Initialized, Error> {
    let home = run.home();
    let presets = presets(home)?;
    let chosen = chosen(&presets, &request.preset)?;
    let evidence = DiskEvidence::new(home, None);
    let path = &request.roster;
    let mut plan = preset::plan(
        &home.record,
        path,
        &chosen.text,
        request.force,
        host::umask(),
        &evidence,
    )?;
    vet_files(home, &mut plan)?;
    let change = carry_out(context, run, plan, "fleet init", None)?;
    Ok(Initialized { change, presets })
}

fn chosen<'a>(presets: &'a [Preset], name: &str) -> Result<&'a Preset, FleetError> {
    let mut all = presets.iter();
    all.find(|preset| preset.name == name).ok_or_else(|| {
        let known: Vec<_> = presets.iter().map(|preset| preset.name.clone()).collect();
        FleetError::NoPreset {
            name: name.to_owned(),
            meant: nearest(name, &known).cloned(),
            known,
        }
    })
}

/// The presets in the home; in one that has none, those of the release in this program.
fn presets(home: &Home) -> Result<Vec<Preset>, Error> {
    let children = match home.root.children(EXAMPLES) {
        Err(error) if error.is_absent() => Vec::new(),
        children => children?,
    };
    let names = children.into_iter();
    let names = names.filter_map(|(name, _)| String::from_utf8(name).ok());
    let names = names.filter(|name| left_by(name).is_none());
    let names = names.filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned));
    let read = |name: String| {
        let bytes = home
            .root
            .read_at_most(&format!("{EXAMPLES}/{name}.yaml"), TEXT_MAX)
            .ok()?;
        let text = String::from_utf8(bytes).ok()?;
        Some(Preset { name, text })
    };
    let mut presets: Vec<_> = names.filter_map(read).collect();
    if presets.is_empty() {
        presets = shipped()?;
    }
    presets.sort_by(|one, next| one.name.cmp(&next.name));
    Ok(presets)
}

fn shipped() -> Result<Vec<Preset>, Error> {
    let source = Source::Embedded;
    let bundle = Bundle::open(&source, source.manifest()?, &StatCache::default())?;
    let mut presets = Vec::new();
    for path in bundle.wanted.keys() {
        let name = path.as_str().strip_prefix("fleet/examples/");
        let Some(name) = name.and_then(|name| name.strip_suffix(".yaml")) else {
            continue;
        };
        presets.push(Preset {
            name: name.to_owned(),
            text: String::from_utf8(bundle.read(path)?).unwrap_or_default(),
        });
    }
    Ok(presets)
}
