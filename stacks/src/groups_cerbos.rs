//! Contacts that people share by their groups: an app on Fargate that asks Cerbos, beside it, who may do what.
//!
//! The pool has the groups `admin` and `user`. People sign in at the pool's hosted pages; the app exchanges the code and
//! takes the claim `cognito:groups` for their roles. For every action it asks the Cerbos in the same task; what Cerbos
//! does not allow, or does not answer, is denied.
//!
//! - The policy is in the sidecar's own image, built from `apps/groups-cerbos/cerbos`: Cerbos, its configuration, and the
//!   policy's files. So a revision of the task has one policy, a deployment that fails brings the old one back, and
//!   nothing has to be fetched before the first decision. A new policy is a new image: a deployment.
//! - The app starts when Cerbos is healthy. Both are essential: without Cerbos the app could only deny, so ECS replaces
//!   the task.
//! - Only the balancer reaches the task, at the app's port. Cerbos listens on the task's loopback alone.
//! - The app client has no secret: the code is bound to its login by PKCE, and the client serves developers' machines
//!   (`http://localhost:8000/callback`) as well, where a secret would be none.

use core::time::Duration;
use std::collections::BTreeSet;

use purlin::cognito::{
    AccountRecovery, CodeGrant, DomainProps, OAuthScope, Public, SignInAlias, UserPool, UserPoolClient, UserPoolDomain,
    UserPoolGroup, UserPoolUser,
};
use purlin::ec2::Vpc;
use purlin::ecs::{
    Cluster, ContainerCondition, ContainerDefinition, ContainerImage, FargateTaskDefinition, HealthCheck, LogDriver,
};
use purlin::ecs_patterns::{ApplicationLoadBalancedFargateService, TaskImage};
use purlin::elbv2;
use purlin::route53::HostedZone;
use purlin::{CfnOutput, Scope, Stack};
use serde::Deserialize;

use crate::settings::{Image, Settings};

/// What the app's image is built from: the app, and `crates/purlin-auth`. Its `.dockerignore` leaves the rest out.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The app's Dockerfile there.
const DOCKERFILE: &str = "stacks/apps/groups-cerbos/Dockerfile";
/// The sidecar: its Dockerfile, its configuration, the policies.
const CERBOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/apps/groups-cerbos/cerbos");
/// The port of the app.
const PORT: u16 = 8000;

/// What differs between deployments: `stacks/settings/groups-cerbos.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupsCerbosSettings {
    /// Where the app is reached; none if it runs on developers' machines alone.
    pub hosted: Option<Hosted>,
    /// The first part of the sign-in pages' host name.
    pub cognito_domain_prefix: String,
    /// Where developers run the app: `http://localhost:8000`.
    pub local_url: String,
    /// The app's image.
    pub image: Image,
    /// The users there are from the beginning.
    #[serde(default)]
    pub users: Vec<User>,
}

/// Where the app is reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosted {
    /// For example `contacts.example.com`.
    pub application_dns_name: String,
    /// The id of the public hosted zone of the domain.
    pub hosted_zone_id: String,
    /// The name of that zone, for example `example.com`.
    pub hosted_zone_name: String,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The email address, which the user signs in with.
    pub email: String,
    /// The user's groups.
    pub groups: BTreeSet<Group>,
}

/// A group of users: a role in the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Changes and removes all contacts.
    Admin,
    /// Adds contacts, changes and removes their own.
    User,
}

impl Settings for GroupsCerbosSettings {
    const FILE: &'static str = "groups-cerbos";
    const PREFIX: &'static str = "PURLIN_GROUPS_CERBOS_";
    const STACK: fn(&Scope, &Self) -> Stack = groups_cerbos;
}

/// Adds the stack to an app.
pub fn groups_cerbos(app: &Scope, settings: &GroupsCerbosSettings) -> Stack {
    let stack = app.add(
        "GroupsCerbos",
        Stack::props().description("An app on Fargate that asks Cerbos what users may do, by their groups"),
    );
    let sign_in = SignIn::add(&stack, settings);
    if let Some(hosted) = &settings.hosted {
        service(&stack, settings, hosted, &sign_in);
    }
    stack
}

/// The users, and the pages they sign in at.
struct SignIn {
    users: UserPool,
    domain: UserPoolDomain,
    client: UserPoolClient<Public, CodeGrant>,
}

impl SignIn {
    fn add(stack: &Stack, settings: &GroupsCerbosSettings) -> Self {
        let recipe = UserPool::props()
            .sign_in_aliases([SignInAlias::Email])
            .case_insensitive_sign_in()
            .account_recovery(AccountRecovery::EmailOnly);
        let users = stack.add("UserPool", recipe);
        people(&users, &settings.users);
        let domain = users.add_domain("Domain", DomainProps::prefix(&settings.cognito_domain_prefix));
        let hosts = [settings.local_url.trim_end_matches('/').to_owned()].into_iter();
        let hosts = hosts.chain(settings.hosted.iter().map(Hosted::url));
        let (callbacks, homes): (Vec<String>, Vec<String>) =
            hosts.map(|host| (format!("{host}/callback"), format!("{host}/"))).unzip();
        let client = UserPoolClient::props()
            .authorization_code_grant([OAuthScope::OPENID, OAuthScope::EMAIL])
            .callback_urls(callbacks)
            .logout_urls(homes);
        let client = users.add_client("Client", client);
        stack.add("UserPoolId", CfnOutput::new(users.id()));
        stack.add("ClientId", CfnOutput::new(client.id()));
        stack.add("LoginUrl", CfnOutput::new(domain.base_url()));
        Self { users, domain, client }
    }
}

fn people(pool: &UserPool, users: &[User]) {
    let admins = UserPoolGroup::props().name("admin").description("Change and remove all contacts").precedence(0);
    let admins = pool.add_group("Admins", admins);
    let everybody = UserPoolGroup::props().name("user").description("Add contacts, change their own").precedence(1);
    let everybody = pool.add_group("Users", everybody);
    for User { email, groups } in users {
        let user = pool.add_user(email, UserPoolUser::props(email).email_verified());
        for group in groups {
            match group {
                Group::Admin => admins.add_user(&user),
                Group::User => everybody.add_user(&user),
            };
        }
    }
}

fn service(stack: &Stack, settings: &GroupsCerbosSettings, hosted: &Hosted, sign_in: &SignIn) {
    let zone = HostedZone::from_attributes(stack, "Zone", &hosted.hosted_zone_id, &hosted.hosted_zone_name);
    let vpc = stack.add("Vpc", Vpc::props().max_azs(2));
    let cluster = stack.add("Cluster", Cluster::props(&vpc));
    let image = match &settings.image {
        Image::Build => ContainerImage::from_asset(ROOT).file(DOCKERFILE).into(),
        Image::Registry(name) => ContainerImage::from_registry(name.as_str()),
    };
    let image = TaskImage::new(image)
        .container_port(PORT)
        .environment("PORT", PORT.to_string())
        .environment("BASE_URL", hosted.url())
        .environment("USER_POOL_ID", sign_in.users.id())
        .environment("CLIENT_ID", sign_in.client.id())
        .environment("LOGIN_URL", sign_in.domain.base_url())
        .environment("CERBOS_ADDRESS", "127.0.0.1:3593");
    let service = stack.add(
        "Service",
        ApplicationLoadBalancedFargateService::props(image)
            .cluster(&cluster)
            .site((hosted.application_dns_name.as_str(), &zone))
            .target_group(|group| group.health_check(elbv2::HealthCheck::path("/health"))),
    );
    let cerbos = cerbos(service.task_definition());
    service.container().add_dependency(&cerbos, ContainerCondition::Healthy);
}

/// The sidecar that decides. ECS knows nothing of the health check in its image, so it is told here.
fn cerbos(task: &FargateTaskDefinition) -> ContainerDefinition {
    let check = HealthCheck::command(["/cerbos", "healthcheck"]).interval(Duration::from_secs(10));
    let cerbos = ContainerDefinition::props(ContainerImage::from_asset(CERBOS))
        .health_check(check)
        .logging(LogDriver::aws_logs("cerbos"));
    task.add_container("cerbos", cerbos)
}

impl Hosted {
    /// Where browsers reach the app.
    fn url(&self) -> String {
        format!("https://{}", self.application_dns_name)
    }
}
