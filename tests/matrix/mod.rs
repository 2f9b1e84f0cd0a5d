//! The matrix itself: what it must see it sees, and what is wrong in a case it says.

mod browser;
mod faults;
mod liars;
mod reports;
mod verdicts;
mod world;
