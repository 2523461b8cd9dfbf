//! Uploads templates that are too large for a call to the bootstrap bucket.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use purlin_assembly::Stack;

use super::destination::Object;
use super::objects::put;
use crate::bootstrap::version;
use crate::error::DeployError;
use crate::session::Session;

/// CloudFormation's maximum size of `TemplateBody` in bytes.
const LIMIT: usize = 51_200;

/// Whether a template fits into `TemplateBody`.
pub(crate) fn fits_in_a_call(template: &str) -> bool {
    template.len() <= LIMIT
}

/// Uploads the template to the bootstrap bucket, under a hash of its content. Returns its URL.
pub(crate) async fn upload(session: &Session, stack: &Stack, template: &str) -> Result<String, DeployError> {
    let bucket = session.target().bootstrap_bucket(version::qualifier_of(stack));
    let key = format!("purlin-templates/{}.json", hex(&Sha256::digest(template)));
    let object = Object { bucket: &bucket, key: &key };
    // The deployment role can only read the bucket, so the caller's credentials are used.
    put(&session.with_own_credentials(), object, template.as_bytes().to_vec().into(), "application/json").await?;
    Ok(session.object_url(&bucket, &key))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
