//! The app's settings, from the environment, checked at the start.

use std::fmt::Display;
use std::str::FromStr;

use purlin_auth::{CognitoVerifier, Endpoint, OAuthClient, Transport, UserPoolDomain};

/// The app's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// The app's address for browsers, without a slash at its end.
    pub base_url: String,
    /// The app client, at the domain of the sign-in pages.
    pub client: OAuthClient,
    /// Verifies the pool's tokens.
    pub verifier: CognitoVerifier,
    /// Host and port of Cerbos' gRPC listener.
    pub cerbos: (String, u16),
}

/// An environment variable that is missing or wrong.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` {problem}")]
pub struct SettingsError {
    name: &'static str,
    problem: String,
}

impl Settings {
    /// Reads the settings. An empty variable counts as unset.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        let need = |name: &'static str| get(name).ok_or_else(|| missing(name, "the stack's output of this name"));
        let client_id = need("CLIENT_ID")?;
        if !client_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(wrong("CLIENT_ID")(format!("`{client_id}` is not the id of an app client")));
        }
        let pool = need("USER_POOL_ID")?;
        let mut verifier = CognitoVerifier::new(&pool).map_err(wrong("USER_POOL_ID"))?.client(&client_id);
        if let Some(keys) = get("KEYS_URL") {
            verifier = verifier.keys_from(&parse("KEYS_URL", &keys)?);
        }
        let domain: UserPoolDomain = parse("LOGIN_URL", &need("LOGIN_URL")?)?;
        let base_url = get("BASE_URL").unwrap_or_else(|| "http://localhost:8000".to_owned());
        let base_url: Endpoint = parse("BASE_URL", &base_url)?;
        Ok(Self {
            port: port(get("PORT"), 8000)?,
            base_url: base_url.as_str().to_owned(),
            client: OAuthClient::new(domain, client_id),
            verifier,
            cerbos: address(get("CERBOS_ADDRESS").as_deref().unwrap_or("127.0.0.1:3593"))?,
        })
    }

    /// The address that the sign-in pages redirect to.
    pub fn callback_url(&self) -> String {
        format!("{}/callback", self.base_url)
    }

    /// The address that browsers return to after a sign-out.
    pub fn home_url(&self) -> String {
        format!("{}/", self.base_url)
    }

    /// How the app's cookies are set.
    pub fn transport(&self) -> Transport {
        if self.base_url.starts_with("https://") { Transport::Secure } else { Transport::Localhost }
    }
}

/// A host and a port.
fn address(value: &str) -> Result<(String, u16), SettingsError> {
    let parts = value.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let parts = parts.and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    parts
        .ok_or_else(|| wrong("CERBOS_ADDRESS")(format!("`{value}` is not a host and a port, such as `127.0.0.1:3593`")))
}

fn port(value: Option<String>, default: u16) -> Result<u16, SettingsError> {
    let Some(value) = value else { return Ok(default) };
    value.parse().map_err(|_| wrong("PORT")(format!("`{value}` is not a port number")))
}

fn missing(name: &'static str, expected: &str) -> SettingsError {
    SettingsError { name, problem: format!("is not set; set it to {expected}") }
}

fn parse<T: FromStr<Err: Display>>(name: &'static str, value: &str) -> Result<T, SettingsError> {
    value.parse().map_err(wrong(name))
}

fn wrong<E: Display>(name: &'static str) -> impl FnOnce(E) -> SettingsError {
    move |reason| SettingsError { name, problem: format!("is wrong: {reason}; correct the environment variable") }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Settings, Transport};

    const GOOD: [(&str, &str); 3] = [
        ("CLIENT_ID", "4example5client6id"),
        ("USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
        ("LOGIN_URL", "https://acme.auth.eu-west-1.amazoncognito.com"),
    ];

    /// Valid settings, with these changes.
    pub fn settings(changes: &[(&str, &str)]) -> Result<Settings, String> {
        let find = |pairs: &[(&str, &str)], name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::from_env(|name| find(changes, name).or_else(|| find(&GOOD, name))).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_those_of_a_developers_machine() {
        let settings = settings(&[]).unwrap();
        assert_eq!((settings.port, settings.callback_url().as_str()), (8000, "http://localhost:8000/callback"));
        assert_eq!(settings.cerbos, ("127.0.0.1".to_owned(), 3593));
        assert_eq!(settings.transport(), Transport::Localhost);
        assert_eq!(settings.verifier.issuer(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI");
    }

    #[test]
    fn a_wrong_value_is_refused_with_the_name_of_its_variable() {
        for pair in [
            ("PORT", "http"),
            ("BASE_URL", "http://app.example.com"),
            ("BASE_URL", "app"),
            ("LOGIN_URL", "javascript:alert(1)"),
            ("KEYS_URL", "keys"),
            ("USER_POOL_ID", "pool"),
            ("CLIENT_ID", "a b"),
            ("CERBOS_ADDRESS", "localhost"),
            ("CERBOS_ADDRESS", ":3593"),
        ] {
            let error = settings(&[pair]).unwrap_err();
            assert!(error.starts_with(&format!("`{}` is wrong: `", pair.0)), "{error}");
        }
        for name in ["CLIENT_ID", "USER_POOL_ID", "LOGIN_URL"] {
            let env =
                |asked: &str| GOOD.iter().find(|(key, _)| *key == asked && asked != name).map(|it| it.1.to_owned());
            let error = Settings::from_env(env).unwrap_err().to_string();
            assert_eq!(error, format!("`{name}` is not set; set it to the stack's output of this name"));
        }
    }
}
