//! Connections: one call adds the rules of both ends.

use super::peer::Peer;
use super::port::Port;
use super::security_group::{Direction, Remote, SecurityGroup};

/// Something that connections can be opened to or from.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no connections to open",
    label = "not in a security group",
    note = "pass a handle that is in a security group (a service, a load balancer), a `SecurityGroup` or a `Peer`"
)]
pub trait Connectable {
    /// Its security groups, and the peer for rules of others.
    fn connections(&self) -> Connections;
}

impl<T: Connectable + ?Sized> Connectable for &T {
    fn connections(&self) -> Connections {
        (**self).connections()
    }
}

/// The network connections of a construct: its security groups, its peers, and its default port.
///
/// Each rule is a separate resource, in the stack of the construct whose `connections()` was called: two groups can
/// let each other in without a circle, and the other stack needs no deployment.
///
/// ```
/// # use purlin::{App, Stack};
/// use purlin::ec2::{Connectable, Port, SecurityGroup, Vpc};
///
/// # let app = App::new();
/// # let stack = app.add("Net", Stack::props());
/// let vpc = stack.add("Vpc", Vpc::props());
/// let web = stack.add("Web", SecurityGroup::props(&vpc).restrict_outbound());
/// let database = stack.add("Database", SecurityGroup::props(&vpc).restrict_outbound());
/// web.connections().allow_from_any_ipv4(Port::HTTPS, "Visitors");
/// web.connections().allow_to(&database, Port::POSTGRES, "Queries");
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "connections do nothing until something is allowed"]
pub struct Connections {
    groups: Vec<SecurityGroup>,
    peers: Vec<Peer>,
    default_port: Option<Port>,
}

impl Connections {
    /// The connections of a construct in these security groups.
    pub fn new(groups: impl IntoIterator<Item = SecurityGroup>) -> Self {
        let groups: Vec<SecurityGroup> = groups.into_iter().collect();
        Self { peers: groups.iter().map(Peer::security_group).collect(), groups, default_port: None }
    }

    pub(crate) fn of_peer(peer: Peer) -> Self {
        Self { groups: Vec::new(), peers: vec![peer], default_port: None }
    }

    /// The port that the `default_port` methods open.
    pub fn default_port(self, port: Port) -> Self {
        Self { default_port: Some(port), ..self }
    }

    /// The security groups.
    pub fn security_groups(&self) -> &[SecurityGroup] {
        &self.groups
    }

    /// The default port, if there is one.
    pub fn port(&self) -> Option<&Port> {
        self.default_port.as_ref()
    }

    /// Lets `other` connect to this, by rules of both.
    ///
    /// The description is stored with the rules in AWS; an empty one is replaced by the peer and the port.
    pub fn allow_from(&self, other: &impl Connectable, port: Port, description: &str) {
        let other = other.connections();
        self.each_rule(Direction::In, &other.peers, &port, description, Remote::No);
        other.each_rule(Direction::Out, &self.peers, &port, description, Remote::Yes);
    }

    /// Lets this connect to `other`, by rules of both.
    pub fn allow_to(&self, other: &impl Connectable, port: Port, description: &str) {
        let other = other.connections();
        self.each_rule(Direction::Out, &other.peers, &port, description, Remote::No);
        other.each_rule(Direction::In, &self.peers, &port, description, Remote::Yes);
    }

    /// Lets the members of the groups connect to each other.
    pub fn allow_internally(&self, port: Port, description: &str) {
        self.each_rule(Direction::In, &self.peers, &port, description, Remote::No);
        self.each_rule(Direction::Out, &self.peers, &port, description, Remote::No);
    }

    /// Lets all IPv4 addresses connect to this.
    pub fn allow_from_any_ipv4(&self, port: Port, description: &str) {
        self.allow_from(&Peer::any_ipv4(), port, description);
    }

    /// Lets all IPv6 addresses connect to this.
    pub fn allow_from_any_ipv6(&self, port: Port, description: &str) {
        self.allow_from(&Peer::any_ipv6(), port, description);
    }

    /// Lets this connect to all IPv4 addresses.
    pub fn allow_to_any_ipv4(&self, port: Port, description: &str) {
        self.allow_to(&Peer::any_ipv4(), port, description);
    }

    /// Lets this connect to all IPv6 addresses.
    pub fn allow_to_any_ipv6(&self, port: Port, description: &str) {
        self.allow_to(&Peer::any_ipv6(), port, description);
    }

    /// Lets `other` connect to the default port of this.
    pub fn allow_default_port_from(&self, other: &impl Connectable, description: &str) {
        if let Some(port) = self.known_default_port() {
            self.allow_from(other, port, description);
        }
    }

    /// Lets all IPv4 addresses connect to the default port of this.
    pub fn allow_default_port_from_any_ipv4(&self, description: &str) {
        self.allow_default_port_from(&Peer::any_ipv4(), description);
    }

    /// Lets the members of the groups connect to each other's default port.
    pub fn allow_default_port_internally(&self, description: &str) {
        if let Some(port) = self.known_default_port() {
            self.allow_internally(port, description);
        }
    }

    /// Lets this connect to the default port of `other`.
    pub fn allow_to_default_port(&self, other: &impl Connectable, description: &str) {
        let other = other.connections();
        if let Some(port) = other.known_default_port() {
            self.allow_to(&other, port, description);
        }
    }

    fn known_default_port(&self) -> Option<Port> {
        if self.default_port.is_none()
            && let Some(group) = self.groups.first()
        {
            group.error(
                "the construct has no default port to open",
                "give the port: `allow_from(&other, Port::tcp(443), \"..\")`",
            );
        }
        self.default_port.clone()
    }

    fn each_rule(&self, direction: Direction, peers: &[Peer], port: &Port, description: &str, remote: Remote) {
        for group in &self.groups {
            for peer in peers {
                group.add_rule(direction, peer, port, description, remote);
            }
        }
    }
}

impl Connectable for Connections {
    fn connections(&self) -> Connections {
        self.clone()
    }
}
