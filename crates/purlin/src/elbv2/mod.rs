//! Elastic Load Balancing: application load balancers, listeners, rules, actions, target groups.
//!
//! A balancer takes requests by its listeners; a listener's rules, and its default action where none matches, say what
//! happens to them. Some of it is kept right by construction:
//!
//! * An action that signs users in ([`Authenticate`]) is complete only with `.then(..)`, goes to HTTPS listeners only,
//!   and asks for a user pool client with a secret and the code flow. Anything else does not compile.
//! * A balancer that signs users in may reach identity providers (patch `alb-idp-egress`), and the client knows the
//!   balancer's callback URLs (patch `cognito-callback-urls`). Either is turned off by
//!   [`Scope::without_patch`](purlin_construct::Scope::without_patch).
//! * Rules with the same priority, a login on an HTTP listener, a way around the login, and a balancer from which no
//!   identity provider can be reached are problems, also where the resources were declared raw:
//!   [`authentication_egress_pass`] looks over the finished tree.
//!
//! A balancer's own DNS name has upper-case letters, which browsers lower: a callback URL made of
//! [`dns_name`](ApplicationLoadBalancer::dns_name) never matches. Give users a name of their own, by an alias record to
//! [`alias_target`](ApplicationLoadBalancer::alias_target) and a certificate.

mod action;
mod attributes;
mod authenticate;
mod check;
mod condition;
mod health_check;
mod listener;
mod listener_props;
mod load_balancer;
mod load_balancer_props;
mod login;
mod reach;
mod rule;
mod ssl_policy;
mod survey;
mod target_group;
mod target_group_props;

pub use action::{Action, ContentType, FixedResponse, IntoAction, Redirect};
pub use authenticate::{Authenticate, HttpsAction, IntoHttpsAction, OidcProvider, Unauthenticated, ValidateJwt};
pub use check::Protocol;
pub use condition::{ListenerCondition, QueryString};
pub use health_check::HealthCheck;
pub use listener::{Http, HttpListener, Https, HttpsListener, Listener, Speaks};
pub use listener_props::{ListenerProps, MutualAuthentication};
pub use load_balancer::{ApplicationLoadBalancer, ApplicationLoadBalancerAttributes};
pub use load_balancer_props::{
    ApplicationLoadBalancerProps, DesyncMitigation, IpAddressType, LogBucket, XffHeaderProcessing,
};
pub use login::authentication_egress_pass;
pub use rule::{ListenerRule, ListenerRuleProps};
pub use ssl_policy::SslPolicy;
pub use target_group::ApplicationTargetGroup;
pub use target_group_props::{
    ApplicationTargetGroupProps, LoadBalancingAlgorithm, ProtocolVersion, TargetGroupIpAddressType, TargetType,
};
