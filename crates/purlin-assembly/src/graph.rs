//! What deploys after what: the dependencies of all artifacts of an assembly, in the order they were read. Every question
//! is one walk, so that hundreds of stacks that each depend on all before them cost as little as a chain.

use std::collections::BTreeSet;

use crate::{Assembly, Stack};

/// A node per artifact. Its dependencies have lower numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    needs: Vec<Vec<usize>>,
}

impl Graph {
    /// A node that comes after these.
    pub(crate) fn add(&mut self, needs: Vec<usize>) -> usize {
        self.needs.push(needs);
        self.needs.len() - 1
    }
}

/// Every stack that is given must be one of the assembly.
impl Assembly {
    /// The chosen stacks with those they depend on, in the order they deploy.
    pub fn with_upstream<'a>(&'a self, chosen: &[&Stack]) -> Vec<&'a Stack> {
        let mut found = self.marked(chosen);
        for (node, needs) in self.graph.needs.iter().enumerate().rev() {
            if found[node] {
                for needed in needs {
                    found[*needed] = true;
                }
            }
        }
        self.stacks().iter().filter(|stack| found[stack.node]).collect()
    }

    /// The chosen stacks with those that depend on them, in the order they deploy.
    pub fn with_downstream<'a>(&'a self, chosen: &[&Stack]) -> Vec<&'a Stack> {
        let mut found = self.marked(chosen);
        for (node, needs) in self.graph.needs.iter().enumerate() {
            found[node] |= needs.iter().any(|needed| found[*needed]);
        }
        self.stacks().iter().filter(|stack| found[stack.node]).collect()
    }

    /// By stack, the positions of those among the given ones that deploy before it: directly, or through artifacts that
    /// are not among them.
    pub fn needs(&self, stacks: &[&Stack]) -> Vec<BTreeSet<usize>> {
        let mut positions = vec![None; self.graph.needs.len()];
        for (position, stack) in stacks.iter().enumerate() {
            positions[stack.node] = Some(position);
        }
        let mut seen = vec![usize::MAX; self.graph.needs.len()];
        let walk = |(position, stack): (usize, &&Stack)| {
            let mut found = BTreeSet::new();
            let mut open = vec![stack.node];
            while let Some(node) = open.pop() {
                for needed in &self.graph.needs[node] {
                    if std::mem::replace(&mut seen[*needed], position) == position {
                        continue;
                    }
                    match positions[*needed] {
                        Some(other) => drop(found.insert(other)),
                        None => open.push(*needed),
                    }
                }
            }
            found
        };
        stacks.iter().enumerate().map(walk).collect()
    }

    fn marked(&self, chosen: &[&Stack]) -> Vec<bool> {
        let mut found = vec![false; self.graph.needs.len()];
        for stack in chosen {
            found[stack.node] = true;
        }
        found
    }
}
