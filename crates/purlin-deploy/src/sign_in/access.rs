//! The caller's access keys, for signed requests to APIs with IAM authorization.

use aws_credential_types::provider::ProvideCredentials;
use secrecy::SecretString;

use crate::aws::innermost;
use crate::error::DeployError;
use crate::session::Session;

/// What a request is signed with.
#[derive(Clone, Debug)]
pub struct AccessKeys {
    /// The access key's id, which is no secret.
    pub id: String,
    /// The secret that belongs to it.
    pub secret: SecretString,
    /// What proves that a role was taken on.
    pub session_token: Option<SecretString>,
}

impl Session {
    /// The keys that requests are signed with now. They may end within the hour.
    ///
    /// # Errors
    /// [`DeployError::BadCredentials`] where they can no longer be had.
    pub async fn access_keys(&self) -> Result<AccessKeys, DeployError> {
        let provider = self.config().credentials_provider();
        let provider =
            provider.ok_or_else(|| DeployError::NoCredentials { detail: "none are configured".to_owned() })?;
        let found = provider.provide_credentials().await;
        let found = found.map_err(|error| DeployError::BadCredentials { detail: innermost(&error) })?;
        Ok(AccessKeys {
            id: found.access_key_id().to_owned(),
            secret: found.secret_access_key().into(),
            session_token: found.session_token().map(SecretString::from),
        })
    }

    /// Where a service answers in the session's region: `https://secretsmanager.eu-west-1.amazonaws.com`,
    /// or the emulator.
    pub fn endpoint(&self, service: &str) -> String {
        let target = self.target();
        self.endpoint_here()
            .map_or_else(|| format!("https://{service}.{}.{}", target.region, target.dns_suffix()), str::to_owned)
    }

    /// The endpoint of the emulator, where that is what is talked to.
    pub fn endpoint_here(&self) -> Option<&str> {
        self.config().endpoint_url().filter(|_| self.is_on_this_machine()).map(|url| url.trim_end_matches('/'))
    }
}
