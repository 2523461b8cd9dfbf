//! Objects in buckets, with the checks that keep them in the right account.

use aws_sdk_s3::primitives::ByteStream;

use crate::aws::Named;
use crate::{DeployError, Session};

/// The address of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
}

/// Whether the object is there.
pub(crate) async fn is_there(session: &Session, object: Object<'_>) -> Result<bool, DeployError> {
    let call = session.s3().list_objects_v2().bucket(object.bucket).prefix(object.key).max_keys(1);
    let call = call.expected_bucket_owner(&session.site().account);
    match call.send().await.named("ListObjectsV2") {
        Ok(answer) => Ok(answer.contents().iter().any(|it| it.key() == Some(object.key))),
        Err(error) if error.code() == Some("NoSuchBucket") => {
            no_bucket(session, object.bucket)?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Puts the object there. A bucket of that name in another account is refused: whoever guesses
/// the names of bootstrap buckets must not receive our code.
pub(crate) async fn put(
    session: &Session,
    object: Object<'_>,
    content: ByteStream,
    content_type: &str,
) -> Result<(), DeployError> {
    let client = session.s3();
    if session.is_local() {
        let _ = client.create_bucket().bucket(object.bucket).send().await;
    }
    let call = client.put_object().bucket(object.bucket).key(object.key).body(content).content_type(content_type);
    match call.expected_bucket_owner(&session.site().account).send().await.named("PutObject") {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("NoSuchBucket") => no_bucket(session, object.bucket),
        Err(error) => Err(error),
    }
}

/// An emulator gets the bucket made; an account must be prepared by its owner.
fn no_bucket(session: &Session, bucket: &str) -> Result<(), DeployError> {
    if session.is_local() {
        return Ok(());
    }
    Err(DeployError::NotBootstrapped {
        account: session.site().account.clone(),
        region: session.site().region.clone(),
        what: format!("bucket `{bucket}` for assets"),
    })
}
