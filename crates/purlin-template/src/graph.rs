//! Which resource needs which: the order CloudFormation creates them in, and the circle when there is none.

use std::collections::BTreeSet;

use indexmap::{IndexMap, IndexSet};

/// The resources of a template and what each depends on. Both branches of `Fn::If` count.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    edges: IndexMap<String, IndexSet<String>>,
}

/// Resources that depend on each other in a circle, so that none can be created first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these resources depend on each other in a circle: {}; let one of them stand without the other, for instance by \
    moving the reference into a resource of its own", .ids.iter().chain(.ids.first()).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" → "))]
pub struct Cycle {
    /// Each depends on the next, and the last on the first.
    pub ids: Vec<String>,
}

impl Graph {
    pub(crate) fn add_resource(&mut self, id: &str) {
        self.edges.entry(id.to_owned()).or_default();
    }

    /// `from` needs `to`. Both must have been added.
    pub(crate) fn add_dependency(&mut self, from: &str, to: &str) {
        if let Some(targets) = self.edges.get_mut(from) {
            targets.insert(to.to_owned());
        }
    }

    /// What the resource depends on directly, in the order it says so.
    pub fn dependencies(&self, logical_id: &str) -> Vec<&str> {
        self.edges.get(logical_id).map(|targets| targets.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// What depends directly on the resource, in template order.
    pub fn dependents(&self, logical_id: &str) -> Vec<&str> {
        let names = self.edges.iter().filter(|(_, targets)| targets.contains(logical_id));
        names.map(|(id, _)| id.as_str()).collect()
    }

    /// Whether `from` needs `to`, directly or through others.
    pub fn needs(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = self.dependencies(from);
        while let Some(id) = open.pop() {
            if id == to {
                return true;
            }
            if seen.insert(id) {
                open.extend(self.dependencies(id));
            }
        }
        false
    }

    /// All resources, each after what it depends on; in template order wherever that is free.
    pub fn order(&self) -> Result<Vec<&str>, Cycle> {
        let index = |id: &str| self.edges.get_index_of(id);
        let mut missing: Vec<usize> = self.edges.values().map(IndexSet::len).collect();
        let mut dependents = vec![Vec::new(); self.edges.len()];
        for (from, targets) in self.edges.values().enumerate() {
            for to in targets.iter().filter_map(|id| index(id)) {
                dependents[to].push(from);
            }
        }
        let mut ready: BTreeSet<usize> = (0..missing.len()).filter(|index| missing[*index] == 0).collect();
        let mut order = Vec::with_capacity(missing.len());
        while let Some(next) = ready.pop_first() {
            order.push(next);
            for dependent in &dependents[next] {
                missing[*dependent] -= 1;
                if missing[*dependent] == 0 {
                    ready.insert(*dependent);
                }
            }
        }
        if order.len() < missing.len() {
            return Err(self.cycle(&missing));
        }
        Ok(order.into_iter().filter_map(|index| self.edges.get_index(index)).map(|(id, _)| id.as_str()).collect())
    }

    /// Every resource that still misses a dependency has one that also does: following them must come around.
    fn cycle(&self, missing: &[usize]) -> Cycle {
        let stuck = |id: &str| self.edges.get_index_of(id).is_some_and(|index| missing[index] > 0);
        let mut path: IndexSet<&str> = IndexSet::new();
        let mut next = self.edges.keys().map(String::as_str).find(|id| stuck(id));
        while let Some(id) = next {
            if !path.insert(id) {
                let start = path.get_index_of(id).unwrap_or(0);
                return Cycle { ids: path.iter().skip(start).map(|id| (*id).to_owned()).collect() };
            }
            next = self.edges[id].iter().map(String::as_str).find(|id| stuck(id));
        }
        Cycle { ids: path.iter().map(|id| (*id).to_owned()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let mut graph = Graph::default();
        for (id, _) in edges {
            graph.add_resource(id);
        }
        for (id, targets) in edges {
            for target in *targets {
                graph.add_dependency(id, target);
            }
        }
        graph
    }

    #[test]
    fn order_follows_dependencies_and_else_the_template() {
        let graph = graph(&[
            ("Service", &["Listener", "Cluster"]),
            ("Listener", &["Balancer"]),
            ("Cluster", &[]),
            ("Balancer", &[]),
        ]);
        assert_eq!(graph.order().unwrap(), ["Cluster", "Balancer", "Listener", "Service"]);
        assert_eq!(graph.dependents("Balancer"), ["Listener"]);
        assert!(graph.needs("Service", "Balancer"));
        assert!(!graph.needs("Balancer", "Service"));
    }

    #[test]
    fn a_circle_is_named_without_what_only_leads_to_it() {
        let graph = graph(&[("App", &["A"]), ("A", &["B"]), ("B", &["C"]), ("C", &["A"]), ("Leaf", &[])]);
        let cycle = graph.order().unwrap_err();
        assert_eq!(cycle.ids, ["A", "B", "C"]);
        assert!(cycle.to_string().contains("circle: `A` → `B` → `C` → `A`;"), "{cycle}");
    }

    #[test]
    fn a_resource_that_needs_itself_is_a_circle() {
        assert_eq!(graph(&[("A", &["A"])]).order().unwrap_err().ids, ["A"]);
    }
}
