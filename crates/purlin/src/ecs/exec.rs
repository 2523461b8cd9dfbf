//! What a cluster does with sessions of ECS Exec, and what tasks need for them.

use purlin_cfn::ecs::{
    ClusterExecuteCommandConfiguration, ClusterExecuteCommandConfigurationLogging,
    ClusterExecuteCommandLogConfiguration,
};
use purlin_construct::{HasScope, IntoValue, Scope, Value, sub};

use super::task::FargateTaskDefinition;
use crate::iam::PolicyStatement;
use crate::kms::Key;
use crate::logs::LogGroup;

/// Where what happens in sessions of ECS Exec is recorded
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>).
#[derive(Debug, Clone)]
#[must_use = "a configuration does nothing until it is given to a cluster"]
pub struct ExecuteCommandConfiguration {
    logging: Logging,
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
    prefix: Option<String>,
    encrypted: bool,
}

impl ExecuteCommandConfiguration {
    /// Sessions are recorded where their container logs, if it logs by `awslogs`.
    pub fn container_logs() -> Self {
        Self { logging: Logging::Container, key: None }
    }

    /// Sessions are not recorded.
    pub fn without_logs() -> Self {
        Self { logging: Logging::None, key: None }
    }

    /// Sessions are recorded in a log group. Add a bucket by [`bucket`](Self::bucket).
    pub fn log_group(group: &LogGroup) -> Self {
        Self { logging: Logging::Override { group: Some(Box::new((group.clone(), false))), bucket: None }, key: None }
    }

    /// Sessions are recorded in a log group that is encrypted.
    pub fn encrypted_log_group(group: &LogGroup) -> Self {
        Self { logging: Logging::Override { group: Some(Box::new((group.clone(), true))), bucket: None }, key: None }
    }

    fn with_bucket(mut self, bucket: Bucket) -> Self {
        let group = match self.logging {
            Logging::Override { group, .. } => group,
            Logging::Container | Logging::None => None,
        };
        self.logging = Logging::Override { group, bucket: Some(bucket) };
        self
    }

    /// Sessions are recorded in a bucket, by its name.
    pub fn bucket(self, name: impl IntoValue<String>) -> Self {
        self.with_bucket(Bucket { name: name.into_value(), prefix: None, encrypted: false })
    }

    /// Sessions are recorded in a bucket that is encrypted, by its name.
    pub fn encrypted_bucket(self, name: impl IntoValue<String>) -> Self {
        self.with_bucket(Bucket { name: name.into_value(), prefix: None, encrypted: true })
    }

    /// The folder of the bucket. No effect without a bucket.
    pub fn bucket_prefix(mut self, prefix: impl Into<String>) -> Self {
        if let Logging::Override { bucket: Some(bucket), .. } = &mut self.logging {
            bucket.prefix = Some(prefix.into());
        }
        self
    }

    /// The key that what passes between the operator and the container is encrypted with.
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
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
            if let Some(prefix) = &bucket.prefix {
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
        }
        statements
    }
}

/// Permits a task what sessions of ECS Exec take: the channel, and where they are recorded.
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

/// Says what keeps sessions from working well.
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
             `.linux_parameters(LinuxParameters::new().init_process())` to those that are looked into",
        );
    }
}
