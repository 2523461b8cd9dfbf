//! Rules of security groups: which traffic, from or to where.

use std::fmt;
use std::net::IpAddr;

use serde_json::Value;

use super::policies::{Here, named};
use super::setting::{TABLE, TrafficRow};
use super::text::{Reader, branches};

/// A rule, wherever it is written.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    group: String,
    is_inbound: bool,
    traffic: Traffic,
    peer: String,
}

/// Protocol and ports. For ICMP the ports are type and code.
#[derive(Clone, Debug)]
struct Traffic {
    /// `tcp`, `udp`, ..; none is everything.
    protocol: Option<String>,
    /// Both ends as written; none is every port.
    ports: Option<(String, String)>,
}

/// The rules of a resource.
pub(super) fn rules(here: &Here<'_>) -> Vec<Rule> {
    let one = |is_inbound| {
        let group = here.names("GroupId").into_iter().chain(here.names("GroupName")).next().unwrap_or_default();
        rule(here.reader, here.properties, &group, is_inbound).into_iter().collect()
    };
    match here.kind {
        "AWS::EC2::SecurityGroup" => {
            let group = here.itself();
            let side = |property: &str, is_inbound| {
                let rules = branches(&here.properties[property]);
                rules.into_iter().filter_map(|it| rule(here.reader, it, &group, is_inbound)).collect::<Vec<_>>()
            };
            let mut all = side("SecurityGroupIngress", true);
            all.extend(side("SecurityGroupEgress", false));
            // AWS lets everything out of a group that says nothing about it.
            if here.properties["SecurityGroupEgress"].is_null() {
                let traffic = Traffic { protocol: None, ports: None };
                all.push(Rule { group, is_inbound: false, traffic, peer: "0.0.0.0/0".to_owned() });
            }
            all
        }
        "AWS::EC2::SecurityGroupIngress" => one(true),
        "AWS::EC2::SecurityGroupEgress" => one(false),
        kind => TABLE.traffic.iter().filter(|row| row.kind == kind).flat_map(|row| of_row(here, row)).collect(),
    }
}

/// The rules of a type that has a row.
fn of_row(here: &Here<'_>, row: &TrafficRow) -> Vec<Rule> {
    let rule = |(group, is_inbound, body, peer): (String, bool, Value, String)| Rule {
        group,
        is_inbound,
        traffic: traffic(here.reader, &body),
        peer,
    };
    row.rules(here).into_iter().map(rule).collect()
}

/// Where the other side may be named.
const PEERS: [&str; 8] = [
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
    "SourceSecurityGroupName",
    "SourcePrefixListId",
    "DestinationPrefixListId",
    "SourceSecurityGroupOwnerId",
];

/// The broadcast address: security groups name it to allow nothing, as no host has it.
const NO_HOST: &str = "255.255.255.255/32";

fn rule(reader: &Reader<'_>, body: &Value, group: &str, is_inbound: bool) -> Option<Rule> {
    let peer = PEERS.iter().find_map(|peer| body.get(*peer))?;
    let peer = named(&reader.text(peer));
    if peer == NO_HOST {
        return None;
    }
    let traffic = traffic(reader, body);
    Some(Rule { group: group.to_owned(), is_inbound, traffic, peer })
}

fn traffic(reader: &Reader<'_>, body: &Value) -> Traffic {
    let protocol = match reader.text(&body["IpProtocol"]).to_ascii_lowercase().as_str() {
        "-1" | "all" | "null" => None,
        "6" => Some("tcp".to_owned()),
        "17" => Some("udp".to_owned()),
        "1" => Some("icmp".to_owned()),
        "58" => Some("icmpv6".to_owned()),
        other => Some(other.to_owned()),
    };
    let port = |key: &str| body.get(key).map(|port| reader.text(port)).filter(|port| port != "-1");
    let ports = match (port("FromPort"), port("ToPort")) {
        (Some(from), Some(to)) => Some((from, to)),
        (Some(only), None) if protocol.as_deref().is_some_and(|it| it.starts_with("icmp")) => {
            Some((only, "-1".to_owned()))
        }
        _ => None,
    };
    let is_every_port = |(from, to): &(String, String)| from == "0" && to == "65535";
    let has_ports = protocol.is_some();
    Traffic { protocol, ports: ports.filter(|ports| has_ports && !is_every_port(ports)) }
}

impl Rule {
    /// Whether this rule makes the other superfluous.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.group == other.group
            && self.is_inbound == other.is_inbound
            && self.traffic.covers(&other.traffic)
            && (self.peer == other.peer || network_covers(&self.peer, &other.peer).unwrap_or(false))
    }
}

impl Traffic {
    fn covers(&self, other: &Self) -> bool {
        let Some(protocol) = &self.protocol else { return true };
        if Some(protocol) != other.protocol.as_ref() {
            return false;
        }
        let (Some(ours), Some(theirs)) = (&self.ports, &other.ports) else { return self.ports.is_none() };
        if ours == theirs {
            return true;
        }
        let number = |text: &String| text.parse::<u32>();
        match (number(&ours.0), number(&ours.1), number(&theirs.0), number(&theirs.1)) {
            (Ok(from), Ok(to), Ok(first), Ok(last)) => from <= first && last <= to,
            _ => false,
        }
    }
}

/// Whether a network holds another; nothing when one of them is not written as an address.
fn network_covers(wide: &str, narrow: &str) -> Option<bool> {
    let parsed = |text: &str| -> Option<(IpAddr, u32)> {
        let (address, bits) = text.split_once('/')?;
        Some((address.parse().ok()?, bits.parse().ok()?))
    };
    let ((wide, wide_bits), (narrow, narrow_bits)) = (parsed(wide)?, parsed(narrow)?);
    let covers = match (wide, narrow) {
        (IpAddr::V4(wide), IpAddr::V4(narrow)) => {
            let differ = (wide.to_bits() ^ narrow.to_bits()).checked_shr(32_u32.checked_sub(wide_bits)?);
            wide_bits <= narrow_bits && differ.unwrap_or(0) == 0
        }
        (IpAddr::V6(wide), IpAddr::V6(narrow)) => {
            let differ = (wide.to_bits() ^ narrow.to_bits()).checked_shr(128_u32.checked_sub(wide_bits)?);
            wide_bits <= narrow_bits && differ.unwrap_or(0) == 0
        }
        _ => false,
    };
    Some(covers)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, traffic, peer, .. } = self;
        if self.is_inbound {
            write!(f, "opens `{group}` to `{traffic} from {peer}`")
        } else {
            write!(f, "lets `{group}` reach `{traffic} to {peer}`")
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(protocol) = &self.protocol else { return f.write_str("all traffic") };
        match &self.ports {
            None => write!(f, "all {protocol}"),
            Some((from, to)) if from == to || to == "-1" => write!(f, "{protocol}/{from}"),
            Some((from, to)) => write!(f, "{protocol}/{from}-{to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::network_covers;

    #[test]
    fn networks_hold_smaller_ones() {
        let cases = [
            ("0.0.0.0/0", "10.0.0.0/8", Some(true)),
            ("10.0.0.0/8", "10.1.0.0/16", Some(true)),
            ("10.0.0.0/16", "10.1.0.0/16", Some(false)),
            ("10.0.0.0/16", "10.0.0.0/8", Some(false)),
            ("::/0", "fd00::/8", Some(true)),
            ("fd00::/8", "::/0", Some(false)),
            ("0.0.0.0/0", "::/0", Some(false)),
            ("${Office}", "10.0.0.0/8", None),
            ("10.0.0.0/99", "10.0.0.0/8", None),
        ];
        for (wide, narrow, expected) in cases {
            assert_eq!(network_covers(wide, narrow), expected, "{wide} {narrow}");
        }
    }
}
