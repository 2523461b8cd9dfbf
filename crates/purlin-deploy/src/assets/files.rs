//! File assets: packed if they must be, uploaded if they are not there.

use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_s3::primitives::ByteStream;
use purlin_assembly::{FileAsset, Packaging};
use tokio::process::Command;

use super::objects::{Object, is_there, put};
use super::zip;
use crate::{AssetStep, DeployError, Event, Session, event::Voice};

/// Publishes a file or folder to all its destinations.
pub(crate) async fn publish(
    session: &Session,
    directory: &Path,
    name: &str,
    asset: &FileAsset,
    voice: Voice<'_>,
) -> Result<(), DeployError> {
    let hear = |step| voice.hear(Event::Asset { name: name.to_owned(), step });
    for destination in asset.destinations.values() {
        let session = session.in_region(destination.region.as_deref().map(|it| session.site().fill(it)).as_deref());
        let session = match &destination.assume_role_arn {
            Some(role) => session.as_role_or_self(role, destination.assume_role_external_id.as_deref(), voice).await,
            None => session,
        };
        let bucket = session.site().fill(&destination.bucket_name);
        let key = session.site().fill(&destination.object_key);
        let object = Object { bucket: &bucket, key: &key };
        if is_there(&session, object).await? {
            hear(AssetStep::Present);
            continue;
        }
        let file = prepare(directory, name, asset, &hear).await?;
        let bytes = fs::metadata(file.path()).map_err(DeployError::file(file.path()))?.len();
        hear(AssetStep::Uploading { bytes: Some(bytes) });
        let content = ByteStream::from_path(file.path())
            .await
            .map_err(|error| DeployError::Asset { asset: name.to_owned(), detail: crate::aws::innermost(&error) })?;
        put(&session, object, content, content_type(&key)).await?;
        hear(AssetStep::Published);
    }
    Ok(())
}

/// A file ready for upload; a packed one is deleted when it is no longer held.
enum Ready {
    Original(PathBuf),
    Packed(tempfile::NamedTempFile),
}

impl Ready {
    fn path(&self) -> &Path {
        match self {
            Self::Original(path) => path,
            Self::Packed(file) => file.path(),
        }
    }
}

async fn prepare(
    directory: &Path,
    name: &str,
    asset: &FileAsset,
    hear: &impl Fn(AssetStep),
) -> Result<Ready, DeployError> {
    let source = source(directory, name, asset).await?;
    let is_folder = fs::metadata(&source).map_err(DeployError::file(&source))?.is_dir();
    if asset.source.packaging != Some(Packaging::Zip) {
        if is_folder {
            let detail = format!("`{}` is a folder, which can only be packaged as `zip`", source.display());
            return Err(DeployError::Asset { asset: name.to_owned(), detail });
        }
        return Ok(Ready::Original(source));
    }
    // What an executable made may be a zip already.
    if !is_folder {
        return Ok(Ready::Original(source));
    }
    hear(AssetStep::Building);
    let file = tempfile::NamedTempFile::new().map_err(DeployError::file(std::env::temp_dir()))?;
    zip::pack(&source, file.as_file())?;
    Ok(Ready::Packed(file))
}

async fn source(directory: &Path, name: &str, asset: &FileAsset) -> Result<PathBuf, DeployError> {
    if let Some(path) = &asset.source.path {
        return Ok(directory.join(path));
    }
    let wrong = |detail: String| DeployError::Asset { asset: name.to_owned(), detail };
    let Some([program, arguments @ ..]) = asset.source.executable.as_deref() else {
        return Err(wrong("its source names neither a path nor an executable".to_owned()));
    };
    let output = Command::new(program).args(arguments).output().await.map_err(DeployError::file(program))?;
    if !output.status.success() {
        return Err(wrong(format!("`{program}` failed: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn content_type(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, extension)| extension) {
        Some("zip") => "application/zip",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
