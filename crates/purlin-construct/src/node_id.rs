//! The identity of a node, which expressions refer to.

/// The identity of a node. Nodes of different apps are never equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId {
    pub(crate) tree: u32,
    pub(crate) index: u32,
}

impl NodeId {
    pub(crate) fn at(self) -> usize {
        self.index as usize
    }
}
