//! Signs requests for AWS's APIs (Signature Version 4), with the signer of AWS's SDK.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http::Request;
use secrecy::ExposeSecret as _;

use crate::identity_pool::AwsCredentials;

/// Signs requests to one service of one region.
///
/// ```no_run
/// # async fn example(credentials: purlin_auth::AwsCredentials) -> Result<(), Box<dyn std::error::Error>> {
/// use purlin_auth::{Http, Signer};
///
/// let request = http::Request::get("https://abcdef1234.execute-api.eu-west-1.amazonaws.com/prod/require-auth");
/// let request = request.header("x-api-key", "a key").body(Vec::new())?;
/// let signed = Signer::api("eu-west-1").sign(request, &credentials)?;
/// let answer = Http::new().send(signed).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    region: String,
    service: String,
}

/// A request that cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct SignError(String);

impl Signer {
    /// Signs requests to a service by its signing name, such as `lambda`.
    pub fn new(region: impl Into<String>, service: impl Into<String>) -> Self {
        Self { region: region.into(), service: service.into() }
    }

    /// Signs requests to APIs of API Gateway: the service `execute-api`.
    pub fn api(region: impl Into<String>) -> Self {
        Self::new(region, "execute-api")
    }

    /// The request with its signature. It is valid for 5 minutes, and for exactly this method, address, body, and these
    /// headers.
    pub fn sign(&self, request: Request<Vec<u8>>, credentials: &AwsCredentials) -> Result<Request<Vec<u8>>, SignError> {
        self.sign_at(request, credentials, SystemTime::now())
    }

    /// The same at another time than now.
    pub fn sign_at(
        &self,
        mut request: Request<Vec<u8>>,
        credentials: &AwsCredentials,
        time: SystemTime,
    ) -> Result<Request<Vec<u8>>, SignError> {
        let failed = |error: &dyn std::fmt::Display| SignError(error.to_string());
        let identity = Credentials::new(
            &credentials.access_key_id,
            credentials.secret_access_key.expose_secret(),
            credentials.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
            None,
            "purlin-auth",
        )
        .into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(time)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let address = request.uri().to_string();
        let mut headers = Vec::new();
        for (name, value) in request.headers() {
            let value = value.to_str().map_err(|_| SignError(format!("the header `{name}` is not text")))?;
            headers.push((name.as_str(), value));
        }
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), address, headers.into_iter(), body)
            .map_err(|error| failed(&error))?;
        let (instructions, _) = sign(signable, &params).map_err(|error| failed(&error))?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}
