//! Takes a file's group, extended attributes and access lists over to another.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::AsFd;

use rustix::fs::{self, XattrFlags};
use rustix::io::Errno;

/// Copies group, extended attributes and access lists. What the kernel keeps to itself (security
/// labels, other name spaces) is left to it.
pub(super) fn copy_attributes(from: &File, to: &File) -> Result<(), Errno> {
    let (wanted, given) = (fs::fstat(from)?, fs::fstat(to)?);
    if wanted.st_gid != given.st_gid {
        let group = rustix::process::Gid::from_raw(wanted.st_gid);
        match fs::fchown(to, None, Some(group)) {
            Ok(()) | Err(Errno::PERM) => {}
            Err(errno) => return Err(errno),
        }
    }
    for name in attribute_names(from)? {
        let is_ours = name.to_bytes().starts_with(b"user.") || name.to_bytes() == b"system.posix_acl_access";
        if is_ours {
            let mut value = vec![0; fs::fgetxattr_query(from, &*name)?];
            let length = fs::fgetxattr(from, &*name, &mut value[..])?;
            fs::fsetxattr(to, &*name, &value[..length], XattrFlags::empty())?;
        }
    }
    Ok(())
}

fn attribute_names(file: impl AsFd) -> Result<Vec<CString>, Errno> {
    let mut list = match fs::flistxattr_query(&file) {
        Ok(length) => vec![0_u8; length],
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Err(errno) => return Err(errno),
    };
    let length = fs::flistxattr(&file, &mut list[..])?;
    let names = list[..length].split_inclusive(|byte| *byte == 0);
    Ok(names.filter_map(|name| CStr::from_bytes_with_nul(name).ok()).map(CStr::to_owned).collect())
}
