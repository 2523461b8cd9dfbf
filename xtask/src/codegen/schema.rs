//! What the generator knows about CloudFormation: the snapshot in `xtask/schema`, one entry per resource type.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

const FILE: &str = "snapshot.json.gz";

/// Every CloudFormation resource type, and where the knowledge is from.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Snapshot {
    pub source: Source,
    pub resources: BTreeMap<String, Resource>,
}

/// The package the snapshot was made from.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Source {
    pub package: String,
    pub version: String,
    pub licence: String,
    /// The package's checksum, as its registry writes it.
    pub integrity: String,
}

/// A resource type, with the nested types only it uses.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Resource {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// The properties or attributes that identify a resource of this type in Cloud Control.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub stateful: bool,
    pub properties: BTreeMap<String, Property>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, TypeDefinition>,
}

/// The property that carries the tags, and its shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tags {
    pub property: String,
    pub shape: TagShape,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagShape {
    List,
    Map,
    AutoScaling,
    Items,
}

/// A nested type.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TypeDefinition {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    pub properties: BTreeMap<String, Property>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Property {
    #[serde(rename = "type")]
    pub of: Type,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
}

/// Whether changing a property replaces the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replacement {
    Yes,
    Maybe,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Attribute {
    #[serde(rename = "type")]
    pub of: Type,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Type {
    String {
        #[serde(default, rename = "allowedValues", skip_serializing_if = "Vec::is_empty")]
        allowed: Vec<String>,
    },
    Integer,
    Number,
    Boolean,
    Json,
    DateTime,
    /// The `{Key, Value}` pair.
    Tag,
    /// A nested type of the same resource.
    Ref {
        name: String,
    },
    Array {
        element: Box<Type>,
    },
    Map {
        element: Box<Type>,
    },
    Union {
        types: Vec<Type>,
    },
}

impl Snapshot {
    /// Reads the snapshot of the repository.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        serde_json::from_reader(decompressed(&path)?).with_context(|| format!("reading `{}`", path.display()))
    }

    /// Writes it: one resource type a line before compression, and the same bytes for the same knowledge.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut out = compressed(&folder.join(FILE))?;
        write!(out, "{{\"source\":{},\n\"resources\":{{", serde_json::to_string(&self.source)?)?;
        for (i, (name, resource)) in self.resources.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(out, "{comma}\n{}:{}", serde_json::to_string(name)?, serde_json::to_string(resource)?)?;
        }
        out.write_all(b"\n}}\n")?;
        out.finish()?.flush()?;
        Ok(())
    }
}

/// A compressed file, read as what was compressed.
pub fn decompressed(path: &Path) -> Result<impl Read> {
    let file = File::open(path).with_context(|| format!("opening `{}`", path.display()))?;
    Ok(BufReader::new(GzDecoder::new(BufReader::new(file))))
}

/// A file that compresses what is written to it; no date in it.
pub fn compressed(path: &Path) -> Result<GzEncoder<BufWriter<File>>> {
    Ok(GzEncoder::new(BufWriter::new(File::create(path)?), Compression::best()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
