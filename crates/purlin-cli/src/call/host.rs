//! Reads region and service from the name of a host of AWS: a signature names both, and is refused where one differs.

use purlin_deploy::without_dns_suffix;

/// Labels of hosts, and the names that their services sign with.
/// <https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html>
const SERVICES: [(&str, &str); 16] = [
    ("execute-api", "execute-api"),
    ("lambda-url", "lambda"),
    ("es", "es"),
    ("aos", "es"),
    ("aoss", "aoss"),
    ("appsync-api", "appsync"),
    ("vpc-lattice-svcs", "vpc-lattice-svcs"),
    ("s3", "s3"),
    ("s3-accesspoint", "s3"),
    ("s3-control", "s3"),
    ("s3-object-lambda", "s3-object-lambda"),
    ("s3-outposts", "s3-outposts"),
    ("email", "ses"),
    ("bedrock-runtime", "bedrock"),
    ("bedrock-agent-runtime", "bedrock"),
    ("iot", "iotdata"),
];

/// What a host's name says; nothing for hosts that are not AWS's, such as custom domains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) region: Option<String>,
    pub(super) service: Option<String>,
}

pub(super) fn of(host: &str) -> Place {
    let host = host.to_ascii_lowercase();
    let Some(rest) = without_dns_suffix(&host) else { return Place::default() };
    // The names of buckets and domains come first, and may look like regions and services.
    let labels: Vec<&str> = rest.split('.').rev().collect();
    let region = labels.iter().find_map(|label| region(label)).or_else(|| everywhere(&labels, &host));
    let known = labels.iter().find_map(|label| service(label));
    let plain = |name: &'_ str| name.strip_suffix("-fips").unwrap_or(name).to_owned();
    let alone = match labels[..] {
        // The service itself, and not a thing of IoT.
        [place, name] if region.as_deref() == Some(place) && name == "iot" => Some(name),
        [place, name] if known.is_none() && region.as_deref() == Some(place) => Some(name),
        [name] if known.is_none() => Some(name),
        _ => None,
    };
    Place { region, service: alone.map(plain).or(known.map(str::to_owned)) }
}

/// The region in a label: `eu-west-1`, and in old names of S3 `s3-eu-west-1`.
fn region(label: &str) -> Option<String> {
    let name = label.strip_prefix("s3-website-").or(label.strip_prefix("s3-")).unwrap_or(label);
    let parts: Vec<&str> = name.split('-').collect();
    let [first, middle @ .., last] = &parts[..] else { return None };
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_region = (2..=4).contains(&first.len())
        && is_word(first)
        && (1..=2).contains(&middle.len())
        && middle.iter().all(is_word)
        && (1..=2).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_digit());
    is_region.then(|| name.to_owned())
}

/// The region that a host without one signs with: such as `iam.amazonaws.com`, and buckets at S3's old address.
fn everywhere(labels: &[&str], host: &str) -> Option<String> {
    if labels[0] == "us-gov" {
        return Some("us-gov-west-1".to_owned());
    }
    let is_global = labels.len() == 1 || labels[0] == "s3";
    (is_global && host.ends_with(".amazonaws.com")).then(|| "us-east-1".to_owned())
}

fn service(label: &str) -> Option<&'static str> {
    let label = label.strip_suffix("-fips").unwrap_or(label);
    let of_s3 = || label.starts_with("s3-").then(|| region(label)).flatten().map(|_| "s3");
    let express = || label.starts_with("s3express-").then_some("s3express");
    let known = SERVICES.iter().find(|(known, _)| known == &label).map(|(_, name)| *name);
    known.or_else(of_s3).or_else(express)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_the_region_and_service_of_the_host() {
        let cases = [
            ("abc.execute-api.eu-west-1.amazonaws.com", "eu-west-1", "execute-api"),
            ("ABC.execute-api.eu-west-1.AMAZONAWS.com", "eu-west-1", "execute-api"),
            ("abc.execute-api.us-gov-west-1.amazonaws.com", "us-gov-west-1", "execute-api"),
            ("abc.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1", "execute-api"),
            ("abc.execute-api.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", "execute-api"),
            ("abc.execute-api.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", "execute-api"),
            ("abc.execute-api.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1", "execute-api"),
            ("abc.execute-api.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1", "execute-api"),
            ("abc.execute-api.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1", "execute-api"),
            ("abc.execute-api.eu-west-1.api.aws", "eu-west-1", "execute-api"),
            ("vpce-0a-1b.execute-api.eu-west-1.vpce.amazonaws.com", "eu-west-1", "execute-api"),
            ("abc-vpce-0a.execute-api.ap-southeast-2.amazonaws.com", "ap-southeast-2", "execute-api"),
            ("abcdef.lambda-url.eu-central-1.on.aws", "eu-central-1", "lambda"),
            ("search-logs-abc.eu-west-1.es.amazonaws.com", "eu-west-1", "es"),
            ("vpc-us-east-1-abc.eu-west-1.es.amazonaws.com", "eu-west-1", "es"),
            ("search-logs-abc.aos.eu-west-1.on.aws", "eu-west-1", "es"),
            ("abc.eu-west-1.aoss.amazonaws.com", "eu-west-1", "aoss"),
            ("abc.aoss.eu-west-1.on.aws", "eu-west-1", "aoss"),
            ("abc.appsync-api.eu-west-1.amazonaws.com", "eu-west-1", "appsync"),
            ("abc-ats.iot.eu-west-1.amazonaws.com", "eu-west-1", "iotdata"),
            ("iot.eu-west-1.amazonaws.com", "eu-west-1", "iot"),
            ("svc-0a.7d67968.vpc-lattice-svcs.eu-west-1.on.aws", "eu-west-1", "vpc-lattice-svcs"),
            ("bucket.s3.eu-west-1.amazonaws.com", "eu-west-1", "s3"),
            ("bucket.us-west-2.s3.eu-west-1.amazonaws.com", "eu-west-1", "s3"),
            ("bucket.s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1", "s3"),
            ("bucket.s3-eu-west-1.amazonaws.com", "eu-west-1", "s3"),
            ("bucket.s3.amazonaws.com", "us-east-1", "s3"),
            ("s3.amazonaws.com", "us-east-1", "s3"),
            ("point-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", "eu-west-1", "s3"),
            ("b--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com", "eu-west-1", "s3express"),
            ("bucket.vpce-0a.s3.eu-west-1.vpce.amazonaws.com", "eu-west-1", "s3"),
            ("sqs.eu-west-1.amazonaws.com", "eu-west-1", "sqs"),
            ("sqs-fips.us-east-1.amazonaws.com", "us-east-1", "sqs"),
            ("bucket.s3-fips.us-east-1.amazonaws.com", "us-east-1", "s3"),
            ("email.eu-west-1.amazonaws.com", "eu-west-1", "ses"),
            ("bedrock-runtime.eu-west-1.amazonaws.com", "eu-west-1", "bedrock"),
            ("iam.amazonaws.com", "us-east-1", "iam"),
            ("iam.us-gov.amazonaws.com", "us-gov-west-1", ""),
            ("api.example.com", "", ""),
            ("eu-west-1.example.com", "", ""),
            ("execute-api.eu-west-1.amazonaws.com.evil.example", "", ""),
            ("notamazonaws.com", "", ""),
            ("127.0.0.1", "", ""),
        ];
        for (host, region, service) in cases {
            let found = of(host);
            let found = (found.region.unwrap_or_default(), found.service.unwrap_or_default());
            assert_eq!(found, (region.to_owned(), service.to_owned()), "{host}");
        }
    }
}
