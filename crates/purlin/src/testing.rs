//! Helpers for tests of stacks: synthesize one, and read its template, problems and patches.
//!
//! ```
//! use purlin::logs::{LogGroup, Retention};
//! use purlin::testing::Template;
//!
//! let template = Template::of(|stack| {
//!     stack.add("Logs", LogGroup::props().retention(Retention::OneMonth));
//! });
//! assert_eq!(template.only("AWS::Logs::LogGroup")["Properties"]["RetentionInDays"], 30);
//! ```

use purlin_construct::{Patch, Problem, Stack, Synthesis};
use serde_json::Value;

use crate::App;

/// The template of a stack under test.
#[derive(Debug, Clone)]
pub struct Template {
    json: Value,
    patches: Vec<Patch>,
    notices: Vec<Problem>,
}

impl Template {
    /// The template of a stack named `Stack` that is built by `build`.
    ///
    /// # Panics
    /// If the stack has problems, with all of them.
    #[track_caller]
    pub fn of(build: impl FnOnce(&Stack)) -> Self {
        match synthesize(build) {
            Ok(mut synthesis) => {
                let json = synthesis.stacks.swap_remove(0).template;
                Self { json, patches: synthesis.patches, notices: synthesis.notices }
            }
            Err(problems) => panic!("the stack has problems:\n{}", listed(&problems)),
        }
    }

    /// The whole template.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The template without the `Metadata` of its resources, which is the same for every construct: for snapshots.
    pub fn snapshot(&self) -> Value {
        let mut json = self.json.clone();
        for resource in json["Resources"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
            if let Some(resource) = resource.as_object_mut() {
                resource.shift_remove("Metadata");
            }
        }
        json
    }

    /// The resource of this logical id.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn resource(&self, logical_id: &str) -> &Value {
        let ids = || self.json["Resources"].as_object().map(|all| all.keys().cloned().collect::<Vec<_>>());
        self.json["Resources"].get(logical_id).unwrap_or_else(|| panic!("no `{logical_id}` among {:?}", ids()))
    }

    /// All resources of a type, with their logical ids.
    pub fn resources_of(&self, type_name: &str) -> Vec<(&str, &Value)> {
        let all = self.json["Resources"].as_object().into_iter().flatten();
        all.filter(|(_, resource)| resource["Type"] == type_name).map(|(id, it)| (id.as_str(), it)).collect()
    }

    /// The only resource of a type.
    ///
    /// # Panics
    /// If there is none, or more than one.
    #[track_caller]
    pub fn only(&self, type_name: &str) -> &Value {
        let found = self.resources_of(type_name);
        assert_eq!(found.len(), 1, "one resource of type `{type_name}` was expected, found {}", found.len());
        found[0].1
    }

    /// The automatic patches.
    pub fn patches(&self) -> &[Patch] {
        &self.patches
    }

    /// The warnings and notes.
    pub fn notices(&self) -> &[Problem] {
        &self.notices
    }
}

/// The problems of a stack that is built by `build`; none if it can be synthesized.
pub fn problems(build: impl FnOnce(&Stack)) -> Vec<Problem> {
    synthesize(build).err().unwrap_or_default()
}

fn synthesize(build: impl FnOnce(&Stack)) -> Result<Synthesis, Vec<Problem>> {
    let app = App::new();
    let stack = app.add("Stack", Stack::props());
    build(&stack);
    app.synth()
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
