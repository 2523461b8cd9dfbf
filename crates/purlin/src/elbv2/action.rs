//! Actions: a request is forwarded, redirected, or answered by the balancer.

use std::time::Duration;

use purlin_cfn::elasticloadbalancingv2::{
    ListenerRuleAction, ListenerRuleActionType, ListenerRuleFixedResponseConfig, ListenerRuleForwardConfig,
    ListenerRuleRedirectConfig, ListenerRuleRedirectConfigStatusCode, ListenerRuleTargetGroupStickinessConfig,
    ListenerRuleTargetGroupTuple,
};
use purlin_construct::{IntoValue, Scope, Value};

use super::check;
use super::load_balancer::ApplicationLoadBalancer;
use super::protocol::Protocol;
use super::target_group::ApplicationTargetGroup;
use crate::check::Checks;
use crate::time::seconds;

/// The last step of a listener or rule. Put [`Authenticate`](super::Authenticate) before it to sign users in first.
#[derive(Debug, Clone)]
#[must_use = "an action does nothing until it is given to a listener or a rule"]
pub struct Action(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Forward(Forward),
    Redirect(Redirect),
    FixedResponse(FixedResponse),
}

/// What an HTTP listener does with requests.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an action of an HTTP listener",
    label = "an HTTP listener forwards, redirects or answers; it cannot sign users in",
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

impl IntoAction for Forward {
    fn into_action(self) -> Action {
        Action(Kind::Forward(self))
    }
}

impl IntoAction for Redirect {
    fn into_action(self) -> Action {
        Action(Kind::Redirect(self))
    }
}

impl IntoAction for FixedResponse {
    fn into_action(self) -> Action {
        Action(Kind::FixedResponse(self))
    }
}

impl Action {
    /// Forwards requests to a target group (`Action::forward(&group)`), or by a [`Forward`].
    pub fn forward(to: impl Into<Forward>) -> Self {
        to.into().into_action()
    }

    /// Redirects the browser.
    pub fn redirect(redirect: Redirect) -> Self {
        redirect.into_action()
    }

    /// Answers without a request to a target.
    pub fn fixed_response(response: FixedResponse) -> Self {
        response.into_action()
    }

    /// The action in CloudFormation's form; reports mistakes at the scope.
    pub(super) fn render(&self, scope: &Scope) -> ListenerRuleAction {
        match &self.0 {
            Kind::Forward(forward) => forward.render(scope),
            Kind::Redirect(redirect) => redirect.render(scope),
            Kind::FixedResponse(response) => response.render(scope),
        }
    }

    /// Attaches the target groups to the balancer that sends them requests.
    pub(super) fn attach(&self, balancer: &ApplicationLoadBalancer, by: &Scope, listener_arn: &Value<String>) {
        if let Kind::Forward(Forward { groups, .. }) = &self.0 {
            for (group, _) in groups {
                group.attach(balancer, by, listener_arn);
            }
        }
    }
}

/// The target groups that requests are forwarded to.
///
/// ```
/// # use std::time::Duration;
/// # use purlin::elbv2::{ApplicationTargetGroup, Forward};
/// # fn shares(blue: &ApplicationTargetGroup, green: &ApplicationTargetGroup) {
/// Forward::weighted([(blue, 9), (green, 1)]).stickiness(Duration::from_secs(3600));
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a forward does nothing until it is given to a listener or a rule"]
pub struct Forward {
    groups: Vec<(ApplicationTargetGroup, u16)>,
    is_weighted: bool,
    stickiness: Option<Duration>,
}

impl From<&ApplicationTargetGroup> for Forward {
    fn from(group: &ApplicationTargetGroup) -> Self {
        Self::to(group)
    }
}

impl Forward {
    /// Forwards all requests to one target group.
    pub fn to(group: &ApplicationTargetGroup) -> Self {
        Self { groups: vec![(group.clone(), 1)], is_weighted: false, stickiness: None }
    }

    /// Shares requests between up to five target groups, by weights from 0 to 999; a group of weight 0 gets none.
    pub fn weighted<'a>(groups: impl IntoIterator<Item = (&'a ApplicationTargetGroup, u16)>) -> Self {
        let groups = groups.into_iter().map(|(group, weight)| (group.clone(), weight)).collect();
        Self { groups, is_weighted: true, stickiness: None }
    }

    /// Keeps a client at the target group of its first request, for 1 second to 7 days; off unless given.
    pub fn stickiness(self, duration: Duration) -> Self {
        Self { stickiness: Some(duration), is_weighted: true, ..self }
    }

    fn render(&self, scope: &Scope) -> ListenerRuleAction {
        scope.check("the forward").count("target groups", self.groups.len(), 1..=5);
        let action = ListenerRuleAction::new(ListenerRuleActionType::FORWARD);
        if let ([(group, _)], false) = (&self.groups[..], self.is_weighted) {
            return action.target_group_arn(group.arn());
        }
        let tuples = self.groups.iter().map(|(group, weight)| {
            scope.check("the weight of a target group").number(*weight, 0..=999);
            ListenerRuleTargetGroupTuple::new().target_group_arn(group.arn()).weight(*weight)
        });
        let mut forward = ListenerRuleForwardConfig::new().target_groups(tuples.collect::<Vec<_>>());
        if let Some(duration) = self.stickiness {
            scope.check("the stickiness of the target groups").whole_seconds(duration, 1..=604_800);
            forward = forward.target_group_stickiness_config(
                ListenerRuleTargetGroupStickinessConfig::new().enabled(true).duration_seconds(seconds(duration)),
            );
        }
        action.forward_config(forward)
    }
}

/// A redirect. Parts that are not set stay as in the request
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html>).
///
/// Host, path and query may contain `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}`, which stand for the
/// parts of the request. The redirect is temporary (302) unless [`permanent`](Self::permanent).
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
    /// A redirect to the same address. Change at least one part of it: an endless redirect is a problem.
    pub fn new() -> Self {
        Self::default()
    }

    /// A permanent redirect to the same address over HTTPS, on port 443.
    pub fn to_https() -> Self {
        Self::new().protocol(Protocol::Https).port(443).permanent()
    }

    /// A redirect to the same path on another host.
    pub fn to_host(host: impl IntoValue<String>) -> Self {
        Self::new().host(host)
    }

    /// The protocol. AWS refuses a redirect from HTTPS to HTTP.
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

    /// Makes the redirect permanent (301): browsers remember it.
    pub fn permanent(self) -> Self {
        Self { is_permanent: true, ..self }
    }

    fn check(&self, scope: &Scope) {
        if self.protocol.is_none() && self.port.is_none() && [&self.host, &self.path, &self.query] == [&None; 3] {
            scope.error(
                "the redirect changes nothing, so it never ends",
                "set the protocol, host, port, path or query: `Redirect::to_https()`, `Redirect::to_host(..)`",
            );
        }
        check::path(scope, "the path of the redirect", self.path.as_ref());
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

/// A response of the balancer: a status of 2xx, 4xx or 5xx, without a body unless given.
///
/// ```
/// use purlin::elbv2::FixedResponse;
///
/// FixedResponse::status(404).text("nothing here");
/// ```
#[derive(Debug, Clone)]
#[must_use = "a response does nothing until it is given to a listener or a rule"]
pub struct FixedResponse {
    status: u16,
    content_type: Option<ContentType>,
    body: Option<Value<String>>,
}

impl FixedResponse {
    /// A response with this status.
    pub fn status(status: u16) -> Self {
        Self { status, content_type: None, body: None }
    }

    /// The body and its type: at most 1024 bytes.
    pub fn body(self, content_type: ContentType, body: impl IntoValue<String>) -> Self {
        Self { content_type: Some(content_type), body: Some(body.into_value()), ..self }
    }

    /// A body of plain text.
    pub fn text(self, text: impl IntoValue<String>) -> Self {
        self.body(ContentType::Text, text)
    }

    fn render(&self, scope: &Scope) -> ListenerRuleAction {
        if !matches!(self.status, 200..=299 | 400..=599) {
            scope.error(
                format!("the status of the fixed response is `{}`, but AWS takes 2xx, 4xx and 5xx", self.status),
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
            config = config.message_body(body);
        }
        ListenerRuleAction::new(ListenerRuleActionType::FIXED_RESPONSE).fixed_response_config(config)
    }
}
