//! Stages of an HTTP API.

use purlin_cfn::apigatewayv2::{CfnStage, StageAccessLogSettings, StageRouteSettings};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, intrinsics, sub};

use crate::apigateway::{AccessLogFormat, Throttle};
use crate::check::{Checks, set_twice};
use crate::logs::LogGroup;

/// The fields of an access log of HTTP APIs.
const FIELDS: [(&str, &str); 12] = [
    ("requestId", "$context.requestId"),
    ("requestTime", "$context.requestTime"),
    ("ip", "$context.identity.sourceIp"),
    ("httpMethod", "$context.httpMethod"),
    ("routeKey", "$context.routeKey"),
    ("path", "$context.path"),
    ("protocol", "$context.protocol"),
    ("status", "$context.status"),
    ("responseLength", "$context.responseLength"),
    ("authorizerError", "$context.authorizer.error"),
    ("integrationError", "$context.integrationErrorMessage"),
    ("error", "$context.error.message"),
];

/// A stage of an HTTP API, to which every change of a route is deployed.
#[derive(Debug, Clone)]
pub struct HttpStage {
    scope: Scope,
    name: String,
    api: Value<String>,
    cfn: Ref<CfnStage>,
}

/// The recipe of an [`HttpStage`], for [`HttpApi::add_stage`](super::HttpApi::add_stage).
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to an API"]
pub struct HttpStageProps {
    name: String,
    description: Option<String>,
    throttle: Option<Throttle>,
    access_log: Option<(LogGroup, AccessLogFormat)>,
    has_metrics: bool,
    variables: Vec<(String, Value<String>)>,
}

impl HttpStage {
    /// A stage with this name, the first part of the paths of its URLs. `$default` is not part of them.
    pub fn props(name: impl Into<String>) -> HttpStageProps {
        HttpStageProps {
            name: name.into(),
            description: None,
            throttle: None,
            access_log: None,
            has_metrics: false,
            variables: Vec::new(),
        }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnStage> {
        &self.cfn
    }

    /// The stage's name, as a reference: what uses it is created after the stage.
    pub fn name(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The id of the API it belongs to.
    pub fn api_id(&self) -> Value<String> {
        self.api.clone()
    }

    /// The URL of `/`, which ends with a slash.
    pub fn url(&self) -> Value<String> {
        let path = if self.name == "$default" { String::new() } else { format!("{}/", self.name) };
        let region = self.scope.stack().region();
        sub!("https://{}.execute-api.{}.{}/{}", self.api, region, intrinsics::url_suffix(), path)
    }
}

impl HttpStageProps {
    /// What the stage is for.
    pub fn description(self, text: impl Into<String>) -> Self {
        Self { description: Some(text.into()), ..self }
    }

    /// The limit of all callers together for each route; the account's unless given.
    pub fn throttle(self, throttle: Throttle) -> Self {
        Self { throttle: Some(throttle), ..self }
    }

    /// Logs a line of JSON for each call to the group, with the caller, the request, the result and errors. None unless
    /// given.
    pub fn access_log(self, group: &LogGroup) -> Self {
        self.access_log_as(group, AccessLogFormat::json_of(FIELDS))
    }

    /// The same, in another format. HTTP APIs have other
    /// [variables](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html) than
    /// REST APIs.
    pub fn access_log_as(self, group: &LogGroup, format: AccessLogFormat) -> Self {
        Self { access_log: Some((group.clone(), format)), ..self }
    }

    /// Adds metrics of each route; the stage always has metrics.
    pub fn detailed_metrics(self) -> Self {
        Self { has_metrics: true, ..self }
    }

    /// A variable that integrations read as `stageVariables.name`.
    pub fn variable(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.variables.push((name.into(), value.into_value()));
        self
    }

    pub(super) fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    fn check(&self, scope: &Scope) {
        if self.name != "$default" {
            scope.check("the stage's name").hint("use a name such as `beta`, or `$default`").name(
                &self.name,
                1..=128,
                "-_",
            );
        }
        set_twice(scope, "stage variable", &self.variables);
        if let Some(throttle) = self.throttle {
            throttle.check(scope);
        }
        if let Some((_, format)) = &self.access_log {
            format.check(scope);
        }
    }

    fn settings(&self) -> Option<StageRouteSettings> {
        if self.throttle.is_none() && !self.has_metrics {
            return None;
        }
        let mut settings = StageRouteSettings::new();
        if let Some(throttle) = self.throttle {
            settings = settings.throttling_rate_limit(throttle.rate);
            if let Some(burst) = throttle.burst {
                settings = settings.throttling_burst_limit(burst);
            }
        }
        Some(if self.has_metrics { settings.detailed_metrics_enabled(true) } else { settings })
    }
}

/// A stage of an API.
pub(super) struct OfApi {
    pub stage: HttpStageProps,
    pub api: Value<String>,
}

impl Construct for OfApi {
    type Handle = HttpStage;

    fn build(self, scope: Scope) -> HttpStage {
        let recipe = self.stage;
        recipe.check(&scope);
        let mut stage = CfnStage::new(&self.api, recipe.name.as_str()).auto_deploy(true);
        if let Some(settings) = recipe.settings() {
            stage = stage.default_route_settings(settings);
        }
        if let Some(description) = recipe.description {
            stage = stage.description(description);
        }
        if let Some((group, format)) = recipe.access_log {
            let settings = StageAccessLogSettings::new().destination_arn(group.arn()).format(format.text());
            stage = stage.access_log_settings(settings);
        }
        if !recipe.variables.is_empty() {
            let variables: Vec<_> =
                recipe.variables.into_iter().map(|(name, value)| (name, value.into_expr())).collect();
            stage = stage.stage_variables(Value::new(purlin_construct::Expr::map(variables)));
        }
        HttpStage { cfn: scope.add("Resource", stage), name: recipe.name, api: self.api, scope }
    }
}

impl HasScope for HttpStage {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
