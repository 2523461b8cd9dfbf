//! The handle of a REST API.

use std::rc::Rc;

use purlin_cfn::apigateway::CfnRestApi;
use purlin_construct::{HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use super::of_api::OfApi;
use super::shared::Shared;
use super::{
    ApiKey, ApiKeyProps, DomainName, DomainNameProps, GatewayResponse, GatewayResponseProps, Model, ModelProps,
    RequestValidator, RequestValidatorProps, Resource, RestApiProps, Stage, UsagePlan, UsagePlanProps,
};
use crate::iam::{self, PolicyStatement};

/// A REST API, made by the stack or imported
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-rest-api.html>).
#[derive(Debug, Clone)]
pub struct RestApi {
    pub(super) scope: Scope,
    pub(super) id: Value<String>,
    pub(super) root_scope: Scope,
    pub(super) root_id: Value<String>,
    pub(super) made: Option<Made>,
    pub(super) shared: Rc<Shared>,
}

/// The parts that only an API of the stack has.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub cfn: Ref<CfnRestApi>,
    pub stage: Stage,
}

impl RestApi {
    /// An API that is deployed to the stage `prod`.
    ///
    /// Each change of a method, or of another part of a deployment, makes a new deployment.
    pub fn props() -> RestApiProps {
        RestApiProps::new()
    }

    /// An API of the stack's account and region that exists already, by its id and that of its root resource.
    ///
    /// Methods can be added to it; its own stack has to deploy them.
    #[track_caller]
    pub fn from_attributes(
        scope: &impl HasScope,
        id: impl AsRef<str>,
        rest_api_id: impl IntoValue<String>,
        root_resource_id: impl IntoValue<String>,
    ) -> Self {
        let scope = scope.scope().child(id);
        let root_scope = scope.child("Default");
        let (id, root_id) = (rest_api_id.into_value(), root_resource_id.into_value());
        Self { scope, id, root_scope, root_id, made: None, shared: Rc::default() }
    }

    /// The raw resource; none for an imported API.
    pub fn cfn(&self) -> Option<&Ref<CfnRestApi>> {
        self.made.as_ref().map(|made| &made.cfn)
    }

    /// The API's id, such as `a1b2c3d4e5`.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The resource `/`.
    pub fn root(&self) -> Resource {
        Resource { scope: self.root_scope.clone(), api: self.clone(), path: "/".to_owned(), id: self.root_id.clone() }
    }

    /// The stage of the API; none for an imported API.
    pub fn deployment_stage(&self) -> Option<&Stage> {
        self.made.as_ref().map(|made| &made.stage)
    }

    /// The URL of `/`, which ends with a slash. For an imported API, the stage is `prod`.
    pub fn url(&self) -> Value<String> {
        self.url_for_path("/")
    }

    /// The URL of a path, such as `/orders`. For an imported API, the stage is `prod`.
    pub fn url_for_path(&self, path: &str) -> Value<String> {
        match self.deployment_stage() {
            Some(stage) => stage.url_for_path(path),
            None => url(&self.scope, &self.id, &"prod".into_value(), path),
        }
    }

    /// The ARN of methods of the API for policies: the HTTP method, the path and the stage, each of which may be
    /// `*`. Variables of the path become `*`.
    ///
    /// ```
    /// # use purlin::apigateway::{HttpMethod, RestApi};
    /// # let app = purlin::App::new();
    /// # let stack = app.add("Orders", purlin::Stack::props());
    /// # let api = RestApi::from_attributes(&stack, "Api", "a1b2c3d4e5", "f6g7h8");
    /// let arn = api.arn_for_execute_api(HttpMethod::Get, "/orders/{id}", "prod");
    /// # purlin::Scope::add(&stack, "Arn", purlin::CfnOutput::new(arn));
    /// ```
    pub fn arn_for_execute_api(
        &self,
        method: impl IntoValue<String>,
        path: &str,
        stage: impl IntoValue<String>,
    ) -> Value<String> {
        if !path.starts_with('/') && path != "*" {
            self.scope.error(
                format!("the path `{path}` does not start with `/`"),
                format!("write `/{path}`, or `*` for every path"),
            );
        }
        let method = method.into_value();
        let method = if method.as_str() == Some("ANY") { "*".into_value() } else { method };
        let path = if path == "*" { "/*".to_owned() } else { without_variables(path) };
        self.scope.arn("execute-api", sub!("{}/{}/{}{}", self.id, stage.into_value(), method, path))
    }

    /// Adds a gateway response for one type, such as a call without a token.
    #[track_caller]
    pub fn add_gateway_response(&self, id: impl AsRef<str>, response: GatewayResponseProps) -> GatewayResponse {
        self.scope.add(id, OfApi { recipe: response, api: self.clone() })
    }

    /// Adds a model of bodies.
    #[track_caller]
    pub fn add_model(&self, id: impl AsRef<str>, model: ModelProps) -> Model {
        self.scope.add(id, OfApi { recipe: model, api: self.clone() })
    }

    /// Adds a validator of requests for methods.
    #[track_caller]
    pub fn add_request_validator(&self, id: impl AsRef<str>, validator: RequestValidatorProps) -> RequestValidator {
        self.scope.add(id, OfApi { recipe: validator, api: self.clone() })
    }

    /// Adds a custom domain, mapped to the stage of the API.
    #[track_caller]
    pub fn add_domain_name(&self, id: impl AsRef<str>, domain: DomainNameProps) -> DomainName {
        let domain = self.scope.add(id, domain);
        domain.add_base_path_mapping(self, "");
        domain
    }

    /// Adds a key, which is valid for the stages of its [plans](Self::add_usage_plan).
    #[track_caller]
    pub fn add_api_key(&self, id: impl AsRef<str>, key: ApiKeyProps) -> ApiKey {
        self.scope.add(id, key)
    }

    /// Adds a usage plan with the stage of the API.
    #[track_caller]
    pub fn add_usage_plan(&self, id: impl AsRef<str>, plan: UsagePlanProps) -> UsagePlan {
        let plan = match self.deployment_stage() {
            Some(stage) => plan.api_stage(stage),
            None => plan,
        };
        self.scope.add(id, plan)
    }

    /// Adds a statement to the API's resource policy. `false` for an imported API, whose policy the app does not change.
    ///
    /// The policy cannot refer to its own API: write `execute-api:/*` for its resources.
    pub fn add_to_resource_policy(&self, statement: PolicyStatement) -> bool {
        let Some(made) = &self.made else { return false };
        iam::add_statement(&made.cfn, "Policy", &statement);
        true
    }
}

impl HasScope for RestApi {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// The URL of a path of a stage.
pub(super) fn url(scope: &Scope, api: &Value<String>, stage: &Value<String>, path: &str) -> Value<String> {
    if !path.starts_with('/') {
        scope.error(format!("the path `{path}` does not start with `/`"), format!("write `/{path}`"));
    }
    let region = scope.stack().region();
    sub!("https://{}.execute-api.{}.{}/{}{}", api, region, intrinsics::url_suffix(), stage, path)
}

/// The path with `*` for its variables: `/orders/*`.
pub(crate) fn without_variables(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect::<Vec<_>>().join("/")
}
