//! Takes a file's group, extended attributes and access lists over to another.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::AsFd;

use rustix::fs::{self, Statx, XattrFlags};
use rustix::io::Errno;

use super::{DiskResult, LISTING, Root};

/// A file that was made, as [`Root::create`] leaves it.
pub(crate) struct Created {
    /// The open file.
    pub file: File,
    /// Stat of the file once it was made.
    pub stat: Statx,
    /// Names of what the file was to take over from another one and could not.
    pub lost: Vec<String>,
}

impl Root {
    /// The names of what a directory has besides its permission bits: attributes, default access lists. What
    /// the kernel itself gives to every directory does not count.
    pub(crate) fn directory_attributes(&self, path: &str) -> DiskResult<Vec<String>> {
        let names = self.open_below(path, LISTING).and_then(attribute_names);
        let names = names.map_err(|errno| self.error("look at", path, errno))?;
        let names = names.iter().map(|name| name.to_string_lossy().into_owned());
        Ok(names
            .filter(|name| !name.starts_with("security."))
            .collect())
    }
}

/// Attributes that belong to the file and not to its content. Capabilities and signatures were
/// given to the content of before; what an overlay keeps for itself describes the file that it is
/// on.
const TAKEN_OVER: [&str; 5] = [
    "user.",
    "system.posix_acl_access",
    "security.selinux",
    "security.SMACK64",
    "trusted.",
];
const NOT_TAKEN_OVER: &str = "trusted.overlay.";

/// Errors of attributes that cannot be set: not failures of the disk.
const CANNOT: [Errno; 6] = [
    Errno::PERM,
    Errno::ACCESS,
    Errno::OPNOTSUPP,
    Errno::TOOBIG,
    Errno::RANGE,
    Errno::INVAL,
];

/// Copies group, extended attributes and access lists; returns what could not be kept, by name.
pub(super) fn copy_attributes(from: &File, to: &File) -> Result<Vec<String>, Errno> {
    let mut lost = Vec::new();
    let wanted = fs::fstat(from)?;
    let given = fs::fstat(to)?;
    if wanted.st_gid != given.st_gid {
        let group = rustix::process::Gid::from_raw(wanted.st_gid);
        keep(fs::fchown(to, None, Some(group)), &mut lost, || {
            format!("group {}", wanted.st_gid)
        })?;
    }
    for name in attribute_names(from)? {
        let text = name.to_string_lossy();
        let is_taken_over = TAKEN_OVER.iter().any(|begin| text.starts_with(begin));
        let copied = if is_taken_over && !text.starts_with(NOT_TAKEN_OVER) {
            copy_attribute(from, to, &name)
        } else {
            Err(Errno::PERM)
        };
        keep(copied, &mut lost, || text.to_string())?;
    }
    Ok(lost)
}

fn keep(
    copied: Result<(), Errno>,
    lost: &mut Vec<String>,
    name: impl Fn() -> String,
) -> Result<(), Errno> {
    match copied {
        Err(errno) if CANNOT.contains(&errno) => lost.push(name()),
        other => other?,
    }
    Ok(())
}

fn copy_attribute(from: &File, to: &File, name: &CStr) -> Result<(), Errno> {
    let wanted = attribute(from, name)?;
    // A security label that is right already need not be set, which may take more rights than to have it.
    match attribute(to, name) {
        Ok(given) if given == wanted => Ok(()),
        _ => fs::fsetxattr(to, name, &wanted, XattrFlags::empty()),
    }
}

fn attribute(file: &File, name: &CStr) -> Result<Vec<u8>, Errno> {
    let mut value = vec![0; fs::fgetxattr_query(file, name)?];
    let length = fs::fgetxattr(file, name, &mut value[..])?;
    value.truncate(length);
    Ok(value)
}

/// The names of all attributes of a file or directory; none where the file system has no attributes.
fn attribute_names(file: impl AsFd) -> Result<Vec<CString>, Errno> {
    let mut list = match fs::flistxattr_query(&file) {
        Ok(length) => vec![0_u8; length],
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Err(errno) => return Err(errno),
    };
    let length = fs::flistxattr(&file, &mut list[..])?;
    let names = list[..length].split_inclusive(|byte| *byte == 0);
    Ok(names
        .filter_map(|name| CStr::from_bytes_with_nul(name).ok())
        .map(CStr::to_owned)
        .collect())
}
