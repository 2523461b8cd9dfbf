//! What can change in the service specification.

use std::collections::BTreeMap;

use super::Knowledge;
use crate::codegen::schema::{Property, Replacement, Resource, Snapshot, Source, Type};
use crate::codegen::types::allowed;

impl Knowledge for Snapshot {
    fn source(&self) -> &Source {
        &self.source
    }

    fn details(&self) -> BTreeMap<&str, BTreeMap<String, String>> {
        self.resources.iter().map(|(name, resource)| (name.as_str(), details(name, resource))).collect()
    }
}

/// Every property and attribute by its path, with what the generated code depends on.
fn details(name: &str, r: &Resource) -> BTreeMap<String, String> {
    let mut details: BTreeMap<String, String> = BTreeMap::new();
    let nested = r.types.iter().map(|(ty, definition)| (format!("{name}.{ty}"), &definition.properties));
    for (owner, properties) in nested.chain([(name.to_owned(), &r.properties)]) {
        for (property, p) in properties {
            let words = allowed(&p.of).iter().map(|word| (format!("{owner}.{property} = {word}"), String::new()));
            details.extend(words);
            details.insert(format!("{owner}.{property}"), described(p));
        }
    }
    details.extend(r.attributes.iter().map(|(attribute, a)| (format!("{name} attribute {attribute}"), of(&a.of))));
    details
}

fn described(p: &Property) -> String {
    let required = if p.required { ", required" } else { "" };
    let replacement = match p.replacement {
        Some(Replacement::Yes) => ", replaces",
        Some(Replacement::Maybe) => ", may replace",
        None => "",
    };
    let deprecated = if p.deprecated { ", deprecated" } else { "" };
    format!("{}{required}{replacement}{deprecated}", of(&p.of))
}

/// A type in a word or a few.
fn of(ty: &Type) -> String {
    match ty {
        Type::String { .. } => "text".to_owned(),
        Type::Integer => "integer".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Json => "json".to_owned(),
        Type::DateTime => "date".to_owned(),
        Type::Tag => "tag".to_owned(),
        Type::Ref { name } => name.clone(),
        Type::Array { element } => format!("list of {}", of(element)),
        Type::Map { element } => format!("map of {}", of(element)),
        Type::Union { types } => types.iter().map(of).collect::<Vec<_>>().join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::codegen::changes::between;

    #[test]
    fn every_kind_of_change_has_its_line() {
        let snapshot = |version: &str, resources: serde_json::Value| -> Snapshot {
            let source = json!({"package": "spec", "version": version, "licence": "", "integrity": ""});
            serde_json::from_value(json!({"source": source, "resources": resources}))
                .expect("the test's snapshot is well-formed")
        };
        let property = |required: bool| json!({"type": {"type": "string"}, "required": required});
        let word = json!({"type": {"type": "string", "allowedValues": ["new"]}, "required": true});
        let old = snapshot(
            "1",
            json!({
                "A::B::C": {"properties": {"Kept": property(false), "Went": property(false)}},
                "A::B::Old": {"properties": {}},
            }),
        );
        let new = snapshot(
            "2",
            json!({
                "A::B::C": {"properties": {"Came": property(false), "Kept": word}},
                "A::B::New": {"properties": {}},
            }),
        );
        let expected = "spec 1 -> 2\n\
            + A::B::New\n\
            - A::B::Old\n  \
              + A::B::C.Came\n  \
              + A::B::C.Kept = new\n  \
              - A::B::C.Went\n  \
              ~ A::B::C.Kept: text -> text, required\n\
            1 types came, 1 went, 4 details changed";
        assert_eq!(between(&old, &new), expected);
    }
}
