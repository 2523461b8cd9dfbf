//! A service on Fargate that only users who signed in with Cognito reach.

use std::fmt;

use purlin_construct::{Construct, HasScope, IntoValue, Scope, Value};

use super::balanced::{ApplicationLoadBalancedFargateService, PublicListener};
use super::balanced_props::{ApplicationLoadBalancedFargateServiceProps, Change, Site, changed};
use super::task_image::TaskImage;
use crate::cognito::{
    CodeGrant, Confidential, DomainProps, OAuthScope, SignInAlias, UserPool, UserPoolClient, UserPoolClientProps,
    UserPoolDomain,
};
use crate::ecs::Cluster;
use crate::elbv2::{Action, Authenticate, ListenerCondition};

/// The priority of the rule that signs users in, unless the user says.
const PRIORITY: u16 = 1000;

/// A service on Fargate that only users who signed in with Cognito reach: everything an
/// [`ApplicationLoadBalancedFargateService`] is, with a login in front.
///
/// Requests for the host are let through to the service once the user has signed in; it gets the user's claims in
/// `x-amzn-oidc-data`. All other requests are answered with 404, so nobody reaches the service around the login.
/// Wired on their own, each a patch that can be turned off by its name:
///
/// | patch | what |
/// |---|---|
/// | `alb-idp-egress` | the balancer may connect to Cognito over HTTPS |
/// | `cognito-callback-urls` | `https://<host>/oauth2/idpresponse` is a callback URL of the client |
/// | `deregistration-delay` | tasks that stop have 10 seconds to finish their requests, not 300 |
/// | `logout-url` | the container has `LOGOUT_URL`, where to send users who sign out |
/// | `expected-signer` | the container has `EXPECTED_SIGNER`, the balancer whose claims to believe |
///
/// ```
/// use purlin::cognito::{DomainProps, UserPool};
/// use purlin::ecs::ContainerImage;
/// use purlin::ecs_patterns::{CognitoAuthenticatedService, SignIn, TaskImage};
/// use purlin::route53::HostedZone;
/// use purlin::{App, Stack};
///
/// let app = App::new();
/// let stack = app.add("Members", Stack::props());
/// let zone = HostedZone::from_attributes(&stack, "Zone", "Z0123456789EXAMPLE", "example.com");
/// let image = TaskImage::new(ContainerImage::from_registry("docker.io/traefik/whoami:v1.11.0"));
/// let site = ("members.example.com", &zone);
/// let members = stack.add(
///     "Service",
///     CognitoAuthenticatedService::props(image, site, SignIn::with_prefix("members-login")),
/// );
/// let users = members.user_pool();
/// ```
#[derive(Debug, Clone)]
pub struct CognitoAuthenticatedService {
    scope: Scope,
    balanced: ApplicationLoadBalancedFargateService,
    users: UserPool,
    domain: UserPoolDomain,
    client: UserPoolClient<Confidential, CodeGrant>,
}

/// Who signs in, and on which pages.
#[derive(Debug, Clone)]
pub struct SignIn(Users);

#[derive(Debug, Clone)]
enum Users {
    Known(Box<(UserPool, UserPoolDomain)>),
    New(Value<String>),
}

impl SignIn {
    /// The users of a pool, on the pages of one of its domains.
    pub fn with(users: &UserPool, domain: &UserPoolDomain) -> Self {
        Self(Users::Known(Box::new((users.clone(), domain.clone()))))
    }

    /// The users of a pool of the service's own, on pages at `https://PREFIX.auth.REGION.amazoncognito.com`.
    ///
    /// Users sign themselves up and sign in with their e-mail address, in capitals or not.
    pub fn with_prefix(prefix: impl IntoValue<String>) -> Self {
        Self(Users::New(prefix.into_value()))
    }

    fn resolve(self, scope: &Scope) -> (UserPool, UserPoolDomain) {
        match self.0 {
            Users::Known(known) => *known,
            Users::New(prefix) => {
                let users = scope.add(
                    "UserPool",
                    UserPool::props().self_sign_up().sign_in_aliases([SignInAlias::Email]).case_insensitive_sign_in(),
                );
                let domain = users.add_domain("Domain", DomainProps::prefix(prefix));
                (users, domain)
            }
        }
    }
}

type ClientProps = UserPoolClientProps<Confidential, CodeGrant>;

/// The recipe of a [`CognitoAuthenticatedService`].
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct CognitoAuthenticatedServiceProps {
    site: Site,
    sign_in: SignIn,
    priority: u16,
    client: Change<ClientProps>,
    authentication: Change<Authenticate>,
    balanced: ApplicationLoadBalancedFargateServiceProps,
}

impl CognitoAuthenticatedService {
    /// A service of this container, at this host, for these users.
    pub fn props(image: TaskImage, site: impl Into<Site>, sign_in: SignIn) -> CognitoAuthenticatedServiceProps {
        let site = site.into();
        let balanced = ApplicationLoadBalancedFargateService::props(image).site(site.clone());
        CognitoAuthenticatedServiceProps {
            site,
            sign_in,
            priority: PRIORITY,
            client: None,
            authentication: None,
            balanced,
        }
    }

    /// The service behind its balancer.
    pub fn balanced(&self) -> &ApplicationLoadBalancedFargateService {
        &self.balanced
    }

    /// The users.
    pub fn user_pool(&self) -> &UserPool {
        &self.users
    }

    /// The login pages.
    pub fn domain(&self) -> &UserPoolDomain {
        &self.domain
    }

    /// The app client the balancer signs users in with.
    pub fn client(&self) -> &UserPoolClient<Confidential, CodeGrant> {
        &self.client
    }

    /// Where users reach the service.
    pub fn url(&self) -> Value<String> {
        self.balanced.url()
    }

    /// Where users sign out of Cognito; afterwards they can sign in again and come back.
    ///
    /// The app has to expire the balancer's cookies `AWSELBAuthSessionCookie-0` to `-3` before it sends users there.
    pub fn logout_url(&self) -> Value<String> {
        self.domain.sign_out_url(&self.client, self.url())
    }
}

impl CognitoAuthenticatedServiceProps {
    /// The priority of the rule that signs users in; 1000 unless given.
    pub fn priority(self, priority: u16) -> Self {
        Self { priority, ..self }
    }

    /// Changes the recipe of the app client: `.client(|client| client.access_token_validity(..))`.
    pub fn client(self, change: impl FnOnce(ClientProps) -> ClientProps + 'static) -> Self {
        Self { client: Some(Box::new(change)), ..self }
    }

    /// Changes how users are signed in: `.authentication(|login| login.session_timeout(..))`.
    pub fn authentication(self, change: impl FnOnce(Authenticate) -> Authenticate + 'static) -> Self {
        Self { authentication: Some(Box::new(change)), ..self }
    }

    /// The cluster the service runs in; one of its own unless given.
    pub fn cluster(self, cluster: &Cluster) -> Self {
        self.balanced(|balanced| balanced.cluster(cluster))
    }

    /// Changes the recipe of the service behind its balancer:
    /// `.balanced(|balanced| balanced.service(|service| service.desired_count(2)))`.
    pub fn balanced(
        self,
        change: impl FnOnce(ApplicationLoadBalancedFargateServiceProps) -> ApplicationLoadBalancedFargateServiceProps,
    ) -> Self {
        Self { balanced: change(self.balanced), ..self }
    }
}

impl Construct for CognitoAuthenticatedServiceProps {
    type Handle = CognitoAuthenticatedService;

    fn build(self, scope: Scope) -> CognitoAuthenticatedService {
        let (users, domain) = self.sign_in.resolve(&scope);
        let client = UserPoolClient::props().generate_secret().authorization_code_grant([OAuthScope::OPENID]);
        let client = scope.add("Client", changed(client, self.client).in_pool(&users));

        let mut balanced = self.balanced;
        balanced.forwards_by_default = false;
        // `Default` is left out of logical ids: a service that gets a login keeps its resources.
        let balanced = scope.add("Default", balanced);
        if let PublicListener::Https(listener) = balanced.listener() {
            let login = changed(Authenticate::cognito(&users, &client, &domain), self.authentication);
            let action = login.then(Action::forward(balanced.target_group()));
            let host = ListenerCondition::host_headers([&self.site.host]);
            listener.add_rule("SignIn", self.priority, [host], action);
        }
        let service = CognitoAuthenticatedService { scope, balanced, users, domain, client };
        service.tell_container();
        service
    }
}

impl CognitoAuthenticatedService {
    fn tell_container(&self) {
        let container = self.balanced.container();
        let why = "the app ends the login there, after expiring the balancer's cookies";
        let what = "the container's `LOGOUT_URL` is the sign-out page of the user pool";
        if !container.has_variable("LOGOUT_URL") && self.scope.patch("logout-url", what, why) {
            container.add_environment("LOGOUT_URL", self.logout_url());
        }
        let why = "the app believes claims only if this balancer has signed them";
        let what = "the container's `EXPECTED_SIGNER` is the ARN of the load balancer";
        if !container.has_variable("EXPECTED_SIGNER") && self.scope.patch("expected-signer", what, why) {
            container.add_environment("EXPECTED_SIGNER", self.balanced.load_balancer().arn());
        }
    }
}

impl HasScope for CognitoAuthenticatedService {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl fmt::Debug for CognitoAuthenticatedServiceProps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CognitoAuthenticatedServiceProps")
            .field("site", &self.site)
            .field("sign_in", &self.sign_in)
            .field("balanced", &self.balanced)
            .finish_non_exhaustive()
    }
}
