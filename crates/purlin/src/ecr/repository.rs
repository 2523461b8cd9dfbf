//! A repository of container images.

use purlin_cfn::ecr::{
    CfnRepository, RepositoryEncryptionConfiguration, RepositoryEncryptionConfigurationEncryptionType,
    RepositoryImageScanningConfiguration, RepositoryImageTagMutability, RepositoryImageTagMutabilityExclusionFilter,
    RepositoryImageTagMutabilityExclusionFilterImageTagMutabilityExclusionFilterType, RepositoryLifecyclePolicy,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, RemovalPolicy, Scope, Value, Word, intrinsics, sub};

use super::lifecycle::{self, LifecycleRule};
use crate::check::Checks;
use crate::iam::{self, Grant, Grantee, PolicyStatement};
use crate::kms::Key;

const PULL: [&str; 3] = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
const PUSH: [&str; 5] = [
    "ecr:CompleteLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:InitiateLayerUpload",
    "ecr:BatchCheckLayerAvailability",
    "ecr:PutImage",
];

/// A repository of container images
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/Repositories.html>).
#[derive(Debug, Clone)]
pub struct Repository {
    scope: Scope,
    cfn: Option<Ref<CfnRepository>>,
    name: Value<String>,
    arn: Value<String>,
}

/// The recipe of a [`Repository`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct RepositoryProps {
    name: Option<Value<String>>,
    scan_on_push: bool,
    immutable: bool,
    mutable_tags: Vec<String>,
    rules: Vec<LifecycleRule>,
    removal_policy: RemovalPolicy,
    empty_on_delete: bool,
    encryption: Option<RepositoryEncryptionConfiguration>,
}

impl Repository {
    /// A repository that is kept when it leaves the stack, with mutable tags and without scans.
    pub fn props() -> RepositoryProps {
        RepositoryProps {
            name: None,
            scan_on_push: false,
            immutable: false,
            mutable_tags: Vec::new(),
            rules: Vec::new(),
            removal_policy: RemovalPolicy::Retain,
            empty_on_delete: false,
            encryption: None,
        }
    }

    /// Imports a repository of the stack's account and region, by its name.
    #[track_caller]
    pub fn from_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>) -> Self {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        let arn = scope.arn("ecr", sub!("repository/{}", name));
        Self::imported(scope, name, arn)
    }

    /// Imports a repository of any account and region, by its ARN.
    #[track_caller]
    pub fn from_arn(scope: &impl HasScope, id: impl AsRef<str>, arn: impl IntoValue<String>) -> Self {
        let (scope, arn) = (scope.scope().child(id), arn.into_value());
        if arn.as_str().is_some_and(|arn| !arn.contains(":repository/")) {
            scope.error(
                format!(
                    "the ARN of the repository is `{}`, but AWS takes ARNs of repositories only",
                    arn.as_str().unwrap_or_default()
                ),
                "write it as `arn:aws:ecr:eu-west-1:111122223333:repository/name`, or import the repository by its name \
                 with `Repository::from_name`",
            );
            return Self::imported(scope, Value::no_value(), arn);
        }
        let name = intrinsics::select(1, intrinsics::split(":repository/", &arn));
        Self::imported(scope, name, arn)
    }

    fn imported(scope: Scope, name: Value<String>, arn: Value<String>) -> Self {
        Self { scope, cfn: None, name, arn }
    }

    /// The raw resource; none for an imported repository.
    pub fn cfn(&self) -> Option<&Ref<CfnRepository>> {
        self.cfn.as_ref()
    }

    /// The repository's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The repository's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The URI for pushes and pulls, without a tag: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/name`.
    pub fn uri(&self) -> Value<String> {
        let stack = self.scope.stack();
        let part = |index, here: Value<String>| match (&self.cfn, self.arn.as_str()) {
            (None, None) if self.name.expr().is_literal() => here,
            _ => intrinsics::select(index, intrinsics::split(":", &self.arn)),
        };
        let (account, region) = (part(4, stack.account()), part(3, stack.region()));
        sub!("{}.dkr.ecr.{}.{}/{}", account, region, stack.url_suffix(), self.name)
    }

    /// The image with this tag.
    pub fn uri_for_tag(&self, tag: impl IntoValue<String>) -> Value<String> {
        sub!("{}:{}", self.uri(), tag.into_value())
    }

    /// The image with this digest, `sha256:..`: always the same image.
    pub fn uri_for_digest(&self, digest: impl IntoValue<String>) -> Value<String> {
        sub!("{}@{}", self.uri(), digest.into_value())
    }

    /// Permits actions on the repository.
    pub fn grant<A: Into<String>>(&self, grantee: &impl Grantee, actions: impl IntoIterator<Item = A>) -> Grant {
        Grant::add_to_principal(grantee, actions, [self.arn()])
    }

    /// Permits pulling images, and the token for it, which is valid for all repositories.
    pub fn grant_pull(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, PULL).combine(grant_token(grantee))
    }

    /// Permits pushing images.
    pub fn grant_push(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, PUSH).combine(grant_token(grantee))
    }

    /// Permits pulling and pushing images.
    pub fn grant_pull_push(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, PULL.into_iter().chain(PUSH)).combine(grant_token(grantee))
    }

    /// Permits listing the images.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, ["ecr:DescribeRepositories", "ecr:DescribeImages"])
    }

    /// Adds a statement to the repository's policy, for example for another account. Give it no resources. Returns
    /// `false` for an imported repository: its policy is not part of this app.
    pub fn add_to_resource_policy(&self, statement: PolicyStatement) -> bool {
        let Some(cfn) = &self.cfn else { return false };
        iam::add_statement(cfn, "RepositoryPolicyText", &statement);
        true
    }
}

impl HasScope for Repository {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

fn grant_token(grantee: &impl Grantee) -> Grant {
    Grant::statement(grantee, PolicyStatement::allow().action("ecr:GetAuthorizationToken").all_resources())
}

/// Permits pulling the images that are built and pushed with the app's assets.
pub(crate) fn grant_pull_of(arn: Value<String>, grantee: &impl Grantee) -> Grant {
    Grant::add_to_principal(grantee, PULL, [arn]).combine(grant_token(grantee))
}

impl RepositoryProps {
    /// The repository's name, 2 to 256 characters; CloudFormation generates one unless given. A repository with a name
    /// cannot be replaced while it is kept.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Scans every image that is pushed for known vulnerabilities.
    pub fn scan_on_push(self) -> Self {
        Self { scan_on_push: true, ..self }
    }

    /// A pushed tag cannot be moved to another image.
    pub fn immutable_tags(self) -> Self {
        Self { immutable: true, ..self }
    }

    /// A pushed tag cannot be moved to another image, unless it matches one of 1 to 5 patterns: `latest`, `dev-*`.
    pub fn immutable_tags_except<T: Into<String>>(self, patterns: impl IntoIterator<Item = T>) -> Self {
        Self { immutable: true, mutable_tags: patterns.into_iter().map(Into::into).collect(), ..self }
    }

    /// A rule by which images expire; none expire unless given.
    pub fn lifecycle_rule(mut self, rule: LifecycleRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// What happens to the repository when it leaves the stack: it is kept unless given.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal_policy: policy, ..self }
    }

    /// Deletes the repository with all its images when it leaves the stack.
    pub fn empty_on_delete(self) -> Self {
        Self { empty_on_delete: true, removal_policy: RemovalPolicy::Destroy, ..self }
    }

    /// Encrypts images with the key that AWS KMS manages for ECR, instead of keys of Amazon S3.
    pub fn kms_encryption(self) -> Self {
        let kms = RepositoryEncryptionConfigurationEncryptionType::KMS;
        Self { encryption: Some(RepositoryEncryptionConfiguration::new(kms)), ..self }
    }

    /// Encrypts images with this key of AWS KMS.
    pub fn encryption_key(self, key: &Key) -> Self {
        let kms = RepositoryEncryptionConfiguration::new(RepositoryEncryptionConfigurationEncryptionType::KMS);
        Self { encryption: Some(kms.kms_key(key.arn())), ..self }
    }

    fn check(&self, scope: &Scope) {
        if let Some(name) = self.name.as_ref().and_then(Value::as_str)
            && !is_name(name)
        {
            scope.error(
                format!(
                    "the name of the repository is `{name}`, but AWS takes 2 to 256 lower-case letters and digits, with \
                     single `.`, `_`, `-` or `/` between them"
                ),
                "choose another name, or leave it out: CloudFormation then generates one",
            );
        }
        for pattern in &self.mutable_tags {
            scope.check("the tag pattern").name(pattern, 1..=128, "._-*");
        }
    }

    fn mutability(&self) -> Option<Word<RepositoryImageTagMutability>> {
        self.immutable.then(|| match self.mutable_tags[..] {
            [] => RepositoryImageTagMutability::IMMUTABLE,
            _ => RepositoryImageTagMutability::IMMUTABLE_WITH_EXCLUSION,
        })
    }
}

fn is_name(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (2..=256).contains(&name.len()) && name.split('/').all(|part| part.split(['.', '_', '-']).all(word))
}

impl Construct for RepositoryProps {
    type Handle = Repository;
    fn build(self, scope: Scope) -> Repository {
        self.check(&scope);
        let mut repository = CfnRepository::new();
        if let Some(mutability) = self.mutability() {
            repository = repository.image_tag_mutability(mutability);
        }
        if !self.mutable_tags.is_empty() {
            repository = repository.image_tag_mutability_exclusion_filters(exclusions(self.mutable_tags));
        }
        if let Some(name) = self.name {
            repository = repository.repository_name(name);
        }
        if self.scan_on_push {
            let scanning = RepositoryImageScanningConfiguration::new().scan_on_push(true);
            repository = repository.image_scanning_configuration(scanning);
        }
        if !self.rules.is_empty() {
            let policy = RepositoryLifecyclePolicy::new().lifecycle_policy_text(lifecycle::render(&scope, &self.rules));
            repository = repository.lifecycle_policy(policy);
        }
        if self.empty_on_delete {
            repository = repository.empty_on_delete(true);
        }
        if let Some(encryption) = self.encryption {
            repository = repository.encryption_configuration(encryption);
        }
        let cfn = scope.add("Resource", repository);
        cfn.removal_policy(self.removal_policy);
        let (name, arn) = (cfn.id(), cfn.att(CfnRepository::ATTR_ARN));
        Repository { scope, cfn: Some(cfn), name, arn }
    }
}

fn exclusions(patterns: Vec<String>) -> Vec<RepositoryImageTagMutabilityExclusionFilter> {
    let wildcard = RepositoryImageTagMutabilityExclusionFilterImageTagMutabilityExclusionFilterType::WILDCARD;
    patterns
        .into_iter()
        .map(|pattern| RepositoryImageTagMutabilityExclusionFilter::new(wildcard.clone(), pattern))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn knows_names_of_repositories() {
        let cases = [
            ("web", true),
            ("team/web-app.v2", true),
            ("w", false),
            ("Web", false),
            ("web-", false),
            ("web//app", false),
            ("a--b", false),
        ];
        for (name, expect) in cases {
            assert_eq!(is_name(name), expect, "{name}");
        }
    }
}
