//! Holds the keys of DynamoDB tables against their attribute definitions: AWS refuses keys that are not defined and
//! definitions that no key uses
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>).

use std::collections::BTreeMap;

use purlin_construct::{Finding, Rendered, Severity};
use serde_json::Value;

const TABLES: [&str; 2] = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"];
const LOCAL: &str = "LocalSecondaryIndexes";
const GLOBAL: &str = "GlobalSecondaryIndexes";

pub(crate) fn findings(rendered: &Rendered<'_>) -> Vec<Finding> {
    // A macro may add attributes.
    if rendered.template.get("Transform").is_some_and(|transform| transform != "AWS::LanguageExtensions") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (id, resource) in rendered.template["Resources"].as_object().into_iter().flatten() {
        if resource["Type"].as_str().is_some_and(|name| TABLES.contains(&name)) {
            let mut table = Table { id, properties: &resource["Properties"], found: Vec::new() };
            table.check();
            found.append(&mut table.found);
        }
    }
    let is_unchecked = |finding: &Finding| {
        let path = finding.property.as_deref().unwrap_or_default();
        let covers = |given: &str| given.is_empty() || path == given || path.starts_with(&format!("{given}."));
        rendered.unchecked.iter().any(|(id, given)| *id == finding.logical_id && covers(given))
    };
    found.retain(|finding| !is_unchecked(finding));
    found
}

struct Table<'a> {
    id: &'a str,
    properties: &'a Value,
    found: Vec<Finding>,
}

/// An attribute of a key: its path in the properties, its name, and whether it is a partition key.
struct Key<'a> {
    path: String,
    name: &'a str,
    is_hash: bool,
}

impl<'a> Table<'a> {
    fn check(&mut self) {
        if self.properties["KeySchema"].is_null() {
            return;
        }
        self.check_shape();
        let Some(defined) = self.definitions() else { return };
        let Some(own) = keys("KeySchema", &self.properties["KeySchema"]) else { return };
        let indexes = [self.indexes(LOCAL), self.indexes(GLOBAL)];
        let listed = || match &defined.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>()[..] {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        for key in own.iter().chain(indexes.iter().flatten().flatten().flat_map(|(_, keys)| keys)) {
            if !defined.contains_key(key.name) {
                self.report(
                    &key.path,
                    format!(
                        "a key of the table is the attribute `{}`, but its attribute definitions are: {}",
                        key.name,
                        listed()
                    ),
                    "define it: `TableAttributeDefinition::new(name, type)`, or correct the name".to_owned(),
                );
            }
        }
        let [Some(local), Some(global)] = &indexes else { return };
        self.check_local(&own, local);
        let all = || own.iter().chain(local.iter().chain(global).flat_map(|(_, keys)| keys));
        for (name, path) in &defined {
            if !all().any(|key| key.name == *name) {
                self.report(
                    path,
                    format!(
                        "the attribute `{name}` is defined, but no key of the table or of an index uses it, and AWS takes \
                         definitions of keys only"
                    ),
                    "leave the definition out: other attributes of items are not declared".to_owned(),
                );
            }
        }
    }

    /// The registry's schema of a table takes any JSON for its own keys.
    fn check_shape(&mut self) {
        const MEMBERS: [&str; 2] = ["AttributeName", "KeyType"];
        for (at, item) in list(&self.properties["KeySchema"]).into_iter().flatten().enumerate() {
            let Some(map) = item.as_object().filter(|map| !map.keys().any(|key| is_intrinsic(key))) else { continue };
            let path = format!("KeySchema.{at}");
            if map.len() != MEMBERS.len() || !MEMBERS.iter().all(|name| map.contains_key(*name)) {
                let given: Vec<String> = map.keys().map(|key| format!("`{key}`")).collect();
                self.report(
                    &path,
                    format!(
                        "a key of the table has {}, but AWS takes `AttributeName` and `KeyType`",
                        if given.is_empty() { "no members".to_owned() } else { given.join(", ") }
                    ),
                    "write it as `TableKeySchema::new(name, \"HASH\")`".to_owned(),
                );
            }
        }
    }

    /// Local indexes share the partition key of the table.
    fn check_local(&mut self, own: &[Key<'_>], local: &[(String, Vec<Key<'_>>)]) {
        let hash = own.iter().find(|key| key.is_hash).map(|key| key.name);
        for (path, keys) in local {
            let given = keys.iter().find(|key| key.is_hash).map(|key| key.name);
            if let (Some(hash), Some(given)) = (hash, given)
                && hash != given
            {
                self.report(
                    path,
                    format!(
                        "the partition key of a local index is `{given}`, but AWS takes that of the table, which is \
                         `{hash}`"
                    ),
                    "make it a global index, or use the table's partition key".to_owned(),
                );
            }
        }
    }

    /// The defined attributes with their paths; none where only the deployment knows them.
    fn definitions(&self) -> Option<BTreeMap<&'a str, String>> {
        let property = "AttributeDefinitions";
        let items = list(&self.properties[property])?.iter().enumerate();
        items.map(|(at, item)| Some((item["AttributeName"].as_str()?, format!("{property}.{at}")))).collect()
    }

    fn indexes(&self, property: &str) -> Option<Vec<(String, Vec<Key<'a>>)>> {
        let items = list(&self.properties[property])?.iter().enumerate();
        items
            .map(|(at, index)| {
                let path = format!("{property}.{at}.KeySchema");
                let keys = keys(&path, &index["KeySchema"])?;
                Some((path, keys))
            })
            .collect()
    }

    fn report(&mut self, property: &str, message: String, hint: String) {
        self.found.push(Finding {
            logical_id: self.id.to_owned(),
            property: Some(property.to_owned()),
            severity: Severity::Error,
            message,
            hint,
        });
    }
}

/// The attributes of a key; none where only the deployment knows them.
fn keys<'a>(path: &str, schema: &'a Value) -> Option<Vec<Key<'a>>> {
    let items = list(schema)?.iter().enumerate();
    items
        .map(|(at, item)| {
            let path = format!("{path}.{at}.AttributeName");
            Some(Key { path, name: item["AttributeName"].as_str()?, is_hash: item["KeyType"].as_str()? == "HASH" })
        })
        .collect()
}

fn is_intrinsic(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// The items of a list; none for a list that only the deployment knows.
fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(items) => Some(items),
        _ => None,
    }
}
