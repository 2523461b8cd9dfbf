//! Load balancers and their listener rules that sign users in with Cognito.

use aws_sdk_elasticloadbalancingv2::types::{Action, Rule};
use serde::Serialize;

use crate::aws::Named;
use crate::error::DeployError;
use crate::session::Session;

/// A load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Balancer {
    /// Its ARN.
    pub arn: String,
    /// Its DNS name at AWS.
    pub dns_name: String,
    /// Whether it is internet-facing.
    pub is_public: bool,
    /// Its rules that sign users in.
    pub rules: Vec<LoginRule>,
}

/// A rule that signs users in with Cognito.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LoginRule {
    /// `1`, or `default`.
    pub priority: String,
    /// The listener's port.
    pub port: u16,
    /// The hosts of its conditions; empty for all.
    pub hosts: Vec<String>,
    /// The paths of its conditions; empty for all.
    pub paths: Vec<String>,
    /// The pool's ARN.
    pub pool: String,
    /// The client's id.
    pub client: String,
    /// The pool's domain in the rule: a prefix or a custom domain.
    pub domain: String,
    /// The requested scopes, separated by spaces.
    pub scope: String,
    /// The action for requests without a session: `authenticate`, `allow` or `deny`.
    pub otherwise: String,
}

impl Session {
    /// A load balancer with its rules, by its ARN.
    pub async fn balancer(&self, arn: &str) -> Result<Balancer, DeployError> {
        let client = self.elbv2();
        let response = client.describe_load_balancers().load_balancer_arns(arn).send().await;
        let found = response.named("DescribeLoadBalancers")?.load_balancers.unwrap_or_default().into_iter().next();
        let mut rules = Vec::new();
        let mut listeners = client.describe_listeners().load_balancer_arn(arn).into_paginator().items().send();
        while let Some(listener) = listeners.next().await {
            let listener = listener.named("DescribeListeners")?;
            let port = listener.port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
            let Some(arn) = listener.listener_arn else { continue };
            let response = client.describe_rules().listener_arn(arn).send().await.named("DescribeRules")?;
            rules.extend(response.rules.unwrap_or_default().into_iter().filter_map(|rule| login_rule(rule, port)));
        }
        let scheme = found.as_ref().and_then(|it| it.scheme.as_ref()).map(|it| it.as_str().to_owned());
        Ok(Balancer {
            arn: arn.to_owned(),
            dns_name: found.and_then(|it| it.dns_name).unwrap_or_default(),
            is_public: scheme.as_deref() != Some("internal"),
            rules,
        })
    }
}

fn login_rule(rule: Rule, port: u16) -> Option<LoginRule> {
    let actions = rule.actions.unwrap_or_default();
    let config = actions.into_iter().find_map(|action: Action| action.authenticate_cognito_config)?;
    let conditions = rule.conditions.unwrap_or_default();
    let of = |field: &str| -> Vec<String> {
        let those = conditions.iter().filter(|it| it.field.as_deref() == Some(field));
        let values = those.flat_map(|it| {
            let hosts = it.host_header_config.as_ref().and_then(|it| it.values.clone());
            let paths = it.path_pattern_config.as_ref().and_then(|it| it.values.clone());
            hosts.or(paths).or_else(|| it.values.clone()).unwrap_or_default()
        });
        values.collect()
    };
    let (hosts, paths) = (of("host-header"), of("path-pattern"));
    Some(LoginRule {
        priority: rule.priority.unwrap_or_default(),
        port,
        hosts,
        paths,
        pool: config.user_pool_arn.unwrap_or_default(),
        client: config.user_pool_client_id.unwrap_or_default(),
        domain: config.user_pool_domain.unwrap_or_default(),
        scope: config.scope.unwrap_or_else(|| "openid".to_owned()),
        otherwise: config.on_unauthenticated_request.map_or_else(|| "authenticate".into(), |it| it.as_str().into()),
    })
}
