//! VPC endpoints: AWS services inside the VPC, without the internet.

use std::borrow::Cow;

use purlin_cfn::ec2::{CfnVPCEndpoint, VPCEndpointVpcEndpointType};
use purlin_construct::{Construct, HasScope, IntoValue, Json, Ref, Scope, Value, sub};

use super::connections::{Connectable, Connections};
use super::peer::Peer;
use super::port::Port;
use super::security_group::SecurityGroup;
use super::selection::SubnetSelection;
use super::subnet::{Subnet, SubnetType};
use super::vpc::Vpc;

/// A service with gateway endpoints
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayEndpointService {
    /// Amazon S3.
    S3,
    /// Amazon DynamoDB.
    DynamoDb,
    /// S3's directory buckets.
    S3Express,
}

impl GatewayEndpointService {
    const fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::DynamoDb => "dynamodb",
            Self::S3Express => "s3express",
        }
    }
}

/// A gateway endpoint: a route to S3 or DynamoDB, free of charge.
#[derive(Debug, Clone)]
pub struct GatewayVpcEndpoint(Ref<CfnVPCEndpoint>, Scope);

/// The recipe of a [`GatewayVpcEndpoint`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct GatewayVpcEndpointProps {
    vpc: Vpc,
    service: GatewayEndpointService,
    subnets: Vec<SubnetSelection>,
    policy: Option<Value<Json>>,
}

impl GatewayVpcEndpoint {
    /// An endpoint with a route in all subnets of the VPC.
    ///
    /// ```
    /// # use purlin::{App, HasScope, Stack};
    /// use purlin::ec2::{GatewayEndpointService, GatewayVpcEndpoint, SubnetSelection, Vpc};
    ///
    /// # let app = App::new();
    /// # let stack = app.add("Net", Stack::props());
    /// let vpc = stack.add("Vpc", Vpc::props());
    /// let private = GatewayVpcEndpoint::props(&vpc, GatewayEndpointService::S3).subnets(SubnetSelection::default());
    /// let endpoint = vpc.scope().add("S3", private);
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn props(vpc: &Vpc, service: GatewayEndpointService) -> GatewayVpcEndpointProps {
        GatewayVpcEndpointProps { vpc: vpc.clone(), service, subnets: Vec::new(), policy: None }
    }

    /// The endpoint's id: `vpce-..`.
    pub fn id(&self) -> Value<String> {
        self.0.id()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnVPCEndpoint> {
        &self.0
    }
}

impl GatewayVpcEndpointProps {
    /// The subnets with a route to it; call it again for more. All subnets of the VPC unless given.
    pub fn subnets(mut self, selection: SubnetSelection) -> Self {
        self.subnets.push(selection);
        self
    }

    /// The policy of the endpoint; all actions of all principals unless given.
    pub fn policy(self, document: impl IntoValue<Json>) -> Self {
        Self { policy: Some(document.into_value()), ..self }
    }

    /// The route tables, each once.
    fn route_tables(&self, scope: &Scope) -> Vec<Value<String>> {
        let subnets: Vec<Subnet> = if self.subnets.is_empty() {
            // The CDK's order: another order has no effect in AWS, but would be a difference.
            [SubnetType::PrivateWithEgress, SubnetType::Public, SubnetType::PrivateIsolated]
                .into_iter()
                .flat_map(|kind| self.vpc.subnets().iter().filter(move |subnet| subnet.kind() == kind).cloned())
                .collect()
        } else {
            self.subnets.iter().flat_map(|selection| self.vpc.select_subnets_for(scope, selection)).collect()
        };
        let mut tables = Vec::new();
        for subnet in &subnets {
            match subnet.route_table_id() {
                Some(table) if tables.contains(&table) => (),
                Some(table) => tables.push(table),
                None => scope.error(
                    format!(
                        "the subnet `{}` has a route to the endpoint, but its route table was not given",
                        subnet.scope().path()
                    ),
                    "give the route tables where the VPC is imported",
                ),
            }
        }
        if subnets.is_empty() && self.subnets.is_empty() {
            scope.error("the gateway endpoint has no subnet with a route to it", "add subnets to the VPC");
        }
        tables
    }
}

impl Construct for GatewayVpcEndpointProps {
    type Handle = GatewayVpcEndpoint;

    fn build(self, scope: Scope) -> GatewayVpcEndpoint {
        let service = sub!("com.amazonaws.{}.{}", scope.stack().region(), self.service.name());
        let mut endpoint = CfnVPCEndpoint::new(self.vpc.id())
            .service_name(service)
            .vpc_endpoint_type(VPCEndpointVpcEndpointType::GATEWAY)
            .route_table_ids(self.route_tables(&scope));
        if let Some(policy) = self.policy {
            endpoint = endpoint.policy_document(policy);
        }
        GatewayVpcEndpoint(scope.add("Resource", endpoint), scope)
    }
}

impl HasScope for GatewayVpcEndpoint {
    fn scope(&self) -> &Scope {
        &self.1
    }
}

/// A service with interface endpoints
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceEndpointService(Cow<'static, str>, u16);

impl InterfaceEndpointService {
    /// Amazon ECR's API.
    pub const ECR: Self = Self::known("ecr.api");
    /// Amazon ECR's Docker registry; pulling images needs [`ECR`](Self::ECR) and a gateway endpoint to S3 too.
    pub const ECR_DOCKER: Self = Self::known("ecr.dkr");
    /// Amazon ECS.
    pub const ECS: Self = Self::known("ecs");
    /// The ECS agent, for EC2 instances.
    pub const ECS_AGENT: Self = Self::known("ecs-agent");
    /// ECS telemetry, for EC2 instances.
    pub const ECS_TELEMETRY: Self = Self::known("ecs-telemetry");
    /// CloudWatch Logs.
    pub const CLOUDWATCH_LOGS: Self = Self::known("logs");
    /// CloudWatch metrics.
    pub const CLOUDWATCH_MONITORING: Self = Self::known("monitoring");
    /// Secrets Manager.
    pub const SECRETS_MANAGER: Self = Self::known("secretsmanager");
    /// Systems Manager.
    pub const SSM: Self = Self::known("ssm");
    /// Systems Manager's sessions; ECS Exec needs it.
    pub const SSM_MESSAGES: Self = Self::known("ssmmessages");
    /// AWS KMS.
    pub const KMS: Self = Self::known("kms");
    /// AWS STS.
    pub const STS: Self = Self::known("sts");
    /// Amazon SQS.
    pub const SQS: Self = Self::known("sqs");
    /// Amazon SNS.
    pub const SNS: Self = Self::known("sns");
    /// AWS Lambda.
    pub const LAMBDA: Self = Self::known("lambda");
    /// Amazon EventBridge.
    pub const EVENTBRIDGE: Self = Self::known("events");
    /// Amazon API Gateway's private APIs.
    pub const API_GATEWAY: Self = Self::known("execute-api");
    /// AWS X-Ray.
    pub const XRAY: Self = Self::known("xray");
    /// Amazon S3, for traffic from outside the VPC; inside it a gateway endpoint is free.
    pub const S3: Self = Self::known("s3");

    const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name), 443)
    }

    /// An AWS service by the part of its endpoint service's name after the region, for example `bedrock-runtime`.
    pub fn aws(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()), 443)
    }

    /// The port, if it is not 443.
    pub fn port(self, port: u16) -> Self {
        Self(self.0, port)
    }
}

/// An interface endpoint: addresses of an AWS service inside the VPC, billed by the hour and by the gigabyte
/// (<https://aws.amazon.com/privatelink/pricing/>).
#[derive(Debug, Clone)]
pub struct InterfaceVpcEndpoint {
    scope: Scope,
    cfn: Ref<CfnVPCEndpoint>,
    connections: Connections,
}

/// The recipe of an [`InterfaceVpcEndpoint`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct InterfaceVpcEndpointProps {
    vpc: Vpc,
    service: InterfaceEndpointService,
    subnets: SubnetSelection,
    groups: Vec<SecurityGroup>,
    private_dns: bool,
    open: bool,
    policy: Option<Value<Json>>,
}

impl InterfaceVpcEndpoint {
    /// An endpoint in the private subnets, one per availability zone, with the service's public name, open to the VPC.
    ///
    /// ```
    /// # use purlin::{App, HasScope, Stack};
    /// use purlin::ec2::{Connectable, InterfaceEndpointService, InterfaceVpcEndpoint, Vpc};
    ///
    /// # let app = App::new();
    /// # let stack = app.add("Net", Stack::props());
    /// let vpc = stack.add("Vpc", Vpc::props());
    /// let closed = InterfaceVpcEndpoint::props(&vpc, InterfaceEndpointService::SECRETS_MANAGER).closed();
    /// let endpoint = vpc.scope().add("Secrets", closed);
    /// endpoint.connections().allow_default_port_from_any_ipv4("From the VPC");
    /// # assert!(app.synth().is_ok());
    /// ```
    pub fn props(vpc: &Vpc, service: InterfaceEndpointService) -> InterfaceVpcEndpointProps {
        InterfaceVpcEndpointProps {
            vpc: vpc.clone(),
            service,
            subnets: SubnetSelection::default().one_per_az(),
            groups: Vec::new(),
            private_dns: true,
            open: true,
            policy: None,
        }
    }

    /// The endpoint's id: `vpce-..`.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// Its DNS entries, each as `<hosted zone id>:<name>`.
    pub fn dns_entries(&self) -> Value<Vec<String>> {
        self.cfn.att(CfnVPCEndpoint::ATTR_DNS_ENTRIES)
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnVPCEndpoint> {
        &self.cfn
    }
}

impl InterfaceVpcEndpointProps {
    /// The subnets of its addresses; at most one per availability zone.
    pub fn subnets(self, selection: SubnetSelection) -> Self {
        Self { subnets: selection.one_per_az(), ..self }
    }

    /// Its security groups; a new one unless given.
    pub fn security_groups(self, groups: impl IntoIterator<Item = SecurityGroup>) -> Self {
        Self { groups: groups.into_iter().collect(), ..self }
    }

    /// The service's public name keeps its public addresses; in the VPC it has the endpoint's addresses unless given.
    pub fn without_private_dns(self) -> Self {
        Self { private_dns: false, ..self }
    }

    /// Allows no connections until you add some; all addresses of the VPC may connect unless given.
    pub fn closed(self) -> Self {
        Self { open: false, ..self }
    }

    /// The policy of the endpoint; all actions of all principals unless given.
    pub fn policy(self, document: impl IntoValue<Json>) -> Self {
        Self { policy: Some(document.into_value()), ..self }
    }
}

impl Construct for InterfaceVpcEndpointProps {
    type Handle = InterfaceVpcEndpoint;

    fn build(self, scope: Scope) -> InterfaceVpcEndpoint {
        let groups = if self.groups.is_empty() {
            vec![scope.add("SecurityGroup", SecurityGroup::props(&self.vpc))]
        } else {
            self.groups
        };
        let connections = Connections::new(groups).default_port(Port::tcp(self.service.1));
        if self.open {
            match self.vpc.cidr_block() {
                Some(block) => connections.allow_default_port_from(&Peer::ipv4(block), ""),
                None => scope.error(
                    "the endpoint is open to all addresses of an imported VPC, but the VPC's block was not given",
                    "give the VPC's `cidr_block` where it is imported, or make the endpoint `closed()`",
                ),
            }
        }
        if self.private_dns && !self.vpc.has_dns_names() {
            scope.error(
                "the endpoint has the service's public name, but the VPC has no DNS host names",
                "leave DNS on in the VPC, or call `without_private_dns()` on the endpoint",
            );
        }
        let subnets = self.vpc.select_subnets_for(&scope, &self.subnets);
        let ids = |groups: &[SecurityGroup]| groups.iter().map(SecurityGroup::id).collect::<Vec<_>>();
        let mut endpoint = CfnVPCEndpoint::new(self.vpc.id())
            .service_name(sub!("com.amazonaws.{}.{}", scope.stack().region(), self.service.0.as_ref()))
            .vpc_endpoint_type(VPCEndpointVpcEndpointType::INTERFACE)
            .private_dns_enabled(self.private_dns)
            .security_group_ids(ids(connections.security_groups()))
            .subnet_ids(subnets.iter().map(Subnet::id).collect::<Vec<_>>());
        if let Some(policy) = self.policy {
            endpoint = endpoint.policy_document(policy);
        }
        let cfn = scope.add("Resource", endpoint);
        InterfaceVpcEndpoint { scope, cfn, connections }
    }
}

impl Connectable for InterfaceVpcEndpoint {
    fn connections(&self) -> Connections {
        self.connections.clone()
    }
}

impl HasScope for InterfaceVpcEndpoint {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
