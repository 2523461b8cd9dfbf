//! The recipe of a target group.

use std::time::Duration;

use purlin_cfn::elasticloadbalancingv2::{CfnTargetGroup, TargetGroupTargetDescription, TargetGroupTargetType};
use purlin_cfn::lambda::CfnPermission;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, Word};

use super::attributes::Attributes;
use super::check;
use super::health_check::HealthCheck;
use super::protocol::Protocol;
use super::target_group::ApplicationTargetGroup;
use crate::check::Checks;
use crate::ec2::Vpc;
use crate::lambda::Function;
use crate::owner::owner;
use crate::time::seconds;

/// The type of a target group's targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetType {
    /// IP addresses, for instance of Fargate tasks.
    #[default]
    Ip,
    /// EC2 instances.
    Instance,
    /// A Lambda function.
    Lambda,
}

/// The HTTP version of the requests to targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolVersion {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
    /// gRPC.
    Grpc,
}

/// The type of the targets' addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetGroupIpAddressType {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// How the target of a request is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadBalancingAlgorithm {
    /// One after the other.
    RoundRobin,
    /// The target with the fewest outstanding requests.
    LeastOutstandingRequests,
    /// A random target.
    WeightedRandom,
}

/// The recipe of an [`ApplicationTargetGroup`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ApplicationTargetGroupProps {
    vpc: Vpc,
    target_type: TargetType,
    protocol: Option<Protocol>,
    port: Option<u16>,
    version: Option<ProtocolVersion>,
    ip_address_type: Option<TargetGroupIpAddressType>,
    name: Option<Value<String>>,
    health_check: Option<HealthCheck>,
    deregistration_delay: Option<Duration>,
    slow_start: Option<Duration>,
    stickiness: Option<Stickiness>,
    algorithm: Option<LoadBalancingAlgorithm>,
    anomaly_mitigation: bool,
    multi_value_headers: bool,
    targets: Vec<(Value<String>, Option<u16>)>,
    function: Option<Function>,
    attributes: Attributes,
}

#[derive(Debug, Clone)]
struct Stickiness {
    duration: Duration,
    app_cookie: Option<String>,
}

/// The id that the CDK gives the permission of load balancers on a function.
const PERMISSION_ID: &str = "Invoke2UTWxhlfyqbT5FTn--5jvgbLgj+FfJwzswGk55DU1H--Y=";

/// The order of the attributes in the template.
const ORDER: [&str; 12] = [
    "deregistration_delay.timeout_seconds",
    "slow_start.duration_seconds",
    "load_balancing.cross_zone.enabled",
    "stickiness.enabled",
    "stickiness.type",
    "stickiness.app_cookie.cookie_name",
    "stickiness.app_cookie.duration_seconds",
    "stickiness.lb_cookie.duration_seconds",
    "load_balancing.algorithm.type",
    "load_balancing.algorithm.anomaly_mitigation",
    "lambda.multi_value_headers.enabled",
    "target_group_health.dns_failover.minimum_healthy_targets.count",
];

impl ApplicationTargetGroupProps {
    pub(super) fn new(vpc: &Vpc) -> Self {
        Self {
            vpc: vpc.clone(),
            target_type: TargetType::default(),
            protocol: None,
            port: None,
            version: None,
            ip_address_type: None,
            name: None,
            health_check: None,
            deregistration_delay: None,
            slow_start: None,
            stickiness: None,
            algorithm: None,
            anomaly_mitigation: false,
            multi_value_headers: false,
            targets: Vec::new(),
            function: None,
            attributes: Attributes::default(),
        }
    }

    /// The type of the targets; IP addresses unless given.
    pub fn target_type(self, target_type: TargetType) -> Self {
        Self { target_type, ..self }
    }

    /// The protocol between balancer and targets; HTTP unless given. AWS does not check the certificates of targets.
    pub fn protocol(self, protocol: Protocol) -> Self {
        Self { protocol: Some(protocol), ..self }
    }

    /// The port of targets that are registered without a port; 80 for HTTP and 443 for HTTPS unless given. Services
    /// register their tasks with the container's port.
    pub fn port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// The HTTP version of the requests to targets; HTTP/1.1 unless given. A change replaces the group.
    pub fn protocol_version(self, version: ProtocolVersion) -> Self {
        Self { version: Some(version), ..self }
    }

    /// The type of the targets' addresses; IPv4 unless given.
    pub fn ip_address_type(self, ip_address_type: TargetGroupIpAddressType) -> Self {
        Self { ip_address_type: Some(ip_address_type), ..self }
    }

    /// The name: at most 32 letters, digits and dashes. AWS generates one unless given.
    ///
    /// An update cannot replace a named target group, because both would exist for a while.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The health check of the targets; AWS's defaults unless given, see [`HealthCheck`].
    pub fn health_check(self, health_check: HealthCheck) -> Self {
        Self { health_check: Some(health_check), ..self }
    }

    /// How long a target that is deregistered may finish its requests: 0 to 3600 seconds, AWS's 300 unless given.
    ///
    /// A deployment of a service waits this long for each batch of tasks that it replaces
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>).
    pub fn deregistration_delay(self, delay: Duration) -> Self {
        Self { deregistration_delay: Some(delay), ..self }
    }

    /// A new target receives its share of requests gradually, over 30 to 900 seconds; immediately unless given.
    pub fn slow_start(self, duration: Duration) -> Self {
        Self { slow_start: Some(duration), ..self }
    }

    /// Keeps a client at its target by a cookie of the balancer, for 1 second to 7 days; off unless given.
    pub fn stickiness(self, duration: Duration) -> Self {
        Self { stickiness: Some(Stickiness { duration, app_cookie: None }), ..self }
    }

    /// Keeps a client at its target by a cookie that the application sets, for 1 second to 7 days; off unless given.
    pub fn stickiness_by_app_cookie(self, cookie: impl Into<String>, duration: Duration) -> Self {
        Self { stickiness: Some(Stickiness { duration, app_cookie: Some(cookie.into()) }), ..self }
    }

    /// How the target of a request is chosen; one after the other unless given.
    pub fn load_balancing_algorithm(self, algorithm: LoadBalancingAlgorithm) -> Self {
        Self { algorithm: Some(algorithm), ..self }
    }

    /// Sends fewer requests to targets that fail more than others; needs [`LoadBalancingAlgorithm::WeightedRandom`].
    pub fn anomaly_mitigation(self) -> Self {
        Self { anomaly_mitigation: true, ..self }
    }

    /// A Lambda function receives headers as lists; only for [`TargetType::Lambda`].
    pub fn multi_value_headers(self) -> Self {
        Self { multi_value_headers: true, ..self }
    }

    /// Balances requests over the targets of all zones; the balancer's setting (on by default) unless given.
    pub fn cross_zone(mut self) -> Self {
        self.attributes.set("load_balancing.cross_zone.enabled", "true".into_value());
        self
    }

    /// Keeps requests in the zone of their arrival; the balancer's setting (all zones by default) unless given.
    pub fn without_cross_zone(mut self) -> Self {
        self.attributes.set("load_balancing.cross_zone.enabled", "false".into_value());
        self
    }

    /// Sends requests to a function, instead of addresses. The balancer may invoke it, and the group waits for that
    /// permission: AWS takes no function without
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>).
    pub fn function(self, function: &Function) -> Self {
        Self { function: Some(function.clone()), ..self }.target_type(TargetType::Lambda).target(function.arn())
    }

    /// Registers a fixed target: an address, an instance id or a function's ARN, as the target type requires. Open its
    /// security group yourself; permit `elasticloadbalancing.amazonaws.com` to invoke a function that is not of this app.
    /// Services register their tasks.
    pub fn target(mut self, id: impl IntoValue<String>) -> Self {
        self.add_target(id.into_value(), None);
        self
    }

    /// Registers a fixed target with a port.
    pub fn target_on_port(mut self, id: impl IntoValue<String>, port: u16) -> Self {
        self.add_target(id.into_value(), Some(port));
        self
    }

    fn add_target(&mut self, id: Value<String>, port: Option<u16>) {
        let target = (id, port);
        if !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }

    /// Sets an attribute by AWS's key, for instance `target_group_health.dns_failover.minimum_healthy_targets.count`.
    pub fn attribute(mut self, key: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.attributes.set(key, value.into_value());
        self
    }

    /// Whether the deregistration delay is given.
    pub(crate) fn has_deregistration_delay(&self) -> bool {
        self.deregistration_delay.is_some() || self.attributes.get("deregistration_delay.timeout_seconds").is_some()
    }

    fn set_attributes(&mut self, scope: &Scope) {
        if let Some(delay) = self.deregistration_delay {
            scope.check("the deregistration delay").whole_seconds(delay, 0..=3600);
            self.attributes.set("deregistration_delay.timeout_seconds", seconds(delay).to_string().into_value());
        }
        if let Some(duration) = self.slow_start {
            scope.check("the slow start").whole_seconds(duration, 30..=900);
            self.attributes.set("slow_start.duration_seconds", seconds(duration).to_string().into_value());
        }
        if self.target_type != TargetType::Lambda {
            self.set_stickiness(scope);
        }
        if let Some(algorithm) = self.algorithm {
            let name = match algorithm {
                LoadBalancingAlgorithm::RoundRobin => "round_robin",
                LoadBalancingAlgorithm::LeastOutstandingRequests => "least_outstanding_requests",
                LoadBalancingAlgorithm::WeightedRandom => "weighted_random",
            };
            self.attributes.set("load_balancing.algorithm.type", name.into_value());
        }
        if self.anomaly_mitigation {
            self.attributes.set("load_balancing.algorithm.anomaly_mitigation", "on".into_value());
        }
        if self.multi_value_headers {
            self.attributes.set("lambda.multi_value_headers.enabled", "true".into_value());
        }
    }

    fn set_stickiness(&mut self, scope: &Scope) {
        let Some(Stickiness { duration, app_cookie }) = self.stickiness.take() else {
            if self.attributes.get("stickiness.enabled").is_none() {
                self.attributes.set("stickiness.enabled", "false".into_value());
            }
            return;
        };
        scope.check("the stickiness of the target group").whole_seconds(duration, 1..=604_800);
        let seconds = seconds(duration).to_string();
        self.attributes.set("stickiness.enabled", "true".into_value());
        let Some(cookie) = app_cookie else {
            self.attributes.set("stickiness.type", "lb_cookie".into_value());
            self.attributes.set("stickiness.lb_cookie.duration_seconds", seconds.into_value());
            return;
        };
        if cookie.is_empty() || ["AWSALB", "AWSALBAPP", "AWSALBTG"].iter().any(|taken| cookie.starts_with(taken)) {
            scope.error(
                format!("the stickiness cookie is named `{cookie}`, but AWS takes names that are not empty and do not start with `AWSALB`, `AWSALBAPP` or `AWSALBTG`"),
                "give the name of the cookie that the application sets",
            );
        }
        self.attributes.set("stickiness.type", "app_cookie".into_value());
        self.attributes.set("stickiness.app_cookie.cookie_name", cookie.into_value());
        self.attributes.set("stickiness.app_cookie.duration_seconds", seconds.into_value());
    }

    fn check(&self, scope: &Scope) {
        let weighted_random = self.algorithm == Some(LoadBalancingAlgorithm::WeightedRandom);
        if self.anomaly_mitigation && !weighted_random {
            scope.error(
                "anomaly mitigation is on, but the algorithm is not weighted random",
                "call `.load_balancing_algorithm(LoadBalancingAlgorithm::WeightedRandom)` as well",
            );
        }
        if weighted_random && self.slow_start.is_some() {
            scope.error(
                "slow start is set, but the algorithm is weighted random, which does not support it",
                "leave out `slow_start`, or choose another algorithm",
            );
        }
        let is_lambda = self.target_type == TargetType::Lambda;
        if self.multi_value_headers && !is_lambda {
            scope.error(
                "multi-value headers are set, but the target is not a Lambda function",
                "leave out `multi_value_headers`, or call `.target_type(TargetType::Lambda)`",
            );
        }
        if is_lambda {
            self.check_function(scope);
        }
        if is_lambda && self.targets.len() > 1 {
            scope.error(
                format!("the target group has {} functions, but AWS takes one", self.targets.len()),
                "use a target group for each function, and share the requests with `Forward::weighted`",
            );
        }
        check::name(scope, "the name of the target group", self.name.as_ref());
    }

    /// Reports settings that a Lambda function does not have
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>).
    fn check_function(&self, scope: &Scope) {
        let given = [
            ("a protocol", self.protocol.is_some()),
            ("a port", self.port.is_some()),
            ("a protocol version", self.version.is_some()),
            ("an IP address type", self.ip_address_type.is_some()),
            ("a deregistration delay", self.deregistration_delay.is_some()),
            ("a slow start", self.slow_start.is_some()),
            ("stickiness", self.stickiness.is_some()),
            ("a load balancing algorithm", self.algorithm.is_some()),
        ];
        for (what, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            scope.error(
                format!("the target group has {what}, but its target is a Lambda function, which has none"),
                "leave it out, or choose another target type",
            );
        }
    }

    fn targets(&self) -> Vec<TargetGroupTargetDescription> {
        let describe = |(id, port): &(Value<String>, Option<u16>)| {
            let target = TargetGroupTargetDescription::new(id);
            port.map_or(target.clone(), |port| target.port(port))
        };
        self.targets.iter().map(describe).collect()
    }

    /// Sets the properties of targets in a network: VPC, protocol and port.
    fn on_network(&self, to: CfnTargetGroup) -> CfnTargetGroup {
        let protocol = self.protocol.unwrap_or(Protocol::Http);
        let mut to = to
            .vpc_id(self.vpc.id())
            .protocol(Word::known(protocol.name()))
            .port(self.port.unwrap_or(protocol.default_port()));
        if let Some(version) = self.version {
            let name = match version {
                ProtocolVersion::Http1 => "HTTP1",
                ProtocolVersion::Http2 => "HTTP2",
                ProtocolVersion::Grpc => "GRPC",
            };
            to = to.protocol_version(name);
        }
        match self.ip_address_type {
            Some(TargetGroupIpAddressType::Ipv4) => {
                to.ip_address_type(purlin_cfn::elasticloadbalancingv2::TargetGroupIpAddressType::IPV4)
            }
            Some(TargetGroupIpAddressType::Ipv6) => {
                to.ip_address_type(purlin_cfn::elasticloadbalancingv2::TargetGroupIpAddressType::IPV6)
            }
            None => to,
        }
    }
}

impl Construct for ApplicationTargetGroupProps {
    type Handle = ApplicationTargetGroup;

    fn build(mut self, scope: Scope) -> ApplicationTargetGroup {
        self.check(&scope);
        self.set_attributes(&scope);
        let mut group = CfnTargetGroup::new().target_type(match self.target_type {
            TargetType::Ip => TargetGroupTargetType::IP,
            TargetType::Instance => TargetGroupTargetType::INSTANCE,
            TargetType::Lambda => TargetGroupTargetType::LAMBDA,
        });
        if self.target_type != TargetType::Lambda {
            group = self.on_network(group);
        }
        if let Some(name) = &self.name {
            group = group.name(name);
        }
        if !self.targets.is_empty() {
            group = group.targets(self.targets());
        }
        let own_check_port = self.health_check.as_ref().and_then(HealthCheck::own_port);
        if let Some(health_check) = &self.health_check {
            group = health_check.apply(&scope, self.target_type, self.version, group);
        }
        if !self.attributes.is_empty() {
            group = group.target_group_attributes(self.attributes.into_list(&ORDER));
        }
        let cfn = scope.add("Resource", group);
        if self.target_type == TargetType::Lambda {
            let imported = self.function.as_ref().map(|function| function.scope().clone());
            for (function, _) in &self.targets {
                if let Some(owner) = owner_of(&scope, function).or_else(|| imported.clone()) {
                    permit(&owner, function, &cfn);
                }
            }
        }
        ApplicationTargetGroup::made(scope, cfn, own_check_port)
    }
}

/// Permits load balancers to invoke a function, once, before it is registered with the group.
#[track_caller]
fn permit(owner: &Scope, function: &Value<String>, group: &Ref<CfnTargetGroup>) {
    let permission = owner.try_child(PERMISSION_ID).unwrap_or_else(|| {
        let principal = "elasticloadbalancing.amazonaws.com";
        owner.add(PERMISSION_ID, CfnPermission::new("lambda:InvokeFunction", function, principal)).scope().clone()
    });
    group.depends_on(&permission);
}

/// The scope of a function of the app, raw ones included, by a reference to it.
fn owner_of(scope: &Scope, function: &Value<String>) -> Option<Scope> {
    let resource = scope.scope_of(function.expr().target()?)?;
    (resource.resource_type().as_deref() == Some("AWS::Lambda::Function")).then(|| owner(&resource))
}
