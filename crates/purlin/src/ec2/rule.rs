//! The rules of security groups: named as the CDK names them, written once, counted against AWS's quota.

use std::cell::RefCell;

use purlin_cfn::ec2::{CfnSecurityGroupEgress, CfnSecurityGroupIngress};
use purlin_construct::{Expr, HasScope, IntoValue, Scope, Value, sub};

use super::peer::{Kind, Peer};
use super::port::Port;
use super::security_group::{Direction, Remote, SecurityGroup};

/// Rules per group, direction and IP version that AWS allows unless the quota was raised
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>).
const QUOTA: u32 = 60;

/// The context key by which a raised quota is told.
const QUOTA_CONTEXT: &str = "purlin:security-group-rules-quota";

/// The longest description or name that AWS takes.
const MAX_TEXT: usize = 255;

/// The rules of one group so far.
#[derive(Default)]
pub(crate) struct Rules {
    known: Vec<(Direction, (&'static str, Expr), Port)>,
    nameless_peers: u32,
    /// How many: in over IPv4, in over IPv6, out over IPv4, out over IPv6.
    counts: [u32; 4],
}

impl Rules {
    /// The rules of a group that has `ipv4` rules for what goes out inside itself.
    pub(crate) fn with_outbound(ipv4: u32) -> Self {
        Self { counts: [0, 0, ipv4, 0], ..Self::default() }
    }

    /// Takes note of a rule. Says whether it is new.
    fn note(&mut self, direction: Direction, peer: &Peer, port: &Port) -> bool {
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

/// Adds a rule to a group, unless it is there. `told` is the description, and whether the rule is the other end of one.
pub(crate) fn add(
    group: &SecurityGroup,
    rules: &RefCell<Rules>,
    direction: Direction,
    peer: &Peer,
    port: &Port,
    told: (&str, Remote),
) {
    if !rules.borrow_mut().note(direction, peer, port) {
        return;
    }
    check_quota(group, &rules.borrow().counts);
    let (scope, id) = place(group, rules, direction, peer, port, told.1);
    if scope.try_child(&id.replace('/', "--")).is_some() {
        return;
    }
    let description = match told.0 {
        "" => {
            let text = sub!("{} {}:{}", word(direction), peer.label(), port.to_string());
            text.as_str().map(|literal| fit_text(literal).into_value()).unwrap_or(text)
        }
        text => text.into_value(),
    };
    check_text(group.scope(), "the description of a security group's rule", &description);
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

/// Where the rule is declared, and under which id. A rule that is the other end of one asked for in another stack is
/// declared there, so that stacks depend on each other in one direction only.
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
            format!("the security group has more {what} than the {quota} that AWS allows for one group"),
            format!(
                "name a group or a prefix list instead of many addresses, or spread the rules over several groups; \
                 if your quota was raised, set the context `{QUOTA_CONTEXT}` to it"
            ),
        );
    }
}

/// A text of ours as AWS takes it: what it refuses becomes a dash, and where it is too long its end is kept.
pub(crate) fn fit_text(text: &str) -> String {
    let fit = |c: char| if is_allowed(c) { c } else { '-' };
    let surplus = text.chars().count().saturating_sub(MAX_TEXT);
    text.chars().skip(surplus).map(fit).collect()
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c)
}

/// Reports a literal that AWS refuses as a description or name of a group or rule
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>).
pub(crate) fn check_text(scope: &Scope, what: &str, text: &Value<String>) {
    let Some(text) = text.as_str() else { return };
    let length = text.chars().count();
    if length > MAX_TEXT {
        scope.error(
            format!("{what} has {length} characters, more than the {MAX_TEXT} that AWS takes"),
            "give a shorter one",
        );
    }
    if let Some(wrong) = text.chars().find(|c| !is_allowed(*c)) {
        scope.error(
            format!("{what} contains `{wrong}`, which AWS refuses: `{text}`"),
            "use ASCII letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
        );
    }
}
