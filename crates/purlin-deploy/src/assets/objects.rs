//! Objects in buckets, with the checks that keep them in the right account and whole on the way.

use std::path::Path;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, ChecksumAlgorithm, CreateBucketConfiguration};

use super::destination::Object;
use super::multipart::{self, unreadable};
use super::publishing::Encryption;
use crate::aws::Named;
use crate::error::DeployError;
use crate::session::Session;

/// The size of an archive without files, in bytes. Interrupted uploads of old tools left such ones.
const EMPTY_ZIP: i64 = 22;

/// What fits in one call with time to spare: above it, parts are sent and sent again by themselves.
const ONE_CALL: u64 = 64 << 20;

/// Whether the object is there.
pub(crate) async fn is_there(session: &Session, object: Object<'_>) -> Result<bool, DeployError> {
    let call = session.s3().list_objects_v2().bucket(object.bucket).prefix(object.key).max_keys(1);
    let call = call.expected_bucket_owner(&session.target().account);
    let is_archive = object.key.rsplit_once('.').is_some_and(|(_, extension)| extension == "zip");
    let is_whole = |size: Option<i64>| !is_archive || size.is_none_or(|size| size > EMPTY_ZIP);
    match call.send().await.named("ListObjectsV2") {
        Ok(answer) => Ok(answer.contents().iter().any(|it| it.key() == Some(object.key) && is_whole(it.size()))),
        Err(error) if error.code() == Some("NoSuchBucket") && session.is_local() => Ok(false),
        Err(error) => Err(of_bucket(session, object.bucket, error)),
    }
}

/// Puts a file there.
pub(crate) async fn put_file(
    session: &Session,
    object: Object<'_>,
    file: &Path,
    content_type: &str,
) -> Result<(), DeployError> {
    let size = tokio::fs::metadata(file).await.map_err(DeployError::file(file))?.len();
    if size > ONE_CALL {
        make_bucket(session, object.bucket).await;
        let encryption = encryption(session, object.bucket).await;
        let upload = multipart::Upload { client: session.s3(), owner: &session.target().account, object, file, size };
        let sent = upload.send(content_type, &encryption).await;
        return sent.map_err(|error| of_bucket(session, object.bucket, error));
    }
    let content = ByteStream::from_path(file).await.map_err(|error| unreadable(file, error))?;
    put(session, object, content, content_type).await
}

/// Puts the object there. A bucket of that name in another account is refused: the names of
/// bootstrap buckets can be guessed, and their owners must not receive our code.
pub(crate) async fn put(
    session: &Session,
    object: Object<'_>,
    content: ByteStream,
    content_type: &str,
) -> Result<(), DeployError> {
    make_bucket(session, object.bucket).await;
    let encryption = encryption(session, object.bucket).await;
    let call = session.s3().put_object().bucket(object.bucket).key(object.key).body(content);
    let call = call.content_type(content_type).checksum_algorithm(ChecksumAlgorithm::Sha256);
    let call = call.set_server_side_encryption(encryption.kind).set_ssekms_key_id(encryption.key);
    match call.expected_bucket_owner(&session.target().account).send().await.named("PutObject") {
        Ok(_) => Ok(()),
        Err(error) => Err(of_bucket(session, object.bucket, error)),
    }
}

/// An emulator gets the bucket made; an account must be prepared by its owner.
async fn make_bucket(session: &Session, bucket: &str) {
    if session.is_local() {
        let region = session.target().region.as_str();
        // The first region is the one that S3 does not let be named.
        let place = (region != "us-east-1").then(|| {
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build()
        });
        let call = session.s3().create_bucket().bucket(bucket).set_create_bucket_configuration(place);
        // It may exist already; if not, the upload fails with the reason.
        let _ = call.send().await;
    }
}

/// The bucket's default encryption; without permission to read it, uploads name none.
async fn encryption(session: &Session, bucket: &str) -> Encryption {
    if session.is_local() {
        return Encryption::default();
    }
    let asked = async {
        let call = session.s3().get_bucket_encryption().bucket(bucket).expected_bucket_owner(&session.target().account);
        let answer = call.send().await.named("GetBucketEncryption")?;
        let rule = answer.server_side_encryption_configuration().and_then(|it| it.rules().first());
        let rule = rule.and_then(|rule| rule.apply_server_side_encryption_by_default());
        Ok(rule.map_or_else(Encryption::default, |rule| Encryption {
            kind: Some(rule.sse_algorithm().clone()),
            key: rule.kms_master_key_id().map(str::to_owned),
        }))
    };
    session.publishing().encryption.get(bucket, asked).await.unwrap_or_default()
}

/// What a refusal means, where it is the bucket that is missing or not ours.
fn of_bucket(session: &Session, bucket: &str, error: DeployError) -> DeployError {
    let (account, region) = (session.target().account.clone(), session.target().region.clone());
    match error.code() {
        Some("NoSuchBucket") => {
            DeployError::NotBootstrapped { account, region, what: format!("bucket `{bucket}` for assets") }
        }
        Some("AccessDenied" | "AllAccessDisabled" | "Forbidden") => {
            DeployError::BucketRefused { bucket: bucket.to_owned(), account, detail: error.to_string() }
        }
        _ => error,
    }
}
