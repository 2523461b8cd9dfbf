//! Finishes the tree: deferred steps, then aspects, then validations. The borrow is never held while they run.

use crate::scope::Scope;

/// Rounds of aspects that add constructs, after which something is taken to loop.
const MAX_ROUNDS: usize = 50;

pub(super) fn run_deferred_and_aspects(root: &Scope) {
    let mut visited = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let deferred = std::mem::take(&mut root.tree.borrow_mut().deferred);
        let had_work = !deferred.is_empty();
        for (at, finish) in deferred {
            finish(&root.with(at));
        }
        if !run_aspects(root, &mut visited) && !had_work {
            return;
        }
    }
    root.error(
        format!("aspects still add constructs after {MAX_ROUNDS} rounds"),
        "an aspect adds a construct each time it runs: let it look for what it added before",
    );
}

/// Calls each aspect once for each node; gives whether there was anything to call.
fn run_aspects(root: &Scope, visited: &mut Vec<std::collections::BTreeSet<crate::tree::NodeId>>) -> bool {
    let aspects = root.tree.borrow().aspects.clone();
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

pub(super) fn run_validations(root: &Scope) {
    let validations = std::mem::take(&mut root.tree.borrow_mut().validations);
    for (at, check) in validations {
        check(&root.with(at));
    }
}
