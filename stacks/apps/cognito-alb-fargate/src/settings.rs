//! What the app is told by its environment, checked once at the start.

use purlin_auth::{ALB_SESSION_COOKIE, AlbVerifier};

/// The app's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// Where `/logout` leads. Without one it ends on a page that says goodbye.
    pub logout_url: Option<String>,
    /// Whom to believe. Without it nobody.
    pub verifier: Option<AlbVerifier>,
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
        Ok(Self {
            port,
            logout_url: url("LOGOUT_URL", get("LOGOUT_URL"))?,
            verifier: get("EXPECTED_SIGNER").map(|signer| verifier(signer, get)).transpose()?,
            session_cookie: get("SESSION_COOKIE_NAME").unwrap_or_else(|| ALB_SESSION_COOKIE.to_owned()),
        })
    }
}

/// What this balancer signs is believed, for the client and from the issuer if they are told.
fn verifier(signer: String, get: impl Fn(&str) -> Option<String>) -> Result<AlbVerifier, SettingsError> {
    let expected = "the ARN of an Application Load Balancer";
    let mut verifier =
        AlbVerifier::new(&signer).map_err(|_| SettingsError { name: "EXPECTED_SIGNER", value: signer, expected })?;
    if let Some(client) = get("EXPECTED_CLIENT") {
        verifier = verifier.client(client);
    }
    if let Some(issuer) = get("EXPECTED_ISSUER") {
        verifier = verifier.issuer(issuer);
    }
    let Some(value) = get("PUBLIC_KEY_URL") else { return Ok(verifier) };
    let expected = "an address with `https`, or on this machine";
    match value.parse() {
        Ok(keys) => Ok(verifier.keys_from(keys)),
        Err(_) => Err(SettingsError { name: "PUBLIC_KEY_URL", value, expected }),
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

    const SIGNER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef";

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let get = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Settings::from_env(get).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_suit_a_task() {
        let settings = read(&[("EXPECTED_SIGNER", SIGNER), ("LOGOUT_URL", "")]).unwrap();
        assert_eq!(settings.port, 8080);
        assert_eq!(settings.logout_url, None);
        assert!(settings.verifier.is_some());
        assert_eq!(settings.session_cookie, "AWSELBAuthSessionCookie");
    }

    #[test]
    fn nobody_is_believed_unasked() {
        assert!(
            read(&[("EXPECTED_CLIENT", "client"), ("PUBLIC_KEY_URL", "http://127.0.0.1:1")])
                .unwrap()
                .verifier
                .is_none()
        );
    }

    #[test]
    fn nonsense_is_refused_with_its_name() {
        for pair in [
            ("PORT", "http"),
            ("PORT", "70000"),
            ("LOGOUT_URL", "javascript:alert(1)"),
            ("LOGOUT_URL", "https://x/\r\nSet-Cookie: a=b"),
            ("EXPECTED_SIGNER", "arn:aws:s3:::bucket"),
            ("PUBLIC_KEY_URL", "keys"),
            ("PUBLIC_KEY_URL", "http://keys.example.com"),
        ] {
            let with_signer = [pair, ("EXPECTED_SIGNER", SIGNER)];
            let error = read(&with_signer).unwrap_err();
            assert!(error.starts_with(&format!("`{}` is", pair.0)), "{error}");
        }
    }
}
