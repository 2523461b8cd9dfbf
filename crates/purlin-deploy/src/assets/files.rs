//! Publishes file assets: packs folders, and uploads what does not exist yet.

use std::fs;
use std::path::{Path, PathBuf};

use purlin_assembly::{FileAsset, Packaging};
use tokio::process::Command;

use super::checksum::Checksum;
use super::destination::{Object, Place, Role};
use super::objects::{exists, has, put_file};
use super::output::last_lines;
use super::{Subject, zip};
use crate::error::DeployError;
use crate::event::AssetStep;
use crate::session::Session;

/// Publishes a file or folder to all its destinations.
pub(super) async fn publish(session: &Session, subject: &Subject<'_>, asset: &FileAsset) -> Result<(), DeployError> {
    let mut ready = None;
    for destination in asset.destinations.values() {
        let role = Role::of_file(destination);
        let place = Place::of(session, destination.region.as_deref(), &role, subject.sink).await?;
        let (bucket, key) = (place.target.fill(&destination.bucket_name), place.target.fill(&destination.object_key));
        let object = Object { bucket: &bucket, key: &key };
        let mut is_first = false;
        let work = async {
            is_first = true;
            Box::pin(publish_to(&place.session, subject, asset, object, &mut ready)).await
        };
        session.publishing().done.get(&format!("s3://{bucket}/{key}"), work).await?;
        if !is_first {
            subject.report(AssetStep::Present);
        }
    }
    Ok(())
}

async fn publish_to(
    place: &Session,
    subject: &Subject<'_>,
    asset: &FileAsset,
    object: Object<'_>,
    ready: &mut Option<Ready>,
) -> Result<(), DeployError> {
    let permit = place.publishing().look().await;
    let is_there = exists(place, object).await?;
    drop(permit);
    // What the emulator has is the user's own.
    if is_there && place.is_local() {
        subject.report(AssetStep::Present);
        return Ok(());
    }
    let _turn = place.publishing().file().await;
    if ready.is_none() {
        *ready = Some(prepare(subject, asset).await?);
    }
    let Ready { file, checksum } = ready.as_ref().expect("it was prepared just now");
    // Others can write to the bucket too.
    if is_there && has(place, object, checksum).await {
        subject.report(AssetStep::Present);
        return Ok(());
    }
    let file = file.path();
    let bytes = fs::metadata(file).map_err(DeployError::file(file))?.len();
    subject.report(AssetStep::Uploading { bytes: Some(bytes) });
    Box::pin(put_file(place, object, file, checksum, content_type(object.key))).await?;
    subject.assets.check_unchanged(file)?;
    subject.report(AssetStep::Published);
    Ok(())
}

/// A file to upload, and the checksum of its content.
struct Ready {
    file: Prepared,
    checksum: Checksum,
}

/// A file to upload; a packed one is deleted on drop.
enum Prepared {
    Original(PathBuf),
    Packed(tempfile::NamedTempFile),
}

impl Prepared {
    fn path(&self) -> &Path {
        match self {
            Self::Original(path) => path,
            Self::Packed(file) => file.path(),
        }
    }
}

/// The file, or the packed folder. It is what it was when the deployment began.
async fn prepare(subject: &Subject<'_>, asset: &FileAsset) -> Result<Ready, DeployError> {
    let source = source(subject, asset).await?;
    let file = packed(subject, asset, source.clone()).await?;
    let checksum = Checksum::of_file(file.path()).await?;
    subject.assets.check_unchanged(&source)?;
    Ok(Ready { file, checksum })
}

async fn packed(subject: &Subject<'_>, asset: &FileAsset, source: PathBuf) -> Result<Prepared, DeployError> {
    let kind = fs::metadata(&source).map_err(DeployError::file(&source))?.file_type();
    if kind.is_file() {
        // The result of an executable may be a zip file already.
        return Ok(Prepared::Original(source));
    }
    let shown = source.display();
    if !kind.is_dir() {
        return Err(subject.unfit(format!("`{shown}` is neither a file nor a folder")));
    }
    if asset.source.packaging != Some(Packaging::Zip) {
        return Err(subject.unfit(format!("`{shown}` is a folder, which can only be packaged as `zip`")));
    }
    subject.report(AssetStep::Building);
    let name = subject.name.to_owned();
    // On a thread of its own, because packing is CPU-bound.
    let packing = tokio::task::spawn_blocking(move || -> Result<_, DeployError> {
        let file = tempfile::NamedTempFile::new().map_err(DeployError::file(std::env::temp_dir()))?;
        let dangling = zip::pack(&name, &source, file.as_file())?;
        Ok((file, dangling))
    });
    let (file, dangling) = packing.await.expect("packing does not panic")?;
    if !dangling.is_empty() {
        let names: Vec<String> = dangling.iter().map(|name| format!("`{name}`")).collect();
        let text = format!("asset `{}` is packed without its dangling links: {}", subject.name, names.join(", "));
        subject.sink.note(text);
    }
    Ok(Prepared::Packed(file))
}

/// The file or folder. If an executable creates it, its output is the path. As in the CDK, executables of files run in the
/// current folder.
async fn source(subject: &Subject<'_>, asset: &FileAsset) -> Result<PathBuf, DeployError> {
    if let Some(path) = &asset.source.path {
        return Ok(subject.assets.locate(path)?.path().to_owned());
    }
    let Some([program, arguments @ ..]) = asset.source.executable.as_deref() else {
        return Err(subject.unfit("its source names neither a path nor an executable".to_owned()));
    };
    subject.report(AssetStep::Building);
    let output = Command::new(program).args(arguments).kill_on_drop(true).output().await;
    let output = output.map_err(|error| subject.unfit(format!("`{program}` cannot be started: {error}")))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        let reason = last_lines(&text(&output.stderr));
        return Err(subject.unfit(format!("`{program}` failed ({}): {reason}", output.status)));
    }
    match text(&output.stdout).trim() {
        "" => Err(subject.unfit(format!("`{program}` succeeded but printed no path"))),
        path => Ok(PathBuf::from(path)),
    }
}

fn content_type(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, extension)| extension) {
        Some("zip") => "application/zip",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
