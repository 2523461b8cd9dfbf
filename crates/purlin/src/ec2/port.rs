//! Ports and protocols of security group rules.

use purlin_construct::{Expr, IntoValue, Value};

/// The traffic of a rule: a protocol, and its ports or ICMP types.
///
/// ```
/// use purlin::ec2::Port;
///
/// let ports = [Port::HTTPS, Port::tcp(8080), Port::tcp_range(8000, 8010), Port::udp(53), Port::icmp_ping()];
/// assert_eq!(ports.map(|port| port.to_string()), ["443", "8080", "8000-8010", "UDP 53", "ICMP Type 8"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    protocol: &'static str,
    from: Option<Expr>,
    to: Option<Expr>,
    /// The text before the port in the rule's name.
    prefix: &'static str,
    /// The name, if it does not contain the ports.
    fixed: Option<&'static str>,
}

impl Port {
    /// tcp/80.
    pub const HTTP: Self = Self::of("tcp", 80, 80, "", None);
    /// tcp/443.
    pub const HTTPS: Self = Self::of("tcp", 443, 443, "", None);
    /// tcp/53.
    pub const DNS_TCP: Self = Self::of("tcp", 53, 53, "", None);
    /// udp/53.
    pub const DNS_UDP: Self = Self::of("udp", 53, 53, "UDP ", None);
    /// tcp/22.
    pub const SSH: Self = Self::of("tcp", 22, 22, "", None);
    /// tcp/5432.
    pub const POSTGRES: Self = Self::of("tcp", 5432, 5432, "", None);
    /// tcp/3306: MySQL and Aurora.
    pub const MYSQL_AURORA: Self = Self::of("tcp", 3306, 3306, "", None);
    /// tcp/2049.
    pub const NFS: Self = Self::of("tcp", 2049, 2049, "", None);

    const fn of(protocol: &'static str, from: i64, to: i64, prefix: &'static str, fixed: Option<&'static str>) -> Self {
        Self { protocol, from: Some(Expr::Int(from)), to: Some(Expr::Int(to)), prefix, fixed }
    }

    fn range(protocol: &'static str, from: Expr, to: Expr, prefix: &'static str) -> Self {
        Self { protocol, from: Some(from), to: Some(to), prefix, fixed: None }
    }

    /// One TCP port: 0 to 65535.
    pub fn tcp(port: impl IntoValue<i64>) -> Self {
        let port = port.into_value().into_expr();
        Self::range("tcp", port.clone(), port, "")
    }

    /// TCP ports, first and last.
    pub fn tcp_range(first: impl IntoValue<i64>, last: impl IntoValue<i64>) -> Self {
        Self::range("tcp", first.into_value().into_expr(), last.into_value().into_expr(), "")
    }

    /// Every TCP port.
    pub const fn all_tcp() -> Self {
        Self::of("tcp", 0, 65535, "", Some("ALL PORTS"))
    }

    /// One UDP port: 0 to 65535.
    pub fn udp(port: impl IntoValue<i64>) -> Self {
        let port = port.into_value().into_expr();
        Self::range("udp", port.clone(), port, "UDP ")
    }

    /// UDP ports, first and last.
    pub fn udp_range(first: impl IntoValue<i64>, last: impl IntoValue<i64>) -> Self {
        Self::range("udp", first.into_value().into_expr(), last.into_value().into_expr(), "UDP ")
    }

    /// Every UDP port.
    pub const fn all_udp() -> Self {
        Self::of("udp", 0, 65535, "UDP ", Some("UDP ALL PORTS"))
    }

    /// An ICMP type with all its codes
    /// (<https://www.iana.org/assignments/icmp-parameters/icmp-parameters.xhtml>).
    pub fn icmp_type(kind: u8) -> Self {
        Self::range("icmp", Expr::Int(kind.into()), Expr::Int(-1), "ICMP Type ")
    }

    /// An ICMP type with one code.
    pub fn icmp_type_and_code(kind: u8, code: u8) -> Self {
        Self::range("icmp", Expr::Int(kind.into()), Expr::Int(code.into()), "ICMP Type ")
    }

    /// ICMP echo requests.
    pub fn icmp_ping() -> Self {
        Self::icmp_type(8)
    }

    /// All of ICMP.
    pub const fn all_icmp() -> Self {
        Self::of("icmp", -1, -1, "", Some("ALL ICMP"))
    }

    /// All of ICMPv6.
    pub const fn all_icmp_v6() -> Self {
        Self::of("icmpv6", -1, -1, "", Some("ALL ICMPv6"))
    }

    /// The ESP protocol of IPsec.
    pub const fn esp() -> Self {
        Self::of("50", 50, 50, "", Some("ESP 50"))
    }

    /// The AH protocol of IPsec.
    pub const fn ah() -> Self {
        Self::of("51", 51, 51, "", Some("AH 51"))
    }

    /// Every protocol and port.
    pub const fn all_traffic() -> Self {
        Self { protocol: "-1", from: None, to: None, prefix: "", fixed: Some("ALL TRAFFIC") }
    }

    /// The protocol in AWS's form: `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub const fn protocol(&self) -> &'static str {
        self.protocol
    }

    /// The first port, or the ICMP type; none for all traffic.
    pub fn from_port(&self) -> Option<Value<i64>> {
        self.from.clone().map(Value::new)
    }

    /// The last port, or the ICMP code; none for all traffic.
    pub fn to_port(&self) -> Option<Value<i64>> {
        self.to.clone().map(Value::new)
    }

    /// The mistake in the ports, if there is one.
    pub(crate) fn mistake(&self) -> Option<String> {
        let (from, to) = (self.from.as_ref()?.as_int(), self.to.as_ref()?.as_int());
        if !matches!(self.protocol, "tcp" | "udp") {
            return None;
        }
        if let Some(port) = [from, to].into_iter().flatten().find(|port| !(0..=65535).contains(port)) {
            return Some(format!("the port of the rule is `{port}`, but AWS takes 0 to 65535"));
        }
        let (from, to) = (from?, to?);
        (from > to).then(|| format!("the port range {from}-{to} ends before it starts"))
    }
}

impl std::fmt::Display for Port {
    /// The text in rules' names: `443`, `8000-8010`, `UDP 53`, `ALL TRAFFIC`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(name) = self.fixed {
            return f.write_str(name);
        }
        let (from, to) = (self.from.as_ref().and_then(Expr::as_int), self.to.as_ref().and_then(Expr::as_int));
        match (self.protocol, from, to) {
            ("icmp", Some(kind), Some(-1)) => write!(f, "ICMP Type {kind}"),
            ("icmp", Some(kind), Some(code)) => write!(f, "ICMP Type {kind} Code {code}"),
            (_, Some(from), Some(to)) if from == to => write!(f, "{}{from}", self.prefix),
            (_, Some(from), Some(to)) => write!(f, "{}{from}-{to}", self.prefix),
            _ if self.from == self.to => write!(f, "{}{{IndirectPort}}", self.prefix),
            _ => {
                let name = |port: Option<i64>| port.map_or("{IndirectPort}".to_owned(), |port| port.to_string());
                write!(f, "{}{}-{}", self.prefix, name(from), name(to))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn is_named_as_the_cdk_names_it() {
        let cases = [
            (Port::tcp(443), "443"),
            (Port::tcp_range(1, 5), "1-5"),
            (Port::all_tcp(), "ALL PORTS"),
            (Port::udp_range(1, 5), "UDP 1-5"),
            (Port::all_udp(), "UDP ALL PORTS"),
            (Port::icmp_type_and_code(3, 4), "ICMP Type 3 Code 4"),
            (Port::all_icmp(), "ALL ICMP"),
            (Port::all_icmp_v6(), "ALL ICMPv6"),
            (Port::esp(), "ESP 50"),
            (Port::ah(), "AH 51"),
            (Port::all_traffic(), "ALL TRAFFIC"),
        ];
        for (port, expect) in cases {
            assert_eq!((port.to_string().as_str(), port.mistake()), (expect, None));
        }
    }

    #[test]
    fn knows_what_is_not_a_port() {
        assert!(Port::tcp(70_000).mistake().unwrap().contains("is `70000`, but AWS takes 0 to 65535"));
        assert!(Port::udp_range(9, 3).mistake().unwrap().contains("9-3 ends before it starts"));
    }
}
