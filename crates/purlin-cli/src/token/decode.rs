//! `purlin token decode`: verifies a token with the keys of its pool, and prints its claims.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use purlin_auth::{CognitoVerifier, Endpoint, ExposeSecret, SecretString, TokenError, Unverified};
use purlin_deploy::without_dns_suffix;
use serde_json::{Map, Value};

use crate::args::{Decode, PoolRef};
use crate::failure::{Failure, Kind};
use crate::secret_input::Source;
use crate::target;
use crate::terminal::Terminal;
use crate::text::harmless;
use crate::user::pool;
use crate::view::span;

pub(super) async fn run(app: Option<&Path>, args: &Decode, terminal: &Terminal) -> Result<(), Failure> {
    let source = match &args.token_env {
        Some(name) => Source::Environment(name.clone()),
        None => Source::Stdin,
    };
    let token = source.read("token", "pipe it in: `purlin token STACK | purlin token decode`", terminal).await?;
    let token = SecretString::from(bare(token.expose_secret()));
    let text = token.expose_secret();
    let read = Unverified::read(text).map_err(|error| wrong(&error, None))?;
    let verifier = verifier(app, args, &read, terminal).await?;
    let kind = read.claims.get("token_use").and_then(Value::as_str);
    let (claims, has, until) = if kind == Some("id") {
        let claims = verifier.id(text).await.map_err(|error| wrong(&error, Some(&read)))?;
        (claims.all().clone(), Vec::new(), claims.expires_at())
    } else {
        let claims = verifier.access(text).await.map_err(|error| wrong(&error, Some(&read)))?;
        (claims.all().clone(), claims.scopes().to_vec(), claims.expires_at())
    };
    if let Some(missing) = args.scope.iter().find(|scope| !has.contains(scope)) {
        return Err(Failure::new(Kind::Aws, format!("the token is genuine, but has no scope `{missing}`"))
            .detail(format!("  it has: {}", if has.is_empty() { "none".to_owned() } else { has.join(", ") }))
            .hint("ask for the scope when you get the token; the app client has to be allowed it"));
    }
    let kind = kind.unwrap_or("access");
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    terminal.eprint(&format!("a genuine {kind} token of `{issuer}`{}", left(until)));
    terminal.print_document(&format!("{:#}", Value::Object(claims)));
    Ok(())
}

/// The time until a token expires.
pub(super) fn left(until: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!(", good for {}", span(Duration::from_secs(until).saturating_sub(now)))
}

/// The token without quotes and `Bearer` around it.
fn bare(given: &str) -> String {
    let given = given.trim().trim_matches('"');
    given.strip_prefix("Bearer ").unwrap_or(given).trim().to_owned()
}

/// A verifier of the pool that is given, else of the pool that the token names.
async fn verifier(
    app: Option<&Path>,
    args: &Decode,
    read: &Unverified,
    terminal: &Terminal,
) -> Result<CognitoVerifier, Failure> {
    let named = args.stack.is_some() || args.pool.user_pool.is_some();
    let issuer = read.claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let (region, said) = parts(issuer).unwrap_or_default();
    let verifier = if named || args.pool.place.local {
        let mut wanted = PoolRef { user_pool: args.pool.user_pool.clone(), place: args.pool.place.clone() };
        if !named {
            wanted.user_pool = Some(said.to_owned());
        }
        let place = Box::pin(pool::find(app, args.stack.as_deref(), &wanted, terminal)).await?;
        let verifier = of_pool(&place.pool.id, if said == place.pool.id { region } else { "" })?;
        match place.session.emulator_endpoint().map(str::parse::<Endpoint>) {
            Some(Ok(here)) => verifier.keys_from(&here),
            _ => verifier,
        }
    } else {
        if said.is_empty() {
            return Err(foreign(issuer, read));
        }
        of_pool(said, region)?
    };
    let verifier = verifier.http(target::http(&args.pool.place).await?);
    Ok(match &args.client {
        Some(client) => verifier.client(client),
        None => verifier.any_client(),
    })
}

/// A verifier of the pool, with its replica in the region that the token names.
fn of_pool(id: &str, region: &str) -> Result<CognitoVerifier, Failure> {
    let verifier = CognitoVerifier::new(id).and_then(|verifier| match id.split('_').next() {
        Some(first) if !region.is_empty() && region != first => verifier.replica(region),
        _ => Ok(verifier),
    });
    verifier.map_err(|error| Failure::usage(error.to_string()))
}

/// Region and pool of an issuer of Cognito: the original one, the updated one, or a replica's.
fn parts(issuer: &str) -> Option<(&str, &str)> {
    let (host, pool) = issuer.strip_prefix("https://")?.split_once('/')?;
    let mut labels = without_dns_suffix(host)?.split('.');
    let (service, region) = (labels.next()?, labels.next()?);
    let is_pool = pool.split_once('_').is_some_and(|(_, name)| name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let is_cognito = ["cognito-idp", "issuer-cognito-idp"].contains(&service) && labels.next().is_none();
    (is_cognito && is_pool).then_some((region, pool))
}

fn foreign(issuer: &str, read: &Unverified) -> Failure {
    let failure =
        Failure::new(Kind::Aws, format!("the token is not of a user pool: its `iss` is `{}`", harmless(issuer)));
    with_claims(failure, Some(read)).hint(
        "tokens of user pools have `https://cognito-idp.REGION.amazonaws.com/POOL` there, or the updated \
         `https://issuer-cognito-idp.REGION.amazonaws.com/POOL`; the claims of a load balancer and tokens of other issuers \
         are not checked here",
    )
}

/// Why a token is rejected, its unverified claims, and what to do.
fn wrong(error: &TokenError, read: Option<&Unverified>) -> Failure {
    let failure = with_claims(Failure::new(Kind::Aws, format!("the token is not valid: {error}")), read);
    failure.hint(match error {
        TokenError::Early { .. } => "set this machine's clock; tokens are good from when they were made",
        TokenError::Keys(_) | TokenError::RateLimited(_) => {
            "the keys could not be read: check the network, and try again; `--local` for the emulator's"
        }
        TokenError::UnknownKey(_) => "it is of another pool, of one that was deleted, or of the emulator (`--local`)",
        TokenError::Signature => "it was changed, or not copied completely; get a new one",
        TokenError::Mismatch { claim: "iss", .. } => {
            "it is of another user pool: name the right stack or `--user-pool ID`"
        }
        TokenError::Mismatch { claim: "client_id" | "aud", .. } => {
            "it is for another app client: leave `--client` out, or get one for it"
        }
        TokenError::Algorithm { .. } => {
            "user pools sign with RS256 alone; the claims of a balancer (`x-amzn-oidc-data`) are no token of theirs"
        }
        TokenError::Malformed(_) | TokenError::TooLarge { .. } => {
            "a token is three parts with dots between them; refresh tokens are encrypted, and only Cognito reads them"
        }
        _ => "get a new one: `purlin token` with the stack",
    })
}

/// The claims, marked as unverified.
fn with_claims(failure: Failure, read: Option<&Unverified>) -> Failure {
    let Some(read) = read else { return failure };
    let lines = |map: &Map<String, Value>| {
        map.iter()
            .map(|(name, value)| format!("    {}: {}", harmless(name), harmless(&value.to_string())))
            .collect::<Vec<_>>()
    };
    let mut details = vec!["  its claims, which are not verified:".to_owned()];
    details.extend(lines(&read.claims));
    Failure { details, ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_with_what_stands_around_them() {
        for given in ["a.b.c", " a.b.c\n", "Bearer a.b.c", "\"a.b.c\"", "Bearer  a.b.c "] {
            assert_eq!(bare(given), "a.b.c", "{given}");
        }
    }

    #[test]
    fn issuers_of_cognito_are_known_in_both_forms_and_every_partition() {
        let pool = "eu-west-1_AbCdEfGhI";
        for (issuer, expected) in [
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI", Some(("eu-west-1", pool))),
            ("https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI", Some(("eu-west-1", pool))),
            ("https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_AbCdEfGhI", Some(("us-east-1", pool))),
            (
                "https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_AbCdEfGhI",
                Some(("eusc-de-east-1", "eusc-de-east-1_AbCdEfGhI")),
            ),
            ("http://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI", None),
            ("https://cognito-idp.eu-west-1.amazonaws.com.evil.example/eu-west-1_AbCdEfGhI", None),
            ("https://x.cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI", None),
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC/DefGhI", None),
            ("https://login.example.com/", None),
            ("", None),
        ] {
            assert_eq!(parts(issuer), expected, "{issuer}");
            let (region, pool) = parts(issuer).unwrap_or_default();
            if !pool.is_empty() {
                let verifier = of_pool(pool, region).unwrap();
                let is_known = verifier.issuers().any(|known| known == issuer);
                assert!(is_known, "{issuer}: {:?}", verifier.issuers().collect::<Vec<_>>());
            }
        }
        let read = Unverified { header: Map::new(), claims: Map::new() };
        let failure = foreign("https://login.example.com/", &read);
        assert!(!failure.hints.concat().contains("--user-pool"), "naming a pool would not help: {failure:?}");
    }

    #[test]
    fn every_mistake_has_a_hint() {
        let read = Unverified {
            header: Map::new(),
            claims: Map::from_iter([("sub".to_owned(), Value::from("ada\u{1b}[2J"))]),
        };
        let stranger = |claim| TokenError::Mismatch { claim, found: "x".into(), expected: "`y`".into() };
        let cases = [
            (TokenError::Expired(5), "expired 5 s ago", "get a new one"),
            (TokenError::Signature, "does not fit", "changed"),
            (TokenError::UnknownKey("k".into()), "no key `k`", "another pool"),
            (stranger("iss"), "`iss` is `x`", "another user pool"),
            (stranger("client_id"), "`client_id` is `x`", "another app client"),
            (TokenError::Algorithm { found: "none".into(), expected: "RS256" }, "`none`", "RS256 alone"),
            (TokenError::Malformed("x".into()), "malformed", "three parts"),
            (TokenError::Early { claim: "iat", seconds: 60 }, "in the future", "clock"),
        ];
        for (error, what, hint) in cases {
            let failure = wrong(&error, Some(&read));
            assert!(failure.message.contains(what), "{}", failure.message);
            assert!(failure.hints[0].contains(hint), "{error}: {:?}", failure.hints);
            assert!(failure.details[1].contains("sub") && !failure.details[1].contains('\u{1b}'));
            assert_eq!(failure.kind as u8, 4);
        }
    }
}
