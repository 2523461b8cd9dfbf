//! Amazon CloudWatch Logs: log groups.

use purlin_cfn::logs::{CfnLogGroup, LogGroupLogGroupClass};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, RemovalPolicy, Scope, Value, intrinsics, sub};

use crate::iam::{Grant, Grantee};
use crate::kms::Key;

/// The retention of log events. AWS takes these values only
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Retention {
    OneDay,
    ThreeDays,
    FiveDays,
    OneWeek,
    TwoWeeks,
    OneMonth,
    TwoMonths,
    ThreeMonths,
    FourMonths,
    FiveMonths,
    SixMonths,
    OneYear,
    ThirteenMonths,
    EighteenMonths,
    TwoYears,
    ThreeYears,
    FiveYears,
    SixYears,
    SevenYears,
    EightYears,
    NineYears,
    TenYears,
    /// Without limit.
    Infinite,
}

impl Retention {
    /// The days; none for a retention without limit.
    pub const fn days(self) -> Option<u16> {
        Some(match self {
            Self::OneDay => 1,
            Self::ThreeDays => 3,
            Self::FiveDays => 5,
            Self::OneWeek => 7,
            Self::TwoWeeks => 14,
            Self::OneMonth => 30,
            Self::TwoMonths => 60,
            Self::ThreeMonths => 90,
            Self::FourMonths => 120,
            Self::FiveMonths => 150,
            Self::SixMonths => 180,
            Self::OneYear => 365,
            Self::ThirteenMonths => 400,
            Self::EighteenMonths => 545,
            Self::TwoYears => 731,
            Self::ThreeYears => 1096,
            Self::FiveYears => 1827,
            Self::SixYears => 2192,
            Self::SevenYears => 2557,
            Self::EightYears => 2922,
            Self::NineYears => 3288,
            Self::TenYears => 3653,
            Self::Infinite => return None,
        })
    }
}

/// The class of a log group, which determines its price and features; it cannot be changed later
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogGroupClass {
    /// All features.
    Standard,
    /// Cheaper, without metric filters, live tail and other features.
    InfrequentAccess,
    /// Only delivered to S3 or Firehose, and kept for a day or two.
    Delivery,
}

/// A log group.
///
/// ```
/// # use purlin::{App, RemovalPolicy, Stack};
/// use purlin::logs::{LogGroup, Retention};
///
/// # let app = App::new();
/// # let stack = app.add("Web", Stack::props());
/// let recipe = LogGroup::props().retention(Retention::OneMonth).removal_policy(RemovalPolicy::Destroy);
/// let logs = stack.add("Logs", recipe);
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct LogGroup {
    scope: Scope,
    name: Value<String>,
    arn: Value<String>,
    cfn: Option<Ref<CfnLogGroup>>,
}

/// The recipe of a [`LogGroup`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct LogGroupProps {
    name: Option<Value<String>>,
    retention: Option<Retention>,
    key: Option<Key>,
    class: Option<LogGroupClass>,
    removal: RemovalPolicy,
    deletion_protection: bool,
}

impl LogGroup {
    /// A log group that keeps events for two years, and is kept when the stack is deleted.
    pub fn props() -> LogGroupProps {
        LogGroupProps {
            name: None,
            retention: None,
            key: None,
            class: None,
            removal: RemovalPolicy::Retain,
            deletion_protection: false,
        }
    }

    /// Imports a log group by its name.
    #[track_caller]
    pub fn from_name(scope: &impl HasScope, id: impl AsRef<str>, name: impl IntoValue<String>) -> Self {
        let (scope, name) = (scope.scope().child(id), name.into_value());
        check_name(&scope, &name);
        let arn = scope.arn("logs", sub!("log-group:{}:*", name));
        Self { scope, name, arn, cfn: None }
    }

    /// Imports a log group by its ARN, with or without `:*` at the end.
    #[track_caller]
    pub fn from_arn(scope: &impl HasScope, id: impl AsRef<str>, arn: impl IntoValue<String>) -> Self {
        let (scope, arn) = (scope.scope().child(id), arn.into_value());
        let Some(text) = arn.as_str() else {
            let name = intrinsics::select(6, intrinsics::split(":", &arn));
            return Self { scope, name, arn, cfn: None };
        };
        let text = text.strip_suffix(":*").unwrap_or(text);
        let parts: Vec<&str> = text.split(':').collect();
        if let ["arn", _, "logs", _, _, "log-group", name] = parts[..] {
            return Self { name: name.into_value(), arn: sub!("{}:*", text), cfn: None, scope };
        }
        scope.error(
            format!("the ARN of the log group is `{text}`, but AWS takes ARNs of log groups only"),
            "write it as `arn:aws:logs:<region>:<account>:log-group:<name>`",
        );
        Self { name: arn.clone(), arn, cfn: None, scope }
    }

    /// The group's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// The ARN of the group with its streams: it ends with `:*`.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The raw resource; none for an imported group.
    pub fn cfn(&self) -> Option<&Ref<CfnLogGroup>> {
        self.cfn.as_ref()
    }

    /// Permits the grantee to create log streams and write to them.
    pub fn grant_write(&self, grantee: &impl Grantee) -> Grant {
        self.grant(grantee, ["logs:CreateLogStream", "logs:PutLogEvents"])
    }

    /// Permits the grantee to read and search the events.
    pub fn grant_read(&self, grantee: &impl Grantee) -> Grant {
        let actions = [
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            "logs:GetLogGroupFields",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
        ];
        let group = match self.arn.as_str().and_then(|arn| arn.strip_suffix(":*")) {
            Some(arn) => arn.into_value(),
            None => self.scope.arn("logs", sub!("log-group:{}", self.name)),
        };
        Grant::add_to_principal(grantee, actions, [group, self.arn()])
    }

    /// Permits the grantee these actions on the group and its streams.
    pub fn grant<A: Into<String>>(&self, grantee: &impl Grantee, actions: impl IntoIterator<Item = A>) -> Grant {
        Grant::add_to_principal(grantee, actions, [self.arn()])
    }
}

impl LogGroupProps {
    /// The name; AWS generates one unless given. A change replaces the group.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The retention of events; two years unless given. AWS sets it for [`LogGroupClass::Delivery`].
    pub fn retention(self, retention: Retention) -> Self {
        Self { retention: Some(retention), ..self }
    }

    /// The key that encrypts the events; a key of AWS unless given. The key's policy must let CloudWatch Logs use it
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>).
    pub fn encryption_key(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    /// The class; standard unless given.
    pub fn class(self, class: LogGroupClass) -> Self {
        Self { class: Some(class), ..self }
    }

    /// What happens to the group when it leaves the stack; it is kept unless given.
    pub fn removal_policy(self, policy: RemovalPolicy) -> Self {
        Self { removal: policy, ..self }
    }

    /// The group cannot be deleted until you remove this.
    pub fn deletion_protection(self) -> Self {
        Self { deletion_protection: true, ..self }
    }

    fn resource(self) -> CfnLogGroup {
        let mut group = CfnLogGroup::new();
        let is_fixed = self.class == Some(LogGroupClass::Delivery);
        let retention = self.retention.unwrap_or(if is_fixed { Retention::Infinite } else { Retention::TwoYears });
        if let Some(days) = retention.days() {
            group = group.retention_in_days(days);
        }
        if let Some(name) = self.name {
            group = group.log_group_name(name);
        }
        if let Some(key) = self.key {
            group = group.kms_key_id(key.arn());
        }
        if let Some(class) = self.class {
            group = group.log_group_class(match class {
                LogGroupClass::Standard => LogGroupLogGroupClass::STANDARD,
                LogGroupClass::InfrequentAccess => LogGroupLogGroupClass::INFREQUENT_ACCESS,
                LogGroupClass::Delivery => LogGroupLogGroupClass::DELIVERY,
            });
        }
        if self.deletion_protection { group.deletion_protection_enabled(true) } else { group }
    }
}

impl Construct for LogGroupProps {
    type Handle = LogGroup;

    fn build(self, scope: Scope) -> LogGroup {
        if let Some(name) = &self.name {
            check_name(&scope, name);
        }
        if self.class == Some(LogGroupClass::Delivery) && self.retention.is_some() {
            scope.error(
                "the log group has the class `Delivery` and a retention, but AWS sets the retention of this class",
                "leave `.retention(..)` out, or choose another class",
            );
        }
        let removal = self.removal;
        let cfn = scope.add("Resource", self.resource());
        cfn.removal_policy(removal);
        LogGroup { name: cfn.id(), arn: cfn.att(CfnLogGroup::ATTR_ARN), cfn: Some(cfn), scope }
    }
}

/// Reports a name that AWS refuses, apart from its length and characters
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>).
fn check_name(scope: &Scope, name: &Value<String>) {
    let Some(text) = name.as_str() else { return };

    if text.starts_with("aws/") {
        scope.error(
            format!("the name of the log group is `{text}`, but AWS takes no names that start with `aws/`"),
            "start it with `/`, or choose another name",
        );
    }
}

impl HasScope for LogGroup {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

#[cfg(test)]
mod tests {
    use super::{LogGroup, check_name};
    use purlin_construct::{App, CfnResource, IntoValue, Stack};

    #[test]
    fn the_name_is_part_of_the_arn() {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.add("R", CfnResource::new("AWS::SQS::Queue"));
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web";
        for (id, given) in [("A", arn.to_owned()), ("B", format!("{arn}:*"))] {
            let group = LogGroup::from_arn(&stack, id, given);
            assert_eq!(group.name().as_str(), Some("/app/web"));
            assert_eq!(group.arn().as_str(), Some(format!("{arn}:*").as_str()));
        }
        assert!(app.synth().is_ok());
    }

    #[test]
    fn names_are_checked() {
        let cases = [("/ecs/web", 0), ("aws/lambda/x", 1), ("/aws/lambda/x", 0)];
        for (name, expect) in cases {
            let app = App::new();
            let stack = app.add("S", Stack::props());
            stack.add("R", CfnResource::new("AWS::SQS::Queue"));
            check_name(&stack, &name.into_value());
            assert_eq!(app.synth().map_or_else(|problems| problems.len(), |_| 0), expect, "{name}");
        }
    }
}
