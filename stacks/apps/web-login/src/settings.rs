//! The app's settings, from the environment, checked at the start. The stack's outputs have these names.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use purlin_auth::{CognitoVerifier, Endpoint, OAuthClient, SecretString, Transport, UserPoolDomain};

/// The app's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// The app's address for browsers, without a slash at the end.
    pub base_url: Endpoint,
    /// The app client of the user pool.
    pub client: OAuthClient,
    /// Verifies the pool's tokens.
    pub verifier: CognitoVerifier,
    /// Identity providers with their own button, by their names in the pool.
    pub providers: Vec<String>,
    /// The file for the records. Without one they are kept in memory.
    pub records: Option<PathBuf>,
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
        let need = |name: &'static str, expected: &str| get(name).ok_or_else(|| missing(name, expected));
        let port = port(get("PORT"), 8080)?;
        let base_url = match get("BASE_URL") {
            Some(url) => parse("BASE_URL", &url)?,
            None => parse("PORT", &format!("http://localhost:{port}"))?,
        };
        let domain: UserPoolDomain = parse("DOMAIN_URL", &need("DOMAIN_URL", "the stack's output of this name")?)?;
        let client_id = need("CLIENT_ID", "the stack's output of this name")?;
        let secret =
            need("CLIENT_SECRET", "the value of the secret whose ARN is the stack's output `ClientSecretArn`")?;
        let pool = need("USER_POOL_ID", "the stack's output of this name")?;
        let mut verifier = CognitoVerifier::new(&pool).map_err(wrong("USER_POOL_ID"))?.client(&client_id);
        if let Some(emulator) = get("COGNITO_ENDPOINT") {
            verifier = verifier.keys_from(&parse("COGNITO_ENDPOINT", &emulator)?);
        }
        let providers = get("IDENTITY_PROVIDERS").unwrap_or_default();
        Ok(Self {
            port,
            base_url,
            client: OAuthClient::new(domain, client_id).secret(SecretString::from(secret)),
            verifier,
            providers: providers.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Into::into).collect(),
            records: get("RECORDS_FILE").map(PathBuf::from),
        })
    }

    /// The address that Cognito redirects to after a sign-in: one of the app client's callback URLs.
    pub fn callback_url(&self) -> String {
        self.base_url.join("/callback")
    }

    /// The address that Cognito redirects to after a sign-out: one of the app client's sign-out URLs.
    pub fn signed_out_url(&self) -> String {
        self.base_url.join("/signed-out")
    }

    /// How cookies are set.
    pub fn transport(&self) -> Transport {
        if self.base_url.as_str().starts_with("https:") { Transport::Secure } else { Transport::Localhost }
    }
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
pub mod tests {
    use super::{Settings, Transport};

    pub const GOOD: [(&str, &str); 4] = [
        ("USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
        ("CLIENT_ID", "4example5client6id"),
        ("CLIENT_SECRET", "very-secret"),
        ("DOMAIN_URL", "https://shop.auth.eu-west-1.amazoncognito.com"),
    ];

    /// Valid settings, with these changes.
    pub fn read(more: &[(&str, &str)]) -> Result<Settings, String> {
        let find = |pairs: &[(&str, &str)], name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::from_env(|name| find(more, name).or_else(|| find(&GOOD, name))).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_those_of_a_developers_machine() {
        let settings = read(&[("IDENTITY_PROVIDERS", "Google, Okta,")]).unwrap();
        assert_eq!((settings.port, settings.callback_url().as_str()), (8080, "http://localhost:8080/callback"));
        assert_eq!(settings.signed_out_url(), "http://localhost:8080/signed-out");
        assert_eq!(settings.transport(), Transport::Localhost);
        assert_eq!(settings.providers, ["Google", "Okta"]);
        let hosted = read(&[("BASE_URL", "https://app.example.com/"), ("PORT", "80")]).unwrap();
        assert_eq!(hosted.callback_url(), "https://app.example.com/callback");
        assert_eq!(hosted.transport(), Transport::Secure);
    }

    #[test]
    fn a_wrong_value_is_refused_with_the_name_of_its_variable() {
        let cases = [
            ("PORT", "http", "`PORT` is wrong: `http` is not a port number; correct the environment variable"),
            ("BASE_URL", "http://app.example.com", "`BASE_URL` is wrong: `"),
            ("DOMAIN_URL", "shop", "`DOMAIN_URL` is wrong: `"),
            ("DOMAIN_URL", "", "`DOMAIN_URL` is not set; set it to the stack's output of this name"),
            ("USER_POOL_ID", "pool", "`USER_POOL_ID` is wrong: `"),
            ("CLIENT_SECRET", "", "`CLIENT_SECRET` is not set; set it to the value of the secret"),
        ];
        for (name, value, expect) in cases {
            // The empty value replaces the valid one.
            let error = Settings::from_env(|asked| {
                let good = GOOD.iter().find(|(key, _)| *key == asked).map(|(_, good)| (*good).to_owned());
                if asked == name { Some(value.to_owned()) } else { good }
            });
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with(expect), "{error}");
        }
    }

    #[test]
    fn debug_output_has_no_secret() {
        let settings = read(&[]).unwrap();
        assert!(!format!("{settings:?}").contains("very-secret"));
    }
}
