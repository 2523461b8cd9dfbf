//! What can change in the registry's schemas.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use serde_json::{Map, Value};

use super::Knowledge;
use crate::codegen::json_schema::{each, texts};
use crate::codegen::registry::Registry;
use crate::codegen::schema::Source;

/// What the engine checks of a value, beside its type and its words.
const LIMITS: [&str; 10] = [
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// What is said of paths, and how it reads.
const LISTS: [(&str, &str); 4] = [
    ("conditionalCreateOnlyProperties", "may replace"),
    ("createOnlyProperties", "replaces"),
    ("deprecatedProperties", "deprecated"),
    ("writeOnlyProperties", "is never returned"),
];

impl Knowledge for Registry {
    fn source(&self) -> &Source {
        &self.source
    }

    fn details(&self) -> BTreeMap<&str, BTreeMap<String, String>> {
        let types = self.types.iter().map(|(name, schema)| (name.as_str(), of_type(name, schema)));
        let extensions = self.extensions.iter().map(|(name, schema)| (name.as_str(), of_extension(name, schema)));
        types.chain(extensions).collect()
    }
}

fn of_type(name: &str, schema: &Value) -> BTreeMap<String, String> {
    let mut details = BTreeMap::new();
    object(name, schema, &mut details);
    for (definition, schema) in schema["definitions"].as_object().into_iter().flatten() {
        let owner = format!("{name}.{definition}");
        words(&owner, schema, &mut details);
        object(&owner, schema, &mut details);
    }
    for (list, word) in LISTS {
        for path in texts(schema.get(list)) {
            details.insert(format!("{name}.{} {word}", dotted(path)), String::new());
        }
    }
    for path in texts(schema.get("readOnlyProperties")) {
        details.insert(format!("{name} attribute {}", dotted(path)), String::new());
    }
    details
}

fn dotted(path: &str) -> String {
    path.trim_start_matches("/properties/").replace('/', ".")
}

/// An extension is rules about one type: only its words are listed, any other change is one.
fn of_extension(name: &str, schema: &Value) -> BTreeMap<String, String> {
    let mut details = BTreeMap::new();
    let mut rest = schema.clone();
    each(&mut rest, &mut |keywords| {
        let words = keywords.shift_remove("enum");
        details.extend(texts(words.as_ref()).map(|word| (format!("{name} = {word}"), String::new())));
    });
    // Rules are long: their number tells that they changed.
    let mut hasher = DefaultHasher::new();
    hasher.write(rest.to_string().as_bytes());
    details.insert(name.to_owned(), format!("rules {:08x}", hasher.finish() >> 32));
    details
}

fn object(owner: &str, schema: &Value, details: &mut BTreeMap<String, String>) {
    for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
        details.insert(format!("{owner}.{property}"), described(schema));
        words(&format!("{owner}.{property}"), schema, details);
    }
    for property in texts(schema.get("required")) {
        details.insert(format!("{owner}.{property} required"), String::new());
    }
}

fn words(owner: &str, schema: &Value, details: &mut BTreeMap<String, String>) {
    for list in ["enum", "enumCaseInsensitive"] {
        let own = texts(schema.get(list)).chain(texts(schema["items"].get(list)));
        details.extend(own.map(|word| (format!("{owner} = {word}"), String::new())));
    }
}

/// A value in a few words: `text, maxLength 64`.
fn described(schema: &Value) -> String {
    let limits = |schema: &Value| {
        let limits = LIMITS.iter().filter_map(|limit| Some(format!(", {limit} {}", schema.get(*limit)?)));
        limits.collect::<String>()
    };
    let kind = match (schema["$ref"].as_str(), schema["type"].as_str()) {
        (Some(reference), _) => reference.rsplit('/').next().unwrap_or(reference).to_owned(),
        (None, Some("array")) => format!("list of {}", described(&schema["items"])),
        (None, Some("string")) => "text".to_owned(),
        (None, Some(kind)) => kind.to_owned(),
        (None, None) => match texts(schema.get("type")).collect::<Vec<_>>() {
            kinds if kinds.is_empty() => "any".to_owned(),
            kinds => kinds.join(" or "),
        },
    };
    let inner = schema["properties"].as_object().map(Map::keys);
    let inner = inner
        .map_or_else(String::new, |names| format!(" of {}", names.map(String::as_str).collect::<Vec<_>>().join(", ")));
    format!("{kind}{inner}{}", limits(schema))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::codegen::changes::between;

    fn registry(version: &str, types: Value, words: &[&str]) -> Registry {
        let source = json!({"package": "cfn-lint", "version": version, "licence": "", "integrity": ""});
        let extensions = json!({"c/x": {"then": {"enum": words}}, "c/y": {"required": words}});
        let registry = json!({"source": source, "dated": "2026-10-20", "types": types, "extensions": extensions});
        serde_json::from_value(registry).expect("the test's registry is well-formed")
    }

    #[test]
    fn every_kind_of_change_has_its_line() {
        let old = json!({
            "A::B::C": {
                "properties": {"Kept": {"type": "string"}, "Went": {"type": "integer"}, "Id": {}},
                "readOnlyProperties": ["/properties/Id"],
                "required": ["Went"]
            },
            "A::B::Old": {}
        });
        let new = json!({
            "A::B::C": {
                "properties": {"Kept": {"type": "string", "maxLength": 5, "enum": ["new"]}, "Id": {}, "Arn": {}},
                "definitions": {"D": {"properties": {"In": {"type": "array", "items": {"$ref": "#/definitions/D"}}}}},
                "createOnlyProperties": ["/properties/Kept", "/properties/A/B"],
                "readOnlyProperties": ["/properties/Arn"],
                "required": ["Kept"]
            },
            "A::B::New": {}
        });
        let expected = "cfn-lint 1 -> 2\n\
            + A::B::New\n\
            - A::B::Old\n  \
              + A::B::C attribute Arn\n  \
              + A::B::C.A.B replaces\n  \
              + A::B::C.Arn\n  \
              + A::B::C.D.In\n  \
              + A::B::C.Kept = new\n  \
              + A::B::C.Kept replaces\n  \
              + A::B::C.Kept required\n  \
              - A::B::C attribute Id\n  \
              - A::B::C.Went\n  \
              - A::B::C.Went required\n  \
              ~ A::B::C.Kept: text -> text, maxLength 5\n  \
              + c/x = m9.large\n  \
              - c/x = m1.large\n  \
              ~ c/y:\n\
            1 types came, 1 went, 14 details changed";
        let (old, new) = (registry("1", old, &["m1.large"]), registry("2", new, &["m9.large"]));
        let report = between(&old, &new);
        let rules =
            report.lines().map(|line| line.split_once(" rules ").map_or(line, |(line, _)| line)).collect::<Vec<_>>();
        assert_eq!(rules.join("\n"), expected);
    }
}
