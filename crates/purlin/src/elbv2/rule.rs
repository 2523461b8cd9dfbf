//! Rules of a listener.

use purlin_cfn::elasticloadbalancingv2::{
    CfnListenerRule, ListenerRuleRewriteConfig, ListenerRuleRewriteConfigObject, ListenerRuleTransform,
    ListenerRuleTransformType,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::authenticate::{HttpsAction, Place};
use super::condition::{self, ListenerCondition};
use super::listener::Inner;
use super::login;
use crate::check::Checks;

/// A rule: an action of a listener for the requests that meet some conditions.
#[derive(Debug, Clone)]
pub struct ListenerRule {
    scope: Scope,
    cfn: Ref<CfnListenerRule>,
    priority: i64,
}

/// The recipe of a [`ListenerRule`], made by `listener.rule(priority, action)`.
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct ListenerRuleProps {
    listener: Inner,
    priority: i64,
    conditions: Vec<ListenerCondition>,
    action: HttpsAction,
    url_rewrite: Option<Rewrite>,
    host_rewrite: Option<Rewrite>,
}

/// A regular expression, and the replacement of its match.
type Rewrite = (Value<String>, Value<String>);

impl ListenerRuleProps {
    pub(super) fn new(listener: &Inner, priority: i64, action: HttpsAction) -> Self {
        let (conditions, listener) = (Vec::new(), listener.clone());
        Self { listener, priority, conditions, action, url_rewrite: None, host_rewrite: None }
    }

    /// A condition that requests must meet, besides those given before.
    pub fn condition(self, condition: ListenerCondition) -> Self {
        self.conditions([condition])
    }

    /// Conditions that requests must meet, all of them.
    pub fn conditions(mut self, conditions: impl IntoIterator<Item = ListenerCondition>) -> Self {
        self.conditions.extend(conditions);
        self
    }

    /// Replaces the match of the regular expression in the URL that targets receive; `$1` stands for its first group.
    ///
    /// ```
    /// # use purlin::elbv2::{Action, ApplicationTargetGroup, HttpsListener, ListenerCondition};
    /// # use purlin::HasScope;
    /// # fn api(https: &HttpsListener, app: &ApplicationTargetGroup) {
    /// let api = https.rule(20, Action::forward(app)).condition(ListenerCondition::path_patterns(["/api/*"]));
    /// https.scope().add("ApiRule", api.rewrite_url("^/api/(.*)$", "/$1"));
    /// # }
    /// ```
    pub fn rewrite_url(self, regex: impl IntoValue<String>, replacement: impl IntoValue<String>) -> Self {
        Self { url_rewrite: Some((regex.into_value(), replacement.into_value())), ..self }
    }

    /// Replaces the match of the regular expression in the `Host` header that targets receive.
    pub fn rewrite_host_header(self, regex: impl IntoValue<String>, replacement: impl IntoValue<String>) -> Self {
        Self { host_rewrite: Some((regex.into_value(), replacement.into_value())), ..self }
    }

    fn transforms(&self, scope: &Scope) -> Vec<ListenerRuleTransform> {
        let rewrites = |(regex, replacement): &Rewrite| {
            scope.check("the regular expression of the rewrite").length(regex, ..=1024);
            scope.check("the replacement of the rewrite").length(replacement, ..=1024);
            ListenerRuleRewriteConfigObject::new([ListenerRuleRewriteConfig::new(regex, replacement)])
        };
        let host = self.host_rewrite.as_ref().map(rewrites);
        let host = host.map(|to| {
            ListenerRuleTransform::new(ListenerRuleTransformType::HOST_HEADER_REWRITE).host_header_rewrite_config(to)
        });
        let url = self.url_rewrite.as_ref().map(rewrites);
        let url =
            url.map(|to| ListenerRuleTransform::new(ListenerRuleTransformType::URL_REWRITE).url_rewrite_config(to));
        host.into_iter().chain(url).collect()
    }
}

impl Construct for ListenerRuleProps {
    type Handle = ListenerRule;

    fn build(self, scope: Scope) -> ListenerRule {
        let transforms = self.transforms(&scope);
        let Self { listener, priority, conditions, action, .. } = self;

        listener.priorities.borrow_mut().push(priority);
        let rendered = condition::render(&scope, &conditions);
        let cfn = CfnListenerRule::new(action.render(&scope, Place::Rule), rendered, priority);
        let cfn = if transforms.is_empty() { cfn } else { cfn.transforms(transforms) };
        let cfn = scope.add("Resource", cfn.listener_arn(&listener.arn));
        action.last().attach(&listener.balancer, cfn.scope(), &listener.arn);
        let hosts: Vec<Value<String>> = conditions.iter().flat_map(ListenerCondition::hosts).cloned().collect();
        login::register_callbacks(&scope, &action, &hosts);
        check_certificates(&scope, &listener, hosts);
        ListenerRule { scope, cfn, priority }
    }
}

/// Warns of hosts that no certificate of the listener covers, once all certificates are added.
fn check_certificates(scope: &Scope, listener: &Inner, hosts: Vec<Value<String>>) {
    let certificates = listener.certificates.clone();
    scope.validate(move |scope| {
        let certificates = certificates.borrow();
        let is_refused = |host: &str| {
            !certificates.is_empty() && certificates.iter().all(|certificate| certificate.covers(host) == Some(false))
        };
        let literal = hosts.iter().filter_map(Value::as_str).filter(|host| !host.contains(['*', '?']));
        for host in literal.filter(|host| is_refused(host)) {
            scope.warning(
                format!("no certificate of the listener covers the host `{host}`, so browsers refuse the connection"),
                "add the name to the certificate (`subject_alternative_name`), or a certificate to the listener (`https.add_certificates(..)`)",
            );
        }
    });
}

impl ListenerRule {
    /// The ARN.
    pub fn arn(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The priority.
    pub fn priority(&self) -> i64 {
        self.priority
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnListenerRule> {
        &self.cfn
    }

    /// Allows this rule to forward requests without a login to a target group that other rules protect by a login, such
    /// as a health page; a warning otherwise.
    pub fn allow_unauthenticated(&self) -> &Self {
        login::allow_unauthenticated(&self.scope);
        self
    }
}

impl HasScope for ListenerRule {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
