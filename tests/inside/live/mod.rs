//! A live tmux server gets an alias: real servers, in folders of their own, by real pids.

mod adopt;
mod child;
#[path = "../../live/fleet.rs"]
mod fleet;
mod killed;
mod mend;
mod others;

use std::time::Duration;

use mosaic::effects::os::tmux::Sockets;
use mosaic::model::tmux::Occupancy;

use self::fleet::Fleet;
use crate::inside::patience::eventually;

impl Fleet {
    /// The door to this fleet's sockets.
    pub fn sockets(&self) -> Sockets {
        Sockets::at(self.directory()).with_patience(Duration::from_secs(20))
    }

    /// Who is behind a name.
    pub fn occupancy(&self, name: &str) -> Occupancy {
        self.sockets().occupancy(name)
    }
}
