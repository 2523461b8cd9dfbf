//! The handle and the recipe of an HTTP API.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use purlin_cfn::apigatewayv2::{ApiCors, CfnApi, CfnIntegration};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, sub};

use super::authorizer::{JwtAuthorizer, JwtAuthorizerProps};
use super::integration::Backend;
use super::route::{Authorization, RouteKey};
use super::route_build::OfApi;
use super::stage::{self, HttpStage, HttpStageProps};
use super::{HttpMethod, HttpRoute, HttpRouteProps};
use crate::apigateway::{Cors, without_variables};

/// An HTTP API
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html>).
#[derive(Debug, Clone)]
pub struct HttpApi {
    scope: Scope,
    cfn: Ref<CfnApi>,
    default_stage: Option<HttpStage>,
    shared: Rc<Shared>,
}

/// The state that all handles of an API share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    has_routes: Cell<bool>,
    /// The paths with `OPTIONS` for every caller.
    preflights: RefCell<Vec<String>>,
    /// The routes of every method with an authorization, with their paths, without `$default`.
    guarded: RefCell<Vec<(Scope, Option<String>)>>,
    integrations: RefCell<Vec<(String, Backend, Ref<CfnIntegration>)>>,
}

impl Shared {
    pub fn add_route<A>(&self, route: &Scope, recipe: &HttpRouteProps<A>) {
        self.has_routes.set(true);
        match (&recipe.key, &recipe.authorization) {
            (RouteKey::Of(HttpMethod::Options, path), Authorization::None) => {
                self.preflights.borrow_mut().push(path.clone());
            }
            (_, Authorization::None) => (),
            (RouteKey::Default, _) => self.guarded.borrow_mut().push((route.clone(), None)),
            (RouteKey::Of(HttpMethod::Any, path), _) => {
                self.guarded.borrow_mut().push((route.clone(), Some(path.clone())));
            }
            _ => (),
        }
    }

    fn check(&self, api: &Scope, has_cors: bool) {
        if !self.has_routes.get() {
            api.warning(
                "the API has no route, so every call gets status 404",
                "add one: `api.add_route(HttpRoute::get(\"/\", HttpIntegration::lambda(\"Home\", &function)))`",
            );
        }
        if !has_cors {
            return;
        }
        let preflights = self.preflights.borrow();
        for (route, path) in self.guarded.borrow().iter() {
            let path = match path {
                Some(path) if preflights.contains(path) => continue,
                None if !preflights.is_empty() => continue,
                path => path.as_deref().unwrap_or("/{proxy+}"),
            };
            route.warning(
                "the route takes `OPTIONS`, by which browsers ask before a call from a page, and refuses it: they send \
                 no token with it",
                format!(
                    "add a route that anyone can call, `HttpRoute::props(HttpMethod::Options, \"{path}\", integration)`, \
                     or name the methods instead of `ANY`"
                ),
            );
        }
    }

    /// The integration with this id and backend, if another route has made it.
    pub fn integration(&self, id: &str, backend: &Backend) -> Option<Ref<CfnIntegration>> {
        let known = self.integrations.borrow();
        known.iter().find(|(name, it, _)| name == id && it.is_same(backend)).map(|(_, _, cfn)| cfn.clone())
    }

    pub fn add_integration(&self, id: &str, backend: &Backend, cfn: &Ref<CfnIntegration>) {
        self.integrations.borrow_mut().push((id.to_owned(), backend.clone(), cfn.clone()));
    }
}

/// The recipe of an [`HttpApi`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct HttpApiProps {
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    cors: Option<Cors>,
    is_default_endpoint_disabled: bool,
    default_stage: Option<HttpStageProps>,
}

impl HttpApi {
    /// An API whose routes are deployed to the stage `$default`, whose URL has no stage in its path.
    pub fn props() -> HttpApiProps {
        HttpApiProps {
            name: None,
            description: None,
            cors: None,
            is_default_endpoint_disabled: false,
            default_stage: Some(HttpStage::props("$default")),
        }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnApi> {
        &self.cfn
    }

    /// The API's id, such as `a1b2c3d4e5`.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The stage `$default`; none if the API is made without it.
    pub fn default_stage(&self) -> Option<&HttpStage> {
        self.default_stage.as_ref()
    }

    /// The URL of `/` on the stage `$default`, which ends with a slash. An API without that stage has none.
    pub fn url(&self) -> Value<String> {
        if let Some(stage) = &self.default_stage {
            return stage.url();
        }
        self.scope.error(
            "the API has no stage `$default`, so it has no URL of its own",
            "use that of one of its stages: `stage.url()`",
        );
        Value::no_value()
    }

    /// The ARN of routes of the API for policies: the HTTP method, the path and the stage, each of which may be
    /// `*`. Variables of the path become `*`.
    pub fn arn_for_execute_api(
        &self,
        method: impl IntoValue<String>,
        path: &str,
        stage: impl IntoValue<String>,
    ) -> Value<String> {
        let method = method.into_value();
        let method = if method.as_str() == Some("ANY") { "*".into_value() } else { method };
        let path = if path == "*" { "/*".to_owned() } else { without_variables(path) };
        self.scope.arn("execute-api", sub!("{}/{}/{}{}", self.id(), stage.into_value(), method, path))
    }

    /// Adds a route. A duplicate is a problem.
    #[track_caller]
    pub fn add_route<A>(&self, route: HttpRouteProps<A>) -> HttpRoute<A> {
        self.scope.add(route.id(), OfApi { route, api: self.clone() })
    }

    /// Adds an authorizer, for routes of this API.
    #[track_caller]
    pub fn add_authorizer(&self, id: impl AsRef<str>, authorizer: JwtAuthorizerProps) -> JwtAuthorizer {
        authorizer.add_to(self, id.as_ref())
    }

    /// Adds a stage to `$default`.
    #[track_caller]
    pub fn add_stage(&self, id: impl AsRef<str>, stage: HttpStageProps) -> HttpStage {
        self.scope.add(id, stage::OfApi { stage, api: self.id() })
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl HttpApiProps {
    /// The API's name; its construct id unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the API is for.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// Allows pages of other origins to call the API. API Gateway responds to preflight requests and adds the headers to
    /// every response. By default browsers block pages of other origins.
    ///
    /// A route of every method with an authorization receives preflight requests and rejects them: that is a warning
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>).
    pub fn cors_preflight(self, cors: Cors) -> Self {
        Self { cors: Some(cors), ..self }
    }

    /// Serves the API only at custom domains.
    pub fn disable_execute_api_endpoint(self) -> Self {
        Self { is_default_endpoint_disabled: true, ..self }
    }

    /// The settings of the stage `$default`; no logs and only the account's limit unless given. The name in the recipe is
    /// not used.
    pub fn default_stage(self, stage: HttpStageProps) -> Self {
        Self { default_stage: Some(stage.named("$default")), ..self }
    }

    /// Deploys the API only to stages that are [added](HttpApi::add_stage).
    pub fn without_default_stage(self) -> Self {
        Self { default_stage: None, ..self }
    }
}

impl Construct for HttpApiProps {
    type Handle = HttpApi;

    fn build(self, scope: Scope) -> HttpApi {
        let name = self.name.unwrap_or_else(|| scope.id().into_value());
        let mut api = CfnApi::new().name(name).protocol_type("HTTP");
        if let Some(description) = self.description {
            api = api.description(description);
        }
        if let Some(cors) = &self.cors {
            cors.check(&scope);
            api = api.cors_configuration(configuration(cors));
        }
        if self.is_default_endpoint_disabled {
            api = api.disable_execute_api_endpoint(true);
        }
        let cfn = scope.add("Resource", api);
        let default_stage =
            self.default_stage.map(|stage| scope.add("DefaultStage", stage::OfApi { stage, api: cfn.id() }));
        let shared: Rc<Shared> = Rc::default();
        let known = Rc::clone(&shared);
        let has_cors = self.cors.is_some();
        scope.validate(move |scope| known.check(scope, has_cors));
        HttpApi { scope, cfn, default_stage, shared }
    }
}

fn configuration(cors: &Cors) -> ApiCors {
    let methods: Vec<&str> = cors.methods.iter().map(|method| method.as_str()).collect();
    let mut configuration =
        ApiCors::new().allow_origins(cors.origins.clone()).allow_methods(methods).allow_headers(cors.headers.clone());
    if cors.allows_credentials {
        configuration = configuration.allow_credentials(true);
    }
    if let Some(age) = cors.max_age {
        configuration = configuration.max_age(age);
    }
    if cors.exposed.is_empty() { configuration } else { configuration.expose_headers(cors.exposed.clone()) }
}

impl HasScope for HttpApi {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
