//! What the app is told by its environment, checked once at the start. The stack's outputs have these names.

use std::path::PathBuf;

use purlin_auth::{CognitoVerifier, Endpoint, OAuthClient, SecretString, UserPoolDomain};

use crate::cookie::Transport;

/// The port to listen on where none is named.
const PORT: u16 = 8080;

/// The app's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// Where browsers reach the app, without a slash at the end.
    pub base_url: Endpoint,
    /// The app client of the user pool.
    pub client: OAuthClient,
    /// Whom to believe.
    pub verifier: CognitoVerifier,
    /// Providers to offer a button of their own, by their names in the pool.
    pub providers: Vec<String>,
    /// Where the records are kept.
    pub records: Option<PathBuf>,
}

/// A variable that is missing, or makes no sense.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// It is not there.
    #[error("`{0}` is not set; it is {1}")]
    Missing(&'static str, &'static str),
    /// It makes no sense.
    #[error("`{name}` is not right: {reason}")]
    Wrong {
        /// Which.
        name: &'static str,
        /// Why not.
        reason: String,
    },
}

impl Settings {
    /// Reads the settings; an empty variable counts as unset.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        let need = |name: &'static str, what: &'static str| get(name).ok_or(SettingsError::Missing(name, what));
        let port = port(&env)?;
        let base_url = match get("BASE_URL") {
            Some(url) => parse("BASE_URL", &url)?,
            None => parse("PORT", &format!("http://localhost:{port}"))?,
        };
        let domain: UserPoolDomain = parse("DOMAIN_URL", &need("DOMAIN_URL", "the stack's output of this name")?)?;
        let client_id = need("CLIENT_ID", "the stack's output of this name")?;
        let secret = need("CLIENT_SECRET", "in the secret that the stack's output `ClientSecretArn` names")?;
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

    /// Where Cognito sends browsers back to: one of the client's callback URLs.
    pub fn callback_url(&self) -> String {
        self.base_url.join("/callback")
    }

    /// Where Cognito sends browsers that signed out: one of the client's sign-out URLs.
    pub fn signed_out_url(&self) -> String {
        self.base_url.join("/signed-out")
    }

    /// How cookies are written.
    pub fn transport(&self) -> Transport {
        if self.base_url.as_str().starts_with("https:") { Transport::Secure } else { Transport::Localhost }
    }
}

/// The port to listen on: 8080 unless `PORT` says otherwise.
pub fn port(env: impl Fn(&str) -> Option<String>) -> Result<u16, SettingsError> {
    let Some(value) = env("PORT").filter(|value| !value.is_empty()) else { return Ok(PORT) };
    value.parse().map_err(|_| SettingsError::Wrong { name: "PORT", reason: format!("`{value}` is not a port number") })
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(name: &'static str, value: &str) -> Result<T, SettingsError> {
    value.parse().map_err(wrong(name))
}

fn wrong<E: std::fmt::Display>(name: &'static str) -> impl FnOnce(E) -> SettingsError {
    move |error| SettingsError::Wrong { name, reason: error.to_string() }
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

    /// Good settings, with these instead.
    pub fn read(more: &[(&str, &str)]) -> Result<Settings, String> {
        let find = |pairs: &[(&str, &str)], name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::from_env(|name| find(more, name).or_else(|| find(&GOOD, name))).map_err(|error| error.to_string())
    }

    #[test]
    fn it_runs_on_this_machine_by_default() {
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
    fn what_makes_no_sense_is_refused_by_name() {
        let cases = [
            ("PORT", "http", "`PORT` is not right: `http` is not a port number"),
            ("BASE_URL", "http://app.example.com", "`BASE_URL` is not right"),
            ("DOMAIN_URL", "shop", "`DOMAIN_URL` is not right"),
            ("DOMAIN_URL", "", "`DOMAIN_URL` is not set; it is the stack's output of this name"),
            ("USER_POOL_ID", "pool", "`USER_POOL_ID` is not right"),
            ("CLIENT_SECRET", "", "`CLIENT_SECRET` is not set; it is in the secret that"),
        ];
        for (name, value, expect) in cases {
            // The empty value hides the good one.
            let error = Settings::from_env(|asked| {
                let good = GOOD.iter().find(|(key, _)| *key == asked).map(|(_, good)| (*good).to_owned());
                if asked == name { Some(value.to_owned()) } else { good }
            });
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with(expect), "{error}");
        }
    }

    #[test]
    fn the_secret_does_not_print() {
        let settings = read(&[]).unwrap();
        assert!(!format!("{settings:?}").contains("very-secret"));
    }
}
