//! How operations begin: what there is to do for a template, from what there is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::operation::{Before, Operation, Phase, State, Task, Verb, deletions};
use crate::stack::{Resource, Stack};
use crate::template;
use crate::world::World;

/// What a stack is to become.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub template: Value,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub phase: Phase,
    pub token: Option<String>,
    pub keeps: bool,
}

impl Wanted {
    /// A child's, which leaves its failures to its parent.
    pub fn of(template: Value, phase: Phase) -> Self {
        let (parameters, tags) = (BTreeMap::new(), BTreeMap::new());
        Self { template, parameters, tags, phase, token: None, keeps: true }
    }
}

/// The stack as it is, to go back to.
pub fn before(stack: &Stack) -> Before {
    Before {
        template: stack.template.clone(),
        parameters: stack.parameters.clone(),
        tags: stack.tags.clone(),
        resources: stack.resources.clone(),
    }
}

impl World {
    /// Begins to create, update or import.
    pub fn begin_forward(&mut self, stack: usize, at: i64, wanted: Wanted) {
        let id = self.fresh("operation-");
        let it = &mut self.stacks[stack];
        let mut operation = Operation::new(wanted.phase, id, wanted.token, before(it));
        operation.keeps = wanted.keeps;
        operation.tasks = tasks(&it.resources, &wanted.template, wanted.phase == Phase::Import);
        (it.template, it.parameters, it.tags) = (wanted.template, wanted.parameters, wanted.tags);
        if wanted.phase != Phase::Create {
            it.updated = Some(at);
        }
        self.begin(stack, at, operation, Some("User Initiated"));
    }

    /// Begins to delete, without these.
    pub fn begin_delete(&mut self, stack: usize, at: i64, token: Option<String>, retained: &[String]) {
        let id = self.fresh("operation-");
        let it = &mut self.stacks[stack];
        for resource in retained {
            it.resources.remove(resource);
        }
        let all = it.resources.keys().cloned().collect();
        let mut operation = Operation::new(Phase::Delete, id, token, before(it));
        operation.tasks = deletions(&it.resources, &all);
        self.begin(stack, at, operation, Some("User Initiated"));
    }
}

/// What there is to do, in which order. What is removed goes in the clean-up.
fn tasks(now: &BTreeMap<String, Resource>, template: &Value, imports: bool) -> BTreeMap<String, Task> {
    let wanted = template::resources(template);
    let all: BTreeSet<String> = wanted.keys().cloned().collect();
    let mut tasks = BTreeMap::new();
    for (key, definition) in &wanted {
        let old = now.get(key);
        let changed = old.map(|old| template::differing(&old.definition, definition)).unwrap_or_default();
        let is_unfinished = old.is_some_and(|old| old.status.ends_with("_FAILED"));
        let is_nested = template::kind(definition) == crate::operation::NESTED;
        let verb = match old {
            None if imports => Verb::Import,
            None => Verb::Create,
            Some(old) if is_unfinished && old.status == "CREATE_FAILED" => Verb::Create,
            Some(_) if is_unfinished || is_nested || !changed.is_empty() => Verb::Update,
            Some(_) => continue,
        };
        let physical = old.map_or_else(|| format!("existing-{key}"), |old| old.physical.clone());
        let resource = Resource { physical, definition: definition.clone(), status: String::new() };
        let (needs, replaces) = (template::needs(definition, &all), template::replaces(&changed));
        tasks.insert(key.clone(), Task { verb, needs, state: State::Waiting, resource, replaces });
    }
    tasks
}
