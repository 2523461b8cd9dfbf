//! A page without a server: users sign in, get AWS credentials from an identity pool, and call an API with requests that
//! their browser signs.
//!
//! The page (`stacks/apps/spa-identity-pool`) is in a private bucket behind CloudFront. Users sign in at the user pool's
//! pages, with a client without a secret, and return with a code. The page exchanges the code for tokens, and the ID token
//! for temporary credentials of the identity pool's role for signed-in users. That role may only call one method,
//! `GET /require-auth`. Guests get credentials too, of a role that may do nothing.
//!
//! | method | API key | signature (AWS_IAM) | guest | signed in |
//! |---|---|---|---|---|
//! | `GET /no-auth` | required | none | accepted | accepted |
//! | `GET /require-auth` | required | required | 403 | accepted |
//!
//! The API key counts and limits requests by the usage plan; it does not identify the caller. AWS generates it, so it is in
//! no template and in no file of the page: give it to your users, who type it in. To read it:
//! `aws apigateway get-api-key --include-value --api-key KEY_ID` with the output `ApiKeyId`.

use purlin::apigateway::{ApiKey, Cors, Integration, Method, Quota, RestApi, Throttle, UsagePlan};
use purlin::certificatemanager::Certificate;
use purlin::cloudfront::{Behavior, Distribution, ErrorResponse, Origin, ResponseHeadersPolicy};
use purlin::cognito::{DomainProps, OAuthScope, SignInAlias, UserPool, UserPoolClient};
use purlin::cognito_identity::{IdentityPool, Provider};
use purlin::iam::Role;
use purlin::lambda::{Code, Function, Runtime};
use purlin::route53::{ARecord, AaaaRecord, HostedZone};
use purlin::s3::Bucket;
use purlin::s3_deployment::{BucketDeployment, CacheControl, Source};
use purlin::{CfnOutput, RemovalPolicy, Scope, Stack, Value, sub};
use serde::Deserialize;

use crate::settings::Settings;

/// The page's files.
const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/apps/spa-identity-pool/site");

/// The function's code. API Gateway has determined the caller of a signed request.
const HELLO: &str = "\
import json
import os


def handler(event, context):
    caller = event['requestContext']['identity'].get('cognitoIdentityId')
    headers = {'Content-Type': 'application/json', 'Access-Control-Allow-Origin': os.environ['ALLOWED_ORIGIN']}
    body = {'message': 'Hello World!', 'path': event['resource'], 'identity': caller}
    return {'statusCode': 200, 'headers': headers, 'body': json.dumps(body)}
";

/// What differs between deployments: `stacks/settings/spa-identity-pool.yaml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpaIdentityPoolSettings {
    /// The first part of the login pages' host name.
    pub cognito_domain_prefix: String,
    /// The average number of calls per second with the key.
    pub requests_per_second: f64,
    /// The number of calls in a burst.
    pub burst: u32,
    /// The number of calls per day.
    pub requests_per_day: u32,
    /// Your own name for the page. Default: a name of CloudFront's.
    #[serde(default)]
    pub domain: Option<SiteDomain>,
}

/// Your own name for the page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteDomain {
    /// The name, for example `spa.example.com`.
    pub name: String,
    /// The id of the public hosted zone of the domain.
    pub hosted_zone_id: String,
    /// The name of that zone, for example `example.com`.
    pub hosted_zone_name: String,
    /// The certificate for the name, in us-east-1.
    pub certificate_arn: String,
}

impl Settings for SpaIdentityPoolSettings {
    const FILE: &'static str = "spa-identity-pool";
    const PREFIX: &'static str = "PURLIN_SPA_IDENTITY_POOL_";
    const STACK: fn(&Scope, &Self) -> Stack = spa_identity_pool;
}

/// Adds the stack to an app.
pub fn spa_identity_pool(app: &Scope, settings: &SpaIdentityPoolSettings) -> Stack {
    let stack = app.add(
        "SpaIdentityPool",
        Stack::props().description("A page whose users call an API with credentials of a Cognito identity pool"),
    );
    let users = stack.add("UserPool", UserPool::props().self_sign_up().sign_in_aliases([SignInAlias::Email]));
    let login = users.add_domain("Domain", DomainProps::prefix(&settings.cognito_domain_prefix));
    let api = stack.add("Api", RestApi::props().description("Says hello to the page"));

    let files = stack.add("Site", Bucket::props().removal_policy(RemovalPolicy::Destroy));
    let origins = Origins {
        login: login.base_url(),
        identity: sub!("https://cognito-identity.{}.{}", stack.region(), stack.url_suffix()),
        api: sub!("https://{}.execute-api.{}.{}", api.id(), stack.region(), stack.url_suffix()),
    };
    let site = serve(&stack, &files, &origins, settings.domain.as_ref());
    let page = sub!("{}/", site.url());

    let client = UserPoolClient::props()
        .authorization_code_grant([OAuthScope::OPENID, OAuthScope::EMAIL])
        .callback_url(page.clone())
        .logout_url(page.clone());
    let client = users.add_client("PageClient", client);
    let provider = Provider::user_pool(&users, &client);
    let identities = stack.add("Identities", IdentityPool::props().provider(provider).allow_guests());

    add_methods(&stack, &api, &site, identities.authenticated_role());
    let key = add_key(&stack, &api, settings);

    let config = [
        ("region", stack.region()),
        ("loginProvider", users.provider_name()),
        ("clientId", client.id()),
        ("identityPoolId", identities.id()),
        ("loginUrl", origins.login),
        ("identityUrl", origins.identity),
        ("apiUrl", sub!("{}/prod", origins.api)),
    ];
    publish(&stack, &files, &site, config);
    stack.add("SiteUrl", CfnOutput::new(page));
    stack.add("ApiUrl", CfnOutput::new(api.url()));
    stack.add("ApiKeyId", CfnOutput::new(key.id()));
    stack.add("UserPoolId", CfnOutput::new(users.id()));
    stack
}

/// The origins, without a path, that the page sends requests to.
struct Origins {
    login: Value<String>,
    identity: Value<String>,
    api: Value<String>,
}

/// The distribution in front of the files. Browsers run only its scripts, and send requests only to these origins.
fn serve(stack: &Stack, files: &Bucket, origins: &Origins, domain: Option<&SiteDomain>) -> Distribution {
    let policy = sub!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {} {} {}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        origins.login,
        origins.identity,
        origins.api,
    );
    let headers = stack.add("Headers", ResponseHeadersPolicy::props().content_security_policy(policy).no_referrer());
    let pages = Behavior::to(Origin::bucket(files)).response_headers_policy(&headers);
    // A private bucket answers 403 for objects that it does not have.
    let missing = ErrorResponse::of(403).page(404, "/404.html");
    let props = Distribution::props(pages).default_root_object("index.html").error_response(missing);
    let Some(domain) = domain else { return stack.add("Distribution", props) };

    let certificate = Certificate::from_arn(&domain.certificate_arn);
    let distribution = stack.add("Distribution", props.domain_names([&domain.name], &certificate));
    let zone = HostedZone::from_attributes(stack, "Zone", &domain.hosted_zone_id, &domain.hosted_zone_name);
    let target = distribution.alias_target();
    stack.add("Alias", ARecord::props(&zone, target.clone()).record_name(&domain.name));
    stack.add("AliasV6", AaaaRecord::props(&zone, target).record_name(&domain.name));
    distribution
}

/// The two methods. The role may only call the protected one.
fn add_methods(stack: &Stack, api: &RestApi, site: &Distribution, role: &Role) {
    let hello = Function::props(Code::from_inline(Runtime::PYTHON3_13, "index.handler", HELLO));
    let hello = stack.add("Hello", hello.environment("ALLOWED_ORIGIN", site.url()));
    let cors = Cors::origins([site.url()]);
    let open = api.root().add_resource("no-auth");
    open.add_cors_preflight(&cors);
    open.add_method(Method::get(Integration::lambda(&hello)).api_key_required());
    let closed = api.root().add_resource("require-auth");
    closed.add_cors_preflight(&cors);
    let closed = closed.add_method(Method::get(Integration::lambda(&hello)).iam_authorization().api_key_required());
    closed.grant_execute(role);
}

/// Uploads the page's files, with the configuration from this stack.
fn publish(stack: &Stack, files: &Bucket, site: &Distribution, config: [(&str, Value<String>); 7]) {
    let deployment = BucketDeployment::props(files, Source::folder(SITE))
        .source(Source::json_object("config.json", config))
        .cache_control("*", CacheControl::no_cache())
        .invalidate(site, ["/*"]);
    stack.add("Publish", deployment);
}

/// The key for both methods, with the limits in the settings.
fn add_key(stack: &Stack, api: &RestApi, settings: &SpaIdentityPoolSettings) -> ApiKey {
    let key = stack.add("ApiKey", ApiKey::props().description("Counts and limits the page's calls"));
    let plan = UsagePlan::props()
        .throttle(Throttle::per_second(settings.requests_per_second).burst(settings.burst))
        .quota(Quota::per_day(settings.requests_per_day))
        .api_key(&key);
    api.add_usage_plan("UsagePlan", plan);
    key
}
