//! Uploads a large file in parts, each with a checksum and separate retries.

use std::path::Path;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::destination::Object;
use super::publishing::Encryption;
use crate::aws::Named;
use crate::error::DeployError;

/// Maximum size of an upload in one call. Larger files are sent in parts, which are retried separately.
pub(super) const ONE_CALL: u64 = 64 << 20;

/// Number of concurrent uploads of parts.
const CONCURRENCY: usize = 4;

/// Size of a part in bytes, unless the file would have too many parts.
const PART: u64 = 16 << 20;

/// S3's maximum number of parts.
const MOST_PARTS: u64 = 10_000;

/// An upload of a file.
pub(super) struct Upload<'a> {
    pub(super) client: Client,
    pub(super) owner: &'a str,
    pub(super) object: Object<'a>,
    pub(super) file: &'a Path,
    pub(super) size: u64,
}

impl Upload<'_> {
    /// Sends the file. After a failure, it deletes the uploaded parts.
    pub(super) async fn send(&self, content_type: &str, encryption: &Encryption) -> Result<(), DeployError> {
        let call = self.client.create_multipart_upload().bucket(self.object.bucket).key(self.object.key);
        let call = call.content_type(content_type).checksum_algorithm(ChecksumAlgorithm::Sha256);
        let call = call.set_server_side_encryption(encryption.kind.clone()).set_ssekms_key_id(encryption.key.clone());
        let begun = call.expected_bucket_owner(self.owner).send().await.named("CreateMultipartUpload")?;
        let id = begun.upload_id().unwrap_or_default();
        let sent = self.parts_and_end(id).await;
        if sent.is_err() {
            let call = self.client.abort_multipart_upload().bucket(self.object.bucket).key(self.object.key);
            // If this fails too, the bucket's lifecycle rule deletes the parts.
            let _ = call.upload_id(id).expected_bucket_owner(self.owner).send().await;
        }
        sent
    }

    async fn parts_and_end(&self, id: &str) -> Result<(), DeployError> {
        let parts = stream::iter(parts(self.size)).map(|part| self.part(id, part));
        let parts: Vec<CompletedPart> = parts.buffered(CONCURRENCY).try_collect().await?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let call = self.client.complete_multipart_upload().bucket(self.object.bucket).key(self.object.key);
        let call = call.upload_id(id).multipart_upload(parts).expected_bucket_owner(self.owner);
        call.send().await.named("CompleteMultipartUpload")?;
        Ok(())
    }

    async fn part(&self, id: &str, part: Part) -> Result<CompletedPart, DeployError> {
        let content = ByteStream::read_from().path(self.file).offset(part.offset).length(Length::Exact(part.length));
        let content = content.build().await.map_err(|error| unreadable(self.file, error))?;
        let call = self.client.upload_part().bucket(self.object.bucket).key(self.object.key).upload_id(id);
        let call = call.part_number(part.number).body(content).checksum_algorithm(ChecksumAlgorithm::Sha256);
        let response = call.expected_bucket_owner(self.owner).send().await.named("UploadPart")?;
        let sent = CompletedPart::builder().part_number(part.number);
        let sent = sent.set_e_tag(response.e_tag().map(str::to_owned));
        Ok(sent.set_checksum_sha256(response.checksum_sha256().map(str::to_owned)).build())
    }
}

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: i32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

pub(super) fn parts(size: u64) -> Vec<Part> {
    let length = PART.max(size.div_ceil(MOST_PARTS));
    let offsets = (0..size).step_by(usize::try_from(length).unwrap_or(usize::MAX));
    offsets.zip(1..).map(|(offset, number)| Part { number, offset, length: length.min(size - offset) }).collect()
}

pub(super) fn unreadable(file: &Path, error: aws_sdk_s3::primitives::ByteStreamError) -> DeployError {
    DeployError::file(file)(std::io::Error::other(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_file_and_stay_below_the_maximum() {
        for size in [PART, PART + 1, 10 * PART - 1, 200_000 * PART] {
            let parts = parts(size);
            assert!(u64::try_from(parts.len()).unwrap() <= MOST_PARTS);
            assert_eq!(parts.iter().map(|part| part.length).sum::<u64>(), size);
            assert!(parts.windows(2).all(|pair| pair[0].offset + pair[0].length == pair[1].offset));
            assert!(parts.iter().zip(1..).all(|(part, number)| part.number == number));
        }
    }
}
