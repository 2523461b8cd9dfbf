//! Finishes the tree: passes and aspects, in the order of [`Phase`]. The borrow is never held while they run.

use std::collections::BTreeSet;

use crate::node_id::NodeId;
use crate::phase::Phase;
use crate::scope::Scope;

/// Rounds after which an aspect or pass is reported that adds something in every round.
const MAX_ROUNDS: usize = 50;

pub(super) fn run_passes(root: &Scope) {
    let mut visited = Vec::new();
    let has_ended = (0..MAX_ROUNDS).any(|_| {
        let completed = run(root, Phase::Complete);
        let visited = run_aspects(root, &mut visited);
        !completed && !visited && !run(root, Phase::Last)
    });
    if !has_ended {
        root.error(
            format!("passes and aspects still add constructs after {MAX_ROUNDS} rounds"),
            "one of them adds something each time it runs: let it check what it added before",
        );
    }
    run(root, Phase::Validate);
}

/// Runs the passes of a phase; returns whether there were any.
fn run(root: &Scope, phase: Phase) -> bool {
    let passes = root.passes().borrow_mut().by_phase.remove(&phase).unwrap_or_default();
    let had_any = !passes.is_empty();
    for (at, pass) in passes {
        pass(&root.with(at));
    }
    had_any
}

/// Calls each aspect once for each node; returns whether there was anything to call.
fn run_aspects(root: &Scope, visited: &mut Vec<BTreeSet<NodeId>>) -> bool {
    let aspects = root.passes().borrow().aspects.clone();
    visited.resize_with(aspects.len(), Default::default);
    let mut called = false;
    for ((from, visit), seen) in aspects.iter().zip(visited) {
        for scope in root.with(*from).descendants() {
            if seen.insert(scope.at) {
                visit(&scope);
                called = true;
            }
        }
    }
    called
}
