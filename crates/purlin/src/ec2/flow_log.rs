//! Flow logs: a record of the connections of a VPC or a subnet.

use purlin_cfn::ec2::{CfnFlowLog, FlowLogLogDestinationType, FlowLogResourceType, FlowLogTrafficType};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, Word};

use super::subnet::Subnet;
use super::vpc::Vpc;
use crate::iam::{Grantee, PolicyStatement, Principal, Role};
use crate::logs::LogGroup;
use crate::name_tag;
use crate::s3::Bucket;

/// The connections that are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FlowLogTraffic {
    /// All of them.
    #[default]
    All,
    /// Connections that rules accepted.
    Accepted,
    /// Connections that rules rejected.
    Rejected,
}

/// The aggregation interval of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AggregationInterval {
    /// A record per minute and connection: more and earlier records.
    OneMinute,
    /// A record per ten minutes and connection.
    #[default]
    TenMinutes,
}

/// A flow log (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html>).
#[derive(Debug, Clone)]
pub struct FlowLog {
    scope: Scope,
    cfn: Ref<CfnFlowLog>,
    log_group: Option<LogGroup>,
}

/// The recipe of a [`FlowLog`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct FlowLogProps {
    resource: (Value<String>, Word<FlowLogResourceType>),
    destination: Destination,
    traffic: FlowLogTraffic,
    interval: Option<AggregationInterval>,
    fields: Vec<String>,
}

#[derive(Debug, Clone)]
enum Destination {
    NewLogGroup,
    LogGroup(LogGroup),
    Bucket(Value<String>),
}

impl FlowLog {
    /// Logs all traffic of a VPC to a new log group.
    ///
    /// ```
    /// # use purlin::{App, HasScope, Stack};
    /// use purlin::ec2::{FlowLog, FlowLogTraffic, Vpc};
    ///
    /// # let app = App::new();
    /// # let stack = app.add("Net", Stack::props());
    /// let vpc = stack.add("Vpc", Vpc::props());
    /// let rejected = FlowLog::props(&vpc).traffic(FlowLogTraffic::Rejected).to_s3("arn:aws:s3:::my-logs");
    /// vpc.scope().add("Rejected", rejected);
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn props(vpc: &Vpc) -> FlowLogProps {
        FlowLogProps::of(vpc.id(), FlowLogResourceType::VPC)
    }

    /// Logs all traffic of a subnet to a new log group.
    pub fn of_subnet(subnet: &Subnet) -> FlowLogProps {
        FlowLogProps::of(subnet.id(), FlowLogResourceType::SUBNET)
    }

    /// The flow log's id: `fl-..`.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The log group; none if the flow log writes to a bucket.
    pub fn log_group(&self) -> Option<&LogGroup> {
        self.log_group.as_ref()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnFlowLog> {
        &self.cfn
    }
}

impl FlowLogProps {
    fn of(id: Value<String>, kind: Word<FlowLogResourceType>) -> Self {
        Self {
            resource: (id, kind),
            destination: Destination::NewLogGroup,
            traffic: FlowLogTraffic::All,
            interval: None,
            fields: Vec::new(),
        }
    }

    /// Writes to this log group instead of a new one.
    pub fn to_log_group(self, group: &LogGroup) -> Self {
        Self { destination: Destination::LogGroup(group.clone()), ..self }
    }

    /// Writes to a bucket: a [`Bucket`] (`to_s3(&bucket)`), or the ARN of one that exists, also with a folder
    /// (`arn:aws:s3:::bucket/folder`).
    ///
    /// The policy of a bucket of the app permits the delivery, and the flow log waits for the policy. To the policy of
    /// another one AWS adds the permission, if the credentials of the deployment allow it. The policy of the bucket's key,
    /// if it has one, has to let `delivery.logs.amazonaws.com` use the key
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html>).
    pub fn to_s3(self, bucket: impl Into<FlowLogBucket>) -> Self {
        Self { destination: Destination::Bucket(bucket.into().0), ..self }
    }

    /// The same, to a folder of a bucket of the app.
    pub fn to_s3_folder(self, bucket: &Bucket, folder: impl Into<String>) -> Self {
        self.to_s3(bucket.arn_for_objects(folder.into()))
    }

    /// The connections that are logged; all unless given.
    pub fn traffic(self, traffic: FlowLogTraffic) -> Self {
        Self { traffic, ..self }
    }

    /// The aggregation interval of records; ten minutes unless given.
    pub fn aggregation_interval(self, interval: AggregationInterval) -> Self {
        Self { interval: Some(interval), ..self }
    }

    /// The fields of a record by AWS's names, for example `srcaddr`
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>); AWS's default format unless given.
    pub fn fields<F: Into<String>>(self, names: impl IntoIterator<Item = F>) -> Self {
        Self { fields: names.into_iter().map(Into::into).collect(), ..self }
    }
}

impl Construct for FlowLogProps {
    type Handle = FlowLog;

    fn build(self, scope: Scope) -> FlowLog {
        scope.tag("Name", name_tag::of(&scope));
        let (id, kind) = self.resource;
        let mut flow_log = CfnFlowLog::new(id, kind).traffic_type(match self.traffic {
            FlowLogTraffic::All => FlowLogTrafficType::ALL,
            FlowLogTraffic::Accepted => FlowLogTrafficType::ACCEPT,
            FlowLogTraffic::Rejected => FlowLogTrafficType::REJECT,
        });
        if let Some(interval) = self.interval {
            flow_log = flow_log.max_aggregation_interval(match interval {
                AggregationInterval::OneMinute => 60,
                AggregationInterval::TenMinutes => 600,
            });
        }
        if !self.fields.is_empty() {
            let fields: Vec<String> = self.fields.iter().map(|field| format!("${{{field}}}")).collect();
            flow_log = flow_log.log_format(fields.join(" "));
        }
        let (flow_log, log_group, permission) = deliver(&scope, flow_log, self.destination);
        let cfn = scope.add("FlowLog", flow_log);
        if let Some(permission) = permission {
            cfn.depends_on(&permission);
        }
        FlowLog { scope, cfn, log_group }
    }
}

/// Sets the destination of the flow log, permits it to write there, and returns the permission.
fn deliver(
    scope: &Scope,
    flow_log: CfnFlowLog,
    destination: Destination,
) -> (CfnFlowLog, Option<LogGroup>, Option<Scope>) {
    let given = match destination {
        Destination::Bucket(arn) => {
            let own = Bucket::referred(scope, &arn);
            let permission = own.and_then(|(bucket, folder)| bucket.permit_flow_logs(scope, &folder));
            let flow_log = flow_log.log_destination_type(FlowLogLogDestinationType::S3);
            return (flow_log.log_destination(arn), None, permission);
        }
        Destination::NewLogGroup => None,
        Destination::LogGroup(group) => Some(group),
    };
    let role = scope.add("IAMRole", Role::props(Principal::service("vpc-flow-logs.amazonaws.com")));
    let group = given.unwrap_or_else(|| scope.add("LogGroup", LogGroup::props()));
    let actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
    role.add_to_policy(PolicyStatement::allow().actions(actions).resource(group.arn()));
    let flow_log = flow_log
        .log_destination_type(FlowLogLogDestinationType::CLOUD_WATCH_LOGS)
        .log_group_name(group.name())
        .deliver_logs_permission_arn(role.arn());
    (flow_log, Some(group), role.policy_scope())
}

/// The bucket of a flow log: `&Bucket`, or the ARN of a bucket that exists.
#[derive(Debug, Clone)]
pub struct FlowLogBucket(Value<String>);

impl From<&Bucket> for FlowLogBucket {
    fn from(bucket: &Bucket) -> Self {
        Self(bucket.arn())
    }
}

macro_rules! bucket_arn {
    ($($text:ty),*) => {
        $(impl From<$text> for FlowLogBucket {
            fn from(arn: $text) -> Self {
                Self(arn.into_value())
            }
        })*
    };
}

bucket_arn!(&str, &String, String, Value<String>, &Value<String>);

impl HasScope for FlowLog {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
