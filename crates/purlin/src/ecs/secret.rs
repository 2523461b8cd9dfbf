//! Environment that comes from elsewhere when a container starts: secrets, parameters, files.

use purlin_cfn::ecs::TaskDefinitionEnvironmentFile;
use purlin_construct::{IntoValue, Scope, Value, sub};

use crate::iam::{Grant, Grantee};

/// A secret that ECS reads when a container starts, and gives to it as an environment variable. It is not in the
/// template (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html>).
#[derive(Debug, Clone)]
#[must_use = "a secret does nothing until it is given to a container"]
pub struct Secret {
    source: Source,
    field: String,
    version: Version,
    key_arn: Option<Value<String>>,
}

#[derive(Debug, Clone)]
enum Source {
    SecretsManager(Value<String>),
    SecretsManagerName(Value<String>),
    Parameter(Value<String>),
    ParameterName(Value<String>),
}

#[derive(Debug, Clone)]
enum Version {
    Current,
    Stage(String),
    Id(String),
}

impl Secret {
    fn new(source: Source) -> Self {
        Self { source, field: String::new(), version: Version::Current, key_arn: None }
    }

    /// A secret of Secrets Manager, by its whole ARN.
    pub fn from_secrets_manager(arn: impl IntoValue<String>) -> Self {
        Self::new(Source::SecretsManager(arn.into_value()))
    }

    /// A secret of Secrets Manager of the stack's account and region, by its name.
    pub fn from_secrets_manager_name(name: impl IntoValue<String>) -> Self {
        Self::new(Source::SecretsManagerName(name.into_value()))
    }

    /// A parameter of Systems Manager, by its ARN.
    pub fn from_ssm_parameter(arn: impl IntoValue<String>) -> Self {
        Self::new(Source::Parameter(arn.into_value()))
    }

    /// A parameter of Systems Manager of the stack's account and region, by its name, such as `/web/password`.
    pub fn from_ssm_parameter_name(name: impl IntoValue<String>) -> Self {
        Self::new(Source::ParameterName(name.into_value()))
    }

    /// One field of a secret of Secrets Manager that holds JSON; the whole secret unless given.
    pub fn field(self, name: impl Into<String>) -> Self {
        Self { field: name.into(), ..self }
    }

    /// The version of a secret with this staging label; the current one unless given.
    pub fn version_stage(self, stage: impl Into<String>) -> Self {
        Self { version: Version::Stage(stage.into()), ..self }
    }

    /// The version of a secret with this id; the current one unless given.
    pub fn version_id(self, id: impl Into<String>) -> Self {
        Self { version: Version::Id(id.into()), ..self }
    }

    /// The customer-managed key it is encrypted with, by its ARN: the execution role may then decrypt with it.
    pub fn encryption_key(self, key_arn: impl IntoValue<String>) -> Self {
        Self { key_arn: Some(key_arn.into_value()), ..self }
    }

    /// The ARN that ECS reads, without field and version.
    fn arn(&self, scope: &Scope) -> Value<String> {
        match &self.source {
            Source::SecretsManager(arn) | Source::Parameter(arn) => arn.clone(),
            Source::SecretsManagerName(name) => scope.arn("secretsmanager", sub!("secret:{}", name)),
            Source::ParameterName(name) => match name.as_str() {
                Some(name) => scope.arn("ssm", format!("parameter/{}", name.trim_start_matches('/'))),
                None => scope.arn("ssm", sub!("parameter/{}", name)),
            },
        }
    }

    /// What the container definition names.
    pub(super) fn value_from(&self, scope: &Scope) -> Value<String> {
        let arn = self.arn(scope);
        match (&self.version, self.field.is_empty()) {
            (Version::Current, true) => arn,
            (Version::Current, false) => sub!("{}:{}::", arn, &self.field),
            (Version::Stage(stage), _) => sub!("{}:{}:{}:", arn, &self.field, stage),
            (Version::Id(id), _) => sub!("{}:{}::{}", arn, &self.field, id),
        }
    }

    fn is_parameter(&self) -> bool {
        matches!(self.source, Source::Parameter(_) | Source::ParameterName(_))
    }

    pub(super) fn check(&self, scope: &Scope, variable: &str) {
        let narrowed = !self.field.is_empty() || !matches!(self.version, Version::Current);
        if self.is_parameter() && narrowed {
            scope.error(
                format!("the secret `{variable}` is a parameter of Systems Manager with a field or a version"),
                "take the whole parameter, or keep the value in a secret of Secrets Manager",
            );
        }
        if let Source::SecretsManager(arn) = &self.source
            && let Some(arn) = arn.as_str()
            && !arn.starts_with("arn:")
        {
            scope.error(
                format!("the secret `{variable}` is given as `{arn}`, which is not an ARN"),
                "give its ARN, or its name by `Secret::from_secrets_manager_name`",
            );
        }
    }

    /// Permits reading it.
    pub(super) fn grant_read(&self, scope: &Scope, grantee: &impl Grantee) {
        if self.is_parameter() {
            let actions =
                ["ssm:DescribeParameters", "ssm:GetParameters", "ssm:GetParameter", "ssm:GetParameterHistory"];
            Grant::add_to_principal(grantee, actions, [self.arn(scope)]);
        } else {
            let arn = match &self.source {
                // Secrets Manager ends a secret's ARN with a dash and six random characters.
                Source::SecretsManagerName(_) => sub!("{}-??????", self.arn(scope)),
                _ => self.arn(scope),
            };
            Grant::add_to_principal(grantee, ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], [arn]);
        }
        if let Some(key) = &self.key_arn {
            Grant::add_to_principal(grantee, ["kms:Decrypt"], [key]);
        }
    }
}

/// A file of environment variables in Amazon S3, one `NAME=value` a line
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html>).
#[derive(Debug, Clone)]
#[must_use = "a file does nothing until it is given to a container"]
pub struct EnvironmentFile {
    bucket_arn: Value<String>,
    key: Value<String>,
}

impl EnvironmentFile {
    /// An object whose key ends with `.env`, of a bucket by its ARN.
    pub fn from_bucket(bucket_arn: impl IntoValue<String>, key: impl IntoValue<String>) -> Self {
        Self { bucket_arn: bucket_arn.into_value(), key: key.into_value() }
    }

    pub(super) fn check(&self, scope: &Scope) {
        if let Some(key) = self.key.as_str()
            && !key.ends_with(".env")
        {
            scope.error(
                format!("the environment file `{key}` does not end with `.env`, which ECS asks for"),
                "rename the object",
            );
        }
    }

    pub(super) fn grant_read(&self, grantee: &impl Grantee) {
        Grant::add_to_principal(grantee, ["s3:GetObject"], [sub!("{}/{}", self.bucket_arn, self.key)]);
        Grant::add_to_principal(grantee, ["s3:GetBucketLocation"], [&self.bucket_arn]);
    }

    pub(super) fn render(&self) -> TaskDefinitionEnvironmentFile {
        TaskDefinitionEnvironmentFile::new().type_("s3").value(sub!("{}/{}", self.bucket_arn, self.key))
    }
}
