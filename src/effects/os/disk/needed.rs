//! The things of the kernel without which nothing here works: asked before all else, by calls that change nothing.

use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, RenameFlags, ResolveFlags, StatxFlags};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// A thing that the kernel, or a filter around this program, withholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// A call that is not there, or that a filter forbids.
    #[error(
        "this system does not allow {0}: Mosaic needs Linux 5.6 or later, and where it runs in a container or sandbox, one that allows openat2, renameat2 and statx"
    )]
    Call(&'static str),
    /// Random numbers, without which no table in memory is made.
    #[error("the kernel gives no random numbers, and Mosaic needs them: getrandom fails")]
    Random(#[source] Errno),
}

/// Looks for what is withheld.
pub(crate) fn check() -> Result<(), Withheld> {
    match getrandom(&mut [0_u8; 16], GetRandomFlags::INSECURE) {
        // These have another way: older flags, or the device.
        Ok(_) | Err(Errno::INVAL | Errno::NOSYS | Errno::PERM | Errno::AGAIN | Errno::INTR) => {}
        Err(errno) => return Err(Withheld::Random(errno)),
    }
    let opened = fs::openat2(CWD, ".", OFlags::PATH, Mode::empty(), ResolveFlags::BENEATH);
    allowed("openat2", &opened)?;
    // No name is the empty one: a call that is there finds nothing.
    let renamed = fs::renameat_with(CWD, "", CWD, "", RenameFlags::NOREPLACE);
    allowed("renameat2", &renamed)?;
    let looked = fs::statx(CWD, ".", AtFlags::empty(), StatxFlags::BASIC_STATS);
    allowed("statx", &looked)
}

/// Any answer but these is one of the call itself, about what it was asked.
fn allowed<T>(call: &'static str, answer: &Result<T, Errno>) -> Result<(), Withheld> {
    match answer {
        Err(Errno::NOSYS | Errno::PERM) => Err(Withheld::Call(call)),
        _ => Ok(()),
    }
}
