//! The generated types as users meet them: names, required arguments, attributes, enums, and what lands in a template.
#![cfg(all(feature = "cognito", feature = "ecs", feature = "elasticloadbalancingv2", feature = "ssm"))]

use std::collections::BTreeSet;

use purlin_cfn::cognito::{CfnUserPool, CfnUserPoolClient, CfnUserPoolDomain, UserPoolClientAllowedOAuthFlows};
use purlin_cfn::ecs::{
    CfnService, CfnTaskDefinition, ServiceLaunchType, ServiceLoadBalancer, TaskDefinitionContainerDefinition,
};
use purlin_cfn::elasticloadbalancingv2::{
    CfnListenerRule, ListenerRuleAction, ListenerRuleActionType, ListenerRuleAuthenticateCognitoConfig,
    ListenerRuleRuleCondition,
};
use purlin_cfn::ssm::CfnParameter;
use purlin_construct::{
    App, CfnParameter as ParameterOfTheTemplate, CfnResource, CfnTag, CfnType, HasScope, IntoValue, Json, Scope, Stack,
    TagShape, Word,
};
use serde_json::{Value, json};

/// The properties of what `build` adds to a stack, by logical id.
fn properties(build: impl FnOnce(&Scope)) -> impl Fn(&str) -> Value {
    let app = App::new();
    let stack = app.add("S", Stack::props());
    build(stack.scope());
    let synthesis = app.synth().expect("the stack has no problems");
    let template = synthesis.stacks[0].template.clone();
    move |id| template["Resources"][id]["Properties"].clone()
}

#[test]
fn types_and_tags() {
    assert_eq!(CfnService::TYPE, "AWS::ECS::Service");
    assert_eq!(CfnService::TAGS, Some(TagShape::List("Tags")));
    assert_eq!(CfnUserPool::TAGS, Some(TagShape::Map("UserPoolTags")));
    assert_eq!(CfnParameter::TAGS, Some(TagShape::Map("Tags")));
    assert_eq!(CfnUserPoolDomain::TAGS, None);
    assert_eq!(CfnUserPool::ATTR_ARN.name(), "Arn");
}

#[test]
fn values_lists_nested_types_and_words() {
    let of = properties(|stack| {
        let web = TaskDefinitionContainerDefinition::new("nginx", "web").essential(true);
        stack.add("Task", CfnTaskDefinition::new().container_definitions([web]).cpu("256"));
        let service = CfnService::new().launch_type(ServiceLaunchType::FARGATE).desired_count(2);
        stack.add("Service", service.tags([CfnTag::new("team", "shop")]));
        stack.add("Next", CfnService::new().launch_type(ServiceLaunchType::custom("MOON")));
    });
    let web = json!({"Essential": true, "Image": "nginx", "Name": "web"});
    assert_eq!(of("Task"), json!({"ContainerDefinitions": [web], "Cpu": "256"}));
    assert_eq!(
        of("Service"),
        json!({"DesiredCount": 2, "LaunchType": "FARGATE", "Tags": [{"Key": "team", "Value": "shop"}]})
    );
    assert_eq!(of("Next"), json!({"LaunchType": "MOON"}));
}

#[test]
fn attributes_and_ids_of_other_resources() {
    let of = properties(|stack| {
        let pool = stack.add("Pool", CfnUserPool::new());
        let client = CfnUserPoolClient::new(pool.id())
            .callback_urls(["https://a.example"])
            .allowed_oauth_flows([UserPoolClientAllowedOAuthFlows::CODE]);
        let client = stack.add("Client", client);
        let domain = stack.add("Domain", CfnUserPoolDomain::new("shop", pool.id()));
        let config =
            ListenerRuleAuthenticateCognitoConfig::new(pool.att(CfnUserPool::ATTR_ARN), client.id(), domain.id());
        let action = ListenerRuleAction::new(ListenerRuleActionType::AUTHENTICATE_COGNITO)
            .authenticate_cognito_config(config)
            .order(1);
        let host = ListenerRuleRuleCondition::new().field("host-header").values(["a.example"]);
        stack.add("Rule", CfnListenerRule::new([action], [host], 1000));
    });
    assert_eq!(
        of("Client"),
        json!({
            "AllowedOAuthFlows": ["code"],
            "CallbackURLs": ["https://a.example"],
            "UserPoolId": {"Ref": "Pool"},
        })
    );
    let config = &of("Rule")["Actions"][0]["AuthenticateCognitoConfig"];
    assert_eq!(
        *config,
        json!({
            "UserPoolArn": {"Fn::GetAtt": ["Pool", "Arn"]},
            "UserPoolClientId": {"Ref": "Client"},
            "UserPoolDomain": {"Ref": "Domain"},
        })
    );
    assert_eq!(of("Rule")["Priority"], 1000);
}

#[test]
fn a_resource_can_be_changed_after_it_was_added() {
    let of = properties(|stack| {
        let service = stack.add("Service", CfnService::new().desired_count(1).service_name("web").cluster("main"));
        service.update(|service| service.desired_count(2).launch_type(ServiceLaunchType::FARGATE));
        let balancer = ServiceLoadBalancer::new().container_name("web").container_port(80);
        service.override_property("LoadBalancers", [balancer]);
        service.override_property("LoadBalancers.0.ContainerPort", 8080);
        service.override_property("DeploymentConfiguration.MaximumPercent", 200).delete_property("Cluster");
    });
    let expected = json!({
        "DeploymentConfiguration": {"MaximumPercent": 200},
        "DesiredCount": 2,
        "LaunchType": "FARGATE",
        "LoadBalancers": [{"ContainerName": "web", "ContainerPort": 8080}],
        "ServiceName": "web",
    });
    assert_eq!(of("Service"), expected);
}

#[test]
fn words_print_compare_and_sort_as_their_texts() {
    let ec2: Word<ServiceLaunchType> = ServiceLaunchType::EC2;
    assert_eq!((ec2.to_string(), format!("{ec2:?}")), ("EC2".to_owned(), "\"EC2\"".to_owned()));
    assert_eq!(ServiceLaunchType::custom("EC2"), ec2);
    assert_ne!(ServiceLaunchType::FARGATE, ec2);
    assert!(ec2 < ServiceLaunchType::FARGATE);
    assert_eq!(BTreeSet::from([ec2.clone(), ec2]).len(), 1);
    assert_eq!(ServiceLaunchType::custom("MOON").as_str(), "MOON");
}

#[test]
fn a_parameter_may_stand_for_a_word() {
    let of = properties(|stack| {
        let launch = stack.add("Launch", ParameterOfTheTemplate::string().default("EC2"));
        stack.add("Service", CfnService::new().launch_type(launch.value()));
    });
    assert_eq!(of("Service"), json!({"LaunchType": {"Ref": "Launch"}}));
}

#[test]
fn a_nested_type_is_free_form_json_too() {
    let of = properties(|stack| {
        let web = TaskDefinitionContainerDefinition::new("nginx", "web");
        let value = IntoValue::<Json>::into_value(web);
        stack.add("Any", CfnResource::new("Custom::Any").property("Definition", value));
    });
    assert_eq!(of("Any"), json!({"Definition": {"Image": "nginx", "Name": "web"}}));
}
