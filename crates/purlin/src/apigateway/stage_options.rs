//! The options of a stage.

use purlin_cfn::apigateway::StageMethodSetting;
use purlin_construct::{IntoValue, Scope, Value};

use super::{AccessLogFormat, HttpMethod, MethodSettings};
use crate::check::{Checks, set_twice};
use crate::logs::LogGroup;

/// The name of a stage, its logs, metrics and cache
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html>).
///
/// ```
/// use purlin::apigateway::{AccessLogFormat, LoggingLevel, MethodSettings, RestApi, StageOptions, Throttle};
/// use purlin::logs::LogGroup;
///
/// # use purlin::apigateway::{Integration, Method};
/// # let app = purlin::App::new();
/// # let stack = app.add("Orders", purlin::Stack::props());
/// let logs = stack.add("AccessLogs", LogGroup::props());
/// let stage = StageOptions::new()
///     .name("live")
///     .access_log(&logs, AccessLogFormat::json())
///     .all_methods(MethodSettings::new().logging(LoggingLevel::Error).throttle(Throttle::per_second(50).burst(100)));
/// let api = stack.add("Api", RestApi::props().stage(stage));
/// # api.root().add_method(Method::get(Integration::mock()));
/// # assert!(app.synth().is_ok());
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until they are given to an API"]
pub struct StageOptions {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) variables: Vec<(String, Value<String>)>,
    pub(super) access_log: Option<(LogGroup, AccessLogFormat)>,
    pub(super) is_traced: bool,
    pub(super) client_certificate: Option<Value<String>>,
    cache_size: Option<CacheSize>,
    all: Option<MethodSettings>,
    methods: Vec<(String, HttpMethod, MethodSettings)>,
}

/// The size of a stage's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it, in gigabytes")]
pub enum CacheSize {
    Gb0_5,
    Gb1_6,
    Gb6_1,
    Gb13_5,
    Gb28_4,
    Gb58_2,
    Gb118,
    Gb237,
}

impl CacheSize {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Gb0_5 => "0.5",
            Self::Gb1_6 => "1.6",
            Self::Gb6_1 => "6.1",
            Self::Gb13_5 => "13.5",
            Self::Gb28_4 => "28.4",
            Self::Gb58_2 => "58.2",
            Self::Gb118 => "118",
            Self::Gb237 => "237",
        }
    }
}

impl StageOptions {
    /// The stage `prod`, without logs and cache.
    pub fn new() -> Self {
        Self {
            name: "prod".to_owned(),
            description: None,
            variables: Vec::new(),
            access_log: None,
            is_traced: false,
            client_certificate: None,
            cache_size: None,
            all: None,
            methods: Vec::new(),
        }
    }

    /// The stage's name, the first part of the paths of its URLs; `prod` unless given. Another name replaces the
    /// stage.
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

    /// Logs a line for each call to the group; none unless given.
    ///
    /// API Gateway logs with a role that is set once for an account and region. The stack's first API with logs makes it,
    /// as the patch `api-gateway-log-role`; turn that off if the account has one already.
    pub fn access_log(self, group: &LogGroup, format: AccessLogFormat) -> Self {
        Self { access_log: Some((group.clone(), format)), ..self }
    }

    /// Traces calls with AWS X-Ray.
    pub fn tracing(self) -> Self {
        Self { is_traced: true, ..self }
    }

    /// The settings of all methods.
    pub fn all_methods(self, settings: MethodSettings) -> Self {
        Self { all: Some(settings), ..self }
    }

    /// The settings of one method, instead of those of all: its path, such as `/orders/{id}`, and HTTP method.
    pub fn method(mut self, path: impl Into<String>, verb: HttpMethod, settings: MethodSettings) -> Self {
        self.methods.push((path.into(), verb, settings));
        self
    }

    /// The size of the cache; half a gigabyte unless given, and no cache if no method is cached.
    pub fn cache_size(self, size: CacheSize) -> Self {
        Self { cache_size: Some(size), ..self }
    }

    /// The client certificate of API Gateway for backends, by its id.
    pub fn client_certificate(self, id: impl IntoValue<String>) -> Self {
        Self { client_certificate: Some(id.into_value()), ..self }
    }

    /// Whether API Gateway requires the account's role.
    pub(super) fn logs(&self) -> bool {
        self.access_log.is_some() || self.each().any(MethodSettings::logs)
    }

    fn each(&self) -> impl Iterator<Item = &MethodSettings> {
        self.all.iter().chain(self.methods.iter().map(|(_, _, settings)| settings))
    }

    pub(super) fn cache_cluster(&self) -> Option<CacheSize> {
        let default = self.each().any(MethodSettings::caches).then_some(CacheSize::Gb0_5);
        self.cache_size.or(default)
    }

    pub(super) fn settings(&self) -> Vec<StageMethodSetting> {
        let all = self.all.iter().map(|settings| settings.render("/*", "*"));
        let each = self.methods.iter().map(|(path, verb, settings)| {
            let verb = if *verb == HttpMethod::Any { "*" } else { verb.as_str() };
            settings.render(&format!("/{}", path.replace('/', "~1")), verb)
        });
        all.chain(each).collect()
    }

    pub(super) fn check(&self, scope: &Scope) {
        scope.check("the stage's name").hint("use a name such as `prod`").name(&self.name, 1..=128, "-_");
        for (path, _, _) in self.methods.iter().filter(|(path, _, _)| !path.starts_with('/')) {
            scope.error(format!("the path `{path}` does not start with `/`"), format!("write `/{path}`"));
        }
        set_twice(scope, "stage variable", &self.variables);
        for (name, _) in &self.variables {
            scope.check("the name of a stage variable").name(name, 1.., "_");
        }
        if self.cache_size.is_some() && !self.each().any(MethodSettings::caches) {
            scope.warning(
                "the stage has a cache with an hourly price, but no method is cached",
                "cache methods, `.all_methods(MethodSettings::new().cache(ttl))`, or remove `.cache_size(..)`",
            );
        }
        self.each().for_each(|settings| settings.check(scope));
        if let Some((_, format)) = &self.access_log {
            format.check(scope);
        }
    }
}

impl Default for StageOptions {
    fn default() -> Self {
        Self::new()
    }
}
