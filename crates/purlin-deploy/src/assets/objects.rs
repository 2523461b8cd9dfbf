//! Reads and writes objects in buckets, with checks of the bucket's owner and of the content.

use std::path::Path;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, ChecksumAlgorithm, ChecksumMode, CreateBucketConfiguration};

use super::checksum::Checksum;
use super::destination::Object;
use super::multipart::{self, ONE_CALL, unreadable};
use super::publishing::Encryption;
use crate::aws::Named;
use crate::error::DeployError;
use crate::session::Session;

/// Size of a zip file without entries. Interrupted uploads of old tools left such files.
const EMPTY_ZIP: i64 = 22;

/// Whether the object exists.
pub(crate) async fn exists(session: &Session, object: Object<'_>) -> Result<bool, DeployError> {
    let call = session.s3().list_objects_v2().bucket(object.bucket).prefix(object.key).max_keys(1);
    let call = call.expected_bucket_owner(&session.target().account);
    let is_archive = object.key.rsplit_once('.').is_some_and(|(_, extension)| extension == "zip");
    let is_complete = |size: Option<i64>| !is_archive || size.is_none_or(|size| size > EMPTY_ZIP);
    match call.send().await.named("ListObjectsV2") {
        Ok(response) => Ok(response.contents().iter().any(|it| it.key() == Some(object.key) && is_complete(it.size()))),
        Err(error) if error.code() == Some("NoSuchBucket") && session.is_local() => Ok(false),
        Err(error) => Err(bucket_error(session, object.bucket, error)),
    }
}

/// Whether an object has this content, by the checksum that S3 computed. Objects of other tools may have none with SHA-256,
/// and the caller may not be allowed to read it: then it is not known, and the content is sent again.
pub(crate) async fn has(session: &Session, object: Object<'_>, content: &Checksum) -> bool {
    let call = session.s3().head_object().bucket(object.bucket).key(object.key).checksum_mode(ChecksumMode::Enabled);
    let answer = call.expected_bucket_owner(&session.target().account).send().await;
    answer.is_ok_and(|found| found.checksum_sha256() == Some(&content.0))
}

/// Uploads a file.
pub(crate) async fn put_file(
    session: &Session,
    object: Object<'_>,
    file: &Path,
    checksum: &Checksum,
    content_type: &str,
) -> Result<(), DeployError> {
    let size = tokio::fs::metadata(file).await.map_err(DeployError::file(file))?.len();
    if size > ONE_CALL {
        create_bucket_in_emulator(session, object.bucket).await;
        let encryption = encryption(session, object.bucket).await;
        let upload = multipart::Upload { client: session.s3(), owner: &session.target().account, object, file, size };
        let sent = upload.send(content_type, &encryption).await;
        return sent.map_err(|error| bucket_error(session, object.bucket, error));
    }
    let content = ByteStream::from_path(file).await.map_err(|error| unreadable(file, error))?;
    put(session, object, content, checksum, content_type).await
}

/// Uploads an object; S3 refuses another content than that of the checksum. A bucket of another account is refused: names
/// of bootstrap buckets can be guessed, and another account must not receive the user's code.
pub(crate) async fn put(
    session: &Session,
    object: Object<'_>,
    content: ByteStream,
    checksum: &Checksum,
    content_type: &str,
) -> Result<(), DeployError> {
    create_bucket_in_emulator(session, object.bucket).await;
    let encryption = encryption(session, object.bucket).await;
    let call = session.s3().put_object().bucket(object.bucket).key(object.key).body(content);
    let call = call.content_type(content_type).checksum_algorithm(ChecksumAlgorithm::Sha256);
    let call = call.checksum_sha256(&checksum.0);
    let call = call.set_server_side_encryption(encryption.kind).set_ssekms_key_id(encryption.key);
    match call.expected_bucket_owner(&session.target().account).send().await.named("PutObject") {
        Ok(_) => Ok(()),
        Err(error) => Err(bucket_error(session, object.bucket, error)),
    }
}

/// Creates the bucket in an emulator. In an account, `purlin bootstrap` creates it.
async fn create_bucket_in_emulator(session: &Session, bucket: &str) {
    if session.is_local() {
        let region = session.target().region.as_str();
        // S3 refuses `us-east-1` as a location constraint.
        let place = (region != "us-east-1").then(|| {
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build()
        });
        let call = session.s3().create_bucket().bucket(bucket).set_create_bucket_configuration(place);
        // The bucket may exist already; if it does not, the upload fails.
        let _ = call.send().await;
    }
}

/// The bucket's default encryption; none without permission to read it.
async fn encryption(session: &Session, bucket: &str) -> Encryption {
    if session.is_local() {
        return Encryption::default();
    }
    let read = async {
        let call = session.s3().get_bucket_encryption().bucket(bucket).expected_bucket_owner(&session.target().account);
        let response = call.send().await.named("GetBucketEncryption")?;
        let rule = response.server_side_encryption_configuration().and_then(|it| it.rules().first());
        let rule = rule.and_then(|rule| rule.apply_server_side_encryption_by_default());
        Ok(rule.map_or_else(Encryption::default, |rule| Encryption {
            kind: Some(rule.sse_algorithm().clone()),
            key: rule.kms_master_key_id().map(str::to_owned),
        }))
    };
    session.publishing().encryption.get(bucket, read).await.unwrap_or_default()
}

/// The error for a bucket that is missing or of another account; other errors stay as they are.
fn bucket_error(session: &Session, bucket: &str, error: DeployError) -> DeployError {
    let (account, region) = (session.target().account.clone(), session.target().region.clone());
    match error.code() {
        Some("NoSuchBucket") => {
            let what = format!("bucket `{bucket}` for assets");
            DeployError::NotBootstrapped { account, region, what, name: bucket.to_owned() }
        }
        Some("AccessDenied" | "AllAccessDisabled" | "Forbidden") => {
            DeployError::BucketRefused { bucket: bucket.to_owned(), account, detail: error.to_string() }
        }
        _ => error,
    }
}
