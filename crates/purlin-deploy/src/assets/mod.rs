//! Publishes what a stack needs before it can be deployed: files to S3, images to ECR.

pub(crate) mod files;
pub(crate) mod images;
pub(crate) mod objects;
pub(crate) mod zip;

use purlin_assembly::{FileAsset, Stack};

use crate::{DeployError, Event, Session, deploy::template_upload, event::Voice};

/// Publishes everything that is not there yet.
pub(crate) async fn publish(
    session: &Session,
    stack: &Stack,
    template: &str,
    voice: Voice<'_>,
) -> Result<(), DeployError> {
    for assets in stack.assets()? {
        for (id, asset) in &assets.manifest.files {
            // The CDK lists the template itself. A small one travels in the call, so that a stack
            // without real assets needs no bucket.
            if is_the_template(stack, asset) && template_upload::fits_in_a_call(template) {
                continue;
            }
            let name = asset.display_name.as_deref().unwrap_or(id);
            files::publish(session, &assets.directory, name, asset, voice).await?;
        }
        if session.is_local() && !assets.manifest.docker_images.is_empty() {
            let text = "the emulator runs no containers: images are neither built nor pushed".to_owned();
            voice.hear(Event::Note { text });
            continue;
        }
        for (id, asset) in &assets.manifest.docker_images {
            images::publish(session, &assets.directory, id, asset, voice).await?;
        }
    }
    Ok(())
}

fn is_the_template(stack: &Stack, asset: &FileAsset) -> bool {
    asset.source.path.as_deref() == Some(stack.properties().template_file.as_str())
}
