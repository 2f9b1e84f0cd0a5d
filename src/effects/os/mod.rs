//! The operating system: files, environment, clock, processes, and the programs that are asked.

pub mod disk;
pub mod host;
pub mod pager;
pub mod process;
pub mod systemd;
pub mod tmux;
pub mod worker;
