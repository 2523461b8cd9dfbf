//! The resources of a route, and its checks.

use std::marker::PhantomData;

use purlin_cfn::apigatewayv2::{CfnIntegration, CfnRoute};
use purlin_construct::{Construct, HasScope, Ref, Scope, sub};

use super::integration::Backend;
use super::route::{Authorization, RouteKey};
use super::{HttpApi, HttpIntegration, HttpRoute, HttpRouteProps};
use crate::lambda::Permission;

/// A route of an API.
pub(super) struct OfApi<A> {
    pub route: HttpRouteProps<A>,
    pub api: HttpApi,
}

impl<A> Construct for OfApi<A> {
    type Handle = HttpRoute<A>;

    fn build(self, scope: Scope) -> HttpRoute<A> {
        let (route, api) = (self.route, self.api);
        if let RouteKey::Of(_, path) = &route.key {
            check_path(&scope, path);
        }
        route.integration.check(&scope);
        api.shared().add_route(&scope, &route);
        let integration = integration(&scope, &api, &route.integration);
        permit(&scope, &api, &route.integration, &route.key);
        let key = match &route.key {
            RouteKey::Default => "$default".to_owned(),
            RouteKey::Of(verb, path) => format!("{} {path}", verb.as_str()),
        };
        let mut cfn = CfnRoute::new(api.id(), key).target(sub!("integrations/{}", integration.id()));
        cfn = match &route.authorization {
            Authorization::None => cfn.authorization_type("NONE"),
            Authorization::Iam => cfn.authorization_type("AWS_IAM"),
            Authorization::Jwt(authorizer) => {
                authorizer.check_api(&scope, &api);
                cfn.authorization_type("JWT").authorizer_id(authorizer.id())
            }
        };
        if !route.scopes.is_empty() {
            cfn = cfn.authorization_scopes(route.scopes);
        }
        HttpRoute { cfn: scope.add("Resource", cfn), scope, api, key: route.key, of: PhantomData }
    }
}

/// The route's integration: that of another route if it is the same.
#[track_caller]
fn integration(scope: &Scope, api: &HttpApi, recipe: &HttpIntegration) -> Ref<CfnIntegration> {
    if let Some(known) = api.shared().integration(&recipe.id, &recipe.backend) {
        return known;
    }
    let kind = match &recipe.backend {
        Backend::Function { .. } => "AWS_PROXY",
        Backend::Url { .. } => "HTTP_PROXY",
    };
    let mut cfn = CfnIntegration::new(api.id(), kind);
    cfn = match &recipe.backend {
        Backend::Function { function, payload } => cfn.integration_uri(function.arn()).payload_format_version(*payload),
        Backend::Url { url, method } => {
            cfn.integration_uri(url).integration_method(*method).payload_format_version("1.0")
        }
    };
    if let Some(timeout) = recipe.timeout {
        cfn = cfn.timeout_in_millis(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX));
    }
    if let Some(description) = &recipe.description {
        cfn = cfn.description(description);
    }
    let cfn = scope.child(&recipe.id).add("Resource", cfn);
    api.shared().add_integration(&recipe.id, &recipe.backend, &cfn);
    cfn
}

/// Permits API Gateway to invoke the function for the route, whose ARN has the variables of its path.
#[track_caller]
fn permit(scope: &Scope, api: &HttpApi, recipe: &HttpIntegration, key: &RouteKey) {
    let Backend::Function { function, .. } = &recipe.backend else { return };
    let path = match key {
        RouteKey::Default => "",
        RouteKey::Of(_, path) => path,
    };
    let arn = api.scope().arn("execute-api", sub!("{}/*/*{}", api.id(), path));
    let permission = Permission::for_service("apigateway.amazonaws.com").source_arn(arn);
    function.add_permission_to(scope, format!("{}-Permission", recipe.id), permission);
}

/// Reports paths that API Gateway refuses
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>).
fn check_path(scope: &Scope, path: &str) {
    if !path.starts_with('/') {
        scope.error(format!("the path `{path}` does not start with `/`"), format!("write `/{path}`"));
    }
    if path != "/" && path.ends_with('/') {
        scope.error(format!("the path `{path}` ends with `/`"), format!("write `{}`", path.trim_end_matches('/')));
    }
    for part in path.split('/') {
        let has_brace = part.contains(['{', '}']);
        if has_brace && !(part.starts_with('{') && part.ends_with('}') && part.len() > 2) {
            scope.error(
                format!("`{part}` of the path `{path}` is neither a name nor a variable"),
                "write a variable as a full part, in braces: `/orders/{id}`",
            );
        }
    }
    if path.find("+}").is_some_and(|at| at + 2 != path.len()) {
        scope.error(
            format!("the path `{path}` continues after a variable for the rest of the path"),
            "move the variable to the end",
        );
    }
}
