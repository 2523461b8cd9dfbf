//! Uploads templates that are too large for a call to the bootstrap bucket.

use sha2::{Digest, Sha256};

use purlin_assembly::{FileDestination, Stack, StackAssets, hex};

use super::checksum::Checksum;
use super::destination::{Object, Place, Role};
use super::is_the_template;
use super::objects::{has, put};
use crate::bootstrap::version;
use crate::error::DeployError;
use crate::event::EventSink;
use crate::session::Session;

/// CloudFormation's maximum size of `TemplateBody` in bytes.
const LIMIT: usize = 51_200;

/// Whether a template fits into `TemplateBody`.
pub(crate) fn fits_in_a_call(template: &str) -> bool {
    template.len() <= LIMIT
}

/// Uploads the template, as it was read, to the bootstrap bucket. Returns its URL.
pub(crate) async fn upload(
    session: &Session,
    stack: &Stack,
    all: &[StackAssets],
    template: &str,
    sink: EventSink<'_>,
) -> Result<String, DeployError> {
    let qualifier = version::qualifier_of(stack);
    let usual = session.target().bootstrap_bucket(qualifier);
    let named = stack.properties().stack_template_asset_object_url.as_deref().filter(|_| !session.is_local());
    let Some(url) = named.map(|url| session.target().fill(url)) else {
        let key = format!("purlin-templates/{}.json", hex(&Sha256::digest(template)));
        // The deployment role can only read the bucket, so the caller's credentials are used.
        return send(&session.with_own_credentials(), Object { bucket: &usual, key: &key }, template).await;
    };
    let elsewhere =
        |why: String| DeployError::TemplateElsewhere { stack: stack.name().to_owned(), url: url.clone(), why };
    let Some((bucket, key)) = url.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) else {
        return Err(elsewhere("it is no address of an object (`s3://BUCKET/KEY`)".to_owned()));
    };
    if bucket != usual && version::bucket(session, qualifier).await?.as_deref() != Some(bucket) {
        return Err(elsewhere(format!("the bootstrap bucket is `{usual}`")));
    }
    let object = Object { bucket, key };
    let destinations = all.iter().flat_map(|it| it.manifest.files.values()).filter(|it| is_the_template(stack, it));
    let is_it = |it: &&FileDestination| {
        let fill = |text: &str| session.target().fill(text);
        fill(&it.bucket_name) == bucket && fill(&it.object_key) == key
    };
    let role = destinations.flat_map(|asset| asset.destinations.values()).find(is_it).map(Role::of_file);
    let role = role.unwrap_or(Role { arn: None, external_id: None, options: None });
    let place = Place::of(session, None, &role, sink).await?;
    if place.session.target().account != session.target().account {
        return Err(elsewhere(format!("it is uploaded with a role of account `{}`", place.session.target().account)));
    }
    send(&place.session, object, template).await
}

/// Uploads it, unless it is there.
async fn send(session: &Session, object: Object<'_>, template: &str) -> Result<String, DeployError> {
    let content = template.as_bytes();
    let checksum = Checksum::of(content);
    if session.is_local() || !has(session, object, &checksum).await {
        put(session, object, content.to_vec().into(), &checksum, "application/json").await?;
    }
    Ok(session.object_url(object.bucket, object.key))
}
