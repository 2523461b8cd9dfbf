//! What the app is told by its environment, checked once at the start.

/// The app's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// Where `/logout` leads. Without one it ends on a page that says goodbye.
    pub logout_url: Option<String>,
    /// Where balancers' public keys are; a key's id is appended after a slash. Without one nothing can be verified.
    pub public_keys: Option<String>,
    /// The balancer that must have signed.
    pub signer: Option<String>,
    /// The app client the user must have signed in to.
    pub client: Option<String>,
    /// The user pool the user must come from.
    pub issuer: Option<String>,
    /// The balancer's session cookie, without the number at its end.
    pub session_cookie: String,
}

/// A variable that makes no sense.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` is `{value}`, which is not {expected}; correct it in the task definition")]
pub struct SettingsError {
    name: &'static str,
    value: String,
    expected: &'static str,
}

impl Settings {
    /// Reads the settings; an empty variable counts as unset.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &str| env(name).filter(|value| !value.is_empty());
        let port = match get("PORT") {
            Some(value) => match value.parse() {
                Ok(port) => port,
                Err(_) => return Err(SettingsError { name: "PORT", value, expected: "a port number" }),
            },
            None => 8080,
        };
        let region_keys = match get("AWS_REGION") {
            Some(value) if !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                return Err(SettingsError { name: "AWS_REGION", value, expected: "a region" });
            }
            region => region.map(|region| format!("https://public-keys.auth.elb.{region}.amazonaws.com")),
        };
        let public_keys = url("PUBLIC_KEY_URL", get("PUBLIC_KEY_URL"))?.or(region_keys);
        Ok(Self {
            port,
            logout_url: url("LOGOUT_URL", get("LOGOUT_URL"))?,
            public_keys: public_keys.map(|keys| keys.trim_end_matches('/').to_owned()),
            signer: get("EXPECTED_SIGNER"),
            client: get("EXPECTED_CLIENT"),
            issuer: get("EXPECTED_ISSUER"),
            session_cookie: get("SESSION_COOKIE_NAME").unwrap_or_else(|| "AWSELBAuthSessionCookie".to_owned()),
        })
    }
}

/// A web address that can stand in a header: printable ASCII, no blanks.
fn url(name: &'static str, value: Option<String>) -> Result<Option<String>, SettingsError> {
    match value {
        Some(value)
            if !(value.starts_with("https://") || value.starts_with("http://"))
                || !value.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            Err(SettingsError { name, value, expected: "a web address" })
        }
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let get = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Settings::from_env(get).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_suit_a_task() {
        let settings = read(&[("AWS_REGION", "eu-west-1"), ("LOGOUT_URL", "")]).unwrap();
        assert_eq!(settings.port, 8080);
        assert_eq!(settings.logout_url, None);
        assert_eq!(settings.public_keys.as_deref(), Some("https://public-keys.auth.elb.eu-west-1.amazonaws.com"));
        assert_eq!(settings.session_cookie, "AWSELBAuthSessionCookie");
    }

    #[test]
    fn an_address_of_keys_wins_over_the_region() {
        let settings = read(&[("AWS_REGION", "eu-west-1"), ("PUBLIC_KEY_URL", "http://127.0.0.1:1/keys/")]).unwrap();
        assert_eq!(settings.public_keys.as_deref(), Some("http://127.0.0.1:1/keys"));
    }

    #[test]
    fn nonsense_is_refused_with_its_name() {
        for pair in [
            ("PORT", "http"),
            ("PORT", "70000"),
            ("LOGOUT_URL", "javascript:alert(1)"),
            ("LOGOUT_URL", "https://x/\r\nSet-Cookie: a=b"),
            ("AWS_REGION", "eu/../west"),
            ("PUBLIC_KEY_URL", "keys"),
        ] {
            let error = read(&[pair]).unwrap_err();
            assert!(error.starts_with(&format!("`{}` is", pair.0)), "{error}");
        }
    }
}
