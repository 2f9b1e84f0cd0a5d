//! Pages that are written into a folder for people: the manual, reports.

use std::path::Path;

use crate::effects::os::disk::{Root, Target, make_directories};
use crate::model::mode::Mode;
use crate::ops::error::Error;

/// The permission bits of a page.
const READABLE: u32 = 0o644;

/// Writes pages into a folder, which is made if it is not there. A reader sees the former page or this one, whole.
///
/// # Errors
///
/// [`Error::Disk`] where one cannot be written.
pub fn write(folder: &Path, pages: &[(String, Vec<u8>)]) -> Result<(), Error> {
    make_directories(folder)?;
    let root = Root::open(folder)?;
    for (name, content) in pages {
        let fresh = format!(".{name}.new");
        root.remove_all(&fresh)?;
        root.create(&fresh, content, Mode::from_st_mode(READABLE), None)?;
        root.rename(&fresh, (&root, name), Target::Replaced)?;
    }
    Ok(())
}
