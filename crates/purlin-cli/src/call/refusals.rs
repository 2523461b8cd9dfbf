//! Explains API Gateway's refusals. The same few messages have many causes, so the request is taken into account.
//!
//! The kinds are those of the [gateway responses](https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).

use std::time::{SystemTime, UNIX_EPOCH};

use http::{Method, Response, Uri};
use purlin_auth::{ExposeSecret, HttpError, SecretString, Unverified};
use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::text::harmless;

/// The credentials that were sent, without secrets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) token: Sent,
    pub(crate) has_api_key: bool,
    pub(crate) is_signed: bool,
}

/// A bearer token as it was sent.
#[derive(Clone, Debug, Default)]
pub(crate) enum Sent {
    #[default]
    Nothing,
    /// Text that is not a token.
    Garbage,
    Token(Unverified),
}

impl Sent {
    /// The credentials that were sent.
    pub(crate) fn of(token: Option<&SecretString>) -> Self {
        match token.map(|token| Unverified::read(token.expose_secret())) {
            None => Self::Nothing,
            Some(Err(_)) => Self::Garbage,
            Some(Ok(token)) => Self::Token(token),
        }
    }

    fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

/// The meaning of a refusal: what is wrong, and what to do.
type Meaning = (String, String);

/// A refusal, explained: the request, the response, its meaning, what to do.
pub(crate) fn explain<B: AsRef<[u8]>>(method: &Method, address: &Uri, answer: &Response<B>, given: &Given) -> Failure {
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(answer.body().as_ref()).unwrap_or_default();
    let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default();
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = header("x-amzn-errortype").split(':').next().unwrap_or_default();
    let challenge = header("www-authenticate");
    let (what, hint) = match status {
        401 => unauthorized(given, challenge),
        403 => forbidden(message, kind, given, challenge),
        429 => throttled(message),
        500.. => broken(status, kind),
        _ => other(status, message),
    };
    let place = format!("{}://{}{}", address.scheme_str().unwrap_or("https"), authority(address), address.path());
    let mut failure = Failure::new(Kind::Aws, format!("{method} {place} is refused with {status}: {what}")).hint(hint);
    let said = [message, kind, challenge].into_iter().filter(|text| !text.is_empty());
    let said: Vec<String> = said.map(|text| format!("`{}`", harmless(text))).collect();
    if !said.is_empty() {
        failure = failure.detail(format!("  the response: {}", said.join(", ")));
    }
    if let Sent::Token(token) = &given.token {
        failure = failure.detail(format!("  the token: {}", described(token)));
    }
    failure
}

/// The failure of a request without a response.
pub(crate) fn unanswered(error: &HttpError) -> Failure {
    let kind = if matches!(error, HttpError::Insecure(_)) { Kind::Usage } else { Kind::Aws };
    let failure = Failure::new(kind, format!("there is no answer: {error}"));
    match error {
        HttpError::Unreachable { reason, .. } => failure.hint(reach(reason)),
        HttpError::Insecure(_) => failure.hint("call it by `https`: tokens and keys are never sent unencrypted"),
        HttpError::Timeout { .. } => failure.hint("API Gateway's limit is 29 s; a proxy may be in between"),
        _ => failure,
    }
}

/// Why a host cannot be reached, by the system's message.
pub(crate) fn reach(reason: &str) -> &'static str {
    let reason = reason.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["dns", "lookup", "resolve", "name or service"]) {
        "the name is not in the DNS: a record is missing, not yet visible, or the stack is deleted"
    } else if has(&["certificate", "unknownissuer", "notvalidforname", "tls", "ssl", "handshake"]) {
        "its certificate is not for this name, not trusted here, or not in use yet"
    } else if has(&["refused"]) {
        "nothing listens there: is it deployed, and is the port right?"
    } else {
        "check the network, the name, and who may connect (security groups, a VPN for what is private)"
    }
}

fn unauthorized(given: &Given, challenge: &str) -> Meaning {
    let get = "get one by `--token-from STACK`, or pipe it in: `purlin token STACK | purlin call URL --token-stdin`";
    match &given.token {
        Sent::Nothing if given.is_signed => (
            "it requires a token, and a signature was sent".to_owned(),
            format!("this method has an authorizer for tokens, not `AWS_IAM`; {get}"),
        ),
        Sent::Nothing => ("it requires a token, and none was sent".to_owned(), get.to_owned()),
        Sent::Garbage => {
            ("what was sent is no token".to_owned(), format!("a token is three parts with dots between them; {get}"))
        }
        Sent::Token(token) => refused_token(token, challenge),
    }
}

fn refused_token(token: &Unverified, challenge: &str) -> Meaning {
    let text = |name: &str| token.claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    if let Some(late) = token.claims.get("exp").and_then(Value::as_u64).and_then(|until| now.checked_sub(until)) {
        return (format!("the token expired {late} s ago"), "get a new one: `purlin token STACK`".to_owned());
    }
    if challenge.contains("insufficient_scope") {
        return scope();
    }
    match text("token_use") {
        "id" => (
            "the token is not taken, and it is an ID token".to_owned(),
            "a method with scopes takes access tokens alone: `purlin token STACK` prints one; else it is of another \
             pool or client than the API's authorizer has"
                .to_owned(),
        ),
        _ => (
            "the token is not taken".to_owned(),
            "it is of another user pool than the API's authorizer has, lacks the method's scope, or the method has no \
             scopes, and then takes ID tokens alone; `purlin token decode` shows whether it is genuine, `purlin status \
             STACK` shows the pool"
                .to_owned(),
        ),
    }
}

fn scope() -> Meaning {
    (
        "the token lacks the scope that the method requires".to_owned(),
        "ask for it: `purlin token STACK --scope SCOPE`; the app client has to be allowed it in the stack \
         (`OAuth` scopes of the client, a scope of a resource server)"
            .to_owned(),
    )
}

/// Words and kinds of a 403: any of these; what is wrong, and what to do.
const FORBIDDEN: [(&[&str], &str, &str); 5] = [
    (
        &["Missing Authentication Token", "MissingAuthenticationTokenException"],
        "there is no such path or method, or it requires a signature",
        "compare path, stage and method with the stack's (`purlin outputs STACK`); for a method with `AWS_IAM`, sign by \
         `--sign`",
    ),
    (
        &["key=value pair", "'Credential' parameter", "IncompleteSignatureException"],
        "there is no such path or method, or it requires a signature, and a token was sent",
        "compare path, stage and method with the stack's; for a method with `AWS_IAM`, sign by `--sign` instead",
    ),
    (
        &["signature we calculated"],
        "the signature is for another region, service, host or body",
        "a custom domain contains neither its region nor its service: give `--region`, and `--service` unless it is \
         `execute-api`",
    ),
    (
        &["Signature expired", "Signature not yet current"],
        "the signature's time is not now",
        "set this machine's clock: signatures are valid for 5 minutes",
    ),
    (
        &["security token included in the request", "UnrecognizedClientException", "ExpiredTokenException"],
        "the AWS credentials are not known there, or are over",
        "sign in again (`aws sso login`), or choose another `--profile`; `--local` signs for the emulator",
    ),
];

fn forbidden(message: &str, kind: &str, given: &Given, challenge: &str) -> Meaning {
    let contains = |words: &[&str]| words.iter().any(|word| message.contains(word) || kind == *word);
    if challenge.contains("insufficient_scope") {
        return scope();
    }
    if let Some((_, what, hint)) = FORBIDDEN.iter().find(|(words, ..)| contains(words)) {
        return ((*what).to_owned(), (*hint).to_owned());
    }
    if contains(&["not authorized to perform", "not authorized to access", "AccessDeniedException"]) {
        return denied(given);
    }
    let (what, hint) = match (given.has_api_key, given.token.is_there()) {
        (true, _) => (
            "the API key is not taken",
            "it is disabled, mistyped, or in no usage plan of this stage; `--api-key-id ID` takes it from API Gateway, \
             and `purlin status STACK` shows its id. A custom domain without a mapping for the path returns the same",
        ),
        (false, true) => (
            "the token lacks the method's scope, or the method requires an API key too",
            "`purlin token STACK --scope SCOPE` asks for a scope; give a key by `--api-key-id ID` or `--api-key-env NAME`",
        ),
        (false, false) => (
            "it requires an API key, and none was sent",
            "give it by `--api-key-id ID` (`purlin status STACK` shows the id) or `--api-key-env NAME`; a web ACL, or a \
             custom domain without a mapping for the path, returns the same",
        ),
    };
    (what.to_owned(), hint.to_owned())
}

fn denied(given: &Given) -> Meaning {
    if given.is_signed {
        return (
            "the credentials that signed the request may not call it".to_owned(),
            "allow `execute-api:Invoke` on `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH` to that role, \
             and look at the API's own policy"
                .to_owned(),
        );
    }
    if given.token.is_there() {
        return (
            "the token is genuine, but does not suffice".to_owned(),
            "it lacks the method's scope (`purlin token STACK --scope SCOPE` asks for one; the app client has to be \
             allowed it), a function that authorizes said no, or the API's own policy does"
                .to_owned(),
        );
    }
    (
        "anonymous callers may not call it".to_owned(),
        "sign by `--sign`, send a token by `--token-from STACK`, or look at the API's own policy".to_owned(),
    )
}

fn throttled(message: &str) -> Meaning {
    if message.contains("Limit Exceeded") {
        return (
            "the API key's quota is used up".to_owned(),
            "the usage plan limits the requests per day, week or month; raise it in the stack, or wait for the next"
                .to_owned(),
        );
    }
    (
        "too many requests in a short time".to_owned(),
        "the usage plan's, the stage's or the account's rate is exceeded: call less often, or raise `rateLimit` and `burstLimit`".to_owned(),
    )
}

fn broken(status: u16, kind: &str) -> Meaning {
    let meaning = |what: &str, hint: &str| (what.to_owned(), hint.to_owned());
    match (status, kind) {
        (500, "AuthorizerConfigurationException" | "AuthorizerFailureException") => meaning(
            "the authorizer does not work",
            "its function failed, or API Gateway may not invoke it; `purlin logs STACK` shows what it wrote",
        ),
        (500 | 502, _) => meaning(
            "what stands behind the API failed",
            "`purlin logs STACK` shows what the function wrote; a proxied one answers `{\"statusCode\": 200, \"body\": \"text\"}`, \
             and API Gateway needs the permission to invoke it",
        ),
        (503, _) => meaning("what stands behind the API is not there", "`purlin status STACK` shows whether it runs"),
        (504, _) => meaning(
            "what stands behind the API took too long",
            "API Gateway's limit is 29 s; `purlin logs STACK` shows how far it came",
        ),
        _ => meaning("the server failed", "`purlin logs STACK` shows what was written meanwhile"),
    }
}

fn other(status: u16, message: &str) -> Meaning {
    let meaning = |what: &str, hint: &str| (what.to_owned(), hint.to_owned());
    match status {
        404 => {
            meaning("there is nothing there", "compare path, stage and method with the stack's: `purlin outputs STACK`")
        }
        400 if message.contains("Invalid request body") => {
            meaning("the body does not match the method's model", "compare it with the model in the stack")
        }
        405 => meaning("the method is not allowed there", "choose another by `--method`"),
        413 => meaning("the request is too large", "API Gateway takes 10 MB, and a function 6 MB"),
        415 => meaning("the content type is not taken", "give it by `--header 'Content-Type: application/json'`"),
        _ => meaning("the request is refused", "the response body may have the reason"),
    }
}

/// The unverified claims that help to explain a refusal, never the token itself.
fn described(token: &Unverified) -> String {
    let text = |name: &str| token.claims.get(name).and_then(Value::as_str).map(harmless);
    let parts = [
        text("token_use").map(|it| format!("{it} token")),
        text("iss").map(|it| format!("of `{}`", it.rsplit('/').next().unwrap_or_default())),
        text("client_id").or(text("aud")).map(|it| format!("for client `{it}`")),
        Some(format!("scopes: {}", text("scope").unwrap_or_else(|| "none".to_owned()))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn authority(address: &Uri) -> &str {
    address.authority().map_or("", http::uri::Authority::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn token(claims: Value) -> Given {
        let Value::Object(claims) = claims else { panic!("{claims}") };
        Given { token: Sent::Token(Unverified { header: Map::new(), claims }), ..Given::default() }
    }

    fn explained(status: u16, headers: &[(&str, &str)], body: &str, given: &Given) -> Failure {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let address = "https://abc.execute-api.eu-west-1.amazonaws.com/prod/?token=hush".parse().unwrap();
        explain(&Method::GET, &address, &answer.body(body.as_bytes()).unwrap(), given)
    }

    /// Status, headers, body, what was sent; what is wrong, and what to do.
    type Case<'a> = (u16, Vec<(&'a str, &'a str)>, String, &'a Given, &'a str, &'a str);

    #[test]
    fn every_refusal_has_its_meaning_and_a_hint() {
        let anonymous = Given::default();
        let keyed = Given { has_api_key: true, ..Given::default() };
        let signed = Given { is_signed: true, ..Given::default() };
        let access = token(
            json!({"token_use": "access", "exp": 9_999_999_999_u64, "scope": "a/b", "iss": "https://x/eu-west-1_A"}),
        );
        let id = token(json!({"token_use": "id", "exp": 9_999_999_999_u64, "aud": "4abc"}));
        let old = token(json!({"token_use": "access", "exp": 1}));
        let garbage = Given { token: Sent::Garbage, ..Given::default() };
        let insufficient = ("www-authenticate", "Bearer scope=\"a/c\" error=\"insufficient_scope\"");
        let forbidden = ("x-amzn-errortype", "ForbiddenException");
        let message = |text: &str| format!("{{\"message\":\"{text}\"}}");
        let cases: Vec<Case<'_>> = vec![
            (401, vec![], message("Unauthorized"), &anonymous, "none was sent", "--token-from"),
            (401, vec![], message("Unauthorized"), &signed, "a signature was sent", "--token-stdin"),
            (401, vec![], message("Unauthorized"), &garbage, "no token", "three parts"),
            (401, vec![], message("The incoming token has expired"), &old, "expired", "purlin token"),
            (401, vec![], message("Unauthorized"), &id, "ID token", "access tokens alone"),
            (401, vec![], message("Unauthorized"), &access, "not taken", "another user pool"),
            (403, vec![insufficient], message("Forbidden"), &access, "lacks the scope", "--scope"),
            (403, vec![forbidden], message("Forbidden"), &anonymous, "requires an API key", "--api-key-id"),
            (403, vec![forbidden], message("Forbidden"), &keyed, "key is not taken", "usage plan"),
            (403, vec![forbidden], message("Forbidden"), &access, "scope, or", "--api-key-env"),
            (403, vec![], message("Missing Authentication Token"), &anonymous, "no such path", "--sign"),
            (
                403,
                vec![],
                message("Invalid key=value pair (missing equal-sign) in Authorization header"),
                &access,
                "a token was sent",
                "--sign",
            ),
            (
                403,
                vec![],
                message("The request signature we calculated does not match"),
                &signed,
                "another region",
                "--region",
            ),
            (403, vec![], message("Signature expired: x"), &signed, "time is not now", "clock"),
            (
                403,
                vec![],
                message("The security token included in the request is invalid."),
                &signed,
                "credentials",
                "--profile",
            ),
            (
                403,
                vec![],
                "{\"Message\":\"User: x is not authorized to perform: execute-api:Invoke\"}".into(),
                &signed,
                "may not call",
                "execute-api:Invoke",
            ),
            (
                403,
                vec![],
                message("User is not authorized to access this resource"),
                &access,
                "does not suffice",
                "--scope",
            ),
            (
                403,
                vec![],
                "{\"Message\":\"User: anonymous is not authorized to perform: x\"}".into(),
                &anonymous,
                "anonymous callers",
                "--sign",
            ),
            (429, vec![], message("Limit Exceeded"), &keyed, "quota is used up", "usage plan"),
            (429, vec![], message("Too Many Requests"), &keyed, "too many", "less often"),
            (
                500,
                vec![("x-amzn-errortype", "AuthorizerConfigurationException")],
                String::new(),
                &access,
                "authorizer",
                "purlin logs",
            ),
            (502, vec![], message("Internal server error"), &access, "behind the API failed", "statusCode"),
            (504, vec![], message("Endpoint request timed out"), &access, "too long", "29 s"),
            (503, vec![], String::new(), &anonymous, "not there", "purlin status"),
            (404, vec![], message("Not Found"), &anonymous, "nothing there", "purlin outputs"),
            (415, vec![], String::new(), &anonymous, "content type", "Content-Type"),
        ];
        for (status, headers, body, given, what, hint) in cases {
            let failure = explained(status, &headers, &body, given);
            assert!(failure.message.contains(what), "{status} {body}: {}", failure.message);
            assert!(failure.hints.concat().contains(hint), "{status} {body}: {:?}", failure.hints);
            assert!(!format!("{failure:?}").contains("hush"), "an address's query may be secret: {failure:?}");
            assert_eq!(failure.kind as u8, 4);
        }
    }

    #[test]
    fn what_was_sent_is_described_without_itself() {
        let given = token(
            json!({"token_use": "access", "iss": "https://x/eu-west-1_A", "client_id": "4abc", "scope": "a/b", "exp": 9_999_999_999_u64}),
        );
        let failure = explained(401, &[], "{\"message\":\"Unauthorized\"}", &given);
        assert_eq!(
            failure.details,
            [
                "  the response: `Unauthorized`",
                "  the token: access token, of `eu-west-1_A`, for client `4abc`, scopes: a/b"
            ]
        );
    }

    #[test]
    fn causes_of_a_missing_response_are_told_apart() {
        for (reason, expected) in [
            ("client error (Connect): dns error: failed to lookup address information", "DNS"),
            ("client error (Connect): invalid peer certificate: NotValidForName", "certificate"),
            ("tcp connect error: Connection refused (os error 111)", "nothing listens"),
            ("deadline has elapsed", "network"),
        ] {
            assert!(reach(reason).contains(expected), "{reason}");
        }
    }
}
