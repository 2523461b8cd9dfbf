//! Puts the registry's knowledge into the model of L1: types, properties, attributes and words that the snapshot lacks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::convert::Converter;
use super::json_schema::{escaped, resolve, texts};
use super::pairs::{self, Pair, pairs};
use super::registry::Registry;
use super::schema::{Attribute, Property, Replacement, Resource, Snapshot, TagShape, Tags, Type};

/// No resource: the CDK's note of what it made.
const NO_RESOURCES: [&str; 1] = ["AWS::CDK::Metadata"];

const SERVERLESS: &str = "AWS::Serverless-2016-10-31";

/// More words than this are a catalogue, of instance types or models: it changes weekly, and a name in it says all.
pub const MOST_WORDS: usize = 60;

impl Snapshot {
    /// The union of both sources, in the form L1 is generated from.
    pub fn merged(mut self, registry: &Registry) -> Self {
        for (name, schema) in &registry.types {
            if NO_RESOURCES.contains(&name.as_str()) {
                continue;
            }
            match self.resources.get_mut(name) {
                Some(resource) => extend(resource, schema),
                None => drop(self.resources.insert(name.clone(), resource(name, schema))),
            }
        }
        self.resources.values_mut().for_each(nested_tags);
        self
    }
}

/// A resource type that only the registry knows.
fn resource(name: &str, schema: &Value) -> Resource {
    let mut resource = Resource {
        doc: schema["description"].as_str().unwrap_or_default().to_owned(),
        identifier: texts(schema.get("primaryIdentifier")).filter_map(dotted).collect(),
        transform: name.starts_with("AWS::Serverless::").then(|| SERVERLESS.to_owned()),
        ..Resource::default()
    };
    let mut converter = Converter::new(schema, &mut resource.types, BTreeMap::new());
    resource.properties = converter.properties("", "/properties", "");
    resource.attributes = attributes(&mut converter, schema);
    resource.tags = tags(schema, &resource.properties);
    replacements(&mut resource, schema);
    resource
}

/// `/properties/Vpc/Id` is `Vpc.Id`; nothing for what is in a list.
fn dotted(path: &str) -> Option<String> {
    let path = path.strip_prefix("/properties/").filter(|path| !path.contains('*'))?;
    Some(path.replace('/', "."))
}

fn attributes(converter: &mut Converter<'_>, schema: &Value) -> BTreeMap<String, Attribute> {
    let mut attributes = BTreeMap::new();
    for path in texts(schema.get("readOnlyProperties")) {
        let (Some(name), Some(pointer)) = (dotted(path), place(schema, path)) else { continue };
        attributes.insert(name, converter.attribute(&pointer));
    }
    attributes
}

/// Where the schema of a path is: `/properties/Vpc/Id` leads through the properties of `Vpc`.
fn place(schema: &Value, path: &str) -> Option<String> {
    let mut pointer = String::new();
    for name in path.strip_prefix("/properties/")?.split('/') {
        pointer = format!("{}/properties/{}", resolve(schema, &pointer)?.0, escaped(name));
    }
    schema.pointer(&pointer).map(|_| pointer)
}

fn tags(schema: &Value, properties: &BTreeMap<String, Property>) -> Option<Tags> {
    let tagging = schema.get("tagging").filter(|tagging| tagging["taggable"] != false)?;
    let property = tagging["tagProperty"].as_str().unwrap_or("/properties/Tags").strip_prefix("/properties/")?;
    let shape = match &properties.get(property)?.of {
        Type::Array { .. } => TagShape::List,
        Type::Map { .. } => TagShape::Map,
        _ => return None,
    };
    Some(Tags { property: property.to_owned(), shape })
}

/// Tags that the service specification calls a list, and that are the list `Items` of an object.
fn nested_tags(resource: &mut Resource) {
    let Some(tags) = &mut resource.tags else { return };
    if let Some(Type::Ref { name }) = resource.properties.get(&tags.property).map(|property| &property.of)
        && resource.types.get(name).is_some_and(|nested| nested.properties.contains_key("Items"))
    {
        tags.shape = TagShape::Items;
    }
}

/// Which properties replace the resource: its own, and those of nested types.
fn replacements(resource: &mut Resource, schema: &Value) {
    let lists = [("conditionalCreateOnlyProperties", Replacement::Maybe), ("createOnlyProperties", Replacement::Yes)];
    for pair in pairs(resource, schema) {
        let Some(known) = pairs::properties_mut(resource, pair.nested.as_deref()) else { continue };
        for (name, property) in known {
            let path = format!("{}/{name}", pair.place);
            for (list, replacement) in lists {
                let certain = property.replacement == Some(Replacement::Yes);
                if !certain && texts(schema.get(list)).any(|listed| listed == path) {
                    property.replacement = Some(replacement);
                }
            }
        }
    }
}

// ---------------------------------------------------------------- types that both sources know

/// Adds what the registry knows more of a type: properties that can be set, attributes, and words of texts.
fn extend(resource: &mut Resource, schema: &Value) {
    let pairs = pairs(resource, schema);
    for pair in &pairs {
        add_words(resource, pair, schema);
    }
    let known: Vec<BTreeSet<String>> =
        pairs.iter().map(|pair| names_of(pairs::properties(resource, pair.nested.as_deref()))).collect();
    let names = pairs.iter().filter_map(|pair| Some((pair.schema.clone(), pair.nested.clone()?))).collect();
    let mut types = std::mem::take(&mut resource.types);
    let mut converter = Converter::new(schema, &mut types, names);
    let mut found = Vec::new();
    for (pair, known) in pairs.iter().zip(&known) {
        let owner = pair.nested.as_deref().unwrap_or_default();
        found.push(converter.properties_beside(known, &pair.schema, &pair.place, owner));
    }
    let attributes = attributes(&mut converter, schema);
    resource.types = types;
    for (pair, found) in pairs.iter().zip(found) {
        let Some(known) = pairs::properties_mut(resource, pair.nested.as_deref()) else { continue };
        for (name, property) in found {
            // A new argument would break every caller.
            known.entry(name).or_insert(Property { required: false, ..property });
        }
    }
    for (name, attribute) in attributes {
        resource.attributes.entry(name).or_insert(attribute);
    }
    replacements(resource, schema);
}

fn names_of(properties: Option<&BTreeMap<String, Property>>) -> BTreeSet<String> {
    properties.into_iter().flat_map(BTreeMap::keys).cloned().collect()
}

/// Gives texts the words that the registry allows, where the snapshot lists none or fewer.
fn add_words(resource: &mut Resource, pair: &Pair, schema: &Value) {
    let Some(known) = pairs::properties_mut(resource, pair.nested.as_deref()) else { return };
    for (name, property) in known {
        let Some(allowed) = text_of(&mut property.of) else { continue };
        let pointer = format!("{}/properties/{}", pair.schema, escaped(name));
        let words = words(schema, &pointer);
        if words.len() <= MOST_WORDS.max(allowed.len()) {
            let more = words.into_iter().filter(|word| !allowed.contains(word)).collect::<Vec<_>>();
            allowed.extend(more);
        }
    }
}

/// The words of a text, or of the texts in a list.
fn text_of(of: &mut Type) -> Option<&mut Vec<String>> {
    match of {
        Type::String { allowed } => Some(allowed),
        Type::Array { element } => text_of(element),
        _ => None,
    }
}

/// The texts that a schema allows. Numbers and booleans written as text are none.
fn words(schema: &Value, pointer: &str) -> Vec<String> {
    let Some((pointer, of)) = resolve(schema, pointer) else { return Vec::new() };
    if of["items"].is_object() {
        return words(schema, &format!("{pointer}/items"));
    }
    let words: Vec<String> = texts(of.get("enum")).map(str::to_owned).collect();
    if words.iter().all(|word| is_word(word)) { words } else { Vec::new() }
}

/// Whether a text is a word, and not a number or a boolean.
pub fn is_word(text: &str) -> bool {
    !matches!(text, "true" | "false") && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(snapshot: Value, types: Value) -> Value {
        let source = json!({"package": "p", "version": "1", "licence": "l", "integrity": "i"});
        let snapshot = json!({"source": source, "resources": snapshot});
        let registry = json!({"source": source, "dated": "2026-10-20", "types": types});
        let snapshot: Snapshot = serde_json::from_value(snapshot).expect("the test's snapshot is well-formed");
        let registry = serde_json::from_value(registry).expect("the test's registry is well-formed");
        serde_json::to_value(snapshot.merged(&registry).resources).expect("a snapshot is JSON")
    }

    /// The properties, attributes and nested types of a type that only the registry knows.
    fn converted(mut schema: Value, properties: Value) -> (Value, Value, Value) {
        schema["properties"] = properties;
        let mut merged = merged(json!({}), json!({"A::B::C": schema}));
        let resource = &mut merged["A::B::C"];
        (resource["properties"].take(), resource["attributes"].take(), resource["types"].take())
    }

    #[test]
    fn values_of_a_type_that_only_the_registry_knows() {
        let text = || json!({"type": "string"});
        let object = || json!({"type": "object", "properties": {"In": {"type": "integer"}}});
        let nested = |name: &str| json!({"type": "ref", "name": name});
        let table = [
            (text(), text()),
            (json!({"type": "string", "enum": ["A", "B"]}), json!({"type": "string", "allowedValues": ["A", "B"]})),
            (json!({"type": "string", "enum": ["1", "2"]}), text()),
            (json!({"type": ["object", "string"]}), json!({"type": "json"})),
            (json!({"type": ["integer", "string"]}), json!({"type": "union", "types": [{"type": "integer"}, text()]})),
            (json!({"type": "array", "items": text()}), json!({"type": "array", "element": text()})),
            (json!({"type": "array"}), json!({"type": "json"})),
            (
                json!({"type": "object", "patternProperties": {"^a/b$": {"type": "boolean"}}}),
                json!({"type": "map", "element": {"type": "boolean"}}),
            ),
            (json!({"$ref": "#/definitions/Part"}), nested("Part")),
            (object(), nested("Value")),
            (json!({"type": "array", "items": object()}), json!({"type": "array", "element": nested("Value")})),
            (json!({"oneOf": [{"properties": {"X": text()}}, {"properties": {"Y": text()}}]}), nested("Value")),
            (json!({"anyOf": [text(), {"type": "array", "items": text()}]}), {
                json!({"type": "union", "types": [text(), {"type": "array", "element": text()}]})
            }),
            (json!({"type": "object"}), json!({"type": "json"})),
        ];
        for (schema, expected) in table {
            let definitions = json!({"definitions": {"Part": object()}});
            let (properties, ..) = converted(definitions, json!({"Value": schema.clone()}));
            assert_eq!(properties["Value"]["type"], expected, "{schema}");
        }
    }

    #[test]
    fn a_type_that_only_the_registry_knows() {
        let schema = json!({
            "required": ["Name"],
            "createOnlyProperties": ["/properties/Name", "/properties/Part/Key"],
            "readOnlyProperties": ["/properties/Arn", "/properties/Part/Id", "/properties/Only/Id", "/properties/L/*/Id"],
            "definitions": {"Part": {"properties": {"Key": {"type": "string"}, "Id": {"type": "integer"}}}}
        });
        let properties = json!({
            "Arn": {"type": "string", "description": "Its ARN."},
            "Name": {"type": "string"},
            "Only": {"properties": {"Id": {"type": "string"}}},
            "Part": {"$ref": "#/definitions/Part"}
        });
        let (properties, attributes, types) = converted(schema, properties);
        let text = || json!({"type": "string"});
        let expected = json!({
            "Name": {"type": text(), "required": true, "replacement": "yes"},
            "Part": {"type": {"type": "ref", "name": "Part"}}
        });
        assert_eq!(properties, expected, "what AWS sets is no property");
        let expected = json!({
            "Arn": {"type": text(), "doc": "Its ARN."},
            "Only.Id": {"type": text()},
            "Part.Id": {"type": {"type": "integer"}}
        });
        assert_eq!(attributes, expected);
        assert_eq!(types, json!({"Part": {"properties": {"Key": {"type": text(), "replacement": "yes"}}}}));
    }

    #[test]
    fn a_type_that_both_know() {
        let text = || json!({"type": "string"});
        let snapshot = json!({"A::B::C": {
            "properties": {
                "Mode": {"type": text()},
                "Kept": {"type": {"type": "string", "allowedValues": ["old"]}, "doc": "Kept.", "replacement": "yes"},
                "Rule": {"type": {"type": "ref", "name": "Rule"}}
            },
            "attributes": {"Arn": {"type": text()}},
            "types": {"Rule": {"properties": {"Key": {"type": text()}}}}
        }});
        let schema = json!({
            "required": ["New"],
            "conditionalCreateOnlyProperties": ["/properties/Kept"],
            "createOnlyProperties": ["/properties/Rule/More", "/properties/New"],
            "readOnlyProperties": ["/properties/Arn", "/properties/Id"],
            "properties": {
                "Arn": text(),
                "Id": text(),
                "Kept": {"enum": ["new", "old"]},
                "Mode": {"enum": ["a", "b"], "type": "string"},
                "New": {"type": "object", "properties": {"Deep": text()}},
                "Rule": {"properties": {"Key": text(), "More": {"type": "boolean"}}}
            }
        });
        let merged = merged(snapshot, json!({"A::B::C": schema, "AWS::CDK::Metadata": {"properties": {}}}));
        let expected = json!({"A::B::C": {
            "properties": {
                "Kept": {"type": {"type": "string", "allowedValues": ["old", "new"]}, "doc": "Kept.", "replacement": "yes"},
                "Mode": {"type": {"type": "string", "allowedValues": ["a", "b"]}},
                "New": {"type": {"type": "ref", "name": "New"}, "replacement": "yes"},
                "Rule": {"type": {"type": "ref", "name": "Rule"}}
            },
            "attributes": {"Arn": {"type": text()}, "Id": {"type": text()}},
            "types": {
                "New": {"properties": {"Deep": {"type": text()}}},
                "Rule": {"properties": {"Key": {"type": text()}, "More": {"type": {"type": "boolean"}, "replacement": "yes"}}}
            }
        }});
        assert_eq!(merged, expected);
    }
}
