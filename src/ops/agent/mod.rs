//! Operations on one agent: to look at it, and to speak to it.

pub mod beat;
pub mod declared;
pub mod screen;
pub mod send;
pub mod sent;
pub mod stream;
mod typist;
