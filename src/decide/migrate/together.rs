//! Changes that are carried out together or not at all: those of the files that one migration edits together, and of
//! whatever another edits together with one of those.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::change::{Change, Spot};

/// The numbers of the changes that go together, ascending. A change that goes with no other is in none.
pub(crate) fn together<'a>(
    sets: impl Iterator<Item = &'a BTreeSet<Spot>>,
    changes: impl Iterator<Item = &'a Change>,
) -> Vec<Vec<usize>> {
    let mut united: Vec<BTreeSet<&Spot>> = Vec::new();
    for set in sets {
        let mut joined: BTreeSet<_> = set.iter().collect();
        united.retain(|other| {
            let is_apart = joined.is_disjoint(other);
            if !is_apart {
                joined.extend(other);
            }
            is_apart
        });
        united.push(joined);
    }
    let mut groups = BTreeMap::<usize, Vec<usize>>::new();
    for (number, change) in changes.enumerate() {
        let of = |set: &BTreeSet<&Spot>| set.contains(&change.at);
        if let Some(group) = united.iter().position(of) {
            groups.entry(group).or_default().push(number);
        }
    }
    groups
        .into_values()
        .filter(|group| group.len() > 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::Alteration;
    use crate::model::mode::Mode;
    use crate::model::path::RelPath;

    fn spot(path: &str) -> Spot {
        Spot::in_home(&RelPath::parse(path).unwrap())
    }

    #[test]
    fn what_shares_a_file_goes_together_and_what_stands_alone_does_not() {
        let mode = Mode::from_st_mode(0o755);
        let alteration = Alteration::MakeDirectory { mode };
        let change = |path| Change {
            at: spot(path),
            alteration,
        };
        let changes = ["a", "b", "c", "d", "e", "f", "g"].map(change);
        let sets = [
            &["a", "b"][..],
            &["d", "e"],
            &["f"],
            &["b", "x", "c"],
            &["y", "g"],
        ];
        let sets = sets.map(|set| set.iter().map(|path| spot(path)).collect::<BTreeSet<_>>());
        assert_eq!(
            together(sets.iter(), changes.iter()),
            [vec![3, 4], vec![0, 1, 2]]
        );
    }
}
