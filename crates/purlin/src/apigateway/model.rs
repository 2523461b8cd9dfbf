//! Models of requests and responses, and validators.

use purlin_cfn::apigateway::{CfnModel, CfnRequestValidator};
use purlin_construct::{Construct, Expr, HasScope, IntoValue, Json, Ref, Scope, Value};

use super::of_api::OfApi;
use crate::check::Checks;

/// The dialect of JSON Schema that API Gateway supports.
const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";

/// A model: the JSON Schema of a body
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html>).
#[derive(Debug, Clone)]
pub struct Model {
    name: Value<String>,
    cfn: Option<Ref<CfnModel>>,
}

/// The recipe of a [`Model`], for [`RestApi::add_model`](super::RestApi::add_model).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to an API"]
pub struct ModelProps {
    schema: Value<Json>,
    name: Option<Value<String>>,
    content_type: String,
    description: Option<Value<String>>,
}

impl Model {
    /// A model with this schema, in JSON Schema's draft 4, for bodies of `application/json`.
    ///
    /// ```
    /// use purlin::apigateway::{Integration, Method, Model, RequestValidator, RestApi};
    ///
    /// # let app = purlin::App::new();
    /// # let stack = app.add("Orders", purlin::Stack::props());
    /// let api = stack.add("Api", RestApi::props());
    /// let order = api.add_model("Order", Model::props(serde_json::json!({"type": "object", "required": ["item"]})));
    /// let bodies = api.add_request_validator("Bodies", RequestValidator::props().body());
    /// let add = Method::post(Integration::mock()).request_model("application/json", &order).request_validator(&bodies);
    /// api.root().add_method(add);
    /// # assert!(app.synth().unwrap().notices.is_empty());
    /// ```
    pub fn props(schema: impl IntoValue<Json>) -> ModelProps {
        let content_type = "application/json".to_owned();
        ModelProps { schema: schema.into_value(), name: None, content_type, description: None }
    }

    /// API Gateway's own model of any body.
    pub fn empty() -> Self {
        Self { name: "Empty".into_value(), cfn: None }
    }

    /// API Gateway's own model of an error: an object with a `message`.
    pub fn error() -> Self {
        Self { name: "Error".into_value(), cfn: None }
    }

    /// The raw resource; none for API Gateway's own models.
    pub fn cfn(&self) -> Option<&Ref<CfnModel>> {
        self.cfn.as_ref()
    }

    /// The model's name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }
}

impl ModelProps {
    /// The model's name, letters and digits; AWS generates one unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// The content type of the bodies; `application/json` unless given.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: content_type.into(), ..self }
    }

    /// What the model is for.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }
}

impl Construct for OfApi<ModelProps> {
    type Handle = Model;

    fn build(self, scope: Scope) -> Model {
        let recipe = self.recipe;
        scope.check("the model's name").name(&recipe.name, 1.., "");
        let mut model = CfnModel::new(self.api.id()).content_type(recipe.content_type);
        model = model.schema(with_dialect(recipe.schema));
        if let Some(name) = recipe.name {
            model = model.name(name);
        }
        if let Some(description) = recipe.description {
            model = model.description(description);
        }
        let cfn = scope.add("Resource", model);
        Model { name: cfn.id(), cfn: Some(cfn) }
    }
}

/// The schema with the dialect, unless it has one.
fn with_dialect(schema: Value<Json>) -> Value<Json> {
    match schema.into_expr() {
        Expr::Map(mut map) => {
            map.entry("$schema".into()).or_insert_with(|| DRAFT_4.into());
            Value::new(Expr::Map(map))
        }
        other => Value::new(other),
    }
}

/// A check of requests before the integration; a request that fails gets status 400
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>).
#[derive(Debug, Clone)]
pub struct RequestValidator {
    scope: Scope,
    cfn: Ref<CfnRequestValidator>,
}

/// The recipe of a [`RequestValidator`], for [`RestApi::add_request_validator`](super::RestApi::add_request_validator).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to an API"]
pub struct RequestValidatorProps {
    name: Option<Value<String>>,
    checks_body: bool,
    checks_parameters: bool,
}

impl RequestValidator {
    /// A validator without checks.
    pub fn props() -> RequestValidatorProps {
        RequestValidatorProps { name: None, checks_body: false, checks_parameters: false }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnRequestValidator> {
        &self.cfn
    }

    /// The validator's id.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }
}

impl RequestValidatorProps {
    /// The validator's name; AWS generates one unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// Checks bodies against the method's models.
    pub fn body(self) -> Self {
        Self { checks_body: true, ..self }
    }

    /// Checks the method's required parameters.
    pub fn parameters(self) -> Self {
        Self { checks_parameters: true, ..self }
    }
}

impl Construct for OfApi<RequestValidatorProps> {
    type Handle = RequestValidator;

    fn build(self, scope: Scope) -> RequestValidator {
        let recipe = self.recipe;
        if !recipe.checks_body && !recipe.checks_parameters {
            scope.error("the validator checks nothing", "add `.body()`, `.parameters()` or both");
        }
        let mut validator = CfnRequestValidator::new(self.api.id());
        if let Some(name) = recipe.name {
            validator = validator.name(name);
        }
        if recipe.checks_body {
            validator = validator.validate_request_body(true);
        }
        if recipe.checks_parameters {
            validator = validator.validate_request_parameters(true);
        }
        RequestValidator { cfn: scope.add("Resource", validator), scope }
    }
}

impl HasScope for RequestValidator {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
