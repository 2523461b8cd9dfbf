//! The formats of the registry: addresses, networks, and ids of AWS resources.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::lint::pattern;

/// What ids look like, by the registry's name of the format, and in words. The registry knows more formats, of keys,
/// topics and functions; services accept more than those formats allow, so they are not checked.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>
const IDS: [(&str, &str, &str); 5] = [
    // Launch templates also take the name of a public parameter, `resolve:ssm:..`.
    ("AWS::EC2::Image.Id", "^(ami-([0-9a-z]{8}|[0-9a-z]{17})$|resolve:ssm:)", "an id such as `ami-0abcdef1234567890`"),
    ("AWS::EC2::SecurityGroup.Id", "^sg-([0-9a-fA-F]{8}|[0-9a-fA-F]{17})$", "an id such as `sg-0123456789abcdef0`"),
    ("AWS::EC2::Subnet.Id", "^subnet-([0-9a-fA-F]{8}|[0-9a-fA-F]{17})$", "an id such as `subnet-0123456789abcdef0`"),
    ("AWS::EC2::VPC.Id", "^vpc-([0-9a-fA-F]{8}|[0-9a-fA-F]{17})$", "an id such as `vpc-0123456789abcdef0`"),
    ("AWS::IAM::Role.Arn", "^arn:[^:]+:iam::[^:]+:role", "an ARN such as `arn:aws:iam::123456789012:role/deploy`"),
];

/// What the text should be, in words, if it is not.
pub(super) fn broken(format: &str, text: &str) -> Option<&'static str> {
    let (fits, expected) = match format {
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address"),
        "ipv4-network" => (is_network(text, 32, IpAddr::is_ipv4), "an IPv4 network such as `10.0.0.0/16`"),
        "ipv6-network" => (is_network(text, 128, IpAddr::is_ipv6), "an IPv6 network such as `2001:db8::/56`"),
        _ => {
            let (_, form, expected) = IDS.iter().find(|(name, ..)| *name == format)?;
            (pattern::matches(form, text) != Some(false), *expected)
        }
    };
    (!fits).then_some(expected)
}

fn is_network(text: &str, bits: u8, is_of_family: fn(&IpAddr) -> bool) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    address.parse().is_ok_and(|address| is_of_family(&address)) && prefix.parse::<u8>().is_ok_and(|it| it <= bits)
}
