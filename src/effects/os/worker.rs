//! Work that is done beside the main thread, one item after the other, where there is a thread to do it.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use crate::effects::os::disk::DiskError;
use crate::effects::os::host;
use crate::effects::os::thread::{joined, try_spawn};
use crate::model::ignore::Ignore;

/// Items that are handed over at once: the two threads wake each other once for all of them.
const BATCH: usize = 16;
/// Number of batches that may wait, beside the one that is filled and the one that is worked on: an item may hold a file open.
const QUEUE: usize = 2;

/// A job: work that is done item by item.
pub(crate) trait Job {
    /// An item of the work.
    type Item: Send;
    /// Outcome of the whole work.
    type Outcome: Send;

    /// Works on one item.
    fn take(&mut self, item: Self::Item) -> Result<(), DiskError>;
    /// Ends the work and returns its outcome.
    fn end(self) -> Result<Self::Outcome, DiskError>;
}

/// A job, on a thread of its own or on the caller's.
pub(crate) enum Worker<'scope, J: Job> {
    /// The job is done on the caller's thread.
    Here(J),
    /// The job is done on a thread of its own.
    There {
        /// Items that wait for others to be handed over with.
        batch: Vec<J::Item>,
        /// Way to the thread.
        items: SyncSender<Vec<J::Item>>,
        /// The thread.
        thread: ScopedJoinHandle<'scope, Result<J::Outcome, DiskError>>,
    },
}

impl<'scope, J: Job> Worker<'scope, J> {
    /// Starts a job; on a thread of its own if there is enough to do and there are threads.
    pub(crate) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        is_worth_it: bool,
        job: impl FnOnce() -> J + Send + 'scope,
    ) -> Self
    where
        J::Item: 'scope,
        J::Outcome: 'scope,
    {
        if !is_worth_it || host::threads() == 1 {
            return Self::Here(job());
        }
        let (items, arriving) = sync_channel::<Vec<J::Item>>(QUEUE);
        let thread = try_spawn(scope, job, move |job| {
            let mut job = job();
            let mut items = arriving.into_iter().flatten();
            items.try_for_each(|item| job.take(item))?;
            job.end()
        });
        match thread {
            Ok(thread) => Self::There {
                batch: Vec::with_capacity(BATCH),
                items,
                thread,
            },
            Err(job) => Self::Here(job()),
        }
    }

    /// Gives the worker an item. Should its thread have failed, [`Worker::finish`] tells why.
    pub(crate) fn give(&mut self, item: J::Item) -> Result<(), DiskError> {
        match self {
            Self::Here(job) => job.take(item),
            Self::There { batch, items, .. } => {
                batch.push(item);
                if batch.len() == BATCH {
                    hand_over(items, std::mem::replace(batch, Vec::with_capacity(BATCH)));
                }
                Ok(())
            }
        }
    }

    /// Waits until all items are done.
    pub(crate) fn finish(self) -> Result<J::Outcome, DiskError> {
        match self {
            Self::Here(job) => job.end(),
            Self::There {
                batch,
                items,
                thread,
            } => {
                hand_over(&items, batch);
                drop(items);
                joined(thread)
            }
        }
    }
}

fn hand_over<T>(items: &SyncSender<Vec<T>>, batch: Vec<T>) {
    items
        .send(batch)
        .ignore("a thread that failed tells why when it is joined");
}
