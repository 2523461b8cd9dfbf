//! The recipe of an application load balancer.

use std::time::Duration;

use purlin_cfn::elasticloadbalancingv2::{
    CfnLoadBalancer, LoadBalancerIpAddressType, LoadBalancerMinimumLoadBalancerCapacity, LoadBalancerScheme,
    LoadBalancerType,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::attributes::Attributes;
use super::check;
use super::load_balancer::ApplicationLoadBalancer;
use crate::check::Checks;
use crate::ec2::{SecurityGroup, Subnet, SubnetSelection, SubnetType, Vpc};
use crate::s3::Bucket;
use crate::time::seconds;

/// The addresses of a balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpAddressType {
    /// IPv4.
    Ipv4,
    /// IPv4 and IPv6; the subnets need IPv6 blocks.
    DualStack,
    /// IPv6 from the internet, and IPv4 inside the VPC only.
    DualStackWithoutPublicIpv4,
}

/// What happens to requests that do not follow the HTTP standard
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DesyncMitigation {
    /// They are forwarded and counted.
    Monitor,
    /// Dangerous ones are blocked. AWS's default.
    Defensive,
    /// All are blocked.
    Strictest,
}

/// What happens to the `X-Forwarded-For` header of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XffHeaderProcessing {
    /// The client's address is added. AWS's default.
    Append,
    /// It is not changed.
    Preserve,
    /// It is removed.
    Remove,
}

/// A bucket for logs.
///
/// The policy of a bucket of the app permits the delivery, and the balancer waits for the policy. That of another bucket
/// has to permit it already. A bucket with a key of AWS KMS is a problem: only encryption by S3's keys (SSE-S3) works
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>).
#[derive(Debug, Clone)]
pub struct LogBucket {
    name: Value<String>,
    prefix: Option<Value<String>>,
}

impl LogBucket {
    /// A bucket of the app, or an imported one.
    pub fn of(bucket: &Bucket) -> Self {
        Self::named(bucket.name())
    }

    /// A bucket in the balancer's region, by its name.
    pub fn named(name: impl IntoValue<String>) -> Self {
        Self { name: name.into_value(), prefix: None }
    }

    /// The prefix of the logs' keys, before `/AWSLogs/`; none unless given.
    pub fn prefix(self, prefix: impl IntoValue<String>) -> Self {
        Self { prefix: Some(prefix.into_value()), ..self }
    }
}

/// The recipe of an [`ApplicationLoadBalancer`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ApplicationLoadBalancerProps {
    vpc: Vpc,
    is_internet_facing: bool,
    subnets: Option<SubnetSelection>,
    security_groups: Vec<SecurityGroup>,
    name: Option<Value<String>>,
    ip_address_type: Option<IpAddressType>,
    minimum_capacity_units: Option<u32>,
    idle_timeout: Option<Duration>,
    client_keep_alive: Option<Duration>,
    denies_igw_traffic: bool,
    attributes: Attributes,
    logs: Vec<LogBucket>,
}

/// The order of the attributes in the template.
const ORDER: [&str; 23] = [
    "deletion_protection.enabled",
    "load_balancing.cross_zone.enabled",
    "ipv6.deny_all_igw_traffic",
    "routing.http2.enabled",
    "idle_timeout.timeout_seconds",
    "routing.http.drop_invalid_header_fields.enabled",
    "routing.http.desync_mitigation_mode",
    "routing.http.preserve_host_header.enabled",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "routing.http.xff_client_port.enabled",
    "routing.http.xff_header_processing.mode",
    "waf.fail_open.enabled",
    "client_keep_alive.seconds",
    "access_logs.s3.enabled",
    "access_logs.s3.bucket",
    "access_logs.s3.prefix",
    "connection_logs.s3.enabled",
    "connection_logs.s3.bucket",
    "connection_logs.s3.prefix",
    "health_check_logs.s3.enabled",
    "health_check_logs.s3.bucket",
    "health_check_logs.s3.prefix",
    "zonal_shift.config.enabled",
];

impl ApplicationLoadBalancerProps {
    pub(super) fn new(vpc: &Vpc) -> Self {
        Self {
            vpc: vpc.clone(),
            is_internet_facing: false,
            subnets: None,
            security_groups: Vec::new(),
            name: None,
            ip_address_type: None,
            minimum_capacity_units: None,
            idle_timeout: None,
            client_keep_alive: None,
            denies_igw_traffic: false,
            attributes: Attributes::default(),
            logs: Vec::new(),
        }
        .attribute("deletion_protection.enabled", "false")
    }

    /// Reachable from the internet, with public addresses; from its VPC only unless given.
    pub fn internet_facing(self) -> Self {
        Self { is_internet_facing: true, ..self }
    }

    /// The subnets, in at least two availability zones. Unless given: the public ones if it is internet-facing, else the
    /// private ones, else the isolated ones.
    pub fn subnets(self, subnets: SubnetSelection) -> Self {
        Self { subnets: Some(subnets), ..self }
    }

    /// A security group; call it again for more. Unless given, a new group allows egress to the targets only, and to
    /// identity providers if the balancer signs users in.
    pub fn security_group(mut self, group: &SecurityGroup) -> Self {
        group.add_to(&mut self.security_groups);
        self
    }

    /// The name: at most 32 letters, digits and dashes. AWS generates one unless given.
    ///
    /// The DNS name contains it, in the same case. An update cannot replace a named balancer, because both would exist
    /// for a while.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The addresses of the balancer; IPv4 unless given.
    pub fn ip_address_type(self, ip_address_type: IpAddressType) -> Self {
        Self { ip_address_type: Some(ip_address_type), ..self }
    }

    /// The balancer cannot be deleted until you remove this. Off unless given.
    pub fn deletion_protection(self) -> Self {
        self.attribute("deletion_protection.enabled", "true")
    }

    /// A connection without traffic is closed after 1 to 4000 seconds; AWS's 60 unless given.
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        Self { idle_timeout: Some(timeout), ..self }
    }

    /// A client's connection is closed after 60 seconds to 7 days; AWS's 3600 seconds unless given.
    pub fn client_keep_alive(self, duration: Duration) -> Self {
        Self { client_keep_alive: Some(duration), ..self }
    }

    /// Clients cannot use HTTP/2; they can unless given.
    pub fn without_http2(self) -> Self {
        self.attribute("routing.http2.enabled", "false")
    }

    /// Headers that are not valid are dropped; they are forwarded unless given.
    pub fn drop_invalid_header_fields(self) -> Self {
        self.attribute("routing.http.drop_invalid_header_fields.enabled", "true")
    }

    /// What happens to requests that do not follow the standard; dangerous ones are blocked unless given.
    pub fn desync_mitigation(self, mode: DesyncMitigation) -> Self {
        let mode = match mode {
            DesyncMitigation::Monitor => "monitor",
            DesyncMitigation::Defensive => "defensive",
            DesyncMitigation::Strictest => "strictest",
        };
        self.attribute("routing.http.desync_mitigation_mode", mode)
    }

    /// Targets receive the `Host` header as the client sent it; with a port added in some cases unless given.
    pub fn preserve_host_header(self) -> Self {
        self.attribute("routing.http.preserve_host_header.enabled", "true")
    }

    /// Adds the client's port to `X-Forwarded-For`; only the address unless given.
    pub fn preserve_xff_client_port(self) -> Self {
        self.attribute("routing.http.xff_client_port.enabled", "true")
    }

    /// What happens to `X-Forwarded-For`; the client's address is added unless given.
    pub fn xff_header_processing(self, mode: XffHeaderProcessing) -> Self {
        let mode = match mode {
            XffHeaderProcessing::Append => "append",
            XffHeaderProcessing::Preserve => "preserve",
            XffHeaderProcessing::Remove => "remove",
        };
        self.attribute("routing.http.xff_header_processing.mode", mode)
    }

    /// Adds the headers `X-Amzn-Tls-Version` and `X-Amzn-Tls-Cipher-Suite` to requests; not unless given.
    pub fn tls_version_and_cipher_headers(self) -> Self {
        self.attribute("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "true")
    }

    /// Forwards requests if AWS WAF does not answer; they are blocked unless given.
    pub fn waf_fail_open(self) -> Self {
        self.attribute("waf.fail_open.enabled", "true")
    }

    /// Blocks traffic from the internet gateway; only for balancers with IPv6 addresses.
    pub fn deny_all_igw_traffic(self) -> Self {
        Self { denies_igw_traffic: true, ..self }.attribute("ipv6.deny_all_igw_traffic", "true")
    }

    /// Balances requests over all zones: AWS's default, written into the template. Only target groups can turn it off.
    pub fn cross_zone(self) -> Self {
        self.attribute("load_balancing.cross_zone.enabled", "true")
    }

    /// Reserves this many load balancer capacity units, which cost even when unused; none unless given
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/capacity-unit-reservation.html>).
    pub fn minimum_capacity_units(self, units: u32) -> Self {
        Self { minimum_capacity_units: Some(units), ..self }
    }

    /// Writes a log of requests to a bucket; none unless given. [`LogBucket`] lists what the bucket needs.
    pub fn access_logs(self, bucket: LogBucket) -> Self {
        self.logs("access_logs", bucket)
    }

    /// Writes a log of connections to a bucket; none unless given. [`LogBucket`] lists what the bucket needs.
    pub fn connection_logs(self, bucket: LogBucket) -> Self {
        self.logs("connection_logs", bucket)
    }

    /// Writes a log of health checks to a bucket; none unless given. [`LogBucket`] lists what the bucket needs.
    pub fn health_check_logs(self, bucket: LogBucket) -> Self {
        self.logs("health_check_logs", bucket)
    }

    /// Allows zonal shift to move traffic away from an availability zone; not unless given.
    pub fn zonal_shift(self) -> Self {
        self.attribute("zonal_shift.config.enabled", "true")
    }

    fn logs(mut self, kind: &str, bucket: LogBucket) -> Self {
        self.logs.push(bucket.clone());
        let to =
            self.attribute(format!("{kind}.s3.enabled"), "true").attribute(format!("{kind}.s3.bucket"), bucket.name);
        match bucket.prefix {
            Some(prefix) => to.attribute(format!("{kind}.s3.prefix"), prefix),
            None => to,
        }
    }

    /// Sets an attribute by AWS's key: for attributes without a setter.
    pub fn attribute(mut self, key: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.attributes.set(key, value.into_value());
        self
    }

    fn set_times(&mut self, scope: &Scope) {
        if let Some(timeout) = self.idle_timeout {
            scope.check("the idle timeout").whole_seconds(timeout, 1..=4000);
            self.attributes.set("idle_timeout.timeout_seconds", seconds(timeout).to_string().into_value());
        }
        if let Some(duration) = self.client_keep_alive {
            scope.check("the client keep-alive").whole_seconds(duration, 60..=604_800);
            self.attributes.set("client_keep_alive.seconds", seconds(duration).to_string().into_value());
        }
    }

    fn check(&self, scope: &Scope) {
        check::name(scope, "the name of the load balancer", self.name.as_ref());
        let has_ipv6 =
            matches!(self.ip_address_type, Some(IpAddressType::DualStack | IpAddressType::DualStackWithoutPublicIpv4));
        if self.denies_igw_traffic && !has_ipv6 {
            scope.error(
                "traffic from the internet gateway is blocked, but the load balancer has no IPv6 addresses",
                "call `.ip_address_type(IpAddressType::DualStack)`, or leave out `deny_all_igw_traffic`",
            );
        }
        if self.ip_address_type == Some(IpAddressType::DualStackWithoutPublicIpv4) && !self.is_internet_facing {
            scope.error(
                "the load balancer is internal, so it cannot be `DualStackWithoutPublicIpv4`",
                "call `.internet_facing()`, or take `IpAddressType::DualStack`",
            );
        }
    }

    fn chosen_subnets(&self, scope: &Scope) -> Vec<Subnet> {
        let selection = self.subnets.clone().unwrap_or_else(|| {
            if self.is_internet_facing {
                SubnetSelection::of_type(SubnetType::Public)
            } else {
                SubnetSelection::default()
            }
        });
        let subnets = self.vpc.select_subnets_for(scope, &selection);
        if subnets.len() == 1 {
            scope.error(
                "the load balancer is in one subnet, but AWS takes subnets in at least two availability zones",
                "choose another `subnets` selection, or give the VPC two zones: `.max_azs(2)`",
            );
        }
        subnets
    }

    /// Permits the delivery of logs to buckets of the app, and makes the balancer wait for it: AWS writes a test object
    /// when logs are turned on.
    fn permit_logs(&self, scope: &Scope, cfn: &Ref<CfnLoadBalancer>) {
        for log in &self.logs {
            let Some((bucket, _)) = Bucket::referred(scope, &log.name) else { continue };
            if bucket.encryption_key().is_some() {
                scope.error(
                    format!(
                        "logs of the load balancer go to `{}`, which is encrypted with a key of AWS KMS, but AWS takes \
                         buckets that are encrypted by S3's keys",
                        bucket.scope().path()
                    ),
                    "give a bucket without `.encryption_key(..)`",
                );
            }
            if let Some(policy) = bucket.permit_balancer_logs(scope, log.prefix.as_ref()) {
                cfn.depends_on(&policy);
            }
        }
    }

    fn own_security_group(&self, scope: &Scope) -> SecurityGroup {
        let unique_name = scope.stack().unique_name_of(scope, "", 200);
        let description = format!("Automatically created Security Group for ELB {unique_name}");
        scope.add("SecurityGroup", SecurityGroup::props(&self.vpc).description(description).restrict_outbound())
    }
}

impl Construct for ApplicationLoadBalancerProps {
    type Handle = ApplicationLoadBalancer;

    fn build(mut self, scope: Scope) -> ApplicationLoadBalancer {
        self.check(&scope);
        self.set_times(&scope);
        if self.security_groups.is_empty() {
            self.security_groups.push(self.own_security_group(&scope));
        }
        let subnets = self.chosen_subnets(&scope);
        let mut balancer = CfnLoadBalancer::new()
            .type_(LoadBalancerType::APPLICATION)
            .scheme(if self.is_internet_facing {
                LoadBalancerScheme::INTERNET_FACING
            } else {
                LoadBalancerScheme::INTERNAL
            })
            .security_groups(self.security_groups.iter().map(SecurityGroup::id).collect::<Vec<_>>())
            .subnets(subnets.iter().map(Subnet::id).collect::<Vec<_>>())
            .load_balancer_attributes(std::mem::take(&mut self.attributes).into_list(&ORDER));
        if let Some(name) = &self.name {
            balancer = balancer.name(name);
        }
        if let Some(kind) = self.ip_address_type {
            balancer = balancer.ip_address_type(match kind {
                IpAddressType::Ipv4 => LoadBalancerIpAddressType::IPV4,
                IpAddressType::DualStack => LoadBalancerIpAddressType::DUALSTACK,
                IpAddressType::DualStackWithoutPublicIpv4 => LoadBalancerIpAddressType::DUALSTACK_WITHOUT_PUBLIC_IPV4,
            });
        }
        if let Some(units) = self.minimum_capacity_units {
            balancer = balancer.minimum_load_balancer_capacity(LoadBalancerMinimumLoadBalancerCapacity::new(units));
        }
        let cfn = scope.add("Resource", balancer);
        self.permit_logs(&scope, &cfn);
        if self.is_internet_facing {
            for part in subnets.iter().flat_map(Subnet::internet_connectivity) {
                cfn.depends_on(&part);
            }
        }
        let has_ipv6 = self.ip_address_type.is_some_and(|kind| kind != IpAddressType::Ipv4);
        ApplicationLoadBalancer::made(scope, cfn, Some(self.vpc), self.security_groups, subnets, has_ipv6)
    }
}
