//! Parsers and signer never panic, whatever a stranger sends and a setting says.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use crate::jose::{Algorithm, Token, seconds_of};
use crate::oauth::read_refusal;
use crate::{
    AlbVerifier, CognitoVerifier, Endpoint, IdentityPool, PendingLogin, Step, Tokens, Unverified, UserPoolDomain,
    clock, expired_alb_cookies, identity_pool, json, jwks, state_of,
};

/// Texts of all letters, and of the letters that the formats here are made of.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9_=+/.:;,&%?# {}\\[\\]\"-]{0,80}",
        "arn:aws:elasticloadbalancing:[a-z0-9-]{0,12}:[0-9]{0,13}:loadbalancer/app/[a-z/]{0,9}",
        "(S-[0-9]{0,4}=[a-z]?; ?){0,6}",
        "((code|state|iss|error)=[a-z%+0-9]{0,6}&?){0,5}",
        "(https?://)?[a-z0-9.@:\\[\\]-]{0,20}(/[a-zA-Z%.+]{0,6}){0,4}",
    ]
}

/// Any JSON, with numbers of every size.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4).prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

/// An object with some of these members.
fn object(names: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((prop::sample::select(names), value()), 0..names.len())
        .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn base64(object: &Map<String, Value>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Value::from(object.clone()).to_string())
}

proptest! {
    #[test]
    fn settings_are_taken_or_refused(text in text()) {
        let _ = (CognitoVerifier::new(&text), IdentityPool::new(&text), AlbVerifier::new(&text));
        let _ = (UserPoolDomain::from_prefix(&text, "eu-west-1"), UserPoolDomain::from_prefix("a", &text));
        let verifier = CognitoVerifier::new("eu-west-1_AbC").unwrap();
        let _ = (verifier.clone().or_pool(&text), verifier.clone().replica(&text), verifier.known_keys(&text));
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            // What the crate sends there is an address too.
            let domain = UserPoolDomain::new(endpoint);
            prop_assert!(domain.token_url().parse::<http::Uri>().is_ok(), "{}", domain.token_url());
        }
    }

    #[test]
    fn cookies_and_callbacks_are_read(name in text(), cookies in text(), query in text()) {
        if let Ok(lines) = expired_alb_cookies(&name, [cookies.as_str(), "S-0=x"]) {
            prop_assert!((4..=16).contains(&lines.len()));
            prop_assert!(lines.iter().all(|line| http::HeaderValue::from_str(line).is_ok()));
        }
        let _ = state_of(&query);
        let login = PendingLogin::restore("a".into(), "n".into(), "v".into(), "http://localhost/");
        for query in [query.clone(), format!("state=a&{query}")] {
            if let Ok(code) = login.code(&query, |_| true) {
                prop_assert!(!code.expose_secret().is_empty() && code.expose_secret().is_ascii());
            }
        }
    }

    #[test]
    fn tokens_are_read(
        header in object(&["alg", "kid", "typ", "signer", "exp", "crit"]),
        claims in object(&["sub", "iss", "exp", "nbf", "iat", "auth_time", "aud"]),
        text in text(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut header = header;
        for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
            header.insert("alg".to_owned(), algorithm.name().into());
            let whole = format!("{}.{}.c2ln", base64(&header), base64(&claims));
            let cut = &whole[..cut.index(whole.len())];
            for token in [&whole, cut, &text] {
                let _ = (Token::parse(token, algorithm), Unverified::read(token));
            }
        }
    }

    #[test]
    fn times_are_compared(
        claims in object(&["exp", "nbf", "iat", "auth_time"]), now in any::<u64>(), leeway in any::<Duration>(),
    ) {
        let _ = (clock::check(&claims, now, leeway), seconds_of(&claims, "exp"));
    }

    #[test]
    fn answers_are_read(
        tokens in object(&["access_token", "id_token", "refresh_token", "expires_in", "token_type", "scope"]),
        refusal in object(&["error", "error_description", "__type", "code", "message", "Message"]),
        credentials in object(&["AccessKeyId", "SecretKey", "SessionToken", "Expiration"]),
        header in prop::option::of(text()),
        odd in value(),
    ) {
        let mut good = tokens.clone();
        good.extend([("access_token".to_owned(), "a".into()), ("token_type".to_owned(), "bearer".into())]);
        for answer in [good.into(), tokens.into(), odd.clone()] {
            if let Ok(tokens) = Tokens::read(Value::to_string(&answer).as_bytes()) {
                let now = tokio::time::Instant::now();
                prop_assert!(now.checked_add(tokens.expires_in).is_some());
                prop_assert!(SystemTime::now().checked_add(tokens.expires_in).is_some());
            }
        }
        for body in [Value::from(refusal), odd.clone()] {
            let body = body.to_string();
            let _ = (read_refusal(Step::Refresh, body.as_bytes()), identity_pool::refusal(header.as_deref(), body.as_bytes()));
        }
        let _ = (identity_pool::read(&mut credentials.into()), identity_pool::read(&mut odd.clone()));
    }

    #[test]
    fn key_sets_are_read(
        keys in prop::collection::vec(object(&["kty", "kid", "n", "e", "use", "alg", "key_ops"]), 0..4), odd in value(),
    ) {
        let keys = keys.into_iter().map(|mut key| {
            key.insert("kty".to_owned(), "RSA".into());
            Value::from(key)
        });
        let set = serde_json::json!({ "keys": keys.chain([odd.clone()]).collect::<Vec<_>>() });
        for set in [set, odd] {
            let _ = (jwks::parse(set.to_string().as_bytes()), json::object(set.to_string().as_bytes()));
        }
    }
}

#[cfg(feature = "sigv4")]
proptest! {
    #[test]
    fn requests_are_signed_or_refused(
        address in text(),
        (id, secret, token) in (text(), text(), prop::option::of(text())),
        region in prop_oneof![Just("eu-west-1".to_owned()), text()],
        service in prop_oneof![
            prop::sample::select(&["s3", "s3express", "aoss", "execute-api", "vpc-lattice-svcs"][..]).prop_map(str::to_owned),
            text(),
        ],
        headers in prop::collection::vec(("[a-z-]{1,12}|host|x-amz-content-sha256|x-amz-date", text()), 0..4),
        body in any::<Vec<u8>>(),
        time in prop_oneof![0..4_000_000_000_u64, any::<u64>()],
        valid in any::<bool>(),
    ) {
        let Ok(address) = address.parse::<http::Uri>() else { return Ok(()) };
        let mut request = http::Request::new(body);
        *request.uri_mut() = address;
        for (name, value) in headers {
            let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), http::HeaderValue::try_from(value)) else { continue };
            request.headers_mut().append(name, value);
        }
        let credentials = crate::AwsCredentials {
            access_key_id: if valid { "AKID".to_owned() } else { id },
            secret_access_key: if valid { "secret".into() } else { secret.into() },
            session_token: token.filter(|_| !valid).map(Into::into),
            expires_at: None,
        };
        let signer = crate::Signer::new(region, service);
        for time in [UNIX_EPOCH.checked_add(Duration::from_secs(time)), UNIX_EPOCH.checked_sub(Duration::from_secs(time))] {
            let Some(time) = time else { continue };
            if let Ok(signed) = signer.sign_at(request.clone(), &credentials, time) {
                prop_assert!(signed.headers().contains_key("authorization"));
                prop_assert_eq!(signed.body(), request.body());
                prop_assert_eq!(signed.uri(), request.uri());
            }
        }
    }
}
