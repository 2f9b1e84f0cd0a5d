//! Looks for what releases before the record left in a home, besides the files that they shipped.

use std::io::Read;

use crate::decide::home::source_version::{
    Traces, VERSION_FILE_MAX, has_model_key, parse_version_file,
};
use crate::decide::plan::residue::left_by;
use crate::effects::os::disk::inspect::is_mount;
use crate::effects::os::disk::{DiskError, Root, kind_of};
use crate::model::digest::Digest;
use crate::model::found::FoundFile;
use crate::model::mode::Mode;
use crate::model::source_version::{VERSION_FILE, VersionFile};

const FLEET: &str = "fleet";
const AGENTS: &str = "fleet/agents";
/// No env file that a release wrote comes near this many bytes.
const ENV_FILE_MAX: u64 = 64 << 10;

/// Gathers the evidence of a home's source version. A file that cannot be read tells nothing; the
/// version then rests on the others.
pub(crate) fn traces(home: &Root, is_recorded: bool) -> Traces {
    let version_file = version_file(home).unwrap_or(VersionFile::Unusable("cannot be read"));
    if is_recorded {
        return Traces {
            version_file,
            ..Traces::default()
        };
    }
    let rosters = files(home, FLEET, ".yaml");
    let env_files = files(home, AGENTS, ".env");
    let has_fleet = !rosters.is_empty() || !env_files.is_empty();
    let has_model_key = env_files
        .iter()
        .any(|path| start_of(home, path).is_ok_and(|text| has_model_key(&text)));
    Traces {
        version_file,
        has_fleet,
        has_model_key,
    }
}

fn version_file(home: &Root) -> Result<VersionFile, DiskError> {
    let Some(stat) = home.stat_if_there(VERSION_FILE)? else {
        return Ok(VersionFile::Absent);
    };
    if !kind_of(stat.stx_mode).is_file() {
        return Ok(VersionFile::Unusable("is not a regular file"));
    }
    if stat.stx_size > VERSION_FILE_MAX {
        return Ok(VersionFile::Unusable("is too long"));
    }
    let content = home.read_at_most(VERSION_FILE, VERSION_FILE_MAX)?;
    let Some(version) = parse_version_file(&content) else {
        return Ok(VersionFile::Unusable("is not a version on one line"));
    };
    let digest = Digest::of(&content);
    let mode = Mode::from_st_mode(stat.stx_mode.into());
    let file = FoundFile {
        digest,
        size: stat.stx_size,
        mode,
        uid: stat.stx_uid,
        links: stat.stx_nlink,
        is_mount: is_mount(&stat),
    };
    Ok(VersionFile::Names(version, file))
}

/// The paths of what a directory holds with this ending, directories left out.
fn files(home: &Root, directory: &str, ending: &str) -> Vec<String> {
    let children = home.children(directory).unwrap_or_default();
    let names = children
        .into_iter()
        .filter(|(_, is_directory)| !is_directory);
    let names = names.filter_map(|(name, _)| String::from_utf8(name).ok());
    names
        .filter(|name| name.ends_with(ending) && left_by(name).is_none())
        .map(|name| format!("{directory}/{name}"))
        .collect()
}

fn start_of(home: &Root, path: &str) -> Result<Vec<u8>, DiskError> {
    let mut text = Vec::new();
    let read = home
        .open_file(path)?
        .take(ENV_FILE_MAX)
        .read_to_end(&mut text);
    read.map_err(|source| DiskError {
        verb: "read",
        path: home.full(path),
        source,
    })?;
    Ok(text)
}
