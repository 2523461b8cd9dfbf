//! Security groups; their rules are always separate resources.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use purlin_cfn::ec2::{CfnSecurityGroup, SecurityGroupEgress};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::connections::{Connectable, Connections};
use super::peer::{Kind, Peer};
use super::port::Port;
use super::rule::{self, Rules};
use super::vpc::Vpc;

/// A security group: the connections that its members accept and open
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>).
///
/// Rules are always `AWS::EC2::SecurityGroupIngress` and `..Egress` resources, never lists inside the group, so groups
/// can refer to each other and other stacks can add rules. The same rule added twice is one rule. More than AWS's 60
/// rules per direction and IP version are a problem; if your quota was raised, set the context
/// `purlin:security-group-rules-quota`.
///
/// ```
/// # use purlin::{App, Stack};
/// use purlin::ec2::{Peer, Port, SecurityGroup, Vpc};
///
/// # let app = App::new();
/// # let stack = app.add("Net", Stack::props());
/// let vpc = stack.add("Vpc", Vpc::props());
/// let group = stack.add("Group", SecurityGroup::props(&vpc).description("Office to web").restrict_outbound());
/// group.add_ingress_rule(Peer::ipv4("192.0.2.0/24"), Port::HTTPS, "Office");
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Clone)]
pub struct SecurityGroup {
    scope: Scope,
    id: Value<String>,
    cfn: Option<Ref<CfnSecurityGroup>>,
    outbound: Outbound,
    fixed: bool,
    rules: Rc<RefCell<Rules>>,
}

/// The egress that needs no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outbound {
    ipv4: bool,
    ipv6: bool,
}

/// The direction of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

/// Whether a rule is the other end of a rule in another scope: then it is declared there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remote {
    Yes,
    No,
}

/// The recipe of a [`SecurityGroup`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct SecurityGroupProps {
    vpc_id: Value<String>,
    description: Option<Value<String>>,
    name: Option<Value<String>>,
    outbound: Outbound,
}

impl SecurityGroup {
    /// Adds the group to others, once; whether it was not among them.
    pub(crate) fn add_to(&self, groups: &mut Vec<Self>) -> bool {
        let is_new = groups.iter().all(|known| known.id != self.id);
        if is_new {
            groups.push(self.clone());
        }
        is_new
    }

    /// A group of this VPC that allows no ingress, and all egress over IPv4.
    pub fn props(vpc: &Vpc) -> SecurityGroupProps {
        let outbound = Outbound { ipv4: true, ipv6: false };
        SecurityGroupProps { vpc_id: vpc.id(), description: None, name: None, outbound }
    }

    /// Imports a group by its id. Rules can be added to it; it is expected to allow all egress.
    #[track_caller]
    pub fn from_id(scope: &impl HasScope, id: impl AsRef<str>, group_id: impl IntoValue<String>) -> Self {
        Self::imported(scope, id, group_id.into_value(), true, false)
    }

    /// Imports a group that allows egress by rules only. Rules can be added to it.
    #[track_caller]
    pub fn from_id_with_restricted_outbound(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        group_id: impl IntoValue<String>,
    ) -> Self {
        Self::imported(scope, id, group_id.into_value(), false, false)
    }

    /// Imports a group that is managed elsewhere: this app adds no rules to it.
    #[track_caller]
    pub fn from_id_unmanaged(scope: &impl HasScope, id: impl AsRef<str>, group_id: impl IntoValue<String>) -> Self {
        Self::imported(scope, id, group_id.into_value(), true, true)
    }

    #[track_caller]
    fn imported(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        group_id: Value<String>,
        all_outbound: bool,
        fixed: bool,
    ) -> Self {
        let scope = scope.scope().child(id);
        if let Some(text) = group_id.as_str().filter(|text| !text.starts_with("sg-")) {
            scope.error(
                format!("the id of the security group is `{text}`, but AWS takes ids that start with `sg-`"),
                "give the group's id, not its name",
            );
        }
        let outbound = Outbound { ipv4: all_outbound, ipv6: all_outbound };
        Self { scope, id: group_id, cfn: None, outbound, fixed, rules: Rc::default() }
    }

    /// The group's id: `sg-..`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The id of the group's VPC; none for an imported group.
    pub fn vpc_id(&self) -> Option<Value<String>> {
        self.cfn.as_ref().map(|cfn| cfn.att(CfnSecurityGroup::ATTR_VPC_ID))
    }

    /// The raw resource; none for an imported group.
    pub fn cfn(&self) -> Option<&Ref<CfnSecurityGroup>> {
        self.cfn.as_ref()
    }

    /// Whether all egress over IPv4 is allowed without a rule.
    pub fn allows_all_outbound(&self) -> bool {
        self.outbound.ipv4
    }

    /// Whether rules can be added; `false` for an imported group that is managed elsewhere.
    pub fn takes_rules(&self) -> bool {
        !self.fixed
    }

    /// Lets a peer connect to the members. An empty description is replaced by the peer and the port.
    pub fn add_ingress_rule(&self, peer: Peer, port: Port, description: &str) {
        self.add_rule(Direction::In, &peer, &port, description, Remote::No);
    }

    /// Lets the members connect to a peer. No rule is added if the group allows all egress.
    pub fn add_egress_rule(&self, peer: Peer, port: Port, description: &str) {
        self.add_rule(Direction::Out, &peer, &port, description, Remote::No);
    }

    pub(crate) fn add_rule(&self, direction: Direction, peer: &Peer, port: &Port, description: &str, remote: Remote) {
        if self.fixed || (direction == Direction::Out && self.lets_out(peer)) {
            return;
        }
        let mistake = port.mistake().map(|message| (message, "give a port or a range that exists")).or(peer.mistake());
        if let Some((message, hint)) = mistake {
            return self.error(message, hint);
        }
        rule::add(self, &self.rules, direction, peer, port, (description, remote));
    }

    fn lets_out(&self, peer: &Peer) -> bool {
        match peer.0 {
            Kind::Ipv6(_) => self.outbound.ipv6,
            _ => self.outbound.ipv4,
        }
    }

    pub(crate) fn error(&self, message: impl Into<String>, hint: &str) {
        self.scope.error(message, hint);
    }

    /// The CDK's unique id: the readable path with a hash.
    pub(crate) fn unique_id(&self) -> String {
        self.scope.stack().unique_name_of(&self.scope, "", 255)
    }
}

impl SecurityGroupProps {
    /// The description: at most 255 characters; the path unless given. A change replaces the group.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The group's name: at most 255 characters; AWS generates one unless given. A change replaces the group.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Allows egress over IPv4 by rules only; all egress unless given.
    pub fn restrict_outbound(self) -> Self {
        Self { outbound: Outbound { ipv4: false, ..self.outbound }, ..self }
    }

    /// Allows all egress over IPv6; by rules only unless given.
    pub fn allow_all_ipv6_outbound(self) -> Self {
        Self { outbound: Outbound { ipv6: true, ..self.outbound }, ..self }
    }
}

impl Construct for SecurityGroupProps {
    type Handle = SecurityGroup;

    fn build(self, scope: Scope) -> SecurityGroup {
        let description = self.description.unwrap_or_else(|| rule::fit_text(&scope.path()).into_value());
        rule::check_text(&scope, "the security group's description", &description);
        if description.as_str() == Some("") {
            scope
                .error("the security group's description is empty", "describe the group, or leave the description out");
        }
        if let Some(name) = &self.name {
            check_name(&scope, name);
        }
        let mut group =
            CfnSecurityGroup::new(description).vpc_id(self.vpc_id).security_group_egress(default_egress(self.outbound));
        if let Some(name) = self.name {
            group = group.group_name(name);
        }
        let cfn = scope.add("Resource", group);
        let rules = Rc::new(RefCell::new(Rules::with_outbound(u32::from(self.outbound.ipv4))));
        let id = cfn.att(CfnSecurityGroup::ATTR_GROUP_ID);
        SecurityGroup { scope, id, cfn: Some(cfn), outbound: self.outbound, fixed: false, rules }
    }
}

/// The inline rules of the group. There is always one: AWS adds "all egress" to an empty list.
fn default_egress(outbound: Outbound) -> Vec<SecurityGroupEgress> {
    let mut rules = vec![if outbound.ipv4 {
        let everything = SecurityGroupEgress::new("-1").cidr_ip("0.0.0.0/0");
        everything.description("Allow all outbound traffic by default")
    } else {
        let nothing = SecurityGroupEgress::new("icmp").cidr_ip("255.255.255.255/32").from_port(252).to_port(86);
        nothing.description("Disallow all traffic")
    }];
    if outbound.ipv6 {
        let everything = SecurityGroupEgress::new("-1").cidr_ipv6("::/0");
        rules.push(everything.description("Allow all outbound ipv6 traffic by default"));
    }
    rules
}

fn check_name(scope: &Scope, name: &Value<String>) {
    rule::check_text(scope, "the security group's name", name);
    if let Some(text) = name.as_str().filter(|text| text.to_ascii_lowercase().starts_with("sg-") || text.is_empty()) {
        scope.error(
            format!("the security group's name is `{text}`, but AWS takes names that are not empty and do not start with `sg-`"),
            "choose another name, or none: AWS then generates one",
        );
    }
}

impl Connectable for SecurityGroup {
    fn connections(&self) -> Connections {
        Connections::new([self.clone()])
    }
}

impl HasScope for SecurityGroup {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl fmt::Debug for SecurityGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecurityGroup({:?})", self.scope)
    }
}
