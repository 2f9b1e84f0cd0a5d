//! A command that would end the session in which it was typed: the user manager carries it out.

use crate::effects::fleet::handover::{self, Report};
use crate::effects::home::Home;
use crate::ops::context::Context;
use crate::ops::error::Error;
use crate::ops::event::Event;
use crate::ops::fleet::error::FleetError;

/// A command that the user manager has carried out.
#[derive(Debug)]
pub struct HandedOver {
    /// What it said.
    pub text: String,
    /// Its errors and warnings.
    pub errors: String,
    /// Its exit status.
    pub status: u8,
}

/// Hands this very command over, if it was typed in a pane of the home's fleet; nothing where it was not.
///
/// # Errors
///
/// [`FleetError::Handover`] where the manager does not take it; then nothing was done.
pub fn hand_over(context: &Context) -> Result<Option<HandedOver>, Error> {
    let home = Home::look(&context.home).ok();
    let picture = context.look_at_fleet(home.as_ref(), None).picture;
    if picture.ends_with().is_none() {
        return Ok(None);
    }
    let report = Report::new().map_err(FleetError::Handover)?;
    let path = report.path.display().to_string();
    context.tell(Event::HandedOver { report: &path });
    let status = handover::run(&report).map_err(FleetError::Handover)?;
    let [text, errors] = report.texts();
    Ok(Some(HandedOver {
        text,
        errors,
        status: u8::try_from(status).unwrap_or(1),
    }))
}
