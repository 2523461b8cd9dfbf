//! Where an app client's secret comes from: Cognito itself, Secrets Manager, a prompt, standard
//! input or the environment.

use purlin_auth::{AwsCredentials, Http, SecretString, Signer};
use purlin_deploy::Session;
use serde_json::{Value, json};

use super::client::Chosen;
use crate::args::SecretFrom;
use crate::failure::{Failure, Kind};
use crate::secret_input::Source;
use crate::terminal::Terminal;

/// The default names of the member of a secret in JSON.
const USUAL: [&str; 4] = ["client_secret", "clientSecret", "ClientSecret", "secret"];

/// The client's secret, if it has one.
pub(crate) async fn of(
    chosen: &Chosen,
    from: &SecretFrom,
    terminal: &Terminal,
) -> Result<Option<SecretString>, Failure> {
    if let Some(name) = &from.secret_id {
        return of_secrets_manager(&chosen.http, &chosen.session, name).await.map(Some);
    }
    if !from.secret_stdin && !from.secret_prompt && from.secret_env.is_none() {
        return Ok(chosen.client.secret.clone());
    }
    let source = Source::of(from.secret_stdin, from.secret_env.as_deref());
    let what = format!("secret of client `{}`", chosen.client.name);
    let secret =
        source.read(&what, "pipe it in with `--secret-stdin`, or name a variable with `--secret-env NAME`", terminal);
    secret.await.map(Some)
}

/// The AWS credentials in use, for signing.
pub(crate) async fn keys(session: &Session) -> Result<AwsCredentials, Failure> {
    let keys = session.access_keys().await?;
    Ok(AwsCredentials {
        access_key_id: keys.id,
        secret_access_key: keys.secret,
        session_token: keys.session_token,
        expires_at: None,
    })
}

/// A secret's value: `NAME`, or `NAME:KEY` of one that is JSON. ARNs have seven parts of their own.
async fn of_secrets_manager(http: &Http, session: &Session, given: &str) -> Result<SecretString, Failure> {
    let (id, key) = apart(given);
    let request = http::Request::post(format!("{}/", session.endpoint("secretsmanager")))
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "secretsmanager.GetSecretValue")
        .body(json!({ "SecretId": id }).to_string().into_bytes())
        .map_err(|error| Failure::bug(error.to_string()))?;
    let service = Signer::new(&session.target().region, "secretsmanager");
    let signed = service.sign(request, &keys(session).await?).map_err(|error| Failure::bug(error.to_string()))?;
    let answer = http.send(signed).await;
    let answer =
        answer.map_err(|error| Failure::new(Kind::Aws, format!("Secrets Manager does not answer: {error}")))?;
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if !answer.status().is_success() {
        return Err(refused(id, &body, session));
    }
    let text = body["SecretString"].as_str().ok_or_else(|| Failure::usage(format!("secret `{id}` is not text")))?;
    member(text, key).map(SecretString::from).map_err(|why| Failure::usage(format!("secret `{id}` {why}")))
}

fn apart(given: &str) -> (&str, Option<&str>) {
    let parts = given.split(':').count();
    let is_arn = given.starts_with("arn:");
    match given.rsplit_once(':') {
        Some((id, key)) if (is_arn && parts > 7) || (!is_arn && parts > 1) => (id, Some(key)),
        _ => (given, None),
    }
}

/// The member of a secret. Its value is never part of a message.
fn member(text: &str, key: Option<&str>) -> Result<String, String> {
    let object = serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
    match (object, key) {
        (None, None) => Ok(text.to_owned()),
        (None, Some(key)) => Err(format!("is no JSON object, and so has no `{key}`: leave `:{key}` out")),
        (Some(object), Some(key)) => object[key]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| format!("has no text `{key}`; it has {}", names(&object))),
        (Some(object), None) => USUAL
            .iter()
            .find_map(|key| object[*key].as_str())
            .map(str::to_owned)
            .ok_or_else(|| format!("is a JSON object; name the part with `:KEY`: it has {}", names(&object))),
    }
}

fn names(object: &Value) -> String {
    let names = object.as_object().into_iter().flat_map(|all| all.keys());
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn refused(id: &str, body: &Value, session: &Session) -> Failure {
    let code = body["__type"].as_str().unwrap_or_default();
    let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or("without a reason");
    let code = code.rsplit('#').next().unwrap_or_default();
    let site = session.target();
    match code {
        "ResourceNotFoundException" => {
            let place = format!("account `{}`, region `{}`", site.account, site.region);
            Failure::usage(format!("there is no secret `{id}` in {place}"))
                .hint("leave `--secret-id` out, and Cognito is asked for the client's secret")
        }
        _ => Failure::new(Kind::Aws, format!("Secrets Manager refuses secret `{id}`: {message}")).hint(format!(
            "allow `secretsmanager:GetSecretValue` on it, and `kms:Decrypt` if it has a key of its own ({code})"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_with_or_without_a_part_of_it() {
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:m2m/client-AbCdEf";
        let with_key = format!("{arn}:client_secret");
        let cases = [
            ("m2m/client", ("m2m/client", None)),
            ("m2m/client:client_secret", ("m2m/client", Some("client_secret"))),
            (arn, (arn, None)),
            (&with_key, (arn, Some("client_secret"))),
        ];
        for (given, expected) in cases {
            assert_eq!(apart(given), expected);
        }
    }

    #[test]
    fn only_the_member_that_is_named_is_shown() {
        let json = r#"{"client_id": "4abc", "client_secret": "hush"}"#;
        let other = r#"{"a": "hush", "b": 3}"#;
        for (text, key, expected) in [
            ("hush", None, Ok("hush")),
            (json, None, Ok("hush")),
            (json, Some("client_id"), Ok("4abc")),
            ("hush", Some("a"), Err("no JSON object")),
            (other, None, Err("it has `a`, `b`")),
            (other, Some("b"), Err("has no text `b`")),
        ] {
            let found = member(text, key);
            match expected {
                Ok(value) => assert_eq!(found.as_deref(), Ok(value)),
                Err(why) => {
                    let error = found.unwrap_err();
                    assert!(error.contains(why) && !error.contains("hush"), "{error}");
                }
            }
        }
    }
}
