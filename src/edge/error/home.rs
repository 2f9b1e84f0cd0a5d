//! The advice of homes that cannot be used.

use crate::decide::doctor::quoted;
use crate::edge::error::advice::Advise;
use crate::edge::error::state::{for_foreigner, give_back, go_on};
use crate::effects::home::HomeError;

impl Advise for HomeError {
    fn advice(&self, flags: &str) -> Option<String> {
        Some(match self {
            Self::Absent {
                nearest: Some(home),
                ..
            } => format!("did you mean --home {}?", home.display()),
            Self::Absent { path, .. } => format!(
                "to make one there: mosaic install --home {}",
                quoted(&path.display().to_string())
            ),
            Self::Inside { outer, .. } => format!(
                "name a directory outside of it, or mean that home: --home {}",
                outer.display()
            ),
            Self::NotADirectory(_) => "name a directory, or a path where nothing is yet".to_owned(),
            // Root is who said sudo: for it, nothing is to be given away.
            Self::ForeignOwner {
                path,
                owner,
                state_owner: Some(_),
                you: you @ 1..,
            } => format!(
                "run it as user {owner}, or, if the home is yours: {}",
                give_back(path, *you)
            ),
            Self::ForeignOwner { owner, .. } => for_foreigner(*owner),
            Self::Locked { .. } => {
                "wait for it, or wait longer with --lock-timeout SECONDS".to_owned()
            }
            Self::Damaged(damage) => return Some(go_on(damage, flags)),
            Self::State(error) => return error.advice(flags),
            _ => return None,
        })
    }
}
