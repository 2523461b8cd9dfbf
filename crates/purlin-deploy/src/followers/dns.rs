//! DNS queries without a cache.

#[cfg(test)]
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::ResolveHosts;
#[cfg(test)]
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::rdata::CAA;
use hickory_resolver::proto::rr::{RData, RecordType};

/// A client for the machine's name servers.
#[derive(Clone, Debug)]
pub(crate) struct Dns {
    resolver: TokioResolver,
}

/// A CAA record: an authority that may issue certificates for a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Authorization {
    /// Whether it applies only to wildcards.
    pub(crate) is_wild: bool,
    /// The authority; empty is none.
    pub(crate) issuer: String,
}

impl Dns {
    /// Uses the machine's resolver configuration; `None` if there is none.
    pub(crate) fn of_this_machine() -> Option<Self> {
        Self::built(TokioResolver::builder_tokio().ok()?)
    }

    /// Uses one server.
    #[cfg(test)]
    pub(crate) fn at(server: SocketAddr) -> Option<Self> {
        let mut connection = ConnectionConfig::udp();
        connection.port = server.port();
        let server = NameServerConfig::new(server.ip(), true, vec![connection]);
        let config = ResolverConfig::from_name_servers(vec![server]);
        Self::built(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
    }

    fn built(mut builder: hickory_resolver::ResolverBuilder<TokioRuntimeProvider>) -> Option<Self> {
        let options = builder.options_mut();
        // A corrected record is to be seen now.
        options.cache_size = 0;
        options.timeout = Duration::from_secs(3);
        options.attempts = 2;
        options.use_hosts_file = ResolveHosts::Never;
        Some(Self { resolver: builder.build().ok()? })
    }

    /// The CNAME targets of a name. Empty if there are none; an error if the DNS does not answer.
    pub(crate) async fn aliases(&self, name: &str) -> Result<Vec<String>, String> {
        self.ask(name, RecordType::CNAME, |data| match data {
            RData::CNAME(target) => Some(plain_name(&target.to_string())),
            _ => None,
        })
        .await
    }

    /// The name servers of a zone.
    pub(crate) async fn name_servers(&self, zone: &str) -> Result<Vec<String>, String> {
        self.ask(zone, RecordType::NS, |data| match data {
            RData::NS(server) => Some(plain_name(&server.to_string())),
            _ => None,
        })
        .await
    }

    /// Whether a name has an IPv4 address.
    pub(crate) async fn has_address(&self, name: &str) -> Result<bool, String> {
        let is_address = |data: &RData| matches!(data, RData::A(_)).then_some(());
        Ok(!self.ask(name, RecordType::A, is_address).await?.is_empty())
    }

    /// The CAA records for a name, and the name that has them: itself or a parent domain.
    pub(crate) async fn authorizations(&self, name: &str) -> Result<Option<(String, Vec<Authorization>)>, String> {
        for parent in with_parents(name) {
            let found = self.ask(parent, RecordType::CAA, |data| match data {
                RData::CAA(record) => authorization(record),
                _ => None,
            });
            let found = found.await?;
            if !found.is_empty() {
                return Ok(Some((parent.to_owned(), found)));
            }
        }
        Ok(None)
    }

    async fn ask<T>(&self, name: &str, kind: RecordType, read: fn(&RData) -> Option<T>) -> Result<Vec<T>, String> {
        let name = format!("{}.", name.trim_end_matches('.'));
        match self.resolver.lookup(name.as_str(), kind).await {
            Ok(answer) => Ok(answer.answers().iter().filter_map(|record| read(&record.data)).collect()),
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(Vec::new()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A name in lower case, without the dot at its end.
pub(crate) fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The name and those above it, the top-level domain left out.
pub(crate) fn with_parents(name: &str) -> impl Iterator<Item = &str> {
    let name = name.trim_end_matches('.');
    let parent = std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent));
    parent.filter(|name| name.contains('.'))
}

fn authorization(record: &CAA) -> Option<Authorization> {
    let is_wild = record.tag.eq_ignore_ascii_case("issuewild");
    if !is_wild && !record.tag.eq_ignore_ascii_case("issue") {
        return None;
    }
    let value = String::from_utf8_lossy(&record.value);
    Some(Authorization { is_wild, issuer: plain_name(value.split(';').next().unwrap_or_default().trim()) })
}
