//! Checks hosted zones: they exist, contain the names, are delegated, and are public for certificates.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types::{HostedZone, HostedZoneConfig};

use super::{Context, Finding};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "hosted-zone";

const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";

/// A resource that uses a zone.
#[derive(Clone, Debug)]
struct Use<'a> {
    logical_id: &'a str,
    name: Option<String>,
    /// Whether it validates a certificate, which needs a public zone.
    is_validation: bool,
    /// Whether the resource does not exist yet.
    is_new: bool,
}

/// A zone as Route 53 describes it.
struct Zone {
    id: String,
    name: String,
    is_private: bool,
    servers: BTreeSet<String>,
}

pub(super) async fn check(context: &Context<'_>) -> Result<Vec<Finding>, DeployError> {
    let route53 = aws_sdk_route53::Client::new(&context.config);
    let mut found = Vec::new();
    for (id, uses) in by_id(context) {
        match zone(&route53, &id).await {
            Ok(zone) => {
                found.extend(uses.iter().filter_map(|it| mismatch(&zone, it)));
                found.extend(delegation(context, &zone, &uses).await);
            }
            Err(error) if matches!(error.code(), Some("NoSuchHostedZone" | "InvalidInput")) => {
                let account = &context.session.target().account;
                let reason = format!("hosted zone `{id}` does not exist in account `{account}`");
                let fix = "use an id from `aws route53 list-hosted-zones`, or the credentials of the zone's account";
                found.extend(uses.iter().map(|it| Finding::error(CHECK, &reason).about(it.logical_id).fix(fix)));
            }
            Err(error) => return Err(error),
        }
    }
    for (name, uses) in by_name(context) {
        found.extend(named(&route53, &name, &uses).await?);
    }
    Ok(found)
}

/// The resources that use a zone, by the zone's id.
fn by_id<'a>(context: &Context<'a>) -> BTreeMap<String, Vec<Use<'a>>> {
    let mut all: BTreeMap<String, Vec<Use<'_>>> = BTreeMap::new();
    for record in super::records::records(context) {
        if let Some(zone) = context.values.text(&record.zone["HostedZoneId"]) {
            let is_new = !context.keeps(record.logical_id, record.kind);
            let one = Use { logical_id: record.logical_id, name: record.name, is_validation: false, is_new };
            all.entry(zone).or_default().push(one);
        }
    }
    for (logical_id, properties) in context.resources(&[CERTIFICATE]) {
        for option in context.values.list(&properties["DomainValidationOptions"]) {
            let Some(zone) = context.values.text(&option["HostedZoneId"]) else { continue };
            let name = context.values.text(&option["DomainName"]).map(|name| plain_name(&name));
            let is_new = !context.keeps(logical_id, CERTIFICATE);
            all.entry(zone).or_default().push(Use { logical_id, name, is_validation: true, is_new });
        }
    }
    all
}

/// The records that use a zone, by the zone's name.
fn by_name<'a>(context: &Context<'a>) -> BTreeMap<String, Vec<Use<'a>>> {
    let mut all: BTreeMap<String, Vec<Use<'_>>> = BTreeMap::new();
    for record in super::records::records(context) {
        if let Some(zone) = context.values.text(&record.zone["HostedZoneName"]) {
            let one = Use { logical_id: record.logical_id, name: record.name, is_validation: false, is_new: true };
            all.entry(plain_name(&zone)).or_default().push(one);
        }
    }
    all
}

async fn zone(route53: &aws_sdk_route53::Client, id: &str) -> Result<Zone, DeployError> {
    let response = route53.get_hosted_zone().id(id).send().await.named("GetHostedZone")?;
    let servers = response.delegation_set().map(|set| set.name_servers().iter().map(|it| plain_name(it)).collect());
    let zone = response.hosted_zone();
    Ok(Zone {
        id: id.to_owned(),
        name: zone.map(|zone| plain_name(zone.name())).unwrap_or_default(),
        is_private: zone.and_then(|zone| zone.config()).is_some_and(HostedZoneConfig::private_zone),
        servers: servers.unwrap_or_default(),
    })
}

/// The problem of a resource with its zone.
fn mismatch(zone: &Zone, user: &Use<'_>) -> Option<Finding> {
    let Zone { id, name: zone_name, is_private, .. } = zone;
    let name = user.name.as_deref().unwrap_or(zone_name);
    let finding = if !is_within(name.trim_start_matches("*."), zone_name) {
        Finding::error(CHECK, format!("`{name}` is not within hosted zone `{zone_name}` (`{id}`)"))
            .fix(format!("use the hosted zone of `{name}`, or choose a name below `{zone_name}`"))
    } else if *is_private && user.is_validation {
        let reason = format!(
            "the certificate for `{name}` is validated in hosted zone `{zone_name}` (`{id}`), which is private: ACM \
             cannot read it"
        );
        Finding::error(CHECK, reason).fix(format!("use the public hosted zone of `{zone_name}`"))
    } else if *is_private {
        let reason = format!("hosted zone `{zone_name}` (`{id}`) is private: `{name}` resolves only in its VPCs");
        Finding::note(CHECK, reason)
    } else {
        return None;
    };
    Some(finding.about(user.logical_id))
}

/// Checks that public DNS delegates the domain to the zone. This is an error only for new certificates.
async fn delegation(context: &Context<'_>, zone: &Zone, uses: &[Use<'_>]) -> Vec<Finding> {
    let Some(dns) = context.dns.as_ref().filter(|_| !zone.is_private && !zone.servers.is_empty()) else {
        return Vec::new();
    };
    let public = match dns.name_servers(&zone.name).await {
        Ok(public) => public.into_iter().collect(),
        Err(error) => {
            let why = format!("the DNS does not answer for `{}`: {error}", zone.name);
            return vec![Finding::not_checked(CHECK, &why)];
        }
    };
    let Some(reason) = not_delegated(zone, &public) else { return Vec::new() };
    let fix = format!(
        "set these name servers at the registrar of `{}`, or in its parent zone: {}",
        zone.name,
        listed(&zone.servers)
    );
    let finding = |user: &Use<'_>| {
        let is_error = user.is_validation && user.is_new && public.is_disjoint(&zone.servers);
        let make = if is_error { Finding::error } else { Finding::warning };
        let reason =
            if is_error { format!("{reason}: the certificate would wait for its validation") } else { reason.clone() };
        make(CHECK, reason).about(user.logical_id).fix(&fix)
    };
    // One finding for all users, as they have the same cause.
    let worst = uses.iter().find(|user| user.is_validation && user.is_new).or(uses.first());
    worst.map(finding).into_iter().collect()
}

fn not_delegated(zone: &Zone, public: &BTreeSet<String>) -> Option<String> {
    let Zone { id, name, servers, .. } = zone;
    if public == servers {
        return None;
    }
    Some(if public.is_empty() {
        format!("hosted zone `{name}` (`{id}`) is not delegated: public DNS has no name servers for it")
    } else if public.is_disjoint(servers) {
        format!("public DNS does not delegate to hosted zone `{name}` (`{id}`): it has {}", listed(public))
    } else {
        let foreign: BTreeSet<_> = public.difference(servers).cloned().collect();
        let missing: BTreeSet<_> = servers.difference(public).cloned().collect();
        if foreign.is_empty() {
            // A part of the zone's servers is enough.
            return None;
        }
        format!(
            "public DNS has name servers for `{name}` that are not those of hosted zone `{id}`: {} instead of {}",
            listed(&foreign),
            listed(&missing)
        )
    })
}

/// CloudFormation finds a zone by name only if there is exactly one.
async fn named(route53: &aws_sdk_route53::Client, name: &str, uses: &[Use<'_>]) -> Result<Vec<Finding>, DeployError> {
    let response = route53.list_hosted_zones_by_name().dns_name(name).max_items(10).send().await;
    let response = response.named("ListHostedZonesByName")?;
    let ids: Vec<_> =
        response.hosted_zones().iter().filter(|zone| plain_name(zone.name()) == name).map(HostedZone::id).collect();
    let (reason, fix) = match ids.as_slice() {
        [] => (
            format!("there is no hosted zone `{name}`"),
            "create the zone first, or use the credentials of its account",
        ),
        [_] => {
            let zone =
                Zone { id: ids[0].to_owned(), name: name.to_owned(), is_private: false, servers: BTreeSet::new() };
            return Ok(uses.iter().filter_map(|user| mismatch(&zone, user)).collect());
        }
        several => (
            format!("there are several hosted zones `{name}`: `{}`", several.join("`, `")),
            "select one by its id (`HostedZoneId`)",
        ),
    };
    Ok(uses.iter().map(|user| Finding::error(CHECK, &reason).about(user.logical_id).fix(fix)).collect())
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Whether a name is the zone's or one below it.
fn is_within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}
