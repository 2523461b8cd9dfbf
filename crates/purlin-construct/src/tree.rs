//! The arena that holds every node of an app. Private: users hold [`Scope`](crate::Scope)s.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::Location;
use std::rc::Rc;

use crate::node::{Kind, Node, ResourceData, StackData};
use crate::node_id::NodeId;
use crate::patch::Patch;
use crate::problem::{Problem, Severity};

pub(crate) struct Tree {
    serial: u32,
    nodes: Vec<Node>,
    pub problems: Vec<Problem>,
    pub patches: Vec<(NodeId, Patch)>,
    pub known_patches: BTreeSet<&'static str>,
}

impl Tree {
    pub fn new(serial: u32, declared_at: &'static Location<'static>) -> Self {
        let mut tree = Self {
            serial,
            nodes: Vec::new(),
            problems: Vec::new(),
            patches: Vec::new(),
            known_patches: BTreeSet::new(),
        };
        tree.push(String::new(), None, declared_at, Kind::App);
        tree
    }

    pub fn root(&self) -> NodeId {
        NodeId { tree: self.serial, index: 0 }
    }

    pub fn push(
        &mut self,
        id: String,
        parent: Option<NodeId>,
        declared_at: &'static Location<'static>,
        kind: Kind,
    ) -> NodeId {
        let index = u32::try_from(self.nodes.len()).expect("a tree has fewer than 2^32 nodes");
        let node = NodeId { tree: self.serial, index };
        self.nodes.push(Node {
            id,
            parent,
            children: Vec::new(),
            kind,
            construct: "",
            declared_at,
            tags: BTreeMap::new(),
            metadata: Vec::new(),
            context: BTreeMap::new(),
            without_patches: BTreeSet::new(),
            depends_on: Vec::new(),
            extensions: BTreeMap::new(),
        });
        if let Some(parent) = parent {
            self[parent].children.push(node);
        }
        node
    }

    /// Whether the node belongs to this tree.
    pub fn owns(&self, node: NodeId) -> bool {
        node.tree == self.serial
    }

    /// The node and those that contain it, innermost first.
    pub fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(Some(node), |at| self[*at].parent)
    }

    /// The ids from the root (left out) to the node.
    pub fn path_ids(&self, node: NodeId) -> Vec<&str> {
        let mut ids: Vec<&str> = self.ancestors(node).map(|at| self[at].id.as_str()).collect();
        ids.pop();
        ids.reverse();
        ids
    }

    pub fn path(&self, node: NodeId) -> String {
        self.path_ids(node).join("/")
    }

    /// The node and everything below it, in the order of declaration.
    pub fn preorder(&self, from: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut pending = vec![from];
        while let Some(node) = pending.pop() {
            found.push(node);
            pending.extend(self[node].children.iter().rev());
        }
        found
    }

    /// The stack that contains the node, or is it.
    pub fn stack_of(&self, node: NodeId) -> Option<NodeId> {
        self.ancestors(node).find(|at| matches!(self[*at].kind, Kind::Stack(_)))
    }

    /// The innermost stage that contains the node, or the app.
    pub fn stage_of(&self, node: NodeId) -> NodeId {
        self.ancestors(node).find(|at| matches!(self[*at].kind, Kind::Stage(_) | Kind::App)).unwrap_or(self.root())
    }

    /// The ids below the containing stack: what logical ids are made of.
    pub fn ids_in_stack(&self, node: NodeId) -> Vec<&str> {
        let mut ids: Vec<&str> = self
            .ancestors(node)
            .take_while(|at| !matches!(self[*at].kind, Kind::Stack(_) | Kind::App))
            .map(|at| self[at].id.as_str())
            .collect();
        ids.reverse();
        ids
    }

    /// The stacks, in the order of declaration.
    pub fn stacks(&self) -> Vec<NodeId> {
        self.preorder(self.root()).into_iter().filter(|at| matches!(self[*at].kind, Kind::Stack(_))).collect()
    }

    /// The value of this type that is kept with the node.
    pub fn extension<T: 'static>(&self, node: NodeId) -> Option<Rc<T>> {
        self[node].extensions.get(&TypeId::of::<T>()).cloned().and_then(|any| any.downcast().ok())
    }

    pub fn stack_data(&self, stack: NodeId) -> &StackData {
        match &self[stack].kind {
            Kind::Stack(data) => data,
            _ => unreachable!("`stack_of` and `stacks` give stacks only"),
        }
    }

    pub fn resource(&self, node: NodeId) -> Option<&ResourceData> {
        match &self[node].kind {
            Kind::Resource(data) => Some(data),
            _ => None,
        }
    }

    pub fn resource_mut(&mut self, node: NodeId) -> Option<&mut ResourceData> {
        match &mut self[node].kind {
            Kind::Resource(data) => Some(data),
            _ => None,
        }
    }

    pub fn report(&mut self, node: NodeId, severity: Severity, message: String, hint: String) {
        let property = None;
        let (path, declared_at) = (self.path(node), self[node].declared_at);
        self.add_problem(Problem { severity, path, declared_at, property, message, hint });
    }

    pub fn add_problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

impl std::ops::Index<NodeId> for Tree {
    type Output = Node;
    fn index(&self, node: NodeId) -> &Node {
        &self.nodes[node.at()]
    }
}

impl std::ops::IndexMut<NodeId> for Tree {
    fn index_mut(&mut self, node: NodeId) -> &mut Node {
        &mut self.nodes[node.at()]
    }
}
