//! Operations on one agent: to look at it, and to speak to it.

pub mod screen;
