//! Looks paths up in a sorted map while others, sorted as well, are gone through: where both are the same, as in an update
//! with nothing to do, each is the next one.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::iter::Peekable;

use crate::model::path::RelPath;

/// A map, and the place in it that was asked for last. Any path may be asked for; the next one is the quickest.
pub(crate) struct Alongside<'a, V> {
    map: &'a BTreeMap<RelPath, V>,
    rest: Peekable<Range<'a, RelPath, V>>,
}

impl<'a, V> Alongside<'a, V> {
    /// Begins with the first path.
    pub(crate) fn new(map: &'a BTreeMap<RelPath, V>) -> Self {
        let rest = map.range::<RelPath, _>(..).peekable();
        Self { map, rest }
    }

    /// What the map has at a path.
    pub(crate) fn get(&mut self, path: &RelPath) -> Option<&'a V> {
        self.rest.next_if(|(next, _)| *next < path);
        if self.rest.peek().is_none_or(|(next, _)| *next != path) {
            self.rest = self.map.range::<RelPath, _>(path..).peekable();
        }
        let (next, value) = self.rest.peek()?;
        (*next == path).then_some(*value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_the_map_does_in_any_order() {
        let path = |number: usize| RelPath::parse(&format!("{number:02}")).unwrap();
        let map: BTreeMap<_, _> = (0..20)
            .filter(|at| at % 3 != 1)
            .map(|at| (path(at), at))
            .collect();
        let orders: [&mut dyn Iterator<Item = usize>; 4] = [
            &mut (0..25),
            &mut (0..25).rev(),
            &mut (0..25).step_by(2),
            &mut (0..60).map(|at| at * 7 % 25),
        ];
        for order in orders {
            let mut alongside = Alongside::new(&map);
            for at in order {
                assert_eq!(alongside.get(&path(at)), map.get(&path(at)), "{at}");
            }
        }
    }
}
