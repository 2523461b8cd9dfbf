//! Credentials of the image builder for ECR: a temporary settings folder with the user's settings and the registry's token.
//!
//! The user's settings and keychain stay unchanged, concurrent runs do not affect each other, and the user's credential
//! helpers still work for other registries.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::error::DeployError;

/// A temporary settings folder of the builder, with access to one registry. It is deleted on drop.
#[derive(Debug)]
pub(crate) struct Credentials {
    folder: TempDir,
}

impl Credentials {
    /// From ECR's token, which is user and password in the registries' form.
    pub(super) fn of(registry: &str, token: &str) -> Result<Self, DeployError> {
        let folder = tempfile::Builder::new().prefix("purlin-docker").tempdir();
        let folder = folder.map_err(DeployError::file(env::temp_dir()))?;
        let mut settings = json!({});
        if let Some(user_folder) = users_folder().filter(|user_folder| user_folder.is_dir()) {
            settings = read(&user_folder.join("config.json"))?;
            link_others(&user_folder, folder.path()).map_err(DeployError::file(user_folder))?;
        }
        let entry = json!({"auth": token});
        write(&folder.path().join("auth.json"), &json!({"auths": {registry: entry}}))?;
        settings["auths"][registry] = entry;
        // The empty helper means this file, even if the user has a store for other passwords.
        settings["credHelpers"][registry] = json!("");
        write(&folder.path().join("config.json"), &settings)?;
        Ok(Self { folder })
    }

    /// The variable for Docker and programs that read its settings.
    pub(super) fn for_docker(&self) -> (&'static str, PathBuf) {
        ("DOCKER_CONFIG", self.folder.path().to_owned())
    }

    /// The variable for Podman and Buildah.
    pub(super) fn for_podman(&self) -> (&'static str, PathBuf) {
        ("REGISTRY_AUTH_FILE", self.folder.path().join("auth.json"))
    }
}

fn users_folder() -> Option<PathBuf> {
    let named = env::var_os("DOCKER_CONFIG").filter(|it| !it.is_empty()).map(PathBuf::from);
    named.or_else(|| env::home_dir().map(|home| home.join(".docker")))
}

/// The user's settings; empty without a file.
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

/// Writes settings to a file that only this user can read.
fn write(file: &Path, settings: &Value) -> Result<(), DeployError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut open| open.write_all(settings.to_string().as_bytes()));
    written.map_err(DeployError::file(file))
}

/// Links the user's contexts, builders and plug-ins into the folder.
#[cfg(unix)]
fn link_others(user_folder: &Path, own_folder: &Path) -> io::Result<()> {
    let user_folder = fs::canonicalize(user_folder)?;
    for entry in fs::read_dir(user_folder)? {
        let entry = entry?;
        if entry.file_name() != "config.json" {
            std::os::unix::fs::symlink(entry.path(), own_folder.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// On other platforms links need a permission that few users have; the default context works without them.
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
        let user_folder = tempfile::tempdir().unwrap();
        fs::create_dir(user_folder.path().join("contexts")).unwrap();
        let text = r#"{"credsStore": "desktop", "currentContext": "colima", "credHelpers": {"ghcr.io": "gh"}}"#;
        fs::write(user_folder.path().join("config.json"), text).unwrap();
        let mut settings = read(&user_folder.path().join("config.json")).unwrap();
        settings["auths"]["r"] = json!({"auth": "QVdTOng="});
        assert_eq!(settings["currentContext"], "colima");
        assert_eq!(settings["credHelpers"], json!({"ghcr.io": "gh"}));
        let own_folder = tempfile::tempdir().unwrap();
        link_others(user_folder.path(), own_folder.path()).unwrap();
        write(&own_folder.path().join("config.json"), &settings).unwrap();
        assert!(own_folder.path().join("contexts").is_dir());
        let mode = fs::metadata(own_folder.path().join("config.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_to_string(user_folder.path().join("config.json")).unwrap(), text);
    }

    #[test]
    fn missing_or_unexpected_settings_are_tolerated() {
        let user_folder = tempfile::tempdir().unwrap();
        let file = user_folder.path().join("config.json");
        assert_eq!(read(&file).unwrap(), json!({}));
        fs::write(&file, r#"{"auths": null}"#).unwrap();
        assert_eq!(read(&file).unwrap(), json!({"auths": {}, "credHelpers": {}}));
        fs::write(&file, "{").unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("config.json"));
    }

    #[test]
    fn the_folder_is_deleted_on_drop() {
        let credentials = Credentials::of("1.dkr.ecr.eu-west-1.amazonaws.com", "QVdTOng=").unwrap();
        let (_, folder) = credentials.for_docker();
        let (_, file) = credentials.for_podman();
        let auth: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(auth["auths"]["1.dkr.ecr.eu-west-1.amazonaws.com"]["auth"], "QVdTOng=");
        drop(credentials);
        assert!(!folder.exists());
    }
}
