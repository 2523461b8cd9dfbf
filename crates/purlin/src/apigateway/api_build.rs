//! The resources of a REST API: the API, its deployment and its stage.

use std::rc::Rc;

use purlin_cfn::apigateway::{CfnDeployment, CfnRestApi, RestApiEndpointConfiguration};
use purlin_construct::{CfnOutput, Construct, HasScope, IntoValue, NodeId, Phase, Ref, RemovalPolicy, Scope, Value};

use super::api::Made;
use super::shared::Shared;
use super::stage::StageOf;
use super::{ApiKeySource, EndpointType, RestApi, RestApiProps, account, cors, integration_build};

/// The largest body of API Gateway, in bytes.
const MOST_BYTES: u32 = 10 * 1024 * 1024;

/// The types of resources that are part of a deployment.
const CONTENT: [&str; 6] = [
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
];

impl RestApiProps {
    fn check(&self, scope: &Scope) {
        if let Some(size) = self.min_compression_size.filter(|size| *size > MOST_BYTES) {
            scope.error(
                format!("answers are compressed from `{size}` bytes on, API Gateway takes 0 to {MOST_BYTES}"),
                "an answer has no more than 10 MiB: give a smaller size",
            );
        }
    }

    fn resource(&self, scope: &Scope) -> CfnRestApi {
        let name = self.name.clone().unwrap_or_else(|| scope.id().into_value());
        let mut api = CfnRestApi::new().name(name);
        if let Some(description) = &self.description {
            api = api.description(description);
        }
        if let Some(endpoint) = &self.endpoint {
            api = api.endpoint_configuration(configuration(endpoint));
        }
        if !self.binary_media_types.is_empty() {
            api = api.binary_media_types(self.binary_media_types.clone());
        }
        if let Some(size) = self.min_compression_size {
            api = api.minimum_compression_size(size);
        }
        if let Some(source) = self.key_source {
            api = api.api_key_source_type(match source {
                ApiKeySource::Header => "HEADER",
                ApiKeySource::Authorizer => "AUTHORIZER",
            });
        }
        if !self.policy.is_empty() {
            api = api.policy(self.policy.clone());
        }
        if self.is_default_endpoint_disabled { api.disable_execute_api_endpoint(true) } else { api }
    }
}

fn configuration(endpoint: &EndpointType) -> RestApiEndpointConfiguration {
    let (name, endpoints) = match endpoint {
        EndpointType::Edge => ("EDGE", None),
        EndpointType::Regional => ("REGIONAL", None),
        EndpointType::Private(endpoints) => ("PRIVATE", Some(endpoints.clone())),
    };
    let configuration = RestApiEndpointConfiguration::new().types([name]);
    match endpoints {
        Some(endpoints) if !endpoints.is_empty() => configuration.vpc_endpoint_ids(endpoints),
        _ => configuration,
    }
}

impl Construct for RestApiProps {
    type Handle = RestApi;

    fn build(self, scope: Scope) -> RestApi {
        self.check(&scope);
        let cfn = scope.add("Resource", self.resource(&scope));
        let deployment = scope.child("Deployment").add("Resource", CfnDeployment::new(cfn.id()));
        if self.retains_deployments {
            deployment.removal_policy(RemovalPolicy::Retain);
        }
        let logs = self.stage.logs();
        let stage_id = format!("DeploymentStage.{}", self.stage.name);
        let stage = StageOf { options: self.stage, api: cfn.id(), deployment: deployment.id() };
        let stage = scope.add(stage_id, stage);
        if logs {
            let (api, stage) = (cfn.clone(), stage.clone());
            scope.finally(move |scope| account::provide(scope, &api, &stage));
        }
        let shared = Rc::new(Shared::new(self.cors));
        follow(&scope, &cfn, deployment);
        if matches!(self.endpoint, Some(EndpointType::Private(_))) {
            let api = cfn.clone();
            scope.finally(move |scope| check_private(scope, &api));
        }
        let checked = Rc::clone(&shared);
        let node = cfn.scope().node();
        scope.validate(move |scope| {
            report_locked_out(scope, node, &checked);
            integration_build::check_permissions(&checked);
        });
        scope.add("Endpoint", CfnOutput::new(stage.url_for_path("/")));
        let made = Made { stage, cfn: cfn.clone() };
        let root_id: Value<String> = cfn.att(CfnRestApi::ATTR_ROOT_RESOURCE_ID);
        let api =
            RestApi { id: cfn.id(), root_scope: scope.child("Default"), root_id, made: Some(made), shared, scope };
        api.root().add_default_cors();
        mark_errors_in_the_end(&api);
        api
    }
}

/// When all gateway responses of the API are declared.
fn mark_errors_in_the_end(api: &RestApi) {
    let served = api.clone();
    api.scope.finally(move |_| {
        if let Some(cors) = served.shared.cors() {
            cors::mark_errors(&served, &cors);
        }
    });
}

fn check_private(scope: &Scope, api: &Ref<CfnRestApi>) {
    if api.scope().property("Policy").is_none() {
        scope.error(
            "the API is private and has no resource policy, so it cannot be called",
            "add one that allows your VPC or VPC endpoint: `.policy(PolicyDocument::new().statement(..))`",
        );
    }
}

/// Makes the deployment after all of its parts, and a new one when a part changes.
fn follow(scope: &Scope, api: &Ref<CfnRestApi>, deployment: Ref<CfnDeployment>) {
    let api = api.clone();
    // The deployment includes what aspects add.
    scope.pass(Phase::Last, move |scope| snapshot(scope, &api, &deployment));
}

fn snapshot(scope: &Scope, api: &Ref<CfnRestApi>, deployment: &Ref<CfnDeployment>) {
    deployment.replaced_with(api);
    let node = Some(api.scope().node());
    let is_content = |scope: &Scope| {
        scope.resource_type().is_some_and(|kind| CONTENT.contains(&kind.as_str()))
            && scope.property("RestApiId").and_then(|id| id.target()) == node
    };
    let content: Vec<Scope> = scope.root().descendants().into_iter().filter(is_content).collect();
    for part in &content {
        deployment.replaced_with(part).depends_on(part);
    }
    if !content.iter().any(|part| part.resource_type().as_deref() == Some("AWS::ApiGateway::Method")) {
        scope.error(
            "the API has no method, but AWS deploys only APIs with one",
            "add one: `api.root().add_method(Method::get(Integration::lambda(&function)))`",
        );
    }
}

/// Reports methods for which no key is valid, because no usage plan has the API.
fn report_locked_out(scope: &Scope, api: NodeId, shared: &Shared) {
    let locked = shared.needs_key();
    if locked.is_empty() || scope.root().descendants().iter().any(|plan| covers(plan, api)) {
        return;
    }
    for method in locked {
        method.warning(
            "the method requires an API key, but no usage plan has the API, so every call gets status 403",
            "add a plan with the API's stage and a key: `UsagePlan::props().api_stage(&stage).api_key(&key)`",
        );
    }
}

/// Whether this is a usage plan that has a stage of the API.
fn covers(plan: &Scope, api: NodeId) -> bool {
    if plan.resource_type().as_deref() != Some("AWS::ApiGateway::UsagePlan") {
        return false;
    }
    let mut found = false;
    if let Some(stages) = plan.property("ApiStages") {
        stages.walk(&mut |part| found |= part.target() == Some(api));
    }
    found
}
