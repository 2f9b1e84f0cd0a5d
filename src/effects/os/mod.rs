//! The operating system: files, environment, clock, processes, and the programs that are asked.

pub(crate) mod disk;
pub(crate) mod editor;
pub(crate) mod host;
pub(crate) mod pager;
pub(crate) mod process;
pub(crate) mod processes;
pub(crate) mod ssh;
pub(crate) mod systemd;
pub(crate) mod thread;
pub(crate) mod tmux;
pub(crate) mod worker;
