//! Signs users in, or checks their tokens, before an action. Only HTTPS listeners can.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use purlin_cfn::elasticloadbalancingv2::{
    ListenerRuleAction, ListenerRuleActionType, ListenerRuleAuthenticateCognitoConfig,
    ListenerRuleAuthenticateOidcConfig,
};
use purlin_construct::{CfnProperty, Expr, IntoValue, Scope, SecretValue, Value};

use super::action::{Action, FixedResponse, Forward, IntoAction, Redirect};
use super::jwt::ValidateJwt;
use crate::check::Checks;
use crate::cognito::{HasCodeGrant, HasSecret, UserPool, UserPoolClient, UserPoolDomain};

/// What happens to a request without a valid session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// The browser is sent to the login.
    Authenticate,
    /// The request is forwarded without the headers that identify the user.
    Allow,
    /// The balancer answers 401: for calls by scripts, which cannot follow a login.
    Deny,
}

/// Signs users in, and adds headers that identify the user to the request
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html>).
///
/// It is not a whole action: [`then`](Self::then) adds the step that follows. For HTTPS listeners only.
///
/// ```
/// use std::time::Duration;
/// use purlin::certificatemanager::Certificate;
/// use purlin::cognito::{OAuthScope, UserPool, UserPoolClient};
/// use purlin::ec2::Vpc;
/// use purlin::elbv2::{
///     Action, ApplicationLoadBalancer, ApplicationTargetGroup, Authenticate, FixedResponse, ListenerCondition,
/// };
/// # use purlin::cognito::DomainProps;
/// # purlin::testing::Template::of(|stack| {
/// # let vpc = stack.add("Vpc", Vpc::props());
/// # let alb = stack.add("Balancer", ApplicationLoadBalancer::props(&vpc).internet_facing());
/// # let app = stack.add("App", ApplicationTargetGroup::props(&vpc));
/// # let certificate = Certificate::from_arn("arn:aws:acm:eu-west-1:111122223333:certificate/1");
/// let users = stack.add("Users", UserPool::props());
/// let domain = users.add_domain("Domain", DomainProps::prefix("acme"));
/// let client = users.add_client(
///     "Client",
///     UserPoolClient::props().generate_secret().authorization_code_grant([OAuthScope::OPENID]),
/// );
/// let nothing = Action::fixed_response(FixedResponse::status(404));
/// let https = alb.add_https_listener("Public", &certificate, nothing);
/// https.add_rule(
///     "Login",
///     1000,
///     [ListenerCondition::host_headers(["app.example.com"])],
///     Authenticate::cognito(&users, &client, &domain)
///         .session_timeout(Duration::from_secs(3600))
///         .then(Action::forward(&app)),
/// );
/// # });
/// ```
#[derive(Debug, Clone)]
#[must_use = "signing in is not a whole action: add the step that follows by `.then(action)`"]
pub struct Authenticate {
    provider: Provider,
    scopes: Vec<String>,
    session_timeout: Option<Duration>,
    session_cookie: Option<Value<String>>,
    unauthenticated: Option<Unauthenticated>,
    extra_params: Vec<(String, Value<String>)>,
}

#[derive(Debug, Clone)]
enum Provider {
    Cognito { pool_arn: Value<String>, client: CognitoClient, domain: Value<String> },
    Oidc { provider: OidcProvider, client_id: Value<String>, client_secret: SecretValue },
}

/// The client of a login, with a function that adds callback URLs to it.
#[derive(Clone)]
pub(super) struct CognitoClient {
    id: Value<String>,
    add_callback_url: Rc<dyn Fn(Value<String>)>,
}

impl fmt::Debug for CognitoClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CognitoClient({:?})", self.id)
    }
}

impl CognitoClient {
    pub(super) fn add_callback_url(&self, url: Value<String>) {
        (self.add_callback_url)(url);
    }
}

/// An OpenID Connect provider, as its `/.well-known/openid-configuration` describes it.
#[derive(Debug, Clone)]
pub struct OidcProvider {
    issuer: Value<String>,
    authorization_endpoint: Value<String>,
    token_endpoint: Value<String>,
    user_info_endpoint: Value<String>,
}

impl OidcProvider {
    /// The provider's `issuer`, `authorization_endpoint`, `token_endpoint` and `userinfo_endpoint`, each with `https://`.
    pub fn new(
        issuer: impl IntoValue<String>,
        authorization_endpoint: impl IntoValue<String>,
        token_endpoint: impl IntoValue<String>,
        user_info_endpoint: impl IntoValue<String>,
    ) -> Self {
        Self {
            issuer: issuer.into_value(),
            authorization_endpoint: authorization_endpoint.into_value(),
            token_endpoint: token_endpoint.into_value(),
            user_info_endpoint: user_info_endpoint.into_value(),
        }
    }
}

impl Authenticate {
    fn by(provider: Provider) -> Self {
        Self {
            provider,
            scopes: Vec::new(),
            session_timeout: None,
            session_cookie: None,
            unauthenticated: None,
            extra_params: Vec::new(),
        }
    }

    /// Signs users of a user pool in. The client needs a secret and the code flow.
    ///
    /// `https://<host>/oauth2/idpresponse` of each host of the rule is added to the client's callback URLs
    /// (patch `cognito-callback-urls`).
    pub fn cognito<S: HasSecret, F: HasCodeGrant>(
        pool: &UserPool,
        client: &UserPoolClient<S, F>,
        domain: &UserPoolDomain,
    ) -> Self
    where
        UserPoolClient<S, F>: Clone + 'static,
    {
        let (id, client) = (client.id(), client.clone());
        let client = CognitoClient { id, add_callback_url: Rc::new(move |url| client.add_callback_url(url)) };
        Self::by(Provider::Cognito { pool_arn: pool.arn(), client, domain: domain.name() })
    }

    /// Signs users of any OpenID Connect provider in. Register `https://<host>/oauth2/idpresponse` with the provider.
    pub fn oidc(provider: OidcProvider, client_id: impl IntoValue<String>, client_secret: SecretValue) -> Self {
        Self::by(Provider::Oidc { provider, client_id: client_id.into_value(), client_secret })
    }

    /// The requested scopes; `openid` unless given. A Cognito client must be allowed to request them.
    pub fn scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..self }
    }

    /// The duration of a session: 1 second to 7 days; 7 days unless given.
    pub fn session_timeout(self, timeout: Duration) -> Self {
        Self { session_timeout: Some(timeout), ..self }
    }

    /// The name of the session's cookies, `AWSELBAuthSessionCookie` unless given; AWS adds `-0`, `-1` and so on.
    pub fn session_cookie_name(self, name: impl IntoValue<String>) -> Self {
        Self { session_cookie: Some(name.into_value()), ..self }
    }

    /// What happens to a request without a valid session; the browser is sent to the login unless given.
    pub fn on_unauthenticated_request(self, unauthenticated: Unauthenticated) -> Self {
        Self { unauthenticated: Some(unauthenticated), ..self }
    }

    /// A parameter for the login page's address, up to ten: `identity_provider`, `login_hint`, `prompt`.
    pub fn extra_param(mut self, key: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.extra_params.push((key.into(), value.into_value()));
        self
    }

    /// The action for the requests of users who are signed in.
    pub fn then(self, action: impl IntoAction) -> HttpsAction {
        HttpsAction::after(First::SignIn(Box::new(self)), action)
    }

    fn check(&self, scope: &Scope) {
        scope.check("the login").count("extra parameters", self.extra_params.len(), ..=10);
        scope.check("the session timeout of the login").whole_seconds(self.session_timeout, 1..=604_800);
        let Provider::Oidc { provider, .. } = &self.provider else { return };
        for (what, url) in [
            ("issuer", &provider.issuer),
            ("authorization endpoint", &provider.authorization_endpoint),
            ("token endpoint", &provider.token_endpoint),
            ("user info endpoint", &provider.user_info_endpoint),
        ] {
            scope.check(format!("the {what} of the identity provider")).https(url);
        }
    }

    fn render(&self, scope: &Scope, place: Place) -> ListenerRuleAction {
        self.check(scope);
        match &self.provider {
            Provider::Cognito { pool_arn, client, domain } => {
                let config = ListenerRuleAuthenticateCognitoConfig::new(pool_arn, &client.id, domain);
                let config = self.with_session(place, config);
                ListenerRuleAction::new(ListenerRuleActionType::AUTHENTICATE_COGNITO)
                    .authenticate_cognito_config(config)
            }
            Provider::Oidc { provider, client_id, client_secret } => {
                let config = ListenerRuleAuthenticateOidcConfig::new(
                    &provider.authorization_endpoint,
                    client_id,
                    &provider.issuer,
                    &provider.token_endpoint,
                    &provider.user_info_endpoint,
                )
                .client_secret(client_secret.dynamic_reference());
                let config = self.with_session(place, config);
                ListenerRuleAction::new(ListenerRuleActionType::AUTHENTICATE_OIDC).authenticate_oidc_config(config)
            }
        }
    }

    /// Sets what both providers' configurations have, under the same names.
    fn with_session<C: CfnProperty>(&self, place: Place, config: C) -> Value<C> {
        let mut props = config.into_props();
        if !self.extra_params.is_empty() {
            let params = self.extra_params.iter().map(|(key, value)| (key.clone(), value.expr().clone()));
            props.insert("AuthenticationRequestExtraParams", Expr::map(params));
        }
        if let Some(unauthenticated) = self.unauthenticated {
            let name = match unauthenticated {
                Unauthenticated::Authenticate => "authenticate",
                Unauthenticated::Allow => "allow",
                Unauthenticated::Deny => "deny",
            };
            props.insert("OnUnauthenticatedRequest", Expr::from(name));
        }
        if !self.scopes.is_empty() {
            props.insert("Scope", Expr::from(self.scopes.join(" ")));
        }
        if let Some(name) = &self.session_cookie {
            props.insert("SessionCookieName", name.expr().clone());
        }
        if let Some(timeout) = self.session_timeout {
            let seconds = crate::time::seconds(timeout);
            // CloudFormation's schema has a text in listeners and a number in rules.
            let seconds = match place {
                Place::Listener => Expr::from(seconds.to_string()),
                Place::Rule => Expr::Int(seconds),
            };
            props.insert("SessionTimeout", seconds);
        }
        props.into()
    }
}

/// An action of an HTTPS listener, with or without a first step that signs users in ([`Authenticate::then`]) or checks
/// their tokens ([`ValidateJwt::then`]).
#[derive(Debug, Clone)]
#[must_use = "an action does nothing until it is given to a listener or a rule"]
pub struct HttpsAction {
    first: Option<First>,
    last: Action,
}

#[derive(Debug, Clone)]
pub(super) enum First {
    SignIn(Box<Authenticate>),
    CheckToken(ValidateJwt),
}

/// Where an action is: the two write the session timeout in different forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Listener,
    Rule,
}

/// What an HTTPS listener does with requests.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an action of an HTTPS listener",
    label = "not an action",
    note = "after a sign-in or a token check, add the step that follows: `.then(Action::forward(&group))`"
)]
pub trait IntoHttpsAction {
    /// Turns it into an action.
    fn into_https_action(self) -> HttpsAction;
}

impl IntoHttpsAction for HttpsAction {
    fn into_https_action(self) -> HttpsAction {
        self
    }
}

impl IntoHttpsAction for Action {
    fn into_https_action(self) -> HttpsAction {
        HttpsAction { first: None, last: self.into_action() }
    }
}

impl IntoHttpsAction for Forward {
    fn into_https_action(self) -> HttpsAction {
        HttpsAction { first: None, last: self.into_action() }
    }
}

impl IntoHttpsAction for Redirect {
    fn into_https_action(self) -> HttpsAction {
        HttpsAction { first: None, last: self.into_action() }
    }
}

impl IntoHttpsAction for FixedResponse {
    fn into_https_action(self) -> HttpsAction {
        HttpsAction { first: None, last: self.into_action() }
    }
}

impl HttpsAction {
    pub(super) fn after(first: First, last: impl IntoAction) -> Self {
        Self { first: Some(first), last: last.into_action() }
    }

    /// The last step: it answers the request.
    pub(super) fn last(&self) -> &Action {
        &self.last
    }

    /// The Cognito client users sign in with, if they do.
    pub(super) fn cognito_client(&self) -> Option<&CognitoClient> {
        let Some(First::SignIn(login)) = &self.first else { return None };
        match &login.provider {
            Provider::Cognito { client, .. } => Some(client),
            Provider::Oidc { .. } => None,
        }
    }

    /// The steps in CloudFormation's form, numbered where there are two; reports mistakes at the scope.
    pub(super) fn render(&self, scope: &Scope, place: Place) -> Vec<ListenerRuleAction> {
        let last = self.last.render(scope);
        match &self.first {
            None => vec![last],
            Some(First::SignIn(first)) => vec![first.render(scope, place).order(1_u8), last.order(2_u8)],
            Some(First::CheckToken(first)) => vec![first.render(scope).order(1_u8), last.order(2_u8)],
        }
    }
}
