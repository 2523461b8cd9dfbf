//! Parameters in plain text.

use purlin_cfn::ssm::{CfnParameter, ParameterTier as CfnTier, ParameterType};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, sub};

use crate::iam::{Grant, Grantee};

pub(super) const READ: [&str; 4] =
    ["ssm:DescribeParameters", "ssm:GetParameters", "ssm:GetParameter", "ssm:GetParameterHistory"];

/// How much a parameter holds, and what it costs
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterTier {
    /// Up to 4 KB, free of charge.
    Standard,
    /// Up to 8 KB, paid by the month.
    Advanced,
    /// Standard while that is enough, then advanced.
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
    /// A parameter of this value. It is plain text for whoever may read it, so a secret is none, and does not compile.
    pub fn props(value: impl IntoValue<String>) -> StringParameterProps {
        let value = value.into_value();
        StringParameterProps { value, name: None, description: None, allowed_pattern: None, tier: None }
    }

    /// A parameter of the stack's account and region that exists already, by its name.
    pub fn from_name(scope: &impl HasScope, name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        Self { arn: arn_of(scope, &name), name, cfn: None }
    }

    /// The raw resource; none of an imported parameter.
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

    /// The parameter's value; of an imported one the newest, which CloudFormation reads at each deployment that changes
    /// its user.
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
    /// The name: letters, digits, `_.-`, and `/` between the parts of a path, which begins with one. CloudFormation
    /// makes one up unless given; another name replaces the parameter.
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

    /// What Systems Manager takes
    /// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>).
    fn check(&self, scope: &Scope) {
        if let Some(name) = self.name.as_ref().and_then(Value::as_str) {
            check_name(scope, name);
        }
        let Some(value) = self.value.as_str() else { return };
        let most = if matches!(self.tier, None | Some(ParameterTier::Standard)) { 4096 } else { 8192 };
        if value.is_empty() || value.len() > most {
            scope.error(
                format!("the parameter's value has {} bytes, Systems Manager takes 1 to {most}", value.len()),
                "keep long values in an object of Amazon S3; the advanced tier takes up to 8192 bytes",
            );
        }
        if value.contains("{{") {
            scope.error(
                "the parameter's value holds `{{`, which Systems Manager refuses: it could name another parameter",
                "write the value without it; a secret stays where it is, and its ARN goes into the parameter",
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
                "`{name}` is not a name of a parameter: letters, digits and `_.-`, or such parts of a path that begins \
                 with `/`, 15 at most"
            ),
            "choose another name, or none: CloudFormation then makes one up",
        );
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        scope.error(
            format!("a parameter cannot be named `{name}`: names that start with `aws` or `ssm` are AWS's own"),
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
