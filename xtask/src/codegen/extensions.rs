//! Puts what AWS refuses beyond the registry's schemas into them: rules about one resource, from `extensions.yaml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json_schema::{each, escaped, resolve};

/// Which schemas are merged, where, and which are not.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extensions {
    pub merged: BTreeMap<String, Merged>,
    /// The reason by the schema's name.
    left_out: BTreeMap<String, String>,
}

/// One schema and its places.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merged {
    /// AWS adds to its lists weekly.
    #[serde(default)]
    volatile: bool,
    /// Properties whose words AWS takes in capitals or not.
    #[serde(default)]
    any_case: Vec<String>,
    /// The schema, where no package has it as one.
    schema: Option<Value>,
    /// `TYPE`, or `TYPE PATH/*`.
    places: Vec<String>,
}

impl Extensions {
    /// Reads the table of the repository.
    pub fn read(folder: &Path) -> Result<Self> {
        let text = fs::read_to_string(folder.join("extensions.yaml")).context("reading `extensions.yaml`")?;
        let table: Self = serde_yaml::from_str(&text).context("reading `extensions.yaml`")?;
        let twice = table.merged.keys().find(|name| table.left_out.contains_key(*name));
        ensure!(twice.is_none(), "`{}` is both merged and left out", twice.map_or("", String::as_str));
        Ok(table)
    }

    /// Whether the table says what becomes of a schema.
    pub fn knows(&self, name: &str) -> bool {
        self.merged.contains_key(name) || self.left_out.contains_key(name)
    }

    /// Appends the schemas to the types they are about.
    pub fn apply(&self, schemas: &BTreeMap<String, Value>, types: &mut BTreeMap<String, Value>) -> Result<()> {
        for (name, merged) in &self.merged {
            let schema = merged.schema.as_ref().or_else(|| schemas.get(name));
            let schema = schema.with_context(|| format!("the snapshot has no extension `{name}`"))?;
            let prepared = merged.prepared(name, schema);
            for place in &merged.places {
                append(types, place, prepared.clone()).with_context(|| format!("putting `{name}` into `{place}`"))?;
            }
        }
        Ok(())
    }
}

/// A schema to append, and the definitions it refers to.
#[derive(Clone)]
struct Prepared {
    schema: Value,
    definitions: Map<String, Value>,
}

impl Merged {
    fn prepared(&self, name: &str, schema: &Value) -> Prepared {
        let prefix = name.rsplit('/').next().unwrap_or(name);
        let mut schema = schema.clone();
        each(&mut schema, &mut |keywords| {
            if let Some(Value::String(reference)) = keywords.get_mut("$ref") {
                *reference = reference.replace("#/definitions/", &format!("#/definitions/{prefix}."));
            }
            if self.volatile && keywords.contains_key("enum") {
                keywords.insert("volatile".to_owned(), Value::Bool(true));
            }
            for property in &self.any_case {
                if let Some(words) = keywords.get_mut("properties").and_then(|named| named.get_mut(property)) {
                    any_case(words);
                }
            }
        });
        let definitions = schema.as_object_mut().and_then(|root| root.shift_remove("definitions"));
        let definitions = definitions.and_then(|definitions| definitions.as_object().cloned()).unwrap_or_default();
        let definitions = definitions.into_iter().map(|(name, schema)| (format!("{prefix}.{name}"), schema)).collect();
        Prepared { schema, definitions }
    }
}

/// Compares the words of a schema without regard to capitals.
fn any_case(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    let constant = keywords.shift_remove("const").map(|word| vec![word]);
    let listed = || keywords.shift_remove("enum").and_then(|list| list.as_array().cloned());
    let Some(words) = constant.or_else(listed) else { return };
    let words: Vec<String> = words.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
    keywords.insert("enumCaseInsensitive".to_owned(), json!(words));
}

/// The schema at a place, `TYPE` or `TYPE PATH/*`.
pub fn schema_at<'a>(types: &'a mut BTreeMap<String, Value>, place: &str) -> Result<&'a mut Map<String, Value>> {
    let (name, path) = place.split_once(' ').unwrap_or((place, ""));
    let root = types.get_mut(name).with_context(|| format!("no type `{name}`"))?;
    let pointer = pointer(root, path)?;
    root.pointer_mut(&pointer).and_then(Value::as_object_mut).context("there is no schema there")
}

fn append(types: &mut BTreeMap<String, Value>, place: &str, prepared: Prepared) -> Result<()> {
    let schema = schema_at(types, place)?;
    match schema.entry("allOf").or_insert_with(|| json!([])) {
        // Two places may be one definition.
        Value::Array(all) if all.contains(&prepared.schema) => (),
        Value::Array(all) => all.push(prepared.schema),
        _ => (),
    }
    if !prepared.definitions.is_empty() {
        let root = schema_at(types, place.split(' ').next().unwrap_or(place))?;
        let known = root.entry("definitions").or_insert_with(|| json!({}));
        known.as_object_mut().context("`definitions` is an object")?.extend(prepared.definitions);
    }
    Ok(())
}

/// Where the schema of a path is: `Rules/*/Action` leads through the entries of `Rules`.
fn pointer(root: &Value, path: &str) -> Result<String> {
    let mut pointer = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        pointer = match part {
            "*" => format!("{pointer}/items"),
            name => format!("{pointer}/properties/{}", escaped(name)),
        };
        (pointer, _) = resolve(root, &pointer).with_context(|| format!("there is no `{part}`"))?;
    }
    Ok(pointer)
}

// ---------------------------------------------------------------- regions

/// A schema for each region as one that allows what any region does.
pub fn of_all_regions(schema: Value) -> Value {
    let Value::Object(regions) = schema else { return schema };
    if !regions.contains_key("us-east-1") {
        return Value::Object(regions);
    }
    let mut union = json!({});
    for schema in regions.into_iter().map(|(_, schema)| schema) {
        unite(&mut union, schema);
    }
    each(&mut union, &mut |keywords| {
        if let Some(Value::Array(words)) = keywords.get_mut("enum") {
            words.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
    });
    union
}

/// Lists grow, and everything else is the same in both. Rules under equal conditions are one, even in one region: they
/// are the offers of several price lists.
fn unite(union: &mut Value, other: Value) {
    let (Value::Object(union), Value::Object(other)) = (union, other) else { return };
    for (keyword, value) in other {
        if keyword == "allOf" {
            union.entry("allOf").or_insert_with(|| json!([]));
        }
        match (union.get_mut(&keyword), value) {
            (None, value) => drop(union.insert(keyword, value)),
            (Some(Value::Array(known)), Value::Array(more)) if keyword == "enum" => {
                for word in more {
                    if !known.contains(&word) {
                        known.push(word);
                    }
                }
            }
            (Some(Value::Array(known)), Value::Array(more)) if keyword == "allOf" => {
                for arm in more {
                    match known.iter_mut().find(|known| known.get("if") == arm.get("if")) {
                        Some(known) => unite(known, arm),
                        None => known.push(arm),
                    }
                }
            }
            // Conditions are equal here, and must not grow.
            (Some(_), _) if keyword == "if" => (),
            (Some(known), value) => unite(known, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> BTreeMap<String, Value> {
        let schema = json!({
            "properties": {
                "Mode": {"type": "string"},
                "Rules": {"type": "array", "items": {"$ref": "#/definitions/Rule"}},
                "More": {"type": "array", "items": {"$ref": "#/definitions/Rule"}}
            },
            "definitions": {"Rule": {"properties": {"Key": {"type": "string"}}}}
        });
        BTreeMap::from([("A::B::C".to_owned(), schema)])
    }

    fn merged(table: &str, schema: Value) -> Result<Value> {
        let table: Merged = serde_yaml::from_str(table).expect("the test's table is well-formed");
        let table = Extensions { merged: BTreeMap::from([("c/x".to_owned(), table)]), left_out: BTreeMap::new() };
        let mut types = types();
        table.apply(&BTreeMap::from([("c/x".to_owned(), schema)]), &mut types)?;
        Ok(types["A::B::C"].clone())
    }

    #[test]
    fn schemas_are_appended_at_their_places() {
        let schema = || json!({"required": ["X"]});
        let table = [("A::B::C", ""), ("A::B::C Mode", "/properties/Mode"), ("A::B::C Rules/*", "/definitions/Rule")];
        for (place, pointer) in table {
            let merged = merged(&format!("places: [{place}]"), schema()).expect("the place is there");
            let found = merged.pointer(pointer).map(|schema| schema["allOf"].clone());
            assert_eq!(found, Some(json!([schema()])), "{place}");
        }
        let merged = merged("places: [A::B::C Rules/*, A::B::C More/*]", schema()).expect("the places are there");
        assert_eq!(merged["definitions"]["Rule"]["allOf"], json!([schema()]), "one definition, once");
    }

    #[test]
    fn a_schema_can_be_in_the_table() {
        let table = "{schema: {required: [Own]}, places: [A::B::C]}";
        let merged = merged(table, json!({"required": ["Other"]})).expect("the place is there");
        assert_eq!(merged["allOf"], json!([{"required": ["Own"]}]));
    }

    #[test]
    fn a_place_that_is_gone_is_an_error() {
        for (place, why) in [("A::B::D", "no type `A::B::D`"), ("A::B::C Gone/*", "no `Gone`")] {
            let error = merged(&format!("places: [{place}]"), json!({})).expect_err("the place is gone");
            assert!(format!("{error:#}").contains(why), "{error:#}");
        }
    }

    #[test]
    fn definitions_move_under_a_name_of_their_own() {
        let schema = json!({"then": {"$ref": "#/definitions/Rule"}, "definitions": {"Rule": {"type": "number"}}});
        let merged = merged("places: [A::B::C]", schema).expect("the place is there");
        assert_eq!(merged["allOf"], json!([{"then": {"$ref": "#/definitions/x.Rule"}}]));
        assert_eq!(merged["definitions"]["x.Rule"], json!({"type": "number"}));
        assert!(merged["definitions"]["Rule"]["properties"].is_object());
    }

    #[test]
    fn lists_can_be_volatile_and_words_in_any_case() {
        let schema = json!({
            "if": {"properties": {"Engine": {"const": "MySQL"}}},
            "then": {"properties": {"Engine": {"enum": ["A", "b"]}, "Class": {"enum": ["x"]}}}
        });
        let merged = merged("{volatile: true, any_case: [Engine], places: [A::B::C]}", schema);
        let expected = json!([{
            "if": {"properties": {"Engine": {"enumCaseInsensitive": ["mysql"]}}},
            "then": {"properties": {
                "Engine": {"enumCaseInsensitive": ["a", "b"], "volatile": true},
                "Class": {"enum": ["x"], "volatile": true}
            }}
        }]);
        assert_eq!(merged.expect("the place is there")["allOf"], expected);
    }

    #[test]
    fn what_any_region_allows_is_allowed() {
        let arm = |engine: &str, classes: &[&str]| json!({"if": {"properties": {"Engine": {"enum": [engine]}}}, "then": {"properties": {"Class": {"enum": classes}}}});
        let table = [
            (json!({"enum": ["b", "a"]}), json!({"enum": ["b", "a"]})),
            (json!({"us-east-1": {"enum": ["b"]}, "eu-west-1": {"enum": ["a", "b"]}}), json!({"enum": ["a", "b"]})),
            (
                json!({
                    "description": "made by a script",
                    "us-east-1": {"allOf": [arm("x", &["b"]), arm("y", &["c"]), arm("x", &["e"])]},
                    "eu-west-1": {"allOf": [arm("x", &["a"]), arm("z", &["d"])]}
                }),
                json!({"allOf": [arm("x", &["a", "b", "e"]), arm("y", &["c"]), arm("z", &["d"])]}),
            ),
        ];
        for (regions, expected) in table {
            assert_eq!(of_all_regions(regions), expected);
        }
    }
}
