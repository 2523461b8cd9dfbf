//! Sessions of ECS Exec: their logs, and the permissions of tasks.

use purlin_cfn::ecs::{
    ClusterExecuteCommandConfiguration, ClusterExecuteCommandConfigurationLogging,
    ClusterExecuteCommandLogConfiguration,
};
use purlin_construct::{HasScope, IntoValue, Scope, Value, sub};

use super::task::FargateTaskDefinition;
use crate::iam::PolicyStatement;
use crate::kms::Key;
use crate::logs::LogGroup;
use crate::s3;

/// The logs and the encryption of ECS Exec sessions
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>).
#[derive(Debug, Clone)]
#[must_use = "a configuration does nothing until it is given to a cluster"]
pub struct ExecuteCommandConfiguration {
    logging: Logging,
    prefix: Option<String>,
    key: Option<Key>,
}

#[derive(Debug, Clone)]
enum Logging {
    Container,
    None,
    Override { group: Option<Box<(LogGroup, bool)>>, bucket: Option<Bucket> },
}

#[derive(Debug, Clone)]
struct Bucket {
    name: Value<String>,
    encrypted: bool,
}

impl ExecuteCommandConfiguration {
    fn new(logging: Logging) -> Self {
        Self { logging, prefix: None, key: None }
    }

    /// Logs sessions to the log group of their container, if that logs by `awslogs`.
    pub fn container_logs() -> Self {
        Self::new(Logging::Container)
    }

    /// Does not log sessions.
    pub fn without_logs() -> Self {
        Self::new(Logging::None)
    }

    /// Logs sessions to a log group. Add a bucket by [`bucket`](Self::bucket).
    pub fn log_group(group: &LogGroup) -> Self {
        Self::new(Logging::Override { group: Some(Box::new((group.clone(), false))), bucket: None })
    }

    /// Logs sessions to an encrypted log group.
    pub fn encrypted_log_group(group: &LogGroup) -> Self {
        Self::new(Logging::Override { group: Some(Box::new((group.clone(), true))), bucket: None })
    }

    fn with_bucket(self, bucket: Bucket) -> Self {
        let group = match self.logging {
            Logging::Override { group, .. } => group,
            Logging::Container | Logging::None => None,
        };
        Self { logging: Logging::Override { group, bucket: Some(bucket) }, ..self }
    }

    /// Logs sessions to a bucket, by its name. Tasks may write there, with the key of a bucket of the app too; permit
    /// them `kms:GenerateDataKey` with the key of another one.
    pub fn bucket(self, name: impl IntoValue<String>) -> Self {
        self.with_bucket(Bucket { name: name.into_value(), encrypted: false })
    }

    /// Logs sessions to an encrypted bucket, by its name.
    pub fn encrypted_bucket(self, name: impl IntoValue<String>) -> Self {
        self.with_bucket(Bucket { name: name.into_value(), encrypted: true })
    }

    /// The folder in the bucket; its root unless given. Without a bucket it is a problem.
    pub fn bucket_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: Some(prefix.into()), ..self }
    }

    /// The key that encrypts the data between the operator and the container.
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    pub(super) fn check(&self, scope: &Scope) {
        if self.prefix.is_some() && !matches!(self.logging, Logging::Override { bucket: Some(_), .. }) {
            scope.error(
                "the logs of ECS Exec have a bucket prefix but no bucket",
                "add `.bucket(name)`, or leave out `.bucket_prefix(..)`",
            );
        }
    }

    pub(super) fn render(&self) -> ClusterExecuteCommandConfiguration {
        let mut configuration = ClusterExecuteCommandConfiguration::new().logging(match &self.logging {
            Logging::Container => ClusterExecuteCommandConfigurationLogging::DEFAULT,
            Logging::None => ClusterExecuteCommandConfigurationLogging::NONE,
            Logging::Override { .. } => ClusterExecuteCommandConfigurationLogging::OVERRIDE,
        });
        if let Some(key) = &self.key {
            configuration = configuration.kms_key_id(key.arn());
        }
        let Logging::Override { group, bucket } = &self.logging else { return configuration };
        let mut logs = ClusterExecuteCommandLogConfiguration::new();
        if let Some((group, encrypted)) = group.as_deref() {
            logs = logs.cloud_watch_log_group_name(group.name());
            if *encrypted {
                logs = logs.cloud_watch_encryption_enabled(true);
            }
        }
        if let Some(bucket) = bucket {
            logs = logs.s3_bucket_name(&bucket.name);
            if let Some(prefix) = &self.prefix {
                logs = logs.s3_key_prefix(prefix);
            }
            if bucket.encrypted {
                logs = logs.s3_encryption_enabled(true);
            }
        }
        configuration.log_configuration(logs)
    }

    fn statements(&self, scope: &Scope) -> Vec<PolicyStatement> {
        let mut statements = Vec::new();
        if let Some(key) = &self.key {
            let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
            statements.push(PolicyStatement::allow().actions(actions).resource(key.arn()));
        }
        let Logging::Override { group, bucket } = &self.logging else { return statements };
        if let Some((group, _)) = group.as_deref() {
            let actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
            let streams = scope.arn("logs", sub!("log-group:{}:*", group.name()));
            statements.push(PolicyStatement::allow().action("logs:DescribeLogGroups").all_resources());
            statements.push(PolicyStatement::allow().actions(actions).resource(streams));
        }
        if let Some(bucket) = bucket {
            let arn = sub!("arn:{}:s3:::{}", scope.stack().partition(), bucket.name);
            statements.push(PolicyStatement::allow().action("s3:GetBucketLocation").all_resources());
            statements.push(PolicyStatement::allow().action("s3:PutObject").resource(sub!("{}/*", arn)));
            if bucket.encrypted {
                statements.push(PolicyStatement::allow().action("s3:GetEncryptionConfiguration").resource(arn));
            }
            let own = s3::Bucket::referred(scope, &bucket.name);
            if let Some(key) = own.as_ref().and_then(|(bucket, _)| bucket.encryption_key()) {
                let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
                statements.push(PolicyStatement::allow().actions(actions).resource(key.arn()));
            }
        }
        statements
    }
}

/// Permits a task what sessions of ECS Exec need: the channel, and their logs.
pub(super) fn permit(task: &FargateTaskDefinition, configuration: Option<&ExecuteCommandConfiguration>) {
    let channel = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ];
    task.add_to_task_role_policy(PolicyStatement::allow().actions(channel).all_resources());
    let statements = configuration.map(|configuration| configuration.statements(task.scope()));
    statements.into_iter().flatten().for_each(|statement| task.add_to_task_role_policy(statement));
}

/// Reports settings of containers that do not work with sessions.
pub(super) fn check(task: &FargateTaskDefinition) {
    for container in task.containers() {
        let data = container.data();
        if data.props.readonly_root_filesystem {
            container.scope().warning(
                format!("ECS Exec does not work in `{}`: its root file system is read-only", data.name),
                "leave `.readonly_root_filesystem()` out, or leave out the service's `.enable_execute_command()`",
            );
        }
    }
    let containers = task.containers();
    let has_init = |container: &super::ContainerDefinition| {
        container.data().props.linux_parameters.as_ref().is_some_and(super::LinuxParameters::has_init_process)
    };
    if !containers.is_empty() && !containers.iter().any(has_init) {
        task.scope().info(
            "ECS Exec leaves processes behind in containers without an init process: add \
             `.linux_parameters(LinuxParameters::new().init_process())` to the containers of your sessions",
        );
    }
}
