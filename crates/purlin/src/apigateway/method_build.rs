//! The resource of a method, and its checks.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use purlin_cfn::apigateway::{CfnMethod, MethodMethodResponse};
use purlin_construct::{Construct, Expr, Map, Scope, Value};

use super::integration_build;
use super::method::Authorization;
use super::{Method, MethodProps, MethodResponse, Resource};

/// A method of a resource.
pub(super) struct OnResource<A> {
    pub method: MethodProps<A>,
    pub resource: Resource,
}

impl<A> Construct for OnResource<A> {
    type Handle = Method<A>;

    fn build(self, scope: Scope) -> Method<A> {
        let (mut method, resource) = (self.method, self.resource);
        integration_build::fill_url(&mut method.integration, &scope, &resource);
        method.check(&scope);
        if method.is_key_required {
            resource.api.shared.add_needs_key(&scope);
        }
        let integration = integration_build::bind(&method.integration, &scope, &resource, method.verb);
        let mut cfn = CfnMethod::new(method.verb, resource.id(), resource.api.id()).integration(integration);
        cfn = method.authorized(cfn, &resource);
        if method.is_key_required {
            cfn = cfn.api_key_required(true);
        }
        if let Some(name) = &method.operation_name {
            cfn = cfn.operation_name(name);
        }
        let parameters = method.all_request_parameters();
        if !parameters.is_empty() {
            cfn = cfn.request_parameters(flags(parameters));
        }
        if !method.models.is_empty() {
            cfn = cfn.request_models(method.models.clone());
        }
        if let Some(validator) = &method.validator {
            cfn = cfn.request_validator_id(validator);
        }
        let responses = method.all_responses();
        if !responses.is_empty() {
            cfn = cfn.method_responses(responses.into_iter().map(rendered).collect::<Vec<_>>());
        }
        let cfn = scope.add("Resource", cfn);
        Method { scope, cfn, resource, verb: method.verb, of: PhantomData }
    }
}

impl<A> MethodProps<A> {
    fn check(&self, scope: &Scope) {
        if matches!(self.authorization, Authorization::By("COGNITO_USER_POOLS", _)) {
            self.check_tokens(scope);
        }
        let is_required = self.request_parameters.values().any(|required| *required);
        if self.validator.is_none() && (is_required || !self.models.is_empty()) {
            scope.warning(
                "the method has models or required parameters, but no validator checks them",
                "add a validator: `api.add_request_validator(\"Validator\", RequestValidator::props().body())`",
            );
        }
        for response in &self.responses {
            integration_build::check_status(scope, response.status);
        }
        for name in self.request_parameters.keys() {
            let place = name.strip_prefix("method.request.").and_then(|rest| rest.split_once('.'));
            if !matches!(place, Some(("header" | "path" | "querystring", name)) if !name.is_empty()) {
                scope.error(
                    format!("`{name}` is not a parameter of a request"),
                    "write `method.request.querystring.user`, `method.request.header.X-User` or `method.request.path.id`",
                );
            }
        }
    }

    fn check_tokens(&self, scope: &Scope) {
        match (self.scopes.is_empty(), self.takes_id_tokens) {
            (true, false) => scope.warning(
                "the method has a Cognito authorizer and no scopes, so it accepts id tokens and rejects access tokens",
                "name the scopes of the access tokens that it takes, `.scopes([server.scope(\"read\")])`, or say that id \
                 tokens are meant: `.id_tokens()`",
            ),
            (false, true) => scope.error(
                "the method has scopes and accepts id tokens, which have none",
                "remove `.scopes(..)` or `.id_tokens()`",
            ),
            _ => (),
        }
    }

    fn authorized(&self, method: CfnMethod, resource: &Resource) -> CfnMethod {
        match &self.authorization {
            Authorization::None => method.authorization_type("NONE"),
            Authorization::Iam => method.authorization_type("AWS_IAM"),
            Authorization::By(kind, attach) => {
                let method = method.authorization_type(*kind).authorizer_id(attach(&resource.api));
                if self.scopes.is_empty() { method } else { method.authorization_scopes(self.scopes.clone()) }
            }
        }
    }

    /// The declared parameters, and those that the integration reads.
    fn all_request_parameters(&self) -> BTreeMap<String, bool> {
        let mut all = self.request_parameters.clone();
        let read = self.integration.request_parameters.values().filter_map(Value::as_str);
        for name in read.filter(|from| from.starts_with("method.request.") && *from != "method.request.body") {
            all.entry(name.to_owned()).or_insert(false);
        }
        all
    }

    /// The declared responses, and those of the integration.
    fn all_responses(&self) -> Vec<MethodResponse> {
        let mut all = self.responses.clone();
        for given in integration_build::responses(&self.integration).iter() {
            let at = all.iter().position(|known| known.status == given.status).unwrap_or_else(|| {
                all.push(MethodResponse::new(given.status));
                all.len() - 1
            });
            let declared = &mut all[at].headers;
            let missing: Vec<String> = given.headers.keys().filter(|name| !declared.contains(name)).cloned().collect();
            declared.extend(missing);
        }
        all
    }
}

fn rendered(response: MethodResponse) -> MethodMethodResponse {
    let mut rendered = MethodMethodResponse::new(response.status.to_string());
    if !response.headers.is_empty() {
        let headers = response.headers.into_iter().map(|name| (format!("method.response.header.{name}"), false));
        rendered = rendered.response_parameters(flags(headers));
    }
    if response.models.is_empty() { rendered } else { rendered.response_models(response.models) }
}

/// API Gateway takes booleans here, although its schema has texts.
fn flags(names: impl IntoIterator<Item = (String, bool)>) -> Value<Map<String>> {
    Value::new(Expr::map(names.into_iter().map(|(name, flag)| (name, Expr::Bool(flag)))))
}
