//! Stacks in stacks: the parent's resource is done when the child is.

use crate::begin;
use crate::operation::{Operation, Phase, State, Verb};
use crate::stack::{Resource, Stack};
use crate::world::World;

impl World {
    /// Sets the child stack to work for its parent's resource.
    pub fn start_nested(&mut self, parent: usize, key: &str, at: i64, verb: Verb, resource: &Resource) {
        let url = resource.definition["Properties"]["TemplateURL"].as_str().unwrap_or_default();
        let template = self.objects.get(url).cloned().unwrap_or_default();
        let child = match self.find(&resource.physical) {
            Some(child) => child,
            None => self.nested(parent, key, at),
        };
        self.stacks[parent].operation.as_mut().expect("the parent is at work").tasks.entry(key.to_owned()).and_modify(
            |task| {
                task.state = State::Nested { child };
                task.resource.physical.clone_from(&resource.physical);
            },
        );
        let id = self.stacks[child].id.clone();
        if let Some(resource) = self.stacks[parent].resources.get_mut(key) {
            resource.physical = id;
        }
        match verb {
            Verb::Delete | Verb::Release => self.begin_delete(child, at, None, &[]),
            Verb::Restore => {
                let paused = self.stacks[child].paused.clone();
                let update = paused.unwrap_or_else(|| {
                    Operation::new(Phase::Update, String::new(), None, begin::before(&self.stacks[child]))
                });
                self.roll_back(child, at, Operation { phase: Phase::Update, ..update }, None);
            }
            Verb::Create => self.begin_forward(child, at, begin::Wanted::of(template, Phase::Create)),
            Verb::Update | Verb::Import => self.begin_forward(child, at, begin::Wanted::of(template, Phase::Update)),
        }
    }

    /// A new child. Its parent's resource is known by its ARN from now on.
    fn nested(&mut self, parent: usize, key: &str, at: i64) -> usize {
        let name = format!("{}-{key}-1ABC", self.stacks[parent].name);
        let id = self.arn("stack", &name);
        let mut stack = Stack::new(id.clone(), name, at);
        stack.parent = Some((parent, key.to_owned()));
        self.stacks.push(stack);
        self.tell(
            parent,
            at,
            (key, Some(id), "AWS::CloudFormation::Stack"),
            "CREATE_IN_PROGRESS",
            Some("Resource creation Initiated"),
        );
        self.stacks.len() - 1
    }

    /// The parent receives the result of its nested stack.
    pub fn tell_parent(&mut self, child: usize, at: i64, status: &str) {
        let Some((parent, key)) = self.stacks[child].parent.clone() else {
            return;
        };
        let waits = self.stacks[parent].operation.as_ref().and_then(|it| it.tasks.get(&key));
        if !waits.is_some_and(|task| task.state == State::Nested { child }) {
            return;
        }
        let is_well = status.ends_with("_COMPLETE") && status != "ROLLBACK_COMPLETE";
        let failure = (!is_well).then(|| {
            let stack = &self.stacks[child];
            let reason = stack.reason.clone().unwrap_or_default();
            format!("Embedded stack {} was not successfully created: {reason}", stack.id)
        });
        self.settle(parent, &key, at, failure.as_deref());
    }
}
