//! The rules of security groups: with the CDK's ids, each once, counted against AWS's quota.

use std::cell::RefCell;

use purlin_cfn::ec2::{CfnSecurityGroupEgress, CfnSecurityGroupIngress};
use purlin_construct::{Expr, HasScope, IntoValue, Scope, Value, sub};

use super::peer::{Kind, Peer};
use super::port::Port;
use super::security_group::{Direction, Remote, SecurityGroup};
use crate::check::Checks;

/// Rules per group, direction and IP version that AWS allows unless the quota was raised
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>).
const QUOTA: u32 = 60;

/// The context key of a raised quota.
const QUOTA_CONTEXT: &str = "purlin:security-group-rules-quota";

/// The longest description or name.
const MAX_TEXT: usize = 255;

/// The rules of one group so far.
#[derive(Default)]
pub(crate) struct Rules {
    known: Vec<(Direction, (&'static str, Expr), Port)>,
    nameless_peers: u32,
    /// The number of rules: ingress over IPv4, ingress over IPv6, egress over IPv4, egress over IPv6.
    counts: [u32; 4],
}

impl Rules {
    /// The rules of a group with `ipv4` inline egress rules.
    pub(crate) fn with_outbound(ipv4: u32) -> Self {
        Self { counts: [0, 0, ipv4, 0], ..Self::default() }
    }

    /// Registers a rule. Returns whether it is new.
    fn register(&mut self, direction: Direction, peer: &Peer, port: &Port) -> bool {
        let rule = (direction, peer.key(), port.clone());
        if self.known.contains(&rule) {
            return false;
        }
        self.known.push(rule);
        let (ipv4, ipv6) = peer.weight();
        let first = if direction == Direction::In { 0 } else { 2 };
        self.counts[first] += ipv4;
        self.counts[first + 1] += ipv6;
        true
    }

    /// The name of the peer in a rule's id.
    fn peer_name(&mut self, peer: &Peer) -> String {
        if let Some(name) = peer.unique_id() {
            return name;
        }
        self.nameless_peers += 1;
        if self.nameless_peers == 1 {
            "{IndirectPeer}".to_owned()
        } else {
            format!("'{{IndirectPeer{}}}'", self.nameless_peers)
        }
    }
}

/// Adds a rule to a group, unless it has it.
pub(crate) fn add(
    group: &SecurityGroup,
    rules: &RefCell<Rules>,
    direction: Direction,
    peer: &Peer,
    port: &Port,
    (description, remote): (&str, Remote),
) {
    if !rules.borrow_mut().register(direction, peer, port) {
        return;
    }
    check_quota(group, &rules.borrow().counts);
    let (scope, id) = place(group, rules, direction, peer, port, remote);
    if scope.try_child(&id.replace('/', "--")).is_some() {
        return;
    }
    let description = match description {
        "" => {
            let text = sub!("{} {}:{}", word(direction), peer.label(), port.to_string());
            text.as_str().map(|literal| fit_text(literal).into_value()).unwrap_or(text)
        }
        text => text.into_value(),
    };
    check_text(group.scope(), "the description of the security group's rule", &description);
    match direction {
        Direction::In => drop(scope.add(id, ingress(group.id(), peer, port).description(description))),
        Direction::Out => drop(scope.add(id, egress(group.id(), peer, port).description(description))),
    }
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "from",
        Direction::Out => "to",
    }
}

/// The scope and the id of a rule. The other end of a rule of another stack is declared in that stack, so that stacks
/// depend on each other in one direction only.
fn place(
    group: &SecurityGroup,
    rules: &RefCell<Rules>,
    direction: Direction,
    peer: &Peer,
    port: &Port,
    remote: Remote,
) -> (Scope, String) {
    if let Kind::Group(other) = &peer.0
        && remote == Remote::Yes
        && other.scope().stack().node() != group.scope().stack().node()
    {
        let reversed = if direction == Direction::In { "to" } else { "from" };
        return (other.scope().clone(), format!("{}:{port} {reversed}", group.unique_id()));
    }
    let name = rules.borrow_mut().peer_name(peer);
    (group.scope().clone(), format!("{} {name}:{port}", word(direction)).replacen('/', "_", 1))
}

fn ingress(group_id: Value<String>, peer: &Peer, port: &Port) -> CfnSecurityGroupIngress {
    let mut rule = CfnSecurityGroupIngress::new(port.protocol()).group_id(group_id);
    rule = match &peer.0 {
        Kind::Ipv4(cidr) => rule.cidr_ip(cidr),
        Kind::Ipv6(cidr) => rule.cidr_ipv6(cidr),
        Kind::PrefixList { id, .. } => rule.source_prefix_list_id(id),
        Kind::Group(other) => rule.source_security_group_id(other.id()),
        Kind::GroupId { id, owner: None } => rule.source_security_group_id(id),
        Kind::GroupId { id, owner: Some(owner) } => {
            rule.source_security_group_id(id).source_security_group_owner_id(owner)
        }
    };
    if let (Some(from), Some(to)) = (port.from_port(), port.to_port()) {
        rule = rule.from_port(from).to_port(to);
    }
    rule
}

fn egress(group_id: Value<String>, peer: &Peer, port: &Port) -> CfnSecurityGroupEgress {
    let mut rule = CfnSecurityGroupEgress::new(group_id, port.protocol());
    rule = match &peer.0 {
        Kind::Ipv4(cidr) => rule.cidr_ip(cidr),
        Kind::Ipv6(cidr) => rule.cidr_ipv6(cidr),
        Kind::PrefixList { id, .. } => rule.destination_prefix_list_id(id),
        Kind::Group(other) => rule.destination_security_group_id(other.id()),
        Kind::GroupId { id, .. } => rule.destination_security_group_id(id),
    };
    if let (Some(from), Some(to)) = (port.from_port(), port.to_port()) {
        rule = rule.from_port(from).to_port(to);
    }
    rule
}

fn check_quota(group: &SecurityGroup, counts: &[u32; 4]) {
    let scope = group.scope();
    let raised = scope.context(QUOTA_CONTEXT).and_then(|value| u32::try_from(value.as_u64()?).ok());
    let quota = raised.unwrap_or(QUOTA);
    let names =
        ["inbound rules over IPv4", "inbound rules over IPv6", "outbound rules over IPv4", "outbound rules over IPv6"];
    for (what, _) in names.into_iter().zip(counts).filter(|(_, count)| **count > quota) {
        scope.error(
            format!("the security group has more than {quota} {what}, but AWS takes {quota} in one group"),
            format!(
                "use a group or a prefix list instead of many addresses, or several groups; \
                 if your quota was raised, set the context `{QUOTA_CONTEXT}` to it"
            ),
        );
    }
}

/// A generated text in the form that AWS takes: other characters become dashes, and of a long text the end is kept.
pub(crate) fn fit_text(text: &str) -> String {
    let fit = |c: char| if is_allowed(c) { c } else { '-' };
    let surplus = text.chars().count().saturating_sub(MAX_TEXT);
    text.chars().skip(surplus).map(fit).collect()
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c)
}

/// Reports a literal that AWS refuses as the description or name of a group or rule
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>).
pub(crate) fn check_text(scope: &Scope, what: &str, text: &Value<String>) {
    let words = "ASCII letters, digits, spaces and `._-:/()#,@[]+=&;{}!$*`";
    scope.check(what).characters(text, ..=MAX_TEXT, is_allowed, words);
}
