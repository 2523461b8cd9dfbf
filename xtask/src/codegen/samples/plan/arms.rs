//! Which alternative of a schema a sample takes, so that each has its turn and no two hold.

use std::collections::BTreeSet;

use super::super::super::model::{Setter, Table};
use super::super::node::Node;
use super::Planner;

impl<'a> Planner<'a, '_> {
    /// An arm of each `oneOf` and `anyOf`, preferably one that has something new; and what the others would bring.
    pub(super) fn chosen<'n>(&self, table: &'a Table, node: &Node<'n>, minimal: bool) -> (Node<'n>, BTreeSet<String>) {
        let mut excluded = BTreeSet::new();
        let mut groups = node.groups();
        let mut node = node.clone();
        while let Some(group) = groups.pop() {
            let (any, because) = (group.any, group.because);
            let arms: Vec<Node<'n>> = group.arms.into_iter().filter(|arm| arm.allows(&["object"])).collect();
            let only_required = arms.iter().all(|arm| arm.members().is_empty() && !arm.is_closed());
            if arms.is_empty() || (any && only_required && !minimal) {
                continue;
            }
            let left_out: Vec<BTreeSet<String>> =
                (0..arms.len()).map(|arm| self.left_out(table, &arms, arm, because)).collect();
            let score = |arm: usize| if minimal { 0 } else { self.new_without(table, &left_out[arm]) };
            let best = (0..arms.len()).rev().max_by_key(|arm| (any || !holds_with_another(&arms, *arm), score(*arm)));
            let best = best.expect("there is an arm");
            excluded.extend(left_out[best].clone());
            groups.extend(arms[best].groups());
            node = node.with(&arms[best]);
        }
        (node, excluded)
    }

    /// What has to be left out so that the other arms do not hold: of what each requires one property, preferably one
    /// that was set before; and everything that it knows and this one does not.
    fn left_out(&self, table: &Table, arms: &[Node<'_>], chosen: usize, because: Option<&str>) -> BTreeSet<String> {
        let own = &arms[chosen];
        let kept: BTreeSet<&str> = own.required().into_iter().chain(own.members()).collect();
        let mut left_out = BTreeSet::new();
        let others = arms.iter().enumerate().filter(|(index, _)| *index != chosen).map(|(_, arm)| arm);
        for other in others {
            left_out.extend(other.members().into_iter().filter(|name| !kept.contains(name)).map(str::to_owned));
            let inner = other.groups().into_iter().flat_map(|group| group.arms);
            for needed in inner.map(|arm| arm.required()).chain([other.required()]) {
                let needed: Vec<&str> = needed.into_iter().filter(|name| !kept.contains(name)).collect();
                if needed.is_empty() {
                    continue;
                }
                let mut candidates = because.into_iter().chain(needed.iter().copied());
                let known = candidates.find(|name| self.covered.iter().any(|known| *known == (&table.name, name)));
                left_out.extend(known.or(needed.last().copied()).map(str::to_owned));
            }
        }
        left_out
    }

    /// How much there is to set without some properties.
    fn new_without(&self, table: &'a Table, left_out: &BTreeSet<String>) -> usize {
        table
            .setters
            .iter()
            .filter(|setter| !left_out.contains(&setter.name))
            .map(|setter| self.news(table, setter))
            .sum()
    }

    /// 2 for a property that was not set yet, 1 for one that leads to such.
    pub(super) fn news(&self, table: &'a Table, setter: &Setter) -> usize {
        if !self.covered.contains(&(table.name.as_str(), setter.name.as_str())) {
            return 2;
        }
        usize::from(self.leads_to(setter).is_some_and(|nested| self.is_open(nested, &mut BTreeSet::new())))
    }
}

/// Whether another arm holds whenever this one does.
fn holds_with_another(arms: &[Node<'_>], chosen: usize) -> bool {
    let (required, members) = (arms[chosen].required(), arms[chosen].members());
    let mut others = arms.iter().enumerate().filter(|(index, _)| *index != chosen).map(|(_, arm)| arm);
    others.any(|arm| {
        let asks_for_less = arm.required().is_subset(&required) && arm.members().is_subset(&members);
        asks_for_less && !arm.is_closed() && arm.groups().is_empty()
    })
}
