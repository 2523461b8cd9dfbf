//! A web app on Fargate behind a load balancer that signs users in with Cognito.
//!
//! Browsers reach the balancer at the application's DNS name. It redirects users who are not signed in to the user pool's
//! login pages. The app receives every request with the user's claims in `x-amzn-oidc-data`. `LOGOUT_URL` is the address
//! to which the app redirects users who sign out.

use std::collections::BTreeMap;

use purlin::cognito::{DomainProps, SignInAlias, UserPool};
use purlin::ec2::Vpc;
use purlin::ecs::{Cluster, ContainerImage};
use purlin::ecs_patterns::{CognitoAuthenticatedService, SignIn, TaskImage};
use purlin::elbv2::HealthCheck;
use purlin::route53::HostedZone;
use purlin::{Scope, Stack};
use serde::Deserialize;

use crate::settings::{Image, Settings};

/// The app's Dockerfile. Its context is the repository, because the app depends on `crates/purlin-auth`.
const DOCKERFILE: &str = "stacks/apps/cognito-alb-fargate/Dockerfile";
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What differs between deployments: `stacks/settings/cognito-alb-fargate.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CognitoAlbFargateSettings {
    /// The app's DNS name, for example `app.example.com`.
    pub application_dns_name: String,
    /// The first part of the login pages' host name.
    pub cognito_domain_prefix: String,
    /// The id of the public hosted zone of the domain.
    pub hosted_zone_id: String,
    /// The name of that zone, for example `example.com`.
    pub hosted_zone_name: String,
    /// The app's image.
    pub image: Image,
    /// Further environment variables of the container.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

impl Settings for CognitoAlbFargateSettings {
    const FILE: &'static str = "cognito-alb-fargate";
    const PREFIX: &'static str = "PURLIN_";
    const STACK: fn(&Scope, &Self) -> Stack = cognito_alb_fargate;
}

/// Adds the stack to an app.
pub fn cognito_alb_fargate(app: &Scope, settings: &CognitoAlbFargateSettings) -> Stack {
    let stack = app.add(
        "CognitoAlbFargate",
        Stack::props().description("A web app on Fargate behind a load balancer that signs users in with Cognito"),
    );
    let zone = HostedZone::from_attributes(&stack, "Zone", &settings.hosted_zone_id, &settings.hosted_zone_name);

    let vpc = stack.add("Vpc", Vpc::props().max_azs(2));
    let cluster = stack.add("Cluster", Cluster::props(&vpc));

    let users = stack.add(
        "UserPool",
        UserPool::props().self_sign_up().sign_in_aliases([SignInAlias::Email]).case_insensitive_sign_in(),
    );
    let login = users.add_domain("Domain", DomainProps::prefix(&settings.cognito_domain_prefix));

    let image = match &settings.image {
        Image::Build => ContainerImage::from_asset(REPOSITORY).file(DOCKERFILE).into(),
        Image::Registry(name) => ContainerImage::from_registry(name.as_str()),
    };
    stack.add(
        "Service",
        CognitoAuthenticatedService::props(
            TaskImage::new(image).container_port(8080).environment("PORT", "8080").environments(&settings.environment),
            (settings.application_dns_name.as_str(), &zone),
            SignIn::with(&users, &login),
        )
        .cluster(&cluster)
        .balanced(|balanced| balanced.target_group(|group| group.health_check(HealthCheck::path("/health")))),
    );
    stack
}
