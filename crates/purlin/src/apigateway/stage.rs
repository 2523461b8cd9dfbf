//! Stages: under which name, and how, a deployment is called.

use purlin_cfn::apigateway::CfnStage;
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value};

use super::api;

/// A stage of an API.
#[derive(Debug, Clone)]
pub struct Stage {
    scope: Scope,
    api: Value<String>,
    cfn: Ref<CfnStage>,
}

/// How a deployment is called, and what of it is logged and measured
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html>).
#[derive(Debug, Clone)]
#[must_use = "options do nothing until they are given to an API"]
pub struct StageOptions {
    pub(super) name: String,
    description: Option<String>,
    variables: Vec<(String, Value<String>)>,
}

impl StageOptions {
    /// The stage `prod`.
    pub fn new() -> Self {
        Self { name: "prod".to_owned(), description: None, variables: Vec::new() }
    }

    /// The stage's name, the first part of the paths of its URLs; `prod` unless given. Changing it replaces the stage.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// What the stage is for.
    pub fn description(self, text: impl Into<String>) -> Self {
        Self { description: Some(text.into()), ..self }
    }

    /// A variable that integrations read as `stageVariables.name`.
    pub fn variable(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.variables.push((name.into(), value.into_value()));
        self
    }

    fn check(&self, scope: &Scope) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 128 || !self.name.chars().all(allowed) {
            scope.error(
                format!("`{}` is not a name of a stage: it is 1 to 128 letters, digits, `-` and `_`", self.name),
                "give it a name such as `prod`",
            );
        }
    }
}

impl Default for StageOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A stage of a deployment.
pub(super) struct StageOf {
    pub options: StageOptions,
    pub api: Value<String>,
    pub deployment: Value<String>,
}

impl Construct for StageOf {
    type Handle = Stage;

    fn build(self, scope: Scope) -> Stage {
        let options = self.options;
        options.check(&scope);
        let mut stage = CfnStage::new(&self.api).deployment_id(self.deployment).stage_name(options.name);
        if let Some(description) = options.description {
            stage = stage.description(description);
        }
        if !options.variables.is_empty() {
            stage = stage.variables(options.variables);
        }
        Stage { cfn: scope.add("Resource", stage), api: self.api, scope }
    }
}

impl Stage {
    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnStage> {
        &self.cfn
    }

    /// The stage's name, as a reference: whoever uses it is created after the stage.
    pub fn name(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The id of the API it belongs to.
    pub fn api_id(&self) -> Value<String> {
        self.api.clone()
    }

    /// The URL of a path of the stage, such as `/orders`.
    pub fn url_for_path(&self, path: &str) -> Value<String> {
        api::url(&self.scope, &self.api, &self.name(), path)
    }
}

impl HasScope for Stage {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
