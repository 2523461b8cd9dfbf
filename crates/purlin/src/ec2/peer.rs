//! The peer of a security group rule.

use purlin_construct::{Expr, HasScope, IntoValue, Value};

use super::cidr::{Cidr, is_ipv6_block};
use super::connections::{Connectable, Connections};
use super::security_group::SecurityGroup;

/// The peer of a rule: addresses, a prefix list, or the members of a security group.
///
/// ```
/// use purlin::ec2::Peer;
///
/// let peers = [Peer::any_ipv4(), Peer::ipv4("192.0.2.0/24"), Peer::prefix_list("pl-63a5400a")];
/// ```
#[derive(Debug, Clone)]
pub struct Peer(pub(crate) Kind);

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Ipv4(Value<String>),
    Ipv6(Value<String>),
    PrefixList { id: Value<String>, entries: u32 },
    Group(SecurityGroup),
    GroupId { id: Value<String>, owner: Option<Value<String>> },
}

impl Peer {
    /// Every IPv4 address.
    pub fn any_ipv4() -> Self {
        Self::ipv4("0.0.0.0/0")
    }

    /// Every IPv6 address.
    pub fn any_ipv6() -> Self {
        Self::ipv6("::/0")
    }

    /// A block of IPv4 addresses with its prefix length: `192.0.2.7/32` for one address.
    pub fn ipv4(cidr: impl IntoValue<String>) -> Self {
        Self(Kind::Ipv4(cidr.into_value()))
    }

    /// A block of IPv6 addresses with its prefix length: `2001:db8::7/128` for one address.
    pub fn ipv6(cidr: impl IntoValue<String>) -> Self {
        Self(Kind::Ipv6(cidr.into_value()))
    }

    /// The members of a security group.
    pub fn security_group(group: &SecurityGroup) -> Self {
        Self(Kind::Group(group.clone()))
    }

    /// The members of a security group of another VPC or account, by its id; with the owner if it is another account.
    pub fn security_group_id(id: impl IntoValue<String>, owner: Option<Value<String>>) -> Self {
        Self(Kind::GroupId { id: id.into_value(), owner })
    }

    /// The addresses of a managed prefix list, counted as one rule.
    ///
    /// AWS counts as many rules as the list may have entries. Give the number by
    /// [`prefix_list_of`](Self::prefix_list_of) to check the quota.
    pub fn prefix_list(id: impl IntoValue<String>) -> Self {
        Self::prefix_list_of(id, 1)
    }

    /// The addresses of a managed prefix list that counts as `entries` rules: the list's maximum, or for AWS's lists the
    /// documented weight
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>).
    pub fn prefix_list_of(id: impl IntoValue<String>, entries: u32) -> Self {
        Self(Kind::PrefixList { id: id.into_value(), entries })
    }

    /// The name in rules' ids; none if it is known only at deployment.
    pub(crate) fn unique_id(&self) -> Option<String> {
        match &self.0 {
            Kind::Ipv4(value)
            | Kind::Ipv6(value)
            | Kind::PrefixList { id: value, .. }
            | Kind::GroupId { id: value, .. } => value.as_str().map(str::to_owned),
            Kind::Group(group) => Some(group.unique_id()),
        }
    }

    /// Its text in a default description.
    pub(crate) fn label(&self) -> Value<String> {
        match &self.0 {
            Kind::Ipv4(value)
            | Kind::Ipv6(value)
            | Kind::PrefixList { id: value, .. }
            | Kind::GroupId { id: value, .. } => value.clone(),
            Kind::Group(group) => group.unique_id().into_value(),
        }
    }

    /// The mistake in the literal, if there is one.
    pub(crate) fn mistake(&self) -> Option<(String, &'static str)> {
        match &self.0 {
            Kind::Ipv4(value) => {
                let text = value.as_str().filter(|text| Cidr::parse(text).is_none())?;
                Some((
                    format!("`{text}` is not an IPv4 block: it is written `a.b.c.d/n`, n from 0 to 32"),
                    "for a single address, write it with `/32`",
                ))
            }
            Kind::Ipv6(value) => {
                let text = value.as_str().filter(|text| !is_ipv6_block(text))?;
                Some((
                    format!("`{text}` is not an IPv6 block: it is written `2001:db8::/n`, n from 0 to 128"),
                    "for a single address, write it with `/128`",
                ))
            }
            Kind::PrefixList { id, .. } => {
                let text = id.as_str().filter(|text| !text.starts_with("pl-"))?;
                Some((
                    format!("`{text}` is not the id of a prefix list, which starts with `pl-`"),
                    "give the list's id, not its name",
                ))
            }
            Kind::Group(_) | Kind::GroupId { .. } => None,
        }
    }

    /// The key by which two rules are the same rule.
    pub(crate) fn key(&self) -> (&'static str, Expr) {
        match &self.0 {
            Kind::Ipv4(cidr) => ("ipv4", cidr.expr().clone()),
            Kind::Ipv6(cidr) => ("ipv6", cidr.expr().clone()),
            Kind::PrefixList { id, .. } => ("prefix list", id.expr().clone()),
            Kind::Group(group) => ("group", Expr::LogicalId(group.scope().node())),
            Kind::GroupId { id, .. } => ("group", id.expr().clone()),
        }
    }

    /// The number of rules that it counts as: of IPv4, and of IPv6.
    pub(crate) fn weight(&self) -> (u32, u32) {
        match self.0 {
            Kind::Ipv4(_) => (1, 0),
            Kind::Ipv6(_) => (0, 1),
            Kind::PrefixList { entries, .. } => (entries, 0),
            Kind::Group(_) | Kind::GroupId { .. } => (1, 1),
        }
    }
}

impl Connectable for Peer {
    fn connections(&self) -> Connections {
        Connections::of_peer(self.clone())
    }
}
