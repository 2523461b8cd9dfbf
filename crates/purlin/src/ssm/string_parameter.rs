//! Parameters in plain text.

use purlin_cfn::ssm::{CfnParameter, ParameterTier as CfnTier, ParameterType};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, sub};

use crate::check::Checks;
use crate::iam::{Grant, Grantee};

pub(super) const READ: [&str; 4] =
    ["ssm:DescribeParameters", "ssm:GetParameters", "ssm:GetParameter", "ssm:GetParameterHistory"];

/// The size and price of a parameter
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterTier {
    /// Up to 4 KB, free of charge.
    Standard,
    /// Up to 8 KB, with a monthly price.
    Advanced,
    /// Standard if that is enough, else advanced.
    IntelligentTiering,
}

/// A parameter in plain text, made by the stack or imported.
///
/// ```
/// use purlin::ssm::StringParameter;
/// use purlin::{App, CfnOutput, Stack};
///
/// let app = App::new();
/// let stack = app.add("Web", Stack::props());
/// let url = stack.add("Url", StringParameter::props("https://app.example.com").name("/web/url"));
/// let image = StringParameter::from_name(&stack, "/web/image");
/// stack.add("Image", CfnOutput::new(image.value()));
/// # assert_eq!(app.synth().unwrap().stacks[0].template["Outputs"]["Image"]["Value"], "{{resolve:ssm:/web/image}}");
/// ```
#[derive(Debug, Clone)]
pub struct StringParameter {
    name: Value<String>,
    arn: Value<String>,
    cfn: Option<Ref<CfnParameter>>,
}

/// The recipe of a [`StringParameter`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct StringParameterProps {
    value: Value<String>,
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    allowed_pattern: Option<String>,
    tier: Option<ParameterTier>,
}

impl StringParameter {
    /// A parameter with this value. It is plain text, so a secret does not compile here.
    pub fn props(value: impl IntoValue<String>) -> StringParameterProps {
        let value = value.into_value();
        StringParameterProps { value, name: None, description: None, allowed_pattern: None, tier: None }
    }

    /// A parameter of the stack's account and region that exists already, by its name.
    pub fn from_name(scope: &impl HasScope, name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        Self { arn: arn_of(scope, &name), name, cfn: None }
    }

    /// The raw resource; none for an imported parameter.
    pub fn cfn(&self) -> Option<&Ref<CfnParameter>> {
        self.cfn.as_ref()
    }

    /// The parameter's ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The parameter's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The parameter's value. For an imported parameter CloudFormation reads the newest value whenever it creates or
    /// updates the resource that uses it.
    pub fn value(&self) -> Value<String> {
        let made = self.cfn.as_ref().map(|cfn| cfn.att(CfnParameter::ATTR_VALUE));
        made.unwrap_or_else(|| sub!("{{{{resolve:ssm:{}}}}}", self.name))
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

impl StringParameterProps {
    /// The name: letters, digits, `_.-`, and `/` between the parts of a path, which begins with `/`. By default
    /// CloudFormation generates one. Another name replaces the parameter.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the parameter is for, up to 1024 characters.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// A regular expression that every value has to match; none unless given.
    pub fn allowed_pattern(self, pattern: impl Into<String>) -> Self {
        Self { allowed_pattern: Some(pattern.into()), ..self }
    }

    /// The tier: standard unless given.
    pub fn tier(self, tier: ParameterTier) -> Self {
        Self { tier: Some(tier), ..self }
    }

    /// Checks name and value
    /// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>).
    fn check(&self, scope: &Scope) {
        if let Some(name) = self.name.as_ref().and_then(Value::as_str) {
            check_name(scope, name);
        }
        let Some(value) = self.value.as_str() else { return };
        let most = if matches!(self.tier, None | Some(ParameterTier::Standard)) { 4096 } else { 8192 };
        let hint = "keep long values in an object of Amazon S3; the advanced tier takes up to 8192 bytes";
        scope.check("the parameter's value").hint(hint).count("bytes", value.len(), 1..=most);
        if value.contains("{{") {
            scope.error(
                "the parameter's value has `{{`, but AWS takes no references to other parameters",
                "write the value without it; for a secret, keep its ARN in the parameter",
            );
        }
    }
}

fn check_name(scope: &Scope, name: &str) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    let is_path = !name.contains('/') || name.starts_with('/');
    let is_name = !name.is_empty() && !name.ends_with('/') && name.chars().all(allowed) && is_path;
    if !is_name || name.matches('/').count() > 15 || name.len() > 1011 {
        scope.error(
            format!(
                "the parameter's name is `{name}`, but AWS takes letters, digits and `_.-`, or a path of at most 15 such \
                 parts that begins with `/`"
            ),
            "choose another, or leave it out: CloudFormation generates one",
        );
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        scope.error(
            format!("the parameter's name is `{name}`, but AWS takes no names that begin with `aws` or `ssm`"),
            "choose another name",
        );
    }
}

impl Construct for StringParameterProps {
    type Handle = StringParameter;

    fn build(self, scope: Scope) -> StringParameter {
        self.check(&scope);
        let mut parameter = CfnParameter::new(ParameterType::STRING, self.value);
        let is_path = self.name.as_ref().and_then(Value::as_str).is_some_and(|name| name.starts_with('/'));
        if let Some(name) = self.name {
            parameter = parameter.name(name);
        }
        if let Some(description) = self.description {
            parameter = parameter.description(description);
        }
        if let Some(pattern) = self.allowed_pattern {
            parameter = parameter.allowed_pattern(pattern);
        }
        if let Some(tier) = self.tier {
            parameter = parameter.tier(match tier {
                ParameterTier::Standard => CfnTier::STANDARD,
                ParameterTier::Advanced => CfnTier::ADVANCED,
                ParameterTier::IntelligentTiering => CfnTier::INTELLIGENT_TIERING,
            });
        }
        let cfn = scope.add("Resource", parameter);
        let name = cfn.id();
        let resource = if is_path { sub!("parameter{}", name) } else { sub!("parameter/{}", name) };
        StringParameter { arn: scope.arn("ssm", resource), name, cfn: Some(cfn) }
    }
}

/// The name has a leading slash in the ARN only if it is a path.
pub(super) fn arn_of(scope: &impl HasScope, name: &Value<String>) -> Value<String> {
    let resource = match name.as_str() {
        Some(path) if path.starts_with('/') => sub!("parameter{}", path),
        _ => sub!("parameter/{}", name),
    };
    scope.scope().arn("ssm", resource)
}
