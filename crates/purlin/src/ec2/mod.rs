//! Amazon VPC: networks, subnets, security groups and connections.
//!
//! A [`Vpc`] has groups of subnets with the same route to the internet ([`SubnetType`]); a [`SubnetSelection`] selects
//! some of them. Constructs in a [`SecurityGroup`] are [`Connectable`]; [`Connections`] open ports between two of them,
//! on both sides. IPv4 only: build IPv6 and dual-stack VPCs with the raw types in [`cfn`](crate::cfn).

mod cidr;
mod connections;
mod endpoint;
mod flow_log;
mod import;
mod layout;
mod nat;
mod peer;
mod placement;
mod port;
mod rule;
mod security_group;
mod selection;
mod subnet;
mod vpc;

pub use connections::{Connectable, Connections};
pub use endpoint::{
    GatewayEndpointService, GatewayVpcEndpoint, GatewayVpcEndpointProps, InterfaceEndpointService,
    InterfaceVpcEndpoint, InterfaceVpcEndpointProps,
};
pub use flow_log::{AggregationInterval, FlowLog, FlowLogBucket, FlowLogProps, FlowLogTraffic};
pub use import::{SubnetAttributes, VpcAttributes};
pub use layout::SubnetConfiguration;
pub use peer::Peer;
pub use placement::placement_pass;
pub use port::Port;
pub use security_group::{SecurityGroup, SecurityGroupProps};
pub use selection::SubnetSelection;
pub use subnet::{InternetRoute, RouteTarget, Subnet, SubnetType};
pub use vpc::{InstanceTenancy, Vpc, VpcProps};
