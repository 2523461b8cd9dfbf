//! What `Fn::GetAtt` returns that neither source says: types that answer with every property, from `attributes.yaml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use super::json_schema::resolve;

/// Types that answer with properties that were set, too.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    every_property: Vec<String>,
}

impl Answers {
    /// Reads the table of the repository.
    pub fn read(folder: &Path) -> Result<Self> {
        let text = fs::read_to_string(folder.join("attributes.yaml")).context("reading `attributes.yaml`")?;
        serde_yaml::from_str(&text).context("reading `attributes.yaml`")
    }

    /// The properties that a type answers with. Those of objects are reached by a point: `Endpoint.Port`.
    pub fn of(&self, name: &str, schema: &Value) -> Vec<String> {
        let mut names = Vec::new();
        if self.every_property.iter().any(|every| every == name) {
            leaves(schema, "", "", &mut names);
        }
        names
    }
}

/// The values below a place that are no objects.
fn leaves(root: &Value, pointer: &str, prefix: &str, names: &mut Vec<String>) {
    // Types that contain themselves end somewhere.
    let deep = prefix.matches('.').count() > 4;
    let Some((pointer, schema)) = resolve(root, pointer).filter(|_| !deep) else { return };
    for name in schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys) {
        let (inner, name) = (format!("{pointer}/properties/{name}"), format!("{prefix}{name}"));
        match resolve(root, &inner) {
            Some((_, value)) if value["properties"].is_object() => leaves(root, &inner, &format!("{name}."), names),
            _ => names.push(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_that_types_answer_with() {
        let answers: Answers = serde_yaml::from_str("{every_property: [A::B::Every]}").expect("a table");
        let schema = json!({
            "properties": {"Name": {"type": "string"}, "Part": {"$ref": "#/definitions/Part"}, "List": {"type": "array"}},
            "definitions": {"Part": {"properties": {"Port": {"type": "integer"}}}}
        });
        let table: [(&str, &[&str]); 2] = [("A::B::Every", &["Name", "Part.Port", "List"]), ("A::B::None", &[])];
        for (name, expected) in table {
            assert_eq!(answers.of(name, &schema), expected, "{name}");
        }
    }
}
