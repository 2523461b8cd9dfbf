//! Reads one parameter of Systems Manager. Its SDK is 100 CPU s of the first build, for one call.

use std::time::SystemTime;

use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_cloudformation::config::http::HttpRequest;
use aws_sdk_s3::primitives::SdkBody;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Client, not_aws};
use crate::aws::innermost;
use crate::error::DeployError;
use crate::session::Session;

const OPERATION: &str = "GetParameter";

/// How often it is asked.
const ATTEMPTS: usize = 4;

/// The value of a parameter, if there is one of that name.
pub(crate) async fn parameter(session: &Session, name: &str) -> Result<Option<String>, DeployError> {
    let mut backoff = session.clock().retry();
    for _ in 1..ATTEMPTS {
        match ask(session, name).await {
            Err(error) if error.is_passing() && !matches!(error, DeployError::NotAws { .. }) => {
                sleep(backoff.slow_down()).await;
            }
            answered => return answered,
        }
    }
    ask(session, name).await
}

async fn ask(session: &Session, name: &str) -> Result<Option<String>, DeployError> {
    let request = signed(session, json!({ "Name": name }).to_string()).await?;
    let client: Client = session.client().clone();
    let answer = client.send(request).await.map_err(|error| {
        let detail = innermost(&error);
        if not_aws(&error) {
            DeployError::NotAws { operation: OPERATION, detail }
        } else {
            DeployError::Unreachable { operation: OPERATION, detail }
        }
    })?;
    let status = answer.status();
    let json: Value = serde_json::from_slice(answer.body().bytes().unwrap_or_default()).unwrap_or_default();
    if status.is_success() {
        let value = json["Parameter"]["Value"].as_str();
        let detail = "it has no value".to_owned();
        return value.map(|it| Some(it.to_owned())).ok_or(DeployError::NotAws { operation: OPERATION, detail });
    }
    let code = json["__type"].as_str().map(|it| it.rsplit('#').next().unwrap_or_default().to_owned());
    let message = json["message"].as_str().or(json["Message"].as_str());
    let message = message.map_or_else(|| format!("AWS answered with HTTP status {}", status.as_u16()), str::to_owned);
    match code.as_deref() {
        Some("ParameterNotFound") => Ok(None),
        _ if status.is_server_error() => Err(DeployError::Unavailable { operation: OPERATION, detail: message }),
        _ => Err(DeployError::Aws { operation: OPERATION, code, message }),
    }
}

async fn signed(session: &Session, body: String) -> Result<HttpRequest, DeployError> {
    let wrong = |detail: String| DeployError::BadCredentials { detail };
    let provider = session.config().credentials_provider();
    let provider = provider.ok_or_else(|| DeployError::NoCredentials { detail: "none are configured".to_owned() })?;
    let identity = provider.provide_credentials().await.map_err(|error| wrong(innermost(&error)))?.into();
    let address = std::env::var("AWS_ENDPOINT_URL_SSM").ok().filter(|it| !it.is_empty() && !session.is_local());
    let address = address.or_else(|| session.config().endpoint_url().map(str::to_owned));
    let address = address.unwrap_or_else(|| session.endpoint("ssm"));
    let address = format!("{}/", address.trim_end_matches('/'));
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParameter")];
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&session.target().region)
        .name("ssm")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| wrong(error.to_string()))?
        .into();
    let signable = SignableRequest::new("POST", &address, headers.into_iter(), SignableBody::Bytes(body.as_bytes()));
    let signable = signable.map_err(|error| wrong(error.to_string()))?;
    let (instructions, _) = sign(signable, &params).map_err(|error| wrong(error.to_string()))?.into_parts();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").expect("a method of HTTP");
    request.set_uri(address.as_str()).map_err(|error| wrong(error.to_string()))?;
    for (name, value) in headers.into_iter().chain(instructions.headers()) {
        request.headers_mut().insert(name.to_owned(), value.to_owned());
    }
    Ok(request)
}
