//! The hosts of AWS's partitions: the public one, China, GovCloud, the European Sovereign Cloud, and the isolated ones.

/// What follows the region in the names of hosts, by partition. As in the SDK's `partitions.json`.
const SUFFIXES: [(&str, &str); 8] = [
    ("aws", "amazonaws.com"),
    ("aws-cn", "amazonaws.com.cn"),
    ("aws-eusc", "amazonaws.eu"),
    ("aws-iso", "c2s.ic.gov"),
    ("aws-iso-b", "sc2s.sgov.gov"),
    ("aws-iso-e", "cloud.adc-e.uk"),
    ("aws-iso-f", "csp.hci.ic.gov"),
    ("aws-us-gov", "amazonaws.com"),
];

/// What follows it in the names of other hosts: dual-stack ones, those of VPC endpoints, and of URLs of functions. As in
/// the SDK's `partitions.json`, and <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>.
const OTHERS: [&str; 11] = [
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws.ic.gov",
    "api.aws.scloud",
    "api.cloud-aws.adc-e.uk",
    "api.aws.hci.ic.gov",
    "on.aws",
    "on.amazonwebservices.com.cn",
    "vpce.amazonaws.com",
    "vpce.amazonaws.com.cn",
];

/// What follows the region in the names of a partition's hosts.
pub fn dns_suffix(partition: &str) -> &'static str {
    SUFFIXES.iter().find(|(name, _)| *name == partition).map_or("amazonaws.com", |(_, suffix)| suffix)
}

/// What a host of AWS has before its suffix, such as `abc.execute-api.eu-west-1`; `None` for other hosts.
pub fn without_dns_suffix(host: &str) -> Option<&str> {
    let suffixes = OTHERS.iter().chain(SUFFIXES.iter().map(|(_, suffix)| suffix));
    suffixes.into_iter().find_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_its_hosts() {
        let cases = [
            ("aws", "sts.eu-west-1.amazonaws.com"),
            ("aws-us-gov", "sts.us-gov-west-1.amazonaws.com"),
            ("aws-cn", "sts.cn-north-1.amazonaws.com.cn"),
            ("aws-eusc", "sts.eusc-de-east-1.amazonaws.eu"),
            ("aws-iso", "sts.us-iso-east-1.c2s.ic.gov"),
            ("aws-iso-b", "sts.us-isob-east-1.sc2s.sgov.gov"),
            ("aws-iso-e", "sts.eu-isoe-west-1.cloud.adc-e.uk"),
            ("aws-iso-f", "sts.us-isof-south-1.csp.hci.ic.gov"),
            ("aws-new", "sts.new-1.amazonaws.com"),
        ];
        for (partition, host) in cases {
            let region = host.split('.').nth(1).unwrap();
            assert_eq!(format!("sts.{region}.{}", dns_suffix(partition)), host);
            assert_eq!(without_dns_suffix(host), Some(format!("sts.{region}").as_str()), "{host}");
        }
        for (host, expected) in [
            ("abc.execute-api.eu-west-1.vpce.amazonaws.com", "abc.execute-api.eu-west-1"),
            ("abc.lambda-url.eu-west-1.on.aws", "abc.lambda-url.eu-west-1"),
            ("abc.execute-api.eusc-de-east-1.api.amazonwebservices.eu", "abc.execute-api.eusc-de-east-1"),
        ] {
            assert_eq!(without_dns_suffix(host), Some(expected));
        }
        for host in ["example.com", "amazonaws.com", "notamazonaws.com", "sts.amazonaws.com.evil.example"] {
            assert_eq!(without_dns_suffix(host), None, "{host}");
        }
    }
}
