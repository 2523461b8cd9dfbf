//! The formats of the registry that are standards of their own: addresses and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the text should be, in words, if it is not.
pub(super) fn broken(format: &str, text: &str) -> Option<&'static str> {
    let (fits, expected) = match format {
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address"),
        "ipv4-network" => (is_network(text, 32, IpAddr::is_ipv4), "an IPv4 network such as `10.0.0.0/16`"),
        "ipv6-network" => (is_network(text, 128, IpAddr::is_ipv6), "an IPv6 network such as `2001:db8::/56`"),
        _ => return None,
    };
    (!fits).then_some(expected)
}

fn is_network(text: &str, bits: u8, is_of_family: fn(&IpAddr) -> bool) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    address.parse().is_ok_and(|address| is_of_family(&address)) && prefix.parse::<u8>().is_ok_and(|it| it <= bits)
}
