//! Permission bits, of which Mosaic manages the executable ones only.

use std::fmt;

use serde::{Deserialize, Serialize};

const EXECUTE: u32 = 0o111;
const OWNER_EXECUTE: u32 = 0o100;
const READ: u32 = 0o444;
const PERMISSIONS: u32 = 0o7777;

/// The permission bits of a file (`st_mode & 07777`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mode(u32);

impl Mode {
    /// Takes the permission bits out of an `st_mode`.
    pub fn from_st_mode(st_mode: u32) -> Self {
        Self(st_mode & PERMISSIONS)
    }

    /// Mode of a new file: readable, executable where it ships so, less the umask.
    pub fn of_new_file(executable: bool, umask: u32) -> Self {
        Self(if executable { 0o777 } else { 0o666 } & !umask)
    }

    /// Mode of a new directory, less the umask.
    pub fn of_new_directory(umask: u32) -> Self {
        Self(0o777 & !umask)
    }

    /// The bits, for a system call.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Tells whether the owner may run it. Who else may is the owner's to say.
    pub fn is_executable(self) -> bool {
        self.0 & OWNER_EXECUTE != 0
    }

    /// With the executable bit for everyone who may read it.
    pub fn made_executable(self) -> Self {
        Self(self.0 | (self.0 & READ) >> 2)
    }

    /// The mode without any executable bit.
    pub fn made_plain(self) -> Self {
        Self(self.0 & !EXECUTE)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn execution_follows_reading() {
        let mode = Mode::from_st_mode(0o100640);
        assert!(!mode.is_executable());
        assert_eq!(mode.made_executable(), Mode(0o750));
        assert!(Mode(0o750).is_executable());
        assert!(Mode(0o744).is_executable());
        assert_eq!(Mode(0o755).made_plain(), Mode(0o644));
        assert_eq!(Mode::of_new_file(true, 0o027), Mode(0o750));
    }
}
