//! Publishes a stack's assets once its changes are approved: files to S3, images to ECR.

pub(crate) mod checksum;
mod credentials;
mod destination;
mod docker;
mod files;
mod folder;
mod images;
mod multipart;
pub(crate) mod objects;
mod output;
pub(crate) mod outside;
pub(crate) mod publishing;
pub(crate) mod template_upload;
mod zip;

use std::future::Future;
use std::pin::Pin;

use futures_util::future::try_join_all;
use purlin_assembly::{FileAsset, Stack, StackAssets};

use crate::bootstrap::version;
use crate::error::DeployError;
use crate::event::{AssetStep, Event, EventSink};
use crate::session::Session;

/// Checks that the account has the bootstrap version that the stack and its assets require.
pub(crate) async fn check(
    session: &Session,
    stack: &Stack,
    all: &[StackAssets],
    template: &str,
    sink: EventSink<'_>,
) -> Result<(), DeployError> {
    let has_work = !template_upload::fits_in_a_call(template) || has_any(stack, all);
    version::check(session, stack, all, has_work, sink).await
}

/// Whether a stack has assets besides its template.
pub(crate) fn has_any(stack: &Stack, all: &[StackAssets]) -> bool {
    let has_files = |assets: &StackAssets| assets.manifest.files.values().any(|asset| !is_the_template(stack, asset));
    all.iter().any(|assets| has_files(assets) || !assets.manifest.docker_images.is_empty())
}

/// Publishes all assets that are not published yet, but for the stack's template, which goes to CloudFormation before. The
/// first failure stops the others.
pub(crate) async fn publish(
    session: &Session,
    stack: &Stack,
    all: &[StackAssets],
    sink: EventSink<'_>,
) -> Result<(), DeployError> {
    let mut work: Vec<Work<'_>> = Vec::new();
    for assets in all {
        for (id, asset) in assets.manifest.files.iter().filter(|(_, asset)| !is_the_template(stack, asset)) {
            let subject = Subject::of(assets, id, asset.display_name.as_deref(), sink);
            work.push(Box::pin(async move { files::publish(session, &subject, asset).await }));
        }
        if session.is_local() && !assets.manifest.docker_images.is_empty() {
            sink.note("the emulator runs no containers: images are neither built nor pushed");
            continue;
        }
        for (id, asset) in &assets.manifest.docker_images {
            let subject = Subject::of(assets, id, asset.display_name.as_deref(), sink);
            work.push(Box::pin(async move { images::publish(session, &subject, asset).await }));
        }
    }
    try_join_all(work).await?;
    Ok(())
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<(), DeployError>> + 'a>>;

/// The asset to publish.
struct Subject<'a> {
    id: &'a str,
    /// Its name in messages.
    name: &'a str,
    /// The manifest it is in.
    assets: &'a StackAssets,
    sink: EventSink<'a>,
}

impl<'a> Subject<'a> {
    fn of(assets: &'a StackAssets, id: &'a str, name: Option<&'a str>, sink: EventSink<'a>) -> Self {
        Self { id, name: name.unwrap_or(id), assets, sink }
    }

    fn report(&self, step: AssetStep) {
        self.sink.send(Event::Asset { name: self.name.to_owned(), step });
    }

    fn unfit(&self, detail: String) -> DeployError {
        DeployError::Asset { asset: self.name.to_owned(), detail }
    }
}

fn is_the_template(stack: &Stack, asset: &FileAsset) -> bool {
    asset.source.path.as_deref() == Some(stack.properties().template_file.as_str())
}
