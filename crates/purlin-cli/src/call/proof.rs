//! The credentials of a call: a bearer token, an API key, a signature, or none.

use std::path::Path;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request};
use purlin_auth::{AwsCredentials, ExposeSecret, Http, SecretString, Signer};
use purlin_deploy::Session;
use serde_json::Value;

use super::host;
use super::refusals::{Given, Sent};
use crate::args::{Call, PoolRef, Proof};
use crate::failure::{Failure, Kind};
use crate::secret_input::Source;
use crate::target;
use crate::terminal::Terminal;
use crate::token::client::{self, MACHINE};
use crate::token::{machine, secret};

/// The service of hosts that do not name theirs: custom domains of API Gateway.
const API: &str = "execute-api";

/// The credentials of a call.
#[derive(Default)]
pub(crate) struct Caller {
    token: Option<SecretString>,
    api_key: Option<SecretString>,
    signature: Option<(Signer, AwsCredentials)>,
    emulator: Option<String>,
    http: Http,
}

impl Caller {
    /// The credentials that the options name. AWS is called only for those that it has.
    pub(super) async fn of(app: Option<&Path>, args: &Call, terminal: &Terminal) -> Result<Self, Failure> {
        let proof = &args.proof;
        let mut caller = Self { http: target::http(&args.place).await?, ..Self::default() };
        if proof.sign || proof.api_key_id.is_some() || args.place.local {
            let session = Box::pin(target::connect(&args.place, terminal)).await?;
            caller.emulator = session.emulator_endpoint().map(str::to_owned);
            if proof.sign {
                let signer = signer(&args.url, proof.service.as_deref(), &session.target().region);
                caller.signature = Some((signer, secret::keys(&session).await?));
            }
            if let Some(id) = &proof.api_key_id {
                caller.api_key = Some(api_key(&caller.http, &session, id).await?);
            }
        }
        caller.token = token(app, args, terminal).await?;
        if proof.api_key_stdin || proof.api_key_env.is_some() {
            let source = Source::of(proof.api_key_stdin, proof.api_key_env.as_deref());
            caller.api_key = Some(source.read("API key", "name a variable with `--api-key-env NAME`", terminal).await?);
        }
        Ok(caller)
    }

    /// What the request is sent with.
    pub(super) fn http(&self) -> Http {
        self.http.clone()
    }

    /// The emulator's address, with `--local`.
    pub(super) fn emulator(&self) -> Option<&str> {
        self.emulator.as_deref()
    }

    /// The request with the credentials.
    pub(super) fn prove(&self, mut request: Request<Vec<u8>>) -> Result<Request<Vec<u8>>, Failure> {
        let headers = request.headers_mut();
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, hidden(&format!("Bearer {}", token.expose_secret()), "token")?);
        }
        if let Some(key) = &self.api_key {
            headers.insert(HeaderName::from_static("x-api-key"), hidden(key.expose_secret(), "API key")?);
        }
        match &self.signature {
            Some((signer, keys)) => signer.sign(request, keys).map_err(|error| Failure::usage(error.to_string())),
            None => Ok(request),
        }
    }

    /// The kinds of credentials, for the explanation of a refusal; no secrets.
    pub(super) fn given(&self) -> Given {
        Given {
            token: Sent::of(self.token.as_ref()),
            has_api_key: self.api_key.is_some(),
            is_signed: self.signature.is_some(),
        }
    }

    #[cfg(test)]
    pub(super) fn anonymous(emulator: Option<&str>) -> Self {
        Self { emulator: emulator.map(str::to_owned), ..Self::default() }
    }
}

async fn token(app: Option<&Path>, args: &Call, terminal: &Terminal) -> Result<Option<SecretString>, Failure> {
    let Proof { token_from, client: wanted, token_stdin, token_env, .. } = &args.proof;
    if let Some(stack) = token_from {
        let pool = PoolRef { user_pool: None, place: args.place.clone() };
        let chosen = client::choose(app, Some(stack), &pool, wanted, &[MACHINE], terminal).await?;
        return machine(&chosen, wanted, terminal).await.map(Some);
    }
    if !token_stdin && token_env.is_none() {
        return Ok(None);
    }
    let source = Source::of(*token_stdin, token_env.as_deref());
    source.read("token", "name a variable with `--token-env NAME`", terminal).await.map(Some)
}

/// Signs for the host's region and service, as far as its name says them.
fn signer(url: &str, service: Option<&str>, region: &str) -> Signer {
    let uri: Option<http::Uri> = url.parse().ok();
    let place = uri.as_ref().and_then(http::Uri::host).map(host::of).unwrap_or_default();
    let service = service.map(str::to_owned).or(place.service).unwrap_or_else(|| API.to_owned());
    Signer::new(place.region.unwrap_or_else(|| region.to_owned()), service)
}

/// The value of an API key, from API Gateway.
pub(crate) async fn api_key(http: &Http, session: &Session, id: &str) -> Result<SecretString, Failure> {
    let address = format!("{}/apikeys/{id}?includeValue=true", session.endpoint("apigateway"));
    let request = Request::get(address).header("accept", "application/json").body(Vec::new());
    let request = request.map_err(|_| Failure::usage(format!("`{id}` is no id of an API key")))?;
    let service = Signer::new(&session.target().region, "apigateway");
    let signed =
        service.sign(request, &secret::keys(session).await?).map_err(|error| Failure::bug(error.to_string()))?;
    let answer = http.send(signed).await;
    let answer = answer.map_err(|error| Failure::new(Kind::Aws, format!("API Gateway does not answer: {error}")))?;
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if answer.status().as_u16() == 404 {
        return Err(Failure::usage(format!("there is no API key `{id}` in region `{}`", session.target().region))
            .hint("`purlin status STACK` shows the ids of a stack's API keys"));
    }
    let value = body["value"].as_str().filter(|_| answer.status().is_success());
    value.map(SecretString::from).ok_or_else(|| {
        let why = body["message"].as_str().unwrap_or("without a reason");
        Failure::new(Kind::Aws, format!("API Gateway refuses API key `{id}`: {why}")).hint(
            "allow `apigateway:GET` on `/apikeys/*` for the credentials in use, or give the key by `--api-key-env`",
        )
    })
}

fn hidden(text: &str, what: &str) -> Result<HeaderValue, Failure> {
    let mut value: HeaderValue =
        text.parse().map_err(|_| Failure::usage(format!("the {what} has letters that no header may have")))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_signed_as_their_service_wants_it() {
        let keys = AwsCredentials {
            access_key_id: "AKID".into(),
            secret_access_key: "hush".to_owned().into(),
            session_token: None,
            expires_at: None,
        };
        for (url, service, scope, has_hash) in [
            ("https://abc.execute-api.us-east-1.amazonaws.com/prod/", None, "/us-east-1/execute-api/", false),
            ("https://api.example.com/", None, "/eu-west-1/execute-api/", false),
            ("https://api.example.com/", Some("lambda"), "/eu-west-1/lambda/", false),
            ("https://abc.lambda-url.us-east-1.on.aws/", None, "/us-east-1/lambda/", false),
            ("https://b.s3.us-east-1.amazonaws.com/a//b%20c", None, "/us-east-1/s3/", true),
            ("https://b.s3.us-east-1.amazonaws.com/a//b%20c", Some("s3"), "/us-east-1/s3/", true),
            ("https://abc.us-east-1.aoss.amazonaws.com/_search", None, "/us-east-1/aoss/", true),
            ("https://abc.us-east-1.aoss.amazonaws.com/_search", Some("es"), "/us-east-1/es/", false),
        ] {
            let caller =
                Caller { signature: Some((signer(url, service, "eu-west-1"), keys.clone())), ..Caller::default() };
            let request = caller.prove(Request::get(url).body(Vec::new()).unwrap()).unwrap();
            let authorization = request.headers()["authorization"].to_str().unwrap();
            assert!(authorization.contains(scope), "{url}: {authorization}");
            assert_eq!(request.headers().contains_key("x-amz-content-sha256"), has_hash, "{url}");
        }
    }

    #[test]
    fn credentials_are_not_printed() {
        let caller = Caller {
            token: Some("hush".to_owned().into()),
            api_key: Some("hush".to_owned().into()),
            ..Caller::default()
        };
        let request = caller.prove(Request::get("https://x.example/").body(Vec::new()).unwrap()).unwrap();
        assert_eq!(request.headers()["authorization"], "Bearer hush");
        assert_eq!(request.headers()["x-api-key"], "hush");
        assert!(!format!("{:?}", request.headers()).contains("hush"));
        let odd = Caller { token: Some("a\nb".to_owned().into()), ..Caller::default() };
        let failure = odd.prove(Request::get("https://x.example/").body(Vec::new()).unwrap()).unwrap_err();
        assert!(failure.message.contains("the token has letters"), "{failure:?}");
    }
}
