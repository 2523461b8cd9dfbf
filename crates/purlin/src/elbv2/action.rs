//! Actions: what happens to a request in the end. It is forwarded, redirected, or answered by the balancer itself.

use std::time::Duration;

use purlin_cfn::elasticloadbalancingv2::{
    ListenerRuleAction, ListenerRuleActionType, ListenerRuleFixedResponseConfig, ListenerRuleForwardConfig,
    ListenerRuleRedirectConfig, ListenerRuleRedirectConfigStatusCode, ListenerRuleTargetGroupStickinessConfig,
    ListenerRuleTargetGroupTuple,
};
use purlin_construct::{IntoValue, Scope, Value};

use super::check::{self, Protocol};
use super::load_balancer::ApplicationLoadBalancer;
use super::target_group::ApplicationTargetGroup;

/// Where a request ends up. Put [`Authenticate`](super::Authenticate) before it to sign users in first.
#[derive(Debug, Clone)]
#[must_use = "an action does nothing until it is given to a listener or a rule"]
pub struct Action(End);

#[derive(Debug, Clone)]
enum End {
    Forward { groups: Vec<(ApplicationTargetGroup, u16)>, weighted: bool, stickiness: Option<Duration> },
    Redirect(Redirect),
    FixedResponse(FixedResponse),
}

/// What an HTTP listener does with requests.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an action of an HTTP listener",
    label = "an HTTP listener forwards, redirects or answers, and signs nobody in",
    note = "signing users in needs TLS: use `alb.add_https_listener(id, &certificate, action)`",
    note = "send users there by `alb.add_redirect()`, or build a plain action: `Action::forward(&group)`"
)]
pub trait IntoAction {
    /// Turns it into an action.
    fn into_action(self) -> Action;
}

impl IntoAction for Action {
    fn into_action(self) -> Action {
        self
    }
}

impl IntoAction for Redirect {
    fn into_action(self) -> Action {
        Action::redirect(self)
    }
}

impl IntoAction for FixedResponse {
    fn into_action(self) -> Action {
        Action::fixed_response(self)
    }
}

impl Action {
    /// Forwards requests to a target group.
    pub fn forward(group: &ApplicationTargetGroup) -> Self {
        Self(End::Forward { groups: vec![(group.clone(), 1)], weighted: false, stickiness: None })
    }

    /// Shares requests between up to five target groups, by weights from 0 to 999; a group of weight 0 gets none.
    pub fn weighted_forward<'a>(groups: impl IntoIterator<Item = (&'a ApplicationTargetGroup, u16)>) -> Self {
        let groups = groups.into_iter().map(|(group, weight)| (group.clone(), weight)).collect();
        Self(End::Forward { groups, weighted: true, stickiness: None })
    }

    /// Sends the browser elsewhere.
    pub fn redirect(redirect: Redirect) -> Self {
        Self(End::Redirect(redirect))
    }

    /// Answers without asking any target.
    pub fn fixed_response(response: FixedResponse) -> Self {
        Self(End::FixedResponse(response))
    }

    /// Keeps a client at the target group it was sent to first, for 1 second to 7 days. Only for forwarding.
    pub fn stickiness(self, duration: Duration) -> Self {
        match self.0 {
            End::Forward { groups, .. } => Self(End::Forward { groups, weighted: true, stickiness: Some(duration) }),
            other => Self(other),
        }
    }

    /// The action in CloudFormation's form; reports mistakes at the scope.
    pub(super) fn render(&self, scope: &Scope) -> ListenerRuleAction {
        match &self.0 {
            End::Forward { groups, weighted, stickiness } => render_forward(scope, groups, *weighted, *stickiness),
            End::Redirect(redirect) => redirect.render(scope),
            End::FixedResponse(response) => response.render(scope),
        }
    }

    /// Tells the target groups who sends them requests.
    pub(super) fn attach(&self, balancer: &ApplicationLoadBalancer, by: &Scope, listener_arn: &Value<String>) {
        if let End::Forward { groups, .. } = &self.0 {
            for (group, _) in groups {
                group.attach(balancer, by, listener_arn);
            }
        }
    }
}

fn render_forward(
    scope: &Scope,
    groups: &[(ApplicationTargetGroup, u16)],
    weighted: bool,
    stickiness: Option<Duration>,
) -> ListenerRuleAction {
    if groups.is_empty() || groups.len() > 5 {
        scope.error(
            format!("requests are forwarded to {} target groups, but AWS takes 1 to 5", groups.len()),
            "give `Action::weighted_forward` one to five groups",
        );
    }
    let action = ListenerRuleAction::new(ListenerRuleActionType::FORWARD);
    if let ([(group, _)], false) = (groups, weighted) {
        return action.target_group_arn(group.arn());
    }
    for (_, weight) in groups {
        check::count(scope, "the weight of a target group", (*weight).into(), 0..=999);
    }
    let tuples: Vec<_> = groups
        .iter()
        .map(|(group, weight)| ListenerRuleTargetGroupTuple::new().target_group_arn(group.arn()).weight(*weight))
        .collect();
    let mut forward = ListenerRuleForwardConfig::new().target_groups(tuples);
    if let Some(duration) = stickiness {
        let seconds = check::seconds(scope, "the stickiness of the target groups", duration, 1..=604_800);
        forward = forward.target_group_stickiness_config(
            ListenerRuleTargetGroupStickinessConfig::new().enabled(true).duration_seconds(seconds),
        );
    }
    action.forward_config(forward)
}

/// Where a browser is sent. What is not set stays as it was asked for
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html>).
///
/// Host, path and query may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}`, which stand for those
/// of the request. The redirect is temporary (302) unless [`permanent`](Self::permanent).
///
/// ```
/// use purlin::elbv2::Redirect;
///
/// Redirect::to_https();
/// Redirect::to_host("app.example.com").path("/new/#{path}").permanent();
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a redirect does nothing until it is given to a listener or a rule"]
pub struct Redirect {
    protocol: Option<Protocol>,
    host: Option<Value<String>>,
    port: Option<u16>,
    path: Option<Value<String>>,
    query: Option<Value<String>>,
    is_permanent: bool,
}

impl Redirect {
    /// To the same address, to be changed: unchanged it would go in a circle, which is a problem.
    pub fn new() -> Self {
        Self::default()
    }

    /// To the same address over HTTPS, on port 443, permanently.
    pub fn to_https() -> Self {
        Self::new().protocol(Protocol::Https).port(443).permanent()
    }

    /// To the same path on another host.
    pub fn to_host(host: impl IntoValue<String>) -> Self {
        Self::new().host(host)
    }

    /// The protocol. From HTTPS to HTTP is not allowed by AWS.
    pub fn protocol(self, protocol: Protocol) -> Self {
        Self { protocol: Some(protocol), ..self }
    }

    /// The host name: at most 128 characters.
    pub fn host(self, host: impl IntoValue<String>) -> Self {
        Self { host: Some(host.into_value()), ..self }
    }

    /// The port.
    pub fn port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// The path, which starts with `/`: at most 128 characters.
    pub fn path(self, path: impl IntoValue<String>) -> Self {
        Self { path: Some(path.into_value()), ..self }
    }

    /// The query, without its `?`: at most 128 characters.
    pub fn query(self, query: impl IntoValue<String>) -> Self {
        Self { query: Some(query.into_value()), ..self }
    }

    /// Browsers remember it (301).
    pub fn permanent(self) -> Self {
        Self { is_permanent: true, ..self }
    }

    fn check(&self, scope: &Scope) {
        let Self { protocol: None, host: None, port: None, path: None, query: None, .. } = self else {
            for (what, part) in [
                ("the host of the redirect", &self.host),
                ("the query of the redirect", &self.query),
                ("the path of the redirect", &self.path),
            ] {
                if let Some(part) = part {
                    check::length(scope, what, part, 128);
                }
            }
            if let Some(path) = self.path.as_ref().and_then(Value::as_str).filter(|path| !path.starts_with('/')) {
                scope.error(
                    format!("the path of the redirect, `{path}`, does not start with `/`"),
                    format!("write `/{path}`"),
                );
            }
            return;
        };
        scope.error(
            "the redirect changes nothing, so the browser would go in a circle",
            "set the protocol, host, port, path or query: `Redirect::to_https()`, `Redirect::to_host(..)`",
        );
    }

    fn render(&self, scope: &Scope) -> ListenerRuleAction {
        self.check(scope);
        let mut config = ListenerRuleRedirectConfig::new(if self.is_permanent {
            ListenerRuleRedirectConfigStatusCode::HTTP_301
        } else {
            ListenerRuleRedirectConfigStatusCode::HTTP_302
        });
        if let Some(protocol) = self.protocol {
            config = config.protocol(protocol.name());
        }
        if let Some(host) = &self.host {
            config = config.host(host);
        }
        if let Some(port) = self.port {
            config = config.port(port.to_string());
        }
        if let Some(path) = &self.path {
            config = config.path(path);
        }
        if let Some(query) = &self.query {
            config = config.query(query);
        }
        ListenerRuleAction::new(ListenerRuleActionType::REDIRECT).redirect_config(config)
    }
}

/// The media types a balancer can answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// `text/plain`.
    Text,
    /// `text/html`.
    Html,
    /// `text/css`.
    Css,
    /// `application/javascript`.
    JavaScript,
    /// `application/json`.
    Json,
}

/// An answer of the balancer itself: a status of 2xx, 4xx or 5xx, without a body unless given.
///
/// ```
/// use purlin::elbv2::FixedResponse;
///
/// FixedResponse::status(404).text("nothing here");
/// ```
#[derive(Debug, Clone)]
#[must_use = "an answer does nothing until it is given to a listener or a rule"]
pub struct FixedResponse {
    status: u16,
    content_type: Option<ContentType>,
    body: Option<Value<String>>,
}

impl FixedResponse {
    /// An answer with this status.
    pub fn status(status: u16) -> Self {
        Self { status, content_type: None, body: None }
    }

    /// With a body of this type: at most 1024 bytes.
    pub fn body(self, content_type: ContentType, body: impl IntoValue<String>) -> Self {
        Self { content_type: Some(content_type), body: Some(body.into_value()), ..self }
    }

    /// With a plain text.
    pub fn text(self, text: impl IntoValue<String>) -> Self {
        self.body(ContentType::Text, text)
    }

    fn render(&self, scope: &Scope) -> ListenerRuleAction {
        if !matches!(self.status, 200..=299 | 400..=599) {
            scope.error(
                format!("a balancer cannot answer with status `{}`: AWS takes 2xx, 4xx and 5xx", self.status),
                "choose one of them; for 3xx use `Action::redirect`",
            );
        }
        let mut config = ListenerRuleFixedResponseConfig::new(self.status.to_string());
        if let Some(content_type) = self.content_type {
            config = config.content_type(match content_type {
                ContentType::Text => "text/plain",
                ContentType::Html => "text/html",
                ContentType::Css => "text/css",
                ContentType::JavaScript => "application/javascript",
                ContentType::Json => "application/json",
            });
        }
        if let Some(body) = &self.body {
            check::length(scope, "the body of the fixed response", body, 1024);
            config = config.message_body(body);
        }
        ListenerRuleAction::new(ListenerRuleActionType::FIXED_RESPONSE).fixed_response_config(config)
    }
}
