//! Log drivers: the destination of a container's output.

use std::collections::BTreeMap;

use purlin_cfn::ecs::{TaskDefinitionLogConfiguration, TaskDefinitionSecret};
use purlin_construct::{IntoValue, RemovalPolicy, Scope, Value};

use super::secret::Secret;
use crate::check::set_twice;
use crate::iam::Role;
use crate::logs::{LogGroup, Retention};

/// The drivers that work on Fargate
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-defs.html>).
const DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

/// The destination of a container's output: `awslogs`, `splunk` or FireLens on Fargate.
///
/// A setting that another driver does not have is a problem.
#[derive(Debug, Clone)]
#[must_use = "a log driver does nothing until it is given to a container"]
pub struct LogDriver {
    kind: Kind,
    mode: Option<Mode>,
    max_buffer_size_mib: Option<u32>,
    /// Setters that the driver does not have.
    refused: Vec<&'static str>,
}

#[derive(Debug, Clone)]
enum Kind {
    Aws(Box<AwsLogs>),
    Other { name: String, options: Vec<(String, Value<String>)>, secrets: Vec<(String, Secret)> },
}

#[derive(Debug, Clone)]
struct AwsLogs {
    prefix: Value<String>,
    group: Option<LogGroup>,
    retention: Option<Retention>,
    removal_policy: Option<RemovalPolicy>,
    datetime_format: Option<String>,
    multiline_pattern: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Blocking,
    NonBlocking,
}

impl LogDriver {
    /// Amazon CloudWatch Logs, in streams that are named `prefix/container/task`.
    ///
    /// A new log group keeps entries for one month, and is kept when it leaves the stack, so the last logs of a deleted
    /// service remain.
    pub fn aws_logs(stream_prefix: impl IntoValue<String>) -> Self {
        Self::new(Kind::Aws(Box::new(AwsLogs {
            prefix: stream_prefix.into_value(),
            group: None,
            retention: None,
            removal_policy: None,
            datetime_format: None,
            multiline_pattern: None,
        })))
    }

    /// FireLens: another container of the task forwards the output, see
    /// [`firelens_router`](super::ContainerDefinitionProps::firelens_router).
    pub fn firelens() -> Self {
        Self::custom("awsfirelens")
    }

    /// Splunk; its token is a [`secret_option`](Self::secret_option) named `splunk-token`.
    pub fn splunk(url: impl IntoValue<String>) -> Self {
        Self::custom("splunk").option("splunk-url", url)
    }

    /// A driver by its name. One that does not work on Fargate is a problem.
    pub fn custom(name: impl Into<String>) -> Self {
        Self::new(Kind::Other { name: name.into(), options: Vec::new(), secrets: Vec::new() })
    }

    fn new(kind: Kind) -> Self {
        Self { kind, mode: None, max_buffer_size_mib: None, refused: Vec::new() }
    }

    fn with_aws(mut self, setter: &'static str, change: impl FnOnce(&mut AwsLogs)) -> Self {
        match &mut self.kind {
            Kind::Aws(aws) => change(aws),
            Kind::Other { .. } => self.refused.push(setter),
        }
        self
    }

    /// The log group; a new one unless given. Only for `awslogs`.
    pub fn log_group(self, group: &LogGroup) -> Self {
        self.with_aws("log_group", |aws| aws.group = Some(group.clone()))
    }

    /// The retention of the new log group: one month unless given. Only for `awslogs`.
    pub fn retention(self, retention: Retention) -> Self {
        self.with_aws("retention", |aws| aws.retention = Some(retention))
    }

    /// What happens to the new log group when it leaves the stack: it is kept unless given. Only for `awslogs`.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        self.with_aws("removal_policy", |aws| aws.removal_policy = Some(policy))
    }

    /// A line with a time of this `strftime` format begins an entry. Only for `awslogs`.
    pub fn datetime_format(self, format: impl Into<String>) -> Self {
        self.with_aws("datetime_format", |aws| aws.datetime_format = Some(format.into()))
    }

    /// A line that matches this regular expression begins an entry. Only for `awslogs`.
    pub fn multiline_pattern(self, pattern: impl Into<String>) -> Self {
        self.with_aws("multiline_pattern", |aws| aws.multiline_pattern = Some(pattern.into()))
    }

    /// An option by the driver's name for it. For drivers other than `awslogs`.
    pub fn option(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        match &mut self.kind {
            Kind::Other { options, .. } => options.push((name.into(), value.into_value())),
            Kind::Aws(_) => self.refused.push("option"),
        }
        self
    }

    /// An option with a secret value. For drivers other than `awslogs`.
    pub fn secret_option(mut self, name: impl Into<String>, secret: Secret) -> Self {
        match &mut self.kind {
            Kind::Other { secrets, .. } => secrets.push((name.into(), secret)),
            Kind::Aws(_) => self.refused.push("secret_option"),
        }
        self
    }

    /// Drops entries that cannot be sent fast enough; the container keeps running.
    pub fn non_blocking(self) -> Self {
        Self { mode: Some(Mode::NonBlocking), ..self }
    }

    /// Blocks the container when entries cannot be sent fast enough; none are lost. The account's setting
    /// `defaultLogDriverMode` applies unless this or [`non_blocking`](Self::non_blocking) is given.
    pub fn blocking(self) -> Self {
        Self { mode: Some(Mode::Blocking), ..self }
    }

    /// The size of the buffer in memory; only with [`non_blocking`](Self::non_blocking).
    pub fn max_buffer_size_mib(self, size: u32) -> Self {
        Self { max_buffer_size_mib: Some(size), ..self }
    }

    pub(super) fn is_firelens(&self) -> bool {
        matches!(&self.kind, Kind::Other { name, .. } if name == "awsfirelens")
    }

    fn check(&self, scope: &Scope) {
        if let Kind::Other { name, .. } = &self.kind
            && !DRIVERS.contains(&name.as_str())
        {
            scope.error(
                format!("the log driver is `{name}`, but AWS takes {} on Fargate", DRIVERS.join(", ")),
                "use `LogDriver::aws_logs`, `LogDriver::splunk` or `LogDriver::firelens`; without `.logging(..)`, \
                 output is dropped",
            );
        }
        match &self.kind {
            Kind::Aws(aws) => aws.check(scope),
            Kind::Other { options, .. } => set_twice(scope, "option of the log driver", options),
        }
        for setter in &self.refused {
            let driver = if let Kind::Other { name, .. } = &self.kind { name } else { DRIVERS[0] };
            scope.error(format!("the log driver `{driver}` has no `{setter}`"), format!("leave `.{setter}(..)` out"));
        }
        if self.max_buffer_size_mib.is_some() && !matches!(self.mode, Some(Mode::NonBlocking)) {
            scope.error(
                "the log driver has a buffer size, but may block",
                "add `.non_blocking()`, or leave `.max_buffer_size_mib(..)` out",
            );
        }
    }

    /// The log configuration; adds the log group, and permits the execution role what the driver needs.
    pub(super) fn bind(&self, scope: &Scope, execution_role: &dyn Fn() -> Role) -> TaskDefinitionLogConfiguration {
        self.check(scope);
        let mut options: BTreeMap<String, Value<String>> = BTreeMap::new();
        let (name, mut rendered_secrets) = ("awslogs", Vec::new());
        let name = match &self.kind {
            Kind::Aws(aws) => {
                aws.bind(scope, execution_role, &mut options);
                name
            }
            Kind::Other { name, options: given, secrets } => {
                options.extend(given.clone());
                for (option, secret) in secrets {
                    secret.check(scope, option);
                    secret.grant_read(&execution_role());
                    rendered_secrets.push(TaskDefinitionSecret::new(option, secret.value_from()));
                }
                name
            }
        };
        let mode = self.mode.map(|mode| match mode {
            Mode::Blocking => "blocking",
            Mode::NonBlocking => "non-blocking",
        });
        options.extend(mode.map(|mode| ("mode".to_owned(), mode.into_value())));
        let buffer = self.max_buffer_size_mib.map(|size| format!("{}b", u64::from(size) * 1024 * 1024));
        options.extend(buffer.map(|size| ("max-buffer-size".to_owned(), size.into_value())));
        let mut configuration = TaskDefinitionLogConfiguration::new(name);
        if !options.is_empty() {
            configuration = configuration.options(options);
        }
        if rendered_secrets.is_empty() {
            return configuration;
        }
        configuration.secret_options(rendered_secrets)
    }
}

impl AwsLogs {
    fn check(&self, scope: &Scope) {
        if self.datetime_format.is_some() && self.multiline_pattern.is_some() {
            scope.error(
                "the log driver has both a time format and a pattern for the begin of entries",
                "keep one of `.datetime_format(..)` and `.multiline_pattern(..)`",
            );
        }
        if self.group.is_some() && (self.retention.is_some() || self.removal_policy.is_some()) {
            scope.error(
                "the log driver has a log group, and a retention or removal policy for a new one",
                "set them on the log group",
            );
        }
    }

    fn bind(&self, scope: &Scope, execution_role: &dyn Fn() -> Role, options: &mut BTreeMap<String, Value<String>>) {
        let group = self.group.clone().unwrap_or_else(|| {
            let group = LogGroup::props().retention(self.retention.unwrap_or(Retention::OneMonth));
            scope.add("LogGroup", group.removal_policy(self.removal_policy.unwrap_or(RemovalPolicy::Retain)))
        });
        group.grant_write(&execution_role());
        let text = |text: &Option<String>| text.as_ref().map(IntoValue::into_value);
        options.insert("awslogs-group".to_owned(), group.name());
        options.insert("awslogs-stream-prefix".to_owned(), self.prefix.clone());
        options.insert("awslogs-region".to_owned(), scope.stack().region());
        options.extend(text(&self.datetime_format).map(|format| ("awslogs-datetime-format".to_owned(), format)));
        options.extend(text(&self.multiline_pattern).map(|pattern| ("awslogs-multiline-pattern".to_owned(), pattern)));
    }
}
