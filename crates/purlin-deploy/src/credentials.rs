//! Finds the credentials that AWS's usual configuration names. The SDK does it but for two things: a profile that was named
//! on the command line comes before the environment, as in AWS's CLI, and a role may want the code of an MFA device.

use std::borrow::Cow;
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;

use crate::aws::{Named, innermost};
use crate::error::DeployError;
use crate::event::BoxFuture;
use crate::settings;

/// The profiles of this machine, with the one that is used as the selected one; `None` where they cannot be read, which
/// the SDK reports where it needs them.
pub(crate) async fn profiles(name: Option<&str>) -> Option<ProfileSet> {
    let name = name.map(|name| Cow::Owned(name.to_owned()));
    aws_config::profile::load(&usual(), &usual(), &usual(), name).await.ok()
}

/// Checks the settings of the profile that is used, and of those it takes its credentials from.
pub(crate) fn check(profiles: Option<&ProfileSet>, named: Option<&str>) -> Result<(), DeployError> {
    let Some(all) = profiles else { return Ok(()) };
    let chain = roles(all, named.unwrap_or(all.selected_profile()));
    chain.first().copied().map_or(Ok(()), settings::check_places)?;
    if is_by_environment(named) { Ok(()) } else { chain.into_iter().try_for_each(settings::check_keys) }
}

/// Whether the environment has the keys that are used.
fn is_by_environment(named: Option<&str>) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    named.is_none() && ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].into_iter().all(is_set)
}

fn usual<T: Default>() -> T {
    T::default()
}

/// The provider that the SDK would not have chosen, if there is such a reason.
pub(crate) async fn provider(
    config: &SdkConfig,
    named: Option<&str>,
    profiles: Option<&ProfileSet>,
    ask: &dyn AsksCode,
) -> Result<Option<SharedCredentialsProvider>, DeployError> {
    if is_by_environment(named) {
        return Ok(None);
    }
    let chain = profiles.map(|all| roles(all, named.unwrap_or(all.selected_profile()))).unwrap_or_default();
    if chain.iter().any(|profile| profile.get("mfa_serial").is_some()) {
        return Ok(Some(SharedCredentialsProvider::new(with_code(config, &chain, ask).await?)));
    }
    Ok(named.map(|name| SharedCredentialsProvider::new(of_profile(config, name))))
}

/// Asks for the code of an MFA device, by its serial number or ARN; `None` where no one can be asked.
pub trait AsksCode: Send + Sync {
    /// The code, of six digits.
    fn code<'a>(&'a self, device: &'a str) -> BoxFuture<'a, Option<String>>;
}

/// Never asks.
#[derive(Clone, Copy, Debug)]
pub struct NoCode;

impl AsksCode for NoCode {
    fn code<'a>(&'a self, _device: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(std::future::ready(None))
    }
}

/// The profile and those it takes its credentials from, to the first that assumes no role.
fn roles<'a>(profiles: &'a ProfileSet, name: &'a str) -> Vec<&'a Profile> {
    let mut chain: Vec<&Profile> = Vec::new();
    let mut next = Some(name);
    while let Some(profile) = next.and_then(|name| profiles.get_profile(name)) {
        if chain.iter().any(|known| known.name() == profile.name()) {
            break;
        }
        chain.push(profile);
        next = profile.get("role_arn").and_then(|_| profile.get("source_profile"));
    }
    chain
}

fn of_profile(config: &SdkConfig, name: &str) -> ProfileFileCredentialsProvider {
    let mut provider = ProviderConfig::default().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        provider = provider.with_http_client(client);
    }
    ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(name).build()
}

/// The credentials of the first profile's role, through the roles of the others. They are valid for as long as the role
/// allows, an hour by default, and are not renewed: that would want another code.
async fn with_code(config: &SdkConfig, chain: &[&Profile], ask: &dyn AsksCode) -> Result<Credentials, DeployError> {
    let is_role = |profile: &&Profile| profile.get("role_arn").is_some();
    let last = chain.last().expect("a profile has a device");
    let (mut provider, roles) = match (is_role(last), static_keys(last)) {
        (false, _) => (SharedCredentialsProvider::new(of_profile(config, last.name())), &chain[..chain.len() - 1]),
        (true, Some(keys)) => (SharedCredentialsProvider::new(keys), chain),
        (true, None) => {
            let detail = format!("profile `{}` has a role and names no `source_profile` for it", last.name());
            return Err(DeployError::BadCredentials { detail });
        }
    };
    let mut found = None;
    for profile in roles.iter().rev() {
        let credentials = assumed(config, profile, provider, ask).await?;
        provider = SharedCredentialsProvider::new(credentials.clone());
        found = Some(credentials);
    }
    found.ok_or_else(|| DeployError::BadCredentials { detail: format!("profile `{}` has no role", last.name()) })
}

/// The keys in a profile that is its own source.
fn static_keys(profile: &Profile) -> Option<Credentials> {
    let (id, secret) = (profile.get("aws_access_key_id")?, profile.get("aws_secret_access_key")?);
    Some(Credentials::new(id, secret, profile.get("aws_session_token").map(str::to_owned), None, "profile"))
}

async fn assumed(
    config: &SdkConfig,
    profile: &Profile,
    provider: SharedCredentialsProvider,
    ask: &dyn AsksCode,
) -> Result<Credentials, DeployError> {
    let code = match profile.get("mfa_serial") {
        None => None,
        Some(device) => {
            let code = ask.code(device).await.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty());
            let missing = || DeployError::NoMfaCode { profile: profile.name().to_owned(), device: device.to_owned() };
            Some(code.ok_or_else(missing)?)
        }
    };
    let config = config.to_builder().credentials_provider(provider).build();
    let call = aws_sdk_sts::Client::new(&config)
        .assume_role()
        .set_role_arn(profile.get("role_arn").map(str::to_owned))
        .role_session_name(profile.get("role_session_name").unwrap_or("purlin"))
        .set_external_id(profile.get("external_id").map(str::to_owned))
        .set_duration_seconds(profile.get("duration_seconds").and_then(|it| it.parse().ok()))
        .set_serial_number(profile.get("mfa_serial").map(str::to_owned))
        .set_token_code(code);
    let wrong = |detail: String| DeployError::BadCredentials { detail };
    let answer = call.send().await.named("AssumeRole").map_err(|error| match error {
        DeployError::Aws { message, .. } => wrong(format!("profile `{}`: {message}", profile.name())),
        other => other,
    })?;
    let keys = answer.credentials().ok_or_else(|| wrong("AWS answered without credentials".to_owned()))?;
    let end = SystemTime::try_from(*keys.expiration()).ok();
    let token = Some(keys.session_token().to_owned());
    Ok(Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, end, "profile with MFA"))
}

/// Why a provider has none.
pub(crate) fn refused(error: &CredentialsError, profile: Option<&str>) -> DeployError {
    match (error, profile) {
        (CredentialsError::CredentialsNotLoaded(_), Some(name)) => {
            DeployError::NoCredentials { detail: format!("profile `{name}` does not exist or provides none") }
        }
        (CredentialsError::CredentialsNotLoaded(_), None) => DeployError::NoCredentials {
            detail: "neither the environment nor a profile nor this machine provides any".to_owned(),
        },
        _ => DeployError::BadCredentials { detail: innermost(error) },
    }
}
