//! The credentials of the image builder for ECR: a temporary folder with the user's settings and the
//! registry's token.
//!
//! The user's settings and keychain do not change, concurrent runs do not sign each other out, and the
//! user's credential helpers still work for other registries.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::error::DeployError;

/// The settings of the builder, with access to one registry. They are deleted on drop.
#[derive(Debug)]
pub(crate) struct Credentials {
    folder: TempDir,
}

impl Credentials {
    /// With ECR's token, which is user and password as registries take them.
    pub(super) fn of(registry: &str, token: &str) -> Result<Self, DeployError> {
        let folder = tempfile::Builder::new().prefix("purlin-docker").tempdir();
        let folder = folder.map_err(DeployError::file(env::temp_dir()))?;
        let mut settings = json!({});
        if let Some(theirs) = users_folder().filter(|theirs| theirs.is_dir()) {
            settings = read(&theirs.join("config.json"))?;
            link_others(&theirs, folder.path()).map_err(DeployError::file(theirs))?;
        }
        let entry = json!({"auth": token});
        write(&folder.path().join("auth.json"), &json!({"auths": {registry: entry}}))?;
        settings["auths"][registry] = entry;
        // The empty helper is the file itself, whatever keeps the user's other passwords.
        settings["credHelpers"][registry] = json!("");
        write(&folder.path().join("config.json"), &settings)?;
        Ok(Self { folder })
    }

    /// Variables that show them to Docker and whatever reads its settings.
    pub(super) fn for_docker(&self) -> (&'static str, PathBuf) {
        ("DOCKER_CONFIG", self.folder.path().to_owned())
    }

    /// Variables that show them to Podman and Buildah, to the registry alone.
    pub(super) fn for_podman(&self) -> (&'static str, PathBuf) {
        ("REGISTRY_AUTH_FILE", self.folder.path().join("auth.json"))
    }
}

fn users_folder() -> Option<PathBuf> {
    let named = env::var_os("DOCKER_CONFIG").filter(|it| !it.is_empty()).map(PathBuf::from);
    named.or_else(|| env::home_dir().map(|home| home.join(".docker")))
}

/// The user's settings; `None` without a file.
fn read(file: &Path) -> Result<Value, DeployError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(json!({})),
        Err(error) => return Err(DeployError::file(file)(error)),
    };
    let mut settings: Value = serde_json::from_str(&text).map_err(|error| DeployError::file(file)(error.into()))?;
    if !settings.is_object() {
        settings = json!({});
    }
    for section in ["auths", "credHelpers"] {
        if !settings[section].is_object() {
            settings[section] = json!({});
        }
    }
    Ok(settings)
}

/// Only we may read them.
fn write(file: &Path, settings: &Value) -> Result<(), DeployError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut open| open.write_all(settings.to_string().as_bytes()));
    written.map_err(DeployError::file(file))
}

/// Contexts, builders and plug-ins stay where they are.
#[cfg(unix)]
fn link_others(theirs: &Path, ours: &Path) -> io::Result<()> {
    let theirs = fs::canonicalize(theirs)?;
    for entry in fs::read_dir(theirs)? {
        let entry = entry?;
        if entry.file_name() != "config.json" {
            std::os::unix::fs::symlink(entry.path(), ours.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Links take permissions that few have there; the default context needs none of it.
#[cfg(not(unix))]
fn link_others(_theirs: &Path, _ours: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_users_settings_stay_and_the_registry_is_added() {
        let theirs = tempfile::tempdir().unwrap();
        fs::create_dir(theirs.path().join("contexts")).unwrap();
        let text = r#"{"credsStore": "desktop", "currentContext": "colima", "credHelpers": {"ghcr.io": "gh"}}"#;
        fs::write(theirs.path().join("config.json"), text).unwrap();
        let mut settings = read(&theirs.path().join("config.json")).unwrap();
        settings["auths"]["r"] = json!({"auth": "QVdTOng="});
        assert_eq!(settings["currentContext"], "colima");
        assert_eq!(settings["credHelpers"], json!({"ghcr.io": "gh"}));
        let ours = tempfile::tempdir().unwrap();
        link_others(theirs.path(), ours.path()).unwrap();
        write(&ours.path().join("config.json"), &settings).unwrap();
        assert!(ours.path().join("contexts").is_dir());
        let mode = fs::metadata(ours.path().join("config.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_to_string(theirs.path().join("config.json")).unwrap(), text);
    }

    #[test]
    fn settings_that_are_not_there_or_not_as_expected_do_no_harm() {
        let theirs = tempfile::tempdir().unwrap();
        let file = theirs.path().join("config.json");
        assert_eq!(read(&file).unwrap(), json!({}));
        fs::write(&file, r#"{"auths": null}"#).unwrap();
        assert_eq!(read(&file).unwrap(), json!({"auths": {}, "credHelpers": {}}));
        fs::write(&file, "{").unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("config.json"));
    }

    #[test]
    fn they_are_gone_with_the_last_who_holds_them() {
        let credentials = Credentials::of("1.dkr.ecr.eu-west-1.amazonaws.com", "QVdTOng=").unwrap();
        let (_, folder) = credentials.for_docker();
        let (_, file) = credentials.for_podman();
        let auth: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(auth["auths"]["1.dkr.ecr.eu-west-1.amazonaws.com"]["auth"], "QVdTOng=");
        drop(credentials);
        assert!(!folder.exists());
    }
}
