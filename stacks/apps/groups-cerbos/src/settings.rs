//! What the app is told by its environment, checked once at the start.

use purlin_auth::{CognitoVerifier, Endpoint, OAuthClient, UserPoolDomain};

/// The app's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// Where browsers reach the app, without a slash at its end.
    pub base_url: String,
    /// The app client, at the domain of the sign-in pages.
    pub client: OAuthClient,
    /// Whose tokens are believed.
    pub verifier: CognitoVerifier,
    /// Host and port of Cerbos' gRPC listener.
    pub cerbos: (String, u16),
}

/// A variable that makes no sense, or is missing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` is `{value}`, which is not {expected}; correct it in the task definition")]
pub struct SettingsError {
    name: &'static str,
    value: String,
    expected: String,
}

impl Settings {
    /// Reads the settings; an empty variable counts as unset.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &'static str, default: &str| {
            let value = env(name).filter(|value| !value.is_empty());
            (name, value.unwrap_or_else(|| default.to_owned()))
        };
        let client_id = checked(get("CLIENT_ID", ""), "the id of an app client", |id| {
            (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_owned())
        })?;
        let pool = get("USER_POOL_ID", "");
        let verifier =
            checked(pool, "a user pool's id such as `eu-west-1_AbCdEfGhI`", |pool| CognitoVerifier::new(pool).ok())?;
        let mut verifier = verifier.client(&client_id);
        let (name, keys) = get("KEYS_URL", "");
        if !keys.is_empty() {
            verifier = verifier.keys_from(&endpoint(name, &keys)?);
        }
        let (name, login) = get("LOGIN_URL", "");
        let domain = UserPoolDomain::new(endpoint(name, &login)?);
        let (name, base) = get("BASE_URL", "http://localhost:8000");
        Ok(Self {
            port: checked(get("PORT", "8000"), "a port number", |port| port.parse().ok())?,
            base_url: endpoint(name, &base)?.as_str().trim_end_matches('/').to_owned(),
            client: OAuthClient::new(domain, client_id),
            verifier,
            cerbos: checked(get("CERBOS_ADDRESS", "127.0.0.1:3593"), "a host and a port", |address| {
                let (host, port) = address.rsplit_once(':')?;
                (!host.is_empty()).then_some((host.to_owned(), port.parse().ok()?))
            })?,
        })
    }

    /// Where the sign-in pages send browsers back to.
    pub fn callback_url(&self) -> String {
        format!("{}/callback", self.base_url)
    }

    /// Where browsers are when they have signed out.
    pub fn home_url(&self) -> String {
        format!("{}/", self.base_url)
    }

    /// Whether cookies go over TLS only.
    pub fn is_secure(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

fn wrong(name: &'static str, value: &str, expected: impl Into<String>) -> SettingsError {
    SettingsError { name, value: value.to_owned(), expected: expected.into() }
}

fn endpoint(name: &'static str, value: &str) -> Result<Endpoint, SettingsError> {
    value.parse().map_err(|_| wrong(name, value, "an `https` address, or one of this machine"))
}

fn checked<T>(
    (name, value): (&'static str, String),
    expected: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, SettingsError> {
    read(&value).ok_or_else(|| wrong(name, &value, expected))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::Settings;

    const GOOD: [(&str, &str); 3] = [
        ("CLIENT_ID", "4example5client6id"),
        ("USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
        ("LOGIN_URL", "https://acme.auth.eu-west-1.amazoncognito.com"),
    ];

    /// The settings of a task, with some of them changed.
    pub fn settings(changes: &[(&str, &str)]) -> Result<Settings, String> {
        let find = |pairs: &[(&str, &str)], name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::from_env(|name| find(changes, name).or_else(|| find(&GOOD, name))).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_suit_a_developers_machine() {
        let settings = settings(&[]).unwrap();
        assert_eq!((settings.port, settings.callback_url().as_str()), (8000, "http://localhost:8000/callback"));
        assert_eq!(settings.cerbos, ("127.0.0.1".to_owned(), 3593));
        assert!(!settings.is_secure());
        assert_eq!(settings.verifier.issuer(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI");
    }

    #[test]
    fn nonsense_is_refused_with_its_name() {
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
            assert!(error.starts_with(&format!("`{}` is", pair.0)), "{error}");
        }
    }
}
