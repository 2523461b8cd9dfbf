//! The properties of an integration, and the permission to invoke its function.

use std::borrow::Cow;
use std::time::Duration;

use purlin_cfn::apigateway::{MethodIntegration, MethodIntegrationResponse};
use purlin_construct::{HasScope, IntoValue, Scope, Value, Word, intrinsics, logical_id, sub};

use super::integration::{Backend, IntegrationResponse, Plain};
use super::shared::Shared;
use super::{HttpMethod, Resource, method};
use crate::check::Checks;
use crate::lambda::{Function, Permission};

/// The longest timeout without a higher quota.
const LONGEST: Duration = Duration::from_secs(29);
/// The most permissions of a function, whose statements have about 430 bytes.
const MOST_PERMISSIONS: usize = 45;
const INVOKER: &str = "apigateway.amazonaws.com";

/// The properties of the method.
#[track_caller]
pub(super) fn bind(plain: &Plain, scope: &Scope, resource: &Resource, verb: HttpMethod) -> MethodIntegration {
    check(plain, scope);
    if let Backend::Function(function) = &plain.backend {
        permit(plain, function, scope, resource, verb);
    }
    let mut integration = backend(plain, scope, verb);
    if let Some(timeout) = plain.timeout {
        integration = integration.timeout_in_millis(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX));
    }
    if !plain.request_parameters.is_empty() {
        integration = integration.request_parameters((*plain.request_parameters).clone());
    }
    let mut templates = plain.request_templates.clone();
    if matches!(plain.backend, Backend::Mock) && templates.is_empty() {
        templates.insert("application/json".to_owned(), "{\"statusCode\": 200}".into_value());
    }
    if !templates.is_empty() {
        integration = integration.request_templates((*templates).clone());
    }
    let responses: Vec<_> = responses(plain).iter().map(rendered).collect();
    if responses.is_empty() { integration } else { integration.integration_responses(responses) }
}

/// The responses; a method that is not a proxy requires one, or it responds 500 to all calls.
pub(super) fn responses(plain: &Plain) -> Cow<'_, [IntegrationResponse]> {
    if plain.is_proxy || !plain.responses.is_empty() {
        return Cow::Borrowed(&plain.responses);
    }
    Cow::Owned(vec![IntegrationResponse::new(200)])
}

fn backend(plain: &Plain, scope: &Scope, verb: HttpMethod) -> MethodIntegration {
    let settings = plain.settings.clone();
    let stack = scope.stack();
    let (name, partition, region) =
        (|aws, proxy| if plain.is_proxy { proxy } else { aws }, stack.partition(), stack.region());
    match &plain.backend {
        Backend::Mock => settings.type_(Word::known("MOCK")),
        Backend::Function(function) => {
            let kind = Word::known(name("AWS", "AWS_PROXY"));
            settings.type_(kind).integration_http_method("POST").uri(invocation_uri(scope, function))
        }
        Backend::Http { url, method } => {
            let method = if plain.is_proxy { verb } else { *method };
            settings.type_(Word::known(name("HTTP", "HTTP_PROXY"))).integration_http_method(method).uri(url)
        }
        Backend::Service { service, action, role } => {
            let uri = sub!("arn:{}:apigateway:{}:{}:action/{}", partition, region, service, action);
            let settings = settings.type_(Word::known("AWS")).integration_http_method("POST");
            settings.uri(uri).credentials(role.arn())
        }
    }
}

/// Maps the variables of a URL, such as `{proxy}`, from those of the path.
pub(super) fn fill_url(plain: &mut Plain, scope: &Scope, resource: &Resource) {
    let Backend::Http { url, .. } = &plain.backend else { return };
    let Some(url) = url.as_str() else { return };
    let names = url.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_owned()));
    for name in names.collect::<Vec<_>>() {
        let to = format!("integration.request.path.{name}");
        if plain.request_parameters.contains_key(&to) {
            continue;
        }
        if !resource.path().split('/').any(|part| part == format!("{{{name}}}") || part == format!("{{{name}+}}")) {
            scope.error(
                format!(
                    "the integration's URL has the variable `{{{name}}}`, but the path `{}` does not",
                    resource.path()
                ),
                format!("set its source: `.request_parameter(\"{to}\", \"method.request.querystring.{name}\")`"),
            );
        }
        plain.request_parameters.insert(to, format!("method.request.path.{name}").into_value());
    }
}

/// The URI by which API Gateway invokes a function, which may be in another region.
pub(super) fn invocation_uri(scope: &Scope, function: &Function) -> Value<String> {
    let (stack, arn) = (scope.stack(), function.arn());
    let region = match arn.as_str() {
        Some(_) => intrinsics::select(3, intrinsics::split(":", &arn)),
        None => stack.region(),
    };
    sub!("arn:{}:apigateway:{}:lambda:path/2015-03-31/functions/{}/invocations", stack.partition(), region, arn)
}

/// Permits API Gateway to invoke the function: for the method on the stage, and for tests of it in the console.
#[track_caller]
fn permit(plain: &Plain, function: &Function, scope: &Scope, resource: &Resource, verb: HttpMethod) {
    let api = &resource.api;
    let api_name = unique_name(&api.scope);
    if plain.permits_whole_api {
        let id = format!("ApiPermission.ApiScoped.{}.{api_name}", unique_name(function.scope()));
        if api.scope.try_child(&id).is_none() {
            let arn = api.arn_for_execute_api("*", "*", "*");
            function.add_permission_to(&api.scope, id, Permission::for_service(INVOKER).source_arn(arn));
        }
        return;
    }
    let place = format!("{api_name}.{}.{}", verb.as_str(), resource.path().replace('/', "."));
    let permission = Permission::for_service(INVOKER).source_arn(method::arn(resource, verb));
    function.add_permission_to(scope, format!("ApiPermission.{place}"), permission);
    api.shared.add_permission(function.scope());
    if plain.allows_test_invoke {
        let arn = api.arn_for_execute_api(verb, resource.path(), "test-invoke-stage");
        let permission = Permission::for_service(INVOKER).source_arn(arn);
        function.add_permission_to(scope, format!("ApiPermission.Test.{place}"), permission);
        api.shared.add_permission(function.scope());
    }
}

/// The construct's path in the form of the CDK's ids.
fn unique_name(scope: &Scope) -> String {
    let path = scope.path();
    logical_id(&path.split('/').collect::<Vec<_>>()).unwrap_or_default()
}

fn rendered(response: &IntegrationResponse) -> MethodIntegrationResponse {
    let mut rendered = MethodIntegrationResponse::new(response.status.to_string());
    if let Some(pattern) = &response.pattern {
        rendered = rendered.selection_pattern(pattern);
    }
    if !response.headers.is_empty() {
        let headers = response.headers.iter();
        let headers: Vec<_> =
            headers.map(|(name, from)| (format!("method.response.header.{name}"), from.clone())).collect();
        rendered = rendered.response_parameters(headers);
    }
    if !response.templates.is_empty() {
        rendered = rendered.response_templates((*response.templates).clone());
    }
    match response.handling {
        Some(handling) => rendered.content_handling(Word::known(handling)),
        None => rendered,
    }
}

fn check(plain: &Plain, scope: &Scope) {
    if let Some(timeout) = plain.timeout {
        check_timeout(scope, timeout);
    }
    plain.request_parameters.check(scope, "request parameter of the integration");
    plain.request_templates.check(scope, "request template of the integration");
    for response in &plain.responses {
        check_status(scope, response.status);
        response.headers.check(scope, "header of the integration's response");
        response.templates.check(scope, "template of the integration's response");
    }
    let defaults = plain.responses.iter().filter(|response| response.pattern.is_none()).count();
    if defaults > 1 {
        scope.error(
            format!("the integration has {defaults} responses without a pattern, but AWS takes one"),
            "add `.selection_pattern(..)` to the others",
        );
    }
    if let Backend::Http { url, .. } = &plain.backend {
        scope.check("the integration's URL").https_or_http(url);
    }
}

fn check_timeout(scope: &Scope, timeout: Duration) {
    if timeout > LONGEST {
        scope.warning(
            format!("the integration's timeout is `{timeout:?}`, but AWS takes up to 29 s unless the quota was raised"),
            "use at most `Duration::from_secs(29)`, or request a higher quota, which regional and private APIs can have",
        );
    }
}

/// Reports functions whose policies exceed 20 KB, which fails during a deployment
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
pub(super) fn check_permissions(shared: &Shared) {
    for (function, permissions) in shared.permissions() {
        if permissions > MOST_PERMISSIONS {
            function.warning(
                format!(
                    "the function has {permissions} permissions for the API's methods, but its policy of at most 20 KB has \
                     space for about {MOST_PERMISSIONS}"
                ),
                "use one for all methods, `Integration::lambda(&function).permit_whole_api()`, or omit those for tests in \
                 the console: `.without_test_invoke()`",
            );
        }
    }
}

/// Reports a number that is not an HTTP status.
pub(super) fn check_status(scope: &Scope, status: u16) {
    scope.check("the status of a response").number(status, 100..=599);
}
