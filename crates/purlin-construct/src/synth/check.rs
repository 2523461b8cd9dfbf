//! Checks the finished tree and the rendered templates against CloudFormation's limits.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::names;
use crate::node::{Kind, ResourceData, TagShape};
use crate::node_id::NodeId;
use crate::problem::Severity;
use crate::secret::SecretValue;
use crate::tags;
use crate::tree::Tree;

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const LIMITS: [(&str, usize); 4] = [("Resources", 500), ("Outputs", 200), ("Parameters", 200), ("Mappings", 200)];
const MAX_TEMPLATE_BYTES: usize = 1_000_000;
const MAX_DESCRIPTION_BYTES: usize = 1024;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

/// Stack names and environments, and secrets in readable places.
pub(super) fn names(tree: &mut Tree) {
    for stack in tree.stacks() {
        let name = tree.stack_data(stack).name.clone();
        let mut chars = name.chars();
        let ok = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '-')
            && name.len() <= names::MAX_STACK_NAME;
        if !ok {
            let message =
                format!("the stack name `{name}` is not allowed: a letter, then letters, digits and `-`, 128 at most");
            tree.report(stack, Severity::Error, message, "give one with `stack_name(\"..\")`".to_owned());
        }
        let environment = tree.stack_data(stack).environment.clone();
        if let Some(account) = environment.account
            && (account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()))
        {
            let message = format!("the account id `{account}` is not 12 digits");
            tree.report(stack, Severity::Error, message, "`aws sts get-caller-identity` shows yours".to_owned());
        }
    }
    twins(tree);
    for node in tree.preorder(tree.root()) {
        let Kind::Output(output) = &tree[node].kind else { continue };
        if SecretValue::is_referenced_in(&output.value) {
            let message =
                "an output holds a secret, and everyone who can describe the stack can read outputs".to_owned();
            let hint = "output the secret's ARN instead".to_owned();
            tree.report(node, Severity::Error, message, hint);
        }
    }
}

/// Names that two stacks, or two exports, of one environment share: the second would replace or stop the first.
fn twins(tree: &mut Tree) {
    let mut taken = BTreeMap::new();
    for stack in tree.stacks() {
        let data = tree.stack_data(stack);
        let (name, place) = (data.name.clone(), (data.environment.account.clone(), data.environment.region.clone()));
        if let Some(twin) = taken.insert((name.clone(), place), stack)
            && tree.path(twin) != tree.path(stack)
        {
            let twin = tree.path(twin);
            let message = format!("the stack name `{name}` is taken by `{twin}`, of the same account and region");
            let hint = "give one of them another with `stack_name(\"..\")`: by one name CloudFormation has one stack";
            tree.report(stack, Severity::Error, message, hint.to_owned());
        }
    }
    let mut taken = BTreeMap::new();
    for node in tree.preorder(tree.root()) {
        let Kind::Output(output) = &tree[node].kind else { continue };
        let Some(name) = output.export.as_ref().and_then(|name| name.as_str()).map(str::to_owned) else { continue };
        let Some(stack) = tree.stack_of(node) else { continue };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == ':' || c == '-') {
            let message = format!("the export name `{name}` is not letters, digits, `:` and `-`");
            tree.report(node, Severity::Error, message, "choose another, for example `Network:VpcId`".to_owned());
        }
        let environment = &tree.stack_data(stack).environment;
        let place = (environment.account.clone(), environment.region.clone());
        if let Some(twin) = taken.insert((name.clone(), place), node) {
            let message =
                format!("the export name `{name}` is taken by `{}`, of the same account and region", tree.path(twin));
            tree.report(node, Severity::Error, message, "give one of them another name".to_owned());
        }
    }
}

/// Tags that AWS refuses, where they are known (<https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html>).
pub(super) fn tags(tree: &mut Tree) {
    for node in tree.preorder(tree.root()) {
        for (key, value) in tree[node].tags.clone() {
            let length = value.as_ref().and_then(|value| value.as_str()).map_or(0, |value| value.chars().count());
            let (message, hint) = if key.is_empty() || key.chars().count() > MAX_TAG_KEY {
                let length = key.chars().count();
                let message =
                    format!("the key of the tag `{key}` has {length} characters, AWS takes 1 to {MAX_TAG_KEY}");
                (message, "give a shorter key".to_owned())
            } else if key.to_ascii_lowercase().starts_with("aws:") {
                (format!("the tag `{key}` begins with `aws:`, which is AWS's own"), "give another key".to_owned())
            } else if length > MAX_TAG_VALUE {
                let message = format!("the tag `{key}` has {length} characters, AWS takes {MAX_TAG_VALUE}");
                (message, "give a shorter value".to_owned())
            } else {
                continue;
            };
            tree.report(node, Severity::Error, message, hint);
        }
        if let Kind::Stack(_) = tree[node].kind {
            for (key, _) in tags::inherited(tree, node).iter().filter(|(_, value)| !value.is_literal()) {
                let message = format!(
                    "the stack itself does not get the tag `{key}`, whose value only the deployment knows; its resources do"
                );
                tree.report(node, Severity::Info, message, String::new());
            }
        }
        let lost = tree.resource(node).and_then(|resource| lost_tags(tree, node, resource));
        if let Some((message, hint)) = lost {
            tree.report(node, Severity::Error, message, hint);
        }
    }
}

/// The inherited tags that a resource would lose, because its own are known only to the deployment.
fn lost_tags(tree: &Tree, node: NodeId, resource: &ResourceData) -> Option<(String, String)> {
    let shape = resource.tags?;
    let mut given = tags::given(resource).peekable();
    given.peek()?;
    let inherited = tags::inherited(tree, node);
    let (given, property) =
        (given.find_map(|own| tags::merged(shape, Some(own), &inherited).err())?.given(), shape.property());
    let keys: Vec<String> = inherited.keys().map(|key| format!("`{key}`")).collect();
    let takes = match shape {
        TagShape::Map(_) => "a map of keys to values",
        _ => "a list of tags",
    };
    let message = format!(
        "the tags {} of the scopes around it would be lost: its `{property}` is `{given}`, and they can be added to {takes}, or to `Fn::If` with such branches",
        keys.join(", ")
    );
    let removals: Vec<String> = keys.iter().map(|key| format!("remove_tag({})", key.replace('`', "\""))).collect();
    Some((message, format!("give its tags in that form, or take the others from it: `{}`", removals.join("`, `"))))
}

/// Patches turned off that do not exist.
pub(super) fn unknown_patches(tree: &mut Tree) {
    for node in tree.preorder(tree.root()) {
        for name in tree[node].without_patches.clone() {
            if !tree.known_patches.contains(name.as_str()) {
                let known: Vec<String> = tree.known_patches.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("there is no automatic patch `{name}` to turn off");
                let hint = format!("the patches this app could apply are: {}", known.join(", "));
                tree.report(node, Severity::Warning, message, hint);
            }
        }
    }
}

pub(super) fn limits(tree: &mut Tree, stack: NodeId, template: &Json) {
    for (section, limit) in LIMITS {
        let count = template[section].as_object().map_or(0, serde_json::Map::len);
        if count > limit {
            let message = format!("the stack has {count} {}, CloudFormation allows {limit}", section.to_lowercase());
            tree.report(stack, Severity::Error, message, "move some of them to another stack".to_owned());
        }
    }
    let bytes = template.to_string().len();
    if bytes > MAX_TEMPLATE_BYTES {
        let message = format!("the template has {bytes} bytes, CloudFormation allows {MAX_TEMPLATE_BYTES}");
        tree.report(stack, Severity::Error, message, "move some resources to another stack".to_owned());
    }
    let description = tree.stack_data(stack).description.as_ref().map_or(0, String::len);
    if description > MAX_DESCRIPTION_BYTES {
        let message = format!("the stack's description has {description} bytes, 1024 are allowed");
        tree.report(stack, Severity::Error, message, "shorten it".to_owned());
    }
    if template["Resources"].as_object().is_none_or(serde_json::Map::is_empty) {
        let message = "the stack has no resources, and CloudFormation wants at least one".to_owned();
        tree.report(stack, Severity::Error, message, "add a resource, or leave the stack out".to_owned());
    }
}
