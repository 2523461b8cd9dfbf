//! Evidence: a folder with the events, changes and templates of a failure, to diagnose it later or elsewhere. What looks
//! like a secret is hidden, and other users of the machine cannot read the folder.

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnosis::{Diagnosis, Failure};
use crate::model::{Change, StackEvent};
use crate::redact::Redaction;
use crate::status::Status;
use crate::templates::Templates;

/// Version of the folder's format. It increases when older tools cannot read the new format.
const VERSION: u32 = 1;

const SUMMARY: &str = "summary.json";
const EVENTS: &str = "events.json";
const CHANGES: &str = "changes.json";

/// A file or folder of evidence that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot use `{}`: {source}", path.display())]
pub struct EvidenceError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

impl EvidenceError {
    fn of(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self { path, source }
    }
}

/// The evidence of a failure.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Stack, status, account, region, diagnosis.
    pub summary: Summary,
    /// CloudFormation's events, including those of nested stacks.
    pub events: Vec<StackEvent>,
    /// The planned changes.
    pub changes: Vec<Change>,
    /// The templates.
    pub templates: Templates,
}

/// The content of `summary.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Version of the folder's format.
    pub version: u32,
    /// The stack's name.
    pub stack: String,
    /// Its ARN.
    pub stack_id: String,
    /// The status it ended in.
    pub status: Status,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Time of the last event, in milliseconds since 1970.
    pub at: i64,
    /// The tool that wrote this, and its version.
    pub tool: String,
    /// The version of the cloud assembly, if the stack came from one.
    pub assembly: Option<String>,
    /// The diagnosis.
    pub diagnosis: Diagnosis,
}

impl Summary {
    /// The summary of a stack, with an empty diagnosis.
    pub fn of(stack: &str, status: &Status, account: &str, region: &str) -> Self {
        Self {
            version: VERSION,
            stack: stack.to_owned(),
            status: status.clone(),
            account: account.to_owned(),
            region: region.to_owned(),
            tool: concat!("purlin ", env!("CARGO_PKG_VERSION")).to_owned(),
            ..Self::default()
        }
    }
}

impl Evidence {
    /// Writes the folder atomically and returns its path: `folder`, or `folder-2`, `folder-3` .. if it exists.
    /// Redacts `secrets`, values that the templates mark as secret, and texts that look like credentials. Only the user
    /// can read the folder (mode 0700).
    pub fn write(&self, folder: &Path, secrets: &[String]) -> Result<PathBuf, EvidenceError> {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(EvidenceError::of(parent))?;
        let mut unfinished = tempfile::Builder::new();
        #[cfg(unix)]
        unfinished.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let unfinished = unfinished.prefix(".evidence-").tempdir_in(parent);
        let unfinished = unfinished.map_err(EvidenceError::of(parent))?;
        for (name, content) in self.files(secrets) {
            let file = unfinished.path().join(&name);
            fs::write(&file, format!("{content:#}\n")).map_err(EvidenceError::of(&file))?;
        }
        let path = free(folder);
        fs::rename(unfinished.path(), &path).map_err(EvidenceError::of(&path))?;
        // The folder is renamed: there is no temporary folder to delete.
        let _ = unfinished.keep();
        Ok(path)
    }

    /// Reads a folder written by this version of the tool or an older one.
    pub fn read(folder: &Path) -> Result<Self, EvidenceError> {
        let summary: Summary = read(&folder.join(SUMMARY))?;
        if summary.version > VERSION {
            let text = format!(
                "its format {} is newer than this tool, which reads up to {VERSION}; update the tool",
                summary.version
            );
            return Err(EvidenceError::of(folder.join(SUMMARY))(io::Error::new(io::ErrorKind::Unsupported, text)));
        }
        let mut found = Self {
            summary,
            events: read(&folder.join(EVENTS))?,
            changes: read(&folder.join(CHANGES))?,
            templates: Templates::default(),
        };
        found.summary.diagnosis.failures_mut().for_each(Failure::look_up);
        for path in template_paths(folder)? {
            let name = template_file(&path);
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            found.templates.add(&path, read(&folder.join(name))?);
        }
        Ok(found)
    }

    /// Names and content of the files. What looks like a secret is hidden.
    fn files(&self, secrets: &[String]) -> Vec<(String, Value)> {
        let mut redaction = Redaction::with_secrets(secrets);
        let templates: Vec<(String, Value)> =
            self.templates.iter().map(|(path, template)| (template_file(path), redaction.template(template))).collect();
        let changes: Vec<Change> = self.changes.iter().map(|change| redaction.change(change)).collect();
        let mut files = vec![
            (SUMMARY.to_owned(), json(&self.summary)),
            (EVENTS.to_owned(), json(&self.events)),
            (CHANGES.to_owned(), json(&changes)),
        ];
        files.extend(templates);
        // As the last step, so that a value hidden in one file is hidden in all.
        files.into_iter().map(|(name, content)| (name, redaction.texts(&content))).collect()
    }
}

/// A path that does not exist: `folder` itself, or the same with a number.
fn free(folder: &Path) -> PathBuf {
    let mut path = folder.to_path_buf();
    let mut number = 1;
    while path.exists() {
        number += 1;
        path = PathBuf::from(format!("{}-{number}", folder.display()));
    }
    path
}

/// The templates of a folder, by the logical ids that lead to them.
fn template_paths(folder: &Path) -> Result<Vec<Vec<String>>, EvidenceError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(EvidenceError::of(folder))? {
        let name = entry.map_err(EvidenceError::of(folder))?.file_name().to_string_lossy().into_owned();
        if let Some(path) = name.strip_prefix("template").and_then(|rest| rest.strip_suffix(".json")) {
            paths.push(path.split('.').skip(1).map(str::to_owned).collect());
        }
    }
    Ok(paths)
}

/// `template.json`, `template.Db.json`: logical ids have no dots.
fn template_file(path: &[String]) -> String {
    let mut name = "template".to_owned();
    for id in path {
        name = format!("{name}.{id}");
    }
    name + ".json"
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("these types have only string keys")
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, EvidenceError> {
    let bytes = fs::read(path).map_err(EvidenceError::of(path))?;
    serde_json::from_slice(&bytes).map_err(|error| EvidenceError::of(path)(error.into()))
}
