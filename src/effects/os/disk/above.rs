//! The directories that lead to a home: above every root, so by their whole paths.

use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags};
use rustix::io::Errno;

use super::outside::{is_directory, is_there, real};
use super::{DiskError, DiskResult};
use crate::model::ignore::Ignore;

/// Makes a directory and what is missing above it, all or none.
pub(crate) fn make_directories(path: &Path) -> DiskResult {
    let mut made = Vec::new();
    make_missing(path, &mut made).inspect_err(|_| {
        remove_directories(&made).ignore("what made it fail is what the caller must hear");
    })
}

/// Makes a directory and what is missing above it. Those that it makes are added to `made`, outermost first, also where
/// it fails; one that another process makes meanwhile is that one's.
pub(crate) fn make_missing(path: &Path, made: &mut Vec<PathBuf>) -> DiskResult {
    let missing: Vec<_> = path
        .ancestors()
        .take_while(|above| !above.as_os_str().is_empty() && !is_there(above))
        .collect();
    for directory in missing.into_iter().rev() {
        match fs::mkdir(directory, fs::Mode::from_bits_retain(0o777)) {
            Ok(()) if made.iter().any(|known| known == directory) => {}
            Ok(()) => made.push(directory.to_owned()),
            Err(Errno::EXIST) if is_directory(directory) => {}
            Err(errno) => {
                return Err(DiskError::new(
                    "make the directory",
                    directory.to_path_buf(),
                    errno,
                ));
            }
        }
    }
    Ok(())
}

/// Removes directories that are empty again, innermost first; one that is not stays.
pub(crate) fn remove_directories(made: &[PathBuf]) -> DiskResult {
    for directory in made.iter().rev() {
        match fs::unlinkat(fs::CWD, directory, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY) => {}
            Err(errno) => {
                return Err(DiskError::new(
                    "remove the directory",
                    directory.clone(),
                    errno,
                ));
            }
        }
    }
    Ok(())
}

/// A path with links resolved, as far as it exists.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let real = path
        .ancestors()
        .find_map(|above| Some((above, real(above).ok()?)));
    let Some((above, real)) = real else {
        return path.to_owned();
    };
    let rest = path.strip_prefix(above).unwrap_or(Path::new(""));
    real.iter().chain(rest).collect()
}
