//! How requests reach AWS from inside a company: proxies, certificates of its own, answers that are not AWS's. Everything
//! that is sent with the SDK, credentials included, goes through the client that is made here.

mod answers;
mod form;
mod pages;
mod parameter;
mod proxy;
mod trust;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_cloudformation::config::SharedHttpClient;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};

pub(crate) use self::answers::{Client, not_aws};
pub(crate) use self::pages::Pages;
pub(crate) use self::parameter::parameter;
use self::proxy::Proxies;
use crate::clock::Clock;
use crate::credentials::profiles;
use crate::error::DeployError;

impl Client {
    /// The client for AWS, by the settings that AWS's own tools honour: see `docs/network.md`. `bundle` is the profile's
    /// `ca_bundle`.
    pub(crate) fn of_environment(bundle: Option<&str>) -> Result<Self, DeployError> {
        let proxies = Proxies::of(&|name| std::env::var(name).ok())?;
        let trust = trust::context(bundle)?;
        let indirect = proxies.is_any().then(|| connector(ProxyConfig::from_env(), trust.clone()));
        Ok(Self::new(connector(ProxyConfig::disabled(), trust), indirect, proxies))
    }

    /// The client for an emulator on this machine: no proxy, and no certificates are read.
    pub(crate) fn local() -> Self {
        Self::new(connector(ProxyConfig::disabled(), trust::nothing()), None, Proxies::default())
    }

    pub(crate) fn shared(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }
}

/// The certificates in PEM that a profile trusts besides the machine's; none without a `ca_bundle`.
///
/// # Errors
/// [`DeployError::Setting`] if the file cannot be used.
pub async fn certificates(profile: Option<&str>) -> Result<Option<String>, DeployError> {
    let profiles = profiles(profile).await;
    profiles.as_ref().and_then(|it| it.get("ca_bundle")).map(trust::bundle).transpose()
}

/// A build of ring is four times faster than one of aws-lc.
fn connector(proxy: ProxyConfig, trust: TlsContext) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(answers::TO_CONNECT).build();
    let connector = Connector::builder().proxy_config(proxy).connector_settings(settings);
    let connector = connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(trust);
    SharedHttpConnector::new(connector.build())
}

/// A host that does not answer must not keep a command from ending.
pub(crate) fn timeouts(clock: Clock) -> TimeoutConfig {
    // Answers take this machine's time, also in a fast simulation.
    let at_least = std::time::Duration::from_secs(1);
    TimeoutConfig::builder()
        .connect_timeout(clock.span(answers::TO_CONNECT).max(at_least))
        .read_timeout(clock.span(answers::TO_ANSWER).max(at_least))
        .build()
}
