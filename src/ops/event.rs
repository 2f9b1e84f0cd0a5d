//! Progress of an operation, told while it happens.

use crate::effects::home::pending::Performed;
use crate::effects::os::tmux::Mended;
use crate::effects::state::Damage;
use crate::effects::state::lock::LockHolder;
use crate::ops::fleet::ordered::OrderedUnit;

pub use crate::effects::apply::Checkpoint;

/// A moment of a running operation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another run holds the lock of the home, and this one waits for it.
    Waiting {
        /// The run that is waited for, if it signed the lock.
        holder: Option<&'a LockHolder>,
    },
    /// A generation that an earlier run had committed was finished.
    Finished(u64),
    /// Pending actions of an earlier commit were tried again.
    Performed(&'a Performed),
    /// A live tmux server has a name again that it had lost.
    SocketMended(&'a Mended),
    /// The home is damaged, and what is told of it is told by an older generation.
    Damaged(&'a Damage),
    /// Files are being read, until [`Event::Read`].
    Reading,
    /// The reading has ended.
    Read,
    /// A transaction begins that stages contents of these lengths in bytes and then makes so many changes.
    Committing {
        /// The length of each content, in the order of staging.
        contents: Vec<u64>,
        /// The number of changes.
        changes: usize,
    },
    /// A transaction has come to a checkpoint.
    Passed(Checkpoint),
    /// The transaction has ended.
    Committed,
    /// The command ends the session that it was typed in: the user manager carries it out from here on.
    HandedOver {
        /// The file that its report is in afterwards.
        report: &'a str,
    },
    /// A unit was given an order, and this came of it.
    Ordered(&'a OrderedUnit),
    /// A stale agent was restarted.
    Restarted {
        /// The agent's name.
        agent: &'a str,
    },
    /// A stale agent did not come back.
    Lost {
        /// The agent's name.
        agent: &'a str,
        /// The failure, in systemd's or tmux's words.
        words: &'a str,
    },
    /// A stale agent was left as it runs, because it would not come back.
    Kept {
        /// The agent's name.
        agent: &'a str,
        /// The reason.
        words: &'a str,
    },
    /// The restarting ended before its end, because an agent did not come back.
    RelaunchStopped {
        /// The number of agents that go on as they are.
        left: usize,
    },
    /// The restarting ended before its end, because the user asked to stop.
    RelaunchInterrupted {
        /// The number of agents that go on as they are.
        left: usize,
    },
}

/// A listener who is told of progress.
pub trait Observer {
    /// Receives an event. The operation goes on when this returns.
    fn on(&self, event: Event<'_>);
}

/// The observer who ignores every event.
impl Observer for () {
    fn on(&self, _event: Event<'_>) {}
}

impl<F: Fn(Event<'_>)> Observer for F {
    fn on(&self, event: Event<'_>) {
        self(event);
    }
}
