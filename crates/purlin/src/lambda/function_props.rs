//! The recipe of a function.

use std::time::Duration;

use purlin_construct::{IntoValue, RemovalPolicy, Value};

use super::async_invoke::AsyncInvoke;
use super::code::Code;
use super::environment::EnvironmentValue;
use crate::ec2::{SecurityGroup, SubnetSelection, Vpc};
use crate::iam::{PolicyStatement, Role};
use crate::kms::Key;
use crate::logs::{LogGroup, Retention};

/// The processors that a function runs on
/// (<https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Intel and AMD, Lambda's default.
    X86_64,
    /// AWS Graviton, at a lower price.
    Arm64,
}

impl Architecture {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    pub(super) const fn image_platform(self) -> &'static str {
        match self {
            Self::X86_64 => "linux/amd64",
            Self::Arm64 => "linux/arm64",
        }
    }
}

/// Which requests X-Ray traces through the function
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracing {
    /// Requests that Lambda samples.
    Active,
    /// Only requests that the caller traces.
    PassThrough,
}

/// The format of log lines
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Plain text, Lambda's default.
    Text,
    /// JSON objects.
    Json,
}

/// The severity of a log line
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl LogLevel {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

/// Where Lambda sends events of asynchronous invocations that failed, by default after two retries
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq>).
#[derive(Debug, Clone, PartialEq)]
pub enum DeadLetterTarget {
    /// A queue of Amazon SQS, by its ARN; not a FIFO queue.
    Queue(Value<String>),
    /// A topic of Amazon SNS, by its ARN; not a FIFO topic.
    Topic(Value<String>),
}

impl DeadLetterTarget {
    /// A queue of Amazon SQS, by its ARN. If the queue is encrypted with a key of AWS KMS, grant the function
    /// [`Key::grant_encrypt_decrypt`](crate::kms::Key::grant_encrypt_decrypt).
    pub fn queue(arn: impl IntoValue<String>) -> Self {
        Self::Queue(arn.into_value())
    }

    /// A topic of Amazon SNS, by its ARN.
    pub fn topic(arn: impl IntoValue<String>) -> Self {
        Self::Topic(arn.into_value())
    }

    pub(super) fn arn(&self) -> Value<String> {
        let (Self::Queue(arn) | Self::Topic(arn)) = self;
        arn.clone()
    }

    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Queue(_) => "sqs:SendMessage",
            Self::Topic(_) => "sns:Publish",
        }
    }
}

/// The recipe of a [`Function`](super::Function).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct FunctionProps {
    pub(super) code: Code,
    pub(super) name: Option<Value<String>>,
    pub(super) description: Option<Value<String>>,
    pub(super) environment: Vec<(String, Value<String>)>,
    pub(super) environment_key: Option<Key>,
    pub(super) memory_mib: Option<u32>,
    pub(super) ephemeral_storage_mib: Option<u32>,
    pub(super) timeout: Option<Duration>,
    pub(super) architecture: Option<Architecture>,
    pub(super) role: Option<Role>,
    pub(super) statements: Vec<PolicyStatement>,
    pub(super) network: Network,
    pub(super) log_group: Option<LogGroup>,
    pub(super) log_retention: Option<Retention>,
    pub(super) log_removal: Option<RemovalPolicy>,
    pub(super) log_format: Option<LogFormat>,
    pub(super) application_log_level: Option<LogLevel>,
    pub(super) system_log_level: Option<LogLevel>,
    pub(super) async_invoke: AsyncInvoke,
    pub(super) reserved_concurrency: Option<u32>,
    pub(super) dead_letter: Option<DeadLetterTarget>,
    pub(super) layers: Vec<Value<String>>,
    pub(super) tracing: Option<Tracing>,
}

/// The place of a function in a VPC.
#[derive(Debug, Clone, Default)]
pub(super) struct Network {
    pub vpc: Option<Vpc>,
    pub subnets: Option<SubnetSelection>,
    pub groups: Vec<SecurityGroup>,
    pub in_public: bool,
}

impl FunctionProps {
    pub(super) fn new(code: Code) -> Self {
        Self {
            code,
            name: None,
            description: None,
            environment: Vec::new(),
            environment_key: None,
            memory_mib: None,
            ephemeral_storage_mib: None,
            timeout: None,
            architecture: None,
            role: None,
            statements: Vec::new(),
            network: Network::default(),
            log_group: None,
            log_retention: None,
            log_removal: None,
            log_format: None,
            application_log_level: None,
            system_log_level: None,
            async_invoke: AsyncInvoke::default(),
            reserved_concurrency: None,
            dead_letter: None,
            layers: Vec::new(),
            tracing: None,
        }
    }

    /// The name, up to 64 letters, digits, `-` and `_`. By default CloudFormation generates one. Prefer that:
    /// another name replaces the function.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the function is for, up to 256 characters.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// An environment variable; a second value for a name is a problem. It is plain text in the template and in the
    /// console, so a secret does not compile here.
    /// Pass the secret's ARN, and let the function read the secret with
    /// [`grant_read`](crate::secretsmanager::Secret::grant_read).
    pub fn environment(mut self, name: impl Into<String>, value: impl EnvironmentValue) -> Self {
        self.environment.push((name.into(), value.into_environment()));
        self
    }

    /// Environment variables; see [`environment`](Self::environment).
    pub fn environments<N: Into<String>, V: EnvironmentValue>(
        self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        variables.into_iter().fold(self, |props, (name, value)| props.environment(name, value))
    }

    /// The key that encrypts the environment variables at rest; Lambda's own unless given. The function is permitted to
    /// decrypt with it.
    pub fn environment_encryption(self, key: &Key) -> Self {
        Self { environment_key: Some(key.clone()), ..self }
    }

    /// The memory in MiB, 128 to 10240; 128 unless given. CPU share is proportional to it
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
    pub fn memory_size(self, mib: u32) -> Self {
        Self { memory_mib: Some(mib), ..self }
    }

    /// The size of `/tmp` in MiB, 512 to 10240; 512 unless given.
    pub fn ephemeral_storage_size(self, mib: u32) -> Self {
        Self { ephemeral_storage_mib: Some(mib), ..self }
    }

    /// How long an invocation may take: 1 second to 15 minutes, in whole seconds; 3 seconds unless given.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// The processors: x86-64 unless given.
    pub fn architecture(self, architecture: Architecture) -> Self {
        Self { architecture: Some(architecture), ..self }
    }

    /// The role that the function runs with. By default one is made, with AWS's `AWSLambdaBasicExecutionRole`, and
    /// `AWSLambdaVPCAccessExecutionRole` in a VPC. A given role gets only the permissions that the function requires for
    /// its log group and its VPC.
    pub fn role(self, role: &Role) -> Self {
        Self { role: Some(role.clone()), ..self }
    }

    /// Adds a statement to the policy of the function's role.
    pub fn initial_policy(mut self, statement: PolicyStatement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Runs the function in a VPC: in its private subnets with egress, or in its isolated subnets if there are no others.
    /// By default it gets its own security group that allows all outbound traffic.
    pub fn vpc(mut self, vpc: &Vpc) -> Self {
        self.network.vpc = Some(vpc.clone());
        self
    }

    /// The subnets of the [`vpc`](Self::vpc).
    pub fn vpc_subnets(mut self, subnets: SubnetSelection) -> Self {
        self.network.subnets = Some(subnets);
        self
    }

    /// A security group of the [`vpc`](Self::vpc), instead of the function's own. Another call adds another.
    pub fn security_group(mut self, group: &SecurityGroup) -> Self {
        group.add_to(&mut self.network.groups);
        self
    }

    /// Allows public subnets of the [`vpc`](Self::vpc). Otherwise they are a problem: a function has no public address,
    /// so from there it cannot connect to anything outside of the VPC.
    pub fn allow_public_subnet(mut self) -> Self {
        self.network.in_public = true;
        self
    }

    /// The log group. Unless given, one is made for the function.
    pub fn log_group(self, group: &LogGroup) -> Self {
        Self { log_group: Some(group.clone()), ..self }
    }

    /// The retention of the function's own log group: a month unless given.
    pub fn log_retention(self, retention: Retention) -> Self {
        Self { log_retention: Some(retention), ..self }
    }

    /// Whether the function's own log group is deleted with the stack; it is kept unless given.
    pub fn log_removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { log_removal: Some(policy), ..self }
    }

    /// The format of log lines: text unless given.
    pub fn log_format(self, format: LogFormat) -> Self {
        Self { log_format: Some(format), ..self }
    }

    /// The lowest level of the function's own lines that is kept; all unless given. Requires [`LogFormat::Json`].
    pub fn application_log_level(self, level: LogLevel) -> Self {
        Self { application_log_level: Some(level), ..self }
    }

    /// The lowest level of Lambda's own lines that is kept, debug to warn; info unless given. Requires
    /// [`LogFormat::Json`].
    pub fn system_log_level(self, level: LogLevel) -> Self {
        Self { system_log_level: Some(level), ..self }
    }

    /// The maximum of concurrent invocations, which is reserved for the function. 0 stops the function. By default the
    /// function shares the account's limit (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>).
    pub fn reserved_concurrent_executions(self, count: u32) -> Self {
        Self { reserved_concurrency: Some(count), ..self }
    }

    /// Where Lambda sends events of asynchronous invocations that failed; they are dropped unless given. The function is
    /// permitted to send there.
    pub fn dead_letter(self, target: DeadLetterTarget) -> Self {
        Self { dead_letter: Some(target), ..self }
    }

    /// A layer, by the ARN of its version. Another call adds another, at most 5. Not for images.
    pub fn layer(mut self, version_arn: impl IntoValue<String>) -> Self {
        let layer = version_arn.into_value();
        if !self.layers.contains(&layer) {
            self.layers.push(layer);
        }
        self
    }

    /// Which requests X-Ray traces: only those that the caller traces unless given. The function is permitted to write
    /// traces.
    pub fn tracing(self, tracing: Tracing) -> Self {
        Self { tracing: Some(tracing), ..self }
    }
}
