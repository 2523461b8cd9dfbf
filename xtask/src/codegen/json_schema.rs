//! Walks JSON Schema: which values inside are schemas, and which only have names that look like keywords.

use serde_json::{Map, Value};

/// Keywords whose value maps names to schemas: a property may be called `description`.
const MAPS: [&str; 4] = ["definitions", "dependentSchemas", "patternProperties", "properties"];

/// Keywords whose value is a schema or a list of schemas.
const SCHEMAS: [&str; 12] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "then",
];

/// Visits every schema in a schema, itself last.
pub fn each(schema: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords.iter_mut() {
        match value {
            Value::Object(named) if MAPS.contains(&keyword.as_str()) => {
                for schema in named.values_mut() {
                    each(schema, visit);
                }
            }
            Value::Array(list) if SCHEMAS.contains(&keyword.as_str()) => {
                for schema in list {
                    each(schema, visit);
                }
            }
            Value::Object(_) if SCHEMAS.contains(&keyword.as_str()) => each(value, visit),
            _ => (),
        }
    }
    visit(keywords);
}

/// Shows every schema in a schema, itself first, with the JSON pointer that leads to it.
pub fn each_at(schema: &Value, pointer: &str, show: &mut dyn FnMut(&str, &Value)) {
    show(pointer, schema);
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        let inner = format!("{pointer}/{keyword}");
        match value {
            Value::Object(named) if MAPS.contains(&keyword.as_str()) => {
                for (name, schema) in named {
                    each_at(schema, &format!("{inner}/{}", escaped(name)), show);
                }
            }
            Value::Array(list) if SCHEMAS.contains(&keyword.as_str()) => {
                for (i, schema) in list.iter().enumerate() {
                    each_at(schema, &format!("{inner}/{i}"), show);
                }
            }
            Value::Object(_) if SCHEMAS.contains(&keyword.as_str()) => each_at(value, &inner, show),
            _ => (),
        }
    }
}

/// Follows `$ref` inside a document: where the schema is, as a JSON pointer, and the schema.
pub fn resolve<'a>(root: &'a Value, pointer: &str) -> Option<(String, &'a Value)> {
    let mut pointer = pointer.to_owned();
    // A reference that leads to itself is given up; real ones are two or three deep.
    for _ in 0..8 {
        let schema = root.pointer(&pointer)?;
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some((pointer, schema)) };
        reference.strip_prefix('#')?.clone_into(&mut pointer);
    }
    None
}

/// A name as a part of a JSON pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The texts of a list, such as `required`.
pub fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_properties_are_no_keywords() {
        let mut schema = json!({
            "description": "gone",
            "properties": {
                "description": {"type": "string", "description": "gone"},
                "items": {"items": [{"description": "gone"}], "default": {"description": "stays"}}
            },
            "patternProperties": {".*": {"anyOf": [{"description": "gone"}, {"required": ["description"]}]}},
            "additionalProperties": false
        });
        each(&mut schema, &mut |keywords| drop(keywords.shift_remove("description")));
        let expected = json!({
            "properties": {
                "description": {"type": "string"},
                "items": {"items": [{}], "default": {"description": "stays"}}
            },
            "patternProperties": {".*": {"anyOf": [{}, {"required": ["description"]}]}},
            "additionalProperties": false
        });
        assert_eq!(schema, expected);
    }

    #[test]
    fn references_are_followed() {
        let root = json!({
            "definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"type": "string"}, "Me": {"$ref": "#/definitions/Me"}},
            "properties": {"P": {"$ref": "#/definitions/A"}, "Me": {"$ref": "#/definitions/Me"}}
        });
        let found = resolve(&root, "/properties/P");
        assert_eq!(found, Some(("/definitions/B".to_owned(), &json!({"type": "string"}))));
        assert_eq!(resolve(&root, "/properties/Me"), None);
        assert_eq!(resolve(&root, "/properties/Gone"), None);
    }
}
