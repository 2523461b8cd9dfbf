//! The layout of a VPC: groups of subnets, one subnet per availability zone in each.

use purlin_construct::{HasScope, Scope, Value};

use super::cidr::{self, Cidr};
use super::subnet::{self, NewSubnet, Subnet, SubnetType};

/// A group of subnets: one subnet of a type in each availability zone.
///
/// ```
/// use purlin::ec2::SubnetConfiguration;
///
/// let groups = [
///     SubnetConfiguration::public("Ingress").cidr_mask(24),
///     SubnetConfiguration::private_with_egress("Application"),
///     SubnetConfiguration::isolated("Database").cidr_mask(28),
/// ];
/// ```
#[derive(Debug, Clone)]
#[must_use = "a group does nothing until it is given to `subnet_configuration`"]
pub struct SubnetConfiguration {
    pub(crate) name: String,
    pub(crate) kind: SubnetType,
    pub(crate) reserved: bool,
    cidr_mask: Option<u8>,
    public_addresses: Option<bool>,
}

impl SubnetConfiguration {
    /// A group of any type. The name is part of the subnets' ids: a change replaces them.
    pub fn of_type(name: impl Into<String>, kind: SubnetType) -> Self {
        Self { name: name.into(), kind, reserved: false, cidr_mask: None, public_addresses: None }
    }

    /// Public subnets.
    pub fn public(name: impl Into<String>) -> Self {
        Self::of_type(name, SubnetType::Public)
    }

    /// Private subnets that reach the internet through NAT gateways.
    pub fn private_with_egress(name: impl Into<String>) -> Self {
        Self::of_type(name, SubnetType::PrivateWithEgress)
    }

    /// Private subnets without a route to the internet.
    pub fn isolated(name: impl Into<String>) -> Self {
        Self::of_type(name, SubnetType::PrivateIsolated)
    }

    /// The size of each subnet as a prefix length from 16 to 28. Groups without it share the rest equally.
    pub fn cidr_mask(self, mask: u8) -> Self {
        Self { cidr_mask: Some(mask), ..self }
    }

    /// Keeps the addresses of the group free for later, and creates no subnets.
    pub fn reserved(self) -> Self {
        Self { reserved: true, ..self }
    }

    /// Instances in these public subnets get no public address by default; they get one unless given.
    pub fn without_public_addresses(self) -> Self {
        Self { public_addresses: Some(false), ..self }
    }
}

/// The default groups.
pub(crate) fn default_groups(without_nat: bool) -> Vec<SubnetConfiguration> {
    let private = if without_nat {
        SubnetConfiguration::isolated("Isolated")
    } else {
        SubnetConfiguration::private_with_egress("Private")
    };
    vec![SubnetConfiguration::public("Public"), private]
}

/// The data of the layout.
pub(crate) struct Layout<'a> {
    pub network: Cidr,
    pub groups: &'a [SubnetConfiguration],
    pub zones: &'a [Value<String>],
    /// Zones for which addresses are reserved.
    pub reserved_zones: usize,
}

/// Declares the subnets of all groups.
pub(crate) fn declare(scope: &Scope, vpc_id: &Value<String>, layout: &Layout<'_>) -> Vec<Subnet> {
    let mut subnets = Vec::new();
    let per_group = layout.zones.len() + layout.reserved_zones;
    let masks: Vec<Option<u8>> =
        layout.groups.iter().flat_map(|group| std::iter::repeat_n(group.cidr_mask, per_group)).collect();
    if check(scope, layout.groups).is_err() {
        return subnets;
    }
    let blocks = match cidr::allocate(layout.network, &masks) {
        Ok(blocks) => blocks,
        Err(message) => {
            scope.error(
                format!("the subnets do not fit into the VPC: {message}"),
                "give the VPC a larger block with `cidr`, or the groups smaller subnets with `cidr_mask`",
            );
            return subnets;
        }
    };
    let places = layout.groups.iter().flat_map(|group| (0..per_group).map(move |index| (group, index)));
    for ((group, index), block) in places.zip(blocks) {
        let Some(zone) = layout.zones.get(index).filter(|_| !group.reserved) else { continue };
        let new = NewSubnet {
            vpc_id: vpc_id.clone(),
            availability_zone: zone.clone(),
            cidr_block: block.to_string(),
            kind: group.kind,
            group: group.name.clone(),
            public_addresses: group.public_addresses.unwrap_or(group.kind == SubnetType::Public),
        };
        subnets.push(subnet::declare(scope.child(format!("{}Subnet{}", group.name, index + 1)), new));
    }
    subnets
}

fn check(scope: &Scope, groups: &[SubnetConfiguration]) -> Result<(), ()> {
    let mut result = Ok(());
    for (index, group) in groups.iter().enumerate() {
        if let Some(mask) = group.cidr_mask.filter(|mask| !cidr::SIZES.contains(mask)) {
            scope.error(
                format!("the subnets of the group `{}` have the size /{mask}, but AWS takes /16 to /28", group.name),
                "choose a `cidr_mask` between 16, the largest, and 28, the smallest",
            );
            result = Err(());
        }
        if groups[..index].iter().any(|other| other.name == group.name) {
            scope
                .error(format!("two groups of subnets are named `{}`", group.name), "give each group a different name");
            result = Err(());
        }
        if group.public_addresses.is_some() && group.kind != SubnetType::Public {
            scope.error(
                format!(
                    "the group `{}` is without public addresses, but its subnets are {}, and have none anyway",
                    group.name, group.kind
                ),
                "leave out `without_public_addresses`, or make the group public",
            );
        }
    }
    result
}

impl Subnet {
    /// Whether the subnet belongs to this VPC's tree.
    pub(crate) fn is_below(&self, scope: &Scope) -> bool {
        self.scope().parent().is_some_and(|parent| parent == *scope)
    }
}
