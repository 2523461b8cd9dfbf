//! Usage plans: limits of API keys.

use purlin_cfn::apigateway::{
    CfnUsagePlan, CfnUsagePlanKey, UsagePlanApiStage, UsagePlanKeyKeyType, UsagePlanQuotaSettings,
    UsagePlanThrottleSettings,
};
use purlin_construct::{Construct, HasScope, IntoValue, Ref, Scope, Value, logical_id};

use super::{ApiKey, Method, Stage, Throttle};

/// A usage plan: the stages and limits of its keys
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>).
///
/// The limits apply to each key, and are best effort: do not rely on them for access control or exact costs.
#[derive(Debug, Clone)]
pub struct UsagePlan {
    scope: Scope,
    cfn: Ref<CfnUsagePlan>,
}

/// The recipe of a [`UsagePlan`].
#[derive(Debug, Clone)]
#[must_use = "a recipe does nothing until it is added to a scope"]
pub struct UsagePlanProps {
    name: Option<Value<String>>,
    description: Option<Value<String>>,
    throttle: Option<Throttle>,
    quota: Option<Quota>,
    stages: Vec<Stage>,
    methods: Vec<MethodThrottle>,
    keys: Vec<ApiKey>,
}

/// A limit of a method on a stage.
#[derive(Debug, Clone)]
struct MethodThrottle {
    stage: Option<Stage>,
    method: String,
    throttle: Throttle,
}

/// The number of calls of a key within a period
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a quota does nothing until it is given to a plan"]
pub struct Quota {
    limit: u32,
    period: &'static str,
    offset: u32,
}

impl Quota {
    /// Calls per day, in UTC.
    pub const fn per_day(calls: u32) -> Self {
        Self { limit: calls, period: "DAY", offset: 0 }
    }

    /// Calls per week, which begins on Sunday, in UTC.
    pub const fn per_week(calls: u32) -> Self {
        Self { limit: calls, period: "WEEK", offset: 0 }
    }

    /// Calls per calendar month, in UTC.
    pub const fn per_month(calls: u32) -> Self {
        Self { limit: calls, period: "MONTH", offset: 0 }
    }

    /// Reduces the calls of the first period.
    pub const fn offset(self, calls: u32) -> Self {
        Self { offset: calls, ..self }
    }

    fn check(self, scope: &Scope) {
        if self.limit == 0 {
            scope.error("a quota of `0` calls allows no call", "set at least 1, or remove the quota");
        } else if self.offset >= self.limit {
            scope.error(
                format!("a quota of `{}` calls less `{}` in the first period allows no call", self.limit, self.offset),
                "set an offset below the quota",
            );
        }
    }

    fn settings(self) -> UsagePlanQuotaSettings {
        let settings = UsagePlanQuotaSettings::new().limit(self.limit).period(self.period);
        if self.offset == 0 { settings } else { settings.offset(self.offset) }
    }
}

impl UsagePlan {
    /// A plan without limits, stages or keys.
    ///
    /// ```
    /// use purlin::apigateway::{ApiKey, Integration, Method, Quota, RestApi, Throttle, UsagePlan};
    ///
    /// # let app = purlin::App::new();
    /// # let stack = app.add("Orders", purlin::Stack::props());
    /// let api = stack.add("Api", RestApi::props());
    /// api.root().add_method(Method::get(Integration::mock()).api_key_required());
    /// let key = stack.add("Key", ApiKey::props());
    /// let plan = UsagePlan::props()
    ///     .throttle(Throttle::per_second(10).burst(20))
    ///     .quota(Quota::per_day(1000))
    ///     .api_key(&key);
    /// api.add_usage_plan("Plan", plan);
    /// # assert!(app.synth().unwrap().notices.is_empty());
    /// ```
    pub fn props() -> UsagePlanProps {
        UsagePlanProps {
            name: None,
            description: None,
            throttle: None,
            quota: None,
            stages: Vec::new(),
            methods: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnUsagePlan> {
        &self.cfn
    }

    /// The plan's id.
    pub fn id(&self) -> Value<String> {
        self.cfn.id()
    }

    /// Adds a key, which is valid for the stages of the plan.
    #[track_caller]
    pub fn add_api_key(&self, key: &ApiKey) -> Ref<CfnUsagePlanKey> {
        let path = key.scope().path();
        let name = logical_id(&path.split('/').collect::<Vec<_>>()).unwrap_or_default();
        let link = CfnUsagePlanKey::new(key.id(), UsagePlanKeyKeyType::API_KEY, self.id());
        self.scope.add(format!("UsagePlanKeyResource:{name}"), link)
    }
}

impl UsagePlanProps {
    /// The plan's name; AWS generates one unless given.
    pub fn name(self, name: impl IntoValue<String>) -> Self {
        Self { name: Some(name.into_value()), ..self }
    }

    /// What the plan is for.
    pub fn description(self, text: impl IntoValue<String>) -> Self {
        Self { description: Some(text.into_value()), ..self }
    }

    /// The rate of each key; the limits of the stage and the account unless given.
    pub fn throttle(self, throttle: Throttle) -> Self {
        Self { throttle: Some(throttle), ..self }
    }

    /// The quota of each key; none unless given.
    pub fn quota(self, quota: Quota) -> Self {
        Self { quota: Some(quota), ..self }
    }

    /// Adds a stage, whose methods that require a key accept those of the plan.
    pub fn api_stage(mut self, stage: &Stage) -> Self {
        if !self.stages.iter().any(|known| known.scope() == stage.scope()) {
            self.stages.push(stage.clone());
        }
        self
    }

    /// The rate of each key for this method on its API's stage, instead of the plan's [throttle](Self::throttle). The stage
    /// is added to the plan.
    pub fn method_throttle<A>(mut self, method: &Method<A>, throttle: Throttle) -> Self {
        let stage = method.resource().api().deployment_stage().cloned();
        let name = format!("{}/{}", method.resource().path(), method.http_method().as_str());
        self.methods.push(MethodThrottle { stage: stage.clone(), method: name, throttle });
        match stage {
            Some(stage) => self.api_stage(&stage),
            None => self,
        }
    }

    /// Adds a key.
    pub fn api_key(mut self, key: &ApiKey) -> Self {
        self.keys.push(key.clone());
        self
    }

    fn check(&self, scope: &Scope) {
        self.quota.iter().for_each(|quota| quota.check(scope));
        let throttles = self.throttle.iter().chain(self.methods.iter().map(|limit| &limit.throttle));
        throttles.for_each(|throttle| throttle.check(scope));
        for (at, limit) in self.methods.iter().enumerate() {
            if limit.stage.is_none() {
                scope.error(
                    format!("the method `{}` of an imported API cannot be throttled by the plan", limit.method),
                    "throttle it where the API is made",
                );
            }
            let twin = |other: &MethodThrottle| {
                let stage = |limit: &MethodThrottle| limit.stage.as_ref().map(|stage| stage.scope().node());
                other.method == limit.method && stage(other) == stage(limit)
            };
            if self.methods[..at].iter().any(twin) {
                scope.error(format!("the method `{}` is throttled twice", limit.method), "remove one of them");
            }
        }
        if self.stages.is_empty() && !self.keys.is_empty() {
            scope.warning(
                "the usage plan has keys but no stage, so the keys are valid for nothing",
                "add the stage, `.api_stage(stage)`, or add the plan with `api.add_usage_plan(..)`",
            );
        }
    }

    fn stage(&self, stage: &Stage) -> UsagePlanApiStage {
        let rendered = UsagePlanApiStage::new().api_id(stage.api_id()).stage(stage.name());
        let of_stage = |limit: &&MethodThrottle| limit.stage.as_ref().is_some_and(|it| it.scope() == stage.scope());
        let limits = self.methods.iter().filter(of_stage);
        let limits: Vec<_> = limits.map(|limit| (limit.method.clone(), settings(limit.throttle))).collect();
        if limits.is_empty() { rendered } else { rendered.throttle(limits) }
    }
}

fn settings(throttle: Throttle) -> UsagePlanThrottleSettings {
    let settings = UsagePlanThrottleSettings::new().rate_limit(throttle.rate);
    match throttle.burst {
        Some(burst) => settings.burst_limit(burst),
        None => settings,
    }
}

impl Construct for UsagePlanProps {
    type Handle = UsagePlan;

    fn build(self, scope: Scope) -> UsagePlan {
        self.check(&scope);
        let mut plan = CfnUsagePlan::new();
        if let Some(name) = &self.name {
            plan = plan.usage_plan_name(name);
        }
        if let Some(description) = &self.description {
            plan = plan.description(description);
        }
        if let Some(throttle) = self.throttle {
            plan = plan.throttle(settings(throttle));
        }
        if let Some(quota) = self.quota {
            plan = plan.quota(quota.settings());
        }
        if !self.stages.is_empty() {
            plan = plan.api_stages(self.stages.iter().map(|stage| self.stage(stage)).collect::<Vec<_>>());
        }
        let plan = UsagePlan { cfn: scope.add("Resource", plan), scope };
        for key in &self.keys {
            plan.add_api_key(key);
        }
        plan
    }
}

impl HasScope for UsagePlan {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
