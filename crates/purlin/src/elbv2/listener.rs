//! Listeners of a balancer. The types ensure that only HTTPS listeners sign users in.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use purlin_cfn::elasticloadbalancingv2::{CfnListener, CfnListenerCertificate, ListenerCertificateCertificate};
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value};

use super::action::IntoAction;
use super::authenticate::{HttpsAction, IntoHttpsAction};
use super::condition::ListenerCondition;
use super::listener_props::{ListenerProps, default_actions};
use super::load_balancer::ApplicationLoadBalancer;
use super::login;
use super::protocol::Protocol;
use super::rule::{ListenerRule, ListenerRuleProps};
use crate::certificatemanager::Certificate;
use crate::ec2::{Connectable, Connections, Port};

/// Marks HTTP listeners.
#[derive(Debug, Clone, Copy)]
pub enum Http {}

/// Marks HTTPS listeners.
#[derive(Debug, Clone, Copy)]
pub enum Https {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Http {}
    impl Sealed for super::Https {}
}

/// The protocol of a listener: [`Http`] or [`Https`].
pub trait ListenerKind: sealed::Sealed {
    /// The protocol.
    const PROTOCOL: Protocol;
}

impl ListenerKind for Http {
    const PROTOCOL: Protocol = Protocol::Http;
}

impl ListenerKind for Https {
    const PROTOCOL: Protocol = Protocol::Https;
}

/// A listener: it receives the requests on a port of a balancer. `P` is the protocol: only [`Https`] signs users in.
#[derive(Debug)]
pub struct Listener<P> {
    inner: Inner,
    of: PhantomData<fn() -> P>,
}

/// An HTTP listener.
pub type HttpListener = Listener<Http>;

/// An HTTPS listener.
pub type HttpsListener = Listener<Https>;

/// The data of a listener of any protocol.
#[derive(Debug, Clone)]
pub(super) struct Inner {
    scope: Scope,
    cfn: Option<Ref<CfnListener>>,
    pub(super) arn: Value<String>,
    pub(super) balancer: ApplicationLoadBalancer,
    port: u16,
    pub(super) priorities: Rc<RefCell<Vec<i64>>>,
    /// The certificates that this app added; none for an imported listener.
    pub(super) certificates: Rc<RefCell<Vec<Certificate>>>,
}

/// An imported listener, for the pass over the finished tree.
#[derive(Debug)]
pub(super) struct ImportedListener {
    pub arn: Value<String>,
    pub balancer_arn: Value<String>,
    pub protocol: Protocol,
}

impl Listener<Http> {
    /// An HTTP listener on port 80, open to all addresses. The action is for requests that match no rule.
    pub fn props(action: impl IntoAction) -> ListenerProps<Http> {
        ListenerProps::new(action.into_action().into_https_action(), Vec::new())
    }

    /// Adds a rule for requests that meet the conditions. AWS tries rules by their priority, the lowest first. It is from
    /// 1 to 50000, and unique in the listener.
    ///
    /// [`next_priority`](Self::next_priority) numbers rules in the order they are added.
    #[track_caller]
    pub fn add_rule(
        &self,
        id: &str,
        priority: impl Into<i64>,
        conditions: impl IntoIterator<Item = ListenerCondition>,
        action: impl IntoAction,
    ) -> ListenerRule {
        self.inner.add_rule(id, priority.into(), conditions, action.into_action().into_https_action())
    }

    /// Replaces the action for requests that match no rule: for a target group that is declared inside the listener.
    pub fn set_default_action(&self, action: impl IntoAction) {
        self.replace_default_action(&action.into_action().into_https_action());
    }

    /// A rule that can be added elsewhere in the tree, for instance in the stack of the service it is for.
    pub fn rule(&self, priority: impl Into<i64>, action: impl IntoAction) -> ListenerRuleProps {
        ListenerRuleProps::new(&self.inner, priority.into(), action.into_action().into_https_action())
    }
}

impl Listener<Https> {
    /// An HTTPS listener on port 443, open to all addresses. The action is for requests that match no rule.
    pub fn props(certificate: &Certificate, action: impl IntoHttpsAction) -> ListenerProps<Https> {
        ListenerProps::new(action.into_https_action(), vec![certificate.clone()])
    }

    /// Adds a rule for requests that meet the conditions. AWS tries rules by their priority, the lowest first. It is from
    /// 1 to 50000, and unique in the listener.
    ///
    /// [`next_priority`](Self::next_priority) numbers rules in the order they are added. A rule that signs users in
    /// needs a condition on hosts, in lower case: the client's callback URLs contain them.
    #[track_caller]
    pub fn add_rule(
        &self,
        id: &str,
        priority: impl Into<i64>,
        conditions: impl IntoIterator<Item = ListenerCondition>,
        action: impl IntoHttpsAction,
    ) -> ListenerRule {
        self.inner.add_rule(id, priority.into(), conditions, action.into_https_action())
    }

    /// Replaces the action for requests that match no rule: for a target group that is declared inside the listener.
    pub fn set_default_action(&self, action: impl IntoHttpsAction) {
        self.replace_default_action(&action.into_https_action());
    }

    /// A rule that can be added elsewhere in the tree, for instance in the stack of the service it is for.
    pub fn rule(&self, priority: impl Into<i64>, action: impl IntoHttpsAction) -> ListenerRuleProps {
        ListenerRuleProps::new(&self.inner, priority.into(), action.into_https_action())
    }

    /// Adds certificates. The balancer chooses one by the name that the client requests (SNI).
    #[track_caller]
    pub fn add_certificates<'a>(&self, id: &str, certificates: impl IntoIterator<Item = &'a Certificate>) {
        let certificates: Vec<_> = certificates.into_iter().cloned().collect();
        self.add_more_certificates(id, &certificates);
    }
}

impl<P: ListenerKind> Listener<P> {
    pub(super) fn made(scope: Scope, cfn: Ref<CfnListener>, balancer: ApplicationLoadBalancer, port: u16) -> Self {
        Self::of(Inner {
            scope,
            arn: cfn.id(),
            cfn: Some(cfn),
            balancer,
            port,
            priorities: Rc::default(),
            certificates: Rc::default(),
        })
    }

    fn of(inner: Inner) -> Self {
        Self { inner, of: PhantomData }
    }

    /// Imports a listener by its ARN. Its balancer may be imported or not. Rules can be added to it.
    ///
    /// The priorities of its other rules are not checked: choose free ones.
    #[track_caller]
    pub fn from_arn(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        arn: impl IntoValue<String>,
        balancer: &ApplicationLoadBalancer,
    ) -> Self {
        let (scope, arn) = (scope.scope().child(id), arn.into_value());
        let (balancer_arn, protocol) = (balancer.arn(), P::PROTOCOL);
        scope.set_extension(Rc::new(ImportedListener { arn: arn.clone(), balancer_arn, protocol }));
        Self::of(Inner {
            scope,
            cfn: None,
            arn,
            balancer: balancer.clone(),
            port: P::PROTOCOL.default_port(),
            priorities: Rc::default(),
            certificates: Rc::default(),
        })
    }

    /// The raw resource; none for an imported listener.
    pub fn cfn(&self) -> Option<&Ref<CfnListener>> {
        self.inner.cfn.as_ref()
    }

    /// The ARN.
    pub fn arn(&self) -> Value<String> {
        self.inner.arn.clone()
    }

    /// The port; the protocol's default for an imported listener.
    pub fn port(&self) -> u16 {
        self.inner.port
    }

    /// The balancer.
    pub fn load_balancer(&self) -> &ApplicationLoadBalancer {
        &self.inner.balancer
    }

    /// Ten more than the highest priority so far; ten for the first rule. It numbers rules in the order they are added:
    /// a rule that you insert between others later renumbers those after it.
    pub fn next_priority(&self) -> i64 {
        self.inner.priorities.borrow().iter().max().copied().unwrap_or(0) + 10
    }

    /// Allows requests without a login to a target group that other rules protect by a login; a warning otherwise.
    ///
    /// The same for one rule: [`ListenerRule::allow_unauthenticated`]; for raw resources: the context key
    /// `purlin:allow-unauthenticated-default`.
    pub fn allow_unauthenticated_default(&self) -> &Self {
        login::allow_unauthenticated(&self.inner.scope);
        self
    }

    fn replace_default_action(&self, action: &HttpsAction) {
        let Some(cfn) = self.cfn() else {
            return self.inner.scope.error(
                "the default action of an imported listener is set, but the listener belongs to another stack",
                "set it where the listener is declared, or add a rule",
            );
        };
        cfn.update(|listener| listener.default_actions(default_actions(action, &self.inner.scope)));
        self.follow(action);
    }

    /// Opens ports from the balancer to the targets of the default action, and registers a login's callback URLs.
    pub(super) fn follow(&self, action: &HttpsAction) {
        if let Some(cfn) = self.cfn() {
            action.last().attach(&self.inner.balancer, cfn.scope(), &self.inner.arn);
        }
        login::register_callbacks(&self.inner.scope, action, &[]);
    }

    /// Records a certificate. A certificate of another region, or a text that is no ARN, is a problem.
    pub(super) fn note_certificate(&self, certificate: &Certificate) {
        if let Some(arn) = certificate.arn().as_str().filter(|arn| !arn.starts_with("arn:")) {
            self.inner.scope.error(
                format!("`{arn}` is not the ARN of a certificate, such as `arn:aws:acm:eu-west-1:111122223333:certificate/0f1e2d3c`"),
                "give the complete ARN; `aws acm list-certificates` lists those of the region",
            );
        }
        let region = self.inner.scope.stack().environment().region;
        if let (Some(own), Some(given)) = (region, certificate.region())
            && own != given
        {
            self.inner.scope.error(
                format!("the listener is in `{own}`, but its certificate in `{given}`: AWS takes certificates of the listener's region"),
                format!("request or import the certificate in `{own}`"),
            );
        }
        if self.inner.cfn.is_some() {
            self.inner.certificates.borrow_mut().push(certificate.clone());
        }
    }

    #[track_caller]
    pub(super) fn add_more_certificates(&self, id: &str, certificates: &[Certificate]) {
        for (index, certificate) in certificates.iter().enumerate() {
            self.note_certificate(certificate);
            let listed = ListenerCertificateCertificate::new().certificate_arn(certificate.arn());
            let scope = self.inner.scope.child(format!("{id}{}", index + 1));
            scope.add("Resource", CfnListenerCertificate::new([listed], self.arn()));
        }
    }
}

impl Inner {
    #[track_caller]
    fn add_rule(
        &self,
        id: &str,
        priority: i64,
        conditions: impl IntoIterator<Item = ListenerCondition>,
        action: HttpsAction,
    ) -> ListenerRule {
        self.scope.add(format!("{id}Rule"), ListenerRuleProps::new(self, priority, action).conditions(conditions))
    }
}

impl<P> Clone for Listener<P> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), of: PhantomData }
    }
}

impl<P: ListenerKind> Connectable for Listener<P> {
    fn connections(&self) -> Connections {
        self.inner.balancer.connections().default_port(Port::tcp(self.inner.port))
    }
}

impl<P> HasScope for Listener<P> {
    fn scope(&self) -> &Scope {
        &self.inner.scope
    }
}
