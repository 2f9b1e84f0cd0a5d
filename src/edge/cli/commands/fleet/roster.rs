//! Reads the roster that a command is about.

use crate::effects::os::disk::outside;
use crate::model::fleet_paths::ROSTER;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap::builder::ValueHint;

use crate::decide::doctor::quoted;
use crate::decide::fleet::roster::parse;
use crate::decide::text::in_place::as_text;
use crate::edge::cli::session::Session;
use crate::edge::error::fleet::FleetFault;
use crate::model::roster::Roster;

/// Which roster.
#[derive(Debug, Clone, ClapArgs)]
pub struct RosterArgs {
    /// The roster [default: fleet/roster.yaml in the home]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub roster: Option<PathBuf>,
}

impl RosterArgs {
    /// Where it is.
    pub fn path(&self, session: &Session) -> PathBuf {
        self.roster
            .clone()
            .unwrap_or_else(|| session.home.join(ROSTER))
    }

    /// What a command needs to be about the same one.
    pub fn flag(&self) -> String {
        let named = self
            .roster
            .as_ref()
            .map(|path| format!(" --roster {}", quoted(&path.display().to_string())));
        named.unwrap_or_default()
    }

    /// Reads it strictly.
    pub fn read(&self, session: &Session) -> Result<Roster, FleetFault> {
        let path = self.path(session);
        let unread = |source| FleetFault::Unread {
            path: path.clone(),
            source,
        };
        let stat = match outside::stat(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(FleetFault::NoRoster(path));
            }
            stat => stat.map_err(unread)?,
        };
        if !stat.is_file() {
            return Err(FleetFault::NotAFile(path.display().to_string()));
        }
        let bytes = outside::read(&path).map_err(unread)?;
        let file = path.display().to_string();
        let fault = |refusal: crate::decide::text::in_place::EditRefusal| {
            FleetFault::Roster(refusal.in_file(&file, &String::from_utf8_lossy(&bytes)))
        };
        parse(&file, as_text(&bytes).map_err(fault)?).map_err(FleetFault::Roster)
    }
}
