//! A live tmux server gets a second name: real servers, in folders of their own, by real pids.

mod adopt;
mod child;
mod fleet;
mod killed;
mod mend;
mod others;
mod update;
