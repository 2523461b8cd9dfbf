//! The credentials of a call: a bearer token, an API key, a signature, or none.

use std::path::Path;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request};
use purlin_auth::{AwsCredentials, ExposeSecret, Http, SecretString, Signer};
use purlin_deploy::{Session, without_dns_suffix};
use serde_json::Value;

use super::refusals::{Given, Sent};
use crate::args::{Call, PoolRef, Proof};
use crate::failure::{Failure, Kind};
use crate::secret_input::Source;
use crate::target;
use crate::terminal::Terminal;
use crate::token::client::{self, MACHINE};
use crate::token::{machine, secret};

/// The credentials of a call.
#[derive(Default)]
pub(crate) struct Caller {
    token: Option<SecretString>,
    api_key: Option<SecretString>,
    signature: Option<(Signer, AwsCredentials)>,
    emulator: Option<String>,
}

impl Caller {
    /// The credentials that the options name. AWS is called only for those that it has.
    pub(super) async fn of(app: Option<&Path>, args: &Call, terminal: &Terminal) -> Result<Self, Failure> {
        let proof = &args.proof;
        let mut caller = Self::default();
        if proof.sign || proof.api_key_id.is_some() || args.place.local {
            let session = Box::pin(target::connect(&args.place, terminal)).await?;
            caller.emulator = session.emulator_endpoint().map(str::to_owned);
            if proof.sign {
                let region = region(&args.url).unwrap_or_else(|| session.target().region.clone());
                let keys = secret::keys(&session).await?;
                caller.signature = Some((Signer::new(region, &proof.service), keys));
            }
            if let Some(id) = &proof.api_key_id {
                caller.api_key = Some(api_key(&session, id).await?);
            }
        }
        caller.token = token(app, args, terminal).await?;
        if proof.api_key_stdin || proof.api_key_env.is_some() {
            let source = Source::of(proof.api_key_stdin, proof.api_key_env.as_deref());
            caller.api_key = Some(source.read("API key", "name a variable with `--api-key-env NAME`", terminal).await?);
        }
        Ok(caller)
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

/// The region in an address of AWS, which a signature needs.
fn region(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let host = without_dns_suffix(uri.host()?)?;
    host.rsplit('.').next().filter(|region| region.contains('-')).map(str::to_owned)
}

/// The value of an API key, from API Gateway.
pub(crate) async fn api_key(session: &Session, id: &str) -> Result<SecretString, Failure> {
    let address = format!("{}/apikeys/{id}?includeValue=true", session.endpoint("apigateway"));
    let request = Request::get(address).header("accept", "application/json").body(Vec::new());
    let request = request.map_err(|_| Failure::usage(format!("`{id}` is no id of an API key")))?;
    let service = Signer::new(&session.target().region, "apigateway");
    let signed =
        service.sign(request, &secret::keys(session).await?).map_err(|error| Failure::bug(error.to_string()))?;
    let answer = Http::new().send(signed).await;
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
    fn a_signature_is_for_the_region_of_the_address() {
        for (url, expected) in [
            ("https://abc.execute-api.eu-west-1.amazonaws.com/prod", Some("eu-west-1")),
            ("https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod", Some("cn-north-1")),
            ("https://abc.execute-api.eusc-de-east-1.amazonaws.eu/prod", Some("eusc-de-east-1")),
            ("https://abc.execute-api.us-iso-east-1.c2s.ic.gov/prod", Some("us-iso-east-1")),
            ("https://api.example.com/prod", None),
        ] {
            assert_eq!(region(url).as_deref(), expected);
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
