//! A change of a home, for programs.

use crate::edge::report::document::{
    AdoptedLine, ChangeDocument, action_lines, conflict_lines, counts, schema_name, stayed_lines,
    version,
};
use crate::edge::report::migration_text;
use crate::ops::HomeChange;

/// The document of a change; with `all`, of the paths that stay as well. Texts are made of it too, and none has the plan's
/// digest, which goes through the whole record: only `programs` get it.
pub(crate) fn change_document(
    change: &HomeChange,
    command: &str,
    home: String,
    (all, programs): (bool, bool),
) -> ChangeDocument {
    let plan = &change.plan;
    let plan_digest = programs.then(|| format!("sha256:{}", plan.digest()));
    let (overtaken, refused) = stayed_lines(&change.stayed);
    ChangeDocument {
        schema: schema_name(command),
        home,
        from: version(change.from.as_ref()),
        to: version(plan.record.release.as_ref()),
        adopted: change.adopted.as_ref().map(AdoptedLine::from),
        dry_run: change.is_dry_run,
        plan_digest: plan_digest.unwrap_or_default(),
        generation: change.generation,
        generation_before: change.generation_before(),
        changed: change.is_change(),
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
        refusal: None,
    }
}
