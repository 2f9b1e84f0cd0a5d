//! A change of a home, for programs.

use crate::edge::report::document::{
    AdoptedLine, ChangeDocument, action_lines, conflict_lines, counts, schema_name, stayed_lines,
    version,
};
use crate::edge::report::migration_text;
use crate::ops::HomeChange;

/// The document of a change; with `all`, of the paths that stay as well.
pub(crate) fn change_document(
    change: &HomeChange,
    command: &str,
    home: String,
    all: bool,
) -> ChangeDocument {
    let plan = &change.plan;
    let (overtaken, refused) = stayed_lines(&change.stayed);
    ChangeDocument {
        schema: schema_name(command),
        home,
        from: version(change.from.as_ref()),
        to: version(plan.record.release.as_ref()),
        adopted: change.adopted.as_ref().map(AdoptedLine::from),
        dry_run: change.is_dry_run,
        plan_digest: format!("sha256:{}", plan.digest()),
        generation: change.generation,
        committed: change.is_committed,
        actions: action_lines(plan, all),
        migrations: plan.migrations.iter().map(migration_text::line).collect(),
        conflicts: conflict_lines(&change.conflicts),
        leftovers: plan.leftovers.iter().map(ToString::to_string).collect(),
        advisories: change.advisories.clone(),
        overtaken,
        refused,
        stays: change.stays.clone(),
        news: change.news.clone(),
        pending: change.still_pending(),
        units: change.units.clone(),
        counts: counts(plan),
        recovered_generation: change.finished_generation,
        recovery_pending: change.is_recovery_pending,
    }
}
