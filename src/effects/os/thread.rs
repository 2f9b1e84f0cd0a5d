//! Threads, where the system lets one be made: a limit of tasks leaves the work to the thread that has it.

use std::sync::mpsc::sync_channel;
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::model::ignore::Ignore;

/// Work that is done on a thread of its own, or was done on the caller's.
pub(crate) enum Task<'scope, T> {
    /// The work was done on the caller's thread.
    Here(T),
    /// The work is done on a thread of its own.
    There(ScopedJoinHandle<'scope, T>),
}

impl<'scope, T: Send + 'scope> Task<'scope, T> {
    /// Starts work; where no thread can be made, it is done before this returns.
    pub(crate) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        work: impl FnOnce() -> T + Send + 'scope,
    ) -> Self {
        match try_spawn(scope, work, |work| work()) {
            Ok(thread) => Self::There(thread),
            Err(work) => Self::Here(work()),
        }
    }

    /// Tells whether the work is done.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Here(_) => true,
            Self::There(thread) => thread.is_finished(),
        }
    }

    /// Waits for the outcome.
    pub(crate) fn join(self) -> T {
        match self {
            Self::Here(outcome) => outcome,
            Self::There(thread) => joined(thread),
        }
    }
}

/// Starts a thread that works on something; gives that back where no thread can be made.
pub(crate) fn try_spawn<'scope, I: Send + 'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    input: I,
    work: impl FnOnce(I) -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, I> {
    let (hand, handed) = sync_channel(1);
    let work = move || match handed.recv() {
        Ok(input) => work(input),
        Err(nothing) => std::panic::resume_unwind(Box::new(nothing)),
    };
    let Ok(thread) = Builder::new().spawn_scoped(scope, work) else {
        return Err(input);
    };
    hand.send(input)
        .ignore("the thread waits for it, and a panic there is seen when it is joined");
    Ok(thread)
}

/// Outcome of a thread; its panic goes on here.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
