//! The handle and the resource of a stage.

use purlin_cfn::apigateway::{CfnStage, StageAccessLogSetting};
use purlin_construct::{Construct, HasScope, Ref, Scope, Value, sub};

use super::{StageOptions, api};

/// A stage of an API.
#[derive(Debug, Clone)]
pub struct Stage {
    scope: Scope,
    api: Value<String>,
    cfn: Ref<CfnStage>,
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
        let mut stage = CfnStage::new(&self.api).deployment_id(self.deployment).stage_name(options.name.as_str());
        if let Some(description) = &options.description {
            stage = stage.description(description);
        }
        if !options.variables.is_empty() {
            stage = stage.variables(options.variables.clone());
        }
        if let Some((group, format)) = &options.access_log {
            let setting = StageAccessLogSetting::new().destination_arn(group.arn()).format(format.text());
            stage = stage.access_log_setting(setting);
        }
        let settings = options.settings();
        if !settings.is_empty() {
            stage = stage.method_settings(settings);
        }
        if let Some(size) = options.cache_cluster() {
            stage = stage.cache_cluster_enabled(true).cache_cluster_size(size.as_str());
        }
        if options.is_traced {
            stage = stage.tracing_enabled(true);
        }
        if let Some(certificate) = &options.client_certificate {
            stage = stage.client_certificate_id(certificate);
        }
        Stage { cfn: scope.add("Resource", stage), api: self.api, scope }
    }
}

impl Stage {
    /// The raw resource.
    pub fn cfn(&self) -> &Ref<CfnStage> {
        &self.cfn
    }

    /// The stage's name, as a reference: what uses it is created after the stage.
    pub fn name(&self) -> Value<String> {
        self.cfn.id()
    }

    /// The ARN for AWS WAF.
    pub fn arn(&self) -> Value<String> {
        let stack = self.scope.stack();
        let (partition, region) = (stack.partition(), stack.region());
        sub!("arn:{}:apigateway:{}::/restapis/{}/stages/{}", partition, region, self.api, self.name())
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
