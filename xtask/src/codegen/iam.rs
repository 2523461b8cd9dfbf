//! What IAM knows by name, actions and service principals: the snapshot of the third source, `iam.json.gz`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::archive::Archive;
use super::schema::{Source, compressed, decompressed};

const FILE: &str = "iam.json.gz";

/// Principals that the source lacks. Each is in the documentation of its service.
const MORE_PRINCIPALS: [&str; 6] = [
    "cognito-identity.amazonaws.com",
    "dnssec-route53.amazonaws.com",
    "lambda.alarms.cloudwatch.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logging.s3.amazonaws.com",
    "rdsdata.amazonaws.com",
];

/// Actions that AWS's own policies and pages name, and its reference lacks.
const MORE_ACTIONS: [(&str, &[&str]); 2] =
    [("rds-data", &["DeleteItems", "GetItems", "InsertItems", "UpdateItems"]), ("sns", &["Receive"])];

/// Actions by the prefix of their service, and service principals.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Iam {
    pub actions_source: Source,
    pub principals_source: Source,
    /// The day the actions were read from AWS, `2026-09-26`.
    pub dated: String,
    pub principals: BTreeSet<String>,
    pub actions: BTreeMap<String, Vec<String>>,
}

impl Iam {
    /// Reads the snapshot of the repository.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        serde_json::from_reader(decompressed(&path)?).with_context(|| format!("reading `{}`", path.display()))
    }

    /// Writes it.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let mut out = compressed(&folder.join(FILE))?;
        serde_json::to_writer(&mut out, self)?;
        out.finish()?.flush()?;
        Ok(())
    }

    /// What came and went, a line each.
    pub fn changes(&self, old: &Self) -> String {
        let names = |iam: &Self| -> BTreeSet<String> {
            let actions = iam
                .actions
                .iter()
                .flat_map(|(service, names)| names.iter().map(move |name| format!("{service}:{name}")));
            actions.chain(iam.principals.iter().cloned()).collect()
        };
        let (old, new) = (names(old), names(self));
        let gone = old.difference(&new).map(|name| format!("- {name}"));
        gone.chain(new.difference(&old).map(|name| format!("+ {name}"))).collect::<Vec<_>>().join("\n")
    }

    /// What the toolkit reads: a document for each service, and in the one without a name the principals.
    pub fn archive(&self) -> Archive {
        let mut archive = Archive::default();
        for (service, actions) in &self.actions {
            let more = MORE_ACTIONS.iter().filter(|(of, _)| of == service).flat_map(|(_, names)| *names);
            let actions: BTreeSet<&str> = actions.iter().map(String::as_str).chain(more.copied()).collect();
            archive.insert(service, json!(actions));
        }
        let principals: BTreeSet<&str> = self.principals.iter().map(String::as_str).chain(MORE_PRINCIPALS).collect();
        archive.insert("", json!({"dated": self.dated, "principals": principals}));
        archive
    }
}
