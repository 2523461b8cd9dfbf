//! Exchanges a user's ID token, or nothing, for temporary AWS credentials of an identity pool.

use http::Request;
use http::header::CONTENT_TYPE;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use crate::endpoint::{self, Endpoint, EndpointError};
use crate::error::shown;
use crate::http::{Http, HttpError, build};
use crate::json;

/// An identity pool by its id, such as `eu-west-1:01234567-89ab-cdef-0123-456789abcdef`.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html>
///
/// ```no_run
/// # async fn example(id_token: purlin_auth::SecretString) -> Result<(), Box<dyn std::error::Error>> {
/// use purlin_auth::IdentityPool;
///
/// let pool = IdentityPool::new("eu-west-1:01234567-89ab-cdef-0123-456789abcdef")?;
/// let guest = pool.guest().await?;
/// let user = pool.signed_in("cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI", &id_token).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct IdentityPool {
    id: String,
    endpoint: Endpoint,
    http: Http,
}

/// Temporary credentials. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct AwsCredentials {
    /// The access key's id. It is not secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token, which all temporary credentials have.
    pub session_token: Option<SecretString>,
    /// When they expire, in seconds since 1970, if they expire.
    pub expires_at: Option<u64>,
}

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The service does not answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The service refuses the request.
    #[error("the identity pool refused with `{code}`{}; usually: {}", in_brackets(.message), usually(.code))]
    Refused {
        /// The exception's name.
        code: String,
        /// The service's message. It may be empty.
        message: String,
    },
}

impl IdentityError {
    /// Whether a later attempt may succeed. If not, a setting must change, or the user must sign in again.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => error.is_transient(),
            Self::Refused { code, .. } => {
                ["TooManyRequestsException", "InternalErrorException"].contains(&code.as_str())
            }
        }
    }
}

impl IdentityPool {
    /// A pool by its id, which contains its region.
    pub fn new(id: &str) -> Result<Self, EndpointError> {
        let expected = "an identity pool's id such as `eu-west-1:01234567-89ab-cdef-0123-456789abcdef`";
        let wrong = || EndpointError { given: shown(id), expected };
        let (region, name) = id.split_once(':').ok_or_else(wrong)?;
        let region = endpoint::region(region).map_err(|_| wrong())?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(wrong());
        }
        let address = format!("https://cognito-identity.{region}.{}", endpoint::suffix(region));
        Ok(Self { id: id.to_owned(), endpoint: Endpoint::known(address), http: Http::new() })
    }

    /// The address of the service, such as an emulator's. Default: AWS's in the pool's region.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// The HTTP client. Default: a new one.
    pub fn http(mut self, http: Http) -> Self {
        self.http = http;
        self
    }

    /// Credentials of the role for guests, if the pool allows guests. Each call creates a new identity.
    pub async fn guest(&self) -> Result<AwsCredentials, IdentityError> {
        self.credentials(&Map::new()).await
    }

    /// Credentials of the role for signed-in users. The provider is the name in the pool: for a user pool
    /// `cognito-idp.REGION.amazonaws.com/POOL_ID`, for OpenID Connect the issuer without `https://`.
    pub async fn signed_in(&self, provider: &str, id_token: &SecretString) -> Result<AwsCredentials, IdentityError> {
        let logins = Map::from_iter([(provider.to_owned(), id_token.expose_secret().into())]);
        self.credentials(&logins).await
    }

    async fn credentials(&self, logins: &Map<String, Value>) -> Result<AwsCredentials, IdentityError> {
        let mut body = json!({ "IdentityPoolId": self.id });
        if !logins.is_empty() {
            body["Logins"] = logins.clone().into();
        }
        let identity = self.call("GetId", &body).await?;
        body["IdentityId"] = text(&identity, "IdentityId").ok_or_else(|| self.unexpected())?.into();
        body.as_object_mut().and_then(|body| body.shift_remove("IdentityPoolId"));
        let mut answer = self.call("GetCredentialsForIdentity", &body).await?;
        answer.get_mut("Credentials").and_then(read).ok_or_else(|| self.unexpected())
    }

    async fn call(&self, action: &str, body: &Value) -> Result<Map<String, Value>, IdentityError> {
        let address = self.endpoint.join("/");
        let request = Request::post(&address)
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSCognitoIdentityService.{action}"));
        let answer = self.http.send(build(request, body.to_string().into_bytes())).await?;
        if answer.status().is_success() {
            return json::object(answer.body()).map_err(|_| self.unexpected());
        }
        let header = answer.headers().get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let status = answer.status().as_u16();
        refusal(header, answer.body()).ok_or_else(|| HttpError::Status { address, status }.into()).and_then(Err)
    }

    fn unexpected(&self) -> IdentityError {
        HttpError::Unexpected { address: self.endpoint.join("/"), expected: "an identity or credentials" }.into()
    }
}

/// Credentials of an answer. The secrets are moved out of it, not copied.
pub(crate) fn read(credentials: &mut Value) -> Option<AwsCredentials> {
    let credentials = credentials.as_object_mut()?;
    let expires_at = credentials.get("Expiration").and_then(seconds);
    let mut take = |name| match credentials.shift_remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    Some(AwsCredentials {
        access_key_id: take("AccessKeyId")?,
        secret_access_key: take("SecretKey")?.into(),
        session_token: Some(take("SessionToken")?.into()),
        expires_at,
    })
}

/// A refusal, whose code is `NAMESPACE#CODE:ADDRESS` in a header or the body.
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>
pub(crate) fn refusal(header: Option<&str>, body: &[u8]) -> Option<IdentityError> {
    let body = json::object(body).unwrap_or_default();
    let given = header.or_else(|| text(&body, "__type")).or_else(|| text(&body, "code"))?;
    let code = given.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().trim();
    let message = text(&body, "message").or_else(|| text(&body, "Message")).unwrap_or_default();
    (!code.is_empty()).then(|| IdentityError::Refused { code: shown(code), message: shown(message) })
}

fn text<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    map.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn in_brackets(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}

/// The service writes whole seconds as a fraction.
fn seconds(value: &Value) -> Option<u64> {
    let fraction = value.as_f64().filter(|seconds| (0.0..1e15).contains(seconds))?;
    format!("{fraction:.0}").parse().ok()
}

fn usually(code: &str) -> &'static str {
    match code {
        "NotAuthorizedException" => {
            "the pool allows no guests, the ID token expired, or its issuer and app client are not a provider of the pool"
        }
        "ResourceNotFoundException" => "the pool is in another region or account, or was deleted",
        "InvalidIdentityPoolConfigurationException" => {
            "the pool has no role for this user, or the role's trust policy does not name the pool"
        }
        "InvalidParameterException" => "the provider has another name, or the pool's id is not complete",
        "TooManyRequestsException" => "try again later",
        _ => "the service failed; try again later",
    }
}
