//! The automatic patches of a stack, and which of them a deployment brings to it.

use std::collections::BTreeSet;

use purlin_assembly::{MetadataEntry, Patch, Stack};
use purlin_diagnosis::{Action, Change};

/// A patch with the logical ids of the resources in its construct.
#[derive(Clone, Debug)]
pub(crate) struct StackPatch {
    pub(crate) patch: Patch,
    pub(crate) logical_ids: BTreeSet<String>,
}

impl StackPatch {
    /// The patches of a stack.
    pub(crate) fn of(stack: &Stack) -> Vec<Self> {
        let logical_ids = |patch: &Patch| {
            let inside = |path: &str| {
                let rest = path.trim_start_matches('/').strip_prefix(&*patch.path);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let entries = stack.metadata().iter().filter(|(path, _)| inside(path)).flat_map(|(_, entries)| entries);
            let ids = entries.filter(|entry| entry.kind == MetadataEntry::LOGICAL_ID);
            ids.filter_map(|entry| Some(entry.data.as_ref()?.as_str()?.to_owned())).collect()
        };
        let patches = stack.patches().into_iter();
        patches.map(|patch| Self { logical_ids: logical_ids(&patch), patch }).collect()
    }

    /// Whether a change set may bring this patch to the stack: the stack is new, or the change set adds or modifies a
    /// resource of the patch's construct. What is deployed already has no record of patches, so a patch is listed
    /// again when its construct changes for another reason.
    pub(crate) fn is_new(&self, is_new_stack: bool, changes: &[Change]) -> bool {
        let touches =
            |change: &Change| change.action != Action::Remove && self.logical_ids.contains(&change.logical_id);
        is_new_stack || changes.iter().any(touches)
    }
}

#[cfg(test)]
mod tests {
    use purlin_assembly::{Artifact, Assembly, CloudAssembly, Environment, StackProperties};

    use super::*;

    #[test]
    fn a_patch_is_new_when_a_resource_of_its_construct_is_added_or_modified() {
        let logical_id = |id: &str| MetadataEntry::new(MetadataEntry::LOGICAL_ID, id);
        let stack = Artifact::of_stack(&Environment::agnostic(), &StackProperties::new("t.json"))
            .with_metadata("/Web/Lb", MetadataEntry::patch("login-egress", "egress tcp/443", "logins need it"))
            .with_metadata("/Web/Lb/Resource", logical_id("Lb"))
            .with_metadata("/Web/Lb/Group/Resource", logical_id("LbGroup"))
            .with_metadata("/Web/Lb2/Resource", logical_id("Lb2"));
        let folder = tempfile::tempdir().unwrap();
        let mut out = CloudAssembly::new();
        out.json("t.json", &serde_json::json!({})).artifact("Web", stack);
        out.write(folder.path()).unwrap();
        let assembly = Assembly::read(folder.path()).unwrap();
        let patches = StackPatch::of(&assembly.stacks()[0]);
        let [patch] = patches.as_slice() else { panic!("one patch, not {patches:?}") };
        let change = |id: &str, action| Change { logical_id: id.to_owned(), action, ..Change::default() };
        for (is_new_stack, id, action, expected) in [
            (true, "Other", Action::Add, true),
            (false, "Lb", Action::Modify, true),
            (false, "LbGroup", Action::Add, true),
            (false, "LbGroup", Action::Remove, false),
            (false, "Lb2", Action::Modify, false),
        ] {
            assert_eq!(patch.is_new(is_new_stack, &[change(id, action.clone())]), expected, "{id} {action:?}");
        }
        assert!(!patch.is_new(false, &[]), "only outputs change");
    }
}
