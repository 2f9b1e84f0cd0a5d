//! Files in memory alone, which are on no file system.

use std::fs::File;
use std::io::{self, Seek, Write};

use rustix::fs::{MemfdFlags, memfd_create};

/// A file with a content, to be read from its beginning: a program may take as long as it likes to read it, or leave it.
pub(crate) fn in_memory(content: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create("input", MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file)
}
