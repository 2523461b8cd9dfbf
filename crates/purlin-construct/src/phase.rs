//! The order of the passes over a finished tree.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::node_id::NodeId;
use crate::scope::Scope;

/// When a pass over the finished tree runs: [`Scope::pass`](crate::Scope::pass).
///
/// Synthesis runs the passes of `Complete`, then the aspects, and repeats both while they add passes or constructs. Then
/// it runs the passes of `Last`, and starts again if there were any. The passes of `Validate` run once at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before aspects: a construct adds what depends on later calls.
    Complete,
    /// After aspects: for passes that read the whole tree and still change it.
    Last,
    /// After all changes: for passes that only report problems.
    Validate,
}

type Pass = Box<dyn FnOnce(&Scope)>;
type Visitor = Rc<dyn Fn(&Scope)>;

/// The passes of a tree that have not run yet, and its aspects.
#[derive(Default)]
pub(crate) struct Passes {
    pub by_phase: BTreeMap<Phase, Vec<(NodeId, Pass)>>,
    pub aspects: Vec<(NodeId, Visitor)>,
}

impl Scope {
    /// Calls `visit` for this scope and everything below, after the passes of [`Phase::Complete`]. It may change the
    /// tree; constructs that it adds are visited too.
    pub fn aspect(&self, visit: impl Fn(&Scope) + 'static) {
        self.passes().borrow_mut().aspects.push((self.at, Rc::new(visit)));
    }

    /// Calls `pass` once with this scope, in a phase of synthesis. Passes of one phase run in the order of these calls.
    pub fn pass(&self, phase: Phase, pass: impl FnOnce(&Scope) + 'static) {
        self.passes().borrow_mut().by_phase.entry(phase).or_default().push((self.at, Box::new(pass)));
    }

    /// Completes the construct when everything is declared: a pass of [`Phase::Complete`].
    pub fn finally(&self, pass: impl FnOnce(&Scope) + 'static) {
        self.pass(Phase::Complete, pass);
    }

    /// Checks the finished construct, and changes nothing: a pass of [`Phase::Validate`].
    pub fn validate(&self, pass: impl FnOnce(&Scope) + 'static) {
        self.pass(Phase::Validate, pass);
    }

    pub(crate) fn passes(&self) -> Rc<RefCell<Passes>> {
        self.shared()
    }
}
