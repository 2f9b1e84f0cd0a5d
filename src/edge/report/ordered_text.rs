//! Orders to units, for people: one line a unit, as it happens.

use crate::edge::report::output::{Output, style, styled};
use crate::ops::fleet::ordered::{OrderOutcome, OrderedUnit};

/// Tells people what came of an order for a unit, when it did.
pub(super) fn tell(output: &Output, ordered: &OrderedUnit) {
    let name = ordered.agent.as_deref().unwrap_or("the holder");
    let is_bad = ordered.outcome.is_bad();
    let color = if is_bad { style::ALARM } else { style::CHANGES };
    let word = styled(color, format!("{:10}", word(ordered.outcome)));
    let mut text = format!("  {word}  {name}");
    for words in ordered.words.iter().flat_map(|words| words.lines()) {
        text += &format!("\n              {words}");
    }
    if is_bad {
        output.warn(&text);
    } else {
        output.info(&text);
    }
}

fn word(outcome: OrderOutcome) -> &'static str {
    match outcome {
        OrderOutcome::Started => "started",
        OrderOutcome::Stopped => "stopped",
        OrderOutcome::Restarted => "restarted",
        OrderOutcome::Unchanged => "unchanged",
        OrderOutcome::Failed => "failed",
        OrderOutcome::Unfinished => "unfinished",
        OrderOutcome::NotTried => "not tried",
        OrderOutcome::Kept => "kept",
    }
}
