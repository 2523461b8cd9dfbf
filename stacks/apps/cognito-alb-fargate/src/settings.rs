//! The app's settings, from the environment, checked at the start.

use std::fmt::Display;

use purlin_auth::{ALB_SESSION_COOKIE, AlbVerifier, expired_alb_cookies};

/// The app's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// The address that `/logout` redirects to. Without one it shows a page.
    pub logout_url: Option<String>,
    /// Verifies the balancer's claims. Without it no claims are accepted.
    pub verifier: Option<AlbVerifier>,
    /// The balancer's session cookie, without the number at its end.
    pub session_cookie: String,
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
        let session_cookie = get("SESSION_COOKIE_NAME").unwrap_or_else(|| ALB_SESSION_COOKIE.to_owned());
        expired_alb_cookies(&session_cookie, []).map_err(wrong("SESSION_COOKIE_NAME"))?;
        Ok(Self {
            port: port(get("PORT"), 8080)?,
            logout_url: get("LOGOUT_URL").map(url).transpose()?,
            verifier: verifier(get)?,
            session_cookie,
        })
    }
}

/// Accepts the claims of this balancer, and only for the app client and from the issuer if those are set.
fn verifier(get: impl Fn(&str) -> Option<String>) -> Result<Option<AlbVerifier>, SettingsError> {
    let Some(signer) = get("EXPECTED_SIGNER") else {
        let others = ["EXPECTED_CLIENT", "EXPECTED_ISSUER", "PUBLIC_KEY_URL"];
        return match others.into_iter().find(|name| get(name).is_some()) {
            Some(name) => Err(wrong(name)("it has no effect without `EXPECTED_SIGNER`, the load balancer's ARN")),
            None => Ok(None),
        };
    };
    let mut verifier = AlbVerifier::new(&signer).map_err(wrong("EXPECTED_SIGNER"))?;
    if let Some(client) = get("EXPECTED_CLIENT") {
        verifier = verifier.client(client);
    }
    if let Some(issuer) = get("EXPECTED_ISSUER") {
        verifier = verifier.issuer(issuer);
    }
    if let Some(keys) = get("PUBLIC_KEY_URL") {
        verifier = verifier.keys_from(keys.parse().map_err(wrong("PUBLIC_KEY_URL"))?);
    }
    Ok(Some(verifier))
}

/// A web address that a header can contain.
fn url(value: String) -> Result<String, SettingsError> {
    let host = value.strip_prefix("https://").or(value.strip_prefix("http://"));
    let host = host.and_then(|rest| rest.split(['/', '?', '#']).next()).filter(|host| !host.is_empty());
    let is_host = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    if host.is_some_and(is_host) && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(value);
    }
    Err(wrong("LOGOUT_URL")(format!("`{}` is not a web address", value.escape_debug())))
}

fn port(value: Option<String>, default: u16) -> Result<u16, SettingsError> {
    let Some(value) = value else { return Ok(default) };
    value.parse().map_err(|_| wrong("PORT")(format!("`{value}` is not a port number")))
}

fn wrong<E: Display>(name: &'static str) -> impl FnOnce(E) -> SettingsError {
    move |reason| SettingsError { name, problem: format!("is wrong: {reason}; correct the environment variable") }
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
    fn defaults_are_those_of_a_task() {
        let settings = read(&[("EXPECTED_SIGNER", SIGNER), ("LOGOUT_URL", "")]).unwrap();
        assert_eq!(settings.port, 8080);
        assert_eq!(settings.logout_url, None);
        assert!(settings.verifier.is_some());
        assert_eq!(settings.session_cookie, "AWSELBAuthSessionCookie");
    }

    #[test]
    fn settings_without_effect_are_refused() {
        assert!(read(&[("EXPECTED_CLIENT", ""), ("EXPECTED_SIGNER", "")]).unwrap().verifier.is_none());
        for (name, value) in [
            ("EXPECTED_CLIENT", "client"),
            ("EXPECTED_ISSUER", "https://issuer.example.com"),
            ("PUBLIC_KEY_URL", "http://127.0.0.1:1"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            let expected = "is wrong: it has no effect without `EXPECTED_SIGNER`, the load balancer's ARN; correct the";
            assert!(error.starts_with(&format!("`{name}` {expected}")), "{error}");
        }
    }

    #[test]
    fn a_wrong_value_is_refused_with_the_name_of_its_variable() {
        for pair in [
            ("PORT", "http"),
            ("PORT", "70000"),
            ("LOGOUT_URL", "javascript:alert(1)"),
            ("LOGOUT_URL", "https://x/\r\nSet-Cookie: a=b"),
            ("LOGOUT_URL", "https://x;script-src/logout"),
            ("LOGOUT_URL", "https:///logout"),
            ("EXPECTED_SIGNER", "arn:aws:s3:::bucket"),
            ("PUBLIC_KEY_URL", "keys"),
            ("PUBLIC_KEY_URL", "http://keys.example.com"),
            ("SESSION_COOKIE_NAME", "a;b"),
        ] {
            let with_signer = [pair, ("EXPECTED_SIGNER", SIGNER)];
            let error = read(&with_signer).unwrap_err();
            assert!(error.starts_with(&format!("`{}` is wrong: `", pair.0)), "{error}");
        }
    }
}
