//! Finds where the two sources speak of the same thing: a resource or nested type of one, and the other's schema of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json_schema::{escaped, resolve};
use super::schema::{Property, Resource, Type};

/// A resource, or a nested type at one of its places, with its schema.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The nested type's name; nothing for the resource itself.
    pub nested: Option<String>,
    /// Where the schema is, as a JSON pointer.
    pub schema: String,
    /// Where the value is in a resource, in the registry's way: `/properties/Rules/*/Action`.
    pub place: String,
}

/// Every pair, from the resource inwards. Values that the schema describes in several ways are left out.
pub fn pairs(resource: &Resource, schema: &Value) -> Vec<Pair> {
    let mut walk = Walk { resource, schema, seen: BTreeSet::new(), pairs: Vec::new() };
    walk.object(None, String::new(), "/properties".to_owned());
    walk.pairs
}

/// The properties of one side of a pair.
pub fn properties<'a>(resource: &'a Resource, nested: Option<&str>) -> Option<&'a BTreeMap<String, Property>> {
    match nested {
        None => Some(&resource.properties),
        Some(name) => resource.types.get(name).map(|definition| &definition.properties),
    }
}

/// The same, to be changed.
pub fn properties_mut<'a>(
    resource: &'a mut Resource,
    nested: Option<&str>,
) -> Option<&'a mut BTreeMap<String, Property>> {
    match nested {
        None => Some(&mut resource.properties),
        Some(name) => resource.types.get_mut(name).map(|definition| &mut definition.properties),
    }
}

struct Walk<'a> {
    resource: &'a Resource,
    schema: &'a Value,
    seen: BTreeSet<(Option<String>, String)>,
    pairs: Vec<Pair>,
}

impl Walk<'_> {
    fn object(&mut self, nested: Option<&str>, schema: String, place: String) {
        let Some(known) = properties(self.resource, nested) else { return };
        let described = self.schema.pointer(&schema).and_then(|schema| schema.get("properties"));
        let Some(described) = described.and_then(Value::as_object) else { return };
        if !self.seen.insert((nested.map(str::to_owned), schema.clone())) {
            return;
        }
        for (name, property) in known.iter().filter(|(name, _)| described.contains_key(*name)) {
            let inner = format!("{schema}/properties/{}", escaped(name));
            self.value(&property.of, &inner, format!("{place}/{name}"));
        }
        self.pairs.push(Pair { nested: nested.map(str::to_owned), schema, place });
    }

    fn value(&mut self, of: &Type, schema: &str, place: String) {
        let Some((pointer, schema)) = resolve(self.schema, schema) else { return };
        match of {
            Type::Ref { name } => self.object(Some(name), pointer, place),
            Type::Array { element } if schema["items"].is_object() => {
                self.value(element, &format!("{pointer}/items"), format!("{place}/*"));
            }
            Type::Map { element } => {
                let patterns = schema["patternProperties"].as_object();
                let inner = match patterns.map(|patterns| patterns.keys().collect::<Vec<_>>()).as_deref() {
                    Some([pattern]) => format!("{pointer}/patternProperties/{}", escaped(pattern)),
                    None if schema["additionalProperties"].is_object() => format!("{pointer}/additionalProperties"),
                    _ => return,
                };
                self.value(element, &inner, format!("{place}/*"));
            }
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_need_not_agree() {
        let resource: Resource = serde_json::from_value(json!({
            "properties": {
                "Rules": {"type": {"type": "array", "element": {"type": "ref", "name": "Rule"}}},
                "Same": {"type": {"type": "ref", "name": "Rule"}},
                "ByName": {"type": {"type": "map", "element": {"type": "ref", "name": "Leaf"}}},
                "Either": {"type": {"type": "ref", "name": "Leaf"}},
                "Gone": {"type": {"type": "ref", "name": "Leaf"}}
            },
            "types": {
                "Rule": {"properties": {"Again": {"type": {"type": "ref", "name": "Rule"}}}},
                "Leaf": {"properties": {}}
            }
        }))
        .expect("a resource");
        let schema = json!({
            "properties": {
                "Rules": {"type": "array", "items": {"$ref": "#/definitions/R"}},
                "Same": {"$ref": "#/definitions/R"},
                "ByName": {"patternProperties": {"^a/b$": {"properties": {}}}},
                "Either": {"oneOf": [{"properties": {}}, {"type": "string"}]}
            },
            "definitions": {"R": {"properties": {"Again": {"$ref": "#/definitions/R"}}}}
        });
        let mut found: Vec<(Option<String>, String, String)> =
            pairs(&resource, &schema).into_iter().map(|p| (p.nested, p.schema, p.place)).collect();
        found.sort();
        let expected = [
            (None, "", "/properties"),
            (Some("Leaf"), "/properties/ByName/patternProperties/^a~1b$", "/properties/ByName/*"),
            (Some("Rule"), "/definitions/R", "/properties/Rules/*"),
        ];
        let expected: Vec<_> =
            expected.map(|(name, schema, place)| (name.map(str::to_owned), schema.to_owned(), place.to_owned())).into();
        assert_eq!(found, expected);
    }
}
