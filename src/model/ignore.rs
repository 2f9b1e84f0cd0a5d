//! Results that are dropped on purpose, each with its reason.

/// Drops a value that must be looked at otherwise.
///
/// It is the only way in this crate to drop a `Result`: `let _ =`, `drop(...)` and `.ok()` would not say why.
pub trait Ignore: Sized {
    /// Drops the value. `why` tells the reader what rests on it, or who tells of it instead.
    fn ignore(self, _why: &'static str) {}
}

impl<T, E> Ignore for Result<T, E> {}
impl<T> Ignore for Option<T> {}
