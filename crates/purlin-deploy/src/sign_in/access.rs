//! The access keys of the session, for signing requests to APIs with IAM authorization.

use aws_credential_types::provider::ProvideCredentials;
use secrecy::SecretString;

use crate::aws::innermost;
use crate::error::DeployError;
use crate::session::Session;

/// Credentials for signing requests.
#[derive(Clone, Debug)]
pub struct AccessKeys {
    /// The access key's id, which is not secret.
    pub id: String,
    /// The secret access key.
    pub secret: SecretString,
    /// The session token of an assumed role.
    pub session_token: Option<SecretString>,
}

impl Session {
    /// The session's current access keys. They may expire within the hour.
    ///
    /// # Errors
    /// [`DeployError::BadCredentials`] if they cannot be renewed.
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

    /// The endpoint of a service in the session's region, such as `https://secretsmanager.eu-west-1.amazonaws.com`, or of
    /// the emulator.
    pub fn endpoint(&self, service: &str) -> String {
        let target = self.target();
        self.emulator_endpoint()
            .map_or_else(|| format!("https://{service}.{}.{}", target.region, target.dns_suffix()), str::to_owned)
    }

    /// The emulator's endpoint, if the session is connected to an emulator.
    pub fn emulator_endpoint(&self) -> Option<&str> {
        self.config().endpoint_url().filter(|_| self.is_on_this_machine()).map(|url| url.trim_end_matches('/'))
    }
}
