//! Takes the live tmux server along when its socket is renamed. It edits nothing: it leaves work for after the commit.

use crate::decide::migrate::engine::{Engine, at_rest};
use crate::decide::migrate::gate::{Gate, Standing};
use crate::decide::migrate::socket::live_socket::{self, SocketVerdict};
use crate::decide::migrate::socket::rename_socket;
use crate::model::ledger::{Done, Ledger};
use crate::model::migration::{Migrated, Outcome};
use crate::model::socket_names::{FORMER, PRESENT};
use crate::model::tmux::Adoption;

/// Id in the ledger and in documents.
pub(crate) const ID: &str = "live-socket";
const TITLE: &str = "a running fleet is reachable by the socket's new name, too";

/// Outcome in a home whose fleet need not be looked at.
pub(crate) fn idle(gate: &Gate) -> Migrated {
    at_rest(ID, TITLE, standing(gate.ledger), &rename_socket::MIGRATION)
}

fn standing(ledger: &Ledger) -> Standing {
    if ledger.entries.contains_key(ID) {
        Standing::Done
    } else {
        Standing::Outside
    }
}

/// Decides whether a running server is taken along, which only happens with files that name its socket.
pub(crate) fn decide(engine: &mut Engine, outcomes: &[Migrated]) -> (Migrated, Option<Adoption>) {
    let rename = &rename_socket::MIGRATION;
    let resting = idle(&engine.gate);
    let Some(renamed) = outcomes.iter().find(|outcome| outcome.id == rename.id) else {
        return (resting, None);
    };
    let is_done = standing(engine.gate.ledger) == Standing::Done;
    if is_done || engine.gate.standing(rename) != Standing::Due {
        return (resting, None);
    }
    let verdict = live_socket::verdict(engine.workspace.fleet);
    let adoption = match &verdict {
        SocketVerdict::Adopt(adoption) if !renamed.edits.is_empty() => Some(adoption.clone()),
        _ => None,
    };
    let (outcome, reason) = outcome(verdict, renamed);
    if renamed.refusals.is_empty() {
        let entries = &mut engine.ledger.entries;
        entries.insert(ID.to_owned(), Done::default());
    }
    let decided = Migrated {
        outcome,
        reason,
        ..resting
    };
    (decided, adoption)
}

fn outcome(verdict: SocketVerdict, renamed: &Migrated) -> (Outcome, String) {
    let reason = match verdict {
        SocketVerdict::Refused(reason) if !renamed.refusals.is_empty() => {
            return (Outcome::Refused, reason);
        }
        SocketVerdict::Adopt(adoption) if !renamed.edits.is_empty() => {
            let server = adoption.server;
            let reason = format!("{server} gets the second name {PRESENT}; all sessions go on");
            return (Outcome::Applied, reason);
        }
        SocketVerdict::Adopt(_) => format!("no file names {FORMER}"),
        SocketVerdict::Already => "the server answers by both names".to_owned(),
        _ => format!("no server of yours runs on {FORMER}"),
    };
    (Outcome::NotApplicable, reason)
}
