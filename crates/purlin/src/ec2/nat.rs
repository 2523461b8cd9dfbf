//! NAT gateways: one per availability zone, or fewer that the zones share.

use purlin_cfn::ec2::{CfnEIP, CfnNatGateway};
use purlin_construct::{HasScope, Value};

use super::subnet::{RouteTarget, Subnet};

/// Adds a NAT gateway to each of the public subnets, and a default route to each private subnet: to the NAT gateway of
/// the same zone if there is one, else to each in turn. `addresses` are allocation ids to use instead of new ones.
pub(crate) fn add(public: &[Subnet], private: &[Subnet], addresses: &[Value<String>]) {
    let gateways: Vec<(Option<Value<String>>, Value<String>)> = public
        .iter()
        .enumerate()
        .map(|(index, subnet)| (subnet.availability_zone(), gateway(subnet, addresses.get(index))))
        .collect();
    let mut others = gateways.iter().cycle();
    for subnet in private {
        let zone = subnet.availability_zone();
        let same = gateways.iter().rev().find(|(of, _)| *of == zone);
        if let Some((_, gateway)) = same.or_else(|| others.next()) {
            subnet.add_route("DefaultRoute", "0.0.0.0/0", RouteTarget::NatGateway(gateway.clone()));
        }
    }
}

/// A NAT gateway in a public subnet, created when the subnet reaches the internet.
fn gateway(subnet: &Subnet, address: Option<&Value<String>>) -> Value<String> {
    let allocation = address
        .cloned()
        .unwrap_or_else(|| subnet.scope().add("EIP", CfnEIP::new().domain("vpc")).att(CfnEIP::ATTR_ALLOCATION_ID));
    let gateway = CfnNatGateway::new().allocation_id(allocation).subnet_id(subnet.id());
    let gateway = subnet.scope().add("NATGateway", gateway);
    for part in subnet.internet_connectivity() {
        gateway.depends_on(&part);
    }
    gateway.id()
}
