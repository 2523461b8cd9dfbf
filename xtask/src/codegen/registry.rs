//! What CloudFormation's registry says of its resource types: the snapshot of the second source, `registry.json.gz`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::{Source, compressed, decompressed};

const FILE: &str = "registry.json.gz";

/// The schema of every resource type, as the registry has it, without texts that the other source has too.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Registry {
    pub source: Source,
    /// The day the schemas were read from AWS, `2026-10-20`.
    pub dated: String,
    pub types: BTreeMap<String, Value>,
    /// Schemas about one resource that the registry lacks, by folder and file.
    #[serde(default)]
    pub extensions: BTreeMap<String, Value>,
}

impl Registry {
    /// Reads the snapshot of the repository.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        serde_json::from_reader(decompressed(&path)?).with_context(|| format!("reading `{}`", path.display()))
    }

    /// Writes it: one resource type a line before compression, and the same bytes for the same knowledge.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut out = compressed(&folder.join(FILE))?;
        let (source, dated) = (serde_json::to_string(&self.source)?, serde_json::to_string(&self.dated)?);
        write!(out, "{{\"source\":{source},\n\"dated\":{dated}")?;
        for (table, schemas) in [("types", &self.types), ("extensions", &self.extensions)] {
            write!(out, ",\n\"{table}\":{{")?;
            for (i, (name, schema)) in schemas.iter().enumerate() {
                let comma = if i == 0 { "" } else { "," };
                write!(out, "{comma}\n{}:{schema}", serde_json::to_string(name)?)?;
            }
            out.write_all(b"\n}")?;
        }
        out.write_all(b"}\n")?;
        out.finish()?.flush()?;
        Ok(())
    }
}
