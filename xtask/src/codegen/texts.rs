//! Puts the texts of `purlin schema` together: a sentence for each type, property and attribute, in an archive of its own.
//!
//! A document maps places to sentences: nothing is the type, `Rules` a property, `Rule.Action` a property of the
//! definition `Rule`, `Rules.Action` one of an object inside of a property, and `Fn::GetAtt/Arn` an attribute.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::archive::Archive;
use super::database::{self, header};
use super::docs::plain_sentence;
use super::json_schema::{each_at, escaped};
use super::names::words;
use super::pairs::{self, pairs};
use super::registry::Registry;
use super::schema::{Property, Resource, Snapshot};

/// The archive of texts, for the types of the database.
pub fn texts(snapshot: &Snapshot, registry: &Registry) -> Archive {
    let mut archive = Archive::default();
    archive.insert("", header(registry, &[&snapshot.source, &registry.source]));
    for (name, schema) in database::union(snapshot, registry) {
        let texts = of_type(&name, &schema, snapshot.resources.get(&name));
        if !texts.is_empty() {
            archive.insert(&name, json!(texts));
        }
    }
    archive
}

fn of_type(name: &str, schema: &Value, resource: Option<&Resource>) -> BTreeMap<String, String> {
    let mut texts = Texts { name, found: BTreeMap::new() };
    if let Some(resource) = resource {
        texts.add(String::new(), &resource.doc);
        for pair in pairs(resource, schema) {
            texts.add_properties(&place(&pair.schema), pairs::properties(resource, pair.nested.as_deref()));
        }
        // Where a schema knows several forms of a definition, their texts are those of the nested type of its name.
        for (name, definition) in &resource.types {
            if schema["definitions"].get(name).is_some() {
                texts.add_properties(name, Some(&definition.properties));
            }
        }
        for (name, attribute) in &resource.attributes {
            texts.add(format!("Fn::GetAtt/{name}"), &attribute.doc);
        }
    }
    texts.add(String::new(), schema["description"].as_str().unwrap_or_default());
    each_at(schema, "", &mut |pointer, object| {
        for (name, property) in object["properties"].as_object().into_iter().flatten() {
            let text = property["description"].as_str().unwrap_or_default();
            texts.add(place(&format!("{pointer}/properties/{}", escaped(name))), text);
        }
    });
    for path in super::json_schema::texts(schema.get("readOnlyProperties")) {
        let Some(name) = path.strip_prefix("/properties/").map(|path| path.replace('/', ".")) else { continue };
        if let Some(text) = texts.found.get(&name).cloned() {
            texts.found.entry(format!("Fn::GetAtt/{name}")).or_insert(text);
        }
    }
    texts.found
}

/// Where a schema is, by the names on the way to it; the last definition or property is enough to find an object.
fn place(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut names = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        match parts[at] {
            "definitions" | "properties" => {
                names.extend(parts.get(at + 1).map(|name| name.replace("~1", "/").replace("~0", "~")));
                at += 2;
            }
            "patternProperties" => at += 2,
            _ => at += 1,
        }
    }
    names.join(".")
}

/// Words that tell nothing of a value.
const EMPTY: [&str; 25] = [
    "a",
    "amazon",
    "an",
    "and",
    "arn",
    "definition",
    "for",
    "id",
    "identifier",
    "in",
    "is",
    "name",
    "of",
    "optional",
    "property",
    "required",
    "resource",
    "schema",
    "specifies",
    "that",
    "the",
    "this",
    "to",
    "type",
    "with",
];

/// Whether a sentence says no more than the place does: `The ARN of the cluster.` of `ClusterArn`.
fn repeats(place: &str, sentence: &str) -> bool {
    let known = stems(place);
    stems(sentence).iter().all(|stem| known.contains(stem))
}

/// The words of a text without their endings, and without the empty ones.
fn stems(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(words);
    words
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .map(|word| word.trim_end_matches('s').chars().take(5).collect())
        .collect()
}

/// The first text of a place is kept.
struct Texts<'a> {
    /// The type's.
    name: &'a str,
    found: BTreeMap<String, String>,
}

impl Texts<'_> {
    fn add(&mut self, place: String, text: &str) {
        let said = if place.is_empty() { self.name } else { &place };
        if let Some(sentence) = plain_sentence(text).filter(|sentence| !repeats(said, sentence)) {
            self.found.entry(place).or_insert(sentence);
        }
    }

    fn add_properties(&mut self, owner: &str, properties: Option<&BTreeMap<String, Property>>) {
        for (name, property) in properties.into_iter().flatten() {
            let place = if owner.is_empty() { name.clone() } else { format!("{owner}.{name}") };
            self.add(place, &property.doc);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let table = [
            ("", ""),
            ("/properties/Rules", "Rules"),
            ("/properties/Rules/items", "Rules"),
            ("/properties/Rules/items/properties/properties", "Rules.properties"),
            ("/definitions/Rule/oneOf/0/properties/Action", "Rule.Action"),
            ("/definitions/Rule/properties/Map/patternProperties/^a~1b$/properties/X", "Rule.Map.X"),
        ];
        for (pointer, expected) in table {
            assert_eq!(place(pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn sentences_that_repeat_the_name() {
        let table = [
            ("ClusterArn", "The ARN of the cluster.", true),
            ("Fn::GetAtt/ClusterArn", "The Amazon Resource Name (ARN) of the cluster.", true),
            ("Tag.Key", "The key name of the tag.", true),
            ("AWS::ECS::Gateway", "Resource schema for AWS ECS Gateway.", true),
            ("Name", "Optional.", true),
            ("Rules", "A rule.", true),
            ("Name", "The name of the cluster.", false),
            ("Enabled", "Whether logs are kept.", false),
        ];
        for (place, sentence, expected) in table {
            assert_eq!(repeats(place, sentence), expected, "{place}: {sentence}");
        }
    }

    #[test]
    fn the_service_specification_is_asked_first() {
        let resource: Resource = serde_json::from_value(json!({
            "doc": "A thing. More.",
            "properties": {
                "Both": {"type": {"type": "string"}, "doc": "It is theirs. More."},
                "Rule": {"type": {"type": "ref", "name": "R"}},
                "Form": {"type": {"type": "ref", "name": "Form"}}
            },
            "attributes": {"Arn": {"type": {"type": "string"}, "doc": "Its address. More."}},
            "types": {
                "R": {"properties": {"Key": {"type": {"type": "string"}, "doc": "What opens `<name>`."}}},
                "Form": {"properties": {"A": {"type": {"type": "string"}, "doc": "One way."}}}
            }
        }))
        .expect("a resource");
        let schema = json!({
            "description": "Gone.",
            "properties": {
                "Both": {"description": "Gone."},
                "Rule": {"$ref": "#/definitions/Rule"},
                "Form": {"$ref": "#/definitions/Form"},
                "Id": {"description": "Its number. More."}
            },
            "definitions": {
                "Rule": {"properties": {"Key": {}, "New": {"description": "A newer one."}}},
                "Form": {"oneOf": [{"properties": {"A": {}}}, {"properties": {"B": {}}}]}
            },
            "readOnlyProperties": ["/properties/Id"]
        });
        let expected = [
            ("", "A thing."),
            ("Both", "It is theirs."),
            ("Fn::GetAtt/Arn", "Its address."),
            ("Fn::GetAtt/Id", "Its number."),
            ("Form.A", "One way."),
            ("Id", "Its number."),
            ("Rule.Key", "What opens `<name>`."),
            ("Rule.New", "A newer one."),
        ];
        let expected = expected.map(|(place, text)| (place.to_owned(), text.to_owned())).into();
        assert_eq!(of_type("A::B::C", &schema, Some(&resource)), expected);
    }
}
