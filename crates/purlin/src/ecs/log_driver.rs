//! Where the output of containers goes.

use std::collections::BTreeMap;

use purlin_cfn::ecs::{TaskDefinitionLogConfiguration, TaskDefinitionSecret};
use purlin_construct::{IntoValue, RemovalPolicy, Scope, Value};

use super::secret::Secret;
use crate::iam::Role;
use crate::logs::{LogGroup, Retention};

/// The drivers that work on Fargate
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-defs.html>).
const DRIVERS: [&str; 3] = ["awslogs", "splunk", "awsfirelens"];

/// Where a container's output goes: `awslogs`, `splunk` and FireLens work on Fargate.
#[derive(Debug, Clone)]
#[must_use = "a log driver does nothing until it is given to a container"]
pub struct LogDriver {
    kind: Kind,
    mode: Option<Mode>,
    max_buffer_size_mib: Option<u32>,
}

#[derive(Debug, Clone)]
enum Kind {
    Aws(Box<AwsLogs>),
    Other { name: String, options: BTreeMap<String, Value<String>>, secrets: Vec<(String, Secret)> },
}

#[derive(Debug, Clone)]
struct AwsLogs {
    prefix: Value<String>,
    group: Option<LogGroup>,
    retention: Retention,
    removal_policy: RemovalPolicy,
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
    /// Unless a group is given, one is made. It keeps entries for one month, so that logs do not pile up for ever, and
    /// is itself kept when it leaves the stack: what a deleted service said last is still there to be read.
    pub fn aws_logs(stream_prefix: impl IntoValue<String>) -> Self {
        Self::new(Kind::Aws(Box::new(AwsLogs {
            prefix: stream_prefix.into_value(),
            group: None,
            retention: Retention::OneMonth,
            removal_policy: RemovalPolicy::Retain,
            datetime_format: None,
            multiline_pattern: None,
        })))
    }

    /// FireLens: another container of the task, made a router by
    /// [`firelens_router`](super::ContainerDefinitionProps::firelens_router), sends the output on.
    pub fn firelens() -> Self {
        Self::custom("awsfirelens")
    }

    /// Splunk; its token is a [`secret_option`](Self::secret_option) named `splunk-token`.
    pub fn splunk(url: impl IntoValue<String>) -> Self {
        Self::custom("splunk").option("splunk-url", url)
    }

    /// A driver by its name. One that does not work on Fargate is a problem.
    pub fn custom(name: impl Into<String>) -> Self {
        Self::new(Kind::Other { name: name.into(), options: BTreeMap::new(), secrets: Vec::new() })
    }

    fn new(kind: Kind) -> Self {
        Self { kind, mode: None, max_buffer_size_mib: None }
    }

    fn with_aws(mut self, change: impl FnOnce(&mut AwsLogs)) -> Self {
        if let Kind::Aws(aws) = &mut self.kind {
            change(aws);
        }
        self
    }

    /// The group the entries go to, instead of one that is made. No effect on other drivers.
    pub fn log_group(self, group: &LogGroup) -> Self {
        self.with_aws(|aws| aws.group = Some(group.clone()))
    }

    /// How long the group that is made keeps entries: one month unless given. No effect on other drivers.
    pub fn retention(self, retention: Retention) -> Self {
        self.with_aws(|aws| aws.retention = retention)
    }

    /// What happens to the group that is made when it leaves the stack: it is kept unless given. No effect on other
    /// drivers.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        self.with_aws(|aws| aws.removal_policy = policy)
    }

    /// An entry begins where a line has a time of this `strftime` format. No effect on other drivers.
    pub fn datetime_format(self, format: impl Into<String>) -> Self {
        self.with_aws(|aws| aws.datetime_format = Some(format.into()))
    }

    /// An entry begins where a line matches this regular expression. No effect on other drivers.
    pub fn multiline_pattern(self, pattern: impl Into<String>) -> Self {
        self.with_aws(|aws| aws.multiline_pattern = Some(pattern.into()))
    }

    /// An option of a driver other than `awslogs`, by its own name.
    pub fn option(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        if let Kind::Other { options, .. } = &mut self.kind {
            options.insert(name.into(), value.into_value());
        }
        self
    }

    /// An option of a driver other than `awslogs` that is a secret.
    pub fn secret_option(mut self, name: impl Into<String>, secret: Secret) -> Self {
        if let Kind::Other { secrets, .. } = &mut self.kind {
            secrets.push((name.into(), secret));
        }
        self
    }

    /// Entries are dropped when they cannot be sent fast enough: the container goes on.
    pub fn non_blocking(self) -> Self {
        Self { mode: Some(Mode::NonBlocking), ..self }
    }

    /// The container waits when entries cannot be sent fast enough: nothing is lost. Without either, it is what the
    /// account's setting `defaultLogDriverMode` says.
    pub fn blocking(self) -> Self {
        Self { mode: Some(Mode::Blocking), ..self }
    }

    /// How much is kept in memory where the driver does not block.
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
                format!("the log driver `{name}` does not work on Fargate, which has {}", DRIVERS.join(", ")),
                "use `LogDriver::aws_logs`, `LogDriver::splunk` or `LogDriver::firelens`; without `.logging(..)`, \
                 output is dropped",
            );
        }
        if let Kind::Aws(aws) = &self.kind
            && aws.datetime_format.is_some()
            && aws.multiline_pattern.is_some()
        {
            scope.error(
                "a log driver has both a format of time and a pattern for where an entry begins",
                "keep one of `.datetime_format(..)` and `.multiline_pattern(..)`",
            );
        }
        if self.max_buffer_size_mib.is_some() && !matches!(self.mode, Some(Mode::NonBlocking)) {
            scope.error(
                "a log driver has a buffer, but may block",
                "add `.non_blocking()`, or leave `.max_buffer_size_mib(..)` out",
            );
        }
    }

    /// What the container definition says; makes the group, and permits the execution role what the driver needs.
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
    fn bind(&self, scope: &Scope, execution_role: &dyn Fn() -> Role, options: &mut BTreeMap<String, Value<String>>) {
        let group = self.group.clone().unwrap_or_else(|| {
            let group = LogGroup::props().retention(self.retention).removal_policy(self.removal_policy);
            scope.add("LogGroup", group)
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
