//! Records of a hosted zone.

use std::marker::PhantomData;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use purlin_cfn::route53::{CfnRecordSet, RecordSetAliasTarget};
use purlin_construct::{Construct, Expr, HasScope, IntoValue, Ref, Scope, Value, sub};

use super::domain_name::{self, Allowed};
use super::routing::{Failover, Routing};
use super::target::{Kind, RecordTarget};
use super::zone::HostedZone;
use crate::check::Checks;

/// The TTL of records without one.
const DEFAULT_TTL: Duration = Duration::from_mins(30);

/// The names, types and identifiers of a zone's records so far: each is unique.
pub(crate) type Registry = Vec<(String, String, Option<String>)>;

/// The recipe of a record; `R` is the handle it becomes.
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct RecordProps<R> {
    zone: HostedZone,
    kind: String,
    target: RecordTarget,
    name: Option<Value<String>>,
    ttl: Option<Duration>,
    comment: Option<Value<String>>,
    routing: Option<Routing>,
    set_identifier: Option<String>,
    health_check_id: Option<Value<String>>,
    of: PhantomData<fn() -> R>,
}

impl<R> RecordProps<R> {
    fn of(zone: &HostedZone, kind: &str, target: RecordTarget) -> Self {
        Self {
            zone: zone.clone(),
            kind: kind.to_owned(),
            target,
            name: None,
            ttl: None,
            comment: None,
            routing: None,
            set_identifier: None,
            health_check_id: None,
            of: PhantomData,
        }
    }

    /// The name; the zone's own unless given. `app`, `app.example.com`, `App.Example.com` and `app.example.com.` are the
    /// same in the zone `example.com`. A name that is not literal is inside the zone, unless it ends with a dot.
    pub fn record_name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The time to live of cached answers, in whole seconds; 30 minutes unless given. An alias has its target's.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// A comment.
    pub fn comment(self, text: impl IntoValue<String>) -> Self {
        Self { comment: Some(text.into_value()), ..self }
    }

    /// How Route 53 chooses among records of the same name and type; this is the only one unless given.
    pub fn routing(self, routing: Routing) -> Self {
        Self { routing: Some(routing), ..self }
    }

    /// Identifies the record among those of its name and type: at most 128 characters; built from the routing and the
    /// path unless given.
    pub fn set_identifier(self, text: impl Into<String>) -> Self {
        Self { set_identifier: Some(text.into()), ..self }
    }

    /// Returns the record only while this health check passes.
    pub fn health_check_id(self, id: impl IntoValue<String>) -> Self {
        Self { health_check_id: Some(id.into_value()), ..self }
    }
}

/// A record of any type.
#[derive(Debug, Clone)]
pub struct RecordSet {
    scope: Scope,
    cfn: Ref<CfnRecordSet>,
}

impl RecordSet {
    /// A record of any type with its values in DNS format: `RecordSet::props(&zone, "SRV", ["1 5 443 a.example.com"])`.
    pub fn props<V: IntoValue<String>>(
        zone: &HostedZone,
        kind: &str,
        values: impl IntoIterator<Item = V>,
    ) -> RecordProps<Self> {
        RecordProps::of(zone, kind, RecordTarget::values(values))
    }

    /// The record's full name.
    pub fn domain_name(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnRecordSet> {
        &self.cfn
    }
}

impl HasScope for RecordSet {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

macro_rules! records {
    ($($(#[$meta:meta])* $name:ident;)*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone)]
            pub struct $name(RecordSet);

            impl $name {
                /// The record's full name.
                pub fn domain_name(&self) -> Value<String> {
                    self.0.domain_name()
                }

                /// The raw resource.
                pub fn cfn(&self) -> &Ref<CfnRecordSet> {
                    self.0.cfn()
                }
            }

            impl From<RecordSet> for $name {
                fn from(record: RecordSet) -> Self {
                    Self(record)
                }
            }

            impl HasScope for $name {
                fn scope(&self) -> &Scope {
                    self.0.scope()
                }
            }
        )*
    };
}

records! {
    /// An A record: a name's IPv4 addresses, or an AWS resource.
    ARecord;
    /// An AAAA record: a name's IPv6 addresses, or an AWS resource.
    AaaaRecord;
    /// A CNAME record: another name for a name. Not for the zone's own name: use an alias [`ARecord`] there.
    CnameRecord;
    /// A TXT record.
    TxtRecord;
    /// An MX record: the mail servers of a name.
    MxRecord;
    /// An NS record: the name servers of a part of the zone.
    NsRecord;
    /// A CAA record: the authorities that may issue certificates for a name.
    CaaRecord;
}

impl ARecord {
    /// A record for the zone's own name, unless another is given.
    pub fn props(zone: &HostedZone, target: impl Into<RecordTarget>) -> RecordProps<Self> {
        RecordProps::of(zone, "A", target.into())
    }
}

impl AaaaRecord {
    /// A record for the zone's own name, unless another is given.
    pub fn props(zone: &HostedZone, target: impl Into<RecordTarget>) -> RecordProps<Self> {
        RecordProps::of(zone, "AAAA", target.into())
    }
}

impl CnameRecord {
    /// A record with the target `domain_name`. It needs a `record_name`.
    pub fn props(zone: &HostedZone, domain_name: impl IntoValue<String>) -> RecordProps<Self> {
        RecordProps::of(zone, "CNAME", RecordTarget::values([domain_name]))
    }
}

impl TxtRecord {
    /// A record of these texts. They are quoted, and split into strings of 255 characters, the limit of DNS.
    pub fn props<V: IntoValue<String>>(zone: &HostedZone, texts: impl IntoIterator<Item = V>) -> RecordProps<Self> {
        let quoted = texts.into_iter().map(|text| quoted(&text.into_value()));
        RecordProps::of(zone, "TXT", RecordTarget::values(quoted))
    }
}

impl MxRecord {
    /// A record of mail servers with their priorities: clients try the lowest first.
    pub fn props<V: IntoValue<String>>(
        zone: &HostedZone,
        servers: impl IntoIterator<Item = (u16, V)>,
    ) -> RecordProps<Self> {
        let values = servers.into_iter().map(|(priority, host)| sub!("{} {}", priority, host.into_value()));
        RecordProps::of(zone, "MX", RecordTarget::values(values))
    }
}

impl NsRecord {
    /// A record of name servers. It needs a `record_name`: Route 53 creates the zone's own NS record.
    pub fn props<V: IntoValue<String>>(zone: &HostedZone, servers: impl IntoIterator<Item = V>) -> RecordProps<Self> {
        RecordProps::of(zone, "NS", RecordTarget::values(servers))
    }
}

/// The tag of a CAA value (RFC 8659).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaaTag {
    /// The authority may issue certificates.
    Issue,
    /// The authority may issue wildcard certificates.
    IssueWild,
    /// A URL to which violations are reported.
    Iodef,
}

impl CaaRecord {
    /// A record of authorities: `CaaRecord::props(&zone, [(CaaTag::Issue, "amazon.com")])` lets ACM issue certificates.
    pub fn props<V: IntoValue<String>>(
        zone: &HostedZone,
        authorities: impl IntoIterator<Item = (CaaTag, V)>,
    ) -> RecordProps<Self> {
        let values = authorities.into_iter().map(|(tag, value)| {
            let tag = match tag {
                CaaTag::Issue => "issue",
                CaaTag::IssueWild => "issuewild",
                CaaTag::Iodef => "iodef",
            };
            sub!("0 {} \"{}\"", tag, value.into_value())
        });
        RecordProps::of(zone, "CAA", RecordTarget::values(values))
    }
}

fn quoted(text: &Value<String>) -> Value<String> {
    let Some(known) = text.as_str() else { return sub!("\"{}\"", text) };
    let characters: Vec<char> = known.chars().collect();
    let strings: Vec<String> = characters
        .chunks(255)
        .map(|part| format!("\"{}\"", part.iter().collect::<String>().replace('"', "\\\"")))
        .collect();
    if strings.is_empty() { "\"\"".into_value() } else { strings.concat().into_value() }
}

impl<R: From<RecordSet>> Construct for RecordProps<R> {
    type Handle = R;

    fn build(self, scope: Scope) -> R {
        let name = qualified(&scope, &self.zone, self.name.as_ref());
        let identifier = self
            .routing
            .as_ref()
            .map(|routing| self.set_identifier.clone().unwrap_or_else(|| routing.identifier(&scope)));
        self.check(&scope, &name);
        register(&scope, &self.zone, &name, &self.kind, identifier.as_deref());
        let mut record = CfnRecordSet::new(name, self.kind.as_str()).hosted_zone_id(self.zone.id());
        record = match self.target.0 {
            Kind::Alias(target) => {
                let alias = RecordSetAliasTarget::new(target.dns_name, target.hosted_zone_id);
                let healthy = target.evaluate_health;
                record.alias_target(if healthy { alias.evaluate_target_health(true) } else { alias })
            }
            Kind::Values(values) => {
                let ttl = self.ttl.unwrap_or(DEFAULT_TTL).as_secs().to_string();
                record.resource_records(values).ttl(ttl)
            }
        };
        if let (Some(routing), Some(identifier)) = (&self.routing, identifier) {
            record = routing.apply(record).set_identifier(identifier);
        }
        if let Some(text) = self.comment {
            record = record.comment(text);
        }
        if let Some(id) = self.health_check_id {
            record = record.health_check_id(id);
        }
        let cfn = scope.add("Resource", record);
        R::from(RecordSet { scope, cfn })
    }
}

impl<R> RecordProps<R> {
    fn check(&self, scope: &Scope, name: &Value<String>) {
        if let Some((message, hint)) = self.mistake(name) {
            scope.error(message, hint);
        }
        scope.check("the TTL").whole_seconds(self.ttl, ..=2_147_483_647);
        let Kind::Values(values) = &self.target.0 else { return };
        if values.is_empty() {
            scope.error(format!("the {} record has no value", self.kind), "give at least one");
        }
        for text in values.iter().filter_map(Value::as_str) {
            let (is_valid, what) = match self.kind.as_str() {
                "A" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
                "AAAA" => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address"),
                "CNAME" if text.is_empty() || text.contains([' ', '/', ':']) => {
                    scope.error(
                        format!("the value of the CNAME record is `{text}`, which is not a domain name"),
                        "give the name alone, without `https://` and path: `www.example.net`",
                    );
                    continue;
                }
                _ => continue,
            };
            if !is_valid {
                scope.error(
                    format!("a value of the {} record is `{text}`, which is not {what}", self.kind),
                    "for another name use a `CnameRecord`, for an AWS resource `RecordTarget::alias`",
                );
            }
        }
    }

    fn mistake(&self, name: &Value<String>) -> Option<(String, &'static str)> {
        let apex = self
            .zone
            .name()
            .as_str()
            .is_some_and(|zone| name.as_str().is_some_and(|name| name[..name.len() - 1] == *zone));
        let alias = matches!(self.target.0, Kind::Alias(_));
        if self.kind == "CNAME" && apex {
            let hint = "give it a `record_name`; for the zone's own name use an `ARecord` with an alias target";
            return Some(("the CNAME record has the zone's own name, which DNS does not allow".to_owned(), hint));
        }
        if self.kind == "NS" && apex {
            let hint = "give it a `record_name`: the part of the zone that it delegates";
            return Some(("the NS record has the zone's own name, but Route 53 creates that record".to_owned(), hint));
        }
        if alias && self.ttl.is_some() {
            let hint = "leave out `ttl`: the TTL of the target applies";
            return Some(("the alias record has a TTL, which AWS does not take".to_owned(), hint));
        }

        if self.set_identifier.is_some() && self.routing.is_none() {
            let hint = "give a `routing`, or leave out `set_identifier`";
            return Some(("the record has a set identifier but no routing".to_owned(), hint));
        }
        let healthy = matches!(&self.target.0, Kind::Alias(target) if target.evaluate_health);
        if self.routing == Some(Routing::Failover(Failover::Primary)) && self.health_check_id.is_none() && !healthy {
            let hint = "give a `health_check_id`, or an alias target with `evaluate_target_health`";
            return Some((
                "the primary record of the failover has no health check, so it never fails over".to_owned(),
                hint,
            ));
        }
        (self.routing == Some(Routing::MultiValue) && alias).then(|| {
            let hint = "give the addresses, or choose another routing";
            ("the alias record has multi-value routing, which AWS does not take".to_owned(), hint)
        })
    }
}

/// The full name of a record, with a dot at its end.
fn qualified(scope: &Scope, zone: &HostedZone, name: Option<&Value<String>>) -> Value<String> {
    let Some(name) = name.filter(|name| name.as_str() != Some("")) else { return sub!("{}.", zone.name()) };
    let Some(text) = name.as_str() else {
        let dotted = matches!(name.expr(), Expr::Join(_, items)
            if items.last().and_then(Expr::as_str).is_some_and(|last| last.ends_with('.')));
        return if dotted { name.clone() } else { sub!("{}.{}.", name, zone.name()) };
    };
    let is_absolute = text.ends_with('.');
    let name = domain_name::checked(scope, name, Allowed::Record);
    let text = name.as_str().unwrap_or_default();
    let zone_name = zone.name();
    let Some(zone_text) = zone_name.as_str() else {
        return if is_absolute { sub!("{}.", text) } else { sub!("{}.{}.", text, zone_name) };
    };
    if domain_name::is_within(text, zone_text) {
        return sub!("{}.", text);
    }
    if is_absolute || looks_foreign(text, zone_text) {
        scope.error(
            format!("the record name `{text}` is not in the hosted zone `{zone_text}`"),
            format!(
                "give a name that ends with `.{zone_text}`, or another zone; \
                 for a name inside the zone write `{text}.{zone_text}.`"
            ),
        );
    }
    sub!("{}.{}.", text, zone_text)
}

/// Whether a name is probably absolute although it is not in the zone: both have the same last part.
fn looks_foreign(name: &str, zone: &str) -> bool {
    let last = |name: &str| name.rsplit_once('.').map(|(_, last)| last.to_owned());
    last(name).is_some() && last(name) == last(zone)
}

/// Registers a record. A second one of the same name and type is a problem, as is any record beside a CNAME.
fn register(scope: &Scope, zone: &HostedZone, name: &Value<String>, kind: &str, identifier: Option<&str>) {
    let Some(name) = name.as_str() else { return };
    let mut registry = zone.registry().borrow_mut();
    let same_name = registry.iter().filter(|(known, ..)| known == name);
    for (_, other, known) in same_name {
        let twin = other == kind && known.as_deref() == identifier;
        let simple_beside_routed = other == kind && known.is_some() != identifier.is_some();
        if twin || simple_beside_routed {
            scope.error(
                format!("the zone has another {kind} record for `{name}`"),
                "give both a `routing` with different set identifiers, or make one record of all values",
            );
            break;
        }
        if other != kind && (other == "CNAME" || kind == "CNAME") {
            scope.error(
                format!("`{name}` has a CNAME record and a {} record", if kind == "CNAME" { other } else { kind }),
                "a name with a CNAME record has no other records: give one of them another name",
            );
            break;
        }
    }
    registry.push((name.to_owned(), kind.to_owned(), identifier.map(str::to_owned)));
}

#[cfg(test)]
mod tests {
    use purlin_construct::IntoValue;

    use super::quoted;

    #[test]
    fn texts_are_quoted_and_split() {
        let long = "c".repeat(256);
        let cases = [
            ("", "\"\"".to_owned()),
            ("say \"a\"", r#""say \"a\"""#.to_owned()),
            (&long, format!("\"{}\"\"c\"", "c".repeat(255))),
        ];
        for (text, expect) in cases {
            assert_eq!(quoted(&text.into_value()).as_str(), Some(expect.as_str()), "{text}");
        }
    }
}
