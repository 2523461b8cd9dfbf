//! The attributes of imported VPCs and subnets.

use std::cell::{Cell, RefCell};

use purlin_construct::{HasScope, IntoValue, Scope, Value};

use super::subnet::{self, InternetRoute, Subnet, SubnetType};
use super::vpc;

/// The attributes of an imported VPC.
///
/// ```
/// # use purlin::{App, Stack};
/// use purlin::ec2::{Vpc, VpcAttributes};
///
/// # let app = App::new();
/// # let stack = app.add("Web", Stack::props());
/// let attributes = VpcAttributes::new("vpc-0a1b2c3d")
///     .availability_zones(["eu-central-1a", "eu-central-1b"])
///     .public_subnet_ids(["subnet-0a0a0a0a", "subnet-0b0b0b0b"])
///     .private_subnet_ids(["subnet-1a1a1a1a", "subnet-1b1b1b1b"]);
/// let vpc = Vpc::from_attributes(&stack, "Vpc", attributes);
/// assert_eq!(vpc.private_subnets().len(), 2);
/// ```
#[derive(Debug, Clone)]
#[must_use = "attributes do nothing until they are given to `Vpc::from_attributes`"]
pub struct VpcAttributes {
    id: Value<String>,
    cidr_block: Option<Value<String>>,
    zones: Vec<Value<String>>,
    kinds: [Kind; 3],
}

/// The subnets of one type.
#[derive(Debug, Clone, Default)]
struct Kind {
    ids: Vec<Value<String>>,
    tables: Vec<Value<String>>,
    names: Vec<String>,
}

const KINDS: [(SubnetType, &str); 3] = [
    (SubnetType::Public, "Public"),
    (SubnetType::PrivateWithEgress, "Private"),
    (SubnetType::PrivateIsolated, "Isolated"),
];

fn values<V: IntoValue<String>>(items: impl IntoIterator<Item = V>) -> Vec<Value<String>> {
    items.into_iter().map(IntoValue::into_value).collect()
}

impl VpcAttributes {
    /// A VPC by its id.
    pub fn new(id: impl IntoValue<String>) -> Self {
        Self { id: id.into_value(), cidr_block: None, zones: Vec::new(), kinds: Default::default() }
    }

    /// Its IPv4 block.
    pub fn cidr_block(self, block: impl IntoValue<String>) -> Self {
        Self { cidr_block: Some(block.into_value()), ..self }
    }

    /// The availability zones of its subnets. Each list of subnets has their order; a type with several groups lists the
    /// groups one after the other.
    pub fn availability_zones<V: IntoValue<String>>(self, zones: impl IntoIterator<Item = V>) -> Self {
        Self { zones: values(zones), ..self }
    }

    fn with(mut self, kind: usize, change: impl FnOnce(&mut Kind)) -> Self {
        change(&mut self.kinds[kind]);
        self
    }

    /// The ids of its public subnets.
    pub fn public_subnet_ids<V: IntoValue<String>>(self, ids: impl IntoIterator<Item = V>) -> Self {
        self.with(0, |kind| kind.ids = values(ids))
    }

    /// The route tables of its public subnets, for gateway endpoints and routes.
    pub fn public_subnet_route_table_ids<V: IntoValue<String>>(self, ids: impl IntoIterator<Item = V>) -> Self {
        self.with(0, |kind| kind.tables = values(ids))
    }

    /// The names of the groups of public subnets; `Public` unless given.
    pub fn public_subnet_groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(0, |kind| kind.names = names.into_iter().map(Into::into).collect())
    }

    /// The ids of its private subnets that reach the internet.
    pub fn private_subnet_ids<V: IntoValue<String>>(self, ids: impl IntoIterator<Item = V>) -> Self {
        self.with(1, |kind| kind.ids = values(ids))
    }

    /// The route tables of its private subnets that reach the internet.
    pub fn private_subnet_route_table_ids<V: IntoValue<String>>(self, ids: impl IntoIterator<Item = V>) -> Self {
        self.with(1, |kind| kind.tables = values(ids))
    }

    /// The names of the groups of private subnets that reach the internet; `Private` unless given.
    pub fn private_subnet_groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(1, |kind| kind.names = names.into_iter().map(Into::into).collect())
    }

    /// The ids of its subnets without a route to the internet.
    pub fn isolated_subnet_ids<V: IntoValue<String>>(self, ids: impl IntoIterator<Item = V>) -> Self {
        self.with(2, |kind| kind.ids = values(ids))
    }

    /// The route tables of its subnets without a route to the internet.
    pub fn isolated_subnet_route_table_ids<V: IntoValue<String>>(self, ids: impl IntoIterator<Item = V>) -> Self {
        self.with(2, |kind| kind.tables = values(ids))
    }

    /// The names of the groups of subnets without a route to the internet; `Isolated` unless given.
    pub fn isolated_subnet_groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(2, |kind| kind.names = names.into_iter().map(Into::into).collect())
    }
}

/// The data of an imported VPC. Its subnets have no resources, only ids.
pub(crate) fn import(scope: Scope, attributes: VpcAttributes) -> vpc::Data {
    check_id(&scope, &attributes.id, "vpc-", "VPC");
    let mut subnets = Vec::new();
    for ((kind, default_name), given) in KINDS.into_iter().zip(&attributes.kinds) {
        if let Some((message, hint)) = mistake(kind, given, &attributes.zones) {
            scope.error(message, hint);
            continue;
        }
        let per_group = attributes.zones.len();
        for (index, id) in given.ids.iter().enumerate() {
            let group = given.names.get(index / per_group).map_or(default_name, String::as_str);
            let at = scope.child(format!("{group}Subnet{}", index % per_group + 1));
            check_id(&at, id, "subnet-", "subnet");
            subnets.push(Subnet::of(subnet::Data {
                scope: at,
                id: id.clone(),
                kind,
                group: group.to_owned(),
                availability_zone: attributes.zones.get(index % per_group).cloned(),
                route_table_id: given.tables.get(index).cloned(),
                cidr_block: None,
                cfn: None,
                connectivity: RefCell::default(),
                internet_route: Cell::new(presumed_route(kind)),
            }));
        }
    }
    vpc::Data {
        scope,
        id: attributes.id,
        cidr_block: attributes.cidr_block,
        availability_zones: attributes.zones,
        subnets,
        internet_gateway_id: None,
        attachment: None,
        dns_names: true,
        cfn: None,
    }
}

/// The next hop by the type; that of a private subnet is not known.
const fn presumed_route(kind: SubnetType) -> InternetRoute {
    match kind {
        SubnetType::Public => InternetRoute::InternetGateway,
        SubnetType::PrivateWithEgress => InternetRoute::Unknown,
        SubnetType::PrivateIsolated => InternetRoute::None,
    }
}

/// The mistake in the lists of one type, if there is one.
fn mistake(kind: SubnetType, given: &Kind, zones: &[Value<String>]) -> Option<(String, String)> {
    let (ids, per_group) = (given.ids.len(), zones.len());
    if ids == 0 {
        return None;
    }
    if per_group == 0 || !ids.is_multiple_of(per_group) {
        return Some((
            format!("{ids} {kind} subnets were given for a VPC in {per_group} availability zones"),
            "give one subnet for each availability zone, in their order, and all zones with `availability_zones`"
                .to_owned(),
        ));
    }
    if !given.tables.is_empty() && given.tables.len() != ids {
        return Some((
            format!("{} route tables were given for {ids} {kind} subnets", given.tables.len()),
            "give one route table for each subnet, in their order, or none".to_owned(),
        ));
    }
    let groups = ids / per_group;
    let expected = if given.names.is_empty() { 1 } else { given.names.len() };
    (groups != expected).then(|| {
        (
            format!(
                "{ids} {kind} subnets in {per_group} availability zones are {groups} groups, but {expected} are named"
            ),
            "name each group of subnets, in their order".to_owned(),
        )
    })
}

fn check_id(scope: &Scope, id: &Value<String>, prefix: &str, what: &str) {
    if let Some(text) = id.as_str().filter(|text| !text.starts_with(prefix)) {
        scope.error(
            format!("the id of the {what} is `{text}`, but AWS takes ids that start with `{prefix}`"),
            format!("give the id of the {what}, not its name"),
        );
    }
}

/// The attributes of an imported subnet.
///
/// ```
/// # use purlin::{App, Stack};
/// use purlin::ec2::{Subnet, SubnetAttributes, SubnetType};
///
/// # let app = App::new();
/// # let stack = app.add("Web", Stack::props());
/// let attributes = SubnetAttributes::new("subnet-0a1b2c3d", SubnetType::Public).availability_zone("eu-central-1a");
/// let subnet = Subnet::from_attributes(&stack, "Subnet", attributes);
/// ```
#[derive(Debug, Clone)]
#[must_use = "attributes do nothing until they are given to `Subnet::from_attributes`"]
pub struct SubnetAttributes {
    id: Value<String>,
    kind: SubnetType,
    zone: Option<Value<String>>,
    table: Option<Value<String>>,
    cidr_block: Option<Value<String>>,
}

impl SubnetAttributes {
    /// A subnet by its id and its type.
    pub fn new(id: impl IntoValue<String>, kind: SubnetType) -> Self {
        Self { id: id.into_value(), kind, zone: None, table: None, cidr_block: None }
    }

    /// Its availability zone.
    pub fn availability_zone(self, zone: impl IntoValue<String>) -> Self {
        Self { zone: Some(zone.into_value()), ..self }
    }

    /// Its route table.
    pub fn route_table_id(self, id: impl IntoValue<String>) -> Self {
        Self { table: Some(id.into_value()), ..self }
    }

    /// Its IPv4 block.
    pub fn cidr_block(self, block: impl IntoValue<String>) -> Self {
        Self { cidr_block: Some(block.into_value()), ..self }
    }
}

impl Subnet {
    /// A subnet that exists already.
    #[track_caller]
    pub fn from_attributes(scope: &impl HasScope, id: impl AsRef<str>, attributes: SubnetAttributes) -> Self {
        let scope = scope.scope().child(id);
        check_id(&scope, &attributes.id, "subnet-", "subnet");
        Self::of(subnet::Data {
            group: scope.id(),
            scope,
            id: attributes.id,
            kind: attributes.kind,
            availability_zone: attributes.zone,
            route_table_id: attributes.table,
            cidr_block: attributes.cidr_block,
            cfn: None,
            connectivity: RefCell::default(),
            internet_route: Cell::new(presumed_route(attributes.kind)),
        })
    }
}
