//! Routing policies: how Route 53 chooses among records of the same name and type.

use purlin_cfn::route53::{CfnRecordSet, RecordSetFailover, RecordSetGeoLocation};
use purlin_construct::{HasScope, Scope};

/// How Route 53 chooses among records of the same name and type
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Routing {
    /// In proportion to their weights, from 0 to 255.
    Weighted(u8),
    /// By the region with the least latency to the client.
    Latency(String),
    /// By the client's location.
    Geo(GeoLocation),
    /// The primary while it is healthy, else the secondary.
    Failover(Failover),
    /// Up to eight healthy records at random.
    MultiValue,
}

/// The role of a record in a failover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failover {
    /// Used while it is healthy: it needs a health check, or an alias that evaluates its target's health.
    Primary,
    /// Used otherwise.
    Secondary,
}

/// A continent of Route 53's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Continent {
    Africa,
    Antarctica,
    Asia,
    Europe,
    Oceania,
    NorthAmerica,
    SouthAmerica,
}

impl Continent {
    const fn code(self) -> &'static str {
        match self {
            Self::Africa => "AF",
            Self::Antarctica => "AN",
            Self::Asia => "AS",
            Self::Europe => "EU",
            Self::Oceania => "OC",
            Self::NorthAmerica => "NA",
            Self::SouthAmerica => "SA",
        }
    }
}

/// A location of clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeoLocation {
    /// On a continent.
    Continent(Continent),
    /// In a country, by its two-letter code (ISO 3166-1).
    Country(String),
    /// In a state of the United States, or another subdivision of Route 53's list: the country's code and its own.
    Subdivision(String, String),
    /// All locations that no other record has.
    Default,
}

impl GeoLocation {
    fn property(&self) -> RecordSetGeoLocation {
        let location = RecordSetGeoLocation::new();
        match self {
            Self::Continent(continent) => location.continent_code(continent.code()),
            Self::Country(country) => location.country_code(country),
            Self::Subdivision(country, part) => location.country_code(country).subdivision_code(part),
            Self::Default => location.country_code("*"),
        }
    }

    fn identifier(&self) -> String {
        match self {
            Self::Continent(continent) => format!("GEO_CONTINENT_{}", continent.code()),
            Self::Country(country) => format!("GEO_COUNTRY_{country}"),
            Self::Subdivision(country, part) => format!("GEO_COUNTRY_{country}_SUBDIVISION_{part}"),
            Self::Default => "GEO_COUNTRY_*".to_owned(),
        }
    }
}

impl Routing {
    /// The default set identifier; the CDK has the same.
    pub(crate) fn identifier(&self, scope: &Scope) -> String {
        let prefix = match self {
            Self::Weighted(weight) => format!("WEIGHT_{weight}_ID_"),
            Self::Latency(region) => format!("REGION_{region}_ID_"),
            Self::Geo(location) => return location.identifier(),
            Self::Failover(Failover::Primary) => "FAILOVER_PRIMARY_ID_".to_owned(),
            Self::Failover(Failover::Secondary) => "FAILOVER_SECONDARY_ID_".to_owned(),
            Self::MultiValue => "MVA_ID_".to_owned(),
        };
        let unique = scope.stack().unique_name_of(scope.scope(), "", 64_usize.saturating_sub(prefix.len()));
        prefix + &unique
    }

    /// Writes the policy into the record.
    pub(crate) fn apply(&self, record: CfnRecordSet) -> CfnRecordSet {
        match self {
            Self::Weighted(weight) => record.weight(*weight),
            Self::Latency(region) => record.region(region),
            Self::Geo(location) => record.geo_location(location.property()),
            Self::Failover(Failover::Primary) => record.failover(RecordSetFailover::PRIMARY),
            Self::Failover(Failover::Secondary) => record.failover(RecordSetFailover::SECONDARY),
            Self::MultiValue => record.multi_value_answer(true),
        }
    }
}
