//! Places that stayed as they were though a committed transaction was to change them.

use std::fmt;

use crate::model::change::Spot;

/// A place that stayed as it was: the operator was faster, or the file system refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stayed {
    /// The place.
    pub at: Spot,
    /// Words of the file system that refused the change; `None` where the operator was faster.
    pub refusal: Option<String>,
    /// True where what was to come is parked for a person.
    pub is_parked: bool,
}

impl fmt::Display for Stayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, refusal, .. } = self;
        match refusal {
            None => write!(
                f,
                "{at}: you changed it while Mosaic ran; it stays as you left it"
            ),
            Some(refusal) => write!(f, "{at}: {refusal}; it stays as it was"),
        }
    }
}
