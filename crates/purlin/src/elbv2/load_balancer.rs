//! The handle of an application load balancer, created or imported.

use std::cell::RefCell;
use std::rc::Rc;

use purlin_cfn::elasticloadbalancingv2::CfnLoadBalancer;
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::action::{IntoAction, Redirect};
use super::authenticate::IntoHttpsAction;
use super::listener::{HttpListener, HttpsListener, Listener};
use super::listener_props::{ListenerProps, OnBalancer};
use super::load_balancer_props::ApplicationLoadBalancerProps;
use crate::certificatemanager::Certificate;
use crate::ec2::{Connectable, Connections, SecurityGroup, Subnet, Vpc};
use crate::route53::AliasTarget;

/// An application load balancer
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html>).
///
/// ```
/// use purlin::certificatemanager::Certificate;
/// use purlin::ec2::Vpc;
/// use purlin::elbv2::{Action, ApplicationLoadBalancer, ApplicationTargetGroup};
/// # purlin::testing::Template::of(|stack| {
/// let vpc = stack.add("Vpc", Vpc::props());
/// let alb = stack.add("Balancer", ApplicationLoadBalancer::props(&vpc).internet_facing());
/// let app = stack.add("App", ApplicationTargetGroup::props(&vpc).port(8080));
/// let certificate = Certificate::from_arn("arn:aws:acm:eu-west-1:111122223333:certificate/1");
/// alb.add_https_listener("Public", &certificate, Action::forward(&app));
/// alb.add_redirect();
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct ApplicationLoadBalancer {
    scope: Scope,
    cfn: Option<Ref<CfnLoadBalancer>>,
    arn: Value<String>,
    full_name: Value<String>,
    dns_name: Option<Value<String>>,
    canonical_hosted_zone_id: Option<Value<String>>,
    known: Rc<Known>,
}

/// The data of a balancer for the passes over the finished tree; an extension of its resource, or of its import.
#[derive(Debug)]
pub(super) struct Known {
    pub arn: Value<String>,
    pub vpc: Option<Vpc>,
    pub groups: RefCell<Vec<SecurityGroup>>,
    pub subnets: Vec<Subnet>,
    pub has_ipv6: bool,
    pub is_imported: bool,
    /// The ports of its listeners, each with the path of the listener.
    pub ports: RefCell<Vec<(u16, String)>>,
}

/// The attributes of an imported balancer.
#[derive(Debug, Clone)]
pub struct ApplicationLoadBalancerAttributes {
    arn: Value<String>,
    groups: Vec<SecurityGroup>,
    dns_name: Option<Value<String>>,
    canonical_hosted_zone_id: Option<Value<String>>,
    vpc: Option<Vpc>,
}

impl ApplicationLoadBalancerAttributes {
    /// A balancer by its ARN and its security group.
    pub fn new(arn: impl IntoValue<String>, security_group: &SecurityGroup) -> Self {
        Self {
            arn: arn.into_value(),
            groups: vec![security_group.clone()],
            dns_name: None,
            canonical_hosted_zone_id: None,
            vpc: None,
        }
    }

    /// Another security group.
    pub fn security_group(mut self, group: &SecurityGroup) -> Self {
        group.add_to(&mut self.groups);
        self
    }

    /// The DNS name, and the id of its hosted zone: for alias records.
    pub fn dns(self, name: impl IntoValue<String>, canonical_hosted_zone_id: impl IntoValue<String>) -> Self {
        let (dns_name, zone) = (Some(name.into_value()), Some(canonical_hosted_zone_id.into_value()));
        Self { dns_name, canonical_hosted_zone_id: zone, ..self }
    }

    /// The VPC.
    pub fn vpc(self, vpc: &Vpc) -> Self {
        Self { vpc: Some(vpc.clone()), ..self }
    }
}

impl ApplicationLoadBalancer {
    /// A balancer inside this VPC; internal unless [`internet_facing`](ApplicationLoadBalancerProps::internet_facing).
    pub fn props(vpc: &Vpc) -> ApplicationLoadBalancerProps {
        ApplicationLoadBalancerProps::new(vpc)
    }

    pub(super) fn made(
        scope: Scope,
        cfn: Ref<CfnLoadBalancer>,
        vpc: Option<Vpc>,
        groups: Vec<SecurityGroup>,
        subnets: Vec<Subnet>,
        has_ipv6: bool,
    ) -> Self {
        let (groups, ports) = (RefCell::new(groups), RefCell::default());
        let known = Rc::new(Known { arn: cfn.id(), vpc, groups, subnets, has_ipv6, is_imported: false, ports });
        cfn.scope().set_extension(known.clone());
        Self {
            scope,
            arn: cfn.id(),
            full_name: cfn.att(CfnLoadBalancer::ATTR_LOAD_BALANCER_FULL_NAME),
            dns_name: Some(cfn.att(CfnLoadBalancer::ATTR_DNS_NAME)),
            canonical_hosted_zone_id: Some(cfn.att(CfnLoadBalancer::ATTR_CANONICAL_HOSTED_ZONE_ID)),
            cfn: Some(cfn),
            known,
        }
    }

    /// Imports a balancer. Listeners and rules can be added to it.
    #[track_caller]
    pub fn from_attributes(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        attributes: ApplicationLoadBalancerAttributes,
    ) -> Self {
        let scope = scope.scope().child(id);
        let ApplicationLoadBalancerAttributes { arn, groups, dns_name, canonical_hosted_zone_id, vpc } = attributes;
        let known = Rc::new(Known {
            arn: arn.clone(),
            vpc,
            groups: RefCell::new(groups),
            subnets: Vec::new(),
            has_ipv6: false,
            is_imported: true,
            ports: RefCell::default(),
        });
        scope.set_extension(known.clone());
        // `arn:partition:elasticloadbalancing:region:account:loadbalancer/app/name/id`
        let part = |index| intrinsics::select(index, intrinsics::split("/", &arn));
        let full_name = sub!("{}/{}/{}", part(1), part(2), part(3));
        Self { scope, cfn: None, arn, full_name, dns_name, canonical_hosted_zone_id, known }
    }

    /// The raw resource; none for an imported balancer.
    pub fn cfn(&self) -> Option<&Ref<CfnLoadBalancer>> {
        self.cfn.as_ref()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<String> {
        self.arn.clone()
    }

    /// The DNS name from AWS. It has upper-case letters, so it does not work in callback URLs, see the [module](super).
    ///
    /// A problem for an imported balancer without it.
    pub fn dns_name(&self) -> Value<String> {
        self.imported_dns("DNS name", self.dns_name.as_ref())
    }

    /// The id of the DNS name's hosted zone, for alias records.
    ///
    /// A problem for an imported balancer without it.
    pub fn canonical_hosted_zone_id(&self) -> Value<String> {
        self.imported_dns("hosted zone", self.canonical_hosted_zone_id.as_ref())
    }

    fn imported_dns(&self, what: &str, value: Option<&Value<String>>) -> Value<String> {
        value.cloned().unwrap_or_else(|| {
            self.scope.error(
                format!("the {what} of the imported load balancer is used, but was not given"),
                "give it where the balancer is imported: `ApplicationLoadBalancerAttributes::new(..).dns(name, zone_id)`",
            );
            Value::no_value()
        })
    }

    /// The last part of the ARN, which metrics use: `app/name/id`.
    pub fn full_name(&self) -> Value<String> {
        self.full_name.clone()
    }

    /// The security groups.
    pub fn security_groups(&self) -> Vec<SecurityGroup> {
        self.known.groups.borrow().clone()
    }

    /// The VPC; none for an imported balancer without it.
    pub fn vpc(&self) -> Option<&Vpc> {
        self.known.vpc.as_ref()
    }

    /// Adds a security group. Call it before you add listeners and targets: they open ports of the groups so far.
    pub fn add_security_group(&self, group: &SecurityGroup) {
        let Some(cfn) = &self.cfn else {
            self.scope.error(
                "a security group is added to an imported load balancer, which this app cannot change",
                "add it where the balancer is declared, and list it in `ApplicationLoadBalancerAttributes`",
            );
            return;
        };
        if group.add_to(&mut self.known.groups.borrow_mut()) {
            cfn.append("SecurityGroups", group.id().into_expr());
        }
    }

    /// Adds an HTTP listener on port 80, open to all addresses. For other settings see
    /// [`add_listener`](Self::add_listener).
    #[track_caller]
    pub fn add_http_listener(&self, id: &str, action: impl IntoAction) -> HttpListener {
        self.add_listener(id, HttpListener::props(action))
    }

    /// Adds an HTTPS listener on port 443, open to all addresses. For other settings see
    /// [`add_listener`](Self::add_listener).
    #[track_caller]
    pub fn add_https_listener(
        &self,
        id: &str,
        certificate: &Certificate,
        action: impl IntoHttpsAction,
    ) -> HttpsListener {
        self.add_listener(id, HttpsListener::props(certificate, action))
    }

    /// Adds a listener by its recipe: `HttpsListener::props(&certificate, action).port(8443).closed()`.
    #[track_caller]
    pub fn add_listener<P: super::listener::ListenerKind>(&self, id: &str, listener: ListenerProps<P>) -> Listener<P> {
        self.scope.add(id, OnBalancer::new(self, listener))
    }

    /// Redirects browsers from HTTP on port 80 to HTTPS on port 443, permanently. Without it `http://` hangs.
    #[track_caller]
    pub fn add_redirect(&self) -> HttpListener {
        self.add_http_listener("Redirect80To443", Redirect::to_https())
    }

    /// The target for alias records.
    pub fn alias_target(&self) -> AliasTarget {
        AliasTarget::new(sub!("dualstack.{}", self.dns_name()), self.canonical_hosted_zone_id())
    }

    pub(super) fn known(&self) -> &Known {
        &self.known
    }
}

impl Connectable for ApplicationLoadBalancer {
    fn connections(&self) -> Connections {
        Connections::new(self.security_groups())
    }
}

impl HasScope for ApplicationLoadBalancer {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
