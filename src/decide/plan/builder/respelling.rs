//! Gives a file another spelling of the same name: it goes and comes again, and nothing lies between the two.

use crate::decide::plan::builder::PlanBuilder;
use crate::decide::plan::evidence::Evidence;
use crate::model::change::{Alteration, Change, FileState, RootName, Spot};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::plan::{Action, Content, Intent, Step};

impl<E: Evidence> PlanBuilder<'_, E> {
    /// Spells a file anew that is on disk as `from`, with all that the plan does to it besides. A file that stays as it is
    /// needs its content for that; one that is too large, or is written to just now, keeps its spelling. So do the
    /// directories above it.
    pub(crate) fn respell(
        &mut self,
        spot: &Spot,
        from: &RelPath,
        found: FileState,
    ) -> Result<(), E::Error> {
        if from.split().1 == spot.path.split().1 {
            return Ok(());
        }
        let mut planned = self.plan.intents.iter();
        let planned = planned.position(|intent| intent.change.at == *spot);
        let (after, content) = match planned.map(|at| &self.plan.intents[at]) {
            None => (found, None),
            Some(intent) => match intent.change.alteration {
                Alteration::ReplaceFile { after, .. } => (after, intent.content.clone()),
                Alteration::SetMode { after: mode, .. } => (FileState { mode, ..found }, None),
                _ => return Ok(()),
            },
        };
        let content = match content {
            Some(content) => content,
            None => match self.evidence.text(spot)? {
                Some(bytes) if Digest::of(&bytes) == found.digest => Content::Bytes(bytes),
                _ => return Ok(()),
            },
        };
        if let Some(planned) = planned {
            self.plan.intents.remove(planned);
        }
        let change = |path: &RelPath, alteration| Change {
            at: Spot {
                root: spot.root.clone(),
                path: path.clone(),
            },
            alteration,
        };
        let goes = change(from, Alteration::RemoveFile { before: found });
        let comes = change(&spot.path, Alteration::WriteFile { after });
        self.plan.intents.push(Intent::new(goes, None));
        self.plan.intents.push(Intent {
            like: Some(from.clone()),
            ..Intent::new(comes, Some(content))
        });
        self.plan.commits = true;
        self.tell_of_respelling(spot, from);
        Ok(())
    }

    /// Says so of a file to which nothing else happens.
    fn tell_of_respelling(&mut self, spot: &Spot, from: &RelPath) {
        let is_told = |step: &Step| step.at == *spot && step.action.is_change();
        if !self.plan.steps.iter().any(is_told) {
            self.plan.steps.retain(|step| step.at != *spot);
            let reason = format!("was {from}; here the two are one name");
            self.step(spot.clone(), Action::Rename, reason);
        }
    }
}

/// Puts what goes for another spelling of its name right before that, so that it is away for one rename only.
pub(super) fn keep_together(intents: &mut Vec<Intent>) {
    let key = |root: &RootName, path: &RelPath| (root.clone(), path.clone());
    let respelled: Vec<_> = intents
        .iter()
        .filter_map(|intent| Some(key(&intent.change.at.root, intent.like.as_ref()?)))
        .collect();
    if respelled.is_empty() {
        return;
    }
    let is_first = |intent: &Intent| {
        let at = &intent.change.at;
        let goes = matches!(intent.change.alteration, Alteration::RemoveFile { .. });
        goes && respelled.contains(&key(&at.root, &at.path))
    };
    let (mut first, rest): (Vec<_>, Vec<_>) =
        std::mem::take(intents).into_iter().partition(is_first);
    for intent in rest {
        let goes = |first: &Intent| {
            let at = &first.change.at;
            at.root == intent.change.at.root && Some(&at.path) == intent.like.as_ref()
        };
        if let Some(at) = first.iter().position(goes) {
            intents.push(first.remove(at));
        }
        intents.push(intent);
    }
    intents.append(&mut first);
}
