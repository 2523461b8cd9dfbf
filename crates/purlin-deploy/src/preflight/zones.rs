//! Hosted zones: there, public where it matters, named right, and delegated.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types::{HostedZone, HostedZoneConfig};

use super::{Finding, Scene};
use crate::aws::Named;
use crate::error::DeployError;
use crate::followers::dns::plain_name;

const CHECK: &str = "hosted-zone";

const CERTIFICATE: &str = "AWS::CertificateManager::Certificate";

/// Somebody who relies on a zone.
#[derive(Clone, Debug)]
struct Use<'a> {
    logical_id: &'a str,
    name: Option<String>,
    /// A certificate is issued only when everybody can read the zone.
    is_proof: bool,
    /// Whether the resource is yet to be made.
    is_new: bool,
}

/// A zone as Route 53 tells of it.
struct Zone {
    id: String,
    name: String,
    is_private: bool,
    servers: BTreeSet<String>,
}

pub(super) async fn check(scene: &Scene<'_>) -> Result<Vec<Finding>, DeployError> {
    let route53 = aws_sdk_route53::Client::new(&scene.config);
    let mut found = Vec::new();
    for (id, uses) in by_id(scene) {
        match zone(&route53, &id).await {
            Ok(zone) => {
                found.extend(uses.iter().filter_map(|it| fits(&zone, it)));
                found.extend(delegation(scene, &zone, &uses).await);
            }
            Err(error) if matches!(error.code(), Some("NoSuchHostedZone" | "InvalidInput")) => {
                let account = &scene.session.site().account;
                let reason = format!("hosted zone `{id}` does not exist in account `{account}`");
                let fix = "take the id from `aws route53 list-hosted-zones`, or the credentials of the zone's account";
                found.extend(uses.iter().map(|it| Finding::error(CHECK, &reason).about(it.logical_id).fix(fix)));
            }
            Err(error) => return Err(error),
        }
    }
    for (name, uses) in by_name(scene) {
        found.extend(named(&route53, &name, &uses).await?);
    }
    Ok(found)
}

/// Who relies on which zone.
fn by_id<'a>(scene: &Scene<'a>) -> BTreeMap<String, Vec<Use<'a>>> {
    let mut all: BTreeMap<String, Vec<Use<'_>>> = BTreeMap::new();
    for record in super::records::records(scene) {
        if let Some(zone) = scene.values.text(&record.zone["HostedZoneId"]) {
            let is_new = !scene.keeps(record.logical_id, record.kind);
            let one = Use { logical_id: record.logical_id, name: record.name, is_proof: false, is_new };
            all.entry(zone).or_default().push(one);
        }
    }
    for (logical_id, properties) in scene.resources(&[CERTIFICATE]) {
        for option in scene.values.list(&properties["DomainValidationOptions"]) {
            let Some(zone) = scene.values.text(&option["HostedZoneId"]) else { continue };
            let name = scene.values.text(&option["DomainName"]).map(|name| plain_name(&name));
            let is_new = !scene.keeps(logical_id, CERTIFICATE);
            all.entry(zone).or_default().push(Use { logical_id, name, is_proof: true, is_new });
        }
    }
    all
}

/// Records that name their zone rather than its id.
fn by_name<'a>(scene: &Scene<'a>) -> BTreeMap<String, Vec<Use<'a>>> {
    let mut all: BTreeMap<String, Vec<Use<'_>>> = BTreeMap::new();
    for record in super::records::records(scene) {
        if let Some(zone) = scene.values.text(&record.zone["HostedZoneName"]) {
            let one = Use { logical_id: record.logical_id, name: record.name, is_proof: false, is_new: true };
            all.entry(plain_name(&zone)).or_default().push(one);
        }
    }
    all
}

async fn zone(route53: &aws_sdk_route53::Client, id: &str) -> Result<Zone, DeployError> {
    let answer = route53.get_hosted_zone().id(id).send().await.named("GetHostedZone")?;
    let servers = answer.delegation_set().map(|set| set.name_servers().iter().map(|it| plain_name(it)).collect());
    let zone = answer.hosted_zone();
    Ok(Zone {
        id: id.to_owned(),
        name: zone.map(|zone| plain_name(zone.name())).unwrap_or_default(),
        is_private: zone.and_then(|zone| zone.config()).is_some_and(HostedZoneConfig::private_zone),
        servers: servers.unwrap_or_default(),
    })
}

/// What is wrong between a zone and somebody who relies on it.
fn fits(zone: &Zone, user: &Use<'_>) -> Option<Finding> {
    let Zone { id, name: zone_name, is_private, .. } = zone;
    let name = user.name.as_deref().unwrap_or(zone_name);
    let finding = if !is_within(name.trim_start_matches("*."), zone_name) {
        Finding::error(CHECK, format!("`{name}` is not within hosted zone `{zone_name}` (`{id}`)"))
            .fix(format!("name the zone of `{name}`, or choose a name below `{zone_name}`"))
    } else if *is_private && user.is_proof {
        let reason = format!(
            "the certificate for `{name}` is to be proven in hosted zone `{zone_name}` (`{id}`), which is private: \
             nobody outside can read the proof"
        );
        Finding::error(CHECK, reason).fix(format!("name the public hosted zone of `{zone_name}`"))
    } else if *is_private {
        let reason = format!("hosted zone `{zone_name}` (`{id}`) is private: only its networks see `{name}`");
        Finding::note(CHECK, reason)
    } else {
        return None;
    };
    Some(finding.about(user.logical_id))
}

/// Whether the DNS leads to the zone. What is already made has proven that it worked once.
async fn delegation(scene: &Scene<'_>, zone: &Zone, uses: &[Use<'_>]) -> Vec<Finding> {
    let Some(dns) = scene.dns.as_ref().filter(|_| !zone.is_private && !zone.servers.is_empty()) else {
        return Vec::new();
    };
    let public = match dns.name_servers(&zone.name).await {
        Ok(public) => public.into_iter().collect(),
        Err(error) => {
            let why = format!("the DNS does not answer for `{}`: {error}", zone.name);
            return vec![Finding::not_made(CHECK, &why)];
        }
    };
    let Some(reason) = not_delegated(zone, &public) else { return Vec::new() };
    let fix = format!(
        "at the registrar of `{}`, or in the zone above it, name these servers: {}",
        zone.name,
        listed(&zone.servers)
    );
    let finding = |user: &Use<'_>| {
        let never = user.is_proof && user.is_new && public.is_disjoint(&zone.servers);
        let make = if never { Finding::error } else { Finding::warning };
        let reason =
            if never { format!("{reason}: the certificate would wait for its proof for days") } else { reason.clone() };
        make(CHECK, reason).about(user.logical_id).fix(&fix)
    };
    // One finding is enough: all have the same cause.
    let worst = uses.iter().find(|user| user.is_proof && user.is_new).or(uses.first());
    worst.map(finding).into_iter().collect()
}

fn not_delegated(zone: &Zone, public: &BTreeSet<String>) -> Option<String> {
    let Zone { id, name, servers, .. } = zone;
    if public == servers {
        return None;
    }
    Some(if public.is_empty() {
        format!("hosted zone `{name}` (`{id}`) is not delegated: the public DNS knows no name servers for it")
    } else if public.is_disjoint(servers) {
        format!("the public DNS does not lead to hosted zone `{name}` (`{id}`): it names {}", listed(public))
    } else {
        let strangers: BTreeSet<_> = public.difference(servers).cloned().collect();
        let missing: BTreeSet<_> = servers.difference(public).cloned().collect();
        if strangers.is_empty() {
            // Fewer servers than the zone has answer all the same.
            return None;
        }
        format!(
            "the public DNS names servers for `{name}` that are not those of hosted zone `{id}`: {} instead of {}",
            listed(&strangers),
            listed(&missing)
        )
    })
}

/// CloudFormation takes a zone by name only when there is exactly one.
async fn named(route53: &aws_sdk_route53::Client, name: &str, uses: &[Use<'_>]) -> Result<Vec<Finding>, DeployError> {
    let answer = route53.list_hosted_zones_by_name().dns_name(name).max_items(10).send().await;
    let answer = answer.named("ListHostedZonesByName")?;
    let ids: Vec<_> =
        answer.hosted_zones().iter().filter(|zone| plain_name(zone.name()) == name).map(HostedZone::id).collect();
    let (reason, fix) = match ids.as_slice() {
        [] => {
            (format!("there is no hosted zone `{name}`"), "make the zone first, or take the credentials of its account")
        }
        [_] => {
            let zone =
                Zone { id: ids[0].to_owned(), name: name.to_owned(), is_private: false, servers: BTreeSet::new() };
            return Ok(uses.iter().filter_map(|user| fits(&zone, user)).collect());
        }
        several => (
            format!("there are several hosted zones `{name}`: `{}`", several.join("`, `")),
            "say which one by its id (`HostedZoneId`)",
        ),
    };
    Ok(uses.iter().map(|user| Finding::error(CHECK, &reason).about(user.logical_id).fix(fix)).collect())
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Whether a name is that of a zone or one below it.
fn is_within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}
