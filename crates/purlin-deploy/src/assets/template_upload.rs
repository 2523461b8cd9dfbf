//! Templates too large for a call go through the bootstrap bucket.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::destination::Object;
use super::objects::put;
use crate::error::DeployError;
use crate::session::Session;

/// CloudFormation takes this many bytes in `TemplateBody`.
const LIMIT: usize = 51_200;

/// Whether a template can be sent as it is.
pub(crate) fn fits_in_a_call(template: &str) -> bool {
    template.len() <= LIMIT
}

/// Puts the template into the bootstrap bucket, under a name with its hash.
pub(crate) async fn upload(session: &Session, template: &str) -> Result<String, DeployError> {
    let bucket = session.target().bootstrap_bucket();
    let key = format!("purlin-templates/{}.json", hex(&Sha256::digest(template)));
    let object = Object { bucket: &bucket, key: &key };
    // The role that deploys may only read there.
    put(&session.with_own_credentials(), object, template.as_bytes().to_vec().into(), "application/json").await?;
    Ok(session.object_url(&bucket, &key))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
