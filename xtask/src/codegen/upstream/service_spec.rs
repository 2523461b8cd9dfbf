//! Makes the snapshot from `@aws-cdk/aws-service-spec`: AWS's own knowledge base, of which we keep types and texts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use super::{in_scratch, npm};
use crate::codegen::schema::{
    Attribute, Property, Replacement, Resource, Snapshot, Source, TagShape, Tags, Type, TypeDefinition,
};

const PACKAGE: &str = "@aws-cdk/aws-service-spec";

/// Fetches a version from the npm registry; keeps the package's licence beside the snapshot.
pub fn fetch(version: &str, folder: &Path) -> Result<Snapshot> {
    in_scratch(|work| unpack(version, work, folder))
}

fn unpack(version: &str, work: &Path, folder: &Path) -> Result<Snapshot> {
    let (source, _) = npm(PACKAGE, version, work)?;
    let package = work.join("package");
    fs::copy(package.join("LICENSE"), folder.join("LICENSE.aws-service-spec"))?;
    let database = fs::File::open(package.join("db.json.gz")).context("the package has no `db.json.gz` any more")?;
    convert(serde_json::from_reader(std::io::BufReader::new(GzDecoder::new(database)))?, source)
}

// ---------------------------------------------------------------- the database's form

#[derive(Deserialize)]
struct Database {
    schema: Tables,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tables {
    resource: Entities<DbResource>,
    type_definition: Entities<DbType>,
    uses_type: Relation,
}

#[derive(Deserialize)]
struct Entities<T> {
    entities: Vec<T>,
}

#[derive(Deserialize)]
struct Relation {
    forward: BTreeMap<String, Vec<Id>>,
}

#[derive(Deserialize)]
struct Id {
    #[serde(rename = "$id")]
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DbResource {
    #[serde(rename = "$id")]
    id: String,
    cloud_formation_type: String,
    cloud_formation_transform: Option<String>,
    #[serde(default)]
    documentation: String,
    #[serde(default)]
    primary_identifier: Vec<String>,
    #[serde(default)]
    is_stateful: bool,
    tag_information: Option<DbTags>,
    properties: BTreeMap<String, DbProperty>,
    attributes: BTreeMap<String, DbProperty>,
}

#[derive(Deserialize)]
struct DbType {
    #[serde(rename = "$id")]
    id: String,
    name: String,
    #[serde(default)]
    documentation: String,
    properties: BTreeMap<String, DbProperty>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DbTags {
    tag_property_name: String,
    variant: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DbProperty {
    #[serde(rename = "type")]
    of: Value,
    #[serde(default)]
    documentation: String,
    #[serde(default)]
    required: bool,
    causes_replacement: Option<String>,
    deprecated: Option<String>,
}

// ---------------------------------------------------------------- conversion

fn convert(database: Database, source: Source) -> Result<Snapshot> {
    let tables = database.schema;
    let types: BTreeMap<String, DbType> =
        tables.type_definition.entities.into_iter().map(|t| (t.id.clone(), t)).collect();
    let mut resources = BTreeMap::new();
    for db in tables.resource.entities {
        let used = tables.uses_type.forward.get(&db.id).map_or(&[][..], Vec::as_slice);
        let name = db.cloud_formation_type.clone();
        let resource = resource(db, used, &types).with_context(|| format!("converting `{name}`"))?;
        resources.insert(name, resource);
    }
    Ok(Snapshot { source, resources })
}

fn resource(db: DbResource, used: &[Id], types: &BTreeMap<String, DbType>) -> Result<Resource> {
    let mut nested = BTreeMap::new();
    for Id { id } in used {
        let db = types.get(id).with_context(|| format!("no type `{id}`"))?;
        let definition =
            TypeDefinition { doc: db.documentation.clone(), properties: properties(&db.properties, types)? };
        if nested.insert(db.name.clone(), definition).is_some() {
            bail!("two nested types are called `{}`", db.name);
        }
    }
    let attributes = db.attributes.iter().map(|(name, a)| {
        Ok((name.clone(), Attribute { of: convert_type(&a.of, types)?, doc: a.documentation.clone() }))
    });
    Ok(Resource {
        doc: db.documentation,
        identifier: db.primary_identifier,
        transform: db.cloud_formation_transform,
        tags: db.tag_information.map(tags).transpose()?,
        stateful: db.is_stateful,
        properties: properties(&db.properties, types)?,
        attributes: attributes.collect::<Result<_>>()?,
        types: nested,
    })
}

fn tags(db: DbTags) -> Result<Tags> {
    let shape = match db.variant.as_str() {
        "standard" => TagShape::List,
        "map" => TagShape::Map,
        "asg" => TagShape::AutoScaling,
        other => bail!("unknown tag variant `{other}`"),
    };
    Ok(Tags { property: db.tag_property_name, shape })
}

fn properties(
    db: &BTreeMap<String, DbProperty>,
    types: &BTreeMap<String, DbType>,
) -> Result<BTreeMap<String, Property>> {
    db.iter().map(|(name, p)| Ok((name.clone(), property(p, types)?))).collect()
}

fn property(db: &DbProperty, types: &BTreeMap<String, DbType>) -> Result<Property> {
    Ok(Property {
        of: convert_type(&db.of, types)?,
        doc: db.documentation.clone(),
        required: db.required,
        replacement: match db.causes_replacement.as_deref() {
            Some("yes") => Some(Replacement::Yes),
            Some("maybe") => Some(Replacement::Maybe),
            _ => None,
        },
        deprecated: db.deprecated.as_deref().is_some_and(|d| d != "NONE"),
    })
}

fn convert_type(db: &Value, types: &BTreeMap<String, DbType>) -> Result<Type> {
    let element = || convert_type(&db["element"], types).map(Box::new);
    Ok(match db["type"].as_str().context("a type has no `type`")? {
        "string" => Type::String { allowed: serde_json::from_value(db["allowedValues"].clone()).unwrap_or_default() },
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "json" => Type::Json,
        "date-time" => Type::DateTime,
        "tag" => Type::Tag,
        "array" => Type::Array { element: element()? },
        "map" => Type::Map { element: element()? },
        "ref" => {
            let id = db["reference"]["$ref"].as_str().context("a reference has no `$ref`")?;
            Type::Ref { name: types.get(id).with_context(|| format!("no type `{id}`"))?.name.clone() }
        }
        "union" => {
            let arms = db["types"].as_array().context("a union has no `types`")?;
            Type::Union { types: arms.iter().map(|arm| convert_type(arm, types)).collect::<Result<_>>()? }
        }
        other => bail!("unknown type `{other}`"),
    })
}
