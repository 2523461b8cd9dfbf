//! Sessions: credentials, account and region. The only module that turns configuration into SDK clients.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use purlin_assembly::Stack;

use crate::assets::publishing::Publishing;
use crate::aws::{Named, innermost};
use crate::clock::Clock;
use crate::cloudformation::{Bucket, CloudFormation};
use crate::credentials::{self, AsksCode, NoCode};
use crate::error::DeployError;
use crate::event::EventSink;
use crate::network::{self, Client};
use crate::settings::{self, Checked};
use crate::target::Target;

/// How to connect to AWS or an emulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// AWS, by its usual configuration: environment, profiles, SSO, instance roles.
    Aws {
        /// The profile; `AWS_PROFILE` or `default` by default.
        profile: Option<String>,
        /// The region; `AWS_REGION` or the profile's by default.
        region: Option<String>,
    },
    /// An emulator on this machine that takes any credentials.
    Local {
        /// Such as `http://127.0.0.1:4566`.
        endpoint: String,
        /// The region for stacks that name none.
        region: String,
    },
    /// An emulator on this machine with an access key of its own.
    Emulator {
        /// Such as `http://127.0.0.1:4566`.
        endpoint: String,
        /// The region for stacks that name none.
        region: String,
        /// Its access key.
        key: EmulatorKey,
    },
}

/// The access key of an emulator, which opens nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct EmulatorKey {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
}

impl EmulatorKey {
    /// For emulators that take any key.
    fn any() -> Self {
        Self { id: "test".to_owned(), secret: "test".to_owned() }
    }
}

impl std::fmt::Debug for EmulatorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmulatorKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Credentials, account and region to deploy with.
#[derive(Clone, Debug)]
pub struct Session {
    config: SdkConfig,
    /// The caller's own, whatever role was taken on since.
    own: Arc<SdkConfig>,
    /// What the configurations send with.
    client: Client,
    target: Target,
    is_local: bool,
    /// The region that was given explicitly.
    asked_region: Option<String>,
    publishing: Arc<Publishing>,
    /// The last part of the caller's ARN.
    caller: String,
    clock: Clock,
    buckets: Arc<Buckets>,
}

/// One bucket for each account and region, shared by concurrent operations.
type Buckets = Mutex<BTreeMap<(String, String), Arc<Bucket>>>;

impl Session {
    /// Finds the credentials and asks AWS for their account. A profile with an MFA device is an error.
    pub async fn connect(connection: &Connection) -> Result<Self, DeployError> {
        Self::connect_with_code(connection, &NoCode).await
    }

    /// The same, for profiles with an MFA device.
    pub async fn connect_with_code(connection: &Connection, ask: &dyn AsksCode) -> Result<Self, DeployError> {
        let (config, client, is_local, asked_region) = match connection {
            Connection::Aws { profile, region } => {
                let (config, client) = configured(profile.as_deref(), region.as_deref(), ask).await?;
                (config, client, false, region.clone())
            }
            Connection::Local { endpoint, region } => {
                let client = Client::local();
                (emulated(endpoint, region, &EmulatorKey::any(), &client), client, true, None)
            }
            Connection::Emulator { endpoint, region, key } => {
                let client = Client::local();
                (emulated(endpoint, region, key, &client), client, true, None)
            }
        };
        let region = config.region().map(ToString::to_string).ok_or(DeployError::NoRegion)?;
        settings::check_region(&region)?;
        let Identity { account, partition, caller } = identity(&config).await?;
        let clock = if is_on_this_machine(&config) { Clock::LOCAL } else { Clock::AWS };
        let target = Target { account, region, partition };
        Ok(Self {
            own: Arc::new(config.clone()),
            config,
            client,
            target,
            is_local,
            asked_region,
            publishing: Arc::default(),
            caller,
            clock,
            buckets: Arc::default(),
        })
    }

    /// The same session with other waits, such as for a simulation: every wait is this many times
    /// as long as against AWS.
    pub fn with_wait_factor(self, factor: f64) -> Self {
        Self { clock: Clock::of(factor), buckets: Arc::default(), ..self }
    }

    /// The account, region and partition.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether this is an emulator.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// The same session with another limit of concurrent assets.
    pub fn with_assets_at_once(self, limit: usize) -> Self {
        Self { publishing: Arc::new(Publishing::with_concurrency(limit)), ..self }
    }

    pub(crate) fn publishing(&self) -> &Publishing {
        &self.publishing
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The configuration with the timeouts of this session's clock.
    fn timely(&self) -> SdkConfig {
        self.config.to_builder().timeout_config(network::timeouts(self.clock)).build()
    }

    /// With the caller's own credentials: roles of the bootstrap stack cannot assume each other.
    pub(crate) fn with_own_credentials(&self) -> Self {
        let region = Region::new(self.target.region.clone());
        Self { config: self.own.to_builder().region(region).build(), ..self.clone() }
    }

    /// With the credentials of a role, which belong to the role's account.
    pub(crate) fn as_owner(&self, config: SdkConfig, account: Option<String>) -> Self {
        let account = account.unwrap_or_else(|| self.target.account.clone());
        Self { config, target: Target { account, ..self.target.clone() }, ..self.clone() }
    }

    /// The same session in the stack's region and role.
    pub(crate) async fn for_stack(&self, stack: &Stack, sink: EventSink<'_>) -> Result<Self, DeployError> {
        let wanted = stack.environment();
        self.target.check(stack.name(), wanted, self.is_local)?;
        if let (Some(wanted), Some(asked)) = (&wanted.region, &self.asked_region)
            && wanted != asked
        {
            return Err(DeployError::WrongRegion {
                stack: stack.name().to_owned(),
                wanted: wanted.clone(),
                region: asked.clone(),
            });
        }
        let session = self.in_region(wanted.region.as_deref());
        if let Some(account) = wanted.account.as_ref().filter(|account| **account != session.target.account) {
            let text = format!(
                "stack `{}` names account `{account}`, which the emulator does not know: it goes to `{}`",
                stack.name(),
                session.target.account
            );
            sink.note(text);
        }
        let properties = stack.properties();
        let Some(role) = &properties.assume_role_arn else {
            return Ok(session);
        };
        let role = session.target.fill(role);
        if session.target.other_account(&role).is_some() && !self.is_local {
            let (stack, account) = (stack.name().to_owned(), session.target.account.clone());
            return Err(DeployError::ForeignRole { stack, account, role });
        }
        Ok(session.as_role_or_self(&role, properties.assume_role_external_id.as_deref(), sink).await)
    }

    /// The same session in another region.
    pub(crate) fn in_region(&self, region: Option<&str>) -> Self {
        let Some(region) = region.filter(|region| *region != self.target.region) else {
            return self.clone();
        };
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Self { config, target: Target { region: region.to_owned(), ..self.target.clone() }, ..self.clone() }
    }

    /// The same session in a role of the bootstrap stack, or unchanged when the role cannot be
    /// assumed: administrators can deploy without it. An emulator has no such roles.
    pub(crate) async fn as_role_or_self(&self, role: &str, external_id: Option<&str>, sink: EventSink<'_>) -> Self {
        if self.is_local {
            return self.clone();
        }
        let role = self.target.fill(role);
        let mut provider = AssumeRoleProvider::builder(&role)
            .session_name("purlin")
            .region(Region::new(self.target.region.clone()))
            .configure(&self.config);
        if let Some(id) = external_id {
            provider = provider.external_id(id);
        }
        let provider = provider.build().await;
        if let Err(refused) = provider.provide_credentials().await {
            let text =
                format!("going on with your own credentials, as role `{role}` cannot be used: {}", innermost(&refused));
            sink.note(text);
            return self.clone();
        }
        let credentials = SharedCredentialsProvider::new(provider);
        Self { config: self.config.to_builder().credentials_provider(credentials).build(), ..self.clone() }
    }

    pub(crate) fn cloudformation(&self) -> CloudFormation {
        let config =
            aws_sdk_cloudformation::config::Builder::from(&self.timely()).retry_config(RetryConfig::disabled());
        let client = aws_sdk_cloudformation::Client::from_conf(config.build());
        let mut buckets = self.buckets.lock().expect("no panic while the buckets are locked");
        let place = (self.target.account.clone(), self.target.region.clone());
        let bucket = buckets.entry(place).or_insert_with(|| Arc::new(Bucket::new(self.clock)));
        CloudFormation::new(client, Arc::clone(bucket), self.clock)
    }

    /// The last part of the caller's ARN: a user, or a role's session.
    pub(crate) fn caller(&self) -> &str {
        &self.caller
    }

    pub(crate) fn ecr(&self) -> aws_sdk_ecr::Client {
        aws_sdk_ecr::Client::new(&self.timely())
    }

    pub(crate) fn ecs(&self) -> aws_sdk_ecs::Client {
        aws_sdk_ecs::Client::new(&self.timely())
    }

    pub(crate) fn elbv2(&self) -> aws_sdk_elasticloadbalancingv2::Client {
        aws_sdk_elasticloadbalancingv2::Client::new(&self.timely())
    }

    pub(crate) fn cloudwatch_logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.timely())
    }

    pub(crate) fn acm(&self) -> aws_sdk_acm::Client {
        aws_sdk_acm::Client::new(&self.timely())
    }

    pub(crate) fn route53(&self) -> aws_sdk_route53::Client {
        aws_sdk_route53::Client::new(&self.timely())
    }

    pub(crate) fn cognito(&self) -> aws_sdk_cognitoidentityprovider::Client {
        aws_sdk_cognitoidentityprovider::Client::new(&self.timely())
    }

    /// The configuration for optional questions: short timeouts, few attempts.
    pub(crate) fn looking_around(&self) -> SdkConfig {
        hasty(&self.config)
    }

    /// Emulators have one host name and no wildcard, so buckets are in the path there.
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let is_elsewhere = self.config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(&self.timely()).force_path_style(is_elsewhere).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// The address CloudFormation reads an object from.
    pub(crate) fn object_url(&self, bucket: &str, key: &str) -> String {
        match self.config.endpoint_url() {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => format!("https://s3.{}.{}/{bucket}/{key}", self.target.region, self.target.dns_suffix()),
        }
    }

    /// Whether the endpoint is on this machine.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        is_on_this_machine(&self.config)
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }
}

fn is_on_this_machine(config: &SdkConfig) -> bool {
    let is_loopback = |url: &str| url.contains("//127.0.0.1") || url.contains("//localhost");
    config.endpoint_url().is_some_and(is_loopback)
}

/// The configuration that AWS's tools share.
async fn configured(
    profile: Option<&str>,
    region: Option<&str>,
    ask: &dyn AsksCode,
) -> Result<(SdkConfig, Client), DeployError> {
    settings::check_environment(std::env::vars_os(), profile, region)?;
    let profiles = credentials::profiles(profile).await;
    credentials::check(profiles.as_ref(), profile)?;
    let client = Client::of_environment(profiles.as_ref().and_then(|it| it.get("ca_bundle")))?;
    let mut loader =
        aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(client.shared()).retry_config(retries());
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let mut config = loader.load().await;
    if let Some(provider) = credentials::provider(&config, profile, profiles.as_ref(), ask).await? {
        config = config.to_builder().credentials_provider(provider).build();
    }
    let Some(provider) = config.credentials_provider() else {
        return Err(DeployError::NoCredentials { detail: "none are configured".to_owned() });
    };
    let provider = SharedCredentialsProvider::new(Checked(provider));
    match provider.provide_credentials().await {
        Ok(_) => Ok((config.to_builder().credentials_provider(provider).build(), client)),
        Err(error) => Err(credentials::refused(&error, profile)),
    }
}

/// Nothing of the usual configuration: an emulator must never receive real credentials, nor may
/// the environment lead its calls to AWS or through a proxy.
fn emulated(endpoint: &str, region: &str, key: &EmulatorKey, client: &Client) -> SdkConfig {
    let credentials = Credentials::new(&key.id, &key.secret, None, None, "purlin-local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(client.shared())
        .retry_config(retries().with_initial_backoff(Duration::from_millis(20)))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint)
        .build()
}

/// AWS throttles accounts that deploy a lot, so calls are retried often.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(5).with_max_backoff(Duration::from_secs(15))
}

/// For questions whose answers nothing waits for, and for the first one, whose host may not be there at all.
fn hasty(config: &SdkConfig) -> SdkConfig {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(10)).build();
    config.to_builder().retry_config(retries().with_max_attempts(3)).timeout_config(timeouts).build()
}

/// The owner of the credentials.
struct Identity {
    account: String,
    partition: String,
    caller: String,
}

async fn identity(config: &SdkConfig) -> Result<Identity, DeployError> {
    let client = aws_sdk_sts::Client::new(&hasty(config));
    let answer = client.get_caller_identity().send().await.named("GetCallerIdentity");
    let answer = answer.map_err(|error| match error {
        DeployError::Aws { message, .. } => DeployError::BadCredentials { detail: message },
        other => other,
    })?;
    let arn = answer.arn().unwrap_or_default();
    let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
    let caller = arn.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let account = answer.account().map(str::to_owned).ok_or_else(|| DeployError::BadCredentials {
        detail: "AWS does not say which account they are of".to_owned(),
    })?;
    Ok(Identity { account, partition, caller })
}
