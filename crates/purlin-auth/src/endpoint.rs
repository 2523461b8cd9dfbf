//! Addresses that may receive secrets and whose answers are trusted: https, or plain http on this machine only.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;

use crate::error::shown;

/// The address of a service: `https://..`, or `http://..` on loopback for an emulator.
///
/// It may have a path, which comes before the service's own paths. It has no query, fragment or user.
///
/// ```
/// use purlin_auth::Endpoint;
///
/// let domain: Endpoint = "https://login.example.com".parse()?;
/// assert_eq!(domain.as_str(), "https://login.example.com");
/// assert!("http://login.example.com".parse::<Endpoint>().is_err());
/// assert!("http://127.0.0.1:4566/".parse::<Endpoint>().is_ok());
/// # Ok::<(), purlin_auth::EndpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint(String);

/// Paths are appended, and the whole must be an address still.
const LONGEST: usize = 2000;

/// An address, region, id or name that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {expected}")]
pub struct EndpointError {
    pub(crate) given: String,
    pub(crate) expected: &'static str,
}

impl Endpoint {
    /// The address without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a path below this one. The path starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// An address that AWS has in every region. The caller has checked the region.
    pub(crate) fn known(address: String) -> Self {
        Self(address)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(given: &str) -> Result<Self, EndpointError> {
        let wrong = |expected| EndpointError { given: shown(given), expected };
        if given.len() > LONGEST {
            return Err(wrong("an address of at most 2,000 characters"));
        }
        let uri: Uri = given.parse().map_err(|_| wrong("a web address such as `https://login.example.com`"))?;
        let host = uri.host().unwrap_or_default();
        match uri.scheme_str() {
            Some("https") if !host.is_empty() => (),
            Some("http") if is_loopback(host) => (),
            None => return Err(wrong("a web address with a scheme and a host, such as `https://login.example.com`")),
            _ => return Err(wrong("`https`; plain `http` is for `localhost`, `127.0.0.1` and `[::1]`")),
        }
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if has_user || uri.query().is_some() || given.contains('#') {
            return Err(wrong("an address without user, query and fragment"));
        }
        Ok(Self(given.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a host is this machine, by its name or address.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

/// How the names of a partition's regions begin, the partition, and the domain of its addresses, from botocore's
/// `partitions.json`. Names of new regions of the partition `aws` may begin with other letters.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
];

/// Checks a region's name: it becomes part of an address.
pub(crate) fn region(given: &str) -> Result<&str, EndpointError> {
    let parts: Vec<&str> = given.split('-').collect();
    let is_region = match &parts[..] {
        [country, middle @ .., number] if !middle.is_empty() => {
            let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
            let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
            country.len() >= 2 && is_word(country) && middle.iter().all(is_word) && is_number && given.len() <= 32
        }
        _ => false,
    };
    if is_region {
        Ok(given)
    } else {
        Err(EndpointError { given: shown(given), expected: "a region such as `eu-west-1`" })
    }
}

/// The partition of a region.
pub(crate) fn partition(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(start, ..)| region.starts_with(start)).map_or("aws", |(_, partition, _)| partition)
}

/// The domain of AWS's addresses in a region.
pub(crate) fn suffix(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(start, ..)| region.starts_with(start)).map_or("amazonaws.com", |(.., suffix)| suffix)
}

/// The region and name in a user pool's id, such as `eu-west-1_AbCdEfGhI`.
pub(crate) fn user_pool(id: &str) -> Option<(&str, &str)> {
    let (given, name) = id.split_once('_')?;
    // <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html>
    let is_name = (1..=55).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some((region(given).ok()?, name)).filter(|_| is_name)
}

/// The issuers of a user pool in its region: the original one, and the updated one.
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html>
pub(crate) fn issuers(region: &str, id: &str) -> [String; 2] {
    ["cognito-idp", "issuer-cognito-idp"].map(|host| format!("https://{host}.{region}.{}/{id}", suffix(region)))
}

/// Whether an address is the issuer of some user pool.
pub(crate) fn is_user_pool(issuer: &str) -> bool {
    let Some((_, id)) = issuer.rsplit_once('/') else { return false };
    user_pool(id).is_some_and(|(region, _)| issuers(region, id).iter().any(|known| known == issuer))
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn https_and_plain_http_on_this_machine_are_accepted() {
        for good in [
            "https://a.example",
            "https://a.example:8443/base",
            "http://localhost:8000",
            "http://LOCALHOST",
            "http://127.0.0.1:4566/",
            "http://127.9.9.9",
            "http://[::1]:80",
        ] {
            let endpoint: Endpoint = good.parse().unwrap();
            assert_eq!(endpoint.as_str(), good.trim_end_matches('/'));
        }
    }

    #[test]
    fn other_addresses_are_refused_with_the_reason() {
        for (bad, reason) in [
            ("", "a web address"),
            ("login.example.com", "a web address with a scheme"),
            ("/path", "a web address with a scheme"),
            ("ftp://localhost", "`https`; plain"),
            ("http://example.com", "`https`; plain"),
            ("http://localhost.example.com", "`https`; plain"),
            ("http://127.0.0.1.example.com", "`https`; plain"),
            ("http://128.0.0.1", "`https`; plain"),
            ("http://[::2]", "`https`; plain"),
            ("https://me@example.com", "without user"),
            ("http://127.0.0.1@example.com", "`https`; plain"),
            ("https://example.com/?a=b", "without user, query"),
            ("https://example.com/#a", "fragment"),
            ("https://exa mple.com", "a web address"),
            ("https://example.com/\r\nX: y", "a web address"),
        ] {
            let error = bad.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(reason), "`{bad}`: {error}");
        }
    }

    #[test]
    fn every_partition_has_its_domain() {
        for (region, partition, suffix) in [
            ("eu-west-1", "aws", "amazonaws.com"),
            ("us-east-1", "aws", "amazonaws.com"),
            ("mx-central-1", "aws", "amazonaws.com"),
            ("zz-newregion-12", "aws", "amazonaws.com"),
            ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
            ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
            ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
            ("us-iso-west-1", "aws-iso", "c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("us-isob-west-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
            ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
            ("us-isof-east-1", "aws-iso-f", "csp.hci.ic.gov"),
        ] {
            assert_eq!(super::region(region), Ok(region));
            assert_eq!((super::partition(region), super::suffix(region)), (partition, suffix), "{region}");
        }
        for bad in [
            "",
            "-",
            "--",
            "eu",
            "eu-west",
            "eu-west-",
            "eu-west-x",
            "eu-west-1\n",
            " eu-west-1",
            "EU-WEST-1",
            "eu_west_1",
            "eu-west-1.evil.example",
            "e-west-1",
            "eu--1",
            "eu-west-123",
            "eu-wést-1",
            "us-east-1a",
            "1-west-1",
        ] {
            assert!(super::region(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn issuers_of_user_pools_are_known_by_their_form() {
        for (issuer, expected) in [
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC", true),
            ("https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC", true),
            ("https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_AbC", true),
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-2_AbC", false),
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC/", false),
            ("https://cognito-idp.eu-west-1.amazonaws.com.evil.example/eu-west-1_AbC", false),
            ("http://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC", false),
            ("https://evil.example/eu-west-1_AbC", false),
            ("https://evil.example", false),
            ("", false),
        ] {
            assert_eq!(super::is_user_pool(issuer), expected, "{issuer}");
        }
    }
}
