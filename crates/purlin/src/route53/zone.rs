//! Hosted zones, imported or created.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use purlin_cfn::logs::CfnResourcePolicy;
use purlin_cfn::route53::{CfnHostedZone, HostedZoneHostedZoneConfig, HostedZoneQueryLoggingConfig, HostedZoneVPC};
use purlin_construct::{Construct, HasScope, IntoValue, Json, Ref, Scope, Value, intrinsics, logical_id, sub};

use super::domain_name::{self, Allowed};
use super::record::Registry;
use crate::check::Checks;
use crate::ec2::Vpc;
use crate::iam::{PolicyDocument, PolicyStatement, Principal};
use crate::owner::owner;

/// The region of log groups for queries.
const QUERY_LOG_REGION: &str = "us-east-1";

/// A hosted zone: the records of a domain.
#[derive(Clone)]
pub struct HostedZone(Rc<Data>);

struct Data {
    scope: Scope,
    id: Value<String>,
    /// In its normal form, if it is literal.
    name: Value<String>,
    private: bool,
    cfn: Option<Ref<CfnHostedZone>>,
    registry: RefCell<Registry>,
}

/// The recipe of a [`HostedZone`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct HostedZoneProps {
    name: Value<String>,
    comment: Option<Value<String>>,
    query_logs: Option<Value<String>>,
    vpcs: Vec<Vpc>,
}

impl HostedZone {
    /// A public zone of this name. It gets queries once the domain's registrar, or the zone above, refers to its
    /// [`name_servers`](Self::name_servers).
    pub fn props(name: impl IntoValue<String>) -> HostedZoneProps {
        HostedZoneProps { name: name.into_value(), comment: None, query_logs: None, vpcs: Vec::new() }
    }

    /// Imports a zone by its id and name.
    #[track_caller]
    pub fn from_attributes(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        zone_id: impl IntoValue<String>,
        name: impl IntoValue<String>,
    ) -> Self {
        let scope = scope.scope().child(id);
        let zone_id = checked_id(&scope, zone_id.into_value());
        let name = domain_name::checked(&scope, &name.into_value(), Allowed::Record);
        Self(Rc::new(Data { scope, id: zone_id, name, private: false, cfn: None, registry: RefCell::default() }))
    }

    /// The zone's id.
    pub fn id(&self) -> Value<String> {
        self.0.id.clone()
    }

    /// The zone's name, in lower case and without a dot at its end.
    pub fn name(&self) -> Value<String> {
        self.0.name.clone()
    }

    /// The zone's ARN.
    pub fn arn(&self) -> Value<String> {
        sub!("arn:{}:route53:::hostedzone/{}", self.0.scope.stack().partition(), self.0.id)
    }

    /// The name servers to register with the domain; none for a private or imported zone.
    pub fn name_servers(&self) -> Option<Value<Vec<String>>> {
        let cfn = self.0.cfn.as_ref().filter(|_| !self.0.private);
        cfn.map(|cfn| cfn.att(CfnHostedZone::ATTR_NAME_SERVERS))
    }

    /// Whether the zone answers inside VPCs only; `false` for an imported zone.
    pub fn is_private(&self) -> bool {
        self.0.private
    }

    /// The raw resource; none for an imported zone.
    pub fn cfn(&self) -> Option<&Ref<CfnHostedZone>> {
        self.0.cfn.as_ref()
    }

    /// The records declared so far.
    pub(crate) fn registry(&self) -> &RefCell<Registry> {
        &self.0.registry
    }
}

impl HostedZoneProps {
    /// A comment: at most 256 characters.
    pub fn comment(self, text: impl IntoValue<String>) -> Self {
        Self { comment: Some(text.into_value()), ..self }
    }

    /// Logs queries to this log group, by its ARN, in us-east-1; public zones only. A resource policy lets Route 53 write
    /// to a group of the app, and the zone waits for it. A group of another app needs one already
    /// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html>).
    pub fn query_logs(self, log_group_arn: impl IntoValue<String>) -> Self {
        Self { query_logs: Some(log_group_arn.into_value()), ..self }
    }

    /// Makes the zone private: it answers inside this VPC. Call it again for more VPCs. Their DNS support and DNS host
    /// names must be on.
    pub fn private_in(mut self, vpc: &Vpc) -> Self {
        self.vpcs.push(vpc.clone());
        self
    }
}

impl Construct for HostedZoneProps {
    type Handle = HostedZone;

    fn build(self, scope: Scope) -> HostedZone {
        let name = domain_name::checked(&scope, &self.name, Allowed::Record);
        let mut zone = CfnHostedZone::new().name(sub!("{}.", name));
        if let Some(text) = self.comment {
            zone = zone.hosted_zone_config(HostedZoneHostedZoneConfig::new().comment(text));
        }
        let mut permission = None;
        if let Some(arn) = self.query_logs {
            if !self.vpcs.is_empty() {
                scope.error(
                    "a private hosted zone cannot log its queries to a log group",
                    "leave out `query_logs`; the VPC's resolver can log them instead",
                );
            }
            permission = permit_query_logs(&scope, &arn);
            zone = zone.query_logging_config(HostedZoneQueryLoggingConfig::new(arn));
        }
        if self.vpcs.iter().any(|vpc| !vpc.has_dns_names()) {
            scope.error(
                "a private hosted zone answers only in VPCs with DNS host names, but one of its VPCs has none",
                "leave out `without_dns_hostnames` and `without_dns_support` of the VPC",
            );
        }
        if !self.vpcs.is_empty() {
            let vpcs: Vec<_> =
                self.vpcs.iter().map(|vpc| HostedZoneVPC::new(vpc.id(), vpc.scope().stack().region())).collect();
            zone = zone.vpcs(vpcs);
        }
        let cfn = scope.add("Resource", zone);
        if let Some(permission) = permission {
            cfn.depends_on(&permission);
        }
        let private = !self.vpcs.is_empty();
        HostedZone(Rc::new(Data { id: cfn.id(), name, private, cfn: Some(cfn), registry: RefCell::default(), scope }))
    }
}

/// Permits Route 53 to write to a log group of the app, and returns the permission.
#[track_caller]
fn permit_query_logs(zone: &Scope, group_arn: &Value<String>) -> Option<Scope> {
    let resource = group_arn.expr().target().and_then(|node| zone.scope_of(node))?;
    let group = owner(&resource);
    if resource.resource_type().as_deref() != Some("AWS::Logs::LogGroup") {
        return None;
    }
    if let Some(region) = group.stack().environment().region.filter(|region| region != QUERY_LOG_REGION) {
        zone.error(
            format!(
                "the zone's queries are logged to `{}` in `{region}`, but AWS takes log groups in `{QUERY_LOG_REGION}`",
                group.path()
            ),
            format!("add the log group to a stack in `{QUERY_LOG_REGION}`"),
        );
    }
    Some(group.try_child("Policy").unwrap_or_else(|| {
        let policy = group.child("Policy");
        let write = PolicyStatement::allow()
            .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
            .principal(Principal::service("route53.amazonaws.com"))
            .resource(group_arn);
        let document = intrinsics::json_text(PolicyDocument::new().statement(write));
        let path = policy.path();
        let name = logical_id(&path.split('/').collect::<Vec<_>>()).unwrap_or_default();
        let resource = CfnResourcePolicy::new(document.cast::<Json>(), name);
        policy.add("ResourcePolicy", resource);
        policy
    }))
}

/// The id without the prefix `/hostedzone/` that some AWS tools print.
fn checked_id(scope: &Scope, id: Value<String>) -> Value<String> {
    let Some(text) = id.as_str() else { return id };
    let text = text.strip_prefix("/hostedzone/").unwrap_or(text);
    let is_allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let check = scope.check("the id of the hosted zone");
    let check = check.hint("copy it from the Route 53 console; it looks like `Z0123456789ABCDEFGHIJ`");
    check.characters(text, 1..=32, is_allowed, "upper-case letters and digits");
    text.into_value()
}

impl HasScope for HostedZone {
    fn scope(&self) -> &Scope {
        &self.0.scope
    }
}

impl fmt::Debug for HostedZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostedZone({:?})", self.0.scope)
    }
}
