//! Selections of a VPC's subnets.

use purlin_construct::{IntoValue, Scope, Value};

use super::subnet::{Subnet, SubnetType};
use super::vpc::Vpc;

/// A selection of a VPC's subnets.
///
/// The default: the private subnets with egress; if the VPC has none, the isolated ones; else the public ones.
///
/// ```
/// use purlin::ec2::{SubnetSelection, SubnetType};
///
/// let public = SubnetSelection::of_type(SubnetType::Public);
/// let application = SubnetSelection::group("Application").one_per_az();
/// ```
#[derive(Debug, Clone, Default)]
pub struct SubnetSelection {
    from: From,
    one_per_az: bool,
    availability_zones: Option<Vec<Value<String>>>,
}

#[derive(Debug, Clone, Default)]
enum From {
    #[default]
    Default,
    Type(SubnetType),
    Group(String),
    Subnets(Vec<Subnet>),
}

impl SubnetSelection {
    /// All subnets of this type.
    pub fn of_type(kind: SubnetType) -> Self {
        Self { from: From::Type(kind), ..Self::default() }
    }

    /// The subnets of the group of this name.
    pub fn group(name: impl Into<String>) -> Self {
        Self { from: From::Group(name.into()), ..Self::default() }
    }

    /// These subnets.
    pub fn subnets(subnets: impl IntoIterator<Item = Subnet>) -> Self {
        Self { from: From::Subnets(subnets.into_iter().collect()), ..Self::default() }
    }

    /// Only the first subnet of each availability zone.
    pub fn one_per_az(self) -> Self {
        Self { one_per_az: true, ..self }
    }

    /// Only subnets in these availability zones.
    pub fn availability_zones<V: IntoValue<String>>(self, zones: impl IntoIterator<Item = V>) -> Self {
        Self { availability_zones: Some(zones.into_iter().map(IntoValue::into_value).collect()), ..self }
    }

    /// The selected subnets, in the VPC's order. An empty selection is a problem.
    pub(crate) fn select(&self, vpc: &Vpc, scope: &Scope) -> Vec<Subnet> {
        let mut chosen = self.candidates(vpc);
        if let Some(zones) = &self.availability_zones {
            chosen.retain(|subnet| subnet.availability_zone().is_some_and(|zone| zones.contains(&zone)));
        }
        if self.one_per_az {
            let mut seen: Vec<Option<Value<String>>> = Vec::new();
            chosen.retain(|subnet| {
                let zone = subnet.availability_zone();
                let first = zone.is_none() || !seen.contains(&zone);
                seen.push(zone);
                first
            });
        }
        if chosen.is_empty() {
            self.report(vpc, scope);
        }
        chosen
    }

    fn candidates(&self, vpc: &Vpc) -> Vec<Subnet> {
        let all = vpc.subnets();
        let of_type = |kind| all.iter().filter(|subnet| subnet.kind() == kind).cloned().collect::<Vec<_>>();
        match &self.from {
            From::Subnets(subnets) => subnets.clone(),
            From::Group(name) => all.iter().filter(|subnet| subnet.group() == name).cloned().collect(),
            From::Type(kind) => of_type(*kind),
            From::Default => [SubnetType::PrivateWithEgress, SubnetType::PrivateIsolated, SubnetType::Public]
                .into_iter()
                .map(of_type)
                .find(|subnets| !subnets.is_empty())
                .unwrap_or_default(),
        }
    }

    fn report(&self, vpc: &Vpc, scope: &Scope) {
        let selected = match &self.from {
            From::Default => "no subnets at all".to_owned(),
            From::Type(kind) => format!("no {kind} subnets"),
            From::Group(name) => format!("no subnets in a group `{name}`"),
            From::Subnets(_) => "none of the selected subnets".to_owned(),
        };
        let narrowed = if self.availability_zones.is_some() { " in the selected availability zones" } else { "" };
        let mut groups: Vec<String> = Vec::new();
        for subnet in vpc.subnets() {
            let group = format!("`{}` ({})", subnet.group(), subnet.kind());
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let groups = if groups.is_empty() { "no groups".to_owned() } else { groups.join(", ") };
        scope.error(
            format!("the VPC has {selected}{narrowed}; it has {groups}"),
            "select a group that exists, or add one with `subnet_configuration`",
        );
    }
}
