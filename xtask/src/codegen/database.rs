//! Puts the database together that lint, diff and `purlin schema` read: both sources' knowledge of every type.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::answers::Answers;
use super::archive::Archive;
use super::corrections::Corrections;
use super::extensions::Extensions;
use super::json_schema::{each, resolve, texts};
use super::merge::MOST_WORDS;
use super::pairs::{self, Pair, pairs};
use super::patterns::Patterns;
use super::registry::Registry;
use super::schema::{Property, Replacement, Resource, Snapshot, Source, Type};

/// What is kept of a type beside its schema.
const LISTS: [&str; 5] = [
    "conditionalCreateOnlyProperties",
    "createOnlyProperties",
    "deprecatedProperties",
    "readOnlyProperties",
    "writeOnlyProperties",
];

/// Endings of names whose words AWS adds to weekly.
const CATALOGUES: [&str; 5] = ["EngineVersion", "InstanceClass", "InstanceType", "InstanceTypes", "NodeType"];

/// The database, and the patterns that could not be kept.
pub struct Database {
    pub archive: Archive,
    pub dropped: Vec<String>,
}

/// What people found out beside the sources.
#[derive(Default)]
pub struct Tables {
    pub extensions: Extensions,
    pub answers: Answers,
    pub corrections: Corrections,
}

/// What both sources say of every type, in the registry's form.
pub fn union(snapshot: &Snapshot, registry: &Registry) -> BTreeMap<String, Value> {
    let mut types = registry.types.clone();
    for (name, resource) in &snapshot.resources {
        add(types.entry(name.clone()).or_insert_with(|| converted(name, resource)), resource);
    }
    types
}

/// The union of both sources, and of what people found out.
pub fn database(snapshot: &Snapshot, registry: &Registry, tables: &Tables) -> Result<Database> {
    let mut types = union(snapshot, registry);
    tables.corrections.apply(&mut types)?;
    tables.extensions.apply(&registry.extensions, &mut types)?;
    let mut archive = Archive::default();
    archive.insert("", header(registry, &[&snapshot.source, &registry.source]));
    let mut patterns = Patterns::default();
    for (name, mut schema) in types {
        let mut attributes = attributes(&schema, snapshot.resources.get(&name));
        attributes.extend(tables.answers.of(&name, &schema));
        finish(&mut schema, attributes, &mut patterns);
        archive.insert(&name, schema);
    }
    Ok(Database { archive, dropped: patterns.dropped().map(str::to_owned).collect() })
}

/// What an archive tells of itself.
pub fn header(registry: &Registry, sources: &[&Source]) -> Value {
    let sources: Vec<Value> = sources
        .iter()
        .map(|source| json!({"package": source.package, "version": source.version, "licence": source.licence}))
        .collect();
    json!({"dated": registry.dated, "sources": sources})
}

// ---------------------------------------------------------------- what the registry lacks

/// Adds what only the other source knows: properties, and which changes replace the resource.
fn add(schema: &mut Value, resource: &Resource) {
    let pairs = pairs(resource, schema);
    for pair in &pairs {
        let Some(known) = pairs::properties(resource, pair.nested.as_deref()) else { continue };
        let described = schema.pointer_mut(&pair.schema).and_then(|schema| schema.get_mut("properties"));
        let Some(Value::Object(described)) = described else { continue };
        for (name, property) in known.iter().filter(|(name, _)| !resource.attributes.contains_key(*name)) {
            described.entry(name.as_str()).or_insert_with(|| lenient(&property.of));
        }
    }
    let replacements: Vec<(String, Replacement)> = pairs.iter().flat_map(|pair| replacements(resource, pair)).collect();
    let listed: BTreeMap<&str, BTreeSet<String>> = LISTS.into_iter().map(|list| (list, paths(schema, list))).collect();
    let known =
        |path: &str, lists: &[&str]| lists.iter().any(|list| ancestors(path).any(|path| listed[list].contains(path)));
    let (mut yes, mut maybe) = (Vec::new(), Vec::new());
    for (path, replacement) in replacements {
        match replacement {
            _ if known(&path, &["createOnlyProperties", "readOnlyProperties"]) => (),
            Replacement::Yes => yes.push(path),
            Replacement::Maybe if known(&path, &["conditionalCreateOnlyProperties"]) => (),
            Replacement::Maybe => maybe.push(path),
        }
    }
    append(schema, "createOnlyProperties", yes);
    append(schema, "conditionalCreateOnlyProperties", maybe);
}

/// A path and the paths of what it is in, the resource itself left out.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(outer, _)| outer))
        .take_while(|path| *path != "/properties" && !path.is_empty())
}

fn replacements(resource: &Resource, pair: &Pair) -> Vec<(String, Replacement)> {
    let known = pairs::properties(resource, pair.nested.as_deref()).into_iter().flatten();
    known.filter_map(|(name, p)| Some((format!("{}/{name}", pair.place), p.replacement?))).collect()
}

fn paths(schema: &Value, list: &str) -> BTreeSet<String> {
    texts(schema.get(list)).map(str::to_owned).collect()
}

fn append(schema: &mut Value, list: &str, more: Vec<String>) {
    if more.is_empty() {
        return;
    }
    let all: BTreeSet<String> = paths(schema, list).into_iter().chain(more).collect();
    schema[list] = json!(all);
}

/// A schema that refuses nothing AWS might take: the shape of the value, and not what is in it.
fn lenient(of: &Type) -> Value {
    match of {
        Type::String { .. } | Type::DateTime => json!({"type": "string"}),
        Type::Integer => json!({"type": "integer"}),
        Type::Number => json!({"type": "number"}),
        Type::Boolean => json!({"type": "boolean"}),
        Type::Array { element } => json!({"type": "array", "items": lenient(element)}),
        Type::Map { .. } | Type::Ref { .. } | Type::Tag => json!({"type": "object"}),
        Type::Json | Type::Union { .. } => json!({}),
    }
}

/// What `Fn::GetAtt` returns, by name.
fn attributes(schema: &Value, resource: Option<&Resource>) -> BTreeSet<String> {
    let read_only = texts(schema.get("readOnlyProperties")).filter_map(|path| path.strip_prefix("/properties/"));
    let named = read_only.filter(|path| !path.contains('*')).map(|path| path.replace('/', "."));
    named.chain(resource.into_iter().flat_map(|r| r.attributes.keys().cloned())).collect()
}

// ---------------------------------------------------------------- a type the registry no longer has

/// A resource type in the registry's form.
fn converted(name: &str, resource: &Resource) -> Value {
    let mut schema = object(&resource.properties);
    schema["typeName"] = json!(name);
    let definitions: Map<String, Value> =
        resource.types.iter().map(|(name, definition)| (name.clone(), object(&definition.properties))).collect();
    if !definitions.is_empty() {
        schema["definitions"] = Value::Object(definitions);
    }
    let attributes = resource.attributes.iter().filter(|(name, _)| !name.contains('.'));
    let mut read_only = Vec::new();
    for (name, attribute) in attributes.filter(|(name, _)| !resource.properties.contains_key(*name)) {
        schema["properties"][name] = lenient(&attribute.of);
        read_only.push(format!("/properties/{name}"));
    }
    append(&mut schema, "readOnlyProperties", read_only);
    if !resource.identifier.is_empty() {
        let paths = resource.identifier.iter().map(|name| format!("/properties/{}", name.replace('.', "/")));
        schema["primaryIdentifier"] = paths.collect();
    }
    let tags = resource.tags.as_ref().map(|tags| tags.property.as_str());
    schema["tagging"] = match tags.or_else(|| resource.properties.contains_key("Tags").then_some("Tags")) {
        Some(property) => json!({"taggable": true, "tagProperty": format!("/properties/{property}")}),
        None => json!({"taggable": false}),
    };
    schema
}

fn object(properties: &BTreeMap<String, Property>) -> Value {
    let described: Map<String, Value> = properties.iter().map(|(name, p)| (name.clone(), exact(&p.of))).collect();
    let required: Vec<&String> = properties.iter().filter(|(_, p)| p.required).map(|(name, _)| name).collect();
    let mut schema = json!({"type": "object", "properties": described, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn exact(of: &Type) -> Value {
    match of {
        Type::String { allowed } if !allowed.is_empty() => json!({"type": "string", "enum": allowed}),
        Type::Ref { name } => json!({"$ref": format!("#/definitions/{name}")}),
        Type::Array { element } => json!({"type": "array", "items": exact(element)}),
        Type::Map { element } => json!({"type": "object", "additionalProperties": exact(element)}),
        Type::Tag => object(&["Key", "Value"].map(|name| (name.to_owned(), required_text())).into()),
        Type::Union { types } => json!({"anyOf": types.iter().map(exact).collect::<Vec<_>>()}),
        other => lenient(other),
    }
}

fn required_text() -> Property {
    let of = Type::String { allowed: Vec::new() };
    Property { of, doc: String::new(), required: true, replacement: None, deprecated: false }
}

// ---------------------------------------------------------------- the document

/// One form for what the registry says in several, no texts, and patterns that the reader knows.
fn finish(schema: &mut Value, attributes: BTreeSet<String>, patterns: &mut Patterns) {
    each(schema, &mut |keywords| {
        keywords.shift_remove("description");
        let listed = |names: &Value| names.as_object().is_some_and(|names| names.values().all(Value::is_array));
        if keywords.get("dependencies").is_some_and(listed)
            && let Some(dependencies) = keywords.shift_remove("dependencies")
        {
            keywords.insert("dependentRequired".to_owned(), dependencies);
        }
        known_patterns(keywords, patterns);
        catalogues(keywords);
    });
    if let Some(taggable) = schema.as_object_mut().and_then(|root| root.shift_remove("taggable"))
        && schema.get("tagging").is_none()
    {
        schema["tagging"] = json!({"taggable": taggable});
    }
    if !attributes.is_empty() {
        schema["attributes"] = json!(attributes);
    }
    distinct_tags(schema);
}

/// No resource takes two tags of the same key, which the schemas leave to the services.
fn distinct_tags(schema: &mut Value) {
    let tags = schema["tagging"]["tagProperty"].as_str().unwrap_or("/properties/Tags");
    let Some((tags, _)) = resolve(schema, tags) else { return };
    let Some((_, tag)) = resolve(schema, &format!("{tags}/items")) else { return };
    if tag["properties"]["Key"].is_object()
        && let Some(keywords) = schema.pointer_mut(&tags).and_then(Value::as_object_mut)
    {
        keywords.insert("uniqueKeys".to_owned(), json!(["Key"]));
    }
}

/// Marks lists that AWS adds to weekly: a word outside of them may be right.
fn catalogues(keywords: &mut Map<String, Value>) {
    let long = keywords.get("enum").and_then(Value::as_array).is_some_and(|words| words.len() > MOST_WORDS);
    if long {
        keywords.insert("volatile".to_owned(), Value::Bool(true));
    }
    for map in ["definitions", "properties"] {
        let Some(Value::Object(named)) = keywords.get_mut(map) else { continue };
        named
            .iter_mut()
            .filter(|(name, _)| CATALOGUES.iter().any(|end| name.ends_with(end)))
            .for_each(|(_, s)| mark(s));
    }
}

/// Sizes and versions have a point, as `m5.large` does; other words that are called types are few and stay.
fn mark(schema: &mut Value) {
    if let Some(keywords) = schema.as_object_mut() {
        if texts(keywords.get("enum")).any(|word| word.contains('.')) {
            keywords.insert("volatile".to_owned(), Value::Bool(true));
        }
        keywords.get_mut("items").into_iter().for_each(mark);
    }
}

fn known_patterns(keywords: &mut Map<String, Value>, patterns: &mut Patterns) {
    if let Some(Value::String(pattern)) = keywords.get_mut("pattern") {
        match patterns.ecmascript(pattern) {
            Some(known) => known.clone_into(pattern),
            None => drop(keywords.shift_remove("pattern")),
        }
    }
    let Some(Value::Object(named)) = keywords.get_mut("patternProperties") else { return };
    // A name that cannot be tested may be any.
    *named = std::mem::take(named)
        .into_iter()
        .map(|(pattern, schema)| (patterns.ecmascript(&pattern).unwrap_or(".*").to_owned(), schema))
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The database's document of a type that one or both sources know.
    fn document(resource: Value, schema: Value) -> Value {
        let source = json!({"package": "p", "version": "1", "licence": "l", "integrity": "i"});
        let entry = |value: Value| if value.is_null() { json!({}) } else { json!({"A::B::C": value}) };
        let snapshot = json!({"source": source, "resources": entry(resource)});
        let registry = json!({"source": source, "dated": "2026-10-20", "types": entry(schema)});
        let snapshot = serde_json::from_value(snapshot).expect("the test's snapshot is well-formed");
        let registry = serde_json::from_value(registry).expect("the test's registry is well-formed");
        let database = database(&snapshot, &registry, &Tables::default()).expect("nothing is merged");
        let document = database.archive.document("A::B::C").expect("one of the sources knows the type");
        let source = json!({"package": "p", "version": "1", "licence": "l"});
        let header = json!({"dated": "2026-10-20", "sources": [source, source]});
        assert_eq!(database.archive.document(""), Some(header));
        document
    }

    #[test]
    fn the_registry_stays_and_gains_what_the_other_knows() {
        let text = || json!({"type": "string"});
        let resource = json!({
            "properties": {
                "Both": {"type": {"type": "integer"}, "required": true, "replacement": "maybe"},
                "Fixed": {"type": text(), "replacement": "yes"},
                "Rule": {"type": {"type": "ref", "name": "Rule"}},
                "Words": {"type": {"type": "string", "allowedValues": ["a"]}, "replacement": "yes"}
            },
            "attributes": {"Arn": {"type": text()}, "Endpoint.Port": {"type": text()}},
            "types": {"Rule": {"properties": {"Inner": {"type": {"type": "json"}, "replacement": "maybe"}}}}
        });
        let schema = json!({
            "typeName": "A::B::C",
            "taggable": false,
            "properties": {
                "Both": {"type": "string", "description": "gone"},
                "Fixed": text(),
                "Rule": {"$ref": "#/definitions/R"},
                "Id": text()
            },
            "definitions": {"R": {"properties": {}, "dependencies": {"A": ["B"]}}},
            "createOnlyProperties": ["/properties/Fixed"],
            "readOnlyProperties": ["/properties/Id", "/properties/Vpc/Id", "/properties/L/*/Id"]
        });
        let expected = json!({
            "attributes": ["Arn", "Endpoint.Port", "Id", "Vpc.Id"],
            "conditionalCreateOnlyProperties": ["/properties/Both", "/properties/Rule/Inner"],
            "createOnlyProperties": ["/properties/Fixed", "/properties/Words"],
            "definitions": {"R": {"properties": {"Inner": {}}, "dependentRequired": {"A": ["B"]}}},
            "properties": {
                "Both": text(),
                "Fixed": text(),
                "Id": text(),
                "Rule": {"$ref": "#/definitions/R"},
                "Words": text()
            },
            "readOnlyProperties": ["/properties/Id", "/properties/Vpc/Id", "/properties/L/*/Id"],
            "tagging": {"taggable": false},
            "typeName": "A::B::C"
        });
        assert_eq!(document(resource, schema), expected);
    }

    #[test]
    fn a_type_the_registry_dropped_has_its_form() {
        let resource = json!({
            "identifier": ["Id"],
            "properties": {
                "Mode": {"type": {"type": "string", "allowedValues": ["a"]}, "required": true, "replacement": "yes"},
                "Rules": {"type": {"type": "array", "element": {"type": "ref", "name": "Rule"}}},
                "Tags": {"type": {"type": "map", "element": {"type": "string"}}}
            },
            "attributes": {"Id": {"type": {"type": "string"}}},
            "types": {"Rule": {"properties": {"Key": {"type": {"type": "number"}}}}}
        });
        let rule = json!({"type": "object", "properties": {"Key": {"type": "number"}}, "additionalProperties": false});
        let expected = json!({
            "additionalProperties": false,
            "attributes": ["Id"],
            "createOnlyProperties": ["/properties/Mode"],
            "definitions": {"Rule": rule},
            "primaryIdentifier": ["/properties/Id"],
            "properties": {
                "Id": {"type": "string"},
                "Mode": {"type": "string", "enum": ["a"]},
                "Rules": {"type": "array", "items": {"$ref": "#/definitions/Rule"}},
                "Tags": {"type": "object", "additionalProperties": {"type": "string"}}
            },
            "readOnlyProperties": ["/properties/Id"],
            "required": ["Mode"],
            "tagging": {"taggable": true, "tagProperty": "/properties/Tags"},
            "type": "object",
            "typeName": "A::B::C"
        });
        assert_eq!(document(resource, Value::Null), expected);
    }

    #[test]
    fn catalogues_are_volatile() {
        let many: Vec<String> = (0..=MOST_WORDS).map(|i| format!("w{i}")).collect();
        let schema = json!({"properties": {
            "CacheNodeType": {"enum": ["r5.large"]},
            "InstanceTypes": {"type": "array", "items": {"enum": ["m5.large"]}},
            "Mode": {"enum": ["m5.large"]},
            "Many": {"enum": many},
            "SpotInstanceType": {"enum": ["one-time"]}
        }});
        let expected = json!({"properties": {
            "CacheNodeType": {"enum": ["r5.large"], "volatile": true},
            "InstanceTypes": {"type": "array", "items": {"enum": ["m5.large"], "volatile": true}},
            "Mode": {"enum": ["m5.large"]},
            "Many": {"enum": many, "volatile": true},
            "SpotInstanceType": {"enum": ["one-time"]}
        }});
        assert_eq!(document(Value::Null, schema), expected);
    }

    #[test]
    fn patterns_are_those_the_reader_knows() {
        let schema = json!({
            "properties": {
                "Good": {"pattern": "\\A[a-z]+\\Z"},
                "Bad": {"pattern": "(["},
                "pattern": {"patternProperties": {"([": {"pattern": "a"}, "\\Ab": {}}}
            }
        });
        let expected = json!({
            "properties": {
                "Good": {"pattern": "^[a-z]+$"},
                "Bad": {},
                "pattern": {"patternProperties": {".*": {"pattern": "a"}, "^b": {}}}
            }
        });
        assert_eq!(document(Value::Null, schema), expected);
    }

    #[test]
    fn tags_differ_by_their_keys() {
        let list = json!({"type": "array", "items": {"$ref": "#/definitions/Tag"}});
        let tag = json!({"properties": {"Key": {"type": "string"}}});
        for (schema, pointer) in [
            (json!({"properties": {"Tags": list}}), "/properties/Tags"),
            (json!({"properties": {"All": list}, "tagging": {"tagProperty": "/properties/All"}}), "/properties/All"),
        ] {
            let mut schema = schema;
            schema["definitions"] = json!({"Tag": tag});
            let schema = document(Value::Null, schema);
            assert_eq!(schema.pointer(pointer).map(|tags| &tags["uniqueKeys"]), Some(&json!(["Key"])), "{pointer}");
        }
        let map = json!({"properties": {"Tags": {"type": "object"}}});
        assert_eq!(document(Value::Null, map.clone()), map);
    }
}
