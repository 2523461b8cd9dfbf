//! Checks the settings of the environment and of profiles before they are used. A newline at the end of a secret in CI is
//! common; the SDK ends the program at some of them, and calls others a network that does not answer.

use std::ffi::OsString;

use aws_config::profile::Profile;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use http::Uri;
use http::uri::Authority;

use crate::error::DeployError;

/// What a setting may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A key, a token, an ARN: printable ASCII without spaces.
    Word,
    /// A label of a host name.
    Region,
    /// An address by `http` or `https`.
    Address,
    /// A file or a name: everything but control characters.
    Line,
}

/// The variables, and whether they are those of the credentials.
const VARIABLES: [(&str, Kind, bool); 15] = [
    ("AWS_ACCESS_KEY_ID", Kind::Word, true),
    ("AWS_SECRET_ACCESS_KEY", Kind::Word, true),
    ("AWS_SESSION_TOKEN", Kind::Word, true),
    ("AWS_ROLE_ARN", Kind::Word, true),
    ("AWS_ROLE_SESSION_NAME", Kind::Word, true),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", Kind::Line, true),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Kind::Address, true),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Kind::Word, true),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", Kind::Line, true),
    ("AWS_CONFIG_FILE", Kind::Line, false),
    ("AWS_SHARED_CREDENTIALS_FILE", Kind::Line, false),
    ("AWS_CA_BUNDLE", Kind::Line, false),
    ("AWS_EXECUTION_ENV", Kind::Line, false),
    ("AWS_SDK_UA_APP_ID", Kind::Line, false),
    ("AWS_ENDPOINT_URL", Kind::Address, false),
];

/// The settings of a profile that credentials come from.
const KEYS: [(&str, Kind); 8] = [
    ("aws_access_key_id", Kind::Word),
    ("aws_secret_access_key", Kind::Word),
    ("aws_session_token", Kind::Word),
    ("role_arn", Kind::Word),
    ("role_session_name", Kind::Word),
    ("mfa_serial", Kind::Word),
    ("external_id", Kind::Word),
    ("credential_process", Kind::Line),
];

/// The settings of a profile that requests depend on.
const PLACES: [(&str, Kind); 3] =
    [("sso_region", Kind::Region), ("endpoint_url", Kind::Address), ("ca_bundle", Kind::Line)];

/// Checks the variables that count: an option for the profile or the region comes before theirs.
pub(crate) fn check_environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    profile: Option<&str>,
    region: Option<&str>,
) -> Result<(), DeployError> {
    let (mut regions, mut found) = ([None, None], Vec::new());
    for (name, value) in variables.into_iter().filter(|(_, value)| !value.is_empty()) {
        let Some(name) = name.to_str() else { continue };
        let known = VARIABLES.iter().find(|(known, ..)| *known == name);
        let kind = match (known, name) {
            (Some((_, _, true)), _) if profile.is_some() => continue,
            (Some((_, kind, _)), _) => *kind,
            (None, "AWS_PROFILE") if profile.is_none() => Kind::Line,
            (None, "AWS_REGION") => {
                regions[0] = Some(value);
                continue;
            }
            (None, "AWS_DEFAULT_REGION") => {
                regions[1] = Some(value);
                continue;
            }
            (None, _) if name.starts_with("AWS_ENDPOINT_URL_") => Kind::Address,
            _ => continue,
        };
        found.push((name.to_owned(), kind, value));
    }
    // The first that is set is the one that counts.
    let names = ["AWS_REGION", "AWS_DEFAULT_REGION"].map(str::to_owned);
    let first = names.into_iter().zip(regions).find_map(|(name, value)| Some((name, Kind::Region, value?)));
    found.extend(first.filter(|_| region.is_none()));
    for (name, kind, value) in found {
        let value =
            value.to_str().ok_or_else(|| wrong(format!("`{name}`"), "it is not text in UTF-8".to_owned(), kind))?;
        check(|| format!("`{name}`"), value, kind)?;
    }
    Ok(())
}

/// Checks what a profile says of credentials.
pub(crate) fn check_keys(profile: &Profile) -> Result<(), DeployError> {
    check_profile(profile, &KEYS)
}

/// Checks what a profile says of the network.
pub(crate) fn check_places(profile: &Profile) -> Result<(), DeployError> {
    check_profile(profile, &PLACES)
}

fn check_profile(profile: &Profile, settings: &[(&str, Kind)]) -> Result<(), DeployError> {
    for (name, kind) in settings.iter().copied() {
        if let Some(value) = profile.get(name).filter(|value| !value.is_empty()) {
            check(|| format!("`{name}` of profile `{}`", profile.name().escape_debug()), value, kind)?;
        }
    }
    Ok(())
}

/// Checks the region, whichever way it was given.
pub(crate) fn check_region(region: &str) -> Result<(), DeployError> {
    check(|| format!("region `{}`", region.escape_debug()), region, Kind::Region)
}

fn check(setting: impl FnOnce() -> String, value: &str, kind: Kind) -> Result<(), DeployError> {
    match fault(value, kind) {
        None => Ok(()),
        Some(why) => Err(wrong(setting(), why, kind)),
    }
}

fn wrong(setting: String, why: String, kind: Kind) -> DeployError {
    let advice = match kind {
        Kind::Word => {
            "set it again without what does not belong to it; `printf %s VALUE` writes no newline, `echo` does"
        }
        Kind::Region => "name a region such as `eu-west-1` by `--region`, `AWS_REGION` or the profile's `region`",
        Kind::Address => "set it to an address such as `http://127.0.0.1:4566`, or unset it",
        Kind::Line => "set it again without what does not belong to it",
    };
    DeployError::Setting { setting, why, advice: advice.to_owned() }
}

/// What is wrong with a value, without the value.
fn fault(value: &str, kind: Kind) -> Option<String> {
    let is_good = |letter: char| match kind {
        Kind::Word | Kind::Address => letter.is_ascii_graphic(),
        Kind::Region => letter.is_ascii_alphanumeric() || letter == '-',
        Kind::Line => !letter.is_control(),
    };
    if let Some(bad) = value.chars().find(|letter| !is_good(*letter)) {
        let verb = match (value.trim_start_matches(bad), value.trim_end_matches(bad)) {
            (_, rest) if rest.chars().all(is_good) => "ends with",
            (rest, _) if rest.chars().all(is_good) => "begins with",
            _ => "has",
        };
        return Some(format!("it {verb} {}", named(bad)));
    }
    match kind {
        Kind::Region if value.len() > 63 => Some("it is longer than 63 letters".to_owned()),
        Kind::Region if value.starts_with('-') || value.ends_with('-') => Some("it begins or ends with `-`".to_owned()),
        Kind::Address => no_address(value),
        _ => None,
    }
}

fn no_address(value: &str) -> Option<String> {
    let uri: Option<Uri> = value.parse().ok();
    let is_web = uri.as_ref().is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let authority = uri.as_ref().and_then(Uri::authority).map(Authority::as_str).unwrap_or_default();
    match authority.contains('@') {
        true => Some("it has a user, which is not sent to AWS".to_owned()),
        false if is_web && !authority.is_empty() => None,
        false => Some("it is no address that begins with `http://` or `https://`".to_owned()),
    }
}

fn named(letter: char) -> String {
    match letter {
        '\n' => "a newline".to_owned(),
        '\r' => "a carriage return".to_owned(),
        '\t' => "a tab".to_owned(),
        ' ' => "a space".to_owned(),
        other if other.is_control() || !other.is_ascii() => format!("the character U+{:04X}", u32::from(other)),
        other => format!("`{other}`"),
    }
}

/// Credentials that requests can be signed with, whatever they come from: a program, a role, this machine.
#[derive(Debug)]
pub(crate) struct Checked(pub(crate) SharedCredentialsProvider);

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let found = self.0.provide_credentials().await?;
            match flaw(&found) {
                Some(flaw) => Err(CredentialsError::provider_error(flaw)),
                None => Ok(found),
            }
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}

fn flaw(keys: &Credentials) -> Option<String> {
    let token = keys.session_token().map(|token| ("session token", token));
    let values = [("access key id", keys.access_key_id()), ("secret access key", keys.secret_access_key())];
    let mut values = values.into_iter().chain(token);
    values.find_map(|(name, value)| Some(format!("the {name} cannot be used: {}", fault(value, Kind::Word)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_is_named_with_what_does_not_belong_to_it() {
        let ok = "";
        let cases = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", ok),
            ("AWS_ACCESS_KEY_ID", "", ok),
            ("AWS_ACCESS_KEY_ID", "AKID\n", "`AWS_ACCESS_KEY_ID` cannot be used: it ends with a newline"),
            ("AWS_ACCESS_KEY_ID", "AKID\r", "it ends with a carriage return"),
            ("AWS_ACCESS_KEY_ID", "AKID\r\n", "it has a carriage return"),
            ("AWS_ACCESS_KEY_ID", " AKID", "it begins with a space"),
            ("AWS_ACCESS_KEY_ID", "AK\tID", "it has a tab"),
            ("AWS_ACCESS_KEY_ID", "AKID\u{1}", "it ends with the character U+0001"),
            ("AWS_ACCESS_KEY_ID", "AKIDé", "it ends with the character U+00E9"),
            ("AWS_ACCESS_KEY_ID", "\u{feff}AKID", "it begins with the character U+FEFF"),
            ("AWS_SECRET_ACCESS_KEY", "wJalr/+=", ok),
            ("AWS_SECRET_ACCESS_KEY", "hush\n", "`AWS_SECRET_ACCESS_KEY` cannot be used: it ends with a newline"),
            ("AWS_SESSION_TOKEN", "hush\n\n", "`AWS_SESSION_TOKEN` cannot be used: it ends with a newline"),
            ("AWS_REGION", "eu-west-1", ok),
            ("AWS_REGION", "eu-west-1\n", "`AWS_REGION` cannot be used: it ends with a newline"),
            ("AWS_REGION", "eu-west-1/", "it ends with `/`"),
            ("AWS_REGION", "-", "it begins or ends with `-`"),
            ("AWS_DEFAULT_REGION", "eu west", "`AWS_DEFAULT_REGION` cannot be used: it has a space"),
            ("AWS_PROFILE", "my profile é", ok),
            ("AWS_PROFILE", "dev\n", "`AWS_PROFILE` cannot be used: it ends with a newline"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566", ok),
            ("AWS_ENDPOINT_URL", "https://vpce.example.com/base/", ok),
            (
                "AWS_ENDPOINT_URL",
                "http://127.0.0.1:4566\n",
                "`AWS_ENDPOINT_URL` cannot be used: it ends with a newline",
            ),
            ("AWS_ENDPOINT_URL", "127.0.0.1:4566", "begins with `http://`"),
            ("AWS_ENDPOINT_URL", "ftp://127.0.0.1", "begins with `http://`"),
            ("AWS_ENDPOINT_URL", "http://me:hush@127.0.0.1", "it has a user"),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1 ", "`AWS_ENDPOINT_URL_S3` cannot be used: it ends with a space"),
            ("AWS_ENDPOINT_URL_STS", "x", "`AWS_ENDPOINT_URL_STS` cannot be used: it is no address"),
            ("AWS_EXECUTION_ENV", "CI job\n", "`AWS_EXECUTION_ENV` cannot be used: it ends with a newline"),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x\n", "`AWS_ROLE_ARN` cannot be used"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/my tokens/a\n", "`AWS_WEB_IDENTITY_TOKEN_FILE` cannot be used"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic aA==", ok),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic hush\n", "`AWS_CONTAINER_AUTHORIZATION_TOKEN` cannot be used"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/\n", "it ends with a newline"),
            ("AWS_CA_BUNDLE", "/my files/ca.pem", ok),
            ("AWS_CA_BUNDLE", "/ca.pem\n", "`AWS_CA_BUNDLE` cannot be used: it ends with a newline"),
            ("MY_SECRET", "hush\n", ok),
        ];
        for (name, value, expected) in cases {
            let error = check_environment([(name.into(), value.into())], None, None).err();
            let text = error.as_ref().map(|it| format!("{it} {}", it.hint().unwrap_or_default())).unwrap_or_default();
            assert!(text.contains(expected) && text.is_empty() == expected.is_empty(), "{name}={value:?}: {text}");
            assert!(!text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn variables_that_an_option_replaces_do_not_count() {
        let set = |name: &str| [(OsString::from(name), OsString::from("x\n"))];
        for (name, profile, region, is_refused) in [
            ("AWS_ACCESS_KEY_ID", Some("own"), None, false),
            ("AWS_PROFILE", Some("own"), None, false),
            ("AWS_REGION", Some("own"), None, true),
            ("AWS_REGION", None, Some("eu-west-1"), false),
            ("AWS_DEFAULT_REGION", None, Some("eu-west-1"), false),
            ("AWS_ENDPOINT_URL", Some("own"), Some("eu-west-1"), true),
        ] {
            assert_eq!(check_environment(set(name), profile, region).is_err(), is_refused, "{name}");
        }
        let both = [("AWS_REGION".into(), "eu-west-1".into()), ("AWS_DEFAULT_REGION".into(), "x\n".into())];
        assert!(check_environment(both, None, None).is_ok());
    }

    #[tokio::test]
    async fn keys_of_any_source_are_checked_before_they_sign() {
        for (id, secret, token, expected) in [
            ("AKID", "hush", None, ""),
            ("AKID\n", "hush", None, "the access key id cannot be used: it ends with a newline"),
            ("AKID", "hush ", None, "the secret access key cannot be used: it ends with a space"),
            ("AKID", "hush", Some("hu\rsh"), "the session token cannot be used: it has a carriage return"),
        ] {
            let keys = Credentials::new(id, secret, token.map(str::to_owned), None, "a program");
            let found = Checked(SharedCredentialsProvider::new(keys)).provide_credentials().await;
            let text = found.err().map(|error| crate::aws::innermost(&error)).unwrap_or_default();
            assert_eq!(text, expected);
        }
    }
}
