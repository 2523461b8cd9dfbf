//! Renders a stack's template: sections, resources, and expressions to JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::json_text;
use super::references::References;
use super::roles;
use crate::expr::Expr;
use crate::node::{Kind, ResourceData};
use crate::node_id::NodeId;
use crate::overrides::split_path;
use crate::tags;
use crate::tree::Tree;

/// Intrinsics that CloudFormation knows only with this transform.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// What rendering an expression needs to know.
struct Renderer<'a> {
    tree: &'a Tree,
    stack: NodeId,
    ids: &'a BTreeMap<NodeId, String>,
    references: &'a References,
}

pub(super) fn template(
    tree: &Tree,
    stack: NodeId,
    ids: &BTreeMap<NodeId, String>,
    references: &References,
    depends_on: &BTreeMap<NodeId, BTreeSet<NodeId>>,
) -> Json {
    let renderer = Renderer { tree, stack, ids, references };
    let mut sections: BTreeMap<&str, Map<String, Json>> = BTreeMap::new();
    for node in tree.preorder(stack) {
        let Some(id) = ids.get(&node) else { continue };
        let Some((section, element)) = renderer.element(node, depends_on.get(&node)) else { continue };
        sections.entry(section).or_default().insert(id.clone(), element);
    }
    if let Some(published) = references.published.get(&stack) {
        for (id, output) in &published.outputs {
            let mut element = json!({"Value": renderer.expr(&output.value)});
            if let Some(name) = &output.export {
                element["Export"] = json!({"Name": name});
            }
            sections.entry("Outputs").or_default().insert(id.clone(), element);
        }
        sections.entry("Resources").or_default().extend(roles::resources(tree, stack, &published.readers));
    }
    renderer.assemble(sections)
}

impl Renderer<'_> {
    fn assemble(&self, mut sections: BTreeMap<&str, Map<String, Json>>) -> Json {
        let stack = self.tree.stack_data(self.stack);
        let mut template = Map::new();
        if let Some(description) = &stack.description {
            template.insert("Description".into(), json!(description));
        }
        if !stack.metadata.is_empty() {
            let entries = stack.metadata.iter().map(|(key, value)| (key.clone(), self.expr(value)));
            template.insert("Metadata".into(), Json::Object(entries.collect()));
        }
        let mut transforms = stack.transforms.clone();
        if needs_language_extensions(&sections) && !transforms.iter().any(|name| name == LANGUAGE_EXTENSIONS) {
            transforms.insert(0, LANGUAGE_EXTENSIONS.to_owned());
        }
        match &transforms[..] {
            [] => (),
            [only] => drop(template.insert("Transform".into(), json!(only))),
            several => drop(template.insert("Transform".into(), json!(several))),
        }
        for section in ["Parameters", "Mappings", "Rules", "Conditions", "Resources", "Outputs"] {
            match sections.remove(section) {
                Some(entries) => drop(template.insert(section.into(), Json::Object(entries))),
                None if section == "Resources" => drop(template.insert(section.into(), json!({}))),
                None => (),
            }
        }
        Json::Object(template)
    }

    /// The section an element belongs to and what stands there.
    fn element(&self, node: NodeId, depends_on: Option<&BTreeSet<NodeId>>) -> Option<(&'static str, Json)> {
        match &self.tree[node].kind {
            Kind::Resource(resource) => Some(("Resources", self.resource(node, resource, depends_on))),
            Kind::Parameter(data) => {
                let entries = data.0.iter().map(|(key, value)| (key.to_string(), self.expr(value)));
                Some(("Parameters", Json::Object(entries.collect())))
            }
            Kind::Mapping(data) => {
                let inner = |entries: &BTreeMap<String, Expr>| {
                    Json::Object(entries.iter().map(|(key, value)| (key.clone(), self.expr(value))).collect())
                };
                let entries = data.0.iter().map(|(key, entries)| (key.clone(), inner(entries)));
                Some(("Mappings", Json::Object(entries.collect())))
            }
            Kind::Condition(test) => Some(("Conditions", self.expr(test))),
            Kind::Output(output) => {
                let mut rendered = Map::new();
                if let Some(description) = &output.description {
                    rendered.insert("Description".into(), json!(description));
                }
                rendered.insert("Value".into(), self.expr(&output.value));
                if let Some(name) = &output.export {
                    rendered.insert("Export".into(), json!({"Name": self.expr(name)}));
                }
                self.insert_condition(&mut rendered, output.condition);
                Some(("Outputs", Json::Object(rendered)))
            }
            Kind::Rule(rule) => {
                let mut rendered = Map::new();
                if let Some(test) = &rule.condition {
                    rendered.insert("RuleCondition".into(), self.expr(test));
                }
                let assertion =
                    |(test, text): &(Expr, String)| json!({"Assert": self.expr(test), "AssertDescription": text});
                rendered.insert("Assertions".into(), rule.assertions.iter().map(assertion).collect());
                Some(("Rules", Json::Object(rendered)))
            }
            _ => None,
        }
    }

    fn resource(&self, node: NodeId, resource: &ResourceData, depends_on: Option<&BTreeSet<NodeId>>) -> Json {
        let mut rendered = Map::new();
        rendered.insert("Type".into(), json!(resource.type_name));
        let properties = self.properties(node, resource);
        if !properties.is_empty() {
            rendered.insert("Properties".into(), Json::Object(properties));
        }
        let mut waits: Vec<NodeId> = depends_on.into_iter().flatten().copied().collect();
        waits.sort_by_cached_key(|on| self.tree.path(*on));
        let waits: Vec<&String> = waits.iter().filter_map(|on| self.ids.get(on)).collect();
        if !waits.is_empty() {
            rendered.insert("DependsOn".into(), json!(waits));
        }
        for (key, policy) in [("CreationPolicy", &resource.creation_policy), ("UpdatePolicy", &resource.update_policy)]
        {
            if let Some(policy) = policy {
                rendered.insert(key.into(), self.expr(policy));
            }
        }
        for (key, policy) in
            [("UpdateReplacePolicy", resource.update_replace_policy), ("DeletionPolicy", resource.deletion_policy)]
        {
            if let Some(policy) = policy {
                rendered.insert(key.into(), json!(policy));
            }
        }
        let mut metadata = Map::from_iter([("aws:cdk:path".to_owned(), json!(self.tree.path(node)))]);
        metadata.extend(resource.metadata.iter().map(|(key, value)| (key.clone(), self.expr(value))));
        rendered.insert("Metadata".into(), Json::Object(metadata));
        self.insert_condition(&mut rendered, resource.condition);
        let mut rendered = Json::Object(rendered);
        for (path, value) in &resource.overrides {
            let value = value.as_ref().map(|value| tags::merged_override(self.tree, node, resource, path, value));
            let mut value = value.map(|value| self.expr(&value));
            if path == "DependsOn" {
                value = value.map(|value| union(&rendered["DependsOn"], value));
            }
            override_at(&mut rendered, &split_path(path), value);
        }
        rendered
    }

    fn properties(&self, node: NodeId, resource: &ResourceData) -> Map<String, Json> {
        let mut properties: BTreeMap<&str, Json> = BTreeMap::new();
        for (name, value) in resource.props.as_map() {
            properties.insert(name, self.expr(value));
        }
        if let Some(shape) = resource.tags {
            let own = resource.props.get(shape.property());
            // What cannot be merged was reported by the check of tags.
            match tags::merged(shape, own, &tags::inherited(self.tree, node)) {
                Ok(Some(Expr::List(list))) if list.is_empty() => drop(properties.remove(shape.property())),
                Ok(Some(tags)) => drop(properties.insert(shape.property(), self.expr(&tags))),
                Ok(None) | Err(_) => (),
            }
        }
        properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn insert_condition(&self, rendered: &mut Map<String, Json>, condition: Option<NodeId>) {
        if let Some(id) = condition.and_then(|node| self.ids.get(&node)) {
            rendered.insert("Condition".into(), json!(id));
        }
    }

    /// The logical id of an element; an element without one was reported as a problem.
    fn id(&self, node: NodeId) -> &str {
        self.ids.get(&node).map_or("", String::as_str)
    }

    fn expr(&self, expr: &Expr) -> Json {
        if let Some(import) = self.references.import(self.stack, expr) {
            return import.clone();
        }
        match expr {
            Expr::Null => Json::Null,
            Expr::Bool(value) => json!(value),
            Expr::Int(value) => json!(value),
            Expr::Num(value) => number(*value),
            Expr::Str(text) | Expr::Custom(text) => json!(text),
            Expr::List(items) => items.iter().map(|item| self.expr(item)).collect(),
            Expr::Map(map) => {
                let entries = map.iter().filter(|(_, value)| **value != Expr::Null);
                Json::Object(entries.map(|(key, value)| (key.to_string(), self.expr(value))).collect())
            }
            Expr::Ref(node) => json!({"Ref": self.id(*node)}),
            Expr::Att(node, name) => json!({"Fn::GetAtt": [self.id(*node), name]}),
            Expr::Pseudo(pseudo) => json!({"Ref": pseudo.name()}),
            Expr::LogicalId(node) => json!(self.id(*node)),
            Expr::Join(delimiter, parts) => {
                json!({"Fn::Join": [delimiter, parts.iter().map(|part| self.expr(part)).collect::<Json>()]})
            }
            Expr::Call(name, argument) => Json::Object(Map::from_iter([((*name).to_owned(), self.expr(argument))])),
            Expr::JsonText(inner) => self.expr(&json_text::of(self.tree, inner)),
        }
    }
}

/// A number as the CDK writes it: a whole one without a point.
pub(super) fn number(value: f64) -> Json {
    let text = value.to_string();
    text.parse::<i64>().map_or_else(|_| json!(value), |whole| json!(whole))
}

fn needs_language_extensions(sections: &BTreeMap<&str, Map<String, Json>>) -> bool {
    fn found(value: &Json) -> bool {
        match value {
            Json::Object(map) => map.iter().any(|(key, value)| {
                matches!(key.as_str(), "Fn::Length" | "Fn::ToJsonString")
                    || (key == "Fn::FindInMap" && value.as_array().is_some_and(|arguments| arguments.len() > 3))
                    || found(value)
            }),
            Json::Array(items) => items.iter().any(found),
            _ => false,
        }
    }
    sections.values().flat_map(Map::values).any(found)
}

fn override_at(target: &mut Json, path: &[String], value: Option<Json>) {
    let [name, rest @ ..] = path else { return };
    if let (Json::Array(items), Ok(index)) = (&mut *target, name.parse::<usize>()) {
        override_item(items, index, rest, value);
        return;
    }
    if !target.is_object() {
        *target = json!({});
    }
    let map = target.as_object_mut().expect("it was made an object");
    if value.is_some() && is_function(map) && !name.starts_with("Fn::") {
        map.clear();
    }
    match (rest, value) {
        ([], None) => drop(map.shift_remove(name)),
        ([], Some(value)) => set(map.entry(name.clone()).or_insert(Json::Null), value),
        (rest, None) => {
            if let Some(inner) = map.get_mut(name) {
                override_at(inner, rest, None);
            }
        }
        (rest, value) => override_at(map.entry(name.clone()).or_insert(Json::Null), rest, value),
    }
}

/// Sets a value; entries of a map are added to those that are there, as the CDK adds them.
fn set(target: &mut Json, value: Json) {
    match (target, value) {
        (Json::Object(target), Json::Object(value)) if !is_function(target) && !is_function(&value) => {
            for (name, value) in value {
                set(target.entry(name).or_insert(Json::Null), value);
            }
        }
        (target, value) => *target = value,
    }
}

/// Whether a map is an intrinsic function.
fn is_function(map: &Map<String, Json>) -> bool {
    map.len() == 1 && map.keys().all(|name| name == "Ref" || name.starts_with("Fn::"))
}

/// Both lists of names, each a list or one name.
fn union(target: &Json, value: Json) -> Json {
    let is_names =
        |value: &Json| value.is_string() || value.as_array().is_some_and(|all| all.iter().all(Json::is_string));
    if !is_names(target) || !is_names(&value) {
        return value;
    }
    let names = |value: &Json| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let mut all = names(target);
    all.extend(names(&value).into_iter().filter(|name| !target.as_array().is_some_and(|known| known.contains(name))));
    Json::Array(all)
}

fn override_item(items: &mut Vec<Json>, index: usize, rest: &[String], value: Option<Json>) {
    match (rest, value) {
        ([], None) if index < items.len() => drop(items.remove(index)),
        (_, None) if index >= items.len() => (),
        (rest, value) => {
            // A path one past the end appends; further out there is nothing to fill the gap with.
            if index == items.len() {
                items.push(Json::Null);
            }
            let Some(item) = items.get_mut(index) else { return };
            match (rest, value) {
                ([], Some(value)) => set(item, value),
                (rest, value) => override_at(item, rest, value),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_reach_into_maps_and_lists() {
        let cases = [
            ("A.B", Some(json!(1)), json!({"A": {"B": 1}, "L": [{"K": 1}]})),
            ("L.0.K", Some(json!(2)), json!({"L": [{"K": 2}]})),
            ("L.1", Some(json!("x")), json!({"L": [{"K": 1}, "x"]})),
            ("L.0", None, json!({"L": []})),
            ("L", None, json!({})),
            ("No.Such", None, json!({"L": [{"K": 1}]})),
            ("A\\.B", Some(json!(1)), json!({"A.B": 1, "L": [{"K": 1}]})),
            ("L.0", Some(json!({"M": 2})), json!({"L": [{"K": 1, "M": 2}]})),
            ("L.0", Some(json!({"Ref": "R"})), json!({"L": [{"Ref": "R"}]})),
            ("L", Some(json!([2])), json!({"L": [2]})),
        ];
        for (path, value, expect) in cases {
            let mut target = json!({"L": [{"K": 1}]});
            override_at(&mut target, &split_path(path), value);
            assert_eq!(target, expect, "{path}");
        }
    }
}
