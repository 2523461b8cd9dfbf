//! The recipe of a listener.

use std::marker::PhantomData;

use purlin_cfn::elasticloadbalancingv2::{
    CfnListener, ListenerAction, ListenerCertificate, ListenerListenerAttribute, ListenerMutualAuthentication,
    ListenerMutualAuthenticationAdvertiseTrustStoreCaNames, ListenerRuleAction,
};
use purlin_construct::{Construct, IntoValue, Scope, Value, Word};

use super::attributes::Attributes;
use super::authenticate::{HttpsAction, Place};
use super::listener::{Https, Listener, ListenerKind};
use super::load_balancer::ApplicationLoadBalancer;
use super::protocol::Protocol;
use super::ssl_policy::SslPolicy;
use crate::certificatemanager::Certificate;
use crate::ec2::{Connectable, Port};

/// Authentication of clients by certificates
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html>).
#[derive(Debug, Clone)]
#[must_use = "mutual authentication does nothing until it is given to a listener"]
pub struct MutualAuthentication {
    trust_store_arn: Option<Value<String>>,
    ignores_expiry: bool,
    advertises_ca_names: bool,
}

impl MutualAuthentication {
    /// Forwards the client's certificates to the target in a header, unchecked.
    pub fn pass_through() -> Self {
        Self { trust_store_arn: None, ignores_expiry: false, advertises_ca_names: false }
    }

    /// Accepts only clients with a certificate that the trust store verifies.
    pub fn verify(trust_store_arn: impl IntoValue<String>) -> Self {
        Self { trust_store_arn: Some(trust_store_arn.into_value()), ..Self::pass_through() }
    }

    /// Also accepts expired certificates; only with [`verify`](Self::verify).
    pub fn ignore_client_certificate_expiry(self) -> Self {
        Self { ignores_expiry: true, ..self }
    }

    /// Sends the names of the accepted authorities to clients; only with [`verify`](Self::verify).
    pub fn advertise_trust_store_ca_names(self) -> Self {
        Self { advertises_ca_names: true, ..self }
    }

    fn render(&self, scope: &Scope) -> ListenerMutualAuthentication {
        let to = ListenerMutualAuthentication::new();
        let Some(trust_store_arn) = &self.trust_store_arn else {
            if self.ignores_expiry || self.advertises_ca_names {
                scope.error(
                    "client certificates are passed through unchecked, so expiry and CA names cannot be set",
                    "use `MutualAuthentication::verify(trust_store_arn)`",
                );
            }
            return to.mode("passthrough");
        };
        let to = to.mode("verify").trust_store_arn(trust_store_arn);
        let to = if self.ignores_expiry { to.ignore_client_certificate_expiry(true) } else { to };
        if self.advertises_ca_names {
            to.advertise_trust_store_ca_names(ListenerMutualAuthenticationAdvertiseTrustStoreCaNames::ON)
        } else {
            to
        }
    }
}

/// The recipe of a [`Listener`], for [`ApplicationLoadBalancer::add_listener`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is given to `alb.add_listener(..)`"]
pub struct ListenerProps<P> {
    action: HttpsAction,
    port: u16,
    is_open: bool,
    certificates: Vec<Certificate>,
    ssl_policy: Option<Word<SslPolicy>>,
    mutual_authentication: Option<MutualAuthentication>,
    attributes: Attributes,
    of: PhantomData<fn() -> P>,
}

impl<P: ListenerKind> ListenerProps<P> {
    pub(super) fn new(action: HttpsAction, certificates: Vec<Certificate>) -> Self {
        // CloudFormation's default is the policy of 2016 with TLS 1.0; this is the console's default.
        let ssl_policy = (P::PROTOCOL == Protocol::Https).then_some(SslPolicy::TLS13_1_2);
        Self {
            action,
            port: P::PROTOCOL.default_port(),
            is_open: true,
            certificates,
            ssl_policy,
            mutual_authentication: None,
            attributes: Attributes::default(),
            of: PhantomData,
        }
    }

    /// The port; 80 for HTTP and 443 for HTTPS unless given.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Leaves the security groups of the balancer closed: open them by
    /// `listener.connections().allow_default_port_from(&client, "..")`. Open to all addresses unless given.
    pub fn closed(self) -> Self {
        Self { is_open: false, ..self }
    }

    /// Sets an attribute by AWS's key, for instance `routing.http.response.server.enabled`
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html>).
    pub fn attribute(mut self, key: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.attributes.set(key, value.into_value());
        self
    }
}

impl ListenerProps<Https> {
    /// Another certificate. The balancer chooses one by the name that the client requests (SNI).
    pub fn certificate(mut self, certificate: &Certificate) -> Self {
        self.certificates.push(certificate.clone());
        self
    }

    /// The TLS versions and ciphers. TLS 1.3 and 1.2 (`ELBSecurityPolicy-TLS13-1-2-2021-06`) unless given;
    /// CloudFormation's default includes TLS 1.0.
    pub fn ssl_policy(self, policy: Word<SslPolicy>) -> Self {
        Self { ssl_policy: Some(policy), ..self }
    }

    /// Authenticates clients by certificates; clients need none unless given.
    pub fn mutual_authentication(self, mutual_authentication: MutualAuthentication) -> Self {
        Self { mutual_authentication: Some(mutual_authentication), ..self }
    }
}

/// The default action in CloudFormation's form.
///
/// The actions of listeners and rules are the same, of different types in CloudFormation's schema.
pub(super) fn default_actions(action: &HttpsAction, scope: &Scope) -> Value<Vec<ListenerAction>> {
    let actions: Value<Vec<ListenerRuleAction>> = action.render(scope, Place::Listener).into_value();
    actions.cast()
}

/// A listener's recipe with its balancer.
pub(super) struct OnBalancer<P> {
    balancer: ApplicationLoadBalancer,
    listener: ListenerProps<P>,
}

impl<P: ListenerKind> OnBalancer<P> {
    pub(super) fn new(balancer: &ApplicationLoadBalancer, listener: ListenerProps<P>) -> Self {
        Self { balancer: balancer.clone(), listener }
    }

    fn check_port(&self, scope: &Scope) {
        let port = self.listener.port;
        let mut ports = self.balancer.known().ports.borrow_mut();

        if let Some((_, other)) = ports.iter().find(|(taken, _)| *taken == port) {
            scope.error(
                format!("two listeners of the load balancer have port `{port}`, this one and `{other}`"),
                "give one of them another port, or use one listener with rules",
            );
        }
        ports.push((port, scope.path()));
    }

    fn open(&self) {
        let connections = self.balancer.connections();
        let port = Port::tcp(self.listener.port);
        let description = format!("Allow from anyone on port {}", self.listener.port);
        connections.allow_from_any_ipv4(port.clone(), &description);
        if self.balancer.known().has_ipv6 {
            connections.allow_from_any_ipv6(port, &description);
        }
    }

    fn cfn(&self, scope: &Scope) -> CfnListener {
        let listener = &self.listener;
        let mut cfn = CfnListener::new(default_actions(&listener.action, scope), self.balancer.arn())
            .protocol(Word::known(P::PROTOCOL.name()))
            .port(listener.port);
        if let Some(first) = listener.certificates.first() {
            cfn = cfn.certificates([ListenerCertificate::new().certificate_arn(first.arn())]);
        }
        if let Some(policy) = &listener.ssl_policy {
            cfn = cfn.ssl_policy(policy.as_str());
        }
        if let Some(mutual) = &listener.mutual_authentication {
            cfn = cfn.mutual_authentication(mutual.render(scope));
        }
        let attributes: Value<Vec<ListenerListenerAttribute>> = listener.attributes.clone().into_list(&[]);
        match attributes.expr().as_list() {
            Some([]) | None => cfn,
            Some(_) => cfn.listener_attributes(attributes),
        }
    }
}

impl<P: ListenerKind> Construct for OnBalancer<P> {
    type Handle = Listener<P>;

    fn build(self, scope: Scope) -> Listener<P> {
        self.check_port(&scope);
        if self.listener.is_open {
            self.open();
        }
        let cfn = scope.add("Resource", self.cfn(&scope));
        let ListenerProps { action, port, certificates, .. } = self.listener;
        let listener = Listener::made(scope, cfn, self.balancer, port);
        listener.follow(&action);
        if let Some(first) = certificates.first() {
            listener.note_certificate(first);
        }
        listener.add_more_certificates("DefaultCertificates", certificates.get(1..).unwrap_or_default());
        listener
    }
}
