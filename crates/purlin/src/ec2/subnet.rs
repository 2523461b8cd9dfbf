//! A subnet: a part of a VPC in one availability zone, with its own route table.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use purlin_cfn::ec2::{CfnRoute, CfnRouteTable, CfnSubnet, CfnSubnetRouteTableAssociation};
use purlin_construct::{CfnTag, HasScope, IntoValue, Ref, Scope, Value};

use crate::name_tag;

/// The type of a subnet by its route to the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubnetType {
    /// Connections to and from the internet, through the VPC's internet gateway.
    Public,
    /// Connections to the internet through a NAT gateway, none from it.
    PrivateWithEgress,
    /// No route to the internet.
    PrivateIsolated,
}

impl SubnetType {
    /// The value of the tag `aws-cdk:subnet-type`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::PrivateWithEgress => "Private",
            Self::PrivateIsolated => "Isolated",
        }
    }
}

impl fmt::Display for SubnetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::PrivateWithEgress => "private-with-egress",
            Self::PrivateIsolated => "isolated",
        })
    }
}

/// The next hop of a subnet's traffic to the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InternetRoute {
    /// Through an internet gateway; needs public addresses.
    InternetGateway,
    /// Through a NAT gateway.
    Nat,
    /// Another target: a transit gateway, a peering connection, an appliance.
    Other,
    /// None.
    None,
    /// Not known: the subnet is imported.
    Unknown,
}

/// The target of a route.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RouteTarget {
    /// An internet gateway, or a virtual private gateway.
    Gateway(Value<String>),
    /// A NAT gateway.
    NatGateway(Value<String>),
    /// A transit gateway.
    TransitGateway(Value<String>),
    /// A VPC peering connection.
    VpcPeeringConnection(Value<String>),
    /// A gateway load balancer's endpoint.
    VpcEndpoint(Value<String>),
    /// A network interface.
    NetworkInterface(Value<String>),
}

/// A subnet of a [`Vpc`](super::Vpc).
#[derive(Clone)]
pub struct Subnet(Rc<Data>);

pub(crate) struct Data {
    pub scope: Scope,
    pub id: Value<String>,
    pub kind: SubnetType,
    pub group: String,
    pub availability_zone: Option<Value<String>>,
    pub route_table_id: Option<Value<String>>,
    pub cidr_block: Option<Value<String>>,
    pub cfn: Option<Ref<CfnSubnet>>,
    /// The resources that connect the subnet to the internet.
    pub connectivity: RefCell<Vec<Scope>>,
    pub internet_route: Cell<InternetRoute>,
}

impl Subnet {
    pub(crate) fn of(data: Data) -> Self {
        Self(Rc::new(data))
    }

    /// The subnet's id: `subnet-..`.
    pub fn id(&self) -> Value<String> {
        self.0.id.clone()
    }

    /// Its type.
    pub fn kind(&self) -> SubnetType {
        self.0.kind
    }

    /// The name of its group, for example `Public`.
    pub fn group(&self) -> &str {
        &self.0.group
    }

    /// Its availability zone; none for an imported subnet without it.
    pub fn availability_zone(&self) -> Option<Value<String>> {
        self.0.availability_zone.clone()
    }

    /// Its IPv4 block; none for an imported subnet.
    pub fn cidr_block(&self) -> Option<Value<String>> {
        self.0.cidr_block.clone()
    }

    /// Its route table; none for an imported subnet without it.
    pub fn route_table_id(&self) -> Option<Value<String>> {
        self.0.route_table_id.clone()
    }

    /// The raw resource; none for an imported subnet.
    pub fn cfn(&self) -> Option<&Ref<CfnSubnet>> {
        self.0.cfn.as_ref()
    }

    /// The next hop of traffic to the internet.
    pub fn internet_route(&self) -> InternetRoute {
        self.0.internet_route.get()
    }

    /// The resources that connect the subnet to the internet: its default route, and its association with the table.
    ///
    /// A resource that needs the internet at its creation must depend on these: `balancer.depends_on(&part)`.
    pub fn internet_connectivity(&self) -> Vec<Scope> {
        self.0.connectivity.borrow().clone()
    }

    /// Adds a route for an IPv4 block. A problem for an imported subnet without a route table.
    #[track_caller]
    pub fn add_route(&self, id: &str, destination: impl IntoValue<String>, target: RouteTarget) {
        let destination = destination.into_value();
        let is_default = destination.as_str() == Some("0.0.0.0/0");
        let Some(route) = self.route(id, destination, &target) else { return };
        if is_default {
            self.0.connectivity.borrow_mut().push(route.scope().clone());
            self.0.internet_route.set(match target {
                RouteTarget::Gateway(_) => InternetRoute::InternetGateway,
                RouteTarget::NatGateway(_) => InternetRoute::Nat,
                _ => InternetRoute::Other,
            });
        }
    }

    #[track_caller]
    fn route(&self, id: &str, destination: Value<String>, target: &RouteTarget) -> Option<Ref<CfnRoute>> {
        let Some(table) = &self.0.route_table_id else {
            self.0.scope.error(
                "a route is added to an imported subnet without a route table",
                "give the route table's id where the subnet is imported",
            );
            return None;
        };
        let route = CfnRoute::new(table).destination_cidr_block(destination);
        let route = match target {
            RouteTarget::Gateway(id) => route.gateway_id(id),
            RouteTarget::NatGateway(id) => route.nat_gateway_id(id),
            RouteTarget::TransitGateway(id) => route.transit_gateway_id(id),
            RouteTarget::VpcPeeringConnection(id) => route.vpc_peering_connection_id(id),
            RouteTarget::VpcEndpoint(id) => route.vpc_endpoint_id(id),
            RouteTarget::NetworkInterface(id) => route.network_interface_id(id),
        };
        Some(self.0.scope.add(id, route))
    }

    /// The default route of a public subnet, which depends on the gateway's attachment.
    pub(crate) fn route_to_internet_gateway(&self, gateway: Value<String>, attachment: &impl HasScope) {
        self.add_route("DefaultRoute", "0.0.0.0/0", RouteTarget::Gateway(gateway));
        if let Some(route) = self.0.scope.try_child("DefaultRoute") {
            route.depends_on(attachment);
        }
    }
}

/// The properties of a new subnet.
pub(crate) struct NewSubnet {
    pub vpc_id: Value<String>,
    pub availability_zone: Value<String>,
    pub cidr_block: String,
    pub kind: SubnetType,
    pub group: String,
    pub public_addresses: bool,
}

/// Declares a subnet with its own route table.
pub(crate) fn declare(scope: Scope, new: NewSubnet) -> Subnet {
    scope.tag("Name", name_tag::of(&scope));
    let tags =
        [CfnTag::new("aws-cdk:subnet-name", new.group.as_str()), CfnTag::new("aws-cdk:subnet-type", new.kind.tag())];
    let subnet = CfnSubnet::new(&new.vpc_id)
        .availability_zone(&new.availability_zone)
        .cidr_block(new.cidr_block.as_str())
        .map_public_ip_on_launch(new.public_addresses)
        .tags(tags);
    let cfn = scope.add("Subnet", subnet);
    let table = scope.add("RouteTable", CfnRouteTable::new(&new.vpc_id));
    let association = scope.add("RouteTableAssociation", CfnSubnetRouteTableAssociation::new(table.id(), cfn.id()));
    Subnet::of(Data {
        id: cfn.id(),
        kind: new.kind,
        group: new.group,
        availability_zone: Some(new.availability_zone),
        route_table_id: Some(table.id()),
        cidr_block: Some(new.cidr_block.into_value()),
        cfn: Some(cfn),
        connectivity: RefCell::new(vec![association.scope().clone()]),
        internet_route: Cell::new(InternetRoute::None),
        scope,
    })
}

impl HasScope for Subnet {
    fn scope(&self) -> &Scope {
        &self.0.scope
    }
}

impl PartialEq for Subnet {
    fn eq(&self, other: &Self) -> bool {
        self.0.scope == other.0.scope
    }
}

impl fmt::Debug for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subnet({:?})", self.0.scope)
    }
}
