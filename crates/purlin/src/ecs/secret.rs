//! Environment variables that ECS reads when a container starts: secrets, parameters, files.

use purlin_cfn::ecs::{TaskDefinitionEnvironmentFile, TaskDefinitionEnvironmentFileType};
use purlin_construct::{HasScope, IntoValue, Scope, Value, sub};

use crate::iam::{Grant, Grantee, Role};
use crate::s3::Bucket;
use crate::secretsmanager;
use crate::ssm::{SecureStringParameter, StringParameter};

/// A secret that ECS reads when a container starts, for an environment variable. The template does not contain it
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html>).
#[derive(Debug, Clone)]
#[must_use = "a secret does nothing until it is given to a container"]
pub struct Secret {
    source: Source,
    field: String,
    version: Version,
}

#[derive(Debug, Clone)]
enum Source {
    Secret(secretsmanager::Secret),
    Parameter(StringParameter),
    SecureParameter(SecureStringParameter),
}

#[derive(Debug, Clone, PartialEq)]
enum Version {
    Current,
    Stage(String),
    Id(String),
}

impl Secret {
    fn new(source: Source) -> Self {
        Self { source, field: String::new(), version: Version::Current }
    }

    /// A secret of Secrets Manager: the whole value unless a [`field`](Self::field) is given.
    pub fn from_secrets_manager(secret: &secretsmanager::Secret) -> Self {
        Self::new(Source::Secret(secret.clone()))
    }

    /// A `SecureString` parameter of Systems Manager.
    pub fn from_ssm_secure_parameter(parameter: &SecureStringParameter) -> Self {
        Self::new(Source::SecureParameter(parameter.clone()))
    }

    /// A plain parameter of Systems Manager: not a secret, but also read when the container starts.
    pub fn from_ssm_parameter(parameter: &StringParameter) -> Self {
        Self::new(Source::Parameter(parameter.clone()))
    }

    /// One field of a secret of Secrets Manager that is JSON; the whole secret unless given.
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

    /// The value in the container definition.
    pub(super) fn value_from(&self) -> Value<String> {
        let arn = match &self.source {
            Source::Secret(secret) => secret.arn(),
            Source::Parameter(parameter) => parameter.arn(),
            Source::SecureParameter(parameter) => parameter.arn(),
        };
        match (&self.version, self.field.is_empty()) {
            (Version::Current, true) => arn,
            (Version::Current, false) => sub!("{}:{}::", arn, &self.field),
            (Version::Stage(stage), _) => sub!("{}:{}:{}:", arn, &self.field, stage),
            (Version::Id(id), _) => sub!("{}:{}::{}", arn, &self.field, id),
        }
    }

    pub(super) fn check(&self, scope: &Scope, variable: &str) {
        let is_narrowed = !self.field.is_empty() || self.version != Version::Current;
        if is_narrowed && !matches!(self.source, Source::Secret(_)) {
            scope.error(
                format!("the secret `{variable}` is a parameter of Systems Manager with a field or a version"),
                "use the whole parameter, or put the value into a secret of Secrets Manager",
            );
        }
    }

    /// Permits reading it.
    pub(super) fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        match &self.source {
            Source::Secret(secret) => secret.grant_read(grantee),
            Source::Parameter(parameter) => parameter.grant_read(grantee),
            Source::SecureParameter(parameter) => parameter.grant_read(grantee),
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
    /// An object whose key ends with `.env`, of a bucket by its ARN. The execution role may read it, and decrypt it with
    /// the key of a bucket of the app.
    pub fn from_bucket(bucket_arn: impl IntoValue<String>, key: impl IntoValue<String>) -> Self {
        Self { bucket_arn: bucket_arn.into_value(), key: key.into_value() }
    }

    pub(super) fn check(&self, scope: &Scope) {
        if let Some(key) = self.key.as_str()
            && key.rsplit_once('.').is_none_or(|(_, extension)| extension != "env")
        {
            scope.error(
                format!("the environment file is `{key}`, but AWS takes names that end with `.env`"),
                "rename the object",
            );
        }
    }

    pub(super) fn grant_read(&self, grantee: &Role) {
        let bucket = Bucket::referred(grantee.scope(), &self.bucket_arn);
        if let Some(key) = bucket.as_ref().and_then(|(bucket, _)| bucket.encryption_key()) {
            key.grant_decrypt(grantee);
        }
        Grant::add_to_principal(grantee, ["s3:GetObject"], [sub!("{}/{}", self.bucket_arn, self.key)]);
        Grant::add_to_principal(grantee, ["s3:GetBucketLocation"], [&self.bucket_arn]);
    }

    pub(super) fn render(&self) -> TaskDefinitionEnvironmentFile {
        TaskDefinitionEnvironmentFile::new().type_(TaskDefinitionEnvironmentFileType::S3).value(sub!(
            "{}/{}",
            self.bucket_arn,
            self.key
        ))
    }
}
