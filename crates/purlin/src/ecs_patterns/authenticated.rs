//! A service on Fargate for users who signed in with Cognito.

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

/// The default priority of the rule that signs users in.
const PRIORITY: u16 = 1000;

/// A service on Fargate for users who signed in with Cognito: an [`ApplicationLoadBalancedFargateService`] with a login.
///
/// The balancer forwards requests for the host to the service once the user has signed in, with the user's claims in
/// `x-amzn-oidc-data`. It answers all other requests with 404, so there is no way around the login. These patches are
/// applied; turn one off by its name:
///
/// | patch | effect |
/// |---|---|
/// | `alb-idp-egress` | the balancer may connect to Cognito over HTTPS |
/// | `cognito-callback-urls` | `https://<host>/oauth2/idpresponse` is a callback URL of the client |
/// | `deregistration-delay` | deregistration delay 10 s (AWS default 300 s) |
/// | `logout-url` | `LOGOUT_URL` in the container: the sign-out page |
/// | `expected-signer` | `EXPECTED_SIGNER` in the container: the ARN of the balancer that signs the claims |
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

/// The users of a service, and their login pages.
#[derive(Debug, Clone)]
pub struct SignIn(Users);

#[derive(Debug, Clone)]
enum Users {
    Known(Box<(UserPool, UserPoolDomain)>),
    New(Value<String>),
}

impl SignIn {
    /// The users of a pool, with the login pages of one of its domains.
    pub fn with(users: &UserPool, domain: &UserPoolDomain) -> Self {
        Self(Users::Known(Box::new((users.clone(), domain.clone()))))
    }

    /// The users of a new pool, with login pages at `https://PREFIX.auth.REGION.amazoncognito.com`.
    ///
    /// Users can sign up, and sign in with their e-mail address; case does not matter.
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
    sign_in: SignIn,
    priority: u16,
    client: Change<ClientProps>,
    authentication: Change<Authenticate>,
    balanced: ApplicationLoadBalancedFargateServiceProps,
}

impl CognitoAuthenticatedService {
    /// A service of this container, at this host, for these users.
    pub fn props(image: TaskImage, site: impl Into<Site>, sign_in: SignIn) -> CognitoAuthenticatedServiceProps {
        let balanced = ApplicationLoadBalancedFargateService::props(image).site(site);
        CognitoAuthenticatedServiceProps { sign_in, priority: PRIORITY, client: None, authentication: None, balanced }
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

    /// The app client of the login.
    pub fn client(&self) -> &UserPoolClient<Confidential, CodeGrant> {
        &self.client
    }

    /// The URL of the service.
    pub fn url(&self) -> Value<String> {
        self.balanced.url()
    }

    /// The URL of Cognito's sign-out page, which redirects users to the service.
    ///
    /// The app must expire the balancer's cookies `AWSELBAuthSessionCookie-0` to `-3` before it redirects users there.
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

    /// Changes the login: `.authentication(|login| login.session_timeout(..))`.
    pub fn authentication(self, change: impl FnOnce(Authenticate) -> Authenticate + 'static) -> Self {
        Self { authentication: Some(Box::new(change)), ..self }
    }

    /// The cluster of the service; a new one unless given.
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

        let site = self.balanced.site.as_ref().map(|site| site.checked(&scope));
        let mut balanced = ApplicationLoadBalancedFargateServiceProps { site: site.clone(), ..self.balanced };
        balanced.forwards_by_default = false;
        // `Default` is left out of logical ids: a service that gets a login keeps its resources.
        let balanced = scope.add("Default", balanced);
        if let (PublicListener::Https(listener), Some(site)) = (balanced.listener(), site) {
            let login = changed(Authenticate::cognito(&users, &client, &domain), self.authentication);
            let action = login.then(Action::forward(balanced.target_group()));
            listener.add_rule("SignIn", self.priority, [ListenerCondition::host_headers([site.host])], action);
        }
        let service = CognitoAuthenticatedService { scope, balanced, users, domain, client };
        service.set_environment();
        service
    }
}

impl CognitoAuthenticatedService {
    fn set_environment(&self) {
        let container = self.balanced.container();
        let what = "`LOGOUT_URL` in the container: the sign-out page of the user pool";
        let why = "the app redirects users there to sign out";
        if !container.has_variable("LOGOUT_URL") && self.scope.patch("logout-url", what, why) {
            container.add_environment("LOGOUT_URL", self.logout_url());
        }
        let what = "`EXPECTED_SIGNER` in the container: the ARN of the load balancer";
        let why = "the app accepts only claims that this balancer signed";
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
            .field("sign_in", &self.sign_in)
            .field("balanced", &self.balanced)
            .finish_non_exhaustive()
    }
}
