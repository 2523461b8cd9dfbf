//! A VPC with its subnets, gateways and routes.

use std::fmt;
use std::rc::Rc;

use purlin_cfn::ec2::{CfnInternetGateway, CfnVPC, CfnVPCGatewayAttachment, VPCInstanceTenancy};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::cidr::{self, Cidr};
use super::endpoint::{GatewayEndpointService, GatewayVpcEndpoint, InterfaceEndpointService, InterfaceVpcEndpoint};
use super::flow_log::FlowLog;
use super::import::{self, VpcAttributes};
use super::layout::{self, Layout, SubnetConfiguration};
use super::nat;
use super::selection::SubnetSelection;
use super::subnet::{Subnet, SubnetType};
use crate::name_tag;

/// The default address block.
const DEFAULT_CIDR: &str = "10.0.0.0/16";
const DEFAULT_ZONES: usize = 2;

/// A virtual network (<https://docs.aws.amazon.com/vpc/latest/userguide/how-it-works.html>).
///
/// ```
/// # use purlin::{App, Stack};
/// use purlin::ec2::{SubnetConfiguration, Vpc};
///
/// # let app = App::new();
/// # let stack = app.add("Net", Stack::props());
/// let small = stack.add("Small", Vpc::props().nat_gateways(1));
/// let large = Vpc::props().max_azs(3).cidr("10.1.0.0/16").subnet_configuration([
///     SubnetConfiguration::public("Ingress").cidr_mask(24),
///     SubnetConfiguration::private_with_egress("Application"),
///     SubnetConfiguration::isolated("Database").cidr_mask(28),
/// ]);
/// let large = stack.add("Large", large);
/// assert_eq!(large.public_subnets().len(), 3);
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Clone)]
pub struct Vpc(Rc<Data>);

pub(crate) struct Data {
    pub scope: Scope,
    pub id: Value<String>,
    pub cidr_block: Option<Value<String>>,
    pub availability_zones: Vec<Value<String>>,
    pub subnets: Vec<Subnet>,
    pub internet_gateway_id: Option<Value<String>>,
    /// The attachment of the internet gateway.
    pub attachment: Option<Scope>,
    pub dns_names: bool,
    pub cfn: Option<Ref<CfnVPC>>,
}

/// Whether instances share hardware with other customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceTenancy {
    /// Shared by default; an instance can choose otherwise.
    Default,
    /// Dedicated hardware for every instance, at a price (<https://aws.amazon.com/ec2/pricing/dedicated-instances/>).
    Dedicated,
}

/// The recipe of a [`Vpc`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct VpcProps {
    cidr: String,
    zones: Zones,
    reserved_zones: usize,
    groups: Option<Vec<SubnetConfiguration>>,
    nat_gateways: Option<usize>,
    nat_subnets: Option<SubnetSelection>,
    nat_addresses: Vec<Value<String>>,
    name: Option<String>,
    dns_hostnames: bool,
    dns_support: bool,
    internet_gateway: bool,
    tenancy: InstanceTenancy,
    gateway_endpoints: Vec<(String, GatewayEndpointService)>,
    flow_logs: Vec<String>,
}

#[derive(Debug, Clone)]
enum Zones {
    Count(usize),
    Named(Vec<Value<String>>),
}

impl Vpc {
    /// A VPC of 65,536 addresses in two availability zones. Each has a public subnet, and a private one that reaches the
    /// internet through its own NAT gateway.
    ///
    /// Two NAT gateways are billed by the hour and by the gigabyte (<https://aws.amazon.com/vpc/pricing/>):
    /// [`nat_gateways(1)`](VpcProps::nat_gateways) halves that, but an outage of its zone then affects both zones.
    pub fn props() -> VpcProps {
        VpcProps {
            cidr: DEFAULT_CIDR.to_owned(),
            zones: Zones::Count(DEFAULT_ZONES),
            reserved_zones: 0,
            groups: None,
            nat_gateways: None,
            nat_subnets: None,
            nat_addresses: Vec::new(),
            name: None,
            dns_hostnames: true,
            dns_support: true,
            internet_gateway: true,
            tenancy: InstanceTenancy::Default,
            gateway_endpoints: Vec::new(),
            flow_logs: Vec::new(),
        }
    }

    /// Imports a VPC.
    #[track_caller]
    pub fn from_attributes(scope: &impl HasScope, id: impl AsRef<str>, attributes: VpcAttributes) -> Self {
        Self::of(import::import(scope.scope().child(id), attributes))
    }

    pub(crate) fn of(data: Data) -> Self {
        Self(Rc::new(data))
    }

    /// The VPC's id: `vpc-..`.
    pub fn id(&self) -> Value<String> {
        self.0.id.clone()
    }

    /// The VPC's ARN.
    pub fn arn(&self) -> Value<String> {
        self.0.scope.arn("ec2", purlin_construct::sub!("vpc/{}", self.0.id))
    }

    /// Its IPv4 block; none for an imported VPC without it.
    pub fn cidr_block(&self) -> Option<Value<String>> {
        self.0.cidr_block.clone()
    }

    /// The availability zones of its subnets.
    pub fn availability_zones(&self) -> &[Value<String>] {
        &self.0.availability_zones
    }

    /// All subnets: by group, and in each group by availability zone.
    pub fn subnets(&self) -> &[Subnet] {
        &self.0.subnets
    }

    /// The public subnets.
    pub fn public_subnets(&self) -> Vec<Subnet> {
        self.of_kind(SubnetType::Public)
    }

    /// The private subnets that reach the internet.
    pub fn private_subnets(&self) -> Vec<Subnet> {
        self.of_kind(SubnetType::PrivateWithEgress)
    }

    /// The private subnets that do not reach the internet.
    pub fn isolated_subnets(&self) -> Vec<Subnet> {
        self.of_kind(SubnetType::PrivateIsolated)
    }

    fn of_kind(&self, kind: SubnetType) -> Vec<Subnet> {
        self.0.subnets.iter().filter(|subnet| subnet.kind() == kind).cloned().collect()
    }

    /// The subnets of a selection. An empty selection is a problem.
    pub fn select_subnets(&self, selection: &SubnetSelection) -> Vec<Subnet> {
        selection.select(self, self.scope())
    }

    /// The same, for a construct: an empty selection is reported for it, not for the VPC.
    pub(crate) fn select_subnets_for(&self, scope: &Scope, selection: &SubnetSelection) -> Vec<Subnet> {
        selection.select(self, scope)
    }

    /// The internet gateway; none for a VPC without one, and for an imported VPC.
    pub fn internet_gateway_id(&self) -> Option<Value<String>> {
        self.0.internet_gateway_id.clone()
    }

    /// The attachment of the internet gateway, for resources that need the internet at their creation.
    pub fn internet_gateway_attachment(&self) -> Option<&Scope> {
        self.0.attachment.as_ref()
    }

    /// Whether DNS support and DNS host names are on, which private names inside the VPC need; `true` for an imported
    /// VPC.
    pub fn has_dns_names(&self) -> bool {
        self.0.dns_names
    }

    /// The security group that AWS creates with the VPC; none for an imported VPC.
    ///
    /// It allows connections between its members and all egress. Resources without a group are in it. Its rules are left
    /// as AWS creates them: their removal needs a custom resource.
    pub fn default_security_group_id(&self) -> Option<Value<String>> {
        self.0.cfn.as_ref().map(|cfn| cfn.att(CfnVPC::ATTR_DEFAULT_SECURITY_GROUP))
    }

    /// The network ACL that AWS creates with the VPC; none for an imported VPC.
    pub fn default_network_acl_id(&self) -> Option<Value<String>> {
        self.0.cfn.as_ref().map(|cfn| cfn.att(CfnVPC::ATTR_DEFAULT_NETWORK_ACL))
    }

    /// The raw resource; none for an imported VPC.
    pub fn cfn(&self) -> Option<&Ref<CfnVPC>> {
        self.0.cfn.as_ref()
    }

    /// Adds a gateway endpoint: a route of all subnets to S3 or DynamoDB, free of charge, without NAT gateways.
    #[track_caller]
    pub fn add_gateway_endpoint(&self, id: &str, service: GatewayEndpointService) -> GatewayVpcEndpoint {
        self.0.scope.add(id, GatewayVpcEndpoint::props(self, service))
    }

    /// Adds an interface endpoint: addresses of an AWS service inside the VPC, open to the VPC's block.
    #[track_caller]
    pub fn add_interface_endpoint(&self, id: &str, service: InterfaceEndpointService) -> InterfaceVpcEndpoint {
        self.0.scope.add(id, InterfaceVpcEndpoint::props(self, service))
    }

    /// Logs all traffic of the VPC to a new log group. For other destinations add a [`FlowLog`] recipe.
    #[track_caller]
    pub fn add_flow_log(&self, id: &str) -> FlowLog {
        self.0.scope.add(id, FlowLog::props(self))
    }
}

impl VpcProps {
    /// The IPv4 block, from /16 to /28; `10.0.0.0/16` unless given. It is a literal: synthesis divides it into subnets.
    pub fn cidr(self, block: impl Into<String>) -> Self {
        Self { cidr: block.into(), ..self }
    }

    /// The number of availability zones with subnets; two unless given.
    ///
    /// Never fewer: the deployment chooses the zones of the region, and fails if there are fewer. If any zone has a
    /// default subnet, AWS's list (`Fn::GetAZs`) contains only zones with one
    /// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html>).
    pub fn max_azs(self, count: usize) -> Self {
        Self { zones: Zones::Count(count), ..self }
    }

    /// The availability zones by name, instead of the first ones of the region.
    pub fn availability_zones<V: IntoValue<String>>(self, zones: impl IntoIterator<Item = V>) -> Self {
        Self { zones: Zones::Named(zones.into_iter().map(IntoValue::into_value).collect()), ..self }
    }

    /// Reserves addresses for subnets in this many more availability zones.
    pub fn reserved_azs(self, count: usize) -> Self {
        Self { reserved_zones: count, ..self }
    }

    /// The groups of subnets; `Public` and `Private` unless given, or `Public` and `Isolated` without NAT gateways.
    pub fn subnet_configuration(self, groups: impl IntoIterator<Item = SubnetConfiguration>) -> Self {
        Self { groups: Some(groups.into_iter().collect()), ..self }
    }

    /// The number of NAT gateways; one per availability zone unless given, none if no group is private with egress.
    pub fn nat_gateways(self, count: usize) -> Self {
        Self { nat_gateways: Some(count), ..self }
    }

    /// The public subnets of the NAT gateways; the first public ones unless given.
    pub fn nat_gateway_subnets(self, selection: SubnetSelection) -> Self {
        Self { nat_subnets: Some(selection), ..self }
    }

    /// The allocation ids of elastic addresses for the NAT gateways, in their order; new ones are allocated unless given.
    pub fn nat_gateway_addresses<V: IntoValue<String>>(self, ids: impl IntoIterator<Item = V>) -> Self {
        Self { nat_addresses: ids.into_iter().map(IntoValue::into_value).collect(), ..self }
    }

    /// The `Name` tag; the path unless given.
    pub fn vpc_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Instances with public addresses get no public DNS names.
    pub fn without_dns_hostnames(self) -> Self {
        Self { dns_hostnames: false, ..self }
    }

    /// No DNS inside the VPC; implies no DNS host names.
    pub fn without_dns_support(self) -> Self {
        Self { dns_hostnames: false, dns_support: false, ..self }
    }

    /// No internet gateway, and so no NAT gateways: public subnets then have no default route.
    pub fn without_internet_gateway(self) -> Self {
        Self { internet_gateway: false, ..self }
    }

    /// Whether instances share hardware; shared unless given. Some changes replace the VPC
    /// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-instance.html>).
    pub fn default_instance_tenancy(self, tenancy: InstanceTenancy) -> Self {
        Self { tenancy, ..self }
    }

    /// Adds a gateway endpoint of this id, as [`Vpc::add_gateway_endpoint`] does.
    pub fn gateway_endpoint(mut self, id: impl Into<String>, service: GatewayEndpointService) -> Self {
        self.gateway_endpoints.push((id.into(), service));
        self
    }

    /// Adds a flow log of this id, as [`Vpc::add_flow_log`] does.
    pub fn flow_log(mut self, id: impl Into<String>) -> Self {
        self.flow_logs.push(id.into());
        self
    }
}

impl Construct for VpcProps {
    type Handle = Vpc;

    fn build(self, scope: Scope) -> Vpc {
        let network = checked_network(&scope, &self.cidr);
        let cfn = scope.add("Resource", self.resource(network));
        scope.tag("Name", self.name.clone().unwrap_or_else(|| name_tag::of(&scope)));
        let zones = self.zones(&scope);
        let groups = self.groups.clone().unwrap_or_else(|| layout::default_groups(self.nat_gateways == Some(0)));
        let shape = Layout { network, groups: &groups, zones: &zones, reserved_zones: self.reserved_zones };
        let subnets = layout::declare(&scope, &cfn.id(), &shape);
        let needs_gateway = groups.iter().any(|group| group.kind != SubnetType::PrivateIsolated && !group.reserved);
        let gateway = (needs_gateway && self.internet_gateway).then(|| internet_gateway(&scope, &cfn.id(), &subnets));
        let (internet_gateway_id, attachment) = gateway.unzip();
        let vpc = Vpc::of(Data {
            id: cfn.id(),
            cidr_block: Some(cfn.att(CfnVPC::ATTR_CIDR_BLOCK)),
            availability_zones: zones,
            subnets,
            internet_gateway_id,
            attachment,
            dns_names: self.dns_hostnames,
            cfn: Some(cfn),
            scope,
        });
        self.add_nat_gateways(&vpc, &groups);
        for (id, service) in &self.gateway_endpoints {
            vpc.add_gateway_endpoint(id, *service);
        }
        for id in &self.flow_logs {
            vpc.add_flow_log(id);
        }
        vpc
    }
}

impl VpcProps {
    fn resource(&self, network: Cidr) -> CfnVPC {
        CfnVPC::new()
            .cidr_block(network.to_string())
            .enable_dns_hostnames(self.dns_hostnames)
            .enable_dns_support(self.dns_support)
            .instance_tenancy(match self.tenancy {
                InstanceTenancy::Default => VPCInstanceTenancy::DEFAULT,
                InstanceTenancy::Dedicated => VPCInstanceTenancy::DEDICATED,
            })
    }

    fn zones(&self, scope: &Scope) -> Vec<Value<String>> {
        let zones = match &self.zones {
            Zones::Count(count) => scope.stack().availability_zones(*count),
            Zones::Named(zones) => zones.clone(),
        };
        if zones.is_empty() && self.groups.as_ref().is_none_or(|groups| !groups.is_empty()) {
            scope.error(
                "the VPC is in no availability zone, so it would have no subnets",
                "give `max_azs(2)`; for a VPC without subnets, give `subnet_configuration([])`",
            );
        }
        zones
    }

    fn add_nat_gateways(&self, vpc: &Vpc, groups: &[SubnetConfiguration]) {
        let has = |kind| groups.iter().any(|group| group.kind == kind && !group.reserved);
        let default = if has(SubnetType::PrivateWithEgress) && self.internet_gateway {
            vpc.0.availability_zones.len()
        } else {
            0
        };
        let count = self.nat_gateways.unwrap_or(default);
        if count == 0 && (self.nat_subnets.is_some() || !self.nat_addresses.is_empty()) {
            vpc.0.scope.error(
                "subnets or elastic addresses of NAT gateways are given, but the VPC has no NAT gateways",
                "leave out `nat_gateway_subnets` and `nat_gateway_addresses`, or give `nat_gateways(1)`",
            );
        }
        if count == 0 || vpc.0.subnets.is_empty() {
            return;
        }
        if let Some((message, hint)) = self.nat_mistake(vpc, count, has(SubnetType::Public)) {
            return vpc.0.scope.error(message, hint);
        }
        let selection = self.nat_subnets.clone().unwrap_or_else(|| SubnetSelection::of_type(SubnetType::Public));
        let mut public = vpc.select_subnets(&selection);
        if let Some(other) =
            public.iter().find(|subnet| subnet.kind() != SubnetType::Public || !subnet.is_below(&vpc.0.scope))
        {
            return vpc.0.scope.error(
                format!("a NAT gateway is in `{}`, but AWS takes public subnets of the same VPC", other.scope().path()),
                "select public subnets with `nat_gateway_subnets`",
            );
        }
        if public.len() < count {
            vpc.0.scope.error(
                format!("the VPC has {count} NAT gateways, but {} subnets are selected for them", public.len()),
                "select more subnets with `nat_gateway_subnets`, or lower `nat_gateways`",
            );
        }
        public.truncate(count);
        nat::add(&public, &vpc.private_subnets(), &self.nat_addresses);
    }

    fn nat_mistake(&self, vpc: &Vpc, count: usize, has_public: bool) -> Option<(String, String)> {
        let zones = vpc.0.availability_zones.len();
        if !has_public {
            let message = "the private subnets need a NAT gateway, but the VPC has no public subnet for it";
            let hint = "add a group `SubnetConfiguration::public(..)`, or give `nat_gateways(0)` and add routes";
            return Some((message.to_owned(), hint.to_owned()));
        }
        if !self.internet_gateway {
            let message = "the VPC has NAT gateways but no internet gateway, which they need";
            return Some((
                message.to_owned(),
                "leave out `without_internet_gateway`, or give `nat_gateways(0)`".to_owned(),
            ));
        }
        if count > zones {
            let message = format!("the VPC has {count} NAT gateways, but only {zones} availability zones");
            return Some((message, format!("give `nat_gateways({zones})`, or more zones with `max_azs({count})`")));
        }
        let given = self.nat_addresses.len();
        (given != 0 && given != count).then(|| {
            let message = format!("the VPC has {count} NAT gateways, but {given} elastic addresses are given");
            (message, "give one for each NAT gateway, or none: new ones are then allocated".to_owned())
        })
    }
}

/// The block of the VPC; the default one if it is wrong, so that the rest is checked too.
fn checked_network(scope: &Scope, text: &str) -> Cidr {
    match Cidr::parse(text) {
        Some(network) if cidr::SIZES.contains(&network.mask()) => return network,
        Some(_) => scope.error(
            format!("the VPC's block is `{text}`, but AWS takes sizes from /16 to /28"),
            "choose a prefix length between 16, the largest, and 28, the smallest",
        ),
        None => scope.error(
            format!("the VPC's block is `{text}`, but AWS takes `a.b.c.d/n`, n from 16 to 28"),
            format!("give a block such as `{DEFAULT_CIDR}`"),
        ),
    }
    Cidr::parse(DEFAULT_CIDR).expect("the default block is valid")
}

/// The internet gateway, with a default route of every public subnet to it.
fn internet_gateway(scope: &Scope, vpc_id: &Value<String>, subnets: &[Subnet]) -> (Value<String>, Scope) {
    let gateway = scope.add("IGW", CfnInternetGateway::new());
    let attachment = scope.add("VPCGW", CfnVPCGatewayAttachment::new(vpc_id).internet_gateway_id(gateway.id()));
    for subnet in subnets.iter().filter(|subnet| subnet.kind() == SubnetType::Public) {
        subnet.route_to_internet_gateway(gateway.id(), &attachment);
    }
    (gateway.id(), attachment.scope().clone())
}

impl HasScope for Vpc {
    fn scope(&self) -> &Scope {
        &self.0.scope
    }
}

impl fmt::Debug for Vpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vpc({:?})", self.0.scope)
    }
}
