//! Paths of a fleet's own files, below the home.

/// The folder of the rosters, of which each is a `*.yaml` in it.
pub const FLEET: &str = "fleet";
/// The folder of the agents' env files, each a `NAME.env`.
pub const AGENTS: &str = "fleet/agents";
/// The folder of heartbeats.
pub const RUN: &str = "fleet/run";
/// The roster of commands that name none.
pub const ROSTER: &str = "fleet/roster.yaml";
/// Socket and holder session, for the holder's unit.
pub const HOLDER_ENV: &str = "fleet/holder.env";
