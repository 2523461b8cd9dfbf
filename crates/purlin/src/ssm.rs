//! AWS Systems Manager: parameters, imported.

use purlin_construct::{HasScope, IntoValue, SecretValue, Value, sub};

use crate::iam::{Grant, Grantee};
use crate::kms::Key;

const READ: [&str; 4] = ["ssm:DescribeParameters", "ssm:GetParameters", "ssm:GetParameter", "ssm:GetParameterHistory"];

/// A parameter that exists already, in plain text.
///
/// ```
/// use purlin::ssm::StringParameter;
/// use purlin::{App, CfnOutput, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let image = StringParameter::from_name(&stack, "/web/image");
/// stack.add("Image", CfnOutput::new(image.value()));
/// # stack.add("Queue", purlin::CfnResource::new("AWS::SQS::Queue"));
/// # assert_eq!(app.synth().unwrap().stacks[0].template["Outputs"]["Image"]["Value"], "{{resolve:ssm:/web/image}}");
/// ```
#[derive(Debug, Clone)]
pub struct StringParameter {
    name: Value<String>,
    arn: Value<String>,
}

impl StringParameter {
    /// A parameter of the stack's account and region, by its name.
    pub fn from_name(scope: &impl HasScope, name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        Self { arn: arn_of(scope, &name), name }
    }

    /// The parameter's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The parameter's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The parameter's newest value, which CloudFormation reads at each deployment that changes its user.
    pub fn value(&self) -> Value<String> {
        sub!("{{{{resolve:ssm:{}}}}}", self.name)
    }

    /// Permits the grantee to read the parameter.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, READ, [self.arn()])
    }

    /// Permits the grantee to change the parameter.
    pub fn grant_write(&self, grantee: &impl Grantee) -> Grant {
        Grant::add_to_principal(grantee, ["ssm:PutParameter"], [self.arn()])
    }
}

/// A `SecureString` parameter that exists already: encrypted, for secrets.
#[derive(Debug, Clone)]
pub struct SecureStringParameter {
    name: String,
    arn: Value<String>,
    version: Option<u32>,
    key: Option<Key>,
}

impl SecureStringParameter {
    /// A parameter of the stack's account and region, by its name; encrypted with the account's key `aws/ssm`.
    pub fn from_name(scope: &impl HasScope, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { arn: arn_of(scope, &name.as_str().into_value()), name, version: None, key: None }
    }

    /// A version of the parameter instead of the newest.
    pub fn version(self, version: u32) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The key the parameter is encrypted with, where it is one of the account's own: grants cover it too.
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// The parameter's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The parameter's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter's value. CloudFormation accepts it in a few properties only.
    pub fn value(&self) -> SecretValue {
        SecretValue::ssm_secure(&self.name, self.version)
    }

    /// Permits the grantee to read the parameter, and to decrypt it where it has a key of its own.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        let decrypt = self.key.as_ref().map(|key| key.grant_decrypt(grantee));
        combined(decrypt, Grant::add_to_principal(grantee, READ, [self.arn()]))
    }

    /// Permits the grantee to change the parameter, and to encrypt it where it has a key of its own.
    pub fn grant_write(&self, grantee: &impl Grantee) -> Grant {
        let encrypt = self.key.as_ref().map(|key| key.grant_encrypt(grantee));
        combined(encrypt, Grant::add_to_principal(grantee, ["ssm:PutParameter"], [self.arn()]))
    }
}

fn combined(first: Option<Grant>, second: Grant) -> Grant {
    match first {
        Some(first) => first.combine(second),
        None => second,
    }
}

/// The name has a leading slash in the ARN only if it is a path.
fn arn_of(scope: &impl HasScope, name: &Value<String>) -> Value<String> {
    let resource = match name.as_str() {
        Some(path) if path.starts_with('/') => sub!("parameter{}", path),
        _ => sub!("parameter/{}", name),
    };
    scope.scope().arn("ssm", resource)
}
