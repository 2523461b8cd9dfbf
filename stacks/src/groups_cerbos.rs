//! Shared contacts: an app on Fargate that asks a Cerbos sidecar which actions a user's groups allow.
//!
//! The pool has the groups `admin` and `user`. Users sign in at the pool's hosted pages; the app exchanges the code and
//! uses the claim `cognito:groups` as their roles. It asks the Cerbos in the same task about every action. Without an
//! answer that allows the action, the action is denied.
//!
//! - The policy is in the sidecar's own image, built from `apps/groups-cerbos/cerbos`: Cerbos, its configuration, and the
//!   policy's files. Each revision of the task has one policy, a failed deployment restores the old one, and nothing is
//!   fetched before the first decision. A new policy is a new image and therefore a deployment.
//! - The app starts when Cerbos is healthy. Both are essential: without Cerbos the app could only deny, so ECS replaces
//!   the task.
//! - Only the balancer reaches the task, at the app's port. Cerbos listens only on the task's loopback.
//! - The app client has no secret: PKCE binds the code to its login, and developers' machines use the same client
//!   (`http://localhost:8000/callback`), where a secret would not stay secret.

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

/// The context of the app's image: it needs the app and `crates/purlin-auth`. The `.dockerignore` excludes the rest.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The app's Dockerfile in the context.
const DOCKERFILE: &str = "stacks/apps/groups-cerbos/Dockerfile";
/// The sidecar's Dockerfile, configuration and policies.
const CERBOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/apps/groups-cerbos/cerbos");
/// The port of the app.
const PORT: u16 = 8000;

/// What differs between deployments: `stacks/settings/groups-cerbos.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupsCerbosSettings {
    /// The app on Fargate. Without it the stack has only the users and their sign-in pages.
    pub hosted: Option<Hosted>,
    /// The first part of the sign-in pages' host name.
    pub cognito_domain_prefix: String,
    /// The app's address on developers' machines: `http://localhost:8000`.
    pub local_url: String,
    /// The first users.
    #[serde(default)]
    pub users: Vec<User>,
}

/// The app on Fargate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosted {
    /// The app's DNS name, for example `contacts.example.com`.
    pub application_dns_name: String,
    /// The id of the public hosted zone of the domain.
    pub hosted_zone_id: String,
    /// The name of that zone, for example `example.com`.
    pub hosted_zone_name: String,
    /// The app's image.
    pub image: Image,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The email address, with which the user signs in.
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
        service(&stack, hosted, &sign_in);
    }
    stack
}

/// The users and their sign-in pages.
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
        add_users(&users, &settings.users);
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

fn add_users(pool: &UserPool, users: &[User]) {
    let admins = UserPoolGroup::props().name("admin").description("Change and remove all contacts").precedence(0);
    let admins = pool.add_group("Admins", admins);
    let members = UserPoolGroup::props().name("user").description("Add contacts, change their own").precedence(1);
    let members = pool.add_group("Users", members);
    for User { email, groups } in users {
        let user = pool.add_user(email, UserPoolUser::props(email).email_verified());
        for group in groups {
            match group {
                Group::Admin => admins.add_user(&user),
                Group::User => members.add_user(&user),
            };
        }
    }
}

fn service(stack: &Stack, hosted: &Hosted, sign_in: &SignIn) {
    let zone = HostedZone::from_attributes(stack, "Zone", &hosted.hosted_zone_id, &hosted.hosted_zone_name);
    let vpc = stack.add("Vpc", Vpc::props().max_azs(2));
    let cluster = stack.add("Cluster", Cluster::props(&vpc));
    let image = match &hosted.image {
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

/// The sidecar. ECS ignores the health check in its image, so it is set here.
fn cerbos(task: &FargateTaskDefinition) -> ContainerDefinition {
    let check = HealthCheck::command(["/cerbos", "healthcheck"]).interval(Duration::from_secs(10));
    let cerbos = ContainerDefinition::props(ContainerImage::from_asset(CERBOS))
        .health_check(check)
        .logging(LogDriver::aws_logs("cerbos"));
    task.add_container("cerbos", cerbos)
}

impl Hosted {
    /// The app's address for browsers.
    fn url(&self) -> String {
        format!("https://{}", self.application_dns_name)
    }
}
