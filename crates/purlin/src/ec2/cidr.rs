//! Address blocks: parses them, and divides a VPC's block into subnets in the CDK's order.

use std::fmt;

/// An IPv4 block, such as `10.0.0.0/16`, with its host bits cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr {
    first: u32,
    mask: u8,
}

/// The sizes AWS allows for VPCs and for subnets
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>).
pub(crate) const SIZES: std::ops::RangeInclusive<u8> = 16..=28;

impl Cidr {
    /// Parses `a.b.c.d/n`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, mask) = text.split_once('/')?;
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let mask: u8 = mask.parse().ok().filter(|mask| *mask <= 32)?;
        let size = 1_u64 << (32 - mask);
        let first = u64::from(u32::from(address)) / size * size;
        Some(Self { first: u32::try_from(first).ok()?, mask })
    }

    pub(crate) const fn mask(self) -> u8 {
        self.mask
    }

    const fn size(self) -> u64 {
        1 << (32 - self.mask)
    }

    fn end(self) -> u64 {
        u64::from(self.first) + self.size()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", std::net::Ipv4Addr::from(self.first), self.mask)
    }
}

/// Divides a block into subnets: first those with a given size, in their order, then the others, which share the rest
/// equally. Returns the blocks in the order of the request, or a message about the part that does not fit.
pub(crate) fn allocate(network: Cidr, masks: &[Option<u8>]) -> Result<Vec<Cidr>, String> {
    let mut blocks = vec![None; masks.len()];
    let mut next = u64::from(network.first);
    let mut take = |mask: u8| {
        let size = 1_u64 << (32 - mask);
        let first = next.div_ceil(size) * size;
        next = first + size;
        (next <= network.end()).then_some(()).ok_or_else(|| format!("no room is left in `{network}` for a /{mask}"))?;
        let first = u32::try_from(first).map_err(|_| format!("no room is left in `{network}` for a /{mask}"))?;
        Ok::<_, String>((Cidr { first, mask }, network.end() - next))
    };
    let mut left = network.size();
    for (block, mask) in blocks.iter_mut().zip(masks) {
        if let Some(mask) = mask {
            let (taken, rest) = take(*mask)?;
            (*block, left) = (Some(taken), rest);
        }
    }
    let open = masks.iter().filter(|mask| mask.is_none()).count() as u64;
    if open > 0 {
        let mask = equal_share(network, left, open)?;
        for block in blocks.iter_mut().filter(|block| block.is_none()) {
            *block = Some(take(mask)?.0);
        }
    }
    Ok(blocks.into_iter().flatten().collect())
}

/// The size of each of `count` equal subnets in `left` addresses.
fn equal_share(network: Cidr, left: u64, count: u64) -> Result<u8, String> {
    let each = left / count;
    let bits = each.checked_ilog2().unwrap_or(0);
    let mask = u8::try_from(32 - bits).unwrap_or(32);
    let mask = mask.max(*SIZES.start());
    if mask > *SIZES.end() {
        return Err(format!(
            "{left} addresses are left in `{network}` for {count} subnets, which need 16 each at least"
        ));
    }
    Ok(mask)
}

/// Whether the text is an IPv6 block, such as `2001:db8::/32`.
pub(crate) fn is_ipv6_block(text: &str) -> bool {
    let Some((address, mask)) = text.split_once('/') else { return false };
    address.parse::<std::net::Ipv6Addr>().is_ok() && mask.parse::<u8>().is_ok_and(|mask| mask <= 128)
}

#[cfg(test)]
mod tests {
    use super::{Cidr, allocate};

    fn cut(network: &str, masks: &[Option<u8>]) -> Result<String, String> {
        let blocks = allocate(Cidr::parse(network).unwrap(), masks)?;
        Ok(blocks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn cuts_as_the_cdk_does() {
        // Measured with aws-cdk-lib 2.276.0.
        let cases: [(&str, &[Option<u8>], &str); 5] = [
            ("10.0.0.0/16", &[None; 4], "10.0.0.0/18 10.0.64.0/18 10.0.128.0/18 10.0.192.0/18"),
            ("10.0.0.0/16", &[None; 1], "10.0.0.0/16"),
            (
                "10.0.0.0/16",
                &[None; 6],
                "10.0.0.0/19 10.0.32.0/19 10.0.64.0/19 10.0.96.0/19 10.0.128.0/19 10.0.160.0/19",
            ),
            (
                "10.0.0.0/16",
                &[Some(24), Some(24), None, None, Some(28), Some(28), Some(28), Some(28)],
                "10.0.0.0/24 10.0.1.0/24 10.0.64.0/18 10.0.128.0/18 10.0.2.0/28 10.0.2.16/28 10.0.2.32/28 10.0.2.48/28",
            ),
            ("10.1.2.3/20", &[Some(28), Some(24)], "10.1.0.0/28 10.1.1.0/24"),
        ];
        for (network, masks, expect) in cases {
            assert_eq!(cut(network, masks).as_deref(), Ok(expect), "{network} {masks:?}");
        }
    }

    #[test]
    fn says_what_does_not_fit() {
        assert_eq!(
            cut("10.0.0.0/24", &[Some(24), Some(28)]).unwrap_err(),
            "no room is left in `10.0.0.0/24` for a /28"
        );
        assert!(cut("10.0.0.0/28", &[None; 2]).unwrap_err().contains("16 addresses are left"));
        assert!(cut("255.255.255.0/24", &[Some(24), Some(24)]).is_err());
    }

    #[test]
    fn reads_blocks() {
        let cases = [
            ("10.0.0.0/16", Some("10.0.0.0/16")),
            ("10.0.7.9/16", Some("10.0.0.0/16")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("10.0.0.0", None),
            ("10.0.0.256/16", None),
            ("10.0.0.0/33", None),
            ("::/0", None),
        ];
        for (text, expect) in cases {
            assert_eq!(Cidr::parse(text).map(|cidr| cidr.to_string()).as_deref(), expect, "{text}");
        }
    }
}
