//! Elastic Load Balancing: application load balancers, listeners, rules, actions, target groups.
//!
//! A balancer receives requests through its listeners. A listener has rules, and a default action for requests that
//! match no rule. These mistakes are prevented or reported:
//!
//! * An action that signs users in ([`Authenticate`]) needs `.then(..)`, an HTTPS listener, and a user pool client with
//!   a secret and the code flow. Anything else does not compile.
//! * A balancer that signs users in may connect to identity providers (patch `alb-idp-egress`), and the client has the
//!   balancer's callback URLs (patch `cognito-callback-urls`). Turn either off by
//!   [`Scope::without_patch`](purlin_construct::Scope::without_patch).
//! * Rules with the same priority, a login on an HTTP listener, a way around the login, and a balancer that cannot
//!   reach an identity provider are problems, for raw resources too: [`authentication_egress_pass`] checks the finished
//!   tree.
//!
//! The DNS name of a balancer has upper-case letters, and browsers send host names in lower case: a callback URL with
//! [`dns_name`](ApplicationLoadBalancer::dns_name) never matches. Give users a domain name of your own, by an alias
//! record to [`alias_target`](ApplicationLoadBalancer::alias_target) and a certificate.

mod action;
mod attributes;
mod authenticate;
mod check;
mod condition;
mod facts;
mod health_check;
mod jwt;
mod listener;
mod listener_props;
mod load_balancer;
mod load_balancer_props;
mod login;
mod protocol;
mod reach;
mod rule;
mod ssl_policy;
mod target_group;
mod target_group_props;
mod wiring;

pub use action::{Action, ContentType, FixedResponse, Forward, IntoAction, Redirect};
pub use authenticate::{Authenticate, HttpsAction, IntoHttpsAction, OidcProvider, Unauthenticated};
pub use condition::{ListenerCondition, QueryString};
pub use health_check::HealthCheck;
pub use jwt::ValidateJwt;
pub use listener::{Http, HttpListener, Https, HttpsListener, Listener, ListenerKind};
pub use listener_props::{ListenerProps, MutualAuthentication};
pub use load_balancer::{ApplicationLoadBalancer, ApplicationLoadBalancerAttributes};
pub use load_balancer_props::{
    ApplicationLoadBalancerProps, DesyncMitigation, IpAddressType, LogBucket, XffHeaderProcessing,
};
pub use login::authentication_egress_pass;
pub use protocol::Protocol;
pub use rule::{ListenerRule, ListenerRuleProps};
pub use ssl_policy::SslPolicy;
pub use target_group::ApplicationTargetGroup;
pub use target_group_props::{
    ApplicationTargetGroupProps, LoadBalancingAlgorithm, ProtocolVersion, TargetGroupIpAddressType, TargetType,
};
